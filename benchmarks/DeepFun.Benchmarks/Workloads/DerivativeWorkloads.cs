using System;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>Derivatives of second order, for each example, and whole matrices of them.</summary>
internal static class DerivativeWorkloads
{
    public static Workload[] All { get; } =
    [
        new("hvp", HessianVector, 3, ["hvp", "hvp/functorch_jvp_grad"]),
        new("hessian", Hessian, 3, ["hessian/vectorize", "hessian/vectorize_fwd", "hessian/functorch"]),
        new("per_example_grads", PerExample, 4, ["per_example_grads/functorch_vmap"]),
        new("jacobian", Jacobian, 3, ["jacobian/vectorize", "jacobian/functorch_jacrev", "jacobian/functorch_jacfwd"]),
    ];

    private static Action HessianVector()
    {
        var (x, y) = (Workload.Normal(1, 64, 784), Workload.Labels(64));
        var (model, loss) = (Networks.Perceptron(), Losses.SparseCategoricalCrossEntropy());
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 784);
        var direction = Trees.Map(parameters, p => Workload.Normal(2, [.. p.Shape]));
        var product = Compile.Jit((Params p, Params v) => Differentiate.Hvp((Params q) => loss.Value(model.Forward(q, state, x), y), p, v));
        return () => Memory.Scope(() => product(parameters, direction)["0/bias"].Rank);
    }

    private static Action Hessian()
    {
        var (a, x) = (Workload.Normal(3, 100, 100), Workload.Normal(4, 100));
        var hessian = Compile.Jit(
            Differentiate.Hessian((Tensor x) => (x.Sin() * (-x * x).Exp()).Sum() + (x * a.MatMul(x.ExpandDims(1)).Squeeze(1)).Sum())
        );
        return () => Memory.Scope(() => hessian(x).Rank);
    }

    private static Action PerExample()
    {
        var (x, y) = (Workload.Normal(1, 64, 784), Workload.Labels(64));
        var (model, loss) = (Networks.Perceptron(), Losses.SparseCategoricalCrossEntropy());
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 784);
        var ofEach = Compile.Jit(
            (Params p, Tensor x, Tensor y) =>
                Differentiate.Vmap(
                    ((Tensor X, Tensor Y) example) =>
                        Differentiate.Grad(
                            (Params q) => loss.Value(model.Forward(q, state, example.X.ExpandDims(0)), example.Y.ExpandDims(0))
                        )(p)
                )((x, y))
        );
        return () => Memory.Scope(() => ofEach(parameters, x, y)["0/bias"].Rank);
    }

    private static Action Jacobian()
    {
        var model = Model.Sequential(Layers.Dense(128, Activation.Tanh), Layers.Dense(128, Activation.Tanh));
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 128);
        var x = Workload.Normal(1, 128);
        var jacobian = Compile.Jit(Differentiate.Jacobian((Tensor x) => model.Forward(parameters, state, x.ExpandDims(0)).Squeeze(0)));
        return () => Memory.Scope(() => jacobian(x).Rank);
    }
}
