using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using DeepFun.Backends;
using DeepFun.Backends.Cpu;

namespace DeepFun.Benchmarks;

/// <summary>The convolutions of a small network, each of the three maps, against PyTorch in turns.</summary>
internal static class ConvolutionBenchmark
{
    private static readonly (int Batch, int In, int Out, int Size, int Kernel, int Groups)[] Cases =
    [
        (128, 1, 32, 28, 3, 1),
        (128, 32, 64, 13, 3, 1),
        (128, 64, 64, 5, 3, 1),
        (64, 64, 64, 28, 3, 1),
        (32, 64, 128, 14, 1, 1),
        (32, 64, 64, 28, 3, 64), // depthwise
    ];

    public static void Run(double secondsPerRound)
    {
        using var peer = TorchPeer.Start("torch_conv.py");
        Console.WriteLine($"DeepFun float32 convolution; {Environment.ProcessorCount} processors, .NET {Environment.Version}");
        Console.WriteLine(
            peer is null
                ? "PyTorch: /usr/bin/python3 has none (Debian: install python3-torch, run from the repository's root); its columns stay empty."
                : $"{peer.Description}, eager, contiguous tensors"
        );
        Console.WriteLine("Microseconds, fastest of 5 turns; ratio: PyTorch / ours, above 1 ours is faster.");
        Console.WriteLine($"{"case", -32}{"map", -9}{"T", 2}{"ours", 10}{"GFLOP/s", 9}{"of peak", 9}{"PyTorch", 10}{"ratio", 7}");
        foreach (var c in Cases)
        foreach (var op in Enum.GetValues<ConvolutionOp>())
        {
            // The first layer's input needs no gradient.
            if (c.In == 1 && op == ConvolutionOp.InputGradient)
                continue;
            for (var threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
                Row(peer, c, op, threads, secondsPerRound);
        }
    }

    private static void Row(
        TorchPeer? peer,
        (int Batch, int In, int Out, int Size, int Kernel, int Groups) c,
        ConvolutionOp op,
        int threads,
        double secondsPerRound
    )
    {
        WorkerPool.Threads = threads;
        var spec = new ConvolutionSpec([c.Size, c.Size], [c.Kernel, c.Kernel], [1, 1], [0, 0], [0, 0], [1, 1], c.Groups);
        var places = spec.OutputSize()[0];
        var x = Random([c.Batch, c.In, c.Size, c.Size]);
        var w = Random([c.Out, c.In / c.Groups, c.Kernel, c.Kernel]);
        var y = Random([c.Batch, c.Out, places, places]);
        var (first, second, name) = op switch
        {
            ConvolutionOp.Forward => (x, w, "forward"),
            ConvolutionOp.InputGradient => (y, w, "input"),
            _ => (x, y, "weight"),
        };
        var ours = new double[5];
        var theirs = new double[5];
        var peaks = new double[5];
        for (var turn = 0; turn < ours.Length; turn++)
        {
            var times = Timing.Fastest(5, secondsPerRound, () => Step(op, first, second, spec), Timing.Peak);
            ours[turn] = times[0];
            peaks[turn] = threads * Timing.PeakOperations / times[1];
            if (peer is not null)
                theirs[turn] = peer.Measure(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{threads} {c.Batch} {c.In} {c.Out} {c.Size} {c.Kernel} {c.Groups} {name} {5 * secondsPerRound}"
                    )
                );
        }
        var ratio = theirs.Min() / ours.Min();
        var mine = ours.Min();
        var operations = 2.0 * c.Batch * c.Out * places * places * c.In / c.Groups * c.Kernel * c.Kernel;
        var label = $"{c.Batch}x{c.In}->{c.Out} {c.Size}x{c.Size} k{c.Kernel}{(c.Groups > 1 ? " depthwise" : "")}";
        var other = peer is null ? "" : $"{theirs.Min() * 1e6, 10:F0}{ratio, 7:F2}";
        Console.WriteLine(
            $"{label, -32}{name, -9}{threads, 2}{mine * 1e6, 10:F0}{operations / mine / 1e9, 9:F1}{operations / mine / peaks.Max(), 9:P0}{other}"
        );
    }

    // As in a training step: what a call allocates goes back to the pool.
    private static void Step(ConvolutionOp op, Storage first, Storage second, ConvolutionSpec spec)
    {
        using var scope = MemoryScope.Enter();
        CpuBackend.Instance.Convolve(op, first, second, spec);
    }

    private static Storage Random(int[] shape)
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle()).ToArray();
        return CpuBackend.Instance.FromHost(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, shape);
    }
}
