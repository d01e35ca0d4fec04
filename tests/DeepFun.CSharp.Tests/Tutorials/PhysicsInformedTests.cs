using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>
/// Tutorial: a physics-informed network (Raissi, Perdikaris and Karniadakis 2019) that solves u″ = −π² sin(πx), u(0) = u(1) = 0. The
/// loss holds second derivatives in x and is differentiated once more, in the weights. The solution is sin(πx).
/// </summary>
public class PhysicsInformedTests
{
    private static Tensor Normal(long seed) => Tensor.Normal(Key.FromSeed(seed), 16).Cast(DType.Float64);

    private static readonly Params Start = Params.Of(("w1", 2 * Normal(0)), ("b1", Normal(1)), ("w2", 0.25 * Normal(2)));

    private static readonly Tensor Places = Tensor.From([.. Enumerable.Range(0, 25).Select(i => i / 24.0)], 25);

    /// <summary>u at one place. The factor x (1 − x) keeps the boundary (Lagaris, Likas and Fotiadis 1998).</summary>
    private static Tensor U(Params p, Tensor x) => x * (1 - x) * p["w2"].Dot((p["w1"] * x + p["b1"]).Tanh());

    private static Tensor Source(Tensor x) => -(Math.PI * Math.PI) * (Math.PI * x).Sin();

    private static Tensor SecondDerivative(Params p, Tensor x) => Differentiate.DiffN(2, x => U(p, x))(x);

    /// <summary>How far the equation is from holding, squared, averaged over the places.</summary>
    private static Tensor Residual(Params p) =>
        Differentiate.Vmap((Tensor x) => SecondDerivative(p, x) - Source(x))(Places).Square().Mean();

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Second_derivatives_of_the_network_are_the_finite_differences(double x)
    {
        static Tensor S(double value) => Tensor.Full(value, [], DType.Float64);
        double At(double x) => U(Start, S(x)).ToDouble();
        const double h = 1e-4;
        Close.Assert((At(x + h) - 2 * At(x) + At(x - h)) / (h * h), SecondDerivative(Start, S(x)), 1e-5);
    }

    [Fact]
    public void The_residual_falls_and_the_solution_is_found_between_the_places_too()
    {
        var optimizer = Optimizers.Adam(0.02);
        var gradient = Differentiate.Grad<Params>(Residual);
        var (p, memory) = (Start, optimizer.Start(Start));
        for (var i = 0; i < 200; i++)
            (p, memory) = optimizer.Step(p, gradient(p), memory);

        var (before, after) = (Residual(Start).ToDouble(), Residual(p).ToDouble());
        Assert.True(after < before / 100, $"residual {before}, then {after}");

        double[] between = [.. Enumerable.Range(0, 100).Select(i => (i + 0.5) / 100)];
        var found = Differentiate.Vmap((Tensor x) => U(p, x))(Tensor.From(between, 100)).ToDoubles();
        var worst = between.Zip(found, (x, u) => Math.Abs(u - Math.Sin(Math.PI * x))).Max();
        Assert.True(worst < 0.01, $"off by {worst}");
    }
}
