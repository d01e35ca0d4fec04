using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Element by element, for functions without a SIMD form.</summary>
internal readonly unsafe struct ScalarUnary<TOperator, T, TResult> : IUnaryKernel<T, TResult>
    where TOperator : struct, IScalarUnary<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(T* x, TResult* z, nint count)
    {
        for (nint i = 0; i < count; i++)
            z[i] = TOperator.Invoke(x[i]);
    }
}

/// <summary>Register by register. The last register overlaps the one before; fewer elements than a register are padded.</summary>
internal readonly unsafe struct VectorUnary<TOperator, T> : IUnaryKernel<T, T>
    where TOperator : struct, IVectorUnary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(T* x, T* z, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
            Loop<Lanes512<T>>(x, z, count);
        else if (Vector256.IsHardwareAccelerated)
            Loop<Lanes256<T>>(x, z, count);
        else
            Loop<Lanes128<T>>(x, z, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<V>(T* x, T* z, nint count)
        where V : unmanaged, ILanes<V, T>
    {
        var last = count - V.Count;
        if (last < 0)
        {
            V.StorePart(TOperator.Invoke(V.Load(x)), z, count);
            return;
        }
        for (nint i = 0; i < last; i += V.Count)
            V.Store(TOperator.Invoke(V.Load(x + i)), z + i);
        V.Store(TOperator.Invoke(V.Load(x + last)), z + last);
    }
}

/// <summary>Register by register, from masks to Bool.</summary>
internal readonly unsafe struct MaskUnary<TOperator, T> : IUnaryKernel<T, byte>
    where TOperator : struct, IVectorUnary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(T* x, byte* z, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
            Loop<Lanes512<T>>(x, z, count);
        else if (Vector256.IsHardwareAccelerated)
            Loop<Lanes256<T>>(x, z, count);
        else
            Loop<Lanes128<T>>(x, z, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<V>(T* x, byte* z, nint count)
        where V : unmanaged, ILanes<V, T>
    {
        var last = count - V.Count;
        if (last < 0)
        {
            TruthBytes.StorePart(V.Bits(TOperator.Invoke(V.Load(x))), z, (int)count);
            return;
        }
        for (nint i = 0; i < last; i += V.Count)
            TruthBytes.Store(V.Bits(TOperator.Invoke(V.Load(x + i))), z + i, V.Count);
        TruthBytes.Store(V.Bits(TOperator.Invoke(V.Load(x + last))), z + last, V.Count);
    }
}
