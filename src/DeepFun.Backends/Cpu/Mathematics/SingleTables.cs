using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Odd functions of Float32 that grow to 1, by tables: eight intervals, a polynomial of degree seven for each, and a look-up that takes one
/// instruction for a register of 256 or 512 bits. No exponential, no division, no branch.
/// </summary>
/// <remarks>
/// Row 0 of a table has centers c, row 1 f(c), rows 2 to 8 the coefficients of p, lowest first; f(t) = f(c) + (t − c) p(t − c). A center is
/// that float near the middle of its interval for which f(c) comes closest to a float. Where row 1 is 0 the interval begins at zero, its center
/// is 0, and f(t) = t + t p(t), which keeps the digits of small results. p minimizes the greatest error of f in ulp (Lawson's iteration), with
/// lower coefficients rounded before higher ones are sought. Each row is there twice, to fill a register of 512 bits.
/// </remarks>
internal static class SingleTables
{
    // Intervals of ½ up to 4.
    // csharpier-ignore
    private static ReadOnlySpan<float> ErfTable =>
        [
            0f, 0.7499774f, 1.2499171f, 1.7500873f, 2.2528837f, 2.7534025f, 3.2240984f, 3.6911774f, 0f, 0.7499774f, 1.2499171f, 1.7500873f, 2.2528837f, 2.7534025f, 3.2240984f, 3.6911774f,
            0f, 0.7111411f, 0.92288053f, 0.9866763f, 0.99855775f, 0.99990135f, 0.9999949f, 0.9999998f, 0f, 0.7111411f, 0.92288053f, 0.9866763f, 0.99855775f, 0.99990135f, 0.9999949f, 0.9999998f,
            0.12837918f, 0.64295286f, 0.23657012f, 0.05275888f, 0.007050177f, 0.0005754013f, 3.4518205e-5f, 1.3654851e-6f, 0.12837918f, 0.64295286f, 0.23657012f, 0.05275888f, 0.007050177f, 0.0005754013f, 3.4518205e-5f, 1.3654851e-6f,
            -1.484627e-6f, -0.48220003f, -0.29569328f, -0.09233262f, -0.015883185f, -0.0015843147f, -0.00011129237f, -5.040397e-6f, -1.484627e-6f, -0.48220003f, -0.29569328f, -0.09233262f, -0.015883185f, -0.0015843147f, -0.00011129237f, -5.040397e-6f,
            -0.37607962f, 0.02677451f, 0.16753748f, 0.09014055f, 0.02150522f, 0.002716357f, 0.00022766776f, 1.1945166e-5f, -0.37607962f, 0.02677451f, 0.16753748f, 0.09014055f, 0.02150522f, 0.002716357f, 0.00022766776f, 1.1945166e-5f,
            -0.0005468282f, 0.1506835f, -0.006116447f, -0.04810213f, -0.018934313f, -0.003211161f, -0.0003296741f, -2.034417e-5f, -0.0005468282f, 0.1506835f, -0.006116447f, -0.04810213f, -0.018934313f, -0.003211161f, -0.0003296741f, -2.034417e-5f,
            0.115812935f, -0.053206876f, -0.04718586f, 0.0066241175f, 0.010612101f, 0.0027225139f, 0.00035854013f, 2.6632284e-5f, 0.115812935f, -0.053206876f, -0.04718586f, 0.0066241175f, 0.010612101f, 0.0027225139f, 0.00035854013f, 2.6632284e-5f,
            -0.007896004f, -0.02660385f, 0.020635003f, 0.009040928f, -0.0027997082f, -0.0016522091f, -0.0003049758f, -2.8281025e-5f, -0.007896004f, -0.02660385f, 0.020635003f, 0.009040928f, -0.0027997082f, -0.0016522091f, -0.0003049758f, -2.8281025e-5f,
            -0.018047525f, 0.01782715f, 0.0036636214f, -0.0059386194f, -0.0007253683f, 0.0006348366f, 0.00017392483f, 2.048164e-5f, -0.018047525f, 0.01782715f, 0.0036636214f, -0.0059386194f, -0.0007253683f, 0.0006348366f, 0.00017392483f, 2.048164e-5f,
        ];

