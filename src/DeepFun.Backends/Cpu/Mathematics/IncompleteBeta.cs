using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The regularized incomplete beta function Iₓ(a, b) and its derivatives in a and b, whose continued fraction is computed with Taylor series
/// in both. Equations are those of NIST's Digital Library of Mathematical Functions, section 8.17.
/// a and b above 0, up to 1e10, and x from 0 to 1; NaN beyond. An instance has room for one thread.
/// </summary>
internal sealed class IncompleteBeta
{
    private const double Largest = 1e10;
    private readonly int first,
        second;
    private readonly TaylorSeries series;
    private readonly double[] fraction,
        ratio,
        reciprocal,
        numerator,
        room,
        line,
        result;

    /// <param name="first">How often I is differentiated in a.</param>
    /// <param name="second">How often in b.</param>
    public IncompleteBeta(int first, int second)
    {
        (this.first, this.second) = (first, second);
        series = new TaylorSeries(first, second);
        double[] Room() => new double[series.Length];
        (fraction, ratio, reciprocal, numerator) = (Room(), Room(), Room(), Room());
        (room, line, result) = (Room(), Room(), Room());
    }

    /// <summary>The derivative of these orders of Iₓ(a, b).</summary>
    public double Value(double a, double b, double x)
    {
        if (!(a > 0 && b > 0 && a <= Largest && b <= Largest && x >= 0 && x <= 1))
            return double.NaN;
        if (x == 0 || x == 1)
            return first + second > 0 ? 0 : x;
        // I₁₋ₓ(b, a) = 1 − Iₓ(a, b) (8.17.4): the fraction converges fast on one side of the mean.
        var turned = x > (a + 1) / (a + b + 2);
        var value = turned ? Side(b, a, 1 - x, x, straight: false) : Side(a, b, x, 1 - x, straight: true);
        return !turned ? value
            : first + second > 0 ? -value
            : 1 - value;
    }

    /// <summary>Iₓ(a, b) = xᵃ yᵇ / (a B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …)))   (8.17.22), by Lentz's method; y = 1 − x.</summary>
    /// <remarks>straight: a moves with the first variable and b with the second, else the other way round.</remarks>
    private double Side(double a, double b, double x, double y, bool straight)
    {
        var (one, two) = straight ? (1, 0) : (0, 1);
        series.Line(1, 0, 0, fraction);
        series.Line(1, 0, 0, ratio);
        series.Line(0, 0, 0, reciprocal);
        for (var k = 1; ; k++)
        {
            var m = k / 2;
            if (k % 2 == 0)
            {
                // d₂ₘ = m (b − m) x / ((a + 2m − 1)(a + 2m))
                series.Line(m * (b - m) * x, m * two * x, m * one * x, numerator);
            }
            else
            {
                // d₂ₘ₊₁ = −(a + m)(a + b + m) x / ((a + 2m)(a + 2m + 1))
                series.Line(-(a + m) * x, -one * x, -two * x, line);
                series.Line(a + b + m, 1, 1, room);
                series.Multiply(line, room, numerator);
            }
            series.Line(a + k - 1, one, two, line);
            series.Divide(numerator, line, numerator);
            series.Line(a + k, one, two, line);
            series.Divide(numerator, line, numerator);
            // ratio ← 1 + d / ratio; reciprocal ← 1 / (1 + d reciprocal); fraction ← fraction ratio reciprocal
            series.Divide(numerator, ratio, room);
            room.CopyTo(ratio, 0);
            ratio[0] += 1;
            series.Multiply(numerator, reciprocal, room);
            room[0] += 1;
            series.Line(1, 0, 0, reciprocal);
            series.Divide(reciprocal, room, reciprocal);
            series.Multiply(ratio, reciprocal, room);
            series.Multiply(fraction, room, result);
            var settled = series.Settled(fraction, result);
            result.CopyTo(fraction, 0);
            if (settled)
                break;
        }
        // Lentz's fraction is the denominator 1 + d₁/(1 + …).
        Factor(a, b, x, y, straight);
        series.Divide(result, fraction, result);
        series.Line(a, one, two, line);
        series.Divide(result, line, result);
        return series.Derivative(result);
    }

    /// <summary>xᵃ yᵇ / B(a, b) into result; straight: a moves with the first variable.</summary>
    private void Factor(double a, double b, double x, double y, bool straight)
    {
        var (inA, inB) = straight ? (first, second) : (second, first);
        // The logarithm's derivatives: log x − ψ(a) + ψ(a + b), log y − ψ(b) + ψ(a + b), and polygamma functions from there on.
        line[0] = 0;
        var factorialOfA = 1.0;
        for (var i = 0; i <= inA; i++)
        {
            factorialOfA *= Math.Max(i, 1);
            var factorials = factorialOfA;
            for (var j = 0; j <= inB; j++)
            {
                factorials *= Math.Max(j, 1);
                if (i + j == 0)
                    continue;
                var value = GammaMath.Polygamma(i + j - 1, a + b);
                if (j == 0)
                    value += (i == 1 ? Math.Log(x) : 0) - GammaMath.Polygamma(i - 1, a);
                if (i == 0)
                    value += (j == 1 ? Math.Log(y) : 0) - GammaMath.Polygamma(j - 1, b);
                line[straight ? i * (second + 1) + j : j * (second + 1) + i] = value / factorials;
            }
        }
        series.Exponential(line, Density(a, b, x, y), result);
    }

    /// <summary>xᵃ yᵇ / B(a, b)</summary>
    private static double Density(double a, double b, double x, double y)
    {
        var distance = x * b - y * a;
        if (a >= 10 && b >= 10 && distance > -0.9 * a && distance < 0.9 * b)
        {
            var exponent =
                a * SaddlePoint.LogMinusLinear(distance / a)
                + b * SaddlePoint.LogMinusLinear(-distance / b)
                + SaddlePoint.StirlingError(a + b)
                - SaddlePoint.StirlingError(a)
                - SaddlePoint.StirlingError(b);
            return Math.Exp(exponent) * Math.Sqrt(a / (a + b) * b / Math.Tau);
        }
        return Math.Exp(a * Math.Log(x) + b * Math.Log(y) - GammaMath.LogBeta(a, b));
    }
}
