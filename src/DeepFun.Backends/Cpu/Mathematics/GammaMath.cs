using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// log |Γ|, its derivative and the derivatives of that, in double precision. Equations are those of Abramowitz and Stegun, chapter 6.
/// MathNet.Numerics has the first two, but gives NaN for log |Γ| where Γ is negative, and few digits near its zeros at 1 and 2.
/// </summary>
internal static class GammaMath
{
    private const int HighestOrder = 100;
    private const double OneMinusEuler = 0.42278433509846714;
    private const double LogPi = 1.1447298858494002;

    /// <summary>½ log 2π</summary>
    public const double HalfLogTwoPi = 0.9189385332046728;

    /// <summary>ζ(k) − 1 for k = 2, 3, … (table 23.3).</summary>
    private static ReadOnlySpan<double> ZetaMinusOne =>
        [
            0.6449340668482264,
            0.2020569031595943,
            0.08232323371113819,
            0.03692775514336993,
            0.01734306198444914,
            0.008349277381922827,
            0.00407735619794434,
            0.0020083928260822143,
            0.0009945751278180853,
            0.0004941886041194645,
            0.0002460865533080483,
            0.00012271334757848915,
            6.124813505870483e-05,
            3.058823630702049e-05,
            1.528225940865187e-05,
            7.637197637899763e-06,
            3.81729326499984e-06,
            1.908212716553939e-06,
            9.539620338727962e-07,
            4.769329867878064e-07,
            2.38450502727733e-07,
            1.1921992596531106e-07,
            5.960818905125948e-08,
            2.980350351465228e-08,
            1.4901554828365043e-08,
            7.45071178983543e-09,
            3.725334024788457e-09,
            1.862659723513049e-09,
            9.313274324196682e-10,
            4.656629065033784e-10,
        ];

    /// <summary>B₂, B₄, … (table 23.2).</summary>
    private static ReadOnlySpan<double> Bernoulli =>
        [1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510, 43867.0 / 798, -174611.0 / 330];

    /// <summary>log |Γ(x)|; ∞ at the poles and at both infinities.</summary>
    public static double LogGamma(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (double.IsInfinity(x) || (x <= 0 && x == Math.Floor(x)))
            return double.PositiveInfinity;
        // Reflection (6.1.17): |Γ(x) Γ(−x)| = π / |x sin πx|
        return x > 0 ? LogGammaOfPositive(x) : LogPi - Math.Log(-x * Math.Abs(Math.Sin(Math.PI * Fraction(x)))) - LogGammaOfPositive(-x);
    }

    private static double LogGammaOfPositive(double x)
    {
        if (x < 0.5)
            return AroundTwo(x) - ScalarMath.Log1p(x) - Math.Log(x);
        if (x < 1.5)
            return AroundTwo(x - 1) - ScalarMath.Log1p(x - 1);
        if (x >= 10)
            return Stirling(x);
        var product = 1.0;
        while (x > 2.5)
        {
            x -= 1;
            product *= x;
        }
        return AroundTwo(x - 2) + Math.Log(product);
    }

    /// <summary>log Γ(2 + z) for |z| ≤ 0.5 (6.1.33).</summary>
    private static double AroundTwo(double z)
    {
        var sum = 0.0;
        for (var k = ZetaMinusOne.Length + 1; k >= 2; k--)
            sum = -z * sum + ZetaMinusOne[k - 2] / k;
        return z * (OneMinusEuler + z * sum);
    }

    /// <summary>log Γ(x) for x ≥ 10 (6.1.41); grouped so that nothing overflows before the value does.</summary>
    private static double Stirling(double x)
    {
        return (x - 0.5) * (Math.Log(x) - 1) + (HalfLogTwoPi - 0.5) + StirlingSeries(x);
    }

    /// <summary>What log Γ(x) has beyond (x − ½) log x − x + ½ log 2π, for x ≥ 10 (6.1.42).</summary>
    public static double StirlingSeries(double x)
    {
        var inverse = 1 / x;
        var square = inverse * inverse;
        var sum = 0.0;
        for (var j = Bernoulli.Length; j >= 1; j--)
            sum = sum * square + Bernoulli[j - 1] / (2 * j * (2 * j - 1));
        return sum * inverse;
    }

    /// <summary>log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b) for a, b &gt; 0, where the last two cancel by Stirling's formula.</summary>
    public static double LogBeta(double a, double b)
    {
        var (small, large) = a < b ? (a, b) : (b, a);
        if (large < 10)
            return LogGamma(small) + LogGamma(large) - LogGamma(small + large);
        var sum = small + large;
        var quotient = small - (large - 0.5) * ScalarMath.Log1p(small / large) - small * Math.Log(sum);
        return LogGamma(small) + quotient + StirlingSeries(large) - StirlingSeries(sum);
    }

