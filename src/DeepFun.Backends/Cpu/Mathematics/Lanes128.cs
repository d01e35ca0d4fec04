using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>128 bits; see <see cref="Lanes512{T}"/>.</summary>
internal readonly unsafe struct Lanes128<T> : ILanes<Lanes128<T>, T>
    where T : unmanaged
{
    private readonly Vector128<T> v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes128(Vector128<T> v) => this.v = v;

    /// <summary>The register.</summary>
    public Vector128<T> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => v;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Create(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Load(T* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> LoadPart(T* from, nint count, T fill)
    {
        var mask = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)(count * sizeof(T))));
        return new(Vector128.ConditionalSelect(mask.As<byte, T>(), Vector128.Load(from), Vector128.Create(fill)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128<T> x, T* to) => x.v.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(Lanes128<T> x, T* to, nint count)
    {
        Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator +(Lanes128<T> x, Lanes128<T> y) => new(x.v + y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> x, Lanes128<T> y) => new(x.v - y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator *(Lanes128<T> x, Lanes128<T> y) => new(x.v * y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator /(Lanes128<T> x, Lanes128<T> y) => new(x.v / y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> x) => new(-x.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator &(Lanes128<T> x, Lanes128<T> y) => new(x.v & y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator |(Lanes128<T> x, Lanes128<T> y) => new(x.v | y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator ^(Lanes128<T> x, Lanes128<T> y) => new(x.v ^ y.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator ~(Lanes128<T> x) => new(~x.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator ==(Lanes128<T> x, Lanes128<T> y) => new(Vector128.Equals(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator !=(Lanes128<T> x, Lanes128<T> y) => new(~Vector128.Equals(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator <(Lanes128<T> x, Lanes128<T> y) => new(Vector128.LessThan(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator <=(Lanes128<T> x, Lanes128<T> y) => new(Vector128.LessThanOrEqual(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator >(Lanes128<T> x, Lanes128<T> y) => new(Vector128.GreaterThan(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator >=(Lanes128<T> x, Lanes128<T> y) => new(Vector128.GreaterThanOrEqual(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Select(Lanes128<T> mask, Lanes128<T> x, Lanes128<T> y) => new(Vector128.ConditionalSelect(mask.v, x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bits(Lanes128<T> mask) => mask.v.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Max(Lanes128<T> x, Lanes128<T> y) => new(Vector128.Max(x.v, y.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Min(Lanes128<T> x, Lanes128<T> y) => new(Vector128.Min(x.v, y.v));

    // The x86 instructions return the second operand when one is NaN, those of other machines NaN: both keep x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Clamp(Lanes128<T> x, T low, T high) =>
        new(Vector128.MinNative(Vector128.Create(high), Vector128.MaxNative(Vector128.Create(low), x.v)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> AtMost(Lanes128<T> x, T high) => new(Vector128.MinNative(Vector128.Create(high), x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Fold<TOperator>(Lanes128<T> x)
        where TOperator : struct, IReductionOperator<T>
    {
        // Upper half onto lower half, until one lane is left.
        if (sizeof(T) <= 4)
        {
            x = TOperator.Combine(x, new Lanes128<T>(Vector128.Shuffle(x.v.AsInt32(), Vector128.Create(2, 3, 2, 3)).As<int, T>()));
            x = TOperator.Combine(x, new Lanes128<T>(Vector128.Shuffle(x.v.AsInt32(), Vector128.Create(1, 1, 1, 1)).As<int, T>()));
            if (sizeof(T) == 4)
                return x.v.ToScalar();
            if (sizeof(T) == 2)
                return TOperator.Combine(x.v.GetElement(0), x.v.GetElement(1));
            var first = TOperator.Combine(x.v.GetElement(0), x.v.GetElement(2));
            return TOperator.Combine(first, TOperator.Combine(x.v.GetElement(1), x.v.GetElement(3)));
        }
        return TOperator.Combine(x.v.GetElement(0), x.v.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Abs(Lanes128<T> x) => new(Vector128.Abs(x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Sqrt(Lanes128<T> x) => new(Vector128.Sqrt(x.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> MultiplyAdd(Lanes128<T> x, Lanes128<T> y, Lanes128<T> z) =>
        typeof(T) == typeof(float)
            ? new(Vector128.FusedMultiplyAdd(x.v.AsSingle(), y.v.AsSingle(), z.v.AsSingle()).As<float, T>())
            : new(Vector128.FusedMultiplyAdd(x.v.AsDouble(), y.v.AsDouble(), z.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Floor(Lanes128<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Floor(x.v.AsSingle()).As<float, T>())
            : new(Vector128.Floor(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Ceiling(Lanes128<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Ceiling(x.v.AsSingle()).As<float, T>())
            : new(Vector128.Ceiling(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Round(Lanes128<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Round(x.v.AsSingle()).As<float, T>())
            : new(Vector128.Round(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Truncate(Lanes128<T> x) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Truncate(x.v.AsSingle()).As<float, T>())
            : new(Vector128.Truncate(x.v.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Scale(Lanes128<T> x, Lanes128<T> n)
    {
        // Two factors, since one cannot hold 2ⁿ for all n; the first product is exact.
        var whole = Vector128.ConvertToInt32Native(n.v.AsSingle());
        var half = whole >> 1;
        var first = ((half + Vector128.Create(127)) << 23).AsSingle();
        var second = ((whole - half + Vector128.Create(127)) << 23).AsSingle();
        return new((x.v.AsSingle() * first * second).As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ToInteger(Lanes128<T> x) => new(Vector128.ConvertToInt32Native(x.v.AsSingle()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> FromInteger(Lanes128<T> x) => new(Vector128.ConvertToSingle(x.v.AsInt32()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> CreateInteger(int value) => new(Vector128.Create(value).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> AddInteger(Lanes128<T> x, Lanes128<T> y) => new((x.v.AsInt32() + y.v.AsInt32()).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ShiftLeft(Lanes128<T> x, int count) => new((x.v.AsInt32() << count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ShiftRight(Lanes128<T> x, int count) => new((x.v.AsInt32() >> count).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Lookup(ref readonly float table, Lanes128<T> index)
    {
        var i = index.v.AsInt32() & Vector128.Create(7);
        ref var row = ref Unsafe.AsRef(in table);
        var (first, second) = (Unsafe.Add(ref row, i.ToScalar()), Unsafe.Add(ref row, i.GetElement(1)));
        var (third, fourth) = (Unsafe.Add(ref row, i.GetElement(2)), Unsafe.Add(ref row, i.GetElement(3)));
        return new(Vector128.Create(first, second, third, fourth).As<float, T>());
    }

    public override bool Equals([NotNullWhen(true)] object? other) => other is Lanes128<T> lanes && v.Equals(lanes.v);

    public override int GetHashCode() => v.GetHashCode();
}
