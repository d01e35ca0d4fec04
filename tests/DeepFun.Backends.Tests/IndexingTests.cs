using System;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Gather and Scatter against multi-index arithmetic.</summary>
public class IndexingTests
{
    private static readonly int[] Sizes = [0, 1, 2, 3, 5];

    public static TheoryData<DType, DType> Types()
    {
        var data = new TheoryData<DType, DType>();
        foreach (var dtype in HostTensors.DTypes)
        {
            data.Add(dtype, DType.Int32);
            data.Add(dtype, DType.Int64);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void GatherAgrees(DType dtype, DType indexType)
    {
        var random = new System.Random(11);
        for (var trial = 0; trial < 120; trial++)
            AssertGather(random, dtype, indexType, Dims(random, 2), Dims(random, 2), Dims(random, 2), random.Next(1, 6), trial % 3 == 0);
        AssertGather(random, dtype, indexType, [3], [], [70], 40, false);
        AssertGather(random, dtype, indexType, [37], [301], [], 97, false);
        AssertGather(random, dtype, indexType, [2], [501], [33], 20, true);
        AssertGather(random, dtype, indexType, [], [2001], [4], 9, false);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ScatterAgrees(DType dtype, DType indexType)
    {
        var random = new System.Random(12);
        foreach (var op in Enum.GetValues<ScatterOp>())
        {
            for (var trial = 0; trial < 60; trial++)
                AssertScatter(
                    random,
                    op,
                    dtype,
                    indexType,
                    Dims(random, 2),
                    Dims(random, 2),
                    Dims(random, 2),
                    random.Next(1, 6),
                    trial % 4
                );
            AssertScatter(random, op, dtype, indexType, [37], [301], [], 97, 2);
            AssertScatter(random, op, dtype, indexType, [2], [51], [133], 20, 1);
            AssertScatter(random, op, dtype, indexType, [], [301], [260], 9, 0);
            AssertScatter(random, op, dtype, indexType, [], [20001], [], 9000, 2);
        }
    }

    [Fact]
    public void SetKeepsTheLastOfDuplicates()
    {
        var x = Store(new Dense([3], [0, 0, 0]), DType.Float32);
        var y = Backend.Scatter(
            ScatterOp.Set,
            x,
            Store(new Dense([4], [1, 2, 1, 1]), DType.Int32),
            Store(new Dense([4], [5, 6, 7, 8]), DType.Float32),
            0
        );
        Assert.Equal([0.0, 8, 6], Read(y));
        Assert.Equal([0.0, 0, 0], Read(x));
    }

    [Fact]
    public void MaximumAndMinimumKeepNaN()
    {
        foreach (var op in new[] { ScatterOp.Max, ScatterOp.Min })
        foreach (var width in new[] { 1, 19 })
        {
            var x = Backend.Generate(GenerateOp.Fill, DType.Float32, [2, width], 1, 0);
            var nan = Backend.Generate(GenerateOp.Fill, DType.Float32, [1, width], double.NaN, 0);
            var index = Store(new Dense([1], [1]), DType.Int32);
            var poisoned = Backend.Scatter(op, x, index, nan, 0);
            var again = Backend.Scatter(op, poisoned, index, Backend.Generate(GenerateOp.Fill, DType.Float32, [1, width], 3, 0), 0);
            Assert.All(Read(again).Skip(width), v => Assert.True(double.IsNaN(v)));
            Assert.All(Read(again).Take(width), v => Assert.Equal(1, v));
        }
    }

    [Fact]
    public void AddsInTheOrderOfTheIndices()
    {
        // Float32 addition is not associative: one fixed order gives one result, however the work is shared out.
        var random = new System.Random(13);
        foreach (var (batch, size, count, row) in new[] { (1, 5, 3000, 96), (64, 300, 200, 1), (1, 7, 40000, 1), (3, 4, 500, 200) })
        {
            var index = Enumerable.Range(0, batch * count).Select(_ => (double)random.Next(size)).ToArray();
            var update = Enumerable.Range(0, batch * count * row).Select(_ => (double)(random.NextSingle() - 0.5f)).ToArray();
            var expected = new float[batch * size * row];
            for (var b = 0; b < batch; b++)
            for (var i = 0; i < count; i++)
            for (var p = 0; p < row; p++)
                expected[(b * size + (int)index[b * count + i]) * row + p] += (float)update[(b * count + i) * row + p];
            var zero = Backend.Generate(GenerateOp.Fill, DType.Float32, [batch, size, row], 0, 0);
            var y = Backend.Scatter(
                ScatterOp.Add,
                zero,
                Store(new Dense([batch, count], index), DType.Int32),
                Store(new Dense([batch, count, row], update), DType.Float32),
                1
            );
            Assert.Equal(expected, ReadAs<float>(y));
        }
    }

    [Theory]
    [InlineData(DType.Int32, -1L)]
    [InlineData(DType.Int32, 10L)]
    [InlineData(DType.Int32, (long)int.MinValue)]
    [InlineData(DType.Int64, -1L)]
    [InlineData(DType.Int64, 10L)]
    [InlineData(DType.Int64, 1L << 32)]
    public void IndexOutsideIsReported(DType indexType, long bad)
    {
        var x = Store(Whole(new System.Random(14), DType.Float32, 10, 3), DType.Float32);
        foreach (var position in new[] { 0, 5, 16, 31, 36 })
        {
            var values = new double[37];
            values[position] = bad;
            var index = Store(new Dense([37], values), indexType);
            var updates = Backend.Generate(GenerateOp.Fill, DType.Float32, [37, 3], 0, 0);
            AssertError("DF0103", ["Gather", $"{bad}", "10"], () => Backend.Gather(x, index, 0));
            foreach (var op in Enum.GetValues<ScatterOp>())
                AssertError("DF0103", ["Scatter", $"{bad}", "10"], () => Backend.Scatter(op, x, index, updates, 0));
        }
    }

    [Fact]
    public void AnEmptyAxisHasNoIndex()
    {
        var x = Store(new Dense([0], []), DType.Int32);
        AssertError("DF0103", ["Gather"], () => Backend.Gather(x, Store(new Dense([1], [0]), DType.Int64), 0));
        Assert.Equal(0, Backend.Gather(x, Store(new Dense([0], []), DType.Int64), 0).Shape.Size);
    }

    private static int[] Dims(System.Random random, int most)
    {
        var dims = new int[random.Next(most + 1)];
        for (var i = 0; i < dims.Length; i++)
            dims[i] = Sizes[random.Next(Sizes.Length)];
        return dims;
    }

    private static Dense Indices(System.Random random, int[] dims, int size) => Dense.Build(dims, _ => random.Next(size));

    // The transposed view of a transposed copy: the same values under other strides.
    private static Storage Scrambled(Dense x, DType dtype)
    {
        var rank = x.Dims.Length;
        int[] back = [.. Enumerable.Range(0, rank).Select(i => rank - 1 - i)];
        var turned = Backend.View(ViewOp.Permute, Store(x, dtype), [.. x.Dims.Reverse()], back, []);
        return Backend.View(ViewOp.Permute, CpuBackend.Contiguous(turned), x.Dims, back, []);
    }

    private static void AssertGather(
        System.Random random,
        DType dtype,
        DType indexType,
        int[] batch,
        int[] places,
        int[] post,
        int size,
        bool scramble
    )
    {
        var x = Whole(random, dtype, [.. batch, size, .. post]);
        var index = Indices(random, [.. batch, .. places], size);
        var (b, i) = (batch.Length, places.Length);
        var expected = Dense.Build([.. batch, .. places, .. post], at => x[[.. at[..b], (int)index[[.. at[..(b + i)]]], .. at[(b + i)..]]]);
        var source = scramble ? Scrambled(x, dtype) : Store(x, dtype);
        var place = scramble ? Scrambled(index, indexType) : Store(index, indexType);
        AssertSame(expected, Backend.Gather(source, place, b));
    }

    private static void AssertScatter(
        System.Random random,
        ScatterOp op,
        DType dtype,
        DType indexType,
        int[] batch,
        int[] places,
        int[] post,
        int size,
        int form
    )
    {
        var x = Whole(random, dtype, [.. batch, size, .. post]);
        if (form == 2)
            Array.Fill(x.Values, 1);
        var index = Indices(random, [.. batch, .. places], size);
        var updates = Whole(random, dtype, [.. batch, .. places, .. post]);
        var (b, i) = (batch.Length, places.Length);
        var expected = x.Copy();
        foreach (var at in Dense.Indices(updates.Dims))
        {
            int[] target = [.. at[..b], (int)index[[.. at[..(b + i)]]], .. at[(b + i)..]];
            var (old, change) = (expected[target], updates[at]);
            expected[target] = op switch
            {
                ScatterOp.Add => old + change,
                ScatterOp.Max => Math.Max(old, change),
                ScatterOp.Min => Math.Min(old, change),
                _ => change,
            };
        }
        Storage source = form switch
        {
            1 => Scrambled(x, dtype),
            2 => Backend.Generate(GenerateOp.Fill, dtype, x.Dims, 1, 0),
            _ => Store(x, dtype),
        };
        var before = Read(source);
        var changes = form == 1 ? Scrambled(updates, dtype) : Store(updates, dtype);
        AssertSame(expected.Held(dtype), Backend.Scatter(op, source, Store(index, indexType), changes, b));
        Assert.Equal(before, Read(source));
    }
}
