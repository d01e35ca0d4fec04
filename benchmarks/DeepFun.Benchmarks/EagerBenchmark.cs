using System;
using System.Linq;

namespace DeepFun.Benchmarks;

/// <summary>What an operation on ten numbers costs beside its arithmetic: eager, and recorded and reversed by grad.</summary>
internal static class EagerBenchmark
{
    private const int Operations = 1000;
    private const int Turns = 8;

    public static void Run()
    {
        using var peer = TorchPeer.Start("torch_eager.py");
        Console.WriteLine(
            $"Nanoseconds an operation on 10 float32, fastest of {Turns} turns; peer: {peer?.Description ?? "not installed (python3-torch)"}"
        );
        var a = Tensor.Vector([.. Enumerable.Range(1, 10).Select(i => i / 10.0)]);
        var b = Tensor.Vector([.. Enumerable.Range(1, 10).Select(i => i / 7.0)]);

        (string Name, Action Run)[] workloads =
        [
            ("add", () => Repeat(a, _ => a + b)),
            ("grad add", Reverse(a, y => y + b)),
            ("grad multiply", Reverse(a, y => y * b)),
            ("grad tanh", Reverse(a, y => y.Tanh())),
        ];

        var ours = workloads.Select(_ => double.MaxValue).ToArray();
        var theirs = workloads.Select(_ => double.NaN).ToArray();
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < workloads.Length; i++)
            {
                ours[i] = Math.Min(ours[i], Timing.Fastest(10, 0.01, workloads[i].Run)[0] / Operations);
                if (peer is not null)
                    theirs[i] = double.IsNaN(theirs[i])
                        ? peer.Measure(workloads[i].Name)
                        : Math.Min(theirs[i], peer.Measure(workloads[i].Name));
            }
        }

        Console.WriteLine($"{"workload", -16}{"DeepFun", 10}{"PyTorch", 10}{"ratio", 8}");
        for (var i = 0; i < workloads.Length; i++)
            Console.WriteLine($"{workloads[i].Name, -16}{ours[i] * 1e9, 10:F0}{theirs[i] * 1e9, 10:F0}{theirs[i] / ours[i], 8:F1}");
    }

    private static void Repeat(Tensor y, Func<Tensor, Tensor> step)
    {
        for (var i = 0; i < Operations; i++)
            step(y);
    }

    private static Action Reverse(Tensor x, Func<Tensor, Tensor> step)
    {
        var gradient = Differentiate.Grad(
            (Tensor start) =>
            {
                var y = start;
                for (var i = 0; i < Operations; i++)
                    y = step(y);
                return y.Sum();
            }
        );
        return () => gradient(x);
    }
}
