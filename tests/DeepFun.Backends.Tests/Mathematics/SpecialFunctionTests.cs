using System;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Mathematics;

/// <summary>Special functions against values of 20 digits, identities, and what the documentation says at the edges.</summary>
public class SpecialFunctionTests
{
    private const double Infinity = double.PositiveInfinity;

    private static double At(UnaryOp op, double x) => Values<double>(Backend.Unary(op, Vector(x)))[0];

    private static float SingleAt(UnaryOp op, float x) => Values<float>(Backend.Unary(op, Vector(x)))[0];

    private static double Polygamma(double order, double x) =>
        Values<double>(Backend.Binary(BinaryOp.Polygamma, Vector(order), Vector(x)))[0];

    private static void Near(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what} is {actual:R}, not {expected:R} within {tolerance:E1}.");

    [Fact]
    public void DoublesAreAsAccurateAsStated()
    {
        foreach (var (op, x, value, zeros) in SpecialFunctionValues.Unary)
        {
            var stated = op == UnaryOp.Digamma ? 2e-15 : 1e-15;
            Near(value, At(op, x), stated * (zeros ? 1 + Math.Abs(value) : Math.Abs(value)), $"{op}({x:R})");
        }
        foreach (var (order, x, value) in SpecialFunctionValues.Polygamma)
            Near(value, Polygamma(order, x), x > 0 ? 1e-14 * Math.Abs(value) : 3e-14 * (1 + Math.Abs(value)), $"Polygamma({order}, {x:R})");
    }

    [Fact]
    public void SinglesAreRoundedOnce()
    {
        foreach (var (op, x, _, _) in SpecialFunctionValues.Unary)
            Assert.Equal((float)At(op, (float)x), SingleAt(op, (float)x));
        foreach (var (order, x, _) in SpecialFunctionValues.Polygamma)
        {
            var single = Backend.Binary(BinaryOp.Polygamma, Vector((float)order), Vector((float)x));
            Assert.Equal((float)Polygamma(order, (float)x), Values<float>(single)[0]);
        }
    }

    [Fact]
    public void RootsAndHyperbolicInversesAreRoundedOnce()
    {
        for (var i = -400; i <= 400; i++)
        {
            var x = i / 37f;
            var cube = Math.Sign(x) * Math.Pow(Math.Abs((double)x), 1 / 3.0);
            Near(cube, SingleAt(UnaryOp.Cbrt, x), 6.1e-8 * Math.Abs(cube), $"Cbrt({x:R})");
            // sinh, cosh and tanh take the double results back.
            Near(x, Math.Sinh(At(UnaryOp.Asinh, x)), 1e-14 * (1 + Math.Abs(x)), $"sinh(Asinh({x:R}))");
            var y = 1 + Math.Abs(x);
            Near(y, Math.Cosh(At(UnaryOp.Acosh, y)), 1e-14 * y, $"cosh(Acosh({y:R}))");
            var z = x / 11.0;
            Near(z, Math.Tanh(At(UnaryOp.Atanh, z)), 1e-15, $"tanh(Atanh({z:R}))");
            Near(At(UnaryOp.Cbrt, x), SingleAt(UnaryOp.Cbrt, x), 6e-8 * Math.Abs(cube), $"Cbrt({x:R})");
        }
        // Small arguments: x − x³/6 and x + x³/3; near 1, √(2d).
        Near(1e-5 - 1e-15 / 6, At(UnaryOp.Asinh, 1e-5), 4e-21, "Asinh");
        Near(1e-5 + 1e-15 / 3, At(UnaryOp.Atanh, 1e-5), 4e-21, "Atanh");
        var d = Math.ScaleB(1, -40);
        Near(Math.Sqrt(2 * d) * (1 - d / 12), At(UnaryOp.Acosh, 1 + d), 1e-21, "Acosh");
    }

    [Fact]
    public void LogarithmsAreExactAtPowers()
    {
        for (var k = -1074; k <= 1023; k++)
            Assert.Equal(k, At(UnaryOp.Log2, Math.ScaleB(1, k)));
        for (var k = -149; k <= 127; k++)
            Assert.Equal(k, SingleAt(UnaryOp.Log2, MathF.ScaleB(1, k)));
        for (var k = 0; k <= 22; k++)
            Assert.Equal(k, At(UnaryOp.Log10, Math.Pow(10, k)));
        for (var k = 0; k <= 10; k++)
            Assert.Equal(k, SingleAt(UnaryOp.Log10, MathF.Pow(10, k)));
        Near(1.5849625007211561815, At(UnaryOp.Log2, 3), 2.3e-16, "Log2(3)");
        Near(0.47712125471966243730, At(UnaryOp.Log10, 3), 1.2e-16, "Log10(3)");
    }

    [Fact]
    public void ErfcIsTheComplement()
    {
        for (var x = -6.0; x <= 6; x += 0.0371)
        {
            Near(1 - ErrorFunctionOracle.Erf(x), At(UnaryOp.Erfc, x), 4e-15, $"Erfc({x:R})");
            Near(2, At(UnaryOp.Erfc, x) + At(UnaryOp.Erfc, -x), 1e-15, "Erfc(x) + Erfc(−x)");
        }
        for (var x = -0.999; x < 1; x += 0.0137)
            Near(x, ErrorFunctionOracle.Erf(At(UnaryOp.ErfInv, x)), 3e-15, $"erf(ErfInv({x:R}))");
    }

