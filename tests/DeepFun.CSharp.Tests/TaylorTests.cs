using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Taylor mode from C#, with values worked out by hand.</summary>
public class TaylorTests
{
    public sealed record Point(Tensor X, Tensor Y);

    [Fact]
    public void Jet_gives_all_derivatives_of_a_function_of_one_number()
    {
        var derivatives = Differentiate.Jet((Tensor x) => x * x * x, Tensor.Scalar(2), 4);
        double[] expected = [8, 12, 12, 6, 0];
        Assert.Equal(expected, derivatives.Select(d => d.ToDouble()));
    }

    [Fact]
    public void Jet_goes_along_a_direction_over_a_record()
    {
        // (1 + 2t)(3 + t) = 3 + 7t + 2t²
        var derivatives = Differentiate.Jet(
            (Point p) => p.X * p.Y,
            new Point(Tensor.Scalar(1), Tensor.Scalar(3)),
            new Point(Tensor.Scalar(2), Tensor.Scalar(1)),
            2
        );
        double[] expected = [3, 7, 4];
        Assert.Equal(expected, derivatives.Select(d => d.ToDouble()));
    }

    [Fact]
    public void Series_go_in_and_come_out()
    {
        // (1 + t²)² = 1 + 2t² + t⁴
        var (value, derivatives) = Differentiate.JetSeries(
            (Tensor x) => x.Square(),
            Tensor.Scalar(1),
            [Tensor.Scalar(0), Tensor.Scalar(2), Tensor.Scalar(0), Tensor.Scalar(0)]
        );
        Assert.Equal(1, value.ToDouble());
        double[] expected = [0, 4, 0, 24];
        Assert.Equal(expected, derivatives.Select(d => d.ToDouble()));
    }

    [Fact]
    public void Taylor_gives_coefficients_and_nests_in_grad()
    {
        var coefficients = Differentiate.Taylor((Tensor x) => 1 / (1 - x), Tensor.Scalar(0), 5);
        Assert.All(coefficients, c => Assert.Equal(1, c.ToDouble()));
        // The third derivative of x⁵ is 60x², whose gradient is 120x.
        var gradient = Differentiate.Grad((Tensor x) => Differentiate.Jet((Tensor y) => y.Pow(5), x, 3)[3]);
        Close.Assert(240, gradient(Tensor.Scalar(2)));
    }

    [Fact]
    public void A_negative_order_is_refused()
    {
        var error = Assert.Throws<DeepFunException>(() => Differentiate.Jet((Tensor x) => x, Tensor.Scalar(1), -1));
        Assert.Equal("DF0450", error.Code);
    }
}
