using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Fourier;

/// <summary>One number or a register of them, so that each pass of a transform is written once.</summary>
internal unsafe interface ILane<TSelf, T>
    where TSelf : unmanaged, ILane<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }
    static abstract TSelf Load(T* from);
    static abstract void Store(T* to, TSelf x);
    static abstract TSelf Create(T x);

    static abstract TSelf operator +(TSelf x, TSelf y);

    static abstract TSelf operator -(TSelf x, TSelf y);

    static abstract TSelf operator *(TSelf x, TSelf y);
}

/// <summary>One number.</summary>
internal readonly unsafe struct ScalarLane<T>(T value) : ILane<ScalarLane<T>, T>
    where T : unmanaged, INumber<T>
{
    private readonly T value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Load(T* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* to, ScalarLane<T> x) => *to = x.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Create(T x) => new(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator +(ScalarLane<T> x, ScalarLane<T> y) => new(x.value + y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator -(ScalarLane<T> x, ScalarLane<T> y) => new(x.value - y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator *(ScalarLane<T> x, ScalarLane<T> y) => new(x.value * y.value);
}

/// <summary>A register.</summary>
internal readonly unsafe struct VectorLane<T>(Vector<T> value) : ILane<VectorLane<T>, T>
    where T : unmanaged, INumber<T>
{
    private readonly Vector<T> value = value;

    public static int Count => Vector<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane<T> Load(T* from) => new(Unsafe.ReadUnaligned<Vector<T>>(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* to, VectorLane<T> x) => Unsafe.WriteUnaligned(to, x.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane<T> Create(T x) => new(new Vector<T>(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane<T> operator +(VectorLane<T> x, VectorLane<T> y) => new(x.value + y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane<T> operator -(VectorLane<T> x, VectorLane<T> y) => new(x.value - y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane<T> operator *(VectorLane<T> x, VectorLane<T> y) => new(x.value * y.value);
}
