using System;

namespace DeepFun.Backends.Tests.Mathematics;

/// <summary>
/// The error function to about 1e-15, from its definitions alone: the Maclaurin series with all terms positive (Abramowitz and
/// Stegun 7.1.6), and beyond 3 the continued fraction of the complement (7.1.14), evaluated from the bottom.
/// </summary>
internal static class ErrorFunctionOracle
{
    public static double Erf(double x)
    {
        if (double.IsNaN(x))
            return x;
        var t = Math.Abs(x);
        var value =
            t < 3 ? Series(t)
            : t > 30 ? 1
            : 1 - ComplementByFraction(t);
        return Math.CopySign(value, x);
    }

    /// <summary>1 − Erf; below 1 the subtraction costs less than three bits.</summary>
    public static double Erfc(double x) =>
        double.IsNaN(x) ? x
        : x < 1 ? 1 - Erf(x)
        : x > 30 ? 0
        : ComplementByFraction(x);

    private static double Series(double x)
    {
        var term = x;
        var sum = x;
        for (var n = 1; Math.Abs(term) > 1e-18 * sum && n < 500; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double ComplementByFraction(double x)
    {
        var fraction = x;
        for (var k = 200; k >= 1; k--)
            fraction = x + k / 2.0 / fraction;
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
