using System;
using System.Linq;
using DeepFun.Backends.Cpu.Random;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Random numbers: published vectors, an independent generator, and statistics with fixed keys.</summary>
public class RandomTests
{
    // kat_vectors of Random123, philox4x32 10: counter, key, result.
    public static TheoryData<uint[], uint[], uint[]> Published() =>
        new()
        {
            { [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
            {
                [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
                [0xffffffff, 0xffffffff],
                [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
            },
            {
                [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
                [0xa4093822, 0x299f31d0],
                [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
            },
        };

    [Theory]
    [MemberData(nameof(Published))]
    public void BlocksAreThePublishedOnes(uint[] counter, uint[] key, uint[] expected)
    {
        var (w0, w1, w2, w3) = Philox.Block(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
        Assert.Equal(expected, new[] { w0, w1, w2, w3 });
        Assert.Equal(expected, Block(counter, key));
    }

    [Fact]
    public void BlocksCarryIntoTheSecondWordOfTheCounter()
    {
        const ulong First = 0xffff_fff5;
        const ulong Key = 0x299f31d0_a4093822;
        var words = new uint[4 * 27];
        unsafe
        {
            fixed (uint* to = words)
                Philox.Fill(to, Key, First, 27);
        }
        for (var i = 0; i < 27; i++)
            Assert.Equal(BlockOf(Key, First + (ulong)i), words[(4 * i)..(4 * i + 4)]);
    }

    [Fact]
    public void EveryElementDependsOnItsKeyAndIndexAlone()
    {
        ulong[] keys = [0, 1, 0x299f31d0_a4093822, ulong.MaxValue];
        var key = Backend.FromHost(System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(keys), DType.Int64, [2, 2]);
        foreach (var dims in new int[][] { [], [0], [1], [2], [3], [5], [7, 9], [1000], [3, 30011] })
        {
            var count = dims.Aggregate(1, (product, n) => product * n);
            foreach (var (op, dtype) in Supported)
            {
                var x = Backend.Random(op, key, dtype, dims);
                Assert.Equal((int[])[2, 2, .. dims], x.Shape.ToArray());
                var actual = Read(x);
                for (var k = 0; k < keys.Length; k++)
                {
                    var step = Math.Max(1, count / 300);
                    for (var i = 0; i < count; i += i < 40 || i > count - 40 ? 1 : step)
                        AssertElement(op, dtype, keys[k], i, actual[k * count + i]);
                }
            }
        }
    }

    [Fact]
    public void APrefixAndABatchOfKeysGiveTheSameValues()
    {
        foreach (var (op, dtype) in Supported)
        {
            var many = Read(Backend.Random(op, Key(7, 8, 9), dtype, [70001]));
            Assert.Equal(many[70001..140002], Read(Backend.Random(op, Key(8), dtype, [70001])));
            Assert.Equal(many[140002..140019], Read(Backend.Random(op, Key(9), dtype, [17])));
        }
    }

    [Fact]
    public void KeysMayBeAView()
    {
        var keys = Key(3, 4, 5, 6);
        var reversed = Backend.View(ViewOp.Slice, keys, [4], [3], [-1]);
        var x = Read(Backend.Random(RandomOp.Uniform, reversed, DType.Float32, [5]));
        Assert.Equal(x[..5], Read(Backend.Random(RandomOp.Uniform, Key(6), DType.Float32, [5])));
    }

    [Theory]
    [InlineData(RandomOp.Bits, DType.Float32)]
    [InlineData(RandomOp.Bits, DType.UInt8)]
    [InlineData(RandomOp.Uniform, DType.Int32)]
    [InlineData(RandomOp.Normal, DType.Bool)]
    public void OtherTypesAreReported(RandomOp op, DType dtype) =>
        AssertError("DF0201", ["Random", op.ToString()], () => Backend.Random(op, Key(1), dtype, [4]));

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float64)]
    public void UniformFillsTheUnitInterval(DType dtype)
    {
        const int Count = 200_000;
        var x = Read(Backend.Random(RandomOp.Uniform, Key(42), dtype, [Count]));
        Assert.All(x, v => Assert.InRange(v, 0, BitConverter.Int64BitsToDouble(0x3fefffffffffffff)));
        Assert.Equal(0.5, x.Average(), 0.005);
        Assert.Equal(1.0 / 12, Central(x, 2), 0.002);
        AssertKolmogorov(x, v => v);
        Assert.InRange(Correlation(x), -0.01, 0.01);
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float64)]
    public void NormalIsStandard(DType dtype)
    {
        const int Count = 200_000;
        var x = Read(Backend.Random(RandomOp.Normal, Key(43), dtype, [Count]));
        Assert.All(x, v => Assert.True(double.IsFinite(v)));
        Assert.Equal(0, x.Average(), 0.012);
        Assert.Equal(1, Central(x, 2), 0.02);
        Assert.Equal(0, Central(x, 3), 0.04);
        Assert.Equal(3, Central(x, 4), 0.12);
        AssertKolmogorov(x, Phi);
        Assert.InRange(Correlation(x), -0.012, 0.012);
    }

    [Fact]
    public void BitsAreBalancedAndKeysDoNotAgree()
    {
        var x = ReadAs<uint>(Backend.Random(RandomOp.Bits, Key(44), DType.Int32, [100_000]));
        var y = ReadAs<uint>(Backend.Random(RandomOp.Bits, Key(45), DType.Int32, [100_000]));
        for (var bit = 0; bit < 32; bit++)
        {
            Assert.InRange(x.Count(v => (v >> bit & 1) != 0), 49_000, 51_000);
            Assert.InRange(x.Zip(y).Count(pair => ((pair.First ^ pair.Second) >> bit & 1) != 0), 49_000, 51_000);
        }
    }

    private static readonly (RandomOp Op, DType DType)[] Supported =
    [
        (RandomOp.Bits, DType.Int32),
        (RandomOp.Bits, DType.Int64),
        (RandomOp.Uniform, DType.Float32),
        (RandomOp.Uniform, DType.Float64),
        (RandomOp.Normal, DType.Float32),
        (RandomOp.Normal, DType.Float64),
    ];

    private static Storage Key(params long[] keys) =>
        Backend.FromHost(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(keys), DType.Int64, [keys.Length]);

    // The paper's round in its own words: a substitution with two multiplications, then a permutation of the words.
    private static uint[] Block(uint[] counter, uint[] key)
    {
        var (x, k) = ((uint[])counter.Clone(), (uint[])key.Clone());
        for (var round = 0; round < 10; round++)
        {
            var left = (UInt128)0xD2511F53u * x[0];
            var right = (UInt128)0xCD9E8D57u * x[2];
            x = [(uint)(right >> 32) ^ x[1] ^ k[0], (uint)right, (uint)(left >> 32) ^ x[3] ^ k[1], (uint)left];
            k = [unchecked(k[0] + 0x9E3779B9u), unchecked(k[1] + 0xBB67AE85u)];
        }
        return x;
    }

    private static uint[] BlockOf(ulong key, ulong block) =>
        Block([(uint)block, (uint)(block >> 32), 0, 0], [(uint)key, (uint)(key >> 32)]);

    private static void AssertElement(RandomOp op, DType dtype, ulong key, int i, double actual)
    {
        var narrow = dtype is DType.Int32 or DType.Float32;
        var words = BlockOf(key, (ulong)(narrow ? i / 4 : i / 2));
        ulong Wide(int j) => words[2 * j] | ((ulong)words[2 * j + 1] << 32);
        switch (op)
        {
            case RandomOp.Bits:
                Assert.Equal(narrow ? (int)words[i % 4] : (double)(long)Wide(i % 2), actual);
                break;
            case RandomOp.Uniform:
                Assert.Equal(narrow ? (words[i % 4] >> 8) / 16777216.0 : (Wide(i % 2) >> 11) / 9007199254740992.0, actual);
                break;
            default:
                var pair = i % 4 / 2 * 2;
                var u1 = narrow ? ((words[pair] >> 8) + 1) / 16777216.0 : ((Wide(0) >> 11) + 1) / 9007199254740992.0;
                var u2 = narrow ? (words[pair + 1] >> 8) / 16777216.0 : (Wide(1) >> 11) / 9007199254740992.0;
                var radius = Math.Sqrt(-2 * Math.Log(u1));
                var expected = radius * (i % 2 == 0 ? Math.Cos(2 * Math.PI * u2) : Math.Sin(2 * Math.PI * u2));
                // The angle 2πu is itself rounded here, hence an absolute part.
                var tolerance = narrow ? 6e-8 * Math.Abs(expected) + 1e-14 : 4e-15 * radius + 1e-15;
                Assert.InRange(actual, expected - tolerance, expected + tolerance);
                break;
        }
    }

    private static double Central(double[] x, int power)
    {
        var mean = x.Average();
        return x.Average(v => Math.Pow(v - mean, power));
    }

    private static double Correlation(double[] x)
    {
        var mean = x.Average();
        return x.Zip(x.Skip(1), (a, b) => (a - mean) * (b - mean)).Average() / Central(x, 2);
    }

    // Kolmogorov and Smirnov's statistic; 1.95 / √n is passed by all but one sample in a thousand, and the key is fixed.
    private static void AssertKolmogorov(double[] x, Func<double, double> distribution)
    {
        var sorted = x.Order().ToArray();
        var largest = sorted
            .Select((v, i) => Math.Max(distribution(v) - (double)i / x.Length, (i + 1.0) / x.Length - distribution(v)))
            .Max();
        Assert.InRange(largest, 0, 1.95 / Math.Sqrt(x.Length));
    }

    // The normal distribution function by Simpson's rule from the centre; far enough out it is 0 or 1.
    private static double Phi(double x)
    {
        var end = Math.Min(8, Math.Abs(x));
        var step = end / 64;
        double Density(double t) => Math.Exp(-t * t / 2) / Math.Sqrt(2 * Math.PI);
        var area = 0.0;
        for (var i = 0; i < 64; i += 2)
            area += step / 3 * (Density(i * step) + 4 * Density((i + 1) * step) + Density((i + 2) * step));
        return x < 0 ? 0.5 - area : 0.5 + area;
    }
}
