using System;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>
/// The three maps of a convolution against their definition, place by place, in small integers, so that every answer is exact;
/// and against each other: they are transposes, ⟨y, C(x, w)⟩ = ⟨I(y, w), x⟩ = ⟨W(x, y), w⟩.
/// </summary>
public sealed class ConvolutionTests
{
    private static readonly CpuBackend Cpu = CpuBackend.Instance;

    private sealed record Geometry(int Batch, int InChannels, int OutChannels, ConvolutionSpec Spec)
    {
        public int[] InputShape => [Batch, InChannels * Spec.Groups, .. Spec.InputSize];
        public int[] WeightShape => [OutChannels * Spec.Groups, InChannels, .. Spec.KernelSize];
        public int[] OutputShape => [Batch, OutChannels * Spec.Groups, .. Spec.OutputSize()];

        public override string ToString() =>
            $"batch {Batch}, channels {InChannels} to {OutChannels}, groups {Spec.Groups}, input [{string.Join(",", Spec.InputSize)}], "
            + $"kernel [{string.Join(",", Spec.KernelSize)}], strides [{string.Join(",", Spec.Strides)}], low [{string.Join(",", Spec.PadLow)}], "
            + $"high [{string.Join(",", Spec.PadHigh)}], dilations [{string.Join(",", Spec.Dilations)}]";
    }

    private static int Count(int[] shape) => shape.Aggregate(1, (x, y) => x * y);

    private static T[] Integers<T>(Random random, int[] shape)
        where T : INumberBase<T> => Enumerable.Range(0, Count(shape)).Select(_ => T.CreateChecked(random.Next(-3, 4))).ToArray();

