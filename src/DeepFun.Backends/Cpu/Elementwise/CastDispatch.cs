using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From a pair of types to the loop that converts.</summary>
internal static class CastDispatch
{
    /// <summary>The values in another type; itself when it has the type already.</summary>
    public static CpuStorage Run(CpuStorage x, DType dtype)
    {
        if (x.DType == dtype)
            return x;
        if (DTypes.IsReducedPrecision(x.DType))
            return FromReduced(x, dtype);
        if (DTypes.IsReducedPrecision(dtype))
            return ToReduced(x, dtype);
        // Pairs that training meets at every step have a SIMD form.
        return (x.DType, dtype) switch
        {
            (DType.Bool or DType.UInt8, DType.Float32) => UnaryLoop<ByteToSingle, byte, float>.Run(x, dtype),
            (DType.Int32, DType.Float32) => UnaryLoop<Int32ToSingle, int, float>.Run(x, dtype),
            (DType.Float32, DType.Int32) => UnaryLoop<SingleToInt32, float, int>.Run(x, dtype),
            (DType.Float32, DType.Float64) => UnaryLoop<SingleToDouble, float, double>.Run(x, dtype),
            (DType.Float64, DType.Float32) => UnaryLoop<DoubleToSingle, double, float>.Run(x, dtype),
            _ => Scalar(x, dtype),
        };
    }

    private static CpuStorage FromReduced(CpuStorage x, DType dtype) =>
        dtype == DType.Float32 ? ReducedPrecision.Widen(x) : ReducedPrecision.Through(x, wide => Run(wide, dtype));

    private static CpuStorage ToReduced(CpuStorage x, DType dtype) =>
        x.DType switch
        {
            DType.Float64 => Rounded<double>(x, dtype),
            DType.Int32 => Rounded<int>(x, dtype),
            DType.Int64 => Rounded<long>(x, dtype),
            DType.Float32 => ReducedPrecision.Narrow(x, dtype),
            // All others are exact in Float32.
            _ => ReducedPrecision.Round(Run(x, DType.Float32), dtype),
        };

    private static CpuStorage Rounded<T>(CpuStorage x, DType dtype)
        where T : unmanaged, INumberBase<T> =>
        dtype == DType.Float16
            ? UnaryLoop<ScalarUnary<RoundedCast<T, Binary16>, T, ushort>, T, ushort>.Run(x, dtype)
            : UnaryLoop<ScalarUnary<RoundedCast<T, BrainFloat>, T, ushort>, T, ushort>.Run(x, dtype);

    private static CpuStorage Scalar(CpuStorage x, DType dtype) =>
        x.DType switch
        {
            DType.Float32 => FromFloating<float>(x, dtype),
            DType.Float64 => FromFloating<double>(x, dtype),
            DType.Int8 => FromInteger<sbyte>(x, dtype),
            DType.Int16 => FromInteger<short>(x, dtype),
            DType.Int32 => FromInteger<int>(x, dtype),
            DType.Int64 => FromInteger<long>(x, dtype),
            _ => FromInteger<byte>(x, dtype),
        };

    private static CpuStorage FromFloating<T>(CpuStorage x, DType dtype)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        dtype switch
        {
            DType.Float32 => UnaryLoop<ScalarUnary<SaturatingCast<T, float>, T, float>, T, float>.Run(x, dtype),
            DType.Float64 => UnaryLoop<ScalarUnary<SaturatingCast<T, double>, T, double>, T, double>.Run(x, dtype),
            DType.Int8 => UnaryLoop<ScalarUnary<SaturatingCast<T, sbyte>, T, sbyte>, T, sbyte>.Run(x, dtype),
            DType.Int16 => UnaryLoop<ScalarUnary<SaturatingCast<T, short>, T, short>, T, short>.Run(x, dtype),
            DType.Int32 => UnaryLoop<ScalarUnary<SaturatingCast<T, int>, T, int>, T, int>.Run(x, dtype),
            DType.Int64 => UnaryLoop<ScalarUnary<SaturatingCast<T, long>, T, long>, T, long>.Run(x, dtype),
            DType.UInt8 => UnaryLoop<ScalarUnary<SaturatingCast<T, byte>, T, byte>, T, byte>.Run(x, dtype),
            _ => UnaryLoop<ScalarUnary<TruthCast<T>, T, byte>, T, byte>.Run(x, dtype),
        };

    private static CpuStorage FromInteger<T>(CpuStorage x, DType dtype)
        where T : unmanaged, IBinaryInteger<T> =>
        dtype switch
        {
            DType.Float32 => UnaryLoop<ScalarUnary<SaturatingCast<T, float>, T, float>, T, float>.Run(x, dtype),
            DType.Float64 => UnaryLoop<ScalarUnary<SaturatingCast<T, double>, T, double>, T, double>.Run(x, dtype),
            DType.Int8 => UnaryLoop<ScalarUnary<WrappingCast<T, sbyte>, T, sbyte>, T, sbyte>.Run(x, dtype),
            DType.Int16 => UnaryLoop<ScalarUnary<WrappingCast<T, short>, T, short>, T, short>.Run(x, dtype),
            DType.Int32 => UnaryLoop<ScalarUnary<WrappingCast<T, int>, T, int>, T, int>.Run(x, dtype),
            DType.Int64 => UnaryLoop<ScalarUnary<WrappingCast<T, long>, T, long>, T, long>.Run(x, dtype),
            DType.UInt8 => UnaryLoop<ScalarUnary<WrappingCast<T, byte>, T, byte>, T, byte>.Run(x, dtype),
            _ => UnaryLoop<ScalarUnary<TruthCast<T>, T, byte>, T, byte>.Run(x, dtype),
        };
}
