using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Pair by pair, for functions without a SIMD form.</summary>
internal readonly unsafe struct ScalarBinary<TOperator, T> : IBinaryKernel<T, T>
    where TOperator : struct, IScalarBinary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(T* x, T* y, T* z, nint count)
    {
        for (nint i = 0; i < count; i++)
            z[i] = TOperator.Invoke(x[i], y[i]);
    }
}

/// <summary>Register by register. The last register overlaps the one before; fewer elements than a register are padded.</summary>
internal readonly unsafe struct VectorBinary<TOperator, T> : IBinaryKernel<T, T>
    where TOperator : struct, IVectorBinary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(T* x, T* y, T* z, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
            Loop<Lanes512<T>>(x, y, z, count);
        else if (Vector256.IsHardwareAccelerated)
            Loop<Lanes256<T>>(x, y, z, count);
        else
            Loop<Lanes128<T>>(x, y, z, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<V>(T* x, T* y, T* z, nint count)
        where V : unmanaged, ILanes<V, T>
    {
        var last = count - V.Count;
        if (last < 0)
        {
            V.StorePart(TOperator.Invoke(V.Load(x), V.Load(y)), z, count);
            return;
        }
        for (nint i = 0; i < last; i += V.Count)
            V.Store(TOperator.Invoke(V.Load(x + i), V.Load(y + i)), z + i);
        V.Store(TOperator.Invoke(V.Load(x + last), V.Load(y + last)), z + last);
    }
}

/// <summary>Register by register, from masks to Bool.</summary>
internal readonly unsafe struct MaskBinary<TOperator, T> : IBinaryKernel<T, byte>
    where TOperator : struct, IVectorBinary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(T* x, T* y, byte* z, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
            Loop<Lanes512<T>>(x, y, z, count);
        else if (Vector256.IsHardwareAccelerated)
            Loop<Lanes256<T>>(x, y, z, count);
        else
            Loop<Lanes128<T>>(x, y, z, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<V>(T* x, T* y, byte* z, nint count)
        where V : unmanaged, ILanes<V, T>
    {
        var last = count - V.Count;
        if (last < 0)
        {
            TruthBytes.StorePart(V.Bits(TOperator.Invoke(V.Load(x), V.Load(y))), z, (int)count);
            return;
        }
        for (nint i = 0; i < last; i += V.Count)
            TruthBytes.Store(V.Bits(TOperator.Invoke(V.Load(x + i), V.Load(y + i))), z + i, V.Count);
        TruthBytes.Store(V.Bits(TOperator.Invoke(V.Load(x + last), V.Load(y + last))), z + last, V.Count);
    }
}
