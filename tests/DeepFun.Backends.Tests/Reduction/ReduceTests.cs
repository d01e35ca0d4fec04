using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.Backends.Cpu;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.Reduction;

/// <summary>Reductions against lists gathered index by index, over every set of axes and layout.</summary>
public class ReduceTests
{
    // The elements that meet in each result, in row-major order.
    private static List<T>[] Groups<T>(CpuStorage x, int[] axes)
        where T : unmanaged
    {
        var dims = x.Shape.ToArray();
        var kept = Enumerable.Range(0, dims.Length).Except(axes).ToArray();
        var groups = Enumerable.Range(0, kept.Aggregate(1, (size, axis) => size * dims[axis])).Select(_ => new List<T>()).ToArray();
        var values = Values<T>(x);
        var index = new int[dims.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var rest = i;
            for (var axis = dims.Length - 1; axis >= 0; axis--)
            {
                index[axis] = rest % dims[axis];
                rest /= dims[axis];
            }
            groups[kept.Aggregate(0, (place, axis) => place * dims[axis] + index[axis])].Add(values[i]);
        }
        return groups;
    }

    private static IEnumerable<int[]> Subsets(int rank) =>
        Enumerable.Range(0, 1 << rank).Select(bits => Enumerable.Range(0, rank).Where(axis => (bits >> axis & 1) == 1).ToArray());

    private static void Check<T, TResult>(
        ReduceOp op,
        Func<int, T> make,
        Func<List<T>, TResult> expected,
        Action<TResult, TResult>? equal = null,
        bool oneAxis = false
    )
        where T : unmanaged
        where TResult : unmanaged
    {
        foreach (var shape in Shapes)
        foreach (var x in Layouts(shape, make))
        foreach (var axes in Subsets(shape.Length))
        {
            if (oneAxis && axes.Length != 1)
                continue;
            var result = Backend.Reduce(op, x, axes);
            Assert.Equal(shape.Where((_, axis) => !axes.Contains(axis)).ToArray(), result.Shape.ToArray());
            var wanted = Groups<T>(x, axes).Select(expected).ToArray();
            var got = Values<TResult>(result);
            if (equal is null)
                Assert.Equal(wanted, got);
            else
            {
                for (var i = 0; i < got.Length; i++)
                    equal(wanted[i], got[i]);
            }
        }
    }

    private static float Mixed(int i) => i % 1013 == 500 ? float.NaN : Float(i);

