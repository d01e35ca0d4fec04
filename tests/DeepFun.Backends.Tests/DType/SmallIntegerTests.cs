using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests;

/// <summary>Integers of 8 and 16 bits against .NET's own arithmetic, which wraps: every pair of 8 bits, every number of 16.</summary>
public class SmallIntegerTests
{
    private static void Binary<T>(T[] all, BinaryOp op, Func<int, int, int> expected, Func<int, T> wrap, bool divides = false)
        where T : unmanaged, IConvertible
    {
        var pairs = (from x in all from y in all where !divides || y.ToInt32(null) != 0 select (x, y)).ToArray();
        var result = Backend.Binary(op, Vector(pairs.Select(p => p.x).ToArray()), Vector(pairs.Select(p => p.y).ToArray()));
        var wanted = pairs.Select(p => wrap(expected(p.x.ToInt32(null), p.y.ToInt32(null)))).ToArray();
        Assert.Equal(wanted, Values<T>(result));
    }

    private static void Compare<T>(T[] all, BinaryOp op, Func<int, int, bool> expected)
        where T : unmanaged, IConvertible
    {
        var pairs = (from x in all from y in all select (x, y)).ToArray();
        var result = Backend.Binary(op, Vector(pairs.Select(p => p.x).ToArray()), Vector(pairs.Select(p => p.y).ToArray()));
        Assert.Equal(pairs.Select(p => expected(p.x.ToInt32(null), p.y.ToInt32(null))).ToArray(), Values<bool>(result));
    }

    private static int Floored(int x, int y) => x - (int)Math.Floor((double)x / y) * y;

    private static void Arithmetic<T>(T[] all, Func<int, T> wrap)
        where T : unmanaged, IConvertible
    {
        Binary(all, BinaryOp.Add, (x, y) => x + y, wrap);
        Binary(all, BinaryOp.Subtract, (x, y) => x - y, wrap);
        Binary(all, BinaryOp.Multiply, (x, y) => x * y, wrap);
        Binary(all, BinaryOp.Divide, (x, y) => x / y, wrap, divides: true);
        Binary(all, BinaryOp.Remainder, Floored, wrap, divides: true);
        Binary(all, BinaryOp.Maximum, Math.Max, wrap);
        Binary(all, BinaryOp.Minimum, Math.Min, wrap);
        Binary(all, BinaryOp.And, (x, y) => x & y, wrap);
        Binary(all, BinaryOp.Or, (x, y) => x | y, wrap);
        Binary(all, BinaryOp.Xor, (x, y) => x ^ y, wrap);
        Compare(all, BinaryOp.Equal, (x, y) => x == y);
        Compare(all, BinaryOp.NotEqual, (x, y) => x != y);
        Compare(all, BinaryOp.Less, (x, y) => x < y);
        Compare(all, BinaryOp.LessOrEqual, (x, y) => x <= y);
        Compare(all, BinaryOp.Greater, (x, y) => x > y);
        Compare(all, BinaryOp.GreaterOrEqual, (x, y) => x >= y);
    }

    private static void Unary<T>(T[] all, UnaryOp op, Func<int, int> expected, Func<int, T> wrap)
        where T : unmanaged, IConvertible =>
        Assert.Equal(all.Select(x => wrap(expected(x.ToInt32(null)))).ToArray(), Values<T>(Backend.Unary(op, Vector(all))));

    private static void Functions<T>(T[] all, Func<int, T> wrap)
        where T : unmanaged, IConvertible
    {
        Unary(all, UnaryOp.Negate, x => -x, wrap);
        Unary(all, UnaryOp.Abs, Math.Abs, wrap);
        Unary(all, UnaryOp.Sign, Math.Sign, wrap);
        Unary(all, UnaryOp.Square, x => x * x, wrap);
        Unary(all, UnaryOp.Relu, x => Math.Max(x, 0), wrap);
        Unary(all, UnaryOp.Floor, x => x, wrap);
    }

    private static readonly sbyte[] Int8 = Enumerable.Range(-128, 256).Select(i => (sbyte)i).ToArray();
    private static readonly byte[] UInt8 = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
    private static readonly short[] Int16 = Enumerable.Range(short.MinValue, 1 << 16).Select(i => (short)i).ToArray();

    [Fact]
    public void EveryPairOfInt8() => Arithmetic(Int8, i => unchecked((sbyte)i));

    [Fact]
    public void EveryPairOfUInt8() => Arithmetic(UInt8, i => unchecked((byte)i));

    [Fact]
    public void EdgesOfInt16()
    {
        short[] edges =
        [
            short.MinValue,
            short.MinValue + 1,
            -181,
            -182,
            -256,
            -7,
            -2,
            -1,
            0,
            1,
            2,
            3,
            181,
            182,
            255,
            256,
            32766,
            short.MaxValue,
        ];
        Arithmetic(edges.Concat(Int16.Where((_, i) => i % 257 == 0)).ToArray(), i => unchecked((short)i));
    }

