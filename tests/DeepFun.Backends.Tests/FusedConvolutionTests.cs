using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;
using Xunit;

namespace DeepFun.Backends.Tests;

/// <summary>
/// Convolution, bias, relu and pooled maxima in one, and their gradients, against the definitions, place by place, in small integers, so that
/// every answer is exact and ties are frequent.
/// </summary>
public sealed class FusedConvolutionTests
{
    private static readonly CpuBackend Cpu = CpuBackend.Instance;

    private sealed record Case(int Batch, int In, int Out, ConvolutionSpec Spec, bool Bias, bool Relu, WindowSpec? Pool, bool InputGradient)
    {
        public int[] Output => Spec.OutputSize();
        public int[] Result => Pool?.OutputSize() ?? Output;

        public FusedConvolution Of(bool backward) => new(backward, DType.Float32, In, Out, Spec, Bias, Relu, Pool, InputGradient);

        public override string ToString() =>
            $"batch {Batch}, channels {In} to {Out}, input {Text(Spec.InputSize)}, kernel {Text(Spec.KernelSize)}, strides {Text(Spec.Strides)}, "
            + $"pads {Text(Spec.PadLow)} {Text(Spec.PadHigh)}, dilations {Text(Spec.Dilations)}, bias {Bias}, relu {Relu}, "
            + $"windows {Text(Pool?.WindowSize ?? [])} strides {Text(Pool?.Strides ?? [])}, input gradient {InputGradient}";

        private static string Text(int[] values) => $"[{string.Join(",", values)}]";
    }

