using System;
using System.Linq;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Pooling against windows that are read off one place at a time.</summary>
public class WindowTests
{
    private static readonly DType[] Numbers = [.. HostTensors.DTypes.Where(dtype => dtype != DType.Bool)];

    [Fact]
    public void ArgMaxAgrees()
    {
        var random = new System.Random(21);
        foreach (var dtype in Numbers)
            for (var trial = 0; trial < 150; trial++)
            {
                var (leading, spec) = RandomWindows(random, coverOnly: true);
                // Few values, so that ties are common; the extremes of each type too.
                var x = Dense.Build([.. leading, .. spec.InputSize], _ => Extreme(random, dtype));
                AssertArgMax(x, dtype, spec);
            }
    }

    [Theory]
    [InlineData(28, 28, 2, 2)]
    [InlineData(29, 31, 2, 2)]
    [InlineData(16, 8, 2, 2)]
    [InlineData(10, 6, 2, 2)]
    [InlineData(35, 37, 3, 2)]
    [InlineData(19, 40, 3, 1)]
    [InlineData(19, 40, 2, 1)]
    [InlineData(33, 50, 3, 3)]
    [InlineData(66, 130, 2, 2)]
    public void ArgMaxOfImagesAgrees(int height, int width, int window, int stride)
    {
        var random = new System.Random(22);
        foreach (var dtype in Numbers)
        foreach (var pad in new[] { 0, 1 })
        {
            var spec = Square([height, width], window, stride, pad);
            AssertArgMax(Dense.Build([2, 3, height, width], _ => Extreme(random, dtype)), dtype, spec);
            AssertArgMax(Dense.Build([2, 3, height, width], _ => random.Next(250)), dtype, spec);
        }
    }

    [Fact]
    public void ManyPlanesAgree()
    {
        var random = new System.Random(23);
        var x = Dense.Build([40, 25, 12, 12], _ => random.Next(1000));
        AssertArgMax(x, DType.Float32, Square([12, 12], 2, 2, 0));
        AssertSums(random, DType.Float32, [40, 25], Square([12, 12], 2, 2, 0));
        AssertSums(random, DType.Float32, [1, 2], Square([150, 200], 3, 1, 1));
    }

    [Fact]
    public void SumAndItsTransposeAgree()
    {
        var random = new System.Random(24);
        foreach (var dtype in Numbers)
            for (var trial = 0; trial < 100; trial++)
            {
                var (leading, spec) = RandomWindows(random, coverOnly: false);
                AssertSums(random, dtype, leading, spec);
            }
        foreach (var dtype in Numbers)
        foreach (var (window, stride, pad) in new[] { (2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0), (5, 1, 2) })
            AssertSums(random, dtype, [2, 3], Square([23, 37], window, stride, pad));
    }

    [Fact]
    public void ReadsViews()
    {
        var dense = Whole(new System.Random(25), DType.Float32, 6, 8, 2);
        var turned = Dense.Build([2, 6, 8], i => dense[i[1], i[2], i[0]]);
        var view = Backend.View(ViewOp.Permute, Store(dense, DType.Float32), [2, 6, 8], [2, 0, 1], []);
        var spec = Square([6, 8], 2, 2, 0);
        AssertSame(ArgMax(turned, spec), Backend.Pool(PoolOp.ArgMax, view, spec));
    }

    [Fact]
    public void AWindowOfPaddingOnlyIsReported()
    {
        var spec = new WindowSpec([4, 4], [2, 2], [1, 2], [0, 2], [0, 0], [1, 1]);
        var x = Store(Whole(new System.Random(26), DType.Float32, 1, 4, 4), DType.Float32);
        AssertError("DF0106", ["window 0", "axis 1", "size 4", "2 before"], () => Backend.Pool(PoolOp.ArgMax, x, spec));
        // A dilated window can straddle an axis without touching it.
        var straddling = new WindowSpec([1], [2], [1], [1], [1], [2]);
        var one = Store(new Dense([1], [5]), DType.Int32);
        AssertError("DF0106", ["window 0", "axis 0"], () => Backend.Pool(PoolOp.ArgMax, one, straddling));
        Assert.Equal([0.0], Read(Backend.Pool(PoolOp.Sum, one, straddling)));
        Assert.Equal(0, Backend.Pool(PoolOp.ArgMax, Store(new Dense([0, 1], []), DType.Int32), straddling).Shape.Size);
    }

    [Fact]
    public void TruthValuesHaveNoWindows()
    {
        var x = Store(Whole(new System.Random(27), DType.Bool, 4), DType.Bool);
        foreach (var op in Enum.GetValues<PoolOp>())
            AssertError("DF0201", ["bool", "floating and integer"], () => Backend.Pool(op, x, new([4], [1], [1], [0], [0], [1])));
    }

