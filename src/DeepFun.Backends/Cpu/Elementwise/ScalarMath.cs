using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>Functions of single elements that the base class library lacks or defines otherwise.</summary>
internal static class ScalarMath
{
    /// <summary>−1, 0 or 1; NaN and zeros of either sign stay as they are.</summary>
    public static T Sign<T>(T x)
        where T : unmanaged, INumber<T> =>
        x > T.Zero ? T.One
        : x < T.Zero ? -T.One
        : x;

    /// <summary>Remainder with the divisor's sign, as Python's <c>%</c>; a zero takes it too.</summary>
    public static T FloatRemainder<T>(T x, T y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var r = x % y;
        if (r == T.Zero)
            return T.CopySign(T.Zero, y);
        return T.IsNegative(r) != T.IsNegative(y) ? r + y : r;
    }

    /// <summary>Quotient truncated toward zero; the one overflow, minimum / −1, wraps. Error: DF0205 when y is zero.</summary>
    public static T IntegerDivide<T>(T x, T y)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (y == T.Zero)
            ThrowHelper.IntegerDivisionByZero("Divide");
        return T.IsNegative(y) && y == -T.One ? unchecked(-x) : x / y;
    }

    /// <summary>Remainder with the divisor's sign. Error: DF0205 when y is zero.</summary>
    public static T IntegerRemainder<T>(T x, T y)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (y == T.Zero)
            ThrowHelper.IntegerDivisionByZero("Remainder");
        if (T.IsNegative(y) && y == -T.One)
            return T.Zero;
        var r = x % y;
        return r != T.Zero && T.IsNegative(r) != T.IsNegative(y) ? r + y : r;
    }

    /// <summary>Power by squaring, wrapping. Error: DF0206 for a negative exponent.</summary>
    public static T IntegerPower<T>(T x, T y)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (T.IsNegative(y))
            ThrowHelper.NegativeIntegerPower();
        var result = T.One;
        while (y != T.Zero)
        {
            if ((y & T.One) != T.Zero)
                result = unchecked(result * x);
            x = unchecked(x * x);
            y >>>= 1;
        }
        return result;
    }

    /// <summary>1 / (1 + e⁻ˣ) without overflow.</summary>
    public static double Sigmoid(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /// <summary>log(1 + eˣ) without overflow: max(x, 0) + log1p(e^−|x|).</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>log(1 + x), accurate near zero: Goldberg's correction of the rounding in 1 + x (Goldberg 1991, theorem 4).</summary>
    public static double Log1p(double x)
    {
        var u = 1 + x;
        if (u == 1 || double.IsPositiveInfinity(u))
            return x;
        return Math.Log(u) * (x / (u - 1));
    }

    /// <summary>eˣ − 1, accurate near zero: Kahan's correction by way of log (Higham 2002, algorithm 2 of section 1.14.1).</summary>
    public static double Expm1(double x)
    {
        if (Math.Abs(x) > 1 || x == 0 || double.IsNaN(x))
            return x == 0 ? x : Math.Exp(x) - 1;
        var u = Math.Exp(x);
        if (u == 1)
            return x;
        return (u - 1) * (x / Math.Log(u));
    }
}