    private static Storage From(float[] values, params int[] shape) =>
        Cpu.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, shape);

    private static float[] To(Storage x)
    {
        var values = new float[x.Shape.Size];
        Cpu.ToHost(x, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static float[] Integers(Random random, int count) =>
        Enumerable.Range(0, count).Select(_ => (float)random.Next(-3, 4)).ToArray();

    // Calls visit(input, weight, output) for every triple of flat indices that the definition multiplies.
    private static void Triples(Case c, Action<int, int, int> visit)
    {
        var (s, size, output) = (c.Spec, c.Spec.InputSize, c.Output);
        for (var n = 0; n < c.Batch; n++)
        for (var o = 0; o < c.Out; o++)
        for (var i = 0; i < c.In; i++)
        for (var h = 0; h < output[0]; h++)
        for (var w = 0; w < output[1]; w++)
        for (var kh = 0; kh < s.KernelSize[0]; kh++)
        for (var kw = 0; kw < s.KernelSize[1]; kw++)
        {
            var y = h * s.Strides[0] + kh * s.Dilations[0] - s.PadLow[0];
            var x = w * s.Strides[1] + kw * s.Dilations[1] - s.PadLow[1];
            if (y < 0 || y >= size[0] || x < 0 || x >= size[1])
                continue;
            visit(
                ((n * c.In + i) * size[0] + y) * size[1] + x,
                ((o * c.In + i) * s.KernelSize[0] + kh) * s.KernelSize[1] + kw,
                ((n * c.Out + o) * output[0] + h) * output[1] + w
            );
        }
    }

    // The index of the first maximum of each window.
    private static int[] Maxima(Case c, float[] y)
    {
        var (pool, output, result) = (c.Pool!, c.Output, c.Result);
        var places = new List<int>();
        for (var plane = 0; plane < c.Batch * c.Out; plane++)
        for (var h = 0; h < result[0]; h++)
        for (var w = 0; w < result[1]; w++)
        {
            int At(int kh, int kw) => (plane * output[0] + h * pool.Strides[0] + kh) * output[1] + w * pool.Strides[1] + kw;
            var best = At(0, 0);
            for (var kh = 0; kh < pool.WindowSize[0]; kh++)
            for (var kw = 0; kw < pool.WindowSize[1]; kw++)
                best = y[At(kh, kw)] > y[best] ? At(kh, kw) : best;
            places.Add(best);
        }
        return [.. places];
    }

    private static void Check(Case c, Random random, int bits)
    {
        int[] inputShape = [c.Batch, c.In, .. c.Spec.InputSize];
        int[] weightShape = [c.Out, c.In, .. c.Spec.KernelSize];
        int[] resultShape = [c.Batch, c.Out, .. c.Result];
        static int Count(int[] shape) => shape.Aggregate(1, (a, b) => a * b);
        var plane = Count(c.Output);
        var x = Integers(random, Count(inputShape));
        var w = Integers(random, Count(weightShape));
        var bias = Integers(random, c.Out);
        var y = new float[c.Batch * c.Out * plane];
        Triples(c, (i, k, o) => y[o] += x[i] * w[k]);
        for (var i = 0; i < y.Length; i++)
        {
            y[i] += c.Bias ? bias[i / plane % c.Out] : 0;
            y[i] = c.Relu ? Math.Max(y[i], 0) : y[i];
        }
        var places = c.Pool is null ? Enumerable.Range(0, y.Length).ToArray() : Maxima(c, y);
        var result = places.Select(place => y[place]).ToArray();

        var tiles = ConvolutionTileSets.Of<float>(bits);
        var forward = FusedConvolutionKernel.TryCreate(c.Of(backward: false), tiles)!;
        Storage[] operands = [From(x, inputShape), From(w, weightShape), .. c.Bias ? [From(bias, c.Out)] : Array.Empty<Storage>()];
        var results = forward.Run(operands);
        InPlace(c, forward, operands, results);
        Assert.Equal(resultShape, results[0].Shape.ToArray());
        Same(c, "result", result, results[0]);

        var dy = Integers(random, result.Length);
        var inner = new float[y.Length];
        for (var i = 0; i < dy.Length; i++)
            inner[places[i]] += c.Relu && result[i] <= 0 ? 0 : dy[i];
        var (dx, dw, db) = (new float[x.Length], new float[w.Length], new float[c.Out]);
        Triples(
            c,
            (i, k, o) =>
            {
                dx[i] += inner[o] * w[k];
                dw[k] += inner[o] * x[i];
            }
        );
        for (var i = 0; i < inner.Length; i++)
            db[i / plane % c.Out] += inner[i];
        var last =
            c.Pool is not null ? [results[1]]
            : c.Relu ? new[] { results[0] }
            : [];
        var backward = FusedConvolutionKernel.TryCreate(c.Of(backward: true), tiles)!;
        Storage[] given = [operands[0], operands[1], From(dy, resultShape), .. last];
        var gradients = backward.Run(given);
        InPlace(c, backward, given, gradients);
        Assert.Equal(1 + (c.Bias ? 1 : 0) + (c.InputGradient ? 1 : 0), gradients.Length);
        Same(c, "weight gradient", dw, gradients[0]);
        if (c.Bias)
            Same(c, "bias gradient", db, gradients[1]);
        if (c.InputGradient)
            Same(c, "input gradient", dx, gradients[^1]);
    }

    // Results are written where the caller wants them, and nothing beside them is: each is the middle one of three, the others filled with 7.
    private static void InPlace(Case c, IFusedKernel kernel, Storage[] operands, Storage[] results)
    {
        var stacks = results
            .Where(r => r.DType == DType.Float32)
            .Select(r => Cpu.Reserve(DType.Float32, [3, .. r.Shape.ToArray()]))
            .ToArray();
        foreach (var stack in stacks)
            Cpu.Write(From([.. Enumerable.Repeat(7f, stack.Shape.Size)], stack.Shape.ToArray()), stack);
        var targets = new Storage?[results.Length];
        for (var i = 0; i < stacks.Length; i++)
            targets[i] = Cpu.Item(stacks[i], 1);
        var wanted = targets.ToArray();
        kernel.Run(operands, targets);
        for (var i = 0; i < stacks.Length; i++)
        {
            Assert.Same(wanted[i], targets[i]);
            float[] beside = [.. Enumerable.Repeat(7f, results[i].Shape.Size)];
            Same(c, $"stack with result {i}", [.. beside, .. To(results[i]), .. beside], stacks[i]);
        }
    }

    private static void Same(Case c, string what, float[] expected, Storage actual)
    {
        var values = To(actual);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] != values[i])
                Assert.Fail($"{what}[{i}] is {values[i]}, not {expected[i]}: {c}");
        }
    }

    private static WindowSpec Windows(int[] size, int[] window, int[] strides) => new(size, window, strides, [0, 0], [0, 0], [1, 1]);

    [Theory]
    [InlineData(128, 100)]
    [InlineData(256, 100)]
    [InlineData(512, 250)]
    public void RandomCases(int bits, int rounds)
    {
        var random = new Random(bits);
        int[] Two(int low, int high) => [random.Next(low, high + 1), random.Next(low, high + 1)];
        for (var round = 0; round < rounds; round++)
        {
            var plain = random.Next(3) == 0;
            var spec = new ConvolutionSpec(
                Two(4, 13),
                Two(1, 3),
                plain ? [1, 1] : Two(1, 2),
                plain ? [0, 0] : Two(-1, 2),
                plain ? [0, 0] : Two(-1, 2),
                plain ? [1, 1] : Two(1, 2),
                1
            );
            var output = spec.OutputSize();
            if (output[0] == 0 || output[1] == 0)
                continue;
            var window = Two(1, 3);
            var pool = random.Next(4) == 0 ? null : Windows(output, window, random.Next(2) == 0 ? window : Two(1, 3));
            // Sixteen channels or a multiple fill registers: then only what has a gradient is multiplied.
            var channels = random.Next(2) == 0 ? 16 * random.Next(1, 4) : random.Next(1, 20);
            var (bias, relu) = (random.Next(3) > 0, random.Next(3) > 0);
            Check(new Case(random.Next(1, 12), channels, random.Next(8, 40), spec, bias, relu, pool, channels >= 8), random, bits);
        }
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotChangeABit()
    {
        var random = new Random(7);
        float[] Reals(int count) => Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var spec = new ConvolutionSpec([13, 13], [3, 3], [1, 1], [0, 0], [0, 0], [1, 1], 1);
        var c = new Case(40, 32, 24, spec, true, true, Windows([11, 11], [2, 2], [2, 2]), true);
        var (x, w) = (From(Reals(40 * 32 * 169), 40, 32, 13, 13), From(Reals(24 * 32 * 9), 24, 32, 3, 3));
        var (bias, dy) = (From(Reals(24), 24), From(Reals(40 * 24 * 25), 40, 24, 5, 5));
        float[] All()
        {
            var results = Cpu.Compile(c.Of(backward: false))!.Run([x, w, bias]);
            return [.. To(results[0]), .. Cpu.Compile(c.Of(backward: true))!.Run([x, w, dy, results[1]]).SelectMany(To)];
        }
        var before = WorkerPool.Threads;
        WorkerPool.Threads = 1;
        var one = All();
        WorkerPool.Threads = 3;
        Assert.True(one.AsSpan().SequenceEqual(All()));
        WorkerPool.Threads = before;
    }

    [Fact]
    public void NaNWinsAndHasNoGradientBelowRelu()
    {
        var spec = new ConvolutionSpec([2, 2], [1, 1], [1, 1], [0, 0], [0, 0], [1, 1], 1);
        var c = new Case(1, 8, 8, spec, true, true, Windows([2, 2], [2, 2], [2, 2]), false);
        var values = Enumerable.Repeat(1f, 32).ToArray();
        values[2] = float.NaN;
        var (x, w) = (From(values, 1, 8, 2, 2), From(Enumerable.Repeat(1f, 64).ToArray(), 8, 8, 1, 1));
        var results = Cpu.Compile(c.Of(backward: false))!.Run([x, w, From(new float[8], 8)]);
        Assert.All(To(results[0]), value => Assert.True(float.IsNaN(value)));
        var dy = From(Enumerable.Repeat(1f, 8).ToArray(), 1, 8, 1, 1);
        Assert.All(To(Cpu.Compile(c.Of(backward: true))!.Run([x, w, dy, results[1]])[1]), value => Assert.Equal(0, value));
    }

    [Fact]
    public void AnEmptyBatchHasZeroGradients()
    {
        var spec = new ConvolutionSpec([5, 5], [3, 3], [1, 1], [0, 0], [0, 0], [1, 1], 1);
        Check(new Case(0, 16, 8, spec, true, true, Windows([3, 3], [2, 2], [2, 2]), true), new Random(1), 256);
    }

    [Fact]
    public void WhatThePartsDoAsWellIsNotFused()
    {
        var spec = new ConvolutionSpec([5, 5], [3, 3], [1, 1], [0, 0], [0, 0], [1, 1], 1);
        var fused = new FusedConvolution(true, DType.Float32, 16, 16, spec, true, true, null, true);
        Assert.NotNull(Cpu.Compile(fused));
        Assert.Null(Cpu.Compile(fused with { DType = DType.Float64 }));
        Assert.Null(Cpu.Compile(fused with { OutChannels = 4 }));
        Assert.Null(Cpu.Compile(fused with { InChannels = 4 }));
        Assert.NotNull(Cpu.Compile(fused with { InChannels = 4, InputGradient = false }));
        Assert.Null(Cpu.Compile(fused with { Spec = spec with { Groups = 2 } }));
        var padded = new WindowSpec([3, 3], [2, 2], [2, 2], [1, 1], [0, 0], [1, 1]);
        Assert.Null(Cpu.Compile(fused with { Pool = padded }));
        Assert.Null(Cpu.Compile(fused with { Pool = Windows([4, 4], [2, 2], [2, 2]) }));
    }
}
