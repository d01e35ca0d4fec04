using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun.Backends.Cpu;
using DeepFun.Backends.Cpu.Random;
using Xunit;
using static DeepFun.Backends.Tests.HostTensors;

namespace DeepFun.Backends.Tests;

/// <summary>Random values with parameters: the methods in plain words, statistics with fixed keys at a level of 1 in 1000, and edges.</summary>
public class SampleTests
{
    private static Storage Key(params long[] keys) =>
        Backend.FromHost(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(keys), DType.Int64, [keys.Length]);

    private static Storage Doubles(int[] dims, params double[] values) =>
        Backend.FromHost(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(values), DType.Float64, dims);

    private static double[] Sample(SampleOp op, long key, params double[] parameters) =>
        Read(Backend.Sample(op, Key(key), Doubles([1, parameters.Length], parameters)));

    private static double[] Draw(SampleOp op, long key, double parameter, int count) =>
        Sample(op, key, [.. Enumerable.Repeat(parameter, count)]);

    // The numbers of one element: block after block, two uniform numbers each.
    private static IEnumerable<double> Uniforms(ulong key, uint element)
    {
        for (var block = 0u; ; block++)
        {
            var (w0, w1, w2, w3) = Philox.Block(element, 0, block, 1, (uint)key, (uint)(key >> 32));
            yield return ((((ulong)w1 << 32 | w0) >> 12) + 0.5) / (1L << 52);
            yield return ((((ulong)w3 << 32 | w2) >> 12) + 0.5) / (1L << 52);
        }
    }

    [Fact]
    public void GammaIsMarsagliaAndTsangsMethod()
    {
        // A pair of normal numbers takes a block of its own; single numbers wait for a second one.
        static double Plain(ulong key, uint element, double alpha)
        {
            using var pairs = Uniforms(key, element).Chunk(2).GetEnumerator();
            var waiting = new Queue<double>();
            double[] Block()
            {
                pairs.MoveNext();
                return pairs.Current;
            }
            double Uniform()
            {
                if (waiting.Count == 0)
                    Block().ToList().ForEach(waiting.Enqueue);
                return waiting.Dequeue();
            }
            var small = alpha < 1 ? Math.Log(Uniform()) / alpha : 0;
            var d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3;
            while (true)
            {
                var u = Block();
                var radius = Math.Sqrt(-2 * Math.Log(u[0]));
                foreach (var x in new[] { radius * Math.Cos(2 * Math.PI * u[1]), radius * Math.Sin(2 * Math.PI * u[1]) })
                {
                    var v = Math.Pow(1 + x / Math.Sqrt(9 * d), 3);
                    if (v > 0 && Math.Log(Uniform()) < x * x / 2 + d - d * v + d * Math.Log(v))
                        return Math.Log(d * v) + small;
                }
            }
        }

        double[] shapes = [0.01, 0.4, 1, 1.5, 3, 20, 1e4];
        foreach (var key in new[] { 1L, -77L, 0x299f31d0_a4093822 })
        {
            var parameters = Enumerable.Range(0, 700).Select(i => shapes[i % shapes.Length]).ToArray();
            var actual = Sample(SampleOp.LogGamma, key, parameters);
            for (var i = 0; i < parameters.Length; i++)
                Assert.Equal(Plain((ulong)key, (uint)i, parameters[i]), actual[i], 1e-11 * (1 + Math.Abs(actual[i])));
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.7)]
    [InlineData(1)]
    [InlineData(4.5)]
    [InlineData(300)]
    public void GammaHasItsDistribution(double alpha)
    {
        const int Count = 20_000;
        var sorted = Draw(SampleOp.LogGamma, 51, alpha, Count).Order().ToArray();
        // P is tested against published values elsewhere; where eʸ is no number, P = eᵅʸ / Γ(α + 1).
        var scale = Math.Exp(-GammaMath.LogGamma(alpha + 1));
        var gamma = new IncompleteGamma(0);
        double Distribution(double y) => y < -500 ? Math.Exp(alpha * y) * scale : gamma.Lower(alpha, Math.Exp(y));
        var largest = sorted.Select((y, i) => Math.Abs(Distribution(y) - (i + 0.5) / Count)).Max();
        Assert.InRange(largest, 0, 1.95 / Math.Sqrt(Count));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(4)]
    [InlineData(9.99)]
    [InlineData(10)]
    [InlineData(35.5)]
    [InlineData(1000)]
    public void PoissonHasItsProbabilities(double rate)
    {
        const int Count = 100_000;
        var counts = Draw(SampleOp.Poisson, 52, rate, Count).GroupBy(k => (int)k).ToDictionary(g => g.Key, g => g.Count());
        // Pearson's χ² over the numbers that are expected five times, and all the others together.
        var (statistic, bins, rest, restExpected, logFactorial) = (0.0, 0, Count, (double)Count, 0.0);
        for (var k = 0; k < 3 * rate + 40; k++)
        {
            logFactorial += k > 0 ? Math.Log(k) : 0;
            var expected = Count * Math.Exp(k * Math.Log(rate) - rate - logFactorial);
            if (expected < 5)
                continue;
            var found = counts.GetValueOrDefault(k);
            statistic += (found - expected) * (found - expected) / expected;
            bins++;
            rest -= found;
            restExpected -= expected;
        }
        statistic += (rest - restExpected) * (rest - restExpected) / Math.Max(restExpected, 1);
        // Wilson and Hilferty's quantile of χ² with as many degrees of freedom as bins, at 99.9 %.
        var ninth = 2.0 / (9 * bins);
        Assert.InRange(statistic, 0, bins * Math.Pow(1 - ninth + 3.09 * Math.Sqrt(ninth), 3));
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(1e12)]
    [InlineData(1e18)]
    public void LargePoissonIsNormal(double rate)
    {
        const int Count = 40_000;
        var sorted = Draw(SampleOp.Poisson, 53, rate, Count).Select(k => (k + 0.5 - rate) / Math.Sqrt(rate)).Order().ToArray();
        // The distribution differs from the normal one by less than 0.14 / √rate (its skewness).
        var largest = sorted.Select((z, i) => Math.Abs(ErrorMath.Erfc(-z / Math.Sqrt(2)) / 2 - (i + 0.5) / Count)).Max();
        Assert.InRange(largest, 0, 1.95 / Math.Sqrt(Count));
    }

