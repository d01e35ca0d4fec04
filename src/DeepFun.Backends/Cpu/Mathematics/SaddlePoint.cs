using System;
using DeepFun.Backends.Cpu.Random;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The parts of which densities with factorials are made so that large numbers do not cancel: log(1 + u) − u, and the error of Stirling's
/// formula. Every operation rounds in one way on every machine, because random numbers depend on them.
/// Source: Loader, "Fast and accurate computation of binomial probabilities", 2000.
/// </summary>
internal static class SaddlePoint
{
    /// <summary>The error of Stirling's formula at 1, 2, … 9.</summary>
    private static ReadOnlySpan<double> Small =>
        [
            0.08106146679532726,
            0.0413406959554093,
            0.02767792568499834,
            0.020790672103765093,
            0.016644691189821193,
            0.013876128823070748,
            0.0118967099458917,
            0.010411265261972096,
            0.009255462182712733,
        ];

    /// <summary>log(1 + u) − u for u &gt; −1.</summary>
    public static double LogMinusLinear(double u)
    {
        if (!(Math.Abs(u) < 0.3))
            return BoxMuller.Log(1 + u) - u;
        // With r = u / (2 + u), log(1 + u) = 2 artanh r and 2r − u = −u r: |r| < 0.18, so that r²⁶ is below a last place.
        var r = u / (2 + u);
        var square = r * r;
        var sum = 0.0;
        for (var k = 25; k >= 3; k -= 2)
            sum = sum * square + 1.0 / k;
        return 2 * r * square * sum - u * r;
    }

    /// <summary>log Γ(x) − ((x − ½) log x − x + ½ log 2π) for x ≥ 10 and for x = 1, 2, …, 9.</summary>
    public static double StirlingError(double x) => x >= 10 ? GammaMath.StirlingSeries(x) : Small[(int)x - 1];

    /// <summary>The logarithm of Poisson's probability e^−λ λᵏ / k!, for whole k.</summary>
    public static double LogPoisson(double k, double rate)
    {
        if (k == 0)
            return -rate;
        return k * LogMinusLinear((rate - k) / k) - StirlingError(k) - 0.5 * BoxMuller.Log(k) - GammaMath.HalfLogTwoPi;
    }
}
