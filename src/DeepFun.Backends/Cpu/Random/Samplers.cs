using System;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>
/// Exact methods for distributions with a parameter. Logarithms are <see cref="BoxMuller.Log(double)"/> and everything else is rounded in one
/// way, so that every machine accepts and rejects alike.
/// </summary>
internal static class Samplers
{
    /// <summary>The largest rate whose variables fit an Int64.</summary>
    public const double LargestRate = 1e18;

    /// <summary>
    /// The logarithm of a gamma variable of shape α, scale 1, which small shapes make too small for a float.
    /// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000, with their section 6 for α &lt; 1.
    /// </summary>
    public static double LogGamma(ref WordStream stream, double alpha)
    {
        if (!(alpha > 0 && alpha < double.PositiveInfinity))
            return alpha > 0 ? alpha : double.NaN;
        // G(α) = G(α + 1) U^(1/α)
        var boost = alpha < 1 ? BoxMuller.Log(stream.Uniform()) / alpha : 0;
        var d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var (first, second) = stream.Normals();
            if (Accepts(ref stream, d, c, first, out var log) || Accepts(ref stream, d, c, second, out log))
                return BoxMuller.Log(d) + log + boost;
        }
    }

    private static bool Accepts(ref WordStream stream, double d, double c, double x, out double log)
    {
        var root = 1 + c * x;
        log = 0;
        if (root <= 0)
            return false;
        var u = stream.Uniform();
        var square = x * x;
        log = 3 * BoxMuller.Log(root);
        return u < 1 - 0.0331 * square * square || BoxMuller.Log(u) < 0.5 * square + d * (1 - root * root * root + log);
    }

    /// <summary>A Poisson variable. Error: DF0702 for a rate that is negative, too large or NaN.</summary>
    public static long Poisson(ref WordStream stream, double rate)
    {
        if (!(rate >= 0 && rate <= LargestRate))
            ThrowHelper.PoissonRate(rate);
        return rate < 10 ? Arrivals(ref stream, rate) : Transformed(ref stream, rate);
    }

    /// <summary>How many arrivals, exponential times apart, fall into a time of this length (Devroye 1986, section X.3.3).</summary>
    private static long Arrivals(ref WordStream stream, double rate)
    {
        var count = -1L;
        for (var left = rate; left >= 0; count++)
            left += BoxMuller.Log(stream.Uniform());
        return count;
    }

    /// <summary>Transformed rejection with squeeze. Source: Hörmann, "The transformed rejection method for generating Poisson random variables", 1993, PTRS.</summary>
    private static long Transformed(ref WordStream stream, double rate)
    {
        var b = 0.931 + 2.53 * Math.Sqrt(rate);
        var a = -0.059 + 0.02483 * b;
        var inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
        var quickBound = 0.9277 - 3.6224 / (b - 2);
        while (true)
        {
            var u = stream.Uniform() - 0.5;
            var v = stream.Uniform();
            var us = 0.5 - Math.Abs(u);
            if (us <= 0)
                continue;
            var k = Math.Floor((2 * a / us + b) * u + rate + 0.43);
            if (us >= 0.07 && v <= quickBound)
                return (long)k;
            if (k < 0 || (us < 0.013 && v > us))
                continue;
            if (BoxMuller.Log(v * inverseAlpha / (a / (us * us) + b)) <= SaddlePoint.LogPoisson(k, rate))
                return (long)k;
        }
    }
}
