using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;

namespace DeepFun.Benchmarks;

/// <summary>The matrix product against OpenBLAS, in one process, call by call in turn.</summary>
internal static unsafe class MatMulBenchmark
{
    /// <summary>A product, Batch times; a transposed operand is stored as its transpose, as the view that a derivative multiplies by.</summary>
    private sealed record Case(int M, int N, int K, string Transposed = "", int Batch = 1)
    {
        public bool TransposeA => Transposed.Contains('A');

        public bool TransposeB => Transposed.Contains('B');

        public override string ToString() =>
            $"{(Batch > 1 ? $"{Batch} x " : "")}{M}x{N}x{K}{(TransposeA ? " At" : "")}{(TransposeB ? " Bt" : "")}";
    }

    private static readonly Case[] Large =
    [
        new(256, 256, 256),
        new(512, 512, 512),
        new(512, 512, 512, "A"),
        new(512, 512, 512, "B"),
        new(1024, 1024, 1024),
        new(2048, 2048, 2048),
        new(512, 768, 768, "B"),
        new(512, 3072, 768, "B"),
    ];

    // Forward, weight gradient and input gradient of the layers that the workloads train, and single predictions.
    private static readonly Case[] OfTraining =
    [
        new(10, 10, 1),
        new(64, 64, 64),
        new(128, 128, 128),
        new(64, 128, 784),
        new(64, 128, 784, "B"),
        new(784, 128, 64, "A"),
        new(128, 784, 64, "A"),
        new(64, 784, 128),
        new(64, 784, 128, "B"),
        new(128, 10, 128),
        new(64, 10, 128),
        new(64, 10, 128, "B"),
        new(64, 128, 10),
        new(64, 128, 10, "B"),
        new(128, 10, 64, "A"),
        new(1, 128, 784),
        new(1, 128, 784, "B"),
        new(128, 1, 784),
        new(32, 512, 128),
        new(32, 128, 512, "B"),
        new(128, 512, 32, "A"),
        new(32, 64, 512, "B"),
        new(2048, 384, 128),
        new(2048, 128, 384, "B"),
        new(128, 384, 2048, "A"),
        new(1024, 512, 128),
        new(1024, 128, 512),
        new(64, 64, 32, "B", 64),
        new(64, 32, 64, "", 64),
        new(64, 32, 64, "A", 64),
        new(64, 64, 32, "B", 4),
    ];

    public static void Run(string kind, double secondsPerRound)
    {
        var peer = OpenBlas.Load();
        Console.WriteLine($"DeepFun float32 matrix product; {Environment.ProcessorCount} processors, .NET {Environment.Version}");
        Console.WriteLine(
            peer is null
                ? "OpenBLAS: libopenblas.so.0 was not found (Debian: install libopenblas0); its columns stay empty."
                : $"OpenBLAS: {peer.Description}"
        );
        Console.WriteLine("Fastest of 25 interleaved rounds; peak: multiply-adds on registers by as many threads at once, same rounds.");
        Console.WriteLine($"{"m x n x k", -20}{"T", 3}{"us", 9}{"GFLOP/s", 9}{"OpenBLAS", 10}{"ratio", 8}{"of peak", 9}");
        Warm();
        foreach (var shape in kind == "large" ? Large : OfTraining)
        {
            for (var threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
                Row(peer, shape, threads, secondsPerRound);
        }
    }

    // The way to the kernels is compiled in tiers: the last one comes a tenth of a second after the first calls.
    private static void Warm()
    {
        var a = Random(100, 1);
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 400)
            MatMulBatch.Multiply(a, [1, 10, 1], a, [1, 1, 1], a + 10, [1, 3, 3], 3);
        NativeMemory.AlignedFree(a);
    }

    private static void Row(OpenBlas? peer, Case shape, int threads, double secondsPerRound)
    {
        var (m, n, k) = (shape.M, shape.N, shape.K);
        WorkerPool.Threads = threads;
        if (peer is not null)
            peer.Threads = threads;
        var a = Random((nint)shape.Batch * m * k, 1);
        var b = Random((nint)shape.Batch * k * n, 2);
        var c = Random((nint)shape.Batch * m * n, 3);
        var left = shape.TransposeA ? new[] { m * k, 1, m } : [m * k, k, 1];
        var right = shape.TransposeB ? new[] { n * k, 1, k } : [n * k, n, 1];
        int[] dims = [shape.Batch, m, n];
        var times = Timing.Fastest(
            25,
            secondsPerRound,
            () => MatMulBatch.Multiply(a, left, b, right, c, dims, k),
            () =>
            {
                for (nint i = 0; i < shape.Batch; i++)
                    peer?.Multiply(m, n, k, a + i * m * k, shape.TransposeA, b + i * n * k, shape.TransposeB, c + i * m * n);
            },
            Timing.PeakOfThreads
        );
        var operations = 2.0 * shape.Batch * m * n * k;
        var (ours, theirs) = (operations / times[0] / 1e9, peer is null ? double.NaN : operations / times[1] / 1e9);
        var peak = Timing.PeakChunks * Timing.PeakOperations / times[2] / 1e9;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{shape, -20}{threads, 3}{times[0] * 1e6, 9:F2}{ours, 9:F1}{theirs, 10:F1}{ours / theirs, 8:F2}{ours / peak, 9:P0}"
            )
        );
        NativeMemory.AlignedFree(a);
        NativeMemory.AlignedFree(b);
        NativeMemory.AlignedFree(c);
    }

    internal static float* Random(nint count, int seed)
    {
        var values = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float) + 64), 64);
        var random = new Random(seed);
        for (nint i = 0; i < count; i++)
            values[i] = random.NextSingle() - 0.5f;
        return values;
    }
}