    [Fact]
    public void Sums()
    {
        CheckSum<float>(Float);
        CheckSum<double>(i => Float(i));

        // Bound: a few roundings of each element's magnitude, as pairwise summation promises.
        static void CheckSum<T>(Func<int, T> make)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            foreach (var shape in Shapes)
            foreach (var x in Layouts(shape, make))
            foreach (var axes in Subsets(shape.Length))
            {
                var epsilon = typeof(T) == typeof(float) ? 1.4e-7 : 2.3e-16;
                var got = Values<T>(Backend.Reduce(ReduceOp.Sum, x, axes));
                var groups = Groups<T>(x, axes);
                for (var i = 0; i < got.Length; i++)
                {
                    var exact = groups[i].Sum(value => decimal.CreateChecked(value));
                    var magnitude = groups[i].Sum(value => Math.Abs(double.CreateChecked(value)));
                    Assert.Equal((double)exact, double.CreateChecked(got[i]), 24 * epsilon * magnitude + 1e-300);
                }
            }
        }
    }

    [Fact]
    public void IntegersWrap()
    {
        Check<int, int>(ReduceOp.Sum, i => i * 123456789, xs => xs.Aggregate(0, (a, b) => unchecked(a + b)));
        Check<long, long>(ReduceOp.Product, i => i * 2 + 1, xs => xs.Aggregate(1L, (a, b) => unchecked(a * b)));
        Check<byte, byte>(ReduceOp.Sum, i => (byte)i, xs => xs.Aggregate((byte)0, (a, b) => unchecked((byte)(a + b))));
    }

    [Fact]
    public void Extremes()
    {
        Check<float, float>(ReduceOp.Max, Mixed, xs => xs.Any(float.IsNaN) ? float.NaN : xs.Max());
        Check<float, float>(ReduceOp.Min, Mixed, xs => xs.Any(float.IsNaN) ? float.NaN : xs.Min());
        Check<int, int>(ReduceOp.Max, i => i * 123456789, xs => xs.Max());
        Check<byte, byte>(ReduceOp.Min, i => (byte)(i * 37 + 5), xs => xs.Min());
        Check<float, float>(ReduceOp.Max, _ => float.NegativeInfinity, xs => xs.Max());
    }

    [Fact]
    public void Logic()
    {
        Check<bool, bool>(ReduceOp.Any, i => i % 97 == 50, xs => xs.Any(x => x));
        Check<bool, bool>(ReduceOp.All, i => i % 97 != 50, xs => xs.All(x => x));
    }

    [Fact]
    public void Places()
    {
        static int First(List<float> xs, float sought) => xs.FindIndex(x => x.Equals(sought) || x == sought);
        float Coarse(int i) => i % 1013 == 500 ? float.NaN : MathF.Round(Float(i));
        Check<float, int>(ReduceOp.ArgMax, Coarse, xs => First(xs, xs.Any(float.IsNaN) ? float.NaN : xs.Max()), oneAxis: true);
        Check<float, int>(ReduceOp.ArgMin, Coarse, xs => First(xs, xs.Any(float.IsNaN) ? float.NaN : xs.Min()), oneAxis: true);
        Check<int, int>(ReduceOp.ArgMax, i => i * 7 % 11, xs => xs.IndexOf(xs.Max()), oneAxis: true);
        Check<long, int>(ReduceOp.ArgMin, i => i * 7 % 11, xs => xs.IndexOf(xs.Min()), oneAxis: true);
        Assert.Equal(DType.Int32, Backend.Reduce(ReduceOp.ArgMax, Vector(1.0, 2.0), [0]).DType);
    }

    [Fact]
    public void NothingReducesToTheNeutralElement()
    {
        var empty = Of<float>([3, 0]);
        Assert.Equal([0f, 0, 0], Values<float>(Backend.Reduce(ReduceOp.Sum, empty, [1])));
        Assert.Equal([1f], Values<float>(Backend.Reduce(ReduceOp.Product, empty, [0, 1])));
        Assert.Equal([false], Values<bool>(Backend.Reduce(ReduceOp.Any, Of<bool>([0]), [0])));
        Assert.Equal([true], Values<bool>(Backend.Reduce(ReduceOp.All, Of<bool>([0]), [0])));
        Assert.Equal([0], Backend.Reduce(ReduceOp.Max, empty, [0]).Shape.ToArray());
        foreach (var op in new[] { ReduceOp.Max, ReduceOp.Min, ReduceOp.ArgMax, ReduceOp.ArgMin })
        {
            var error = Assert.Throws<DeepFunException>(() => Backend.Reduce(op, empty, [1]));
            Assert.Equal("DF0105", error.Code);
            Assert.Contains("[3, 0]", error.Message);
        }
    }

    [Theory]
    [InlineData(ReduceOp.Any, DType.Float32)]
    [InlineData(ReduceOp.Sum, DType.Bool)]
    public void UnsupportedTypes(ReduceOp op, DType dtype)
    {
        var x = Backend.Cast(Vector(1f), dtype);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.Reduce(op, x, [0])).Code);
    }

    /// <summary>A million tenths: one running sum in Float32 is off by 1e-2, the pairwise one by a few roundings.</summary>
    [Fact]
    public void LongSumsKeepTheirDigits()
    {
        var x = Vector(Enumerable.Repeat(0.1f, 1_000_000).ToArray());
        var exact = 1_000_000 * (double)0.1f;
        Assert.Equal(exact, Values<float>(Backend.Reduce(ReduceOp.Sum, x, [0]))[0], exact * 4e-7);
        var columns = x.View([250_000, 4], null, 0);
        Assert.Equal(exact / 4, Values<float>(Backend.Reduce(ReduceOp.Sum, columns, [0]))[3], exact / 4 * 4e-7);
        var transposed = x.View([4, 250_000], [1, 4], 0);
        Assert.Equal(exact / 4, Values<float>(Backend.Reduce(ReduceOp.Sum, transposed, [1]))[2], exact / 4 * 4e-7);
    }

    /// <summary>The same bits for any number of threads.</summary>
    [Fact]
    public void ThreadsDoNotChangeResults()
    {
        var threads = WorkerPool.Threads;
        try
        {
            var x = Of([300, 700], Enumerable.Range(0, 210_000).Select(Float).ToArray());
            int[][] sets =
            [
                [0],
                [1],
                [0, 1],
            ];
            WorkerPool.Threads = 1;
            var alone = sets.Select(axes => Values<float>(Backend.Reduce(ReduceOp.Sum, x, axes))).ToArray();
            WorkerPool.Threads = 2;
            Assert.Equal(alone, sets.Select(axes => Values<float>(Backend.Reduce(ReduceOp.Sum, x, axes))).ToArray());
        }
        finally
        {
            WorkerPool.Threads = threads;
        }
    }
}