    /// <summary>ψ(x); ∓∞ at ±0, NaN at the other poles and at −∞.</summary>
    public static double Digamma(double x)
    {
        if (x == 0)
            return -1 / x;
        if (x < 0)
        {
            // Reflection (6.3.7); no fraction is left at a pole, nor of −∞.
            var fraction = Fraction(x);
            return fraction == 0 ? double.NaN : DigammaOfPositive(1 - x) - Math.PI / Math.Tan(Math.PI * fraction);
        }
        return DigammaOfPositive(x);
    }

    private static double DigammaOfPositive(double x)
    {
        // Recurrence (6.3.5), then the asymptotic series (6.3.18).
        var below = 0.0;
        for (; x < 10; x += 1)
            below += 1 / x;
        var square = 1 / (x * x);
        var sum = 0.0;
        for (var j = Bernoulli.Length; j >= 1; j--)
            sum = (sum + Bernoulli[j - 1] / (2 * j)) * square;
        return Math.Log(x) - 0.5 / x - sum - below;
    }

    /// <summary>ψ⁽ⁿ⁾(x) for whole n from 0 to 100, NaN for others. Odd orders are ∞ at the poles, even ones NaN but for ∓∞ at ±0.</summary>
    public static double Polygamma(double order, double x)
    {
        if (double.IsNaN(x) || !(order >= 0 && order <= HighestOrder) || order != Math.Floor(order))
            return double.NaN;
        if (order == 0)
            return Digamma(x);
        var n = (int)order;
        var odd = (n & 1) == 1;
        if (x == 0)
            return odd ? double.PositiveInfinity : -1 / x;
        if (x > 0)
            return odd ? Magnitude(n, x) : -Magnitude(n, x);
        var fraction = Fraction(x);
        if (fraction == 0 || double.IsInfinity(x))
            return odd && !double.IsInfinity(x) ? double.PositiveInfinity : double.NaN;
        // Reflection (6.4.7); the magnitude has the sign (−1)ⁿ⁺¹ of ψ⁽ⁿ⁾ and the equation another (−1)ⁿ.
        return -CotangentDerivative(n, fraction) - Magnitude(n, 1 - x);
    }

    /// <summary>|ψ⁽ⁿ⁾(x)| = n! Σ (x + k)⁻ⁿ⁻¹ for x &gt; 0 (6.4.10): terms, until the asymptotic series (6.4.11) holds.</summary>
    private static double Magnitude(int n, double x)
    {
        var terms = 0.0;
        for (; x < 10 + n; x += 1)
            terms += Power(n, x) / x;
        if (double.IsInfinity(x))
            return 0;
        // (n − 1)! x⁻ⁿ (1 + n / 2x + Σ B₂ⱼ (2j + n − 1)! / ((2j)! (n − 1)!) x⁻²ʲ)
        var square = 1 / (x * x);
        var coefficient = 1.0;
        var sum = 0.0;
        for (var j = 1; j <= Bernoulli.Length; j++)
        {
            coefficient *= (2 * j + n - 2.0) * (2 * j + n - 1.0) / ((2 * j - 1.0) * (2 * j)) * square;
            sum += Bernoulli[j - 1] * coefficient;
        }
        return terms + Power(n, x) / n * (1 + n / (2 * x) + sum);
    }

    /// <summary>n! / xⁿ, of which neither part need be a number that double precision has.</summary>
    private static double Power(int n, double x)
    {
        var value = 1.0;
        for (var i = 1; i <= n; i++)
            value *= i / x;
        return value;
    }

    /// <summary>π dⁿ/dxⁿ cot πx as a polynomial in the cotangent, whose terms have one sign: P₀ = c, Pₙ₊₁ = −(1 + c²) Pₙ′.</summary>
    private static double CotangentDerivative(int n, double fraction)
    {
        Span<double> polynomial = stackalloc double[n + 2];
        Span<double> next = stackalloc double[n + 2];
        polynomial.Clear();
        polynomial[1] = Math.PI;
        for (var step = 1; step <= n; step++)
        {
            next.Clear();
            for (var power = 1; power <= step; power++)
            {
                var slope = -Math.PI * power * polynomial[power];
                next[power - 1] += slope;
                next[power + 1] += slope;
            }
            next.CopyTo(polynomial);
        }
        var cotangent = 1 / Math.Tan(Math.PI * fraction);
        var value = 0.0;
        for (var power = n + 1; power >= 0; power--)
            value = value * cotangent + polynomial[power];
        return value;
    }

    /// <summary>What x has beyond the nearest whole number: exact, so that sin πx and cot πx lose nothing far from 0.</summary>
    private static double Fraction(double x) => x - Math.Round(x);
}
