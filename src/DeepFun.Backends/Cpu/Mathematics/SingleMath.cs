using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Exponentials and logarithms of Float32 in SIMD registers. NaN propagates, infinities and zeros of both signs are as in IEEE 754,
/// denormal inputs and results are exact members of the range, not flushed. "ulp" below is the greatest error that the tests measure
/// over the whole range of Float32, rounded up.
/// </summary>
internal static class SingleMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts; with fused multiply-add the product with a whole number below 2⁸ has no error of its own.
    private const float Ln2High = 0.693147182f;
    private const float Ln2Low = -1.90465421e-9f;
    private const int SignBit = int.MinValue;

    /// <summary>eˣ; 1 ulp. Above 88.72 infinity, below −103.97 zero, denormal before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var clamped = V.Clamp(x, -104f, 89f);
        var n = V.Round(clamped * V.Create(Log2E));
        return V.Scale(V.Create(1f) + ExpMinusOneOfReduced(Reduce(clamped, n)), n);
    }

    /// <summary>eˣ − 1; 2 ulp, near zero as well.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Expm1<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // Twice the half of the result: 2ⁿ alone would overflow where the result does not yet.
        var clamped = V.Clamp(x, -80f, 89f);
        var n = V.Round(clamped * V.Create(Log2E));
        var q = ExpMinusOneOfReduced(Reduce(clamped, n));
        var half = PowerOfTwo(n - V.Create(1f));
        var result = V.MultiplyAdd(q, half, half - V.Create(0.5f));
        return CopySign(result + result, x);
    }

    /// <summary>ln x; 1 ulp. Zero of either sign gives −∞, a negative number NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var denormal = x < V.Create(1.17549435e-38f);
        var scaled = V.Select(denormal, x * V.Create(8388608f), x);
        var bits = V.AddInteger(scaled, V.CreateInteger(-SqrtHalf));
        var e = V.FromInteger(V.ShiftRight(bits, 23)) - (V.Create(23f) & denormal);
        var f = Mantissa(bits) - V.Create(1f);
        var result = LogOfParts(e, f, V.Create(0f));
        var special = V.Select(x == V.Create(0f), V.Create(float.NegativeInfinity), V.Select(x < V.Create(0f), V.Create(float.NaN), x));
        return V.Select((x > V.Create(0f)) & (x < V.Create(float.PositiveInfinity)), result, special);
    }

    /// <summary>ln(1 + x); 2 ulp, near zero as well. −1 gives −∞, below NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1p<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // 1 + x rounds; what it loses comes back as c / (1 + x), the derivative of the logarithm. Where 1 + x needs no halving
        // or doubling, x itself is the mantissa's distance from one.
        var one = V.Create(1f);
        var u = one + x;
        var bits = V.AddInteger(u, V.CreateInteger(-SqrtHalf));
        var e = V.FromInteger(V.ShiftRight(bits, 23));
        var direct = e == V.Create(0f);
        var f = V.Select(direct, x, Mantissa(bits) - one);
        var lost = V.Select(u >= V.Create(2f), one - (u - x), x - (u - one));
        var c = V.Select(direct, V.Create(0f), lost / u);
        var result = LogOfParts(e, f, c);
        var special = V.Select(x == -one, V.Create(float.NegativeInfinity), V.Select(x < -one, V.Create(float.NaN), x));
        var ordinary = (x > -one) & (x < V.Create(float.PositiveInfinity)) & (x != V.Create(0f));
        return V.Select(ordinary, result, special);
    }

    /// <summary>1 / (1 + e⁻ˣ); 2.5 ulp. For negative x as eˣ / (1 + eˣ), so that small results keep their digits, denormal ones too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var e = Exp(-V.Abs(x));
        var one = V.Create(1f);
        return V.Select(x < V.Create(0f), e, one) / (one + e);
    }

    /// <summary>ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|); 2 ulp. +∞ stays, −∞ gives 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus<V>(V x)
        where V : unmanaged, ILanes<V, float> => V.Max(x, V.Create(0f)) + Log1pOfFraction(Exp(-V.Abs(x)));

    /// <summary>The magnitude of one and the sign of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V CopySign<V>(V magnitude, V sign)
        where V : unmanaged, ILanes<V, float> => V.Select(V.CreateInteger(SignBit), sign, magnitude);

    // ln(1 + x) for x in [0, 1], where no special value can come but NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Log1pOfFraction<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var one = V.Create(1f);
        var u = one + x;
        var upper = u > V.Create(1.41421354f);
        var f = V.Select(upper, V.MultiplyAdd(u, V.Create(0.5f), -one), x);
        var c = upper & ((x - (u - one)) / u);
        return LogOfParts(upper & one, f, c);
    }

    private const int SqrtHalf = 0x3f3504f3; // the bits of √½: mantissas are taken from [√½, √2)

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Mantissa<V>(V bits)
        where V : unmanaged, ILanes<V, float> => V.AddInteger(bits & V.CreateInteger(0x007fffff), V.CreateInteger(SqrtHalf));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce<V>(V x, V n)
        where V : unmanaged, ILanes<V, float> => V.MultiplyAdd(n, V.Create(-Ln2Low), V.MultiplyAdd(n, V.Create(-Ln2High), x));

    // 2ⁿ for n in [−126, 127].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V PowerOfTwo<V>(V n)
        where V : unmanaged, ILanes<V, float> => V.ShiftLeft(V.AddInteger(V.ToInteger(n), V.CreateInteger(127)), 23);

    // eʳ − 1 for |r| ≤ ½ ln 2. Coefficients: Cephes expf (Moshier 1989).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpMinusOneOfReduced<V>(V r)
        where V : unmanaged, ILanes<V, float>
    {
        var p = V.MultiplyAdd(V.Create(1.9875691500e-4f), r, V.Create(1.3981999507e-3f));
        p = V.MultiplyAdd(p, r, V.Create(8.3334519073e-3f));
        p = V.MultiplyAdd(p, r, V.Create(4.1665795894e-2f));
        p = V.MultiplyAdd(p, r, V.Create(1.6666665459e-1f));
        p = V.MultiplyAdd(p, r, V.Create(5.0000001201e-1f));
        return V.MultiplyAdd(p, r * r, r);
    }

    // e ln 2 + ln(1 + f) + c. Coefficients: Cephes logf (Moshier 1989).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LogOfParts<V>(V e, V f, V c)
        where V : unmanaged, ILanes<V, float>
    {
        var s = f * f;
        var p = V.MultiplyAdd(V.Create(7.0376836292e-2f), f, V.Create(-1.1514610310e-1f));
        p = V.MultiplyAdd(p, f, V.Create(1.1676998740e-1f));
        p = V.MultiplyAdd(p, f, V.Create(-1.2420140846e-1f));
        p = V.MultiplyAdd(p, f, V.Create(1.4249322787e-1f));
        p = V.MultiplyAdd(p, f, V.Create(-1.6668057665e-1f));
        p = V.MultiplyAdd(p, f, V.Create(2.0000714765e-1f));
        p = V.MultiplyAdd(p, f, V.Create(-2.4999993993e-1f));
        p = V.MultiplyAdd(p, f, V.Create(3.3333331174e-1f));
        var low = V.MultiplyAdd(e, V.Create(Ln2Low), c);
        low = V.MultiplyAdd(p, f * s, low);
        low = V.MultiplyAdd(s, V.Create(-0.5f), low);
        return V.MultiplyAdd(e, V.Create(Ln2High), f + low);
    }
}
