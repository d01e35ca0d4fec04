using System;
using System.Globalization;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu;

namespace DeepFun.Benchmarks;

/// <summary>The matrix product against OpenBLAS, in one process, call by call in turn.</summary>
internal static unsafe class MatMulBenchmark
{
    private static readonly (int M, int N, int K, bool TransposeA, bool TransposeB)[] Cases =
    [
        (64, 64, 64, false, false),
        (128, 128, 128, false, false),
        (256, 256, 256, false, false),
        (512, 512, 512, false, false),
        (512, 512, 512, true, false),
        (512, 512, 512, false, true),
        (1024, 1024, 1024, false, false),
        (2048, 2048, 2048, false, false),
        (64, 128, 784, false, false),
        (64, 128, 784, false, true),
        (784, 128, 64, true, false),
        (128, 784, 64, true, false),
        (64, 784, 128, false, false),
        (128, 10, 128, false, false),
        (64, 10, 128, false, false),
        (64, 10, 128, false, true),
        (64, 128, 10, false, false),
        (64, 128, 10, false, true),
        (128, 10, 64, true, false),
        (1, 128, 784, false, false),
        (1, 128, 784, false, true),
        (128, 1, 784, false, false),
        (512, 768, 768, false, true),
        (512, 3072, 768, false, true),
    ];

    public static void Run(double secondsPerRound)
    {
        var peer = OpenBlas.Load();
        Console.WriteLine($"DeepFun float32 matrix product; {Environment.ProcessorCount} processors, .NET {Environment.Version}");
        Console.WriteLine(
            peer is null
                ? "OpenBLAS: libopenblas.so.0 was not found (Debian: install libopenblas0); its columns stay empty."
                : $"OpenBLAS: {peer.Description}"
        );
        Console.WriteLine("GFLOP/s, fastest of 25 interleaved rounds; peak: multiply-adds on registers, one thread, same rounds.");
        Console.WriteLine($"{"m x n x k", -18}{"T", 3}{"ours", 9}{"OpenBLAS", 10}{"ratio", 8}{"of peak", 9}");
        foreach (var shape in Cases)
        {
            for (var threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
                Row(peer, shape, threads, secondsPerRound);
        }
    }

    private static void Row(
        OpenBlas? peer,
        (int M, int N, int K, bool TransposeA, bool TransposeB) shape,
        int threads,
        double secondsPerRound
    )
    {
        var (m, n, k, transposeA, transposeB) = shape;
        WorkerPool.Threads = threads;
        if (peer is not null)
            peer.Threads = threads;
        var a = Random((nint)m * k, 1);
        var b = Random((nint)k * n, 2);
        var c = Random((nint)m * n, 3);
        var left = transposeA ? new MatrixView<float>(a, 1, m) : new MatrixView<float>(a, k, 1);
        var right = transposeB ? new MatrixView<float>(b, 1, k) : new MatrixView<float>(b, n, 1);
        var times = Timing.Fastest(
            25,
            secondsPerRound,
            () => MatMulFloating.Multiply(KernelSet<float>.Best, m, n, k, left, right, c, n),
            () => peer?.Multiply(m, n, k, a, transposeA, b, transposeB, c),
            Timing.Peak
        );
        var operations = 2.0 * m * n * k;
        var ours = operations / times[0] / 1e9;
        var theirs = operations / times[1] / 1e9;
        var peak = threads * Timing.PeakOperations / times[2] / 1e9;
        var name = $"{m}x{n}x{k}{(transposeA ? " At" : "")}{(transposeB ? " Bt" : "")}";
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -18}{threads, 3}{ours, 9:F1}{(peer is null ? "" : theirs.ToString("F1", CultureInfo.InvariantCulture)), 10}{(peer is null ? "" : (ours / theirs).ToString("F2", CultureInfo.InvariantCulture)), 8}{ours / peak, 9:P0}"
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
