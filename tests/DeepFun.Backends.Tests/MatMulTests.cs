using System;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>The backend's matrix product: dtypes, batches, and operands seen through any strides.</summary>
public sealed class MatMulTests
{
    private static readonly CpuBackend Cpu = CpuBackend.Instance;

    private static CpuStorage Tensor<T>(DType dtype, T[] values, params int[] shape)
        where T : unmanaged => (CpuStorage)Cpu.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), dtype, shape);

    private static T[] Values<T>(Storage storage)
        where T : unmanaged
    {
        var values = new T[storage.Shape.Size];
        Cpu.ToHost(storage, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static T[] Integers<T>(Random random, int count)
        where T : INumberBase<T>
    {
        var values = new T[count];
        for (var i = 0; i < count; i++)
            values[i] = T.CreateChecked(random.Next(-5, 6));
        return values;
    }

    // result[b, i, j] with the elements of x and y found through their strides, by the definition.
    private static void Check<T>(DType dtype, T[] x, nint xOffset, int[] xStrides, T[] y, nint yOffset, int[] yStrides, int[] dims, int k)
        where T : unmanaged, INumberBase<T>
    {
        var rank = dims.Length;
        int[] xShape = [.. dims[..^1], k];
        int[] yShape = [.. dims[..^2], k, dims[^1]];
        var left = Tensor(dtype, x, x.Length).View(xShape, xStrides, xOffset);
        var right = Tensor(dtype, y, y.Length).View(yShape, yStrides, yOffset);
        var result = Cpu.MatMul(left, right);
        Assert.Equal(dtype, result.DType);
        Assert.Equal(dims, result.Shape.ToArray());
        var actual = Values<T>(result);
        var place = new int[rank];
        foreach (var value in actual)
        {
            nint xAt = xOffset + (nint)place[^2] * xStrides[^2];
            nint yAt = yOffset + (nint)place[^1] * yStrides[^1];
            for (var axis = 0; axis < rank - 2; axis++)
            {
                xAt += place[axis] * xStrides[axis];
                yAt += place[axis] * yStrides[axis];
            }
            var expected = T.Zero;
            for (var p = 0; p < k; p++)
                expected += x[xAt + p * xStrides[^1]] * y[yAt + p * yStrides[^2]];
            Assert.Equal(expected, value);
            for (var axis = rank - 1; axis >= 0 && ++place[axis] == dims[axis]; axis--)
                place[axis] = 0;
        }
    }

    private static void EveryDType(Action<DType, Func<Random, int, Array>> check)
    {
        check(DType.Float32, (random, count) => Integers<float>(random, count));
        check(DType.Float64, (random, count) => Integers<double>(random, count));
        check(DType.Float16, (random, count) => Integers<Half>(random, count));
        check(DType.Int8, (random, count) => Integers<sbyte>(random, count));
        check(DType.Int16, (random, count) => Integers<short>(random, count));
        check(DType.UInt8, (random, count) => Integers<sbyte>(random, count).Select(v => unchecked((byte)v)).ToArray());
        check(DType.Int32, (random, count) => Integers<int>(random, count));
        check(DType.Int64, (random, count) => Integers<long>(random, count));
    }

    private static void CheckAny(DType dtype, Array x, nint xOffset, int[] xs, Array y, nint yOffset, int[] ys, int[] dims, int k)
    {
        if (dtype == DType.Float32)
            Check(dtype, (float[])x, xOffset, xs, (float[])y, yOffset, ys, dims, k);
        else if (dtype == DType.Float64)
            Check(dtype, (double[])x, xOffset, xs, (double[])y, yOffset, ys, dims, k);
        else if (dtype == DType.Float16)
            Check(dtype, (Half[])x, xOffset, xs, (Half[])y, yOffset, ys, dims, k);
        else if (dtype == DType.Int8)
            Check(dtype, (sbyte[])x, xOffset, xs, (sbyte[])y, yOffset, ys, dims, k);
        else if (dtype == DType.Int16)
            Check(dtype, (short[])x, xOffset, xs, (short[])y, yOffset, ys, dims, k);
        else if (dtype == DType.UInt8)
            Check(dtype, (byte[])x, xOffset, xs, (byte[])y, yOffset, ys, dims, k);
        else if (dtype == DType.Int32)
            Check(dtype, (int[])x, xOffset, xs, (int[])y, yOffset, ys, dims, k);
        else
            Check(dtype, (long[])x, xOffset, xs, (long[])y, yOffset, ys, dims, k);
    }

    /// <summary>Batches that share a matrix are one product: left ones, right ones, neither, and orders that are not to be walked as one.</summary>
    [Theory]
    // The right one is shared: rows of all left ones along memory, then with gaps, then turned round.
    [InlineData(new[] { 4, 3, 5, 6 }, new[] { 105, 35, 7, 1 }, new[] { 0, 0, 6, 1 })]
    [InlineData(new[] { 4, 3, 5, 6 }, new[] { 120, 40, 8, 1 }, new[] { 0, 0, 1, 7 })]
    [InlineData(new[] { 4, 3, 5, 6 }, new[] { 35, 140, 7, 1 }, new[] { 0, 0, 6, 1 })]
    // The left one is shared, the right ones have one column.
    [InlineData(new[] { 4, 3, 5, 1 }, new[] { 0, 0, 7, 1 }, new[] { 21, 7, 1, 1 })]
    [InlineData(new[] { 4, 3, 5, 1 }, new[] { 0, 0, 1, 5 }, new[] { 3, 1, 12, 1 })]
    [InlineData(new[] { 4, 3, 5, 1 }, new[] { 0, 0, 7, 1 }, new[] { 7, 28, 1, 1 })]
    // Some axes of the batch are shared, or have size one.
    [InlineData(new[] { 4, 3, 5, 6 }, new[] { 105, 35, 7, 1 }, new[] { 0, 42, 6, 1 })]
    [InlineData(new[] { 4, 1, 1, 6 }, new[] { 7, 0, 0, 1 }, new[] { 0, 99, 6, 1 })]
    [InlineData(new[] { 1, 4, 1, 1 }, new[] { 5, 0, 0, 1 }, new[] { 5, 0, 1, 1 })]
    public void BatchesThatShareAMatrix(int[] dims, int[] xStrides, int[] yStrides) =>
        EveryDType(
            (dtype, make) =>
            {
                var random = new Random(2);
                CheckAny(dtype, make(random, 500), 3, xStrides, make(random, 500), 2, yStrides, dims, 7);
            }
        );

    /// <summary>Any batch, with axes of size one and none, seen through strides that skip, repeat and go backwards.</summary>
    [Fact]
    public void RandomBatchesThroughRandomStrides()
    {
        var random = new Random(3);
        for (var round = 0; round < 1500; round++)
        {
            var many = round % 50 == 0;
            var batch = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(8) == 0 ? 0 : random.Next(1, 5));
            var size = many ? 150 : 7;
            int[] dims = [.. batch, random.Next(3) == 0 ? 1 : random.Next(1, size), random.Next(3) == 0 ? 1 : random.Next(1, size)];
            var k = random.Next(many ? 100 : 6);
            var (xs, xOffset, xCount) = RandomStrides(random, [.. dims[..^1], k]);
            var (ys, yOffset, yCount) = RandomStrides(random, [.. dims[..^2], k, dims[^1]]);
            if (round % 3 == 0)
                Check(DType.Int32, Integers<int>(random, xCount), xOffset, xs, Integers<int>(random, yCount), yOffset, ys, dims, k);
            else if (round % 3 == 1)
                Check(DType.Float64, Integers<double>(random, xCount), xOffset, xs, Integers<double>(random, yCount), yOffset, ys, dims, k);
            else
                Check(DType.Float32, Integers<float>(random, xCount), xOffset, xs, Integers<float>(random, yCount), yOffset, ys, dims, k);
        }
    }

    // Strides of axes in memory in some order, half of the time in the usual one, with the offset of the first element and how many there are.
    private static (int[] Strides, nint Offset, int Count) RandomStrides(Random random, int[] shape)
    {
        var strides = new int[shape.Length];
        var order = Enumerable.Range(0, shape.Length).Reverse().ToArray();
        if (random.Next(2) == 0)
            random.Shuffle(order);
        var (step, offset, shared) = (1, 0, random.Next(2) == 0);
        foreach (var axis in order)
        {
            var isBatch = axis < shape.Length - 2;
            if (isBatch ? shared : random.Next(10) == 0)
                continue;
            if (shape[axis] == 1)
            {
                strides[axis] = random.Next(-9, 10);
                continue;
            }
            strides[axis] = random.Next(6) == 0 ? -step : step;
            offset += strides[axis] < 0 ? step * Math.Max(0, shape[axis] - 1) : 0;
            step = step * Math.Max(1, shape[axis]) + (random.Next(4) == 0 ? random.Next(3) : 0);
        }
        return (strides, offset, step + offset);
    }

    /// <summary>An example alone gives the bits that it gives in a batch.</summary>
    [Theory]
    [InlineData(20, 10)]
    [InlineData(300, 130)]
    [InlineData(784, 300)]
    [InlineData(950, 1003)]
    [InlineData(3500, 130)]
    public void OneRowAsInABatch(int k, int n)
    {
        var random = new Random(k);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (x, y) = (Numbers(7 * k), Numbers(k * n));
        var all = Values<float>(Cpu.MatMul(Tensor(DType.Float32, x, 7, k), Tensor(DType.Float32, y, k, n)));
        for (var i = 0; i < 7; i++)
        {
            var one = Values<float>(Cpu.MatMul(Tensor(DType.Float32, x[(i * k)..((i + 1) * k)], 1, k), Tensor(DType.Float32, y, k, n)));
            Assert.Equal(all[(i * n)..((i + 1) * n)], one);
        }
    }

    /// <summary>One row, along memory or not, times rows that lie along memory, with gaps between them or not.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(63)]
    [InlineData(128)]
    [InlineData(145)]
    [InlineData(300)]
    [InlineData(701)]
    public void OneRow(int n)
    {
        var random = new Random(n);
        foreach (var k in new[] { 1, 3, 4, 18, 203 })
        foreach (var (step, gap) in new[] { (1, 0), (3, 5) })
        {
            var (x, y) = (k * step, k * (n + gap));
            Check(DType.Float32, Integers<float>(random, x), 0, [1, step], Integers<float>(random, y), 0, [n + gap, 1], [1, n], k);
            Check(DType.Float64, Integers<double>(random, x), 0, [1, step], Integers<double>(random, y), 0, [n + gap, 1], [1, n], k);
        }
    }

    [Fact]
    public void EveryDTypeInBatches() =>
        EveryDType(
            (dtype, make) =>
            {
                var random = new Random(1);
                CheckAny(
                    dtype,
                    make(random, 2 * 3 * 5 * 7),
                    0,
                    [105, 35, 7, 1],
                    make(random, 2 * 3 * 7 * 4),
                    0,
                    [84, 28, 4, 1],
                    [2, 3, 5, 4],
                    7
                );
                CheckAny(dtype, make(random, 5 * 7), 0, [7, 1], make(random, 7 * 4), 0, [4, 1], [5, 4], 7);
            }
        );

    [Fact]
    public void TransposedReversedAndRepeatedOperands() =>
        EveryDType(
            (dtype, make) =>
            {
                var random = new Random(2);
                // x by columns, y backwards in both axes
                CheckAny(dtype, make(random, 35), 0, [1, 5], make(random, 28), 27, [-4, -1], [5, 4], 7);
                // one x for the whole batch; y's rows all alike
                CheckAny(dtype, make(random, 35), 0, [0, 7, 1], make(random, 3 * 40), 0, [40, 0, 1], [3, 5, 40], 7);
                // x's columns all alike, y's columns all alike
                CheckAny(dtype, make(random, 40), 0, [1, 0], make(random, 7), 0, [1, 0], [40, 33], 7);
                // every second column of x, every third row and second column of y
                CheckAny(dtype, make(random, 14 * 20), 0, [14, 2], make(random, 21 * 80), 1, [240 / 3, 2], [20, 40], 7);
            }
        );

    [Theory]
    [InlineData(0, 3, 4)]
    [InlineData(3, 0, 4)]
    [InlineData(3, 4, 0)]
    [InlineData(0, 0, 0)]
    public void EmptyAxes(int m, int n, int k) =>
        EveryDType(
            (dtype, make) =>
            {
                var random = new Random(3);
                CheckAny(dtype, make(random, 2 * m * k), 0, [m * k, k, 1], make(random, 2 * k * n), 0, [k * n, n, 1], [2, m, n], k);
            }
        );

    [Fact]
    public void AnEmptyBatch() =>
        Assert.Equal(0, Cpu.MatMul(Tensor<float>(DType.Float32, [], 0, 2, 3), Tensor<float>(DType.Float32, [], 0, 3, 4)).Shape.Size);

    [Fact]
    public void ManyMatricesOfABatch()
    {
        var random = new Random(4);
        Check(
            DType.Float32,
            Integers<float>(random, 96 * 33 * 17),
            0,
            [561, 17, 1],
            Integers<float>(random, 96 * 17 * 29),
            0,
            [493, 1, 17],
            [96, 33, 29],
            17
        );
        Check(
            DType.Float32,
            Integers<float>(random, 3 * 80 * 90),
            0,
            [7200, 90, 1],
            Integers<float>(random, 3 * 90 * 100),
            0,
            [9000, 1, 90],
            [3, 80, 100],
            90
        );
    }

    [Fact]
    public void IntegersWrapAround()
    {
        Assert.Equal(
            [unchecked((sbyte)(100 * 3))],
            Values<sbyte>(Cpu.MatMul(Tensor(DType.Int8, [(sbyte)100], 1, 1), Tensor(DType.Int8, [(sbyte)3], 1, 1)))
        );
        Assert.Equal(
            [unchecked(int.MaxValue * 2)],
            Values<int>(Cpu.MatMul(Tensor(DType.Int32, [int.MaxValue], 1, 1), Tensor(DType.Int32, [2], 1, 1)))
        );
    }

    [Fact]
    public void BoolHasNoProduct()
    {
        var x = Tensor(DType.Bool, [true], 1, 1);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Cpu.MatMul(x, x)).Code);
    }
}
