using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Jacobians, higher derivatives, vector calculus and mapped axes through the doors of C#, with values worked out by hand.</summary>
public class DerivativeTests
{
    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static void Same(double[] expected, Tensor actual) => Close.Assert(actual, [expected.Length], expected);

    private static Tensor S(double value) => Tensor.Scalar(value);

    public sealed record Body(Tensor Mass, Tensor Velocity);

    public sealed record Motion(Tensor Energy, Tensor Momentum);

    private static Motion Move(Body b) => new(b.Mass * b.Velocity.Square().Sum() / 2, b.Mass * b.Velocity);

    private static readonly Body Thrown = new(S(2), V(3, -1));

    [Theory]
    [InlineData(JacobianMode.Automatic)]
    [InlineData(JacobianMode.Forward)]
    [InlineData(JacobianMode.Reverse)]
    public void A_Jacobian_of_records_has_blocks(JacobianMode mode)
    {
        var j = Differentiate.Jacobian<Body, Motion>(Move, mode)(Thrown);
        Close.Assert(5, j.Of(m => m.Energy).Mass);
        Same([6, -2], j.Of(m => m.Energy, b => b.Velocity));
        Same([3, -1], j.Of(m => m.Momentum, b => b.Mass));
        Same([2, 0, 0, 2], j.Of(m => m.Momentum, b => b.Velocity).Flatten());
        Assert.Equal(["Energy", "Momentum"], j.Rows.Select(row => row.Key));
        Assert.Equal([3, 3], j.ToMatrix().Shape.ToArray());
        Same([2, 0, 0, 4], Differentiate.Jacobian(x => x * x, mode)(V(1, 2)).Flatten());
    }

    [Fact]
    public void Values_come_along()
    {
        var (motion, j) = Differentiate.ValueAndJacobian<Body, Motion>(Move)(Thrown);
        Close.Assert(10, motion.Energy);
        Close.Assert(5, j.Of(m => m.Energy, b => b.Mass));
        var (y, matrix) = Differentiate.ValueAndJacobian(x => x * x)(V(1, 2));
        Same([1, 4], y);
        Same([2, 0, 0, 4], matrix.Flatten());
        var (value, gradient, hessian) = Differentiate.ValueGradHessian(x => x.Prod())(V(2, 3));
        Close.Assert(6, value);
        Same([3, 2], gradient);
        Same([0, 1, 1, 0], hessian.Flatten());
        var (energy, slope, curvature) = Differentiate.ValueGradHessian((Body b) => Move(b).Energy)(Thrown);
        Close.Assert(10, energy);
        Same([6, -2], slope.Velocity);
        Same([3, -1], curvature.Of(b => b.Mass, b => b.Velocity));
        Same([3, -1], Differentiate.Hessian((Body b) => Move(b).Energy)(Thrown).Of(b => b.Velocity, b => b.Mass));
    }

    [Fact]
    public void Products_with_the_Hessian()
    {
        // f = x² y at (3, 5): ∇f = (30, 9), H = [[10, 6], [6, 0]]
        Func<(Tensor X, Tensor Y), Tensor> f = p => p.X * p.X * p.Y;
        (Tensor X, Tensor Y) x = (S(3), S(5));
        (Tensor X, Tensor Y) v = (S(1), S(2));
        var (value, gradient, product) = Differentiate.ValueGradHvp(f, x, v);
        Close.Assert(45, value);
        Close.Assert(30, gradient.X);
        Close.Assert(22, product.X);
        Close.Assert(6, Differentiate.Vhp(f, x, v).Y);
        Close.Assert(22, Differentiate.ValueAndHvp(f, x, v).Product.X);
        Close.Assert(22, Differentiate.ValueAndVhp(f, x, v).Product.X);
        Close.Assert(9, Differentiate.GradHvp(f, x, v).Gradient.Y);
        Close.Assert(48, Differentiate.Directional(f, x, v));
    }

    [Fact]
    public void Derivatives_by_one_number()
    {
        Func<Tensor, Tensor> f = x => x * x * x;
        Close.Assert(12, Differentiate.Diff(f)(S(2)));
        Close.Assert(6, Differentiate.DiffN(3, f)(S(2)));
        var (value, derivative) = Differentiate.ValueAndDiff(f)(S(2));
        Close.Assert(8, value);
        Close.Assert(12, derivative);
        double[] all = [8, 12, 12, 6, 0];
        Assert.Equal(all, Differentiate.Diffs(4, f)(S(2)).Select(t => t.ToDouble()));
        var error = Assert.Throws<DeepFunException>(() => Differentiate.Diff(f)(V(1, 2)));
        Assert.Equal("DF0430", error.Code);
    }

    [Fact]
    public void Vector_calculus()
    {
        Close.Assert(6, Differentiate.Laplacian((Tensor x) => x.Square().Sum())(V(1, 2, 3)));
        Close.Assert(14, Differentiate.ValueAndLaplacian((Tensor x) => x.Square().Sum())(V(1, 2, 3)).Value);
        Func<(Tensor X, Tensor Y, Tensor Z), (Tensor, Tensor, Tensor)> rotation = p => (-p.Y, p.X, p.Z * p.Z);
        var at = (S(1), S(2), S(3));
        Close.Assert(2, Differentiate.Curl(rotation)(at).Item3);
        Close.Assert(6, Differentiate.Divergence(rotation)(at));
        Close.Assert(-2, Differentiate.ValueAndCurl(rotation)(at).Value.Item1);
        Close.Assert(9, Differentiate.ValueAndDivergence(rotation)(at).Value.Item3);
        Close.Assert(6, Differentiate.CurlDivergence(rotation)(at).Divergence);
    }

