using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>
/// Whole processes beside PyTorch's, in turns: the time from the start of a process to the end of its first step of training, and the most
/// memory that fifty steps of the convolutional network take.
/// </summary>
internal static class ProcessBenchmark
{
    private const string Python = "/usr/bin/python3";
    private static readonly string Peer = Path.Combine("benchmarks", "peers", "torch_child.py");

    /// <summary>As built, and as published for this machine with code compiled ahead, which is how a program should be shipped.</summary>
    public static void Startup(int turns)
    {
        Measure("startup", "ms", Built, ["mlp", "1"], turns, run => run.Seconds * 1e3);
        if (Publish() is { } published)
            Measure("startup_published", "ms", [published], ["mlp", "1"], turns, run => run.Seconds * 1e3);
        else
            Console.WriteLine("startup_published: dotnet publish failed, is the feed reachable that has microsoft.netcore.app.crossgen2?");
    }

    public static void Memory(int turns) => Measure("peak_memory", "MiB", Built, ["cnn", "50"], turns, run => run.Kibibytes / 1024);

    private static string[] Built => [Environment.ProcessPath!, typeof(ProcessBenchmark).Assembly.Location];

    private static string? Publish()
    {
        var folder = Path.Combine("artifacts", "published", "benchmarks");
        string[] command = ["publish", Path.Combine("benchmarks", "DeepFun.Benchmarks"), "-c", "Release", "-o", folder];
        string[] options = ["-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "-p:PublishReadyToRun=true"];
        var start = new ProcessStartInfo("dotnet", [.. command, .. options, "-nodeReuse:false"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? Path.Combine(folder, "DeepFun.Benchmarks") : null;
    }

    /// <summary>What the process does that is measured: steps of training, then its peak of resident memory on a line.</summary>
    public static void Child(string network, int steps)
    {
        var step = TrainingWorkloads.All.Single(workload => workload.Name == network + "_step").Prepare();
        for (var i = 0; i < steps; i++)
            step();
        Console.WriteLine(
            File.ReadLines("/proc/self/status")
                .First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
                .Split(':')[1]
                .Trim()
                .Split(' ')[0]
        );
    }

    private static void Measure(
        string name,
        string unit,
        string[] program,
        string[] work,
        int turns,
        Func<(double Seconds, double Kibibytes), double> figure
    )
    {
        var ours = new double[turns];
        var theirs = new double[turns];
        for (var turn = 0; turn < turns; turn++)
        {
            ours[turn] = figure(Run(program[0], [.. program[1..], "child", .. work]));
            theirs[turn] = File.Exists(Python)
                ? new[] { "1", "2" }.Min(threads => figure(Run(Python, [Peer, .. work, threads])))
                : double.NaN;
        }
        var ratio = Enumerable.Range(0, turns).Select(turn => theirs[turn] / ours[turn]).Order().ElementAt(turns / 2);
        Console.WriteLine(
            $"{name, -20}{ours.Min(), 10:F0}{theirs.Min(), 10:F0}{ratio, 8:F2}  {unit}, least of {turns} turns, median ratio of a turn"
        );
    }

    private static (double Seconds, double Kibibytes) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadLine();
        var seconds = clock.Elapsed.TotalSeconds;
        process.WaitForExit();
        return line is null ? (double.NaN, double.NaN) : (seconds, double.Parse(line, CultureInfo.InvariantCulture));
    }
}
