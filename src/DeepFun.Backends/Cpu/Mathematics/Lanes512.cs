using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>512 bits. Lanes512, Lanes256 and Lanes128 differ in the width alone; keep them equal line by line.</summary>
internal readonly unsafe struct Lanes512<T> : ILanes<Lanes512<T>, T>
    where T : unmanaged
{
    private readonly Vector512<T> v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes512(Vector512<T> v) => this.v = v;

    /// <summary>The register.</summary>
    public Vector512<T> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => v;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Create(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(T* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LoadPart(T* from, nint count, T fill)
    {
        var mask = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)(count * sizeof(T))));
        return new(Vector512.ConditionalSelect(mask.As<byte, T>(), Vector512.Load(from), Vector512.Create(fill)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512<T> x, T* to) => x.v.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(Lanes512<T> x, T* to, nint count)
    {
        if (Avx512BW.IsSupported)
        {
            var mask = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)(count * sizeof(T))));
            Avx512BW.MaskStore((byte*)to, mask, x.v.AsByte());
            return;
        }
        Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> x, Lanes512<T> y) => new(x.v + y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> x, Lanes512<T> y) => new(x.v - y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator *(Lanes512<T> x, Lanes512<T> y) => new(x.v * y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator /(Lanes512<T> x, Lanes512<T> y) => new(x.v / y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> x) => new(-x.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator &(Lanes512<T> x, Lanes512<T> y) => new(x.v & y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator |(Lanes512<T> x, Lanes512<T> y) => new(x.v | y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator ^(Lanes512<T> x, Lanes512<T> y) => new(x.v ^ y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator ~(Lanes512<T> x) => new(~x.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator ==(Lanes512<T> x, Lanes512<T> y) => new(Vector512.Equals(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator !=(Lanes512<T> x, Lanes512<T> y) => new(~Vector512.Equals(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator <(Lanes512<T> x, Lanes512<T> y) => new(Vector512.LessThan(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator <=(Lanes512<T> x, Lanes512<T> y) => new(Vector512.LessThanOrEqual(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator >(Lanes512<T> x, Lanes512<T> y) => new(Vector512.GreaterThan(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator >=(Lanes512<T> x, Lanes512<T> y) => new(Vector512.GreaterThanOrEqual(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Select(Lanes512<T> mask, Lanes512<T> x, Lanes512<T> y) => new(Vector512.ConditionalSelect(mask.v, x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bits(Lanes512<T> mask) => mask.v.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Max(Lanes512<T> x, Lanes512<T> y) => new(Vector512.Max(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Min(Lanes512<T> x, Lanes512<T> y) => new(Vector512.Min(x.v, y.v));

    // The x86 instructions return the second operand when one is NaN, those of other machines NaN: both keep x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Clamp(Lanes512<T> x, T low, T high) =>
        new(Vector512.MinNative(Vector512.Create(high), Vector512.MaxNative(Vector512.Create(low), x.v)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> AtMost(Lanes512<T> x, T high) => new(Vector512.MinNative(Vector512.Create(high), x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Fold<TOperator>(Lanes512<T> x)
        where TOperator : struct, IReductionOperator<T> =>
        Lanes256<T>.Fold<TOperator>(TOperator.Combine(new Lanes256<T>(x.v.GetLower()), new Lanes256<T>(x.v.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Abs(Lanes512<T> x) => new(Vector512.Abs(x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Sqrt(Lanes512<T> x) => new(Vector512.Sqrt(x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> MultiplyAdd(Lanes512<T> x, Lanes512<T> y, Lanes512<T> z) =>
        typeof(T) == typeof(float)
            ? new(Vector512.FusedMultiplyAdd(x.v.AsSingle(), y.v.AsSingle(), z.v.AsSingle()).As<float, T>())
            : new(Vector512.FusedMultiplyAdd(x.v.AsDouble(), y.v.AsDouble(), z.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Floor(Lanes512<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Floor(x.v.AsSingle()).As<float, T>())
            : new(Vector512.Floor(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Ceiling(Lanes512<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Ceiling(x.v.AsSingle()).As<float, T>())
            : new(Vector512.Ceiling(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Round(Lanes512<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Round(x.v.AsSingle()).As<float, T>())
            : new(Vector512.Round(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Truncate(Lanes512<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Truncate(x.v.AsSingle()).As<float, T>())
            : new(Vector512.Truncate(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Scale(Lanes512<T> x, Lanes512<T> n)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.Scale(x.v.AsSingle(), n.v.AsSingle()).As<float, T>());
        // Two factors, since one cannot hold 2ⁿ for all n; the first product is exact.
        var whole = Vector512.ConvertToInt32Native(n.v.AsSingle());
        var half = whole >> 1;
        var first = ((half + Vector512.Create(127)) << 23).AsSingle();
        var second = ((whole - half + Vector512.Create(127)) << 23).AsSingle();
        return new((x.v.AsSingle() * first * second).As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ToInteger(Lanes512<T> x) => new(Vector512.ConvertToInt32Native(x.v.AsSingle()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> FromInteger(Lanes512<T> x) => new(Vector512.ConvertToSingle(x.v.AsInt32()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> CreateInteger(int value) => new(Vector512.Create(value).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> AddInteger(Lanes512<T> x, Lanes512<T> y) => new((x.v.AsInt32() + y.v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftLeft(Lanes512<T> x, int count) => new((x.v.AsInt32() << count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftRight(Lanes512<T> x, int count) => new((x.v.AsInt32() >> count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Lookup(ref readonly float table, Lanes512<T> index)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.PermuteVar16x32(Vector512.LoadUnsafe(in table), index.v.AsInt32()).As<float, T>());
        var lower = Lanes256<T>.Lookup(in table, new(index.v.GetLower())).Value;
        return new(Vector512.Create(lower, Lanes256<T>.Lookup(in table, new(index.v.GetUpper())).Value));
    }

    public override bool Equals([NotNullWhen(true)] object? other) => other is Lanes512<T> lanes && v.Equals(lanes.v);

    public override int GetHashCode() => v.GetHashCode();
}
