using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>
/// Tutorial: a neural differential equation (Chen, Rubanova, Bettencourt and Duvenaud 2018). A network is the field of x′ = f(x) and
/// learns a spiral from points on it. The gradient in the weights comes from the adjoint equation.
/// </summary>
public class NeuralOdeTests
{
    private static readonly double[] Times = [0, 0.5, 1, 1.5, 2, 2.5, 3];
    private static readonly Tensor Start = Tensor.From([1.0, 0.0], 2);

    /// <summary>e⁻⁰·¹ᵗ (cos t, sin t)</summary>
    private static readonly Tensor Spiral = Tensor.From(
        [.. Times.SelectMany(t => new[] { Math.Exp(-0.1 * t) * Math.Cos(t), Math.Exp(-0.1 * t) * Math.Sin(t) })],
        Times.Length,
        2
    );

    private static Tensor Normal(long seed, params int[] sizes) => Tensor.Normal(Key.FromSeed(seed), sizes).Cast(DType.Float64);

    private static readonly Params Network = Params.Of(
        ("w1", 0.5 * Normal(0, 8, 2)),
        ("b1", 0.1 * Normal(1, 8)),
        ("w2", 0.3 * Normal(2, 2, 8))
    );

    private static Tensor Field(Params p, Tensor t, Tensor x) => p["w2"].MatMul((p["w1"].MatMul(x) + p["b1"]).Tanh());

    private static Tensor Distance(Tensor path) => (path - Spiral).Square().Mean();

    [Fact]
    public void The_adjoint_gives_the_gradient_through_the_steps()
    {
        var steps = Differentiate.Grad((Params p) => Distance(Ode.Integrate((t, x) => Field(p, t, x), Start, Times, 1e-10, 1e-10)))(
            Network
        );
        var adjoint = Differentiate.Grad((Params p) => Distance(Ode.IntegrateAdjoint(Field, p, Start, Times, 1e-10, 1e-10)))(Network);
        foreach (var name in (string[])["w1", "b1", "w2"])
            Close.Assert(adjoint[name], [.. steps[name].Shape], steps[name].ToDoubles(), 1e-7);
        // Gradients of zero would pass otherwise.
        Assert.True(steps["w1"].Abs().Max().ToDouble() > 0.01);
    }

    [Fact]
    public void The_network_learns_the_spiral()
    {
        // Training needs no more digits than these.
        static Tensor Loss(Params p) => Distance(Ode.IntegrateAdjoint(Field, p, Start, Times, 1e-4, 1e-4));
        var optimizer = Optimizers.Adam(0.05);
        var gradient = Differentiate.Grad<Params>(Loss);
        var (p, memory) = (Network, optimizer.Start(Network));
        for (var i = 0; i < 60; i++)
            (p, memory) = optimizer.Step(p, gradient(p), memory);

        var (before, after) = (Loss(Network).ToDouble(), Loss(p).ToDouble());
        Assert.True(after < before / 10, $"distance {before}, then {after}");
    }
}
