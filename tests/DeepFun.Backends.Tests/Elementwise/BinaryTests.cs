using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Elementwise;

/// <summary>Binary against one scalar expression an operation, over every pair of layouts.</summary>
public class BinaryTests
{
    private static void Check<T, TResult>(BinaryOp op, Func<T, T, TResult> expected, Func<int, T> xs, Func<int, T> ys)
        where T : unmanaged
        where TResult : unmanaged
    {
        var next = 1;
        foreach (var shape in Shapes)
        {
            var rights = Layouts(shape, ys).ToArray();
            foreach (var x in Layouts(shape, xs))
            {
                var left = Values<T>(x);
                // Large tensors meet one other layout, small ones all.
                var large = x.Shape.Size > 2000;
                foreach (var y in large ? rights.Skip(next++ % rights.Length).Take(1) : rights)
                {
                    var result = Backend.Binary(op, x, y);
                    Assert.Equal(x.Shape, result.Shape);
                    Assert.Equal(left.Zip(Values<T>(y), expected).ToArray(), Values<TResult>(result));
                }
            }
        }
    }

    private static void CheckFloat(BinaryOp op, Func<float, float, float> expected) => Check(op, expected, Float, i => Float(i + 77));

    private static void CheckDouble(BinaryOp op, Func<double, double, double> expected) =>
        Check(op, expected, i => (double)Float(i), i => (double)Float(i + 77));

    private static void CheckInteger<T>(BinaryOp op, Func<T, T, T> expected, Func<int, T> make)
        where T : unmanaged => Check(op, expected, i => make(i * 7919), i => make(i * 104729 + 1));

    [Fact]
    public void Floats()
    {
        CheckFloat(BinaryOp.Add, (x, y) => x + y);
        CheckFloat(BinaryOp.Subtract, (x, y) => x - y);
        CheckFloat(BinaryOp.Divide, (x, y) => x / y);
        CheckDouble(BinaryOp.Multiply, (x, y) => x * y);
        CheckDouble(BinaryOp.Maximum, Math.Max);
        CheckFloat(BinaryOp.Minimum, MathF.Min);
        CheckDouble(BinaryOp.Atan2, Math.Atan2);
        CheckDouble(BinaryOp.Remainder, PythonRemainder);
    }

    // CPython's float_rem.
    private static double PythonRemainder(double x, double y)
    {
        var r = x % y;
        if (r != 0)
            return (y < 0) != (r < 0) ? r + y : r;
        return Math.CopySign(0, y);
    }

    [Fact]
    public void Comparisons()
    {
        Func<int, float> coarse = i => MathF.Round(Float(i) / 8);
        Func<int, float> other = i => i % 11 == 0 ? float.NaN : MathF.Round(Float(i + 5) / 8);
        Check<float, byte>(BinaryOp.Equal, (x, y) => (byte)(x == y ? 1 : 0), coarse, other);
        Check<float, byte>(BinaryOp.NotEqual, (x, y) => (byte)(x != y ? 1 : 0), coarse, other);
        Check<float, byte>(BinaryOp.Less, (x, y) => (byte)(x < y ? 1 : 0), coarse, other);
        Check<float, byte>(BinaryOp.LessOrEqual, (x, y) => (byte)(x <= y ? 1 : 0), coarse, other);
        Check<float, byte>(BinaryOp.Greater, (x, y) => (byte)(x > y ? 1 : 0), coarse, other);
        Check<float, byte>(BinaryOp.GreaterOrEqual, (x, y) => (byte)(x >= y ? 1 : 0), coarse, other);
        Check<long, byte>(BinaryOp.Less, (x, y) => (byte)(x < y ? 1 : 0), i => i % 5, i => i % 3);
        Check<byte, byte>(BinaryOp.Greater, (x, y) => (byte)(x > y ? 1 : 0), i => (byte)(i * 37), i => (byte)(i * 101));
        Check<double, byte>(BinaryOp.Equal, (x, y) => (byte)(x == y ? 1 : 0), i => i % 5, i => i % 3);
    }

    [Fact]
    public void IntegersWrap()
    {
        CheckInteger<int>(BinaryOp.Add, (x, y) => unchecked(x + y), i => i * 300007);
        CheckInteger<int>(BinaryOp.Multiply, (x, y) => unchecked(x * y), i => i);
        CheckInteger<long>(BinaryOp.Multiply, (x, y) => unchecked(x * y), i => i * 3000000000007L);
        CheckInteger<byte>(BinaryOp.Subtract, (x, y) => unchecked((byte)(x - y)), i => (byte)i);
        CheckInteger<byte>(BinaryOp.Multiply, (x, y) => unchecked((byte)(x * y)), i => (byte)i);
        CheckInteger<int>(BinaryOp.Maximum, Math.Max, i => i);
        CheckInteger<long>(BinaryOp.Minimum, Math.Min, i => i);
        CheckInteger<int>(BinaryOp.Xor, (x, y) => x ^ y, i => i);
        CheckInteger<long>(BinaryOp.And, (x, y) => x & y, i => i);
        CheckInteger<byte>(BinaryOp.Or, (x, y) => (byte)(x | y), i => (byte)i);
        CheckInteger<int>(BinaryOp.Divide, (x, y) => y == 0 ? 1 : x / y, i => i | 1);
        CheckInteger<int>(BinaryOp.Remainder, (x, y) => (int)(x - Math.Floor((double)x / y) * y), i => i | 1);
    }

