using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Views, padding and joining against multi-index arithmetic.</summary>
public class MovementTests
{
    private static readonly int[] Sizes = [0, 1, 1, 2, 3, 3, 4, 5];

    [Fact]
    public void ChainsOfViewsAgreeWithCopies()
    {
        var random = new System.Random(2);
        foreach (var dtype in HostTensors.DTypes)
            for (var trial = 0; trial < 150; trial++)
            {
                var dense = Whole(random, dtype, RandomDims(random));
                Storage x = Store(dense, dtype);
                for (var step = 0; step < 4 && dense.Values.Length < 3000; step++)
                {
                    (dense, x) = RandomView(random, dense, x);
                    AssertSame(dense, x);
                }
            }
    }

    [Fact]
    public void ViewsShareMemory()
    {
        var x = Store(Whole(new System.Random(3), DType.Float32, 40, 50), DType.Float32);
        Assert.NotNull(x.Block);
        Assert.Same(x.Block, Backend.View(ViewOp.Permute, x, [50, 40], [1, 0], []).Block);
        Assert.Same(x.Block, Backend.View(ViewOp.Reshape, x, [8, 5, 50], [], []).Block);
        Assert.Same(x.Block, Backend.View(ViewOp.Slice, x, [20, 25], [39, 1], [-2, 2]).Block);
        // Splitting and joining axes of a transposed view where its strides allow it.
        var permuted = Backend.View(ViewOp.Permute, x, [50, 40], [1, 0], []);
        Assert.Same(x.Block, Backend.View(ViewOp.Reshape, permuted, [5, 10, 1, 8, 5], [], []).Block);
        Assert.NotSame(x.Block, Backend.View(ViewOp.Reshape, permuted, [2000], [], []).Block);
    }

    [Theory]
    [InlineData(new[] { 37, 131 }, new[] { 1, 0 })]
    [InlineData(new[] { 256, 320 }, new[] { 1, 0 })]
    [InlineData(new[] { 5, 700, 33 }, new[] { 0, 2, 1 })]
    [InlineData(new[] { 2, 3, 61, 67 }, new[] { 0, 2, 3, 1 })]
    [InlineData(new[] { 2, 61, 67, 3 }, new[] { 0, 3, 1, 2 })]
    [InlineData(new[] { 3, 64, 16, 24 }, new[] { 0, 2, 3, 1 })]
    [InlineData(new[] { 9, 8, 7, 6, 5 }, new[] { 4, 2, 0, 3, 1 })]
    [InlineData(new[] { 40, 50, 60 }, new[] { 1, 0, 2 })]
    [InlineData(new[] { 33, 34, 35 }, new[] { 2, 1, 0 })]
    public void LargePermutationsAgree(int[] dims, int[] order)
    {
        var random = new System.Random(4);
        foreach (var dtype in HostTensors.DTypes)
        {
            var dense = Whole(random, dtype, dims);
            var (expected, x) = Permute(dense, Store(dense, dtype), order);
            AssertSame(expected, x);
        }
    }

    [Fact]
    public void LargeSlicesAndBroadcastsAgree()
    {
        var random = new System.Random(5);
        foreach (var dtype in HostTensors.DTypes)
        {
            var dense = Whole(random, dtype, 150, 301);
            var x = Store(dense, dtype);
            foreach (
                var (dims, starts, steps) in new (int[], int[], int[])[]
                {
                    ([150, 301], [149, 300], [-1, -1]),
                    ([150, 151], [0, 0], [1, 2]),
                    ([50, 301], [149, 0], [-3, 1]),
                    ([150, 7], [0, 4], [1, 1]),
                    ([2, 290], [3, 5], [140, 1]),
                }
            )
            {
                var expected = Dense.Build(dims, i => dense[starts[0] + i[0] * steps[0], starts[1] + i[1] * steps[1]]);
                AssertSame(expected, Backend.View(ViewOp.Slice, x, dims, starts, steps));
            }
            var column = Backend.View(ViewOp.Slice, x, [150, 1], [0, 17], [1, 1]);
            AssertSame(Dense.Build([3, 150, 200], i => dense[i[1], 17]), Backend.View(ViewOp.Broadcast, column, [3, 150, 200], [1, 2], []));
        }
    }

