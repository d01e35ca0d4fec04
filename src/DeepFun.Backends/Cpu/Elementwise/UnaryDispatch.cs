using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>From an operation and a type to its loop: one line an operation.</summary>
internal static class UnaryDispatch
{
    private const string Numbers = "float32, float64, int32, int64 and uint8";
    private const string Floats = "float32 and float64";

    /// <summary>Runs an operation.</summary>
    public static CpuStorage Run(UnaryOp op, CpuStorage x) =>
        x.DType switch
        {
            DType.Float32 => Single(op, x),
            DType.Float64 => Double(op, x),
            DType.Int32 => Integer<int>(op, x),
            DType.Int64 => Integer<long>(op, x),
            DType.UInt8 => Integer<byte>(op, x),
            _ => op == UnaryOp.Not
                ? UnaryLoop<NotOperator, byte, byte>.Run(x, DType.Bool)
                : ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, Numbers),
        };

    private static CpuStorage Single(UnaryOp op, CpuStorage x) =>
        op switch
        {
            UnaryOp.Negate => UnaryLoop<NegateOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Abs => UnaryLoop<AbsOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Sign => UnaryLoop<SignOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Square => UnaryLoop<SquareOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Relu => UnaryLoop<ReluOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Reciprocal => UnaryLoop<ReciprocalOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Sqrt => UnaryLoop<SqrtOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Rsqrt => UnaryLoop<RsqrtOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Floor => UnaryLoop<FloorOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Ceiling => UnaryLoop<CeilingOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Round => UnaryLoop<RoundOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Truncate => UnaryLoop<TruncateOperator<float>, float, float>.Run(x, DType.Float32),
            UnaryOp.Exp => UnaryLoop<ExpOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Expm1 => UnaryLoop<Expm1Operator, float, float>.Run(x, DType.Float32),
            UnaryOp.Log => UnaryLoop<LogOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Log1p => UnaryLoop<Log1pOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Sin => UnaryLoop<SinOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Cos => UnaryLoop<CosOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Tan => UnaryLoop<TanOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Asin => UnaryLoop<AsinOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Acos => UnaryLoop<AcosOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Atan => UnaryLoop<AtanOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Sinh => UnaryLoop<SinhOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Cosh => UnaryLoop<CoshOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Tanh => UnaryLoop<TanhOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Sigmoid => UnaryLoop<SigmoidOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Softplus => UnaryLoop<SoftplusOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.Erf => UnaryLoop<ErfOperator, float, float>.Run(x, DType.Float32),
            UnaryOp.IsNaN => UnaryLoop<IsNaNOperator<float>, float, byte>.Run(x, DType.Bool),
            UnaryOp.IsInfinite => UnaryLoop<IsInfiniteOperator<float>, float, byte>.Run(x, DType.Bool),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, "bool"),
        };

    private static CpuStorage Double(UnaryOp op, CpuStorage x) =>
        op switch
        {
            UnaryOp.Negate => UnaryLoop<NegateOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Abs => UnaryLoop<AbsOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Sign => UnaryLoop<SignOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Square => UnaryLoop<SquareOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Relu => UnaryLoop<ReluOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Reciprocal => UnaryLoop<ReciprocalOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Sqrt => UnaryLoop<SqrtOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Rsqrt => UnaryLoop<RsqrtOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Floor => UnaryLoop<FloorOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Ceiling => UnaryLoop<CeilingOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Round => UnaryLoop<RoundOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Truncate => UnaryLoop<TruncateOperator<double>, double, double>.Run(x, DType.Float64),
            UnaryOp.Exp => UnaryLoop<ExpOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Expm1 => UnaryLoop<Expm1Operator, double, double>.Run(x, DType.Float64),
            UnaryOp.Log => UnaryLoop<LogOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Log1p => UnaryLoop<Log1pOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Sin => UnaryLoop<SinOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Cos => UnaryLoop<CosOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Tan => UnaryLoop<TanOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Asin => UnaryLoop<AsinOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Acos => UnaryLoop<AcosOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Atan => UnaryLoop<AtanOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Sinh => UnaryLoop<SinhOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Cosh => UnaryLoop<CoshOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Tanh => UnaryLoop<TanhOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Sigmoid => UnaryLoop<SigmoidOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Softplus => UnaryLoop<SoftplusOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.Erf => UnaryLoop<ErfOperator, double, double>.Run(x, DType.Float64),
            UnaryOp.IsNaN => UnaryLoop<IsNaNOperator<double>, double, byte>.Run(x, DType.Bool),
            UnaryOp.IsInfinite => UnaryLoop<IsInfiniteOperator<double>, double, byte>.Run(x, DType.Bool),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, "bool"),
        };

    private static CpuStorage Integer<T>(UnaryOp op, CpuStorage x)
        where T : unmanaged, IBinaryInteger<T> =>
        op switch
        {
            UnaryOp.Negate => UnaryLoop<NegateOperator<T>, T, T>.Run(x, x.DType),
            UnaryOp.Abs => UnaryLoop<AbsOperator<T>, T, T>.Run(x, x.DType),
            UnaryOp.Sign => UnaryLoop<SignOperator<T>, T, T>.Run(x, x.DType),
            UnaryOp.Square => UnaryLoop<SquareOperator<T>, T, T>.Run(x, x.DType),
            UnaryOp.Relu => UnaryLoop<ReluOperator<T>, T, T>.Run(x, x.DType),
            UnaryOp.Floor or UnaryOp.Ceiling or UnaryOp.Round or UnaryOp.Truncate => x,
            UnaryOp.IsNaN or UnaryOp.IsInfinite => UnaryLoop<FalseOperator<T>, T, byte>.Run(x, DType.Bool),
            UnaryOp.Not => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, "bool"),
            _ => ThrowHelper.Unsupported<CpuStorage>(op.ToString(), x.DType, Floats),
        };
}
