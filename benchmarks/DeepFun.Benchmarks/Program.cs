using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepFun.Backends.Cpu;
using DeepFun.Benchmarks;
using DeepFun.Benchmarks.Workloads;

var studies = new (string Name, string Help, Action<string?> Run)[]
{
    ("matmul", "large matrix products beside OpenBLAS", seconds => MatMulBenchmark.Run("large", Number(seconds, 0.003))),
    ("products", "matrix products of a training step beside OpenBLAS", seconds => MatMulBenchmark.Run("step", Number(seconds, 0.003))),
    ("conv", "convolutions beside PyTorch", seconds => ConvolutionBenchmark.Run(Number(seconds, 0.003))),
    ("fourier", "Fourier transforms beside MathNet.Numerics", seconds => FourierBenchmark.Run(Number(seconds, 0.01))),
    ("linalg", "decompositions beside MathNet", seconds => LinalgBenchmark.Run(Number(seconds, 0.02))),
    ("eager", "overhead of an operation beside PyTorch", _ => EagerBenchmark.Run()),
    ("jet", "derivatives of order 1 to 8: Taylor mode beside nested forward mode", _ => JetBenchmark.Run()),
    ("jacobians", "Jacobians and Hessians that compile by themselves beside operation by operation", _ => JacobianBenchmark.Run()),
    ("startup", "from the start of a process to its first step of training, beside PyTorch", _ => ProcessBenchmark.Startup(5)),
    ("memory", "the most memory of a process that trains the convolutional network, beside PyTorch", _ => ProcessBenchmark.Memory(3)),
    ("passes", "what each part of the compiler is worth; the number is that of turns", turns => PassesBenchmark.Run((int)Number(turns, 2))),
    ("growth", "time to trace and compile against the length of a chain, and of the first steps", _ => GrowthBenchmark.Run()),
    ("scaling", "a step against batch, width, threads and checkpoints, with plots", _ => ScalingBenchmark.Run()),
    ("epoch", "epochs of MNIST beside PyTorch; the number is that of turns", turns => EpochBenchmark.Run((int)Number(turns, 3))),
};

if (args is ["child-passes"])
{
    PassesBenchmark.Child();
    return 0;
}
if (args is ["child", var network, var steps])
{
    ProcessBenchmark.Child(network, int.Parse(steps, CultureInfo.InvariantCulture));
    return 0;
}
if (args.Length == 0)
{
    Console.WriteLine("Usage: ./build.sh bench [WORKLOAD...|all] [--json FILE] [--quick] [STUDY[=NUMBER]...]");
    Console.WriteLine("Workloads, beside PyTorch: " + string.Join(' ', Workload.All.Select(workload => workload.Name)));
    foreach (var study in studies)
        Console.WriteLine($"  {study.Name, -8} {study.Help}");
    return 0;
}
var chosen = new List<Workload>();
var (turns, json) = (7, (string?)null);
for (var i = 0; i < args.Length; i++)
{
    var parts = args[i].Split('=', 2);
    if (args[i] == "--quick")
        turns = 3;
    else if (args[i] == "--json" && i + 1 < args.Length)
        json = args[++i];
    else if (args[i] == "all")
        chosen.AddRange(Workload.All);
    else if (Workload.All.Where(workload => workload.Name == args[i]).ToArray() is [var workload])
        chosen.Add(workload);
    else if (Array.Find(studies, study => study.Name == parts[0]) is { Run: { } run })
    {
        // A study may choose its threads; the next one finds the standard again.
        var threads = WorkerPool.Threads;
        run(parts.Length > 1 ? parts[1] : null);
        WorkerPool.Threads = threads;
    }
    else
    {
        Console.Error.WriteLine($"There is no workload or study '{args[i]}'. Without arguments they are listed.");
        return 2;
    }
}
if (chosen.Count > 0)
    WorkloadBenchmark.Run(chosen, turns, json);
return 0;

static double Number(string? text, double standard) => text is null ? standard : double.Parse(text, CultureInfo.InvariantCulture);
