using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>16-bit floats to Float32, eight at a time. What is read past the end is dropped.</summary>
internal readonly unsafe struct ReducedToSingle<TFormat> : IUnaryKernel<ushort, float>
    where TFormat : struct, IReducedFormat
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ushort* x, float* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
            Eight(x + i).Store(z + i);
        if (i == count)
            return;
        var rest = Eight(x + i);
        for (var lane = 0; i < count; i++, lane++)
            z[i] = rest.GetElement(lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight(ushort* x)
    {
        var bits = Vector128.Load(x);
        return TFormat.Widen(Vector256.Create(Vector128.WidenLower(bits), Vector128.WidenUpper(bits)));
    }
}

/// <summary>Float32 to the nearest 16-bit float, eight at a time. What is read past the end is dropped.</summary>
internal readonly unsafe struct SingleToReduced<TFormat> : IUnaryKernel<float, ushort>
    where TFormat : struct, IReducedFormat
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, ushort* z, nint count)
    {
        nint i = 0;
        for (; i <= count - 8; i += 8)
            Eight(x + i).Store(z + i);
        if (i == count)
            return;
        var rest = Eight(x + i);
        for (var lane = 0; i < count; i++, lane++)
            z[i] = rest.GetElement(lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Eight(float* x)
    {
        var bits = TFormat.Nearest(Vector256.Load(x)) & Vector256.Create(0xffffu);
        return Vector128.Narrow(bits.GetLower(), bits.GetUpper());
    }
}

/// <summary>Float64, Int32 or Int64 to the nearest 16-bit float without a stop at Float32, which would round twice.</summary>
internal readonly struct RoundedCast<T, TFormat> : IScalarUnary<T, ushort>
    where T : unmanaged, INumberBase<T>
    where TFormat : struct, IReducedFormat
{
    public static ushort Invoke(T x) =>
        TFormat.Nearest(typeof(T) == typeof(long) ? Sticky(long.CreateTruncating(x)) : double.CreateTruncating(x));

    // Float64 cannot hold every Int64. Far below the last bit that counts, whether anything was cut off is all that matters.
    private static double Sticky(long x)
    {
        const long Low = (1 << 12) - 1;
        var cut = x & Low;
        return x is > -(1L << 52) and < 1L << 52 ? x : x - cut + (cut == 0 ? 0 : Low / 2 + 1);
    }
}