    [Fact]
    public void IntegerEdges()
    {
        var least = Vector(int.MinValue, 7, -7, 7, -7);
        var divisors = Vector(-1, 2, 2, -2, -2);
        Assert.Equal([int.MinValue, 3, -3, -3, 3], Values<int>(Backend.Binary(BinaryOp.Divide, least, divisors)));
        Assert.Equal([0, 1, 1, -1, -1], Values<int>(Backend.Binary(BinaryOp.Remainder, least, divisors)));
        Assert.Equal([1, 8, -27, 0, 1], Values<int>(Backend.Binary(BinaryOp.Power, Vector(5, 2, -3, 0, 0), Vector(0, 3, 3, 4, 0))));
        Assert.Equal("DF0205", Assert.Throws<DeepFunException>(() => Backend.Binary(BinaryOp.Divide, Vector(1), Vector(0))).Code);
        Assert.Equal("DF0205", Assert.Throws<DeepFunException>(() => Backend.Binary(BinaryOp.Remainder, Vector(1L), Vector(0L))).Code);
        Assert.Equal("DF0206", Assert.Throws<DeepFunException>(() => Backend.Binary(BinaryOp.Power, Vector(2), Vector(-1))).Code);
    }

    [Fact]
    public void FloatEdges()
    {
        float[] Run(BinaryOp op, float[] x, float[] y) => Values<float>(Backend.Binary(op, Vector(x), Vector(y)));
        const float Infinity = float.PositiveInfinity;
        Assert.Equal([float.NaN, float.NaN, 2], Run(BinaryOp.Maximum, [float.NaN, 1, 1], [1, float.NaN, 2]));
        Assert.Equal([float.NaN, float.NaN, 1], Run(BinaryOp.Minimum, [float.NaN, 1, 1], [1, float.NaN, 2]));
        Assert.False(float.IsNegative(Run(BinaryOp.Maximum, [-0f], [0f])[0]));
        Assert.True(float.IsNegative(Run(BinaryOp.Minimum, [0f], [-0f])[0]));
        // IEEE 754-2019, 9.2.1
        Assert.Equal(
            [1, 1, Infinity, -Infinity, 0, float.NaN, 1, 4],
            Run(BinaryOp.Power, [float.NaN, 1, -0f, -0f, -Infinity, -8, -1, -2], [0, float.NaN, -2, -3, -2, 1 / 3f, -Infinity, 2])
        );
        // Python: -1 % inf, 1 % -inf, 5.5 % -2, -5.5 % 2, 1 % 0
        Assert.Equal(
            [Infinity, -Infinity, -0.5f, 0.5f, float.NaN],
            Run(BinaryOp.Remainder, [-1, 1, 5.5f, -5.5f, 1], [Infinity, -Infinity, -2, 2, 0])
        );
        Assert.Equal([Infinity, -Infinity, float.NaN], Run(BinaryOp.Divide, [1, -1, 0], [0, 0, 0]));
    }

    [Fact]
    public void TruthValues()
    {
        bool[] x = [false, false, true, true];
        bool[] y = [false, true, false, true];
        foreach (
            var (op, expected) in new (BinaryOp, Func<bool, bool, bool>)[]
            {
                (BinaryOp.And, (a, b) => a && b),
                (BinaryOp.Or, (a, b) => a || b),
                (BinaryOp.Xor, (a, b) => a != b),
                (BinaryOp.Equal, (a, b) => a == b),
                (BinaryOp.Less, (a, b) => !a && b),
            }
        )
        {
            var result = Backend.Binary(op, Vector(x), Vector(y));
            Assert.Equal(DType.Bool, result.DType);
            Assert.Equal(x.Zip(y, expected).ToArray(), Values<bool>(result));
        }
    }

    [Theory]
    [InlineData(BinaryOp.And, DType.Float32)]
    [InlineData(BinaryOp.Atan2, DType.Int32)]
    [InlineData(BinaryOp.Add, DType.Bool)]
    public void UnsupportedTypesSayWhatIsSupported(BinaryOp op, DType dtype)
    {
        var x = Backend.Cast(Vector(1f), dtype);
        var error = Assert.Throws<DeepFunException>(() => Backend.Binary(op, x, x));
        Assert.Equal("DF0201", error.Code);
        Assert.Contains(DTypes.Name(dtype), error.Message);
    }

    [Fact]
    public void EmptyTensorsStayEmpty()
    {
        var empty = Of<float>([2, 0, 3]);
        Assert.Equal(empty.Shape, Backend.Binary(BinaryOp.Add, empty, empty).Shape);
        Assert.Equal(empty.Shape, Backend.Binary(BinaryOp.Less, empty, empty.View([2, 0, 3], [0, 1, 1], 0)).Shape);
    }
}