    [Fact]
    public void ValuesDependOnKeyIndexAndParameterAlone()
    {
        double[] parameters = [.. Enumerable.Range(0, 3 * 2001).Select(i => 0.1 + i % 17)];
        foreach (var op in Enum.GetValues<SampleOp>())
        {
            var together = Read(Backend.Sample(op, Key(7, 8, 9), Doubles([3, 2001], parameters)));
            Assert.Equal(together[2001..4002], Sample(op, 8, parameters[2001..4002]));
            Assert.Equal(together[4002..4010], Sample(op, 9, parameters[4002..4010]));
            var threads = WorkerPool.Threads;
            try
            {
                WorkerPool.Threads = 1;
                Assert.Equal(together, Read(Backend.Sample(op, Key(7, 8, 9), Doubles([3, 2001], parameters))));
            }
            finally
            {
                WorkerPool.Threads = threads;
            }
        }
    }

    [Fact]
    public void SinglesAreTheRoundedDoubles()
    {
        float[] shapes = [.. Enumerable.Range(1, 999).Select(i => i / 64f)];
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(shapes);
        var single = Read(Backend.Sample(SampleOp.LogGamma, Key(5), Backend.FromHost(bytes, DType.Float32, [1, shapes.Length])));
        var wide = Sample(SampleOp.LogGamma, 5, Array.ConvertAll(shapes, v => (double)v));
        Assert.Equal(wide.Select(v => (double)(float)v), single);
    }

    [Fact]
    public void EdgesAreAsDocumented()
    {
        Assert.Equal(
            [double.NaN, double.NaN, double.NaN, double.PositiveInfinity],
            Sample(SampleOp.LogGamma, 1, 0, -1, double.NaN, double.PositiveInfinity)
        );
        Assert.Equal([0, 0], Sample(SampleOp.Poisson, 1, 0, 1e-300));
        foreach (var rate in new[] { -1, double.NaN, double.PositiveInfinity, 2e18 })
            AssertError("DF0702", ["rate"], () => Sample(SampleOp.Poisson, 1, rate));
        Assert.Empty(Sample(SampleOp.Poisson, 1));
        AssertError("DF0201", ["LogGamma"], () => Backend.Sample(SampleOp.LogGamma, Key(1), Key(1)));
    }
}
