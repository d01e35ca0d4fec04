using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Odd functions of Float32 that grow to 1, by tables: sixteen intervals, a polynomial of degree six for each, and a look-up that takes one
/// instruction for a register of 512 bits. No exponential, no division, no branch.
/// </summary>
/// <remarks>
/// Row 0 of a table has centers c, row 1 f(c), rows 2 to 7 the coefficients of p, lowest first; f(t) = f(c) + (t − c) p(t − c). A center is
/// that float near the middle of its interval for which f(c) comes closest to a float. Where row 1 is 0 the interval lies near zero and
/// f(t) = t + t p(t − c), which keeps the digits of small results. p interpolates at the Chebyshev nodes of the interval.
/// </remarks>
internal static class SingleTables
{
    // Intervals of ¼ up to 4.
    // csharpier-ignore
    private static ReadOnlySpan<float> ErfTable =>
        [
            0.125f, 0.375f, 0.625120163f, 0.875069559f, 1.12465382f, 1.37513924f, 1.62487125f, 1.87466002f, 2.12483692f, 2.3756485f, 2.62472153f, 2.87476826f, 3.12503648f, 3.37571502f, 3.62428474f, 3.87428474f,
            0f, 0f, 0.62333262f, 0.784111559f, 0.888278008f, 0.948193789f, 0.978433371f, 0.991978645f, 0.997343957f, 0.999219656f, 0.999794304f, 0.999952078f, 0.999990106f, 0.999998212f, 0.999999702f, 0.99999994f,
            0.122529633f, 0.0776450932f, 0.763384879f, 0.524681151f, 0.318521917f, 0.170294553f, 0.0805059373f, 0.0335886218f, 0.0123493765f, 0.00399415381f, 0.0011495545f, 0.000290615339f, 6.4743952e-5f, 1.26606083e-5f, 2.22531048e-6f, 3.13937647e-7f,
            -0.0931549519f, -0.259446084f, -0.477207273f, -0.459132522f, -0.358226895f, -0.234178722f, -0.130811781f, -0.0629672483f, -0.0262404121f, -0.00948871858f, -0.00301725208f, -0.000835461309f, -0.000202328956f, -6.36297336e-5f, -6.58212684e-6f, 1.80850911e-5f,
            -0.365642309f, -0.288495272f, -0.0555889271f, 0.0929523259f, 0.162412196f, 0.157920897f, 0.114867069f, 0.0674992502f, 0.0330548622f, 0.0136964908f, 0.00489636883f, 0.00150420715f, 0.000399901794f, 0.000102316459f, 1.94869626e-5f, 1.278536e-5f,
            0.055377692f, 0.142986208f, 0.176442966f, 0.112375766f, 0.0280808154f, -0.0305219293f, -0.0497169159f, -0.0422788933f, -0.0263709128f, -0.0131039629f, -0.0054215868f, -0.0018820666f, -0.000557139574f, 0.00340769417f, -0.000285780465f, -0.00331907789f,
            0.10605453f, 0.0626982898f, -0.0271185935f, -0.0667857602f, -0.0611305684f, -0.0306201372f, -0.00229039951f, 0.0113388216f, 0.0124533148f, 0.0083477078f, 0.00423742924f, 0.00172733387f, 0.000583115092f, -0.000484289922f, -6.10337065e-6f, -0.000598410494f,
            -0.0194673929f, -0.0462688766f, -0.0412016623f, -0.0105037894f, 0.0153571572f, 0.0220861919f, 0.0143842576f, 0.00411871215f, -0.00180012279f, -0.00319592957f, -0.00218666205f, -0.00121472497f, -0.000468264945f, -0.151620477f, 0.0108209439f, 0.141396761f,
        ];