    private static double Extreme(System.Random random, DType dtype) =>
        (random.Next(6), DeepFun.DTypes.IsFloating(dtype)) switch
        {
            (0, true) => double.NaN,
            (1, true) => double.NegativeInfinity,
            (2, true) => -0.0,
            (3, true) => 0.0,
            (0, false) => dtype == DType.UInt8 ? 0 : -Greatest(dtype) - 1,
            (1, false) => Greatest(dtype),
            _ => random.Next(3),
        };

    private static double Greatest(DType dtype) => Math.Min(DeepFun.DTypes.MaxValue(dtype), int.MaxValue);

    private static WindowSpec Square(int[] size, int window, int stride, int pad)
    {
        int[] Same(int value) => [.. size.Select(_ => value)];
        return new(size, Same(window), Same(stride), Same(pad), Same(pad), Same(1));
    }

    private static (int[] Leading, WindowSpec Spec) RandomWindows(System.Random random, bool coverOnly)
    {
        while (true)
        {
            var rank = random.Next(1, 4);
            int[] Draw(int low, int high) => [.. Enumerable.Range(0, rank).Select(_ => random.Next(low, high))];
            int[] leading = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(5) == 0 ? 0 : random.Next(1, 3))];
            var spec = new WindowSpec(Draw(1, 9), Draw(1, 4), Draw(1, 4), Draw(0, 3), Draw(0, 3), Draw(1, 3));
            var covered = Dense.Indices(spec.OutputSize()).All(o => Dense.Indices(spec.WindowSize).Any(k => Place(spec, o, k) is not null));
            if (covered || !coverOnly)
                return (leading, spec);
        }
    }

    // Where tap k of window o lies, or null in the padding.
    private static int[]? Place(WindowSpec spec, int[] o, int[] k)
    {
        int[] place = [.. o.Select((at, i) => at * spec.Strides[i] - spec.PadLow[i] + k[i] * spec.Dilations[i])];
        return place.Zip(spec.InputSize).All(pair => pair.First >= 0 && pair.First < pair.Second) ? place : null;
    }

    private static Dense ArgMax(Dense x, WindowSpec spec)
    {
        var leading = x.Dims.Length - spec.Rank;
        var taps = Dense.Indices(spec.WindowSize).ToArray();
        return Dense.Build(
            [.. x.Dims[..leading], .. spec.OutputSize()],
            at =>
            {
                var places = taps.Select(k => Place(spec, at[leading..], k)).OfType<int[]>().ToArray();
                double Value(int[] place) => x[[.. at[..leading], .. place]];
                var best = places.FirstOrDefault(place => double.IsNaN(Value(place)));
                if (best is null)
                {
                    var maximum = places.Max(Value);
                    best = places.First(place => Value(place) == maximum);
                }
                return best.Zip(spec.InputSize).Aggregate(0, (flat, pair) => flat * pair.Second + pair.First);
            }
        );
    }

    private static void AssertArgMax(Dense x, DType dtype, WindowSpec spec)
    {
        x = x.Held(dtype);
        var y = Backend.Pool(PoolOp.ArgMax, Store(x, dtype), spec);
        Assert.Equal(DType.Int32, y.DType);
        AssertSame(ArgMax(x, spec), y);
    }

    private static void AssertSums(System.Random random, DType dtype, int[] leading, WindowSpec spec)
    {
        var x = Dense.Build([.. leading, .. spec.InputSize], _ => random.Next(5));
        var y = Dense.Build([.. leading, .. spec.OutputSize()], _ => random.Next(5));
        var sum = new Dense(y.Dims, new double[y.Values.Length]);
        var transposed = new Dense(x.Dims, new double[x.Values.Length]);
        var taps = Dense.Indices(spec.WindowSize).ToArray();
        foreach (var at in Dense.Indices(y.Dims))
        foreach (var k in taps)
        {
            if (Place(spec, at[leading.Length..], k) is not { } place)
                continue;
            int[] wide = [.. at[..leading.Length], .. place];
            sum[at] += x[wide];
            transposed[wide] += y[at];
        }
        var actual = Backend.Pool(PoolOp.Sum, Store(x, dtype), spec);
        var actualTransposed = Backend.Pool(PoolOp.SumTranspose, Store(y, dtype), spec);
        AssertSame(sum.Held(dtype), actual);
        AssertSame(transposed.Held(dtype), actualTransposed);
        // The law behind the derivative: ⟨S x, y⟩ = ⟨x, Sᵀ y⟩, exact in whole numbers that neither wrap nor round.
        if (DeepFun.DTypes.Size(dtype) >= 4)
            Assert.Equal(Dot(Read(actual), y.Values), Dot(x.Values, Read(actualTransposed)));
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