    [Fact]
    public void PadAgrees()
    {
        var random = new System.Random(6);
        foreach (var dtype in HostTensors.DTypes)
            for (var trial = 0; trial < 150; trial++)
            {
                var dense = Whole(random, dtype, RandomDims(random));
                Storage x = Store(dense, dtype);
                if (trial % 2 == 1)
                    (dense, x) = RandomView(random, dense, x);
                AssertPad(random, dense, x);
            }
        var large = Whole(random, DType.Float32, 2, 3, 120, 110);
        AssertPad(random, large, Store(large, DType.Float32));
    }

    private static void AssertPad(System.Random random, Dense dense, Storage x)
    {
        var rank = dense.Dims.Length;
        var interior = dense.Dims.Select(_ => random.Next(3)).ToArray();
        var body = dense.Dims.Select((n, i) => n == 0 ? 0 : (n - 1) * (interior[i] + 1) + 1).ToArray();
        var low = body.Select(n => random.Next(-n - 1, 4)).ToArray();
        var high = body.Select((n, i) => Math.Max(random.Next(-n, 4), -n - low[i])).ToArray();
        var dims = body.Select((n, i) => n + low[i] + high[i]).ToArray();
        var value = x.DType == DType.Bool ? 1.0 : 7;
        var expected = Dense.Build(
            dims,
            index =>
            {
                var at = new int[rank];
                for (var i = 0; i < rank; i++)
                {
                    var place = index[i] - low[i];
                    if (place < 0 || place >= body[i] || place % (interior[i] + 1) != 0)
                        return value;
                    at[i] = place / (interior[i] + 1);
                }
                return dense[at];
            }
        );
        AssertSame(expected, Backend.Pad(x, dims, low, high, interior, value));
    }

    [Fact]
    public void ConcatAgrees()
    {
        var random = new System.Random(7);
        foreach (var dtype in HostTensors.DTypes)
            for (var trial = 0; trial < 100; trial++)
            {
                int[] dims = [.. RandomDims(random), Sizes[random.Next(Sizes.Length)]];
                var axis = random.Next(dims.Length);
                AssertConcat(random, dtype, dims, axis, random.Next(1, 5));
            }
        AssertConcat(random, DType.Float32, [300, 70, 3], 1, 3);
        AssertConcat(random, DType.UInt8, [3, 300, 170], 0, 2);
        AssertConcat(random, DType.Float64, [3, 100, 170], 2, 2);
    }

    private static void AssertConcat(System.Random random, DType dtype, int[] dims, int axis, int count)
    {
        var parts = new List<(Dense Dense, Storage Storage)>();
        for (var i = 0; i < count; i++)
        {
            var part = (int[])dims.Clone();
            part[axis] = random.Next(4);
            // Every second part is a view that runs backwards.
            var dense = Whole(random, dtype, part);
            var reversed = Dense.Build(part, index => dense[[.. index.Select((at, j) => part[j] - 1 - at)]]);
            Storage x = Store(dense, dtype);
            if (i % 2 == 1)
                x = Backend.View(ViewOp.Slice, x, part, [.. part.Select(n => n - 1)], [.. part.Select(_ => -1)]);
            parts.Add((i % 2 == 1 ? reversed : dense, x));
        }
        var joined = (int[])dims.Clone();
        joined[axis] = parts.Sum(part => part.Dense.Dims[axis]);
        var expected = Dense.Build(
            joined,
            index =>
            {
                var at = (int[])index.Clone();
                foreach (var (dense, _) in parts)
                {
                    if (at[axis] < dense.Dims[axis])
                        return dense[at];
                    at[axis] -= dense.Dims[axis];
                }
                throw new InvalidOperationException();
            }
        );
        AssertSame(expected, Backend.Concat([.. parts.Select(part => part.Storage)], axis));
    }

