using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>What each part of the compiler is worth: the time of workloads without it, in a process of its own, against all of it.</summary>
internal static class PassesBenchmark
{
    private static readonly string[] Parts =
    [
        "Simplify",
        "CommonSubexpressions",
        "Repeats",
        "Joins",
        "Scans",
        "Residuals",
        "Convolutions",
        "Layouts",
        "Pipelines",
        "Reuse",
        "Fusion",
    ];

    private static readonly string[] Names = ["mlp_step", "cnn_step", "lstm_step", "attention_step", "hvp", "per_example_grads"];

    public static void Run(int turns)
    {
        var ways = new List<(string Name, string Variable, string Value)> { ("all of it", "DEEPFUN_WITHOUT", "") };
        ways.AddRange(Parts.Select(part => ($"without {part}", "DEEPFUN_WITHOUT", part)));
        ways.Add(("not compiled", "DEEPFUN_JIT", "0"));
        var times = ways.Select(_ => Names.Select(_ => double.MaxValue).ToArray()).ToArray();
        for (var turn = 0; turn < turns; turn++)
        {
            for (var w = 0; w < ways.Count; w++)
            {
                var now = Measure(ways[w].Variable, ways[w].Value);
                for (var i = 0; i < Names.Length; i++)
                    times[w][i] = Math.Min(times[w][i], now[i]);
            }
        }
        Console.WriteLine($"Milliseconds, the least of {turns} turns, and how many times that of the whole compiler");
        Console.WriteLine($"{"", -28}{string.Concat(Names.Select(name => $"{name, 20}"))}");
        for (var w = 0; w < ways.Count; w++)
            Console.WriteLine(
                $"{ways[w].Name, -28}{string.Concat(Names.Select((_, i) => $"{times[w][i], 13:G4} {times[w][i] / times[0][i], 5:F2}x"))}"
            );
    }

    /// <summary>What the process does that is measured.</summary>
    public static void Child()
    {
        foreach (var name in Names)
            Console.WriteLine(
                WorkloadBenchmark.Alone(Workload.All.Single(workload => workload.Name == name)).ToString(CultureInfo.InvariantCulture)
            );
    }

    private static double[] Measure(string variable, string value)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(PassesBenchmark).Assembly.Location, "child-passes"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return [.. lines.Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
    }
}