    // The halves of octaves of 1 + 1.661 t, from 1 to 16: they end at 0.30, 0.60, 1.20, 1.81, 3.01, 4.21, 6.62 and 9.03. The first is at 6.
    // csharpier-ignore
    private static ReadOnlySpan<float> TanhTable =>
        [
            0.9030541f, 1.5052034f, 2.4075925f, 3.6102092f, 5.5461473f, 7.8596206f, 0f, 0.45154792f, 0.9030541f, 1.5052034f, 2.4075925f, 3.6102092f, 5.5461473f, 7.8596206f, 0f, 0.45154792f,
            0.7177817f, 0.9060841f, 0.9839189f, 0.9985381f, 0.99996954f, 0.9999997f, 0f, 0.42317057f, 0.7177817f, 0.9060841f, 0.9839189f, 0.9985381f, 0.99996954f, 0.9999997f, 0f, 0.42317057f,
            0.4847894f, 0.17901157f, 0.03190363f, 0.0029217084f, 6.086384e-5f, 5.958545e-7f, 5.922278e-10f, 0.82092667f, 0.4847894f, 0.17901157f, 0.03190363f, 0.0029217084f, 6.086384e-5f, 5.958545e-7f, 5.922278e-10f, 0.82092667f,
            -0.34797418f, -0.16219942f, -0.031389818f, -0.0029175044f, -6.0992654e-5f, -5.972386e-7f, -1.7399543e-7f, -0.347392f, -0.34797418f, -0.16219942f, -0.031389818f, -0.0029175044f, -6.0992654e-5f, -5.972386e-7f, -1.7399543e-7f, -0.347392f,
            0.08817267f, 0.0872959f, 0.020249797f, 0.0019392956f, 4.100934e-5f, 3.9900323e-7f, -0.33332428f, -0.1266345f, 0.08817267f, 0.0872959f, 0.020249797f, 0.0019392956f, 4.100934e-5f, 3.9900323e-7f, -0.33332428f, -0.1266345f,
            0.052785672f, -0.025039284f, -0.00947399f, -0.0009628381f, -1.9947043e-5f, -1.9376766e-7f, -0.00017606106f, 0.16938151f, 0.052785672f, -0.025039284f, -0.00947399f, -0.0009628381f, -1.9947043e-5f, -1.9376766e-7f, -0.00017606106f, 0.16938151f,
            -0.05647529f, -0.0024423634f, 0.0032812743f, 0.00038078614f, 7.361708e-6f, 7.615176e-8f, 0.13493457f, -0.011348296f, -0.05647529f, -0.0024423634f, 0.0032812743f, 0.00038078614f, 7.361708e-6f, 7.615176e-8f, 0.13493457f, -0.011348296f,
            0.013606576f, 0.007117997f, -0.00070463045f, -0.00012931747f, -3.1798736e-6f, -3.2197516e-8f, -0.0071123154f, -0.05895593f, 0.013606576f, 0.007117997f, -0.00070463045f, -0.00012931747f, -3.1798736e-6f, -3.2197516e-8f, -0.0071123154f, -0.05895593f,
            0.009296847f, -0.0038860934f, -2.2635015e-6f, 3.4725406e-5f, 1.210362e-6f, 9.8300825e-9f, -0.040678598f, 0.026691463f, 0.009296847f, -0.0038860934f, -2.2635015e-6f, 3.4725406e-5f, 1.210362e-6f, 9.8300825e-9f, -0.040678598f, 0.026691463f,
        ];

    /// <summary>The error function; 1 ulp. ±1 from 3.92 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // From 4 to 8 the three bits below the exponent count halves.
        var t = V.AtMost(V.Abs(x), 3.93f);
        return Evaluate(ErfTable, t, V.ShiftRight(t + V.Create(4f), 20)) | (x & V.CreateInteger(int.MinValue));
    }

    /// <summary>tanh x; 1 ulp. ±1 from 9.02 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // From 1 to 16 the exponent and the bit below it count.
        var t = V.AtMost(V.Abs(x), 9.02f);
        var grown = V.MultiplyAdd(t, V.Create(1.661f), V.Create(1f));
        return Evaluate(TanhTable, t, V.ShiftRight(grown, 22)) | (x & V.CreateInteger(int.MinValue));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Evaluate<V>(ReadOnlySpan<float> table, V t, V index)
        where V : unmanaged, ILanes<V, float>
    {
        ref var row = ref MemoryMarshal.GetReference(table);
        var r = t - V.Lookup(in row, index);
        var value = V.Lookup(in Unsafe.Add(ref row, 16), index);
        var p = V.Lookup(in Unsafe.Add(ref row, 16 * 8), index);
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 7), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 6), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 5), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 4), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 3), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 2), index));
        return V.MultiplyAdd(p, r, V.Select(value == V.Create(0f), t, value));
    }
}
