using System;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DeepFun.Backends.Cpu;

namespace DeepFun.Benchmarks;

/// <summary>
/// Interleaved timing: every candidate runs in every round, so that a slow minute of the machine slows them alike. The fastest round counts:
/// on a machine that others use too, disturbance only ever adds.
/// </summary>
internal static class Timing
{
    private static float sink;

    /// <summary>Seconds of one call in the fastest round of each candidate.</summary>
    public static double[] Fastest(int rounds, double secondsPerRound, params Action[] candidates)
    {
        var calls = new int[candidates.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            candidates[i]();
            candidates[i]();
            var once = Seconds(candidates[i], 3);
            calls[i] = (int)Math.Clamp(secondsPerRound / once, 1, 100_000);
            Seconds(candidates[i], Math.Min(calls[i], 50));
        }
        var samples = candidates.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < candidates.Length; i++)
                samples[i][round] = Seconds(candidates[i], calls[i]);
        }
        return samples.Select(sample => sample.Min()).ToArray();
    }

    private static double Seconds(Action action, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }

    /// <summary>Floating-point operations that one call of <see cref="Peak"/> does.</summary>
    public static double PeakOperations => 20_000.0 * 16 * 2 * Lanes;

    private static int Lanes =>
        Vector512.IsHardwareAccelerated ? 16
        : Vector256.IsHardwareAccelerated ? 8
        : 4;

    /// <summary>Multiply-adds on registers alone: what the core can do at most.</summary>
    public static void Peak() =>
        sink +=
            Vector512.IsHardwareAccelerated ? Peak512(20_000)
            : Vector256.IsHardwareAccelerated ? Peak256(20_000)
            : Peak128(20_000);

    /// <summary>How often <see cref="PeakOfThreads"/> does the work of <see cref="Peak"/>.</summary>
    public const int PeakChunks = 4;

    /// <summary>The same on all threads of the pool at once: less than their number times one, where they share clock or power.</summary>
    public static unsafe void PeakOfThreads() => WorkerPool.Run(PeakChunks, &PeakChunk, null);

    private static unsafe void PeakChunk(void* context, int chunk) => Peak();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Peak512(int steps)
    {
        var x = Vector512.Create(sink * 1e-30f);
        var y = Vector512.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * steps; i++)
        {
            c0 = Vector512.MultiplyAddEstimate(c0, y, x);
            c1 = Vector512.MultiplyAddEstimate(c1, y, x);
            c2 = Vector512.MultiplyAddEstimate(c2, y, x);
            c3 = Vector512.MultiplyAddEstimate(c3, y, x);
            c4 = Vector512.MultiplyAddEstimate(c4, y, x);
            c5 = Vector512.MultiplyAddEstimate(c5, y, x);
            c6 = Vector512.MultiplyAddEstimate(c6, y, x);
            c7 = Vector512.MultiplyAddEstimate(c7, y, x);
        }
        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Peak256(int steps)
    {
        var x = Vector256.Create(sink * 1e-30f);
        var y = Vector256.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * steps; i++)
        {
            c0 = Vector256.MultiplyAddEstimate(c0, y, x);
            c1 = Vector256.MultiplyAddEstimate(c1, y, x);
            c2 = Vector256.MultiplyAddEstimate(c2, y, x);
            c3 = Vector256.MultiplyAddEstimate(c3, y, x);
            c4 = Vector256.MultiplyAddEstimate(c4, y, x);
            c5 = Vector256.MultiplyAddEstimate(c5, y, x);
            c6 = Vector256.MultiplyAddEstimate(c6, y, x);
            c7 = Vector256.MultiplyAddEstimate(c7, y, x);
        }
        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Peak128(int steps)
    {
        var x = Vector128.Create(sink * 1e-30f);
        var y = Vector128.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * steps; i++)
        {
            c0 = Vector128.MultiplyAddEstimate(c0, y, x);
            c1 = Vector128.MultiplyAddEstimate(c1, y, x);
            c2 = Vector128.MultiplyAddEstimate(c2, y, x);
            c3 = Vector128.MultiplyAddEstimate(c3, y, x);
            c4 = Vector128.MultiplyAddEstimate(c4, y, x);
            c5 = Vector128.MultiplyAddEstimate(c5, y, x);
            c6 = Vector128.MultiplyAddEstimate(c6, y, x);
            c7 = Vector128.MultiplyAddEstimate(c7, y, x);
        }
        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }
}
