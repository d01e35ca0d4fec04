using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Mathematics;

/// <summary>Incomplete gamma and beta functions against values of 20 digits, and what the documentation says at the edges.</summary>
public class IncompleteFunctionTests
{
    private static double At(SpecialOp op, int first, int second, params double[] operands) =>
        Values<double>(Backend.Special(op, [.. operands.Select(x => (Storage)Vector(x))], first, second))[0];

    private static void Near(double expected, double actual, double tolerance, string what)
    {
        if (!double.IsNaN(expected))
            Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what} is {actual:R}, not {expected:R} within {tolerance:E1}.");
    }

    [Fact]
    public void GammaIsAsAccurateAsStated()
    {
        foreach (var (a, x, p, q, first, second) in IncompleteFunctionValues.Gamma)
        {
            // On one side the value is computed, on the other the complement; the derivatives are as accurate as either.
            var below = x < a + 1;
            Near(p, At(SpecialOp.GammaP, 0, 0, a, x), 1e-13 * (below ? p : 1), $"P({a}, {x})");
            Near(q, At(SpecialOp.GammaQ, 0, 0, a, x), 1e-13 * (below ? 1 : q), $"Q({a}, {x})");
            Near(first, At(SpecialOp.GammaP, 1, 0, a, x), 1e-12 * Math.Abs(first), $"dP/da({a}, {x})");
            Near(second, At(SpecialOp.GammaP, 2, 0, a, x), 1e-11 * Math.Abs(second) + 1e-13 * Math.Abs(first), $"d²P/da²({a}, {x})");
        }
    }

    [Fact]
    public void BetaIsAsAccurateAsStated()
    {
        foreach (var (a, b, x, value, inA, inB, mixed) in IncompleteFunctionValues.Beta)
        {
            var below = x <= (a + 1) / (a + b + 2);
            Near(value, At(SpecialOp.BetaI, 0, 0, a, b, x), 1e-13 * (below ? value : 1), $"I({a}, {b}, {x})");
            Near(inA, At(SpecialOp.BetaI, 1, 0, a, b, x), 1e-12 * Math.Abs(inA), $"dI/da({a}, {b}, {x})");
            Near(inB, At(SpecialOp.BetaI, 0, 1, a, b, x), 1e-12 * Math.Abs(inB), $"dI/db({a}, {b}, {x})");
            Near(mixed, At(SpecialOp.BetaI, 1, 1, a, b, x), 1e-11 * Math.Abs(mixed) + 1e-12 * Math.Abs(inB), $"d²I/dadb({a}, {b}, {x})");
        }
    }

    [Fact]
    public void HigherDerivativesAreSlopesOfLowerOnes()
    {
        const double Step = 1e-4;
        foreach (var (a, x) in new[] { (0.7, 0.3), (0.7, 4.0), (6.0, 5.0), (6.0, 9.5) })
        {
            for (var order = 0; order < 5; order++)
            {
                var slope = (At(SpecialOp.GammaP, order, 0, a + Step, x) - At(SpecialOp.GammaP, order, 0, a - Step, x)) / (2 * Step);
                var value = At(SpecialOp.GammaP, order + 1, 0, a, x);
                Near(slope, value, 1e-6 * (1 + Math.Abs(value)), $"order {order + 1} at ({a}, {x})");
            }
        }
        foreach (var (a, b, x) in new[] { (0.7, 1.3, 0.3), (0.7, 1.3, 0.8), (6.0, 2.5, 0.6), (6.0, 2.5, 0.95) })
        {
            for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                double Value(double a, double b) => At(SpecialOp.BetaI, i, j, a, b, x);
                var inA = (Value(a + Step, b) - Value(a - Step, b)) / (2 * Step);
                var inB = (Value(a, b + Step) - Value(a, b - Step)) / (2 * Step);
                Near(inA, At(SpecialOp.BetaI, i + 1, j, a, b, x), 1e-6 * (1 + Math.Abs(inA)), $"a, orders {i}, {j} at ({a}, {b}, {x})");
                Near(inB, At(SpecialOp.BetaI, i, j + 1, a, b, x), 1e-6 * (1 + Math.Abs(inB)), $"b, orders {i}, {j} at ({a}, {b}, {x})");
            }
        }
    }

    [Fact]
    public void LargeParametersAreNormal()
    {
        // Near its mean a gamma variable is normal but for its skewness: P(a, a + z √a) = Φ(z) − (z² − 1) φ(z) / (3 √a) + O(1 / a).
        foreach (var a in new[] { 1e6, 1e8 })
        foreach (var z in new[] { -2.0, 0.0, 1.5 })
        {
            var density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
            var normal = Values<double>(Backend.Unary(UnaryOp.Erfc, Vector(-z / Math.Sqrt(2))))[0] / 2;
            Near(
                normal - (z * z - 1) * density / (3 * Math.Sqrt(a)),
                At(SpecialOp.GammaP, 0, 0, a, a + z * Math.Sqrt(a)),
                1 / a,
                $"P({a}, …) at {z}"
            );
            // dP/da ≈ −φ(z) / √a
            Near(-density / Math.Sqrt(a), At(SpecialOp.GammaP, 1, 0, a, a + z * Math.Sqrt(a)), 3 / a, $"dP/da({a}, …) at {z}");
        }
        Near(0.5, At(SpecialOp.BetaI, 0, 0, 1e6, 1e6, 0.5), 1e-12, "I(1e6, 1e6, ½)");
    }

    [Fact]
    public void EdgesAreAsDocumented()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal(0, At(SpecialOp.GammaP, 0, 0, 2, 0));
        Assert.Equal(1, At(SpecialOp.GammaQ, 0, 0, 2, 0));
        Assert.Equal(1, At(SpecialOp.GammaP, 0, 0, 2, Infinity));
        Assert.Equal(0, At(SpecialOp.GammaQ, 0, 0, 2, Infinity));
        Assert.Equal(0, At(SpecialOp.GammaP, 1, 0, 2, 0));
        Assert.Equal(1, At(SpecialOp.GammaP, 0, 0, 0, 0.5), 1e-15);
        Assert.Equal(1, At(SpecialOp.GammaP, 0, 0, 0, 3.0), 1e-15);
        foreach (
            var (a, x) in new[]
            {
                (-1.0, 1.0),
                (1.0, -1.0),
                (0.0, 0.0),
                (double.NaN, 1.0),
                (1.0, double.NaN),
                (1e11, 1e11),
                (Infinity, 1.0),
            }
        )
            Assert.True(double.IsNaN(At(SpecialOp.GammaP, 0, 0, a, x)), $"P({a}, {x})");
        Assert.Equal(0, At(SpecialOp.BetaI, 0, 0, 2, 3, 0));
        Assert.Equal(1, At(SpecialOp.BetaI, 0, 0, 2, 3, 1));
        Assert.Equal(0, At(SpecialOp.BetaI, 1, 0, 2, 3, 1));
        foreach (var (a, b, x) in new[] { (0.0, 1.0, 0.5), (1.0, -1.0, 0.5), (1.0, 1.0, 1.5), (1.0, 1.0, -0.5), (double.NaN, 1.0, 0.5) })
            Assert.True(double.IsNaN(At(SpecialOp.BetaI, 0, 0, a, b, x)), $"I({a}, {b}, {x})");
    }

    [Fact]
    public void SinglesAreRoundedOnceAndThreadsAgree()
    {
        var random = new Random(5);
        var a = Enumerable.Range(0, 1000).Select(_ => (float)(10 * random.NextDouble())).ToArray();
        var x = Enumerable.Range(0, 1000).Select(_ => (float)(10 * random.NextDouble())).ToArray();
        var single = Values<float>(Backend.Special(SpecialOp.GammaP, [Vector(a), Vector(x)], 0, 0));
        var wide = Values<double>(
            Backend.Special(
                SpecialOp.GammaP,
                [Vector(Array.ConvertAll(a, v => (double)v)), Vector(Array.ConvertAll(x, v => (double)v))],
                0,
                0
            )
        );
        for (var i = 0; i < a.Length; i++)
        {
            Assert.Equal((float)wide[i], single[i]);
            Assert.Equal(wide[i], At(SpecialOp.GammaP, 0, 0, a[i], x[i]));
        }
    }
}
