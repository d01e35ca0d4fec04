using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>The first elements of a vector to and from memory, where what lies behind them belongs to somebody else: by masks where the machine has them.</summary>
internal static unsafe class VectorParts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load512<T>(T* from, nint count)
        where T : unmanaged
    {
        if (Avx512BW.IsSupported)
            return Avx512BW.MaskLoad((byte*)from, Mask512(count * sizeof(T)), Vector512<byte>.Zero).As<byte, T>();
        var x = Vector512<T>.Zero;
        Unsafe.CopyBlockUnaligned(&x, from, (uint)(count * sizeof(T)));
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> x, T* to, nint count)
        where T : unmanaged
    {
        if (Avx512BW.IsSupported)
            Avx512BW.MaskStore((byte*)to, Mask512(count * sizeof(T)), x.AsByte());
        else
            Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load256<T>(T* from, nint count)
        where T : unmanaged
    {
        if (Avx.IsSupported && sizeof(T) == 4)
            return Avx.MaskLoad((float*)from, Mask256(count)).As<float, T>();
        var x = Vector256<T>.Zero;
        Unsafe.CopyBlockUnaligned(&x, from, (uint)(count * sizeof(T)));
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector256<T> x, T* to, nint count)
        where T : unmanaged
    {
        if (Avx.IsSupported && sizeof(T) == 4)
            Avx.MaskStore((float*)to, Mask256(count), x.AsSingle());
        else
            Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load128<T>(T* from, nint count)
        where T : unmanaged
    {
        if (Avx.IsSupported && sizeof(T) == 4)
            return Avx.MaskLoad((float*)from, Mask128(count)).As<float, T>();
        var x = Vector128<T>.Zero;
        Unsafe.CopyBlockUnaligned(&x, from, (uint)(count * sizeof(T)));
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector128<T> x, T* to, nint count)
        where T : unmanaged
    {
        if (Avx.IsSupported && sizeof(T) == 4)
            Avx.MaskStore((float*)to, Mask128(count), x.AsSingle());
        else
            Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Mask512(nint bytes) => Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask256(nint count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Mask128(nint count) =>
        Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)count)).AsSingle();
}
