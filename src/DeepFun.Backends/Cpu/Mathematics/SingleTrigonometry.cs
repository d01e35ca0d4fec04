using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Sine and cosine of Float32 in SIMD registers; 2 ulp. Up to <see cref="Bound"/> the argument is reduced by three parts of π/2;
/// larger, infinite and NaN elements go one by one through the double-precision functions, which reduce arguments of any size:
/// their results are right to 1 ulp, and those of their neighbours in the register stay what they were.
/// Coefficients and parts: N. Juffa's sincosf (2016, public domain).
/// </summary>
internal static unsafe class SingleTrigonometry
{
    private const float Bound = 32768f;

    /// <summary>sin x; −0 stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sin<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var magnitude = V.Abs(x);
        // Odd: the sign is taken off and put back, which keeps that of zero.
        var result = OfReduced(magnitude, 0) ^ (x & V.CreateInteger(int.MinValue));
        var large = V.Bits(~(magnitude <= V.Create(Bound)));
        return large == 0 ? result : SinOfLarge(x, result, large);
    }

    /// <summary>cos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Cos<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        var magnitude = V.Abs(x);
        var result = OfReduced(magnitude, 1);
        var large = V.Bits(~(magnitude <= V.Create(Bound)));
        return large == 0 ? result : CosOfLarge(x, result, large);
    }

    // sin(x + quarter · π/2) for x in [0, Bound].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OfReduced<V>(V x, int quarter)
        where V : unmanaged, ILanes<V, float>
    {
        var n = V.Round(x * V.Create(0.636619747f));
        var r = V.MultiplyAdd(n, V.Create(-1.57079601f), x);
        r = V.MultiplyAdd(n, V.Create(-3.13916473e-7f), r);
        r = V.MultiplyAdd(n, V.Create(-5.39030253e-15f), r);
        var quadrant = V.AddInteger(V.ToInteger(n), V.CreateInteger(quarter));
        var s = r * r;
        var sine = V.MultiplyAdd(V.Create(2.86567956e-6f), s, V.Create(-1.98559923e-4f));
        sine = V.MultiplyAdd(sine, s, V.Create(8.33338592e-3f));
        sine = V.MultiplyAdd(sine, s, V.Create(-1.66666672e-1f));
        sine = V.MultiplyAdd(sine, r * s, r);
        var cosine = V.MultiplyAdd(V.Create(2.44677067e-5f), s, V.Create(-1.38877297e-3f));
        cosine = V.MultiplyAdd(cosine, s, V.Create(4.16666567e-2f));
        cosine = V.MultiplyAdd(cosine, s, V.Create(-0.5f));
        cosine = V.MultiplyAdd(cosine, s, V.Create(1f));
        // Bit 0 of the quadrant chooses the function, bit 1 the sign.
        var odd = V.ShiftRight(V.ShiftLeft(quadrant, 31), 31);
        var sign = V.ShiftLeft(quadrant, 30) & V.CreateInteger(int.MinValue);
        return V.Select(odd, cosine, sine) ^ sign;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V SinOfLarge<V>(V x, V result, ulong large)
        where V : unmanaged, ILanes<V, float>
    {
        for (; large != 0; large &= large - 1)
        {
            var place = BitOperations.TrailingZeroCount(large);
            ((float*)&result)[place] = (float)Math.Sin(((float*)&x)[place]);
        }
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V CosOfLarge<V>(V x, V result, ulong large)
        where V : unmanaged, ILanes<V, float>
    {
        for (; large != 0; large &= large - 1)
        {
            var place = BitOperations.TrailingZeroCount(large);
            ((float*)&result)[place] = (float)Math.Cos(((float*)&x)[place]);
        }
        return result;
    }
}
