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
        return x.DType switch
        {
            DType.Float32 => FromFloating<float>(x, dtype),
            DType.Float64 => FromFloating<double>(x, dtype),
            DType.Int32 => FromInteger<int>(x, dtype),
            DType.Int64 => FromInteger<long>(x, dtype),
            _ => FromInteger<byte>(x, dtype),
        };
    }

    private static CpuStorage FromFloating<T>(CpuStorage x, DType dtype)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        dtype switch
        {
            DType.Float32 => UnaryLoop<SaturatingCast<T, float>, T, float>.Run(x, dtype),
            DType.Float64 => UnaryLoop<SaturatingCast<T, double>, T, double>.Run(x, dtype),
            DType.Int32 => UnaryLoop<SaturatingCast<T, int>, T, int>.Run(x, dtype),
            DType.Int64 => UnaryLoop<SaturatingCast<T, long>, T, long>.Run(x, dtype),
            DType.UInt8 => UnaryLoop<SaturatingCast<T, byte>, T, byte>.Run(x, dtype),
            _ => UnaryLoop<TruthCast<T>, T, byte>.Run(x, dtype),
        };

    private static CpuStorage FromInteger<T>(CpuStorage x, DType dtype)
        where T : unmanaged, IBinaryInteger<T> =>
        dtype switch
        {
            DType.Float32 => UnaryLoop<SaturatingCast<T, float>, T, float>.Run(x, dtype),
            DType.Float64 => UnaryLoop<SaturatingCast<T, double>, T, double>.Run(x, dtype),
            DType.Int32 => UnaryLoop<WrappingCast<T, int>, T, int>.Run(x, dtype),
            DType.Int64 => UnaryLoop<WrappingCast<T, long>, T, long>.Run(x, dtype),
            DType.UInt8 => UnaryLoop<WrappingCast<T, byte>, T, byte>.Run(x, dtype),
            _ => UnaryLoop<TruthCast<T>, T, byte>.Run(x, dtype),
        };
}