    [Fact]
    public void CopyLeavesTheTargetsGapsAlone()
    {
        // Columns 1 and 3 of a [4, 5] target, from a transposed source.
        var target = Enumerable.Repeat(-1, 20).ToArray();
        var source = Enumerable.Range(0, 8).ToArray();
        unsafe
        {
            fixed (
                int* from = source,
                    to = target
            )
                StridedCopy.Copy((byte*)from, [1, 4], (byte*)(to + 1), [5, 2], [4, 2], sizeof(int));
        }
        Assert.Equal([-1, 0, -1, 4, -1, -1, 1, -1, 5, -1, -1, 2, -1, 6, -1, -1, 3, -1, 7, -1], target);
    }

    private static int[] RandomDims(System.Random random)
    {
        var dims = new int[random.Next(5)];
        for (var i = 0; i < dims.Length; i++)
            dims[i] = Sizes[random.Next(Sizes.Length)];
        return dims;
    }

    private static (Dense, Storage) RandomView(System.Random random, Dense dense, Storage x)
    {
        var rank = dense.Dims.Length;
        switch (random.Next(4))
        {
            case 0:
                var order = Enumerable.Range(0, rank).ToArray();
                random.Shuffle(order);
                return Permute(dense, x, order);
            case 1:
                var dims = RandomFactors(random, dense.Dims);
                return (new Dense(dims, dense.Values), Backend.View(ViewOp.Reshape, x, dims, [], []));
            case 2:
                return Broadcast(random, dense, x);
            default:
                var sizes = dense.Dims.Select(n => random.Next(n + 1)).ToArray();
                var steps = new int[rank];
                var starts = new int[rank];
                for (var i = 0; i < rank; i++)
                {
                    var most = sizes[i] <= 1 ? 3 : (dense.Dims[i] - 1) / (sizes[i] - 1);
                    steps[i] = random.Next(1, Math.Max(2, most + 1)) * (random.Next(2) == 0 ? 1 : -1);
                    var reach = Math.Max(0, sizes[i] - 1) * Math.Abs(steps[i]);
                    var first = random.Next(Math.Max(1, dense.Dims[i] - reach));
                    starts[i] = steps[i] > 0 ? first : first + reach;
                }
                var sliced = Dense.Build(sizes, index => dense[[.. index.Select((at, i) => starts[i] + at * steps[i])]]);
                return (sliced, Backend.View(ViewOp.Slice, x, sizes, starts, steps));
        }
    }

    private static (Dense, Storage) Permute(Dense dense, Storage x, int[] order)
    {
        var dims = order.Select(axis => dense.Dims[axis]).ToArray();
        var expected = Dense.Build(
            dims,
            index =>
            {
                var at = new int[order.Length];
                for (var i = 0; i < order.Length; i++)
                    at[order[i]] = index[i];
                return dense[at];
            }
        );
        return (expected, Backend.View(ViewOp.Permute, x, dims, order, []));
    }

    private static (Dense, Storage) Broadcast(System.Random random, Dense dense, Storage x)
    {
        var dims = new List<int>();
        var axes = new List<int>();
        foreach (var size in dense.Dims)
        {
            if (random.Next(3) == 0)
                dims.Add(random.Next(4));
            axes.Add(dims.Count);
            dims.Add(size == 1 ? random.Next(4) : size);
        }
        if (random.Next(3) == 0)
            dims.Add(random.Next(4));
        var expected = Dense.Build([.. dims], index => dense[[.. axes.Select((axis, i) => dense.Dims[i] == 1 ? 0 : index[axis])]]);
        return (expected, Backend.View(ViewOp.Broadcast, x, expected.Dims, [.. axes], []));
    }

    // The prime factors of the size, dealt to new axes in random order, with ones in between.
    private static int[] RandomFactors(System.Random random, int[] dims)
    {
        var size = dims.Aggregate(1, (product, n) => product * n);
        if (size == 0)
            return [2, 0, 3];
        var factors = new List<int>();
        for (var prime = 2; size > 1; prime++)
        for (; size % prime == 0; size /= prime)
            factors.Add(prime);
        var shuffled = factors.ToArray();
        if (random.Next(2) == 0)
            random.Shuffle(shuffled);
        var result = new List<int>();
        foreach (var factor in shuffled)
        {
            if (result.Count > 0 && random.Next(2) == 0)
                result[^1] *= factor;
            else
                result.Add(factor);
            if (random.Next(5) == 0)
                result.Add(1);
        }
        return [.. result];
    }
}
