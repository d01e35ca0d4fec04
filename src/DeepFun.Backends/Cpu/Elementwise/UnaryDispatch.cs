using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From an operation and a type to its loop: one line an operation.</summary>
internal static class UnaryDispatch
{
    /// <summary>Runs an operation.</summary>
    public static CpuStorage Run(UnaryOp op, CpuStorage x) =>
        x.DType switch
        {
            DType.Float32 => Single(op, x),
            DType.Float64 => Double(op, x),
            DType.Float16 or DType.BFloat16 => Reduced(op, x),
            DType.Int8 => Integer<sbyte>(op, x),
            DType.Int16 => Integer<short>(op, x),
            DType.Int32 => Integer<int>(op, x),
            DType.Int64 => Integer<long>(op, x),
            DType.UInt8 => Integer<byte>(op, x),
            _ => op == UnaryOp.Not ? Vector<Not, byte>(x) : ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Numbers),
        };

    // Apart, for a lambda costs its method an object at every call.
    private static CpuStorage Reduced(UnaryOp op, CpuStorage x) => ReducedPrecision.Elementwise(x, wide => Single(op, wide));

    private static CpuStorage Single(UnaryOp op, CpuStorage x) =>
        op switch
        {
            UnaryOp.Exp => Vector<Exp, float>(x),
            UnaryOp.Expm1 => Vector<Expm1, float>(x),
            UnaryOp.Log => Vector<Log, float>(x),
            UnaryOp.Log1p => Vector<Log1p, float>(x),
            UnaryOp.Tanh => Vector<Tanh, float>(x),
            UnaryOp.Sigmoid => Vector<Sigmoid, float>(x),
            UnaryOp.Softplus => Vector<Softplus, float>(x),
            UnaryOp.Erf => Vector<Erf, float>(x),
            UnaryOp.Sin => Vector<Sin, float>(x),
            UnaryOp.Cos => Vector<Cos, float>(x),
            UnaryOp.Tan => Scalar<Tan, float>(x),
            UnaryOp.Asin => Scalar<Asin, float>(x),
            UnaryOp.Acos => Scalar<Acos, float>(x),
            UnaryOp.Atan => Scalar<Atan, float>(x),
            UnaryOp.Sinh => Scalar<Sinh, float>(x),
            UnaryOp.Cosh => Scalar<Cosh, float>(x),
            UnaryOp.Log2 => Scalar<Log2, float>(x),
            UnaryOp.Log10 => Scalar<Log10, float>(x),
            UnaryOp.Cbrt => Scalar<Cbrt, float>(x),
            UnaryOp.Asinh => Scalar<Asinh, float>(x),
            UnaryOp.Acosh => Scalar<Acosh, float>(x),
            UnaryOp.Atanh => Scalar<Atanh, float>(x),
            UnaryOp.Erfc => Scalar<Erfc, float>(x),
            UnaryOp.ErfInv => Scalar<ErfInv, float>(x),
            UnaryOp.ErfcInv => Scalar<ErfcInv, float>(x),
            UnaryOp.LogGamma => Scalar<LogGamma, float>(x),
            UnaryOp.Digamma => Scalar<Digamma, float>(x),
            _ => Floating<float>(op, x),
        };

    private static CpuStorage Double(UnaryOp op, CpuStorage x) =>
        op switch
        {
            UnaryOp.Exp => Scalar<Exp, double>(x),
            UnaryOp.Expm1 => Scalar<Expm1, double>(x),
            UnaryOp.Log => Scalar<Log, double>(x),
            UnaryOp.Log1p => Scalar<Log1p, double>(x),
            UnaryOp.Tanh => Scalar<Tanh, double>(x),
            UnaryOp.Sigmoid => Scalar<Sigmoid, double>(x),
            UnaryOp.Softplus => Scalar<Softplus, double>(x),
            UnaryOp.Erf => Scalar<Erf, double>(x),
            UnaryOp.Sin => Scalar<Sin, double>(x),
            UnaryOp.Cos => Scalar<Cos, double>(x),
            UnaryOp.Tan => Scalar<Tan, double>(x),
            UnaryOp.Asin => Scalar<Asin, double>(x),
            UnaryOp.Acos => Scalar<Acos, double>(x),
            UnaryOp.Atan => Scalar<Atan, double>(x),
            UnaryOp.Sinh => Scalar<Sinh, double>(x),
            UnaryOp.Cosh => Scalar<Cosh, double>(x),
            UnaryOp.Log2 => Scalar<Log2, double>(x),
            UnaryOp.Log10 => Scalar<Log10, double>(x),
            UnaryOp.Cbrt => Scalar<Cbrt, double>(x),
            UnaryOp.Asinh => Scalar<Asinh, double>(x),
            UnaryOp.Acosh => Scalar<Acosh, double>(x),
            UnaryOp.Atanh => Scalar<Atanh, double>(x),
            UnaryOp.Erfc => Scalar<Erfc, double>(x),
            UnaryOp.ErfInv => Scalar<ErfInv, double>(x),
            UnaryOp.ErfcInv => Scalar<ErfcInv, double>(x),
            UnaryOp.LogGamma => Scalar<LogGamma, double>(x),
            UnaryOp.Digamma => Scalar<Digamma, double>(x),
            _ => Floating<double>(op, x),
        };

    private static CpuStorage Floating<T>(UnaryOp op, CpuStorage x)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        op switch
        {
            UnaryOp.Negate => Vector<Negate<T>, T>(x),
            UnaryOp.Abs => Vector<Abs<T>, T>(x),
            UnaryOp.Sign => Vector<Sign<T>, T>(x),
            UnaryOp.Square => Vector<Square<T>, T>(x),
            UnaryOp.Relu => Vector<Relu<T>, T>(x),
            UnaryOp.Reciprocal => Vector<Reciprocal<T>, T>(x),
            UnaryOp.Sqrt => Vector<Sqrt<T>, T>(x),
            UnaryOp.Rsqrt => Vector<Rsqrt<T>, T>(x),
            UnaryOp.Floor => Vector<Floor<T>, T>(x),
            UnaryOp.Ceiling => Vector<Ceiling<T>, T>(x),
            UnaryOp.Round => Vector<Round<T>, T>(x),
            UnaryOp.Truncate => Vector<Truncate<T>, T>(x),
            UnaryOp.IsNaN => Mask<IsNaN<T>, T>(x),
            UnaryOp.IsInfinite => Mask<IsInfinite<T>, T>(x),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Truth),
        };

    private static CpuStorage Integer<T>(UnaryOp op, CpuStorage x)
        where T : unmanaged, IBinaryInteger<T> =>
        op switch
        {
            UnaryOp.Negate => Vector<Negate<T>, T>(x),
            UnaryOp.Abs => Vector<Abs<T>, T>(x),
            UnaryOp.Sign => Vector<Sign<T>, T>(x),
            UnaryOp.Square => Vector<Square<T>, T>(x),
            UnaryOp.Relu => Vector<Relu<T>, T>(x),
            UnaryOp.Floor or UnaryOp.Ceiling or UnaryOp.Round or UnaryOp.Truncate => x,
            UnaryOp.IsNaN or UnaryOp.IsInfinite => Mask<False<T>, T>(x),
            UnaryOp.Not => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Truth),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, DTypeNames.Floats),
        };

    private static CpuStorage Vector<TOperator, T>(CpuStorage x)
        where TOperator : struct, IVectorUnary<T>
        where T : unmanaged => UnaryLoop<VectorUnary<TOperator, T>, T, T>.Run(x, x.DType);

    private static CpuStorage Mask<TOperator, T>(CpuStorage x)
        where TOperator : struct, IVectorUnary<T>
        where T : unmanaged => UnaryLoop<MaskUnary<TOperator, T>, T, byte>.Run(x, DType.Bool);

    private static CpuStorage Scalar<TOperator, T>(CpuStorage x)
        where TOperator : struct, IScalarUnary<T, T>
        where T : unmanaged => UnaryLoop<ScalarUnary<TOperator, T, T>, T, T>.Run(x, x.DType);
}
