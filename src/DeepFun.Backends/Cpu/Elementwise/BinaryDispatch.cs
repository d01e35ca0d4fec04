using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From an operation and a type to its loop: one line an operation.</summary>
internal static class BinaryDispatch
{
    private const string Numbers = "float32, float64, int32, int64 and uint8";
    private const string Discrete = "bool, int32, int64 and uint8";

    /// <summary>Runs an operation.</summary>
    public static CpuStorage Run(BinaryOp op, CpuStorage x, CpuStorage y) =>
        x.DType switch
        {
            DType.Float32 => Floating<float>(op, x, y),
            DType.Float64 => Floating<double>(op, x, y),
            DType.Int32 => Integer<int>(op, x, y),
            DType.Int64 => Integer<long>(op, x, y),
            DType.UInt8 => Integer<byte>(op, x, y),
            _ => Logical(op, x, y),
        };

    private static CpuStorage Floating<T>(BinaryOp op, CpuStorage x, CpuStorage y)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        op switch
        {
            BinaryOp.Add => BinaryLoop<AddOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Subtract => BinaryLoop<SubtractOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Multiply => BinaryLoop<MultiplyOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Maximum => BinaryLoop<MaximumOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Minimum => BinaryLoop<MinimumOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Divide => BinaryLoop<DivideOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Power => BinaryLoop<PowerOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Remainder => BinaryLoop<RemainderOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Atan2 => BinaryLoop<Atan2Operator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Equal => BinaryLoop<EqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.NotEqual => BinaryLoop<NotEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.Less => BinaryLoop<LessOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.LessOrEqual => BinaryLoop<LessOrEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.Greater => BinaryLoop<GreaterOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.GreaterOrEqual => BinaryLoop<GreaterOrEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, Discrete),
        };

    private static CpuStorage Integer<T>(BinaryOp op, CpuStorage x, CpuStorage y)
        where T : unmanaged, IBinaryInteger<T> =>
        op switch
        {
            BinaryOp.Add => BinaryLoop<AddOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Subtract => BinaryLoop<SubtractOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Multiply => BinaryLoop<MultiplyOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Maximum => BinaryLoop<MaximumOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Minimum => BinaryLoop<MinimumOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Divide => BinaryLoop<IntegerDivideOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Power => BinaryLoop<IntegerPowerOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Remainder => BinaryLoop<IntegerRemainderOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.And => BinaryLoop<AndOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Or => BinaryLoop<OrOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Xor => BinaryLoop<XorOperator<T>, T, T>.Run(x, y, x.DType),
            BinaryOp.Equal => BinaryLoop<EqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.NotEqual => BinaryLoop<NotEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.Less => BinaryLoop<LessOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.LessOrEqual => BinaryLoop<LessOrEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.Greater => BinaryLoop<GreaterOperator<T>, T, byte>.Run(x, y, DType.Bool),
            BinaryOp.GreaterOrEqual => BinaryLoop<GreaterOrEqualOperator<T>, T, byte>.Run(x, y, DType.Bool),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, "float32 and float64"),
        };

    private static CpuStorage Logical(BinaryOp op, CpuStorage x, CpuStorage y) =>
        op switch
        {
            BinaryOp.And => BinaryLoop<AndOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.Or => BinaryLoop<OrOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.Xor => BinaryLoop<XorOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.Equal => BinaryLoop<EqualOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.NotEqual => BinaryLoop<NotEqualOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.Less => BinaryLoop<LessOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.LessOrEqual => BinaryLoop<LessOrEqualOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.Greater => BinaryLoop<GreaterOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            BinaryOp.GreaterOrEqual => BinaryLoop<GreaterOrEqualOperator<byte>, byte, byte>.Run(x, y, DType.Bool),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, Numbers),
        };
}
