using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>An associative operation with a neutral element.</summary>
internal interface IReductionOperator<T>
    where T : unmanaged
{
    /// <summary>What an empty reduction gives.</summary>
    static abstract T Neutral { get; }

    /// <summary>Two partial results.</summary>
    static abstract T Combine(T x, T y);

    /// <summary>Two registers of partial results.</summary>
    static abstract V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, T>;
}

/// <summary>x + y; integers wrap.</summary>
internal readonly struct SumReduction<T> : IReductionOperator<T>
    where T : unmanaged, INumber<T>
{
    public static T Neutral => T.Zero;

    public static T Combine(T x, T y) => unchecked(x + y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x + y;
}

/// <summary>x · y; integers wrap.</summary>
internal readonly struct ProductReduction<T> : IReductionOperator<T>
    where T : unmanaged, INumber<T>
{
    public static T Neutral => T.One;

    public static T Combine(T x, T y) => unchecked(x * y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x * y;
}

/// <summary>The greater; NaN wins.</summary>
internal readonly struct MaxReduction<T> : IReductionOperator<T>
    where T : unmanaged, INumber<T>
{
    public static T Neutral => T.CreateSaturating(double.NegativeInfinity);

    public static T Combine(T x, T y) => T.Max(x, y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => V.Max(x, y);
}

/// <summary>The less; NaN wins.</summary>
internal readonly struct MinReduction<T> : IReductionOperator<T>
    where T : unmanaged, INumber<T>
{
    public static T Neutral => T.CreateSaturating(double.PositiveInfinity);

    public static T Combine(T x, T y) => T.Min(x, y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => V.Min(x, y);
}

/// <summary>Logical or of 0 and 1.</summary>
internal readonly struct AnyReduction : IReductionOperator<byte>
{
    public static byte Neutral => 0;

    public static byte Combine(byte x, byte y) => (byte)(x | y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, byte> => x | y;
}

/// <summary>Logical and of 0 and 1.</summary>
internal readonly struct AllReduction : IReductionOperator<byte>
{
    public static byte Neutral => 1;

    public static byte Combine(byte x, byte y) => (byte)(x & y);

    public static V Combine<V>(V x, V y)
        where V : unmanaged, ILanes<V, byte> => x & y;
}
