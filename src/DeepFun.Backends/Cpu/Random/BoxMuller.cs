using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>
/// Pairs of normal values from pairs of uniform ones: r cos(2πu₂) and r sin(2πu₂) with r = √(−2 ln u₁), 0 &lt; u₁ ≤ 1, 0 ≤ u₂ &lt; 1.
/// Logarithm, sine and cosine are series in double precision made of additions, multiplications, a division and a root, all of which
/// IEEE 754 rounds in one way: every machine and vector width gives the same bits, which the C library's functions would not promise.
/// No multiplication is fused with an addition for the same reason. Relative error: a few units in the last place of a double.
/// Source: Box and Muller, "A note on the generation of random normal deviates", 1958.
/// </summary>
internal static class BoxMuller
{
    /// <summary>Four pairs at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<double> Cosine, Vector256<double> Sine) Pairs(Vector256<double> u1, Vector256<double> u2)
    {
        var radius = Vector256.Sqrt(Vector256.Create(-2.0) * Log(u1));
        var (sine, cosine) = SinCosOfTurns(u2);
        return (radius * cosine, radius * sine);
    }

    /// <summary>ln x for positive normal x: the same bits on every machine.</summary>
    public static double Log(double x) => Log(Vector256.Create(x)).ToScalar();

    // ln x = e ln 2 + 2 artanh((m − 1) / (m + 1)) for x = 2ᵉ m, √½ ≤ m < √2; x is positive and normal.
    // |s| ≤ 0.172, so that the term s²³ / 23 is below a double's last place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Log(Vector256<double> x)
    {
        // Counting from the bits of √½ puts the exponent's step there.
        var half = Vector256.Create(0x3FE6A09E667F3BCDL);
        var bits = x.AsInt64() - half;
        var exponent = Vector256.ConvertToDouble(bits >> 52);
        var m = ((bits & Vector256.Create((1L << 52) - 1)) + half).AsDouble();
        var s = (m - Vector256<double>.One) / (m + Vector256<double>.One);
        var z = s * s;
        var series = Vector256.Create(2.0 / 21);
        series = series * z + Vector256.Create(2.0 / 19);
        series = series * z + Vector256.Create(2.0 / 17);
        series = series * z + Vector256.Create(2.0 / 15);
        series = series * z + Vector256.Create(2.0 / 13);
        series = series * z + Vector256.Create(2.0 / 11);
        series = series * z + Vector256.Create(2.0 / 9);
        series = series * z + Vector256.Create(2.0 / 7);
        series = series * z + Vector256.Create(2.0 / 5);
        series = series * z + Vector256.Create(2.0 / 3);
        series = series * z + Vector256.Create(2.0);
        return exponent * Vector256.Create(0.69314718055994530942) + s * series;
    }

    // Sine and cosine of 2πu: the nearest quarter turn is split off, exactly, and Taylor's series serve up to π/4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double> Sine, Vector256<double> Cosine) SinCosOfTurns(Vector256<double> u)
    {
        var turns = u * Vector256.Create(4.0);
        var quarter = Vector256.Floor(turns + Vector256.Create(0.5));
        var x = (turns - quarter) * Vector256.Create(1.57079632679489661923);
        var z = x * x;

        var sine = Vector256.Create(-1.0 / 1307674368000);
        sine = sine * z + Vector256.Create(1.0 / 6227020800);
        sine = sine * z + Vector256.Create(-1.0 / 39916800);
        sine = sine * z + Vector256.Create(1.0 / 362880);
        sine = sine * z + Vector256.Create(-1.0 / 5040);
        sine = sine * z + Vector256.Create(1.0 / 120);
        sine = sine * z + Vector256.Create(-1.0 / 6);
        sine = x + x * z * sine;

        var cosine = Vector256.Create(1.0 / 20922789888000);
        cosine = cosine * z + Vector256.Create(-1.0 / 87178291200);
        cosine = cosine * z + Vector256.Create(1.0 / 479001600);
        cosine = cosine * z + Vector256.Create(-1.0 / 3628800);
        cosine = cosine * z + Vector256.Create(1.0 / 40320);
        cosine = cosine * z + Vector256.Create(-1.0 / 720);
        cosine = cosine * z + Vector256.Create(1.0 / 24);
        cosine = cosine * z + Vector256.Create(-1.0 / 2);
        cosine = cosine * z + Vector256<double>.One;

        // Quarter 1: (sin, cos) ← (cos, −sin); 2: (−sin, −cos); 3: (−cos, sin); 4 is 0.
        var one = Vector256.Equals(quarter, Vector256<double>.One);
        var two = Vector256.Equals(quarter, Vector256.Create(2.0));
        var three = Vector256.Equals(quarter, Vector256.Create(3.0));
        var sign = Vector256.Create(-0.0);
        var turnedSine = Vector256.ConditionalSelect(one | three, cosine, sine) ^ (sign & (two | three));
        var turnedCosine = Vector256.ConditionalSelect(one | three, sine, cosine) ^ (sign & (one | two));
        return (turnedSine, turnedCosine);
    }
}
