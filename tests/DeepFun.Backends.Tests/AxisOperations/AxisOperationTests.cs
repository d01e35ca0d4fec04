using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.Tensors;

namespace DeepFun.Backends.Tests.AxisOperations;

/// <summary>Operations along an axis against the same on lists, line by line.</summary>
public class AxisOperationTests
{
    private static void Check<T, TResult>(AxisOp op, Func<int, T> make, Func<T[], bool, TResult[]> expected)
        where T : unmanaged
        where TResult : unmanaged
    {
        foreach (var shape in Shapes.Where(shape => shape.Length > 0))
        foreach (var x in Layouts(shape, make))
        {
            for (var axis = 0; axis < shape.Length; axis++)
            {
                foreach (var reverse in new[] { false, true })
                {
                    var result = Backend.AlongAxis(op, x, axis, reverse);
                    Assert.Equal(x.Shape, result.Shape);
                    var values = Values<T>(x);
                    var got = Values<TResult>(result);
                    var inner = shape.Skip(axis + 1).Aggregate(1, (a, b) => a * b);
                    for (var line = 0; line < values.Length / shape[axis]; line++)
                    {
                        var start = line / inner * inner * shape[axis] + line % inner;
                        var places = Enumerable.Range(0, shape[axis]).Select(j => start + j * inner).ToArray();
                        Assert.Equal(expected(places.Select(p => values[p]).ToArray(), reverse), places.Select(p => got[p]).ToArray());
                    }
                }
            }
        }
    }

    private static T[] Scan<T>(T[] line, bool reverse, Func<T, T, T> combine)
    {
        var result = reverse ? line.Reverse().ToArray() : line.ToArray();
        for (var i = 1; i < result.Length; i++)
            result[i] = combine(result[i - 1], result[i]);
        return reverse ? result.Reverse().ToArray() : result;
    }

    [Fact]
    public void Cumulative()
    {
        Check<int, int>(AxisOp.CumulativeSum, i => i * 123456789, (line, reverse) => Scan(line, reverse, (a, b) => unchecked(a + b)));
        Check<long, long>(AxisOp.CumulativeProduct, i => i * 2 + 1, (line, reverse) => Scan(line, reverse, (a, b) => unchecked(a * b)));
        // Whole numbers, so that the order of additions does not matter.
        Check<float, float>(AxisOp.CumulativeSum, i => MathF.Round(Float(i)), (line, reverse) => Scan(line, reverse, (a, b) => a + b));
        float Mixed(int i) => i % 101 == 50 ? float.NaN : Float(i);
        Check<float, float>(AxisOp.CumulativeMax, Mixed, (line, reverse) => Scan(line, reverse, MathF.Max));
        Check<double, double>(AxisOp.CumulativeMin, i => Mixed(i), (line, reverse) => Scan(line, reverse, Math.Min));
    }

    [Fact]
    public void ArgSortIsStableAndPutsNaNLast()
    {
        float Coarse(int i) =>
            i % 17 == 5 ? float.NaN
            : i % 23 == 7 ? float.NegativeInfinity
            : MathF.Round(Float(i) / 4);
        Check<float, int>(AxisOp.ArgSort, Coarse, (line, reverse) => Order(line, reverse, float.IsNaN));
        Check<int, int>(AxisOp.ArgSort, i => i * 7919 % 13, (line, reverse) => Order(line, reverse, _ => false));
        Check<byte, int>(AxisOp.ArgSort, i => (byte)(i * 7919), (line, reverse) => Order(line, reverse, _ => false));
        Assert.Equal([1, 3, 0, 2], Values<int>(Backend.AlongAxis(AxisOp.ArgSort, Vector(true, false, true, false), 0, false)));

        static int[] Order<T>(T[] line, bool reverse, Func<T, bool> missing)
        {
            var numbers = Enumerable.Range(0, line.Length).Where(i => !missing(line[i]));
            var sorted = reverse ? numbers.OrderByDescending(i => line[i]) : numbers.OrderBy(i => line[i]);
            return sorted.Concat(Enumerable.Range(0, line.Length).Where(i => missing(line[i]))).ToArray();
        }
    }

    [Fact]
    public void EdgesAndErrors()
    {
        Assert.Equal([2, 0], Backend.AlongAxis(AxisOp.CumulativeSum, Of<float>([2, 0]), 1, false).Shape.ToArray());
        Assert.Equal(DType.Int32, Backend.AlongAxis(AxisOp.ArgSort, Vector(1L), 0, false).DType);
        Assert.Equal("DF0201", Assert.Throws<DeepFunException>(() => Backend.AlongAxis(AxisOp.CumulativeSum, Vector(true), 0, false)).Code);
    }
}
