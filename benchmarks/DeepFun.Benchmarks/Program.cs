using System;
using System.Globalization;
using DeepFun.Backends.Cpu;
using DeepFun.Benchmarks;

var known = new (string Name, string Help, Action<string?> Run)[]
{
    ("matmul", "matrix products beside OpenBLAS", seconds => MatMulBenchmark.Run(Number(seconds, 0.003))),
    ("conv", "convolutions beside PyTorch", seconds => ConvolutionBenchmark.Run(Number(seconds, 0.003))),
    ("fourier", "Fourier transforms beside MathNet.Numerics", seconds => FourierBenchmark.Run(Number(seconds, 0.01))),
    ("linalg", "decompositions beside MathNet", seconds => LinalgBenchmark.Run(Number(seconds, 0.02))),
    ("eager", "overhead of an operation beside PyTorch", _ => EagerBenchmark.Run()),
    ("jet", "derivatives of order 1 to 8: Taylor mode beside nested forward mode", _ => JetBenchmark.Run()),
    ("epoch", "epochs of MNIST beside PyTorch; the number is that of turns", turns => EpochBenchmark.Run((int)Number(turns, 3))),
};

if (args.Length == 0)
{
    Console.WriteLine("Usage: ./build.sh bench WORKLOAD[=NUMBER] ...");
    foreach (var workload in known)
        Console.WriteLine($"  {workload.Name, -8} {workload.Help}");
    return 0;
}
foreach (var arg in args)
{
    var parts = arg.Split('=', 2);
    var found = Array.Find(known, workload => workload.Name == parts[0]);
    if (found.Run is null)
    {
        Console.Error.WriteLine($"There is no benchmark '{parts[0]}'. Without arguments the list is shown.");
        return 2;
    }
    // A workload may choose its threads; the next one finds the standard again.
    var threads = WorkerPool.Threads;
    found.Run(parts.Length > 1 ? parts[1] : null);
    WorkerPool.Threads = threads;
}
return 0;

static double Number(string? text, double standard) => text is null ? standard : double.Parse(text, CultureInfo.InvariantCulture);
