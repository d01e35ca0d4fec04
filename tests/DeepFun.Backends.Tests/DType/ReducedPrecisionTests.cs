using System;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests;

/// <summary>
/// Float16 and BFloat16: every one of the 65,536 bit patterns, and the numbers between them. The oracles are .NET's Half and, for BFloat16,
/// a search for the nearest of two neighbours.
/// </summary>
public class ReducedPrecisionTests
{
    private static readonly ushort[] Patterns = Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).ToArray();
    private static readonly DType[] Types = [DType.Float16, DType.BFloat16];

    private static double Value(DType dtype, ushort bits) =>
        dtype == DType.Float16 ? (double)BitConverter.UInt16BitsToHalf(bits) : BitConverter.Int32BitsToSingle(bits << 16);

    private static CpuStorage OfBits(DType dtype, params ushort[] bits) =>
        (CpuStorage)Backend.FromHost(MemoryMarshal.AsBytes(bits.AsSpan()), dtype, [bits.Length]);

    /// <summary>The nearest BFloat16 of a double, found by distance; of two equally near ones the even.</summary>
    public static double NearestBFloat16(double x)
    {
        if (double.IsNaN(x) || x == 0)
            return x;
        // The neighbour toward zero: the upper bits of the double, whose exponents reach further, cut at the type's grid.
        var magnitude = Math.Abs(x);
        var exponent = Math.Max(-126, magnitude >= Math.Pow(2, 128) ? 128 : Math.ILogB(magnitude));
        var step = Math.ScaleB(1, exponent - 7);
        var low = Math.Floor(magnitude / step) * step;
        var (below, above) = (magnitude - low, low + step - magnitude);
        var nearest =
            below < above ? low
            : below > above ? low + step
            : Math.Floor(magnitude / step) % 2 == 0 ? low
            : low + step;
        if (double.IsInfinity(x) || nearest >= Math.Pow(2, 128))
            nearest = double.PositiveInfinity;
        return Math.CopySign(nearest, x);
    }

    [Fact]
    public void EveryPatternIsItsNumber()
    {
        foreach (var dtype in Types)
        {
            var wide = Backend.Cast(OfBits(dtype, Patterns), DType.Float32);
            Assert.Equal(Patterns.Select(bits => (float)Value(dtype, bits)).ToArray(), Values<float>(wide));
            Assert.Equal(Patterns.Select(bits => Value(dtype, bits)).ToArray(), Values<double>(Backend.Cast(wide, DType.Float64)));
        }
    }

    [Fact]
    public void EveryPatternComesBackFromFloat32()
    {
        foreach (var dtype in Types)
        {
            var back = Values<ushort>(Backend.Cast(Backend.Cast(OfBits(dtype, Patterns), DType.Float32), dtype));
            // A signalling NaN becomes the quiet one of the same sign and fraction.
            var quiet = (ushort)(dtype == DType.Float16 ? 0x200 : 0x40);
            Assert.Equal(Patterns.Select(b => double.IsNaN(Value(dtype, b)) ? (ushort)(b | quiet) : b).ToArray(), back);
        }
    }

    /// <summary>Between every two neighbours: just below the middle, the middle, just above, from Float64 and, where it has them, Float32.</summary>
    [Fact]
    public void NumbersInBetweenGoToTheNearestOnceRounded()
    {
        foreach (var dtype in Types)
        {
            var infinity = dtype == DType.Float16 ? 0x7c00 : 0x7f80;
            var lows = Enumerable.Range(0, infinity).Select(i => (ushort)i).ToArray();
            // Beyond the greatest number the grid goes on: its middle is the first that becomes infinity.
            double Next(ushort bits) =>
                bits + 1 == infinity ? 2 * Value(dtype, bits) - Value(dtype, (ushort)(bits - 1)) : Value(dtype, (ushort)(bits + 1));
            var middles = lows.Select(b => (Value(dtype, b) + Next(b)) / 2).ToArray();
            var even = lows.Select(b => (ushort)(b + (b & 1))).ToArray();
            Check(middles.Select(Math.BitDecrement), lows);
            Check(middles, even);
            Check(middles.Select(Math.BitIncrement), lows.Select(b => (ushort)(b + 1)));
            Check(middles.Select(m => -m), even.Select(b => (ushort)(b | 0x8000)));
            var single = middles.Select(m => (float)m).ToArray();
            // BFloat16's least middle is a float, and so are all others.
            Assert.Equal(middles, single.Select(s => (double)s));
            CheckSingle(single.Select(MathF.BitDecrement), lows);
            CheckSingle(single, even);
            CheckSingle(single.Select(MathF.BitIncrement), lows.Select(b => (ushort)(b + 1)));

            void Check(System.Collections.Generic.IEnumerable<double> xs, System.Collections.Generic.IEnumerable<ushort> expected) =>
                Assert.Equal(expected.ToArray(), Values<ushort>(Backend.Cast(Vector(xs.ToArray()), dtype)));

            void CheckSingle(System.Collections.Generic.IEnumerable<float> xs, System.Collections.Generic.IEnumerable<ushort> expected) =>
                Assert.Equal(expected.ToArray(), Values<ushort>(Backend.Cast(Vector(xs.ToArray()), dtype)));
        }
    }

    /// <summary>Integers beyond 2⁵³ that a stop at Float64 would put exactly on a middle.</summary>
    [Fact]
    public void IntegersAreRoundedOnce()
    {
        for (var exponent = 54; exponent < 63; exponent++)
        {
            var middle = (1L << exponent) + (1L << (exponent - 8));
            var step = Math.ScaleB(1, exponent - 7);
            var expected = new[] { Math.ScaleB(1, exponent), Math.ScaleB(1, exponent), Math.ScaleB(1, exponent) + step };
            foreach (var sign in new[] { 1, -1 })
            {
                var x = Vector(sign * (middle - 1), sign * middle, sign * (middle + 1));
                Assert.Equal(expected.Select(v => sign * v), HostTensors.Read(Backend.Cast(x, DType.BFloat16)));
            }
        }
        Assert.Equal(
            [double.PositiveInfinity, 65504.0, 2048, 2052],
            HostTensors.Read(Backend.Cast(Vector(65520, 65519, 2049, 2051), DType.Float16))
        );
    }

    [Fact]
    public void EveryFunctionOfEveryNumberIsTheRoundedOneOfFloat32()
    {
        foreach (var dtype in Types)
        {
            var x = OfBits(dtype, Patterns);
            var wide = Backend.Cast(x, DType.Float32);
            foreach (var op in Enum.GetValues<UnaryOp>().Where(op => op != UnaryOp.Not))
            {
                var expected = Backend.Unary(op, wide);
                var actual = Backend.Unary(op, x);
                if (expected.DType == DType.Bool)
                    Assert.Equal(Values<bool>(expected), Values<bool>(actual));
                else
                {
                    Assert.Equal(dtype, actual.DType);
                    Assert.Equal(Values<float>(expected).Select(v => Rounded(dtype, v)).ToArray(), HostTensors.Read(actual));
                }
            }
        }
    }

    [Fact]
    public void PairsAreComputedInFloat32AndRoundedOnce()
    {
        foreach (var dtype in Types)
        {
            var x = OfBits(dtype, Patterns);
            var y = OfBits(dtype, Patterns.Select(b => (ushort)(b * 40503 + 12345)).ToArray());
            var (left, right) = (Backend.Cast(x, DType.Float32), Backend.Cast(y, DType.Float32));
            foreach (var op in Enum.GetValues<BinaryOp>().Where(op => op is < BinaryOp.And or > BinaryOp.Xor && op != BinaryOp.Polygamma))
            {
                var expected = Backend.Binary(op, left, right);
                var actual = Backend.Binary(op, x, y);
                if (expected.DType == DType.Bool)
                    Assert.Equal(Values<bool>(expected), Values<bool>(actual));
                else
                    Assert.Equal(Values<float>(expected).Select(v => Rounded(dtype, v)).ToArray(), HostTensors.Read(actual));
            }
        }
    }

    private static double Rounded(DType dtype, float x) => dtype == DType.Float16 ? (double)(Half)x : NearestBFloat16(x);

    /// <summary>1000 times a half more than its last bit: a sum in the type itself would stand still.</summary>
    [Fact]
    public void SumsAndProductsAccumulateInFloat32()
    {
        foreach (var dtype in Types)
        {
            var ones = Backend.Generate(GenerateOp.Fill, dtype, [100, 100], 1, 0);
            Assert.Equal(dtype == DType.Float16 ? 10000.0 : 9984, HostTensors.Read(Backend.Reduce(ReduceOp.Sum, ones, [0, 1]))[0]);
            var running = HostTensors.Read(
                Backend.AlongAxis(AxisOp.CumulativeSum, Backend.Generate(GenerateOp.Fill, dtype, [5000], 1, 0), 0, false)
            );
            Assert.Equal(Rounded(dtype, 4999), running[4998]);
            var row = Backend.Generate(GenerateOp.Fill, dtype, [1, 3000], 1, 0);
            var column = Backend.Generate(GenerateOp.Fill, dtype, [3000, 1], 1, 0);
            Assert.Equal(Rounded(dtype, 3000), HostTensors.Read(Backend.MatMul(row, column))[0]);
            var zero = Backend.Generate(GenerateOp.Fill, dtype, [1], 0, 0);
            var places = Backend.Generate(GenerateOp.Fill, DType.Int32, [3000], 0, 0);
            var many = Backend.Generate(GenerateOp.Fill, dtype, [3000], 1, 0);
            Assert.Equal(Rounded(dtype, 3000), HostTensors.Read(Backend.Scatter(ScatterOp.Add, zero, places, many, 0))[0]);
        }
    }

    [Fact]
    public void ViewsOfEveryLayoutAreRead()
    {
        foreach (var shape in Shapes)
        foreach (var x in Layouts(shape, i => (Half)Float(i)))
            Assert.Equal(
                Values<Half>(x).Select(v => (Half)((float)v * (float)v)).ToArray(),
                Values<Half>(Backend.Unary(UnaryOp.Square, x))
            );
    }

    /// <summary>More elements than are widened at a time, contiguous, transposed and constant, to numbers and to truth values.</summary>
    [Fact]
    public void LargeTensorsGoSliceBySlice()
    {
        var wide = Of([600, 700], Enumerable.Range(0, 420_000).Select(Float).ToArray());
        foreach (var dtype in Types)
        {
            var x = Backend.Cast(wide, dtype);
            var turned = Backend.View(
                ViewOp.Permute,
                Backend.Cast(Backend.View(ViewOp.Permute, wide, [700, 600], [1, 0], []), dtype),
                [600, 700],
                [1, 0],
                []
            );
            var three = Backend.Generate(GenerateOp.Fill, dtype, [600, 700], 3, 0);
            var expected = HostTensors.Read(x).Select(v => Rounded(dtype, (float)v * 3)).ToArray();
            Assert.Equal(expected, HostTensors.Read(Backend.Binary(BinaryOp.Multiply, x, three)));
            Assert.Equal(expected, HostTensors.Read(Backend.Binary(BinaryOp.Multiply, three, turned)));
            Assert.Equal(
                expected.Select(v => v < 0 ? 1.0 : 0),
                HostTensors.Read(Backend.Binary(BinaryOp.Less, x, Backend.Generate(GenerateOp.Fill, dtype, [600, 700], 0, 0)))
            );
            Assert.Equal(HostTensors.Read(x).Select(v => -v), HostTensors.Read(Backend.Unary(UnaryOp.Negate, turned)));
            Assert.Equal(new double[420_000], HostTensors.Read(Backend.Unary(UnaryOp.IsNaN, three)));
        }
    }

    [Fact]
    public void UniformNumbersStayBelowOneAndFillTheirSteps()
    {
        var key = HostTensors.Store(new Dense([1], [7]), DType.Int64);
        foreach (var (dtype, steps) in new[] { (DType.Float16, 2048), (DType.BFloat16, 256) })
        {
            var x = HostTensors.Read(Backend.Random(RandomOp.Uniform, key, dtype, [100_000]));
            Assert.All(x, v => Assert.InRange(v, 0, 1.0 - 1.0 / steps));
            Assert.Equal(steps, x.Distinct().Count());
            Assert.InRange(x.Average(), 0.49, 0.51);
            var normal = HostTensors.Read(Backend.Random(RandomOp.Normal, key, dtype, [100_000]));
            Assert.InRange(normal.Average(), -0.02, 0.02);
            Assert.InRange(normal.Average(v => v * v), 0.98, 1.02);
        }
    }

    [Fact]
    public void BFloat16HoldsWhatItsBitsSay()
    {
        Assert.Equal(1.5f, (float)BFloat16.FromBits(0x3fc0));
        Assert.Equal(0x3fc0, ((BFloat16)1.5f).Bits);
        Assert.Equal("0.15625", ((BFloat16)0.15625).ToString());
        Assert.True((BFloat16)0f == (BFloat16)(-0f));
        Assert.True((BFloat16)float.NaN != (BFloat16)float.NaN);
        Assert.True(((BFloat16)float.NaN).Equals((object)(BFloat16)double.NaN));
        foreach (var bits in Patterns)
        {
            var x = BFloat16.FromBits(bits);
            if (!float.IsNaN((float)x))
                Assert.Equal(bits, ((BFloat16)(double)x).Bits);
        }
    }
}
