using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>Float to integer: toward zero, saturating, NaN gives 0. To a float: the nearest.</summary>
internal readonly struct SaturatingCast<T, TResult> : IScalarUnary<T, TResult>
    where T : unmanaged, INumberBase<T>
    where TResult : unmanaged, INumberBase<TResult>
{
    public static TResult Invoke(T x) => TResult.CreateSaturating(x);
}

/// <summary>Integer to integer: the low bits.</summary>
internal readonly struct WrappingCast<T, TResult> : IScalarUnary<T, TResult>
    where T : unmanaged, INumberBase<T>
    where TResult : unmanaged, INumberBase<TResult>
{
    public static TResult Invoke(T x) => TResult.CreateTruncating(x);
}

/// <summary>To Bool: 1 for everything but zero, NaN included.</summary>
internal readonly struct TruthCast<T> : IScalarUnary<T, byte>
    where T : unmanaged, INumberBase<T>
{
    public static byte Invoke(T x) => T.IsZero(x) ? (byte)0 : (byte)1;
}