    private static T[] Convolve<T>(ConvolutionOp op, Geometry g, T[] x, int[] xShape, T[] y, int[] yShape)
        where T : unmanaged
    {
        var dtype = Tensors.TypeOf<T>();
        var result = Cpu.Convolve(
            op,
            Cpu.FromHost(MemoryMarshal.AsBytes(x.AsSpan()), dtype, xShape),
            Cpu.FromHost(MemoryMarshal.AsBytes(y.AsSpan()), dtype, yShape),
            g.Spec
        );
        var expected = op switch
        {
            ConvolutionOp.Forward => g.OutputShape,
            ConvolutionOp.InputGradient => g.InputShape,
            _ => g.WeightShape,
        };
        Assert.Equal(expected, result.Shape.ToArray());
        var values = new T[result.Shape.Size];
        Cpu.ToHost(result, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    // Calls visit(input, weight, output) for every triple of flat indices that the definition multiplies.
    private static void Triples(Geometry g, Action<int, int, int> visit)
    {
        var spec = g.Spec;
        var output = spec.OutputSize();
        var place = new int[spec.Rank];
        var tap = new int[spec.Rank];
        for (var n = 0; n < g.Batch; n++)
        for (var group = 0; group < spec.Groups; group++)
        for (var o = 0; o < g.OutChannels; o++)
        for (var c = 0; c < g.InChannels; c++)
        for (var p = 0; p < Count(output); p++)
        {
            Unravel(p, output, place);
            for (var t = 0; t < Count(spec.KernelSize); t++)
            {
                Unravel(t, spec.KernelSize, tap);
                var at = 0;
                var inside = true;
                for (var axis = 0; axis < spec.Rank; axis++)
                {
                    var i = place[axis] * spec.Strides[axis] + tap[axis] * spec.Dilations[axis] - spec.PadLow[axis];
                    inside &= i >= 0 && i < spec.InputSize[axis];
                    at = at * spec.InputSize[axis] + i;
                }
                if (inside)
                    visit(
                        (n * spec.Groups + group) * g.InChannels * Count(spec.InputSize) + c * Count(spec.InputSize) + at,
                        ((group * g.OutChannels + o) * g.InChannels + c) * Count(spec.KernelSize) + t,
                        ((n * spec.Groups + group) * g.OutChannels + o) * Count(output) + p
                    );
            }
        }
    }

    private static void Unravel(int index, int[] sizes, int[] place)
    {
        for (var axis = sizes.Length - 1; axis >= 0; axis--)
        {
            place[axis] = index % sizes[axis];
            index /= sizes[axis];
        }
    }

    // By the tiles of one width, whatever the number of channels.
    private static unsafe T[] ByTiles<T>(int bits, ConvolutionOp op, Geometry g, T[] input, T[] weight, T[] output)
        where T : unmanaged, INumberBase<T>
    {
        var result = new T[
            (
                op switch
                {
                    ConvolutionOp.Forward => output,
                    ConvolutionOp.InputGradient => input,
                    _ => weight,
                }
            ).Length
        ];
        var shape = new ConvolutionShape(g.Spec, g.Batch, g.InChannels * g.Spec.Groups, g.OutChannels * g.Spec.Groups);
        fixed (
            T* x = op == ConvolutionOp.InputGradient ? result : input,
                w = op == ConvolutionOp.WeightGradient ? result : weight,
                y = op == ConvolutionOp.Forward ? result : output
        )
            ConvolutionRows<T>.Run(op, shape, ConvolutionTileSets.Of<T>(bits), x, w, y);
        return result;
    }

    private static void Check<T>(Geometry g, Random random, int bits = 0)
        where T : unmanaged, INumberBase<T>
    {
        var x = Integers<T>(random, g.InputShape);
        var w = Integers<T>(random, g.WeightShape);
        var dy = Integers<T>(random, g.OutputShape);
        var y = new T[dy.Length];
        var dx = new T[x.Length];
        var dw = new T[w.Length];
        Triples(
            g,
            (i, k, o) =>
            {
                y[o] += x[i] * w[k];
                dx[i] += dy[o] * w[k];
                dw[k] += x[i] * dy[o];
            }
        );
        if (bits > 0)
        {
            if (Count(g.OutputShape) == 0)
                return;
            Same(g, "output", y, ByTiles(bits, ConvolutionOp.Forward, g, x, w, dy));
            Same(g, "input gradient", dx, ByTiles(bits, ConvolutionOp.InputGradient, g, x, w, dy));
            Same(g, "weight gradient", dw, ByTiles(bits, ConvolutionOp.WeightGradient, g, x, w, dy));
            return;
        }
        Same(g, "output", y, Convolve(ConvolutionOp.Forward, g, x, g.InputShape, w, g.WeightShape));
        Same(g, "input gradient", dx, Convolve(ConvolutionOp.InputGradient, g, dy, g.OutputShape, w, g.WeightShape));
        Same(g, "weight gradient", dw, Convolve(ConvolutionOp.WeightGradient, g, x, g.InputShape, dy, g.OutputShape));
    }

    private static void Same<T>(Geometry g, string what, T[] expected, T[] actual)
        where T : INumberBase<T>
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] != actual[i])
                Assert.Fail($"{what}[{i}] is {actual[i]}, not {expected[i]}: {g}");
        }
    }

    private static Geometry RandomGeometry(Random random, int rank, int mostChannels, int mostSize)
    {
        int[] Each(int low, int high) => Enumerable.Range(0, rank).Select(_ => random.Next(low, high + 1)).ToArray();
        var groups = random.Next(4) == 0 ? random.Next(2, 4) : 1;
        var plain = random.Next(3) == 0;
        return new Geometry(
            random.Next(1, 5),
            random.Next(1, mostChannels + 1),
            random.Next(1, mostChannels + 1),
            new ConvolutionSpec(
                Each(1, mostSize),
                Each(1, 4),
                plain ? Each(1, 1) : Each(1, 5),
                plain ? Each(0, 0) : Each(-2, 3),
                plain ? Each(0, 0) : Each(-2, 3),
                plain ? Each(1, 1) : Each(1, 3),
                groups
            )
        );
    }

    [Theory]
    [InlineData(1, 400, 20, 20)]
    [InlineData(2, 400, 20, 9)]
    [InlineData(3, 150, 10, 6)]
    public void RandomGeometries(int rank, int rounds, int mostChannels, int mostSize)
    {
        var random = new Random(rank);
        for (var round = 0; round < rounds; round++)
        {
            var geometry = RandomGeometry(random, rank, mostChannels, mostSize);
            if (round % 4 == 0)
                Check<double>(geometry, random);
            else if (round % 16 == 1)
                Check<int>(geometry, random);
            else if (round % 16 == 3)
                Check<sbyte>(geometry, random);
            else
                Check<float>(geometry, random);
        }
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2, 25)]
    public void GroupsOfOneChannel(int rank, int mostSize)
    {
        var random = new Random(rank);
        for (var round = 0; round < 300; round++)
        {
            var any = RandomGeometry(random, rank, 7, mostSize);
            var spec = any.Spec;
            var groups = random.Next(2, 7);
            var geometry = any with
            {
                InChannels = 1,
                Spec = new(spec.InputSize, spec.KernelSize, spec.Strides, spec.PadLow, spec.PadHigh, spec.Dilations, groups),
            };
            if (round % 3 == 0)
                Check<double>(geometry, random);
            else
                Check<float>(geometry, random);
        }
    }

    /// <summary>Kernels as long as the input, strides beyond the kernel, one output place, and more padding than input.</summary>
    [Fact]
    public void GroupsOfOneChannelAtTheirEdges()
    {
        var random = new Random(51);
        for (var round = 0; round < 150; round++)
        {
            var rank = random.Next(1, 3);
            int[] Each(Func<int, int> one) => [.. Enumerable.Range(0, rank).Select(one)];
            var size = Each(_ => random.Next(1, rank == 1 ? 300 : 40));
            var dilations = Each(_ => random.Next(1, 5));
            var kernel = Each(axis => random.Next(3) == 0 ? (size[axis] - 1) / dilations[axis] + 1 : random.Next(1, 4));
            var low = Each(_ => random.Next(-3, 50));
            var high = Each(_ => random.Next(-3, 50));
            var strides = Each(_ => random.Next(1, 40));
            var spec = new ConvolutionSpec(size, kernel, strides, low, high, dilations, random.Next(2, 5));
            if (round % 3 == 0)
                Check<double>(new(random.Next(1, 4), 1, random.Next(1, 4), spec), random);
            else
                Check<float>(new(random.Next(1, 4), 1, random.Next(1, 4), spec), random);
        }
    }

    [Fact]
    public void AStrideBeyondTheInputTakesNoMemory() =>
        Check<float>(new(2, 1, 2, new([6, 7], [3, 3], [1 << 20, 1 << 27], [1, 1], [0, 0], [1, 2], 3)), new Random(53));

    /// <summary>What no tap reads has no say: NaN beside the last places of a row, and between windows that lie apart.</summary>
    [Fact]
    public void GroupsOfOneChannelDoNotSeeWhatNoTapReads()
    {
        var random = new Random(52);
        for (var round = 0; round < 200; round++)
        {
            var any = RandomGeometry(random, 2, 3, 25);
            var s = any.Spec;
            var g = any with { InChannels = 1, Spec = new(s.InputSize, s.KernelSize, s.Strides, s.PadLow, s.PadHigh, s.Dilations, 2) };
            var x = Integers<float>(random, g.InputShape);
            var w = Integers<float>(random, g.WeightShape);
            var dy = Integers<float>(random, g.OutputShape);
            var (y, dw, read) = (new float[dy.Length], new float[w.Length], new bool[x.Length]);
            Triples(
                g,
                (i, k, o) =>
                {
                    read[i] = true;
                    y[o] += x[i] * w[k];
                    dw[k] += x[i] * dy[o];
                }
            );
            for (var i = 0; i < x.Length; i++)
                x[i] = read[i] ? x[i] : float.NaN;
            Same(g, "output", y, Convolve(ConvolutionOp.Forward, g, x, g.InputShape, w, g.WeightShape));
            Same(g, "weight gradient", dw, Convolve(ConvolutionOp.WeightGradient, g, x, g.InputShape, dy, g.OutputShape));
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void EveryWidthOfTheTiles(int bits)
    {
        var random = new Random(bits);
        for (var round = 0; round < 90; round++)
        {
            var rank = 1 + round % 3;
            var geometry = RandomGeometry(random, rank, rank == 3 ? 8 : 24, 12 - 3 * rank);
            if (round % 4 == 0)
                Check<double>(geometry, random, bits);
            else
                Check<float>(geometry, random, bits);
        }
        // Rows of three, short rows of stacked images, and sums that are cut.
        Check<float>(new Geometry(3, 1, 9, Square(14, 3, 1, 0)), random, bits);
        Check<float>(new Geometry(19, 20, 40, Square(5, 3, 1, 0)), random, bits);
        Check<float>(new Geometry(1, 70, 17, Square(9, 3, 1, 1)), random, bits);
    }

    private static ConvolutionSpec Square(int size, int kernel, int stride, int pad, int groups = 1) =>
        new([size, size], [kernel, kernel], [stride, stride], [pad, pad], [pad, pad], [1, 1], groups);

    [Fact]
    public void TheNetworkOfTheBenchmark()
    {
        var random = new Random(11);
        Check<float>(new Geometry(9, 1, 32, Square(28, 3, 1, 0)), random);
        Check<float>(new Geometry(3, 32, 64, Square(13, 3, 1, 0)), random);
        Check<float>(new Geometry(37, 64, 64, Square(5, 3, 1, 0)), random);
        Check<float>(new Geometry(2, 16, 33, Square(14, 3, 1, 1)), random);
        Check<float>(new Geometry(5, 24, 48, Square(7, 1, 1, 0)), random);
        Check<float>(new Geometry(2, 1, 1, Square(12, 3, 1, 1, groups: 16)), random);
    }

    [Theory]
    [InlineData(0, 3, 2, 5)]
    [InlineData(2, 0, 2, 5)]
    [InlineData(2, 9, 0, 5)]
    [InlineData(2, 9, 2, 1)] // no window fits
    public void EmptyOperands(int batch, int inChannels, int outChannels, int size) =>
        Check<float>(new Geometry(batch, inChannels, outChannels, Square(size, 2, 1, 0)), new Random(1));

    [Fact]
    public void TheMapsAreTransposesOfEachOther()
    {
        var random = new Random(21);
        for (var round = 0; round < 30; round++)
        {
            var g = RandomGeometry(random, 2, 40, 20);
            var x = Integers<double>(random, g.InputShape);
            var w = Integers<double>(random, g.WeightShape);
            var y = Integers<double>(random, g.OutputShape);
            double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
            var forward = Dot(y, Convolve(ConvolutionOp.Forward, g, x, g.InputShape, w, g.WeightShape));
            Assert.Equal(forward, Dot(x, Convolve(ConvolutionOp.InputGradient, g, y, g.OutputShape, w, g.WeightShape)));
            Assert.Equal(forward, Dot(w, Convolve(ConvolutionOp.WeightGradient, g, x, g.InputShape, y, g.OutputShape)));
        }
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotChangeABit()
    {
        var random = new Random(31);
        var g = new Geometry(24, 16, 24, Square(11, 3, 1, 1));
        float[] Reals(int[] shape) => Enumerable.Range(0, Count(shape)).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var (x, w, y) = (Reals(g.InputShape), Reals(g.WeightShape), Reals(g.OutputShape));
        float[] All() =>
            [
                .. Convolve(ConvolutionOp.Forward, g, x, g.InputShape, w, g.WeightShape),
                .. Convolve(ConvolutionOp.InputGradient, g, y, g.OutputShape, w, g.WeightShape),
                .. Convolve(ConvolutionOp.WeightGradient, g, x, g.InputShape, y, g.OutputShape),
            ];
        var before = WorkerPool.Threads;
        WorkerPool.Threads = 1;
        var one = All();
        WorkerPool.Threads = 3;
        Assert.True(one.AsSpan().SequenceEqual(All()));
        WorkerPool.Threads = before;
    }

    [Fact]
    public void EveryDTypeButBoolConvolves()
    {
        var g = new Geometry(2, 2, 3, Square(5, 3, 1, 1));
        Check<short>(g, new Random(41));
        Check<long>(g, new Random(42));
        // Sums of at most 18 products up to 9: exact in 8 significant bits as in 11.
        Check<Half>(g, new Random(43));
        var x = Cpu.FromHost(new byte[1], DType.Bool, [1, 1, 1, 1]);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Cpu.Convolve(ConvolutionOp.Forward, x, x, Square(1, 1, 1, 0))).Code);
    }
}
