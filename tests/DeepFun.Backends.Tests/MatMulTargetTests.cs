using System;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests;

/// <summary>Matrix products and copies into parts of reserved memory: the values of the definition there, and nothing elsewhere.</summary>
public sealed class MatMulTargetTests
{
    private static double[] Definition(double[] x, double[] y, int batch, int m, int n, int k)
    {
        var result = new double[batch * m * n];
        for (var b = 0; b < batch; b++)
        for (var i = 0; i < m; i++)
        for (var j = 0; j < n; j++)
        for (var p = 0; p < k; p++)
            result[(b * m + i) * n + j] += x[(b * m + i) * k + p] * y[(b * k + p) * n + j];
        return result;
    }

    // Small whole numbers, whose products are exact in any order.
    private static double[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => (double)random.Next(-3, 4)).ToArray();
    }

    private static Storage Cast(double[] values, Shape shape, DType dtype) =>
        Backend.Cast(Backend.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float64, shape), dtype);

    private static double[] Doubles(Storage x) => Values<double>(Backend.Cast(x, DType.Float64));

    /// <summary>The order of the axes [batch, m, n] in memory, in which each place has one more element along an axis than it needs.</summary>
    public static TheoryData<int, int, int, int, DType> Cases()
    {
        var data = new TheoryData<int, int, int, int, DType>();
        foreach (var dtype in new[] { DType.Float32, DType.Float64, DType.Float16, DType.Int32 })
        {
            foreach (
                var (batch, m, n, k) in new[]
                {
                    (1, 1, 1, 1),
                    (3, 1, 5, 4),
                    (3, 5, 1, 4),
                    (2, 7, 33, 5),
                    (5, 64, 64, 32),
                    (4, 64, 32, 64),
                    (2, 3, 4, 0),
                }
            )
                data.Add(batch, m, n, k, dtype);
        }
        data.Add(1, 300, 310, 320, DType.Float32);
        data.Add(1, 20, 20, 5000, DType.Float64);
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public void AProductIsWrittenInAnyOrderOfAxesAndNowhereElse(int batch, int m, int n, int k, DType dtype)
    {
        var (x, y) = (Numbers(batch * m * k, 1), Numbers(batch * k * n, 2));
        var expected = Definition(x, y, batch, m, n, k);
        int[] dims = [batch, m, n];
        foreach (var order in new int[][] { [0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1] })
        foreach (var transposed in new[] { false, true })
        {
            // In memory the axes follow each other in this order, with a gap beyond the second.
            var strides = new int[3];
            strides[order[2]] = 1;
            strides[order[1]] = dims[order[2]] + 1;
            strides[order[0]] = strides[order[1]] * dims[order[1]];
            var size = strides[order[0]] * dims[order[0]] + 7;
            var block = Backend.Reserve(dtype, [size]);
            Backend.Write(Cast(Enumerable.Repeat(99.0, size).ToArray(), [size], dtype), block);
            var target = Backend.Part(block, dims, strides, 5);
            var left = Cast(x, [batch, m, k], dtype);
            var right = transposed ? Transposed(y, batch, k, n, dtype) : Cast(y, [batch, k, n], dtype);
            Backend.MatMul(left, right, target);
            Assert.Equal(expected, Doubles(target));
            Assert.Equal(size - expected.Length, Doubles(block).Count(value => value == 99.0) - expected.Count(value => value == 99.0));
        }
    }

    // The same matrices, stored as their transposes.
    private static Storage Transposed(double[] y, int batch, int k, int n, DType dtype)
    {
        var turned = new double[y.Length];
        for (var b = 0; b < batch; b++)
        for (var p = 0; p < k; p++)
        for (var j = 0; j < n; j++)
            turned[(b * n + j) * k + p] = y[(b * k + p) * n + j];
        return Backend.View(ViewOp.Permute, Cast(turned, [batch, n, k], dtype), [batch, k, n], [0, 2, 1], []);
    }

    [Fact]
    public void ValuesAreCopiedIntoAPartOfAnyOrderOfAxes()
    {
        var values = Numbers(4 * 5 * 6, 3);
        var x = Cast(values, [4, 5, 6], DType.Float32);
        foreach (var strides in new int[][] { [30, 6, 1], [6, 24, 1], [1, 4, 20], [5, 1, 20], [60, 12, 2] })
        {
            var block = Backend.Reserve(DType.Float32, [400]);
            Backend.Write(Cast(new double[400], [400], DType.Float32), block);
            var part = Backend.Part(block, [4, 5, 6], strides, 3);
            Backend.Write(x, part);
            Assert.Equal(values, Doubles(part));
            Assert.Equal(values.Sum(Math.Abs), Doubles(block).Sum(Math.Abs));
        }
    }
}
