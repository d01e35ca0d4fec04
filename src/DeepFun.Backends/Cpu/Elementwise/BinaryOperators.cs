using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>x + y; integers wrap.</summary>
internal readonly struct Add<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x + y;
}

/// <summary>x − y; integers wrap.</summary>
internal readonly struct Subtract<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x - y;
}

/// <summary>x · y; integers wrap.</summary>
internal readonly struct Multiply<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x * y;
}

/// <summary>x / y of floats.</summary>
internal readonly struct Divide<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x / y;
}

/// <summary>The greater; NaN wins, +0 is above −0.</summary>
internal readonly struct Maximum<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => V.Max(x, y);
}

/// <summary>The less; NaN wins, −0 is below +0.</summary>
internal readonly struct Minimum<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => V.Min(x, y);
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct And<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x & y;
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct Or<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x | y;
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct Xor<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x ^ y;
}

/// <summary>x = y</summary>
internal readonly struct Equal<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x == y;
}

/// <summary>x ≠ y</summary>
internal readonly struct NotEqual<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x != y;
}

/// <summary>x &lt; y</summary>
internal readonly struct Less<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x < y;
}

/// <summary>x ≤ y</summary>
internal readonly struct LessOrEqual<T> : IVectorBinary<T>
    where T : unmanaged
{
    public static V Invoke<V>(V x, V y)
        where V : unmanaged, ILanes<V, T> => x <= y;
}

/// <summary>xʸ; special values as IEEE 754 pow.</summary>
internal readonly struct Power<T> : IScalarBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => T.Pow(x, y);
}

/// <summary>Remainder with the divisor's sign.</summary>
internal readonly struct Remainder<T> : IScalarBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => ScalarMath.FloatRemainder(x, y);
}

/// <summary>The angle of the point (y, x).</summary>
internal readonly struct Atan2<T> : IScalarBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => T.Atan2(x, y);
}

/// <summary>The derivative of order x of digamma at y; Float32 by way of double precision, so rounded once.</summary>
internal readonly struct Polygamma<T> : IScalarBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => T.CreateTruncating(GammaMath.Polygamma(double.CreateTruncating(x), double.CreateTruncating(y)));
}

/// <summary>Quotient toward zero.</summary>
internal readonly struct IntegerDivide<T> : IScalarBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerDivide(x, y);
}

/// <summary>Power by squaring.</summary>
internal readonly struct IntegerPower<T> : IScalarBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerPower(x, y);
}

/// <summary>Remainder with the divisor's sign.</summary>
internal readonly struct IntegerRemainder<T> : IScalarBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerRemainder(x, y);
}
