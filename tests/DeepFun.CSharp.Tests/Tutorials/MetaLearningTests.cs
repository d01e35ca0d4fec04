using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>
/// Tutorial: model-agnostic meta-learning (Finn, Abbeel and Levine 2017, arXiv:1703.03400) on sinusoids: parameters from which one step
/// of gradient descent on ten points fits a new curve. The derivative goes through that step.
/// </summary>
public class MetaLearningTests
{
    /// <summary>A curve a·sin(x + φ), with ten points to adapt to and ten others to be judged by.</summary>
    public sealed record Task(Tensor Amplitude, Tensor Phase, Tensor Support, Tensor Query);

    private static Tensor Normal(long seed, int rows, int columns) =>
        Tensor.Normal(Key.FromSeed(seed), rows, columns).Cast(DType.Float64) / Math.Sqrt(rows);

    private static Tensor Zeros(int n) => Tensor.Full(0, [n], DType.Float64);

    private static readonly Params Start = Params.Of(
        ("w1", Normal(0, 1, 20)),
        ("b1", Zeros(20)),
        ("w2", Normal(1, 20, 20)),
        ("b2", Zeros(20)),
        ("w3", Normal(2, 20, 1)),
        ("b3", Zeros(1))
    );

    private static Tensor Predict(Params p, Tensor x)
    {
        var hidden = (x.MatMul(p["w1"]) + p["b1"]).Tanh();
        hidden = (hidden.MatMul(p["w2"]) + p["b2"]).Tanh();
        return hidden.MatMul(p["w3"]) + p["b3"];
    }

    private static Task Tasks(int n, long seed)
    {
        var keys = Key.FromSeed(seed).Split(4);
        Tensor Uniform(double low, double high, Key key, params int[] sizes) =>
            low + (high - low) * Tensor.Uniform(key, sizes).Cast(DType.Float64);
        return new(
            Uniform(0.5, 2, keys[0], n),
            Uniform(0, Math.PI, keys[1], n),
            Uniform(-3, 3, keys[2], n, 10, 1),
            Uniform(-3, 3, keys[3], n, 10, 1)
        );
    }

    private static Tensor Error(Task task, Tensor x, Params p) => (Predict(p, x) - task.Amplitude * (x + task.Phase).Sin()).Square().Mean();

    private static Params Adapt(Task task, Params p) =>
        Trees.Map(p, Differentiate.Grad((Params p) => Error(task, task.Support, p))(p), (w, g) => w - 0.1 * g);

    /// <summary>The error on new points after one step on the others, averaged over tasks that run side by side.</summary>
    private static Tensor MetaLoss(Task batch, Params p) =>
        Differentiate.Vmap((Task task) => Error(task, task.Query, Adapt(task, p)))(batch).Mean();

    [Fact]
    public void The_meta_gradient_is_the_finite_difference()
    {
        var batch = Tasks(3, 10);
        var direction = Trees.Map(Start, w => (3 * w).Cos());
        var gradient = Differentiate.Grad((Params p) => MetaLoss(batch, p))(Start);
        var along = Trees.Tensors(Trees.Map(gradient, direction, (g, d) => (g * d).Sum())).Sum(t => t.Value.ToDouble());
        double Moved(double h) => MetaLoss(batch, Trees.Map(Start, direction, (w, d) => w + h * d)).ToDouble();
        var difference = (Moved(1e-5) - Moved(-1e-5)) / 2e-5;
        Close.Assert(difference, along, 1e-7 * (1 + Math.Abs(difference)));
    }

    [Fact]
    public void After_meta_training_one_step_fits_a_new_sinusoid()
    {
        var optimizer = Optimizers.Adam(0.01);
        var (p, memory) = (Start, optimizer.Start(Start));
        for (var i = 100; i < 160; i++)
        {
            var batch = Tasks(8, i);
            (p, memory) = optimizer.Step(p, Differentiate.Grad((Params p) => MetaLoss(batch, p))(p), memory);
        }

        var fresh = Tasks(50, 1);
        var unadapted = Differentiate.Vmap((Task task) => Error(task, task.Query, p))(fresh).Mean().ToDouble();
        var (before, after) = (MetaLoss(fresh, Start).ToDouble(), MetaLoss(fresh, p).ToDouble());
        Assert.True(after < before / 5, $"before {before}, after {after}");
        Assert.True(after < unadapted / 2, $"one step takes {unadapted} to {after}");
    }
}
