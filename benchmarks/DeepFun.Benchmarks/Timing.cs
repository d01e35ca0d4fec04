using System;
using System.Diagnostics;
using System.Linq;
using DeepFun.Backends.Cpu;

namespace DeepFun.Benchmarks;

/// <summary>
/// Interleaved timing: every candidate runs in every round, so that a slow minute of the machine slows them alike. The fastest round counts:
/// on a machine that others use too, disturbance only ever adds.
/// </summary>
internal static class Timing
{
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
    public static double PeakOperations => RegisterPeak.Operations;

    /// <summary>Multiply-adds on registers alone: what the core can do at most.</summary>
    public static void Peak() => RegisterPeak.Run();

    /// <summary>How often <see cref="PeakOfThreads"/> does the work of <see cref="Peak"/>.</summary>
    public const int PeakChunks = 4;

    /// <summary>The same on all threads of the pool at once: less than their number times one, where they share clock or power.</summary>
    public static unsafe void PeakOfThreads() => WorkerPool.Run(PeakChunks, &PeakChunk, null);

    private static unsafe void PeakChunk(void* context, int chunk) => Peak();
}