    [Fact]
    public void Vmap_takes_axes_for_the_parts()
    {
        var x = Tensor.From(
            new float[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );
        var sums = Differentiate.Vmap((Tensor column) => column.Sum(), inAxes: 1);
        Same([5, 7, 9], sums(x));
        var scaled = Differentiate.Vmap(((Tensor W, Tensor X) p) => p.W * p.X, Axes.Each(Axes.Unmapped, 0), outAxes: 1);
        Same([1, 4, 4, 10, 9, 18], scaled((V(1, 2, 3), x)).Flatten());
        var named = Differentiate.Vmap((Body b) => b.Mass * b.Velocity, Axes.Named(("Mass", 0)));
        Same([3, -1, 6, -2], named(new Body(V(1, 2), V(3, -1))).Flatten());
        var error = Assert.Throws<DeepFunException>(() => Differentiate.Vmap((Tensor t) => t, Axes.Unmapped)(x));
        Assert.Equal("DF0436", error.Code);
    }

    [Fact]
    public void StopGradientOf_stops_one_derivative()
    {
        Func<Tensor, Tensor> inner = x => Differentiate.Grad((Tensor y) => y * Differentiate.StopGradientOf(y, x * y))(S(3));
        Close.Assert(6, inner(S(2)));
        Close.Assert(3, Differentiate.Grad(inner)(S(2)));
    }

    [Fact]
    public void Numeric_derivatives_take_a_step()
    {
        // Central differences are exact for squares, by any step.
        Func<Tensor, Tensor> f = x => x.Square().Sum();
        var (x, v) = (V(1, 2), V(1, -1));
        Same([2, 4], Numeric.Grad(f, step: 0.5)(x));
        Same([2, 4], Numeric.ValueAndGrad(f, 0.5)(x).Gradient);
        Close.Assert(-2, Numeric.Jvp(f, x, v, 0.5).Tangent);
        Close.Assert(-2, Numeric.Directional(f, x, v, 0.5));
        Same([6, 12], Numeric.Vjp(f, x, 0.5).Pullback(S(3)));
        Same([2, 4], Numeric.Jacobian(f, 0.5)(x));
        Same([2, 0, 0, 2], Numeric.Hessian(f, 0.5)(x).Flatten());
        Same([2, 0, 0, 2], Numeric.ValueGradHessian(f, 0.5)(x).Hessian.Flatten());
        Same([2, -2], Numeric.Hvp(f, x, v, 0.5));
        Same([2, -2], Numeric.Vhp(f, x, v, 0.5));
        Same([2, -2], Numeric.ValueGradHvp(f, x, v, 0.5).Product);
        Close.Assert(4, Numeric.Laplacian(f, 0.5)(x));
        Close.Assert(6, Numeric.Divergence((Tensor t) => t * t, 0.5)(x));
        Same([0, 0, 0], Numeric.Curl((Tensor t) => t * t, 0.5)(V(1, 2, 3)));
        Close.Assert(6, Numeric.Diff(t => t * t, 0.5)(S(3)));
        Close.Assert(2, Numeric.DiffN(2, t => t * t, 0.5)(S(3)));
        Close.Assert(2, Numeric.Jacobian<Body, Motion>(Move, 0.5)(Thrown).Of(m => m.Momentum, b => b.Velocity)[0, 0]);
        Close.Assert(3, Numeric.Hessian((Body b) => Move(b).Energy, 0.5)(Thrown).Of(b => b.Mass, b => b.Velocity)[0]);
        Assert.Equal("DF0439", Assert.Throws<DeepFunException>(() => Numeric.Grad(f, step: 0)(x)).Code);
    }

    [Fact]
    public void What_a_function_closes_over_may_change_between_calls()
    {
        // Large enough, and called often enough, to be compiled by itself.
        const int n = 64,
            calledOften = 1500;
        var calls = 0;
        var (factor, shift) = (1.0, Tensor.Zeros(n));
        var x = Tensor.Linspace(-1, 1, n);
        var hessian = Differentiate.Hessian(v =>
        {
            calls++;
            return (factor * v * v * v + shift * v).Sum();
        });
        var jacobian = Differentiate.Jacobian(v => v.Square() * factor + shift * v);
        var pair = Differentiate.ValueAndJacobian(v => v.Square() * factor + shift);
        for (var i = 0; i < calledOften; i++)
        {
            factor = i / 300;
            shift = Tensor.Full(i / 225, [n]);
            var (h, j, (y, k)) = (hessian(x), jacobian(x), pair(x));
            var at = i % n;
            var entry = x[at].ToDouble();
            Assert.Equal(6 * factor * entry, h[at, at].ToDouble(), 4);
            Assert.Equal(2 * factor * entry + i / 225, j[at, at].ToDouble(), 4);
            Assert.Equal(factor * entry * entry + i / 225, y[at].ToDouble(), 4);
            Assert.Equal(2 * factor * entry, k[at, at].ToDouble(), 4);
            Assert.Equal(0, h[at, (at + 1) % n].ToDouble());
        }
        Assert.Equal(calledOften, calls);
    }
}
