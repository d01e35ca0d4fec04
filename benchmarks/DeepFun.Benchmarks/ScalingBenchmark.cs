using System;
using System.IO;
using System.Linq;
using DeepFun.Backends.Cpu;
using DeepFun.Benchmarks.Workloads;

namespace DeepFun.Benchmarks;

/// <summary>
/// A step of training against the batch, the width and the threads, and the time and memory of a deep network against how many of its layers
/// share a checkpoint. Prints tables and writes a page of plots.
/// </summary>
internal static class ScalingBenchmark
{
    private const int Depth = 32;
    private const int Width = 256;
    private static readonly int[] Batches = [1, 4, 16, 64, 256, 1024];
    private static readonly int[] Widths = [64, 128, 256, 512, 1024, 2048, 4096];
    private static readonly int[] Shared = [1, 2, 4, 8, 16];

    public static void Run()
    {
        var report = new HtmlReport("How the cost of a step grows", "A step of training: gradient of the cross entropy, and Adam");
        report.Add(Threads("batch, 784-128-10", Batches, batch => Step(128, batch)));
        report.Add(Threads("width, 784-width-10, batch 64", Widths, width => Step(width, 64)));
        var (time, memory) = Checkpoints();
        report.Add(time).Add(memory);
        var file = Path.Combine("artifacts", "benchmarks", "scaling.html");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        report.Save(file);
        Console.WriteLine($"Plots: {file}");
    }

    private static Action Step(int width, int batch) =>
        TrainingWorkloads.Step(Model.Sequential(Layers.Dense(width, Activation.Relu), Layers.Dense(10)), [784], batch);

    private static Figure Threads(string what, int[] sizes, Func<int, Action> step)
    {
        Console.WriteLine($"{what, -32}{"1 thread, ms", 14}{"2 threads, ms", 14}{"ratio", 8}");
        var times = new double[2][];
        for (var threads = 1; threads <= 2; threads++)
        {
            WorkerPool.Threads = threads;
            times[threads - 1] = [.. sizes.Select(size => Time(step(size)))];
        }
        for (var i = 0; i < sizes.Length; i++)
            Console.WriteLine($"{sizes[i], 32}{times[0][i], 14:G4}{times[1][i], 14:G4}{times[0][i] / times[1][i], 8:F2}");
        var x = sizes.Select(size => Math.Log2(size)).ToArray();
        var lines = times.Select((row, i) => ($"{i + 1} threads", x, row.Select(Math.Log2).ToArray())).ToArray();
        return Figure.Lines($"Time of a step against the {what}", "log₂ of the size", "log₂ of milliseconds", lines);
    }

    // Tanh layers in blocks, of which the way back keeps the inputs alone.
    private static (Figure Time, Figure Memory) Checkpoints()
    {
        var weights = Enumerable.Range(0, Depth).Select(i => Workload.Normal(i, Width, Width) * 0.06).ToArray();
        var x = Workload.Normal(99, 256, Width);
        Func<Tensor[], Tensor[]> Gradient(int shared)
        {
            Func<(Tensor H, Tensor[] W), Tensor> block = b => b.W.Aggregate(b.H, (h, w) => h.MatMul(w).Tanh());
            var part = shared == 0 ? block : Differentiate.Checkpoint(block);
            return Differentiate.Grad((Tensor[] all) => all.Chunk(shared == 0 ? Depth : shared).Aggregate(x, (h, w) => part((h, w))).Sum());
        }
        Console.WriteLine($"{Depth} layers, a checkpoint each{"ms", 14}{"MiB planned", 14}{"MiB measured", 14}");
        double[] sizes = [.. Shared, Depth];
        var (times, planned, measured) = (new double[sizes.Length], new double[sizes.Length], new double[sizes.Length]);
        for (var i = 0; i < sizes.Length; i++)
        {
            var gradient = Gradient(i < Shared.Length ? Shared[i] : 0);
            var compiled = Compile.Jit(gradient);
            times[i] = Time(() => Memory.Scope(() => compiled(weights)[0].Rank));
            planned[i] = Cost.Of(gradient, weights).PeakBytes / (double)(1 << 20);
            measured[i] = Profile.Run(gradient, weights).PeakBytes / (double)(1 << 20);
            var name = i < Shared.Length ? $"{Shared[i]} layers" : "none";
            Console.WriteLine($"{name, 28}{times[i], 14:G4}{planned[i], 14:F1}{measured[i], 14:F1}");
        }
        const string axis = "layers that share a checkpoint; the last point: none at all";
        return (
            Figure.Lines("Time of a gradient against checkpoints", axis, "milliseconds", ("compiled", sizes, times)),
            Figure.Lines(
                "Memory of a gradient against checkpoints",
                axis,
                "MiB",
                ("planned", sizes, planned),
                ("measured", sizes, measured)
            )
        );
    }

    private static double Time(Action call) => WorkloadBenchmark.Alone(new Workload("", () => call, 0, []));
}