    [Fact]
    public void FunctionsOfEveryNumber()
    {
        Functions(Int8, i => unchecked((sbyte)i));
        Functions(UInt8, i => unchecked((byte)i));
        Functions(Int16, i => unchecked((short)i));
    }

    [Fact]
    public void Errors()
    {
        Assert.Equal(
            "DF0205",
            Assert.Throws<DeepFunException>(() => Backend.Binary(BinaryOp.Divide, Vector((sbyte)1), Vector((sbyte)0))).Code
        );
        Assert.Equal(
            "DF0206",
            Assert.Throws<DeepFunException>(() => Backend.Binary(BinaryOp.Power, Vector((short)2), Vector((short)-1))).Code
        );
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Unary(UnaryOp.Exp, Vector((sbyte)1))).Code);
    }

    [Fact]
    public void ReductionsWrapAndChoose()
    {
        var x = Of<sbyte>([2, 3], 100, 100, -3, -128, -1, 127);
        Assert.Equal([unchecked((sbyte)197), (sbyte)-2], Values<sbyte>(Backend.Reduce(ReduceOp.Sum, x, [1])));
        Assert.Equal([(sbyte)100, (sbyte)127], Values<sbyte>(Backend.Reduce(ReduceOp.Max, x, [1])));
        Assert.Equal([-128, -1, -3], Values<sbyte>(Backend.Reduce(ReduceOp.Min, x, [0])).Select(v => (int)v));
        Assert.Equal([0, 2], Values<int>(Backend.Reduce(ReduceOp.ArgMax, x, [1])));
        var long16 = Of<short>([1000], Enumerable.Range(0, 1000).Select(i => (short)(i * 37)).ToArray());
        Assert.Equal([unchecked((short)(37 * 999 * 1000 / 2))], Values<short>(Backend.Reduce(ReduceOp.Sum, long16, [0])));
        Assert.Equal([4, 3, 2, 0, 1, 5], Values<int>(Backend.AlongAxis(AxisOp.ArgSort, Vector<sbyte>(3, 4, -1, -2, -128, 127), 0, false)));
        Assert.Equal(
            [(short)-3, (short)7, (short)7],
            Values<short>(Backend.AlongAxis(AxisOp.CumulativeMax, Vector<short>(-3, 7, 2), 0, false))
        );
    }

    /// <summary>Every pair of types over edges: what a cast is said to do, computed in another way.</summary>
    [Fact]
    public void CastsOfEveryPair()
    {
        double[] values =
        [
            0,
            -0.0,
            1,
            -1,
            0.5,
            -0.5,
            1.9,
            -1.9,
            127,
            128,
            -128,
            -129,
            255,
            256,
            300,
            32767,
            32768,
            -32768,
            -32769,
            65504,
            65519,
            65520,
            65536,
            16777217,
            2147483647,
            2147483648.0,
            -2147483648.0,
            -2147483649.0,
            9.2e18,
            1e19,
            -1e19,
            1e38,
            1e39,
            -1e39,
            1e-8,
            1e-41,
            double.NaN,
            double.PositiveInfinity,
            double.NegativeInfinity,
        ];
        foreach (var from in Enum.GetValues<DType>())
        foreach (var to in Enum.GetValues<DType>())
        {
            var x = Backend.Cast(Vector(values), from);
            // Read gives doubles, which hold Int64 up to 2⁵³: what lies beyond has tests of its own.
            var known = HostTensors
                .Read(x)
                .Zip(HostTensors.Read(Backend.Cast(x, to)))
                .Where(p => from != DType.Int64 || Math.Abs(p.First) < 1L << 53);
            Assert.All(known, p => Assert.Equal(Expected(p.First, from, to), p.Second));
        }
    }

    private static double Expected(double value, DType from, DType to)
    {
        if (to == DType.Bool)
            return value == 0 ? 0 : 1;
        if (DTypes.IsFloating(to))
            return to switch
            {
                DType.Float32 => (float)value,
                DType.Float16 => (double)(Half)value,
                DType.BFloat16 => ReducedPrecisionTests.NearestBFloat16(value),
                _ => value,
            };
        var bits = 8 * DTypes.Size(to);
        var signed = to != DType.UInt8;
        if (!DTypes.IsFloating(from))
        {
            var whole = new System.Numerics.BigInteger(value);
            var range = System.Numerics.BigInteger.One << bits;
            var low = ((whole % range) + range) % range;
            return (double)(signed && low >= range / 2 ? low - range : low);
        }
        if (double.IsNaN(value))
            return 0;
        var least = signed ? -Math.Pow(2, bits - 1) : 0;
        var greatest = signed ? Math.Pow(2, bits - 1) - 1 : 255;
        return Math.Truncate(Math.Clamp(value, least, greatest));
    }
}
