using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From an operation and a type to its loop: one line an operation. Greater is Less with its operands exchanged.</summary>
internal static class BinaryDispatch
{
    /// <summary>Runs an operation.</summary>
    public static CpuStorage Run(BinaryOp op, CpuStorage x, CpuStorage y) =>
        x.DType switch
        {
            DType.Float32 => Floating<float>(op, x, y),
            DType.Float64 => Floating<double>(op, x, y),
            DType.Float16 or DType.BFloat16 => Reduced(op, x, y),
            DType.Int8 => Integer<sbyte>(op, x, y),
            DType.Int16 => Integer<short>(op, x, y),
            DType.Int32 => Integer<int>(op, x, y),
            DType.Int64 => Integer<long>(op, x, y),
            DType.UInt8 => Integer<byte>(op, x, y),
            _ => Logical(op, x, y),
        };

    // Apart, for a lambda costs its method an object at every call.
    private static CpuStorage Reduced(BinaryOp op, CpuStorage x, CpuStorage y) =>
        ReducedPrecision.Elementwise(x, y, (left, right) => Floating<float>(op, left, right));

    private static CpuStorage Floating<T>(BinaryOp op, CpuStorage x, CpuStorage y)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        op switch
        {
            BinaryOp.Add => Vector<Add<T>, T>(x, y),
            BinaryOp.Subtract => Vector<Subtract<T>, T>(x, y),
            BinaryOp.Multiply => Vector<Multiply<T>, T>(x, y),
            BinaryOp.Maximum => Vector<Maximum<T>, T>(x, y),
            BinaryOp.Minimum => Vector<Minimum<T>, T>(x, y),
            BinaryOp.Divide => Vector<Divide<T>, T>(x, y),
            BinaryOp.Power => Scalar<Power<T>, T>(x, y),
            BinaryOp.Remainder => Scalar<Remainder<T>, T>(x, y),
            BinaryOp.Atan2 => Scalar<Atan2<T>, T>(x, y),
            BinaryOp.Polygamma => Scalar<Polygamma<T>, T>(x, y),
            BinaryOp.Equal => Mask<Equal<T>, T>(x, y),
            BinaryOp.NotEqual => Mask<NotEqual<T>, T>(x, y),
            BinaryOp.Less => Mask<Less<T>, T>(x, y),
            BinaryOp.LessOrEqual => Mask<LessOrEqual<T>, T>(x, y),
            BinaryOp.Greater => Mask<Less<T>, T>(y, x),
            BinaryOp.GreaterOrEqual => Mask<LessOrEqual<T>, T>(y, x),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Discrete),
        };

    private static CpuStorage Integer<T>(BinaryOp op, CpuStorage x, CpuStorage y)
        where T : unmanaged, IBinaryInteger<T> =>
        op switch
        {
            BinaryOp.Add => Vector<Add<T>, T>(x, y),
            BinaryOp.Subtract => Vector<Subtract<T>, T>(x, y),
            BinaryOp.Multiply => Vector<Multiply<T>, T>(x, y),
            BinaryOp.Maximum => Vector<Maximum<T>, T>(x, y),
            BinaryOp.Minimum => Vector<Minimum<T>, T>(x, y),
            BinaryOp.And => Vector<And<T>, T>(x, y),
            BinaryOp.Or => Vector<Or<T>, T>(x, y),
            BinaryOp.Xor => Vector<Xor<T>, T>(x, y),
            BinaryOp.Divide => Scalar<IntegerDivide<T>, T>(x, y),
            BinaryOp.Power => Scalar<IntegerPower<T>, T>(x, y),
            BinaryOp.Remainder => Scalar<IntegerRemainder<T>, T>(x, y),
            BinaryOp.Equal => Mask<Equal<T>, T>(x, y),
            BinaryOp.NotEqual => Mask<NotEqual<T>, T>(x, y),
            BinaryOp.Less => Mask<Less<T>, T>(x, y),
            BinaryOp.LessOrEqual => Mask<LessOrEqual<T>, T>(x, y),
            BinaryOp.Greater => Mask<Less<T>, T>(y, x),
            BinaryOp.GreaterOrEqual => Mask<LessOrEqual<T>, T>(y, x),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Floats),
        };

    private static CpuStorage Logical(BinaryOp op, CpuStorage x, CpuStorage y) =>
        op switch
        {
            BinaryOp.And => Vector<And<byte>, byte>(x, y),
            BinaryOp.Or => Vector<Or<byte>, byte>(x, y),
            BinaryOp.Xor => Vector<Xor<byte>, byte>(x, y),
            BinaryOp.Equal => Mask<Equal<byte>, byte>(x, y),
            BinaryOp.NotEqual => Mask<NotEqual<byte>, byte>(x, y),
            BinaryOp.Less => Mask<Less<byte>, byte>(x, y),
            BinaryOp.LessOrEqual => Mask<LessOrEqual<byte>, byte>(x, y),
            BinaryOp.Greater => Mask<Less<byte>, byte>(y, x),
            BinaryOp.GreaterOrEqual => Mask<LessOrEqual<byte>, byte>(y, x),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Numbers),
        };

    private static CpuStorage Vector<TOperator, T>(CpuStorage x, CpuStorage y)
        where TOperator : struct, IVectorBinary<T>
        where T : unmanaged => BinaryLoop<VectorBinary<TOperator, T>, T, T>.Run(x, y, x.DType);

    private static CpuStorage Mask<TOperator, T>(CpuStorage x, CpuStorage y)
        where TOperator : struct, IVectorBinary<T>
        where T : unmanaged => BinaryLoop<MaskBinary<TOperator, T>, T, byte>.Run(x, y, DType.Bool);

    private static CpuStorage Scalar<TOperator, T>(CpuStorage x, CpuStorage y)
        where TOperator : struct, IScalarBinary<T>
        where T : unmanaged => BinaryLoop<ScalarBinary<TOperator, T>, T, T>.Run(x, y, x.DType);
}
