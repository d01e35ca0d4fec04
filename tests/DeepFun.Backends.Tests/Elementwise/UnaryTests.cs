using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Elementwise;

/// <summary>Unary against one scalar expression an operation, over every layout. Accuracy of the transcendental ones: MathematicsTests.</summary>
public class UnaryTests
{
    private static void Check<T, TResult>(UnaryOp op, Func<T, TResult> expected, Func<int, T> xs)
        where T : unmanaged
        where TResult : unmanaged
    {
        foreach (var shape in Shapes)
        {
            foreach (var x in Layouts(shape, xs))
            {
                var result = Backend.Unary(op, x);
                Assert.Equal(x.Shape, result.Shape);
                Assert.Equal(Values<T>(x).Select(expected).ToArray(), Values<TResult>(result));
            }
        }
    }

    private static float Special(int i) =>
        (i % 13) switch
        {
            0 => float.NaN,
            1 => float.PositiveInfinity,
            2 => -0f,
            3 => 2.5f,
            4 => -3.5f,
            _ => Float(i),
        };

    [Fact]
    public void Floats()
    {
        Check<float, float>(UnaryOp.Negate, x => -x, Special);
        Check<float, float>(UnaryOp.Abs, Math.Abs, Special);
        Check<float, float>(
            UnaryOp.Sign,
            x =>
                x > 0 ? 1
                : x < 0 ? -1
                : x,
            Special
        );
        Check<float, float>(UnaryOp.Sqrt, MathF.Sqrt, Special);
        Check<float, float>(UnaryOp.Rsqrt, x => 1 / MathF.Sqrt(x), Special);
        Check<float, float>(UnaryOp.Reciprocal, x => 1 / x, Special);
        Check<float, float>(UnaryOp.Square, x => x * x, Special);
        Check<float, float>(
            UnaryOp.Relu,
            x =>
                float.IsNaN(x) ? x
                : x > 0 ? x
                : 0,
            Special
        );
        Check<float, float>(UnaryOp.Floor, MathF.Floor, Special);
        Check<float, float>(UnaryOp.Ceiling, MathF.Ceiling, Special);
        Check<float, float>(UnaryOp.Round, MathF.Round, Special);
        Check<float, float>(UnaryOp.Truncate, MathF.Truncate, Special);
        Check<double, double>(UnaryOp.Round, Math.Round, i => Special(i));
        Check<double, double>(UnaryOp.Exp, Math.Exp, i => Special(i));
        Check<double, double>(UnaryOp.Abs, Math.Abs, i => Special(i));
        Check<float, byte>(UnaryOp.IsNaN, x => (byte)(float.IsNaN(x) ? 1 : 0), Special);
        Check<float, byte>(UnaryOp.IsInfinite, x => (byte)(float.IsInfinity(x) ? 1 : 0), Special);
        Check<double, byte>(UnaryOp.IsNaN, x => (byte)(double.IsNaN(x) ? 1 : 0), i => Special(i));
    }

    [Fact]
    public void Integers()
    {
        int Wide(int i) => i % 7 == 0 ? int.MinValue : i * 7919 - 5000;
        Check<int, int>(UnaryOp.Negate, x => unchecked(-x), Wide);
        Check<int, int>(UnaryOp.Abs, x => x == int.MinValue ? x : Math.Abs(x), Wide);
        Check<long, long>(UnaryOp.Sign, x => Math.Sign(x), i => i - 20);
        Check<byte, byte>(UnaryOp.Negate, x => unchecked((byte)-x), i => (byte)i);
        Check<byte, byte>(UnaryOp.Sign, x => (byte)Math.Sign(x), i => (byte)(i % 3));
        Check<byte, byte>(UnaryOp.Square, x => unchecked((byte)(x * x)), i => (byte)i);
        Check<int, int>(UnaryOp.Relu, x => Math.Max(x, 0), Wide);
        Check<long, long>(UnaryOp.Floor, x => x, i => i - 20);
        Check<int, byte>(UnaryOp.IsNaN, _ => 0, Wide);
    }

    [Fact]
    public void NotIsForBool()
    {
        var result = Backend.Unary(UnaryOp.Not, Vector(true, false, true));
        Assert.Equal(DType.Bool, result.DType);
        Assert.Equal([false, true, false], Values<bool>(result));
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Not, Vector(1f))).Code);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Not, Vector(1))).Code);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Exp, Vector(1))).Code);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Negate, Vector(true))).Code);
    }

    /// <summary>Every operation has an answer, a value or DF0201, for every type: none falls through.</summary>
    [Fact]
    public void EveryOperationMeetsEveryType()
    {
        foreach (var op in Enum.GetValues<UnaryOp>())
        foreach (var dtype in Enum.GetValues<DType>())
        {
            var x = Backend.Cast(Vector(0.5f, 1f), dtype);
            try
            {
                var expected = op is UnaryOp.IsNaN or UnaryOp.IsInfinite or UnaryOp.Not ? DType.Bool : dtype;
                Assert.Equal(expected, Backend.Unary(op, x).DType);
                Assert.True(dtype != DType.Bool || op == UnaryOp.Not);
            }
            catch (DeepFunException error)
            {
                Assert.Equal("DF0201", error.Code);
                Assert.False(DTypes.IsFloating(dtype) && op != UnaryOp.Not);
            }
        }
    }

    /// <summary>An element's result has the same bits wherever it stands and in whatever layout it comes.</summary>
    [Fact]
    public void ResultsDoNotDependOnThePlace()
    {
        UnaryOp[] operations =
        [
            UnaryOp.Exp,
            UnaryOp.Expm1,
            UnaryOp.Log,
            UnaryOp.Log1p,
            UnaryOp.Tanh,
            UnaryOp.Sigmoid,
            UnaryOp.Softplus,
            UnaryOp.Erf,
            UnaryOp.Sin,
            UnaryOp.Cos,
            UnaryOp.Tan,
        ];
        var values = Enumerable.Range(0, 40).Select(i => i == 7 ? 1e9f : Float(i)).ToArray();
        foreach (var op in operations)
        {
            var whole = Values<float>(Backend.Unary(op, Vector(values)));
            for (var i = 0; i < values.Length; i++)
            {
                var alone = Values<float>(Backend.Unary(op, Vector(values[i])))[0];
                Assert.Equal(BitConverter.SingleToInt32Bits(alone), BitConverter.SingleToInt32Bits(whole[i]));
            }
        }
    }
}
