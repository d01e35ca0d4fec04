using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>x + y</summary>
internal readonly struct AddOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x, T y) => unchecked(x + y);
}

/// <summary>x − y</summary>
internal readonly struct SubtractOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x, T y) => unchecked(x - y);
}

/// <summary>x · y</summary>
internal readonly struct MultiplyOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x, T y) => unchecked(x * y);
}

/// <summary>The greater; NaN wins.</summary>
internal readonly struct MaximumOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x, T y) => T.Max(x, y);
}

/// <summary>The less; NaN wins.</summary>
internal readonly struct MinimumOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x, T y) => T.Min(x, y);
}

/// <summary>x = y</summary>
internal readonly struct EqualOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x == y ? (byte)1 : (byte)0;
}

/// <summary>x ≠ y</summary>
internal readonly struct NotEqualOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x != y ? (byte)1 : (byte)0;
}

/// <summary>x &lt; y</summary>
internal readonly struct LessOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x < y ? (byte)1 : (byte)0;
}

/// <summary>x ≤ y</summary>
internal readonly struct LessOrEqualOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x <= y ? (byte)1 : (byte)0;
}

/// <summary>x &gt; y</summary>
internal readonly struct GreaterOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x > y ? (byte)1 : (byte)0;
}

/// <summary>x ≥ y</summary>
internal readonly struct GreaterOrEqualOperator<T> : IBinaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x, T y) => x >= y ? (byte)1 : (byte)0;
}

/// <summary>x / y</summary>
internal readonly struct DivideOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => x / y;
}

/// <summary>xʸ, special values as IEEE 754 pow.</summary>
internal readonly struct PowerOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => T.Pow(x, y);
}

/// <summary>Remainder with the divisor's sign.</summary>
internal readonly struct RemainderOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => ScalarMath.FloatRemainder(x, y);
}

/// <summary>The angle of the point (y, x).</summary>
internal readonly struct Atan2Operator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x, T y) => T.Atan2(x, y);
}

/// <summary>Quotient toward zero.</summary>
internal readonly struct IntegerDivideOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerDivide(x, y);
}

/// <summary>Power by squaring.</summary>
internal readonly struct IntegerPowerOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerPower(x, y);
}

/// <summary>Remainder with the divisor's sign.</summary>
internal readonly struct IntegerRemainderOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => ScalarMath.IntegerRemainder(x, y);
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct AndOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => x & y;
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct OrOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => x | y;
}

/// <summary>Bitwise, and logical on 0 and 1.</summary>
internal readonly struct XorOperator<T> : IBinaryOperator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T x, T y) => x ^ y;
}
