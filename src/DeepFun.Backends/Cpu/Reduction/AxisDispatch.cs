using System.Numerics;
using DeepFun.Backends.Cpu.Fourier;

namespace DeepFun.Backends.Cpu;

/// <summary>From an axis operation and a type to its loop.</summary>
internal static class AxisDispatch
{
    /// <summary>Runs an operation along one axis.</summary>
    public static CpuStorage Run(AxisOp op, CpuStorage x, int axis, bool reverse) =>
        x.DType switch
        {
            DType.Float16 or DType.BFloat16 => Reduced(op, x, axis, reverse),
            _ when op == AxisOp.Fourier => FourierTransform.Run(x, axis, reverse),
            DType.Float32 => Numeric<float>(op, x, axis, reverse),
            DType.Float64 => Numeric<double>(op, x, axis, reverse),
            DType.Int8 => Numeric<sbyte>(op, x, axis, reverse),
            DType.Int16 => Numeric<short>(op, x, axis, reverse),
            DType.Int32 => Numeric<int>(op, x, axis, reverse),
            DType.Int64 => Numeric<long>(op, x, axis, reverse),
            DType.UInt8 => Numeric<byte>(op, x, axis, reverse),
            _ => op == AxisOp.ArgSort
                ? AxisLines<SortingOperator<byte>, byte, int>.Run(x, axis, reverse, DType.Int32)
                : ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Numbers),
        };

    private static CpuStorage Reduced(AxisOp op, CpuStorage x, int axis, bool reverse) =>
        ReducedPrecision.Through(x, wide => Run(op, wide, axis, reverse));

    private static CpuStorage Numeric<T>(AxisOp op, CpuStorage x, int axis, bool reverse)
        where T : unmanaged, INumber<T> =>
        op switch
        {
            AxisOp.CumulativeSum => AxisLines<CumulativeOperator<SumReduction<T>, T>, T, T>.Run(x, axis, reverse, x.DType),
            AxisOp.CumulativeProduct => AxisLines<CumulativeOperator<ProductReduction<T>, T>, T, T>.Run(x, axis, reverse, x.DType),
            AxisOp.CumulativeMax => AxisLines<CumulativeOperator<MaxReduction<T>, T>, T, T>.Run(x, axis, reverse, x.DType),
            AxisOp.CumulativeMin => AxisLines<CumulativeOperator<MinReduction<T>, T>, T, T>.Run(x, axis, reverse, x.DType),
            _ => AxisLines<SortingOperator<T>, T, int>.Run(x, axis, reverse, DType.Int32),
        };
}
