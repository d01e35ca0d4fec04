using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>
/// The workloads beside PyTorch, in turns (A B A B …). A turn times single calls for a fifth of a second on each side and takes the
/// median; the ratio is that of the peer's fastest variant and thread count to ours in the same turn, and the table has its median over the turns.
/// </summary>
internal static class WorkloadBenchmark
{
    private const double SecondsPerTurn = 0.2;
    private static readonly int[] PeerThreads = [1, 2];

    /// <summary>Measures and prints; json names a file for {workload: {"ms": …}}.</summary>
    public static void Run(IReadOnlyList<Workload> workloads, int turns, string? json)
    {
        var peers = PeerThreads.Select(threads => TorchPeer.Start("torch_workloads.py", $"--threads {threads}")).ToArray();
        Console.WriteLine($"Peer: {peers[0]?.Description ?? "not installed (python3-torch)"}; {turns} turns; ms an operation");
        Console.WriteLine(
            $"{"workload", -20}{"DeepFun", 10}{"PyTorch", 10}{"ratio", 8}{"least", 8}{"most", 8}{"target", 8}  {"of the limit", 12}  best peer"
        );
        var rows = workloads.Select(workload => Measure(workload, peers, turns)).ToList();
        foreach (var peer in peers)
            peer?.Dispose();
        var ratios = rows.Where(row => !double.IsNaN(row.Ratio)).Select(row => Math.Log(row.Ratio)).ToList();
        if (ratios.Count > 0)
            Console.WriteLine($"geometric mean of the ratios: {Math.Exp(ratios.Average()):F2}");
        if (json is not null)
            File.WriteAllText(json, JsonSerializer.Serialize(rows.ToDictionary(row => row.Name, row => new { ms = row.Milliseconds })));
    }

    private sealed record Row(string Name, double Milliseconds, double Ratio);

    private static Row Measure(Workload workload, TorchPeer?[] peers, int turns)
    {
        var call = workload.Prepare();
        Warm(call);
        var variants = peers.SelectMany(peer => workload.Peers.Select(name => (Peer: peer, Name: name))).ToArray();
        var ours = new double[turns];
        var theirs = variants.Select(_ => new double[turns]).ToArray();
        for (var turn = 0; turn < turns; turn++)
        {
            ours[turn] = Median(call) / workload.Inner;
            for (var v = 0; v < variants.Length; v++)
                theirs[v][turn] =
                    variants[v].Peer?.Measure($"{variants[v].Name} {SecondsPerTurn.ToString(CultureInfo.InvariantCulture)}") ?? double.NaN;
        }
        var ratios = Enumerable.Range(0, turns).Select(turn => theirs.Min(t => t[turn]) / ours[turn]).Order().ToArray();
        var best = Enumerable.Range(0, variants.Length).MinBy(v => theirs[v].Min());
        var name = variants[best].Peer is null ? "" : $"{variants[best].Name}, {PeerThreads[best / workload.Peers.Length]} threads";
        Console.WriteLine(
            $"{workload.Name, -20}{ours.Min(), 10:G4}{theirs[best].Min(), 10:G4}{ratios[turns / 2], 8:F2}{ratios[0], 8:F2}{ratios[^1], 8:F2}"
                + $"{workload.Target, 8:F1}  {Limit(workload, ours.Min()), 12}  {name}"
        );
        return new Row(workload.Name, ours.Min(), ratios[turns / 2]);
    }

    // Share of the multiply-add peak of all threads at once, or of the bandwidth of a copy, measured now.
    private static string Limit(Workload workload, double milliseconds)
    {
        if (workload.Operations > 0)
            return $"{workload.Operations / (milliseconds * 1e-3) / PeakRate():P0} FMA";
        return workload.Bytes > 0 ? $"{workload.Bytes / (milliseconds * 1e-3) / CopyRate():P0} copy" : "";
    }

    private static double PeakRate() => Timing.PeakChunks * Timing.PeakOperations / Timing.Fastest(20, 0.002, Timing.PeakOfThreads)[0];

    private static double CopyRate()
    {
        var (from, to) = (new float[1_000_000], new float[1_000_000]);
        var halves = new Action[] { () => from.AsSpan(0, 500_000).CopyTo(to), () => from.AsSpan(500_000).CopyTo(to.AsSpan(500_000)) };
        return 8e6 / Timing.Fastest(20, 0.005, () => System.Threading.Tasks.Parallel.Invoke(halves))[0];
    }

    // Long enough for the just-in-time compiler to have its last word on what is called.
    private static void Warm(Action call, double seconds = 0.5)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 40 || clock.Elapsed.TotalSeconds < seconds; i++)
        {
            call();
            if (clock.Elapsed.TotalSeconds > 3)
                break;
        }
    }

    /// <summary>The median of single calls in a fifth of a second, after a warm-up, in milliseconds an operation.</summary>
    public static double Alone(Workload workload)
    {
        var call = workload.Prepare();
        Warm(call, 1.5);
        return Median(call) / workload.Inner;
    }

    private static double Median(Action call)
    {
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        do
        {
            var start = clock.Elapsed.TotalMilliseconds;
            call();
            times.Add(clock.Elapsed.TotalMilliseconds - start);
        } while (clock.Elapsed.TotalSeconds < SecondsPerTurn);
        times.Sort();
        return times[times.Count / 2];
    }
}