    // Intervals of ¼ up to 1, of ½ up to 3, of 1 up to 7, one to the end; turned by the bits of 1, where the index starts.
    // csharpier-ignore
    private static ReadOnlySpan<float> TanhTable =>
        [
            1.24971187f, 1.74976504f, 2.24957728f, 2.74952292f, 3.50058651f, 4.50029421f, 5.49858046f, 6.49897194f, 8.00713921f, 8.00713921f, 8.00713921f, 8.00713921f, 0.125f, 0.375f, 0.625106633f, 0.875141978f,
            0.848202825f, 0.941348791f, 0.978007734f, 0.991851985f, 0.998180032f, 0.999753356f, 0.999966502f, 0.99999547f, 0.999999762f, 0.999999762f, 0.999999762f, 0.999999762f, 0f, 0f, 0.554673553f, 0.703977227f,
            0.28055194f, 0.11386244f, 0.0435008705f, 0.0162296388f, 0.00363664445f, 0.00049323024f, 6.69949222e-5f, 9.0599433e-6f, 4.42291622e-7f, 4.42291622e-7f, 4.42291622e-7f, 4.42291622e-7f, -0.00517599098f, -0.0443802699f, 0.692337275f, 0.504416049f,
            -0.237964988f, -0.107184276f, -0.0425441898f, -0.0160973966f, -0.00363001181f, -0.000493104802f, -6.69922811e-5f, -9.05986053e-6f, -1.51946281e-7f, -1.51946281e-7f, -1.51946281e-7f, -1.51946281e-7f, -0.0823014602f, -0.224106014f, -0.384021163f, -0.355097413f,
            0.108335167f, 0.0629479438f, 0.0271084867f, 0.0105561269f, 0.0024097329f, 0.00032835381f, 4.46281119e-5f, 6.03572062e-6f, 3.01001194e-7f, 3.01001194e-7f, 3.01001194e-7f, 3.01001194e-7f, -0.32102254f, -0.23528339f, -0.0177767649f, 0.0818402916f,
            -0.0125575494f, -0.0235255267f, -0.0123309754f, -0.00510470476f, -0.00119644916f, -0.000164085621f, -2.23204606e-5f, -3.01891487e-6f, -9.10095764e-7f, -9.10095764e-7f, -9.10095764e-7f, -9.10095764e-7f, 0.0645927042f, 0.151155502f, 0.137866095f, 0.060752403f,
            -0.0196473133f, 0.00351008587f, 0.00398036279f, 0.00191473146f, 0.000487214624f, 6.78678116e-5f, 9.25119184e-6f, 1.25168947e-6f, 5.97874106e-8f, 5.97874106e-8f, 5.97874106e-8f, 5.97874106e-8f, 0.120006859f, 0.0452829562f, -0.0544660985f, -0.0585796274f,
            0.0151059758f, 0.00206098007f, -0.000723340199f, -0.000543892907f, -0.000156083537f, -2.22942908e-5f, -3.04766172e-6f, -4.1307473e-7f, 4.76766104e-7f, 4.76766104e-7f, 4.76766104e-7f, 4.76766104e-7f, -0.0376891196f, -0.0702090636f, -0.0240220856f, 0.0130416919f,
        ];

    /// <summary>The error function; 1 ulp. ±1 from 3.92 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // From 4 to 8 the four bits below the exponent count quarters.
        var t = V.Clamp(V.Abs(x), 0f, 3.93f);
        return SingleMath.CopySign(Evaluate(ErfTable, t, V.ShiftRight(t + V.Create(4f), 19)), x);
    }

    /// <summary>tanh x; 1 ulp. ±1 from 9.02 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x)
        where V : unmanaged, ILanes<V, float>
    {
        // From 1 on the exponent and the two bits below it count the quarters of each octave.
        var t = V.Clamp(V.Abs(x), 0f, 9.02f);
        return SingleMath.CopySign(Evaluate(TanhTable, t, V.ShiftRight(t + V.Create(1f), 21)), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Evaluate<V>(ReadOnlySpan<float> table, V t, V index)
        where V : unmanaged, ILanes<V, float>
    {
        ref var row = ref MemoryMarshal.GetReference(table);
        var r = t - V.Lookup(in row, index);
        var value = V.Lookup(in Unsafe.Add(ref row, 16), index);
        var p = V.Lookup(in Unsafe.Add(ref row, 16 * 7), index);
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 6), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 5), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 4), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 3), index));
        p = V.MultiplyAdd(p, r, V.Lookup(in Unsafe.Add(ref row, 16 * 2), index));
        var near = value == V.Create(0f);
        return V.MultiplyAdd(p, V.Select(near, t, r), V.Select(near, t, value));
    }
}
