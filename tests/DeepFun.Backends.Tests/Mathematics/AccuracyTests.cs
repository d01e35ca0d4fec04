using System;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Mathematics;

/// <summary>Float32 functions over the whole range against double precision, in units of the last place of the true result.</summary>
public class AccuracyTests
{
    // Every 1009th bit pattern, and what lies around the edges of the algorithms.
    private static readonly float[] Arguments = BuildArguments();

    private static float[] BuildArguments()
    {
        float[] edges =
        [
            0,
            -0f,
            1,
            -1,
            float.Epsilon,
            -float.Epsilon,
            float.MaxValue,
            float.MinValue,
            float.NaN,
            float.PositiveInfinity,
            float.NegativeInfinity,
            1.17549435e-38f,
            88.72283f,
            88.72284f,
            -87.33654f,
            -103.97208f,
            -104,
            104,
            9.010913f,
            0.92773438f,
            3.9192059f,
            0.70710678f,
            1.41421354f,
            32768,
            32769,
            1.5707964f,
            3.1415927f,
            6.2831855f,
            16.635532f,
            0.34657359f,
            1e10f,
            1.0000001f,
            0.99999994f,
            -0.99999994f,
            -1.0000001f,
        ];
        var around = edges.SelectMany(x => new[] { x, MathF.BitIncrement(x), MathF.BitDecrement(x), -x });
        var patterns = Enumerable.Range(0, (int)(uint.MaxValue / 1009u)).Select(i => BitConverter.UInt32BitsToSingle((uint)i * 1009u));
        return around.Concat(patterns).ToArray();
    }

    private static double Ulps(float actual, double expected)
    {
        if (double.IsNaN(expected) || float.IsNaN(actual))
            return double.IsNaN(expected) && float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        if (double.IsInfinity(expected))
            return actual == expected ? 0 : double.PositiveInfinity;
        // Beyond the greatest float the scale goes on, so that infinity counts as the next number.
        var value = float.IsInfinity(actual) ? Math.CopySign(Math.ScaleB(1, 128), actual) : actual;
        if (Math.Abs(expected) > Math.ScaleB(1, 128) && float.IsInfinity(actual))
            return Math.Sign(expected) == Math.Sign(actual) ? 0 : double.PositiveInfinity;
        var exponent = expected == 0 ? -126 : Math.Max(Math.ILogB(expected), -126);
        return Math.Abs(value - expected) / Math.ScaleB(1, exponent - 23);
    }

    private static void Check(UnaryOp op, Func<double, double> oracle, double bound)
    {
        var results = Values<float>(Backend.Unary(op, Vector(Arguments)));
        var worst = 0.0;
        var place = 0;
        for (var i = 0; i < results.Length; i++)
        {
            var error = Ulps(results[i], oracle(Arguments[i]));
            if (error > worst)
                (worst, place) = (error, i);
        }
        Assert.True(
            worst <= bound,
            $"{op}({Arguments[place]:R}) = {results[place]:R}, {worst:F2} ulp from {oracle(Arguments[place]):R}; stated are {bound}."
        );
    }

    [Fact]
    public void Exp() => Check(UnaryOp.Exp, Math.Exp, 1);

    // e^x − 1 = 2 sinh(x/2) e^(x/2): no cancellation, and independent of the code under test.
    [Fact]
    public void Expm1() => Check(UnaryOp.Expm1, x => Math.Abs(x) > 40 ? Math.Exp(x) - 1 : 2 * Sinh(x / 2) * Math.Exp(x / 2), 2);

    [Fact]
    public void Log() => Check(UnaryOp.Log, Math.Log, 1);

    // ln(1 + x) = 2 artanh(x / (2 + x)), by its series near zero.
    private static double Log1pOracle(double x)
    {
        if (Math.Abs(x) > 0.1)
            return Math.Log(1 + x);
        var t = x / (2 + x);
        double sum = 0;
        for (var k = 21; k >= 1; k -= 2)
            sum = sum * t * t + 1.0 / k;
        return 2 * t * sum;
    }

    // Math.Sinh loses nothing in double precision, but its small arguments do in the naive form; the series settles both.
    private static double Sinh(double x)
    {
        if (Math.Abs(x) > 0.5)
            return Math.Sinh(x);
        var term = x;
        var sum = x;
        for (var k = 1; k < 12; k++)
        {
            term *= x * x / (2 * k * (2 * k + 1));
            sum += term;
        }
        return sum;
    }

    [Fact]
    public void Log1p() => Check(UnaryOp.Log1p, Log1pOracle, 2);

    [Fact]
    public void Tanh() => Check(UnaryOp.Tanh, Math.Tanh, 1);

    [Fact]
    public void Sigmoid() => Check(UnaryOp.Sigmoid, x => x < -700 ? 0 : 1 / (1 + Math.Exp(-x)), 2.5);

    [Fact]
    public void Softplus() => Check(UnaryOp.Softplus, x => x > 40 ? x : Log1pOracle(Math.Exp(x)), 2);

    [Fact]
    public void Erf() => Check(UnaryOp.Erf, ErrorFunctionOracle.Erf, 1);

