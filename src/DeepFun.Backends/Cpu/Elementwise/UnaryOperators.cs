using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>−x; integers wrap.</summary>
internal readonly struct Negate<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => -x;
}

/// <summary>|x|; the least integer stays as it is.</summary>
internal readonly struct Abs<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Abs(x);
}

/// <summary>−1, 0 or 1; NaN and zeros of either sign stay.</summary>
internal readonly struct Sign<T> : IVectorUnary<T>
    where T : unmanaged, INumber<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> =>
        V.Select(x > V.Create(T.Zero), V.Create(T.One), V.Select(x < V.Create(T.Zero), V.Create(T.Zero - T.One), x));
}

/// <summary>x²</summary>
internal readonly struct Square<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => x * x;
}

/// <summary>max(x, 0); NaN stays.</summary>
internal readonly struct Relu<T> : IVectorUnary<T>
    where T : unmanaged, INumber<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Max(x, V.Create(T.Zero));
}

/// <summary>1 / x</summary>
internal readonly struct Reciprocal<T> : IVectorUnary<T>
    where T : unmanaged, INumber<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Create(T.One) / x;
}

/// <summary>√x</summary>
internal readonly struct Sqrt<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Sqrt(x);
}

/// <summary>1 / √x, both steps rounded.</summary>
internal readonly struct Rsqrt<T> : IVectorUnary<T>
    where T : unmanaged, INumber<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Create(T.One) / V.Sqrt(x);
}

/// <summary>The greatest whole number not above.</summary>
internal readonly struct Floor<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Floor(x);
}

/// <summary>The least whole number not below.</summary>
internal readonly struct Ceiling<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Ceiling(x);
}

/// <summary>The nearest whole number, half to even.</summary>
internal readonly struct Round<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Round(x);
}

/// <summary>Toward zero.</summary>
internal readonly struct Truncate<T> : IVectorUnary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Truncate(x);
}

/// <summary>Whether x is not a number.</summary>
internal readonly struct IsNaN<T> : IVectorUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => ~(V.Abs(x) <= V.Create(T.PositiveInfinity));
}

/// <summary>Whether x is infinite.</summary>
internal readonly struct IsInfinite<T> : IVectorUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Abs(x) == V.Create(T.PositiveInfinity);
}

/// <summary>No element: integers are neither NaN nor infinite.</summary>
internal readonly struct False<T> : IVectorUnary<T>
    where T : unmanaged, INumber<T>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, T> => V.Create(T.Zero);
}

/// <summary>Logical not of 0 and 1.</summary>
internal readonly struct Not : IVectorUnary<byte>
{
    public static V Invoke<V>(V x)
        where V : unmanaged, ILanes<V, byte> => x ^ V.Create(1);
}
