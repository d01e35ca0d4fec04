using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>Tutorial: the Jacobian and the Hessian of a small network, and products with them that never build them.</summary>
public class JacobianHessianTests
{
    private static Tensor Normal(long seed, params int[] sizes) => Tensor.Normal(Key.FromSeed(seed), sizes).Cast(DType.Float64);

    private static Tensor V(params double[] values) => Tensor.From(values, values.Length);

    private static readonly Tensor First = Normal(0, 3, 5);
    private static readonly Tensor Second = Normal(1, 5, 2);
    private static readonly Tensor X = V(0.4, -0.7, 1.1);

    /// <summary>Three numbers in, two out.</summary>
    private static Tensor Network(Tensor x) => x.MatMul(First).Tanh().MatMul(Second);

    /// <summary>One number out.</summary>
    private static Tensor Energy(Tensor x) => Network(x).Square().Sum();

    private static void Same(Tensor expected, Tensor actual, double tolerance) =>
        Close.Assert(actual, expected.Shape.ToArray(), expected.ToDoubles(), tolerance);

    private static Tensor Step(int k) => V([.. Enumerable.Range(0, 3).Select(i => i == k ? 1e-5 : 0)]);

    [Fact]
    public void The_Jacobian_is_the_finite_differences_column_by_column()
    {
        var j = Differentiate.Jacobian(Network)(X);
        Assert.Equal([2, 3], j.Shape.ToArray());
        for (var k = 0; k < 3; k++)
            Same((Network(X + Step(k)) - Network(X - Step(k))) / 2e-5, j.Item(k, axis: 1), 1e-8);

        // J v and u J, each for about the cost of the function.
        var (v, u) = (V(1, 2, -1), V(0.5, -2));
        Same(j.MatMul(v), Differentiate.Jvp(Network, X, v).Tangent, 1e-13);
        Same(u.MatMul(j), Differentiate.Vjp(Network, X).Pullback(u), 1e-13);
    }

    [Fact]
    public void The_Hessian_is_symmetric_and_the_finite_difference_of_the_gradient()
    {
        var gradient = Differentiate.Grad<Tensor>(Energy);
        var h = Differentiate.Hessian(Energy)(X);
        Same(h, h.Transpose(), 1e-12);
        for (var k = 0; k < 3; k++)
            Same((gradient(X + Step(k)) - gradient(X - Step(k))) / 2e-5, h.Item(k, axis: 1), 1e-7);

        var v = V(1, 2, -1);
        Same(h.MatMul(v), Differentiate.Hvp(Energy, X, v), 1e-12);

        // A Hessian for every row of a batch.
        var rows = Normal(2, 4, 3);
        var all = Differentiate.Vmap(Differentiate.Hessian(Energy))(rows);
        for (var i = 0; i < 4; i++)
            Same(Differentiate.Hessian(Energy)(rows.Item(i)), all.Item(i), 1e-12);
    }
}