    [Fact]
    public void Erfc() => Check(UnaryOp.Erfc, ErrorFunctionOracle.Erfc, 0.6);

    [Fact]
    public void Sin() => Check(UnaryOp.Sin, Math.Sin, 2);

    [Fact]
    public void Cos() => Check(UnaryOp.Cos, Math.Cos, 2);

    [Fact]
    public void RoundedOnce()
    {
        Check(UnaryOp.Tan, Math.Tan, 0.51);
        Check(UnaryOp.Asin, Math.Asin, 0.51);
        Check(UnaryOp.Acos, Math.Acos, 0.51);
        Check(UnaryOp.Atan, Math.Atan, 0.51);
        Check(UnaryOp.Sinh, Math.Sinh, 0.51);
        Check(UnaryOp.Cosh, Math.Cosh, 0.51);
        Check(UnaryOp.Cbrt, Math.Cbrt, 0.51);
        Check(UnaryOp.Asinh, Math.Asinh, 0.51);
        Check(UnaryOp.Acosh, Math.Acosh, 0.51);
        Check(UnaryOp.Atanh, Math.Atanh, 0.51);
        Check(UnaryOp.Log2, Math.Log2, 0.51);
        Check(UnaryOp.Log10, Math.Log10, 0.51);
        Check(UnaryOp.Sqrt, Math.Sqrt, 0.51);
        Check(UnaryOp.Rsqrt, x => 1 / Math.Sqrt(x), 1.51);
    }

    [Theory]
    [InlineData(UnaryOp.Sin)]
    [InlineData(UnaryOp.Tanh)]
    [InlineData(UnaryOp.Erf)]
    [InlineData(UnaryOp.Expm1)]
    [InlineData(UnaryOp.Log1p)]
    [InlineData(UnaryOp.Tan)]
    public void OddNearZeroKeepsItsSign(UnaryOp op)
    {
        var results = Values<float>(Backend.Unary(op, Vector(-0f, 0f)));
        Assert.True(float.IsNegative(results[0]) && results[0] == 0);
        Assert.True(!float.IsNegative(results[1]) && results[1] == 0);
        var doubles = Values<double>(Backend.Unary(op, Vector(-0.0)));
        Assert.True(double.IsNegative(doubles[0]) && doubles[0] == 0);
    }

    [Theory]
    [InlineData(UnaryOp.Expm1)]
    [InlineData(UnaryOp.Log1p)]
    [InlineData(UnaryOp.Sigmoid)]
    [InlineData(UnaryOp.Softplus)]
    [InlineData(UnaryOp.Erf)]
    public void DoublePrecision(UnaryOp op)
    {
        Func<double, double> oracle = op switch
        {
            UnaryOp.Expm1 => x => 2 * Sinh(x / 2) * Math.Exp(x / 2),
            UnaryOp.Log1p => Log1pOracle,
            UnaryOp.Sigmoid => x => 1 / (1 + Math.Exp(-x)),
            UnaryOp.Softplus => x => Log1pOracle(Math.Exp(x)),
            _ => ErrorFunctionOracle.Erf,
        };
        var arguments = Enumerable
            .Range(-900, 1801)
            .Select(i =>
                i
                / 977.0
                * (
                    i % 3 == 0 ? 1
                    : i % 3 == 1 ? 1e-3
                    : 5
                )
            )
            .Where(x => x > -1)
            .ToArray();
        var results = Values<double>(Backend.Unary(op, Vector(arguments)));
        for (var i = 0; i < results.Length; i++)
            Assert.Equal(oracle(arguments[i]), results[i], Math.Abs(oracle(arguments[i])) * 3e-14 + 1e-300);
    }

    /// <summary>The three widths run the same operations, so they give the same bits.</summary>
    [Fact]
    public unsafe void WidthsAgree()
    {
        var x = Arguments.Take(4096).ToArray();
        var wide = new float[x.Length];
        var middle = new float[x.Length];
        var narrow = new float[x.Length];
        Every<Exp>();
        Every<Expm1>();
        Every<Log>();
        Every<Log1p>();
        Every<Tanh>();
        Every<Sigmoid>();
        Every<Softplus>();
        Every<Erf>();
        Every<Sin>();
        Every<Cos>();

        void Every<TOperator>()
            where TOperator : struct, IVectorUnary<float>
        {
            Run<TOperator, Lanes512<float>>(wide);
            Run<TOperator, Lanes256<float>>(middle);
            Run<TOperator, Lanes128<float>>(narrow);
            Assert.Equal(wide.Select(BitsOf), middle.Select(BitsOf));
            Assert.Equal(wide.Select(BitsOf), narrow.Select(BitsOf));
        }

        // NaN has many patterns, one meaning.
        static int BitsOf(float value) => float.IsNaN(value) ? 0x7fc00000 : BitConverter.SingleToInt32Bits(value);

        void Run<TOperator, V>(float[] z)
            where TOperator : struct, IVectorUnary<float>
            where V : unmanaged, ILanes<V, float>
        {
            fixed (
                float* from = x,
                    to = z
            )
            {
                for (var i = 0; i < x.Length; i += V.Count)
                    V.Store(TOperator.Invoke(V.Load(from + i)), to + i);
            }
        }
    }
}
