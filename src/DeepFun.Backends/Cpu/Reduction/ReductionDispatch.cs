using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From a reduction and a type to its loop.</summary>
internal static class ReductionDispatch
{
    /// <summary>Runs a reduction. Error: DF0105 when Max, Min, ArgMax or ArgMin would choose from nothing.</summary>
    public static CpuStorage Run(ReduceOp op, CpuStorage x, ReadOnlySpan<int> axes)
    {
        if (op is ReduceOp.Max or ReduceOp.Min or ReduceOp.ArgMax or ReduceOp.ArgMin)
            CheckNotEmpty(op, x.Shape, axes);
        return x.DType switch
        {
            DType.Float32 => Numeric<float>(op, x, axes),
            DType.Float64 => Numeric<double>(op, x, axes),
            DType.Float16 or DType.BFloat16 => Reduced(op, x, axes.ToArray()),
            DType.Int8 => Numeric<sbyte>(op, x, axes),
            DType.Int16 => Numeric<short>(op, x, axes),
            DType.Int32 => Numeric<int>(op, x, axes),
            DType.Int64 => Numeric<long>(op, x, axes),
            DType.UInt8 => Numeric<byte>(op, x, axes),
            _ => Logical(op, x, axes),
        };
    }

    private static CpuStorage Reduced(ReduceOp op, CpuStorage x, int[] axes) =>
        ReducedPrecision.Through(x, wide => Numeric<float>(op, wide, axes));

    private static CpuStorage Numeric<T>(ReduceOp op, CpuStorage x, ReadOnlySpan<int> axes)
        where T : unmanaged, INumber<T> =>
        op switch
        {
            ReduceOp.Sum => ReductionLoop<SumReduction<T>, T>.Run(x, axes),
            ReduceOp.Product => ReductionLoop<ProductReduction<T>, T>.Run(x, axes),
            ReduceOp.Max => ReductionLoop<MaxReduction<T>, T>.Run(x, axes),
            ReduceOp.Min => ReductionLoop<MinReduction<T>, T>.Run(x, axes),
            ReduceOp.ArgMax => ArgReduction<MaxReduction<T>, T>.Run(x, axes),
            ReduceOp.ArgMin => ArgReduction<MinReduction<T>, T>.Run(x, axes),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Truth),
        };

    private static CpuStorage Logical(ReduceOp op, CpuStorage x, ReadOnlySpan<int> axes) =>
        op switch
        {
            ReduceOp.Any => ReductionLoop<AnyReduction, byte>.Run(x, axes),
            ReduceOp.All => ReductionLoop<AllReduction, byte>.Run(x, axes),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Numbers),
        };

    private static void CheckNotEmpty(ReduceOp op, Shape shape, ReadOnlySpan<int> axes)
    {
        foreach (var axis in axes)
        {
            if (shape.Dims[axis] == 0)
                ThrowHelper.EmptyReduction(op.ToString(), shape.Dims, axis);
        }
    }
}