    // Legendre's duplication (6.1.18), and recurrences (6.3.5, 6.4.6), at places that no table above has.
    [Fact]
    public void GammaFunctionsKeepTheirIdentities()
    {
        for (var x = 0.013; x < 60; x *= 1.07)
        {
            var doubled = (2 * x - 1) * Math.Log(2) - 0.5 * Math.Log(Math.PI) + At(UnaryOp.LogGamma, x) + At(UnaryOp.LogGamma, x + 0.5);
            Near(doubled, At(UnaryOp.LogGamma, 2 * x), 1e-14 * (1 + Math.Abs(doubled)), $"LogGamma({2 * x:R})");
            foreach (var z in new[] { x, -x })
            {
                var next = At(UnaryOp.Digamma, z) + 1 / z;
                Near(next, At(UnaryOp.Digamma, z + 1), 1e-12 * (1 + Math.Abs(At(UnaryOp.Digamma, z)) + 1 / x), $"Digamma({z + 1:R})");
                var term = 1 / (z * z);
                Near(
                    Polygamma(1, z) - term,
                    Polygamma(1, z + 1),
                    1e-11 * (1 + term + Math.Abs(Polygamma(1, z))),
                    $"Polygamma(1, {z + 1:R})"
                );
            }
        }
    }

    [Theory]
    [InlineData(UnaryOp.Erfc, 1, 0, 2)]
    [InlineData(UnaryOp.ErfInv, 0, double.NaN, double.NaN)]
    [InlineData(UnaryOp.LogGamma, Infinity, Infinity, Infinity)]
    [InlineData(UnaryOp.Digamma, -Infinity, Infinity, double.NaN)]
    [InlineData(UnaryOp.Cbrt, 0, Infinity, -Infinity)]
    [InlineData(UnaryOp.Asinh, 0, Infinity, -Infinity)]
    [InlineData(UnaryOp.Acosh, double.NaN, Infinity, double.NaN)]
    [InlineData(UnaryOp.Atanh, 0, double.NaN, double.NaN)]
    [InlineData(UnaryOp.Log2, -Infinity, Infinity, double.NaN)]
    [InlineData(UnaryOp.Log10, -Infinity, Infinity, double.NaN)]
    public void Edges(UnaryOp op, double atZero, double atInfinity, double atMinusInfinity)
    {
        double[] expected = [atZero, atInfinity, atMinusInfinity, double.NaN];
        Assert.Equal(expected, Values<double>(Backend.Unary(op, Vector(0, Infinity, -Infinity, double.NaN))));
        Assert.Equal(
            expected.Select(x => (float)x),
            Values<float>(Backend.Unary(op, Vector(0, float.PositiveInfinity, float.NegativeInfinity, float.NaN)))
        );
        // Zeros that stay keep their sign.
        if (atZero == 0)
            Assert.True(double.IsNegative(At(op, -0.0)) && float.IsNegative(SingleAt(op, -0f)));
    }

    [Fact]
    public void EndsOfDomainsAndPoles()
    {
        Assert.Equal([Infinity, -Infinity, double.NaN], Values<double>(Backend.Unary(UnaryOp.ErfInv, Vector(1, -1, 1.5))));
        Assert.Equal([Infinity, -Infinity, double.NaN], Values<double>(Backend.Unary(UnaryOp.Atanh, Vector(1, -1, 1.5))));
        Assert.Equal([0, double.NaN], Values<double>(Backend.Unary(UnaryOp.Acosh, Vector(1, 0.5))));
        Assert.Equal([0, 0, Infinity, Infinity, Infinity], Values<double>(Backend.Unary(UnaryOp.LogGamma, Vector(1.0, 2, -1, -7, 1e306))));
        Assert.Equal([Infinity, double.NaN, double.NaN], Values<double>(Backend.Unary(UnaryOp.Digamma, Vector(-0.0, -1, -7))));
        Assert.Equal([0.0, 0, 2], Values<double>(Backend.Unary(UnaryOp.Erfc, Vector(27.5, 1e300, -1e300))));
        Assert.Equal(5e-324, At(UnaryOp.ErfInv, 5e-324) + At(UnaryOp.Asinh, 0));
        Assert.Equal([Infinity, Infinity, -Infinity, Infinity, double.NaN], Poles((1, 0), (1, -3), (2, 0), (2, -0.0), (2, -3)));
        Assert.Equal([0, 0, double.NaN, double.NaN], Poles((1, Infinity), (2, Infinity), (1, -Infinity), (1, double.NaN)));
        Assert.Equal([double.NaN, double.NaN, double.NaN], Poles((-1, 2), (0.5, 2), (101, 2)));
        Assert.Equal(At(UnaryOp.Digamma, 0.7), Polygamma(0, 0.7));

        static double[] Poles(params (double Order, double X)[] at) => at.Select(p => Polygamma(p.Order, p.X)).ToArray();
    }
}
