using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>−x; integers wrap.</summary>
internal readonly struct NegateOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => unchecked(-x);
}

/// <summary>|x|; the least integer stays as it is.</summary>
internal readonly struct AbsOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => T.IsNegative(x) ? unchecked(-x) : x;
}

/// <summary>−1, 0 or 1; NaN and zeros stay.</summary>
internal readonly struct SignOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => ScalarMath.Sign(x);
}

/// <summary>x²</summary>
internal readonly struct SquareOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => unchecked(x * x);
}

/// <summary>max(x, 0); NaN stays.</summary>
internal readonly struct ReluOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => T.Max(x, T.Zero);
}

/// <summary>x: rounding of an integer.</summary>
internal readonly struct IdentityOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, INumber<T>
{
    public static T Invoke(T x) => x;
}

/// <summary>False: an integer is never NaN or infinite.</summary>
internal readonly struct FalseOperator<T> : IUnaryOperator<T, byte>
    where T : unmanaged, INumber<T>
{
    public static byte Invoke(T x) => 0;
}

/// <summary>1 / x</summary>
internal readonly struct ReciprocalOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.One / x;
}

/// <summary>√x</summary>
internal readonly struct SqrtOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.Sqrt(x);
}

/// <summary>1 / √x, both operations rounded correctly.</summary>
internal readonly struct RsqrtOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.One / T.Sqrt(x);
}

/// <summary>The greatest whole number not above.</summary>
internal readonly struct FloorOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.Floor(x);
}

/// <summary>The least whole number not below.</summary>
internal readonly struct CeilingOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.Ceiling(x);
}

/// <summary>The nearest whole number, half to even.</summary>
internal readonly struct RoundOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.Round(x);
}

/// <summary>Toward zero.</summary>
internal readonly struct TruncateOperator<T> : IUnaryOperator<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Invoke(T x) => T.Truncate(x);
}

/// <summary>Whether x is NaN.</summary>
internal readonly struct IsNaNOperator<T> : IUnaryOperator<T, byte>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static byte Invoke(T x) => T.IsNaN(x) ? (byte)1 : (byte)0;
}

/// <summary>Whether x is ±∞.</summary>
internal readonly struct IsInfiniteOperator<T> : IUnaryOperator<T, byte>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static byte Invoke(T x) => T.IsInfinity(x) ? (byte)1 : (byte)0;
}

/// <summary>Logical not of 0 or 1.</summary>
internal readonly struct NotOperator : IUnaryOperator<byte, byte>
{
    public static byte Invoke(byte x) => (byte)(x ^ 1);
}
