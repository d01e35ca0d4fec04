using System;
using System.Linq;
using DeepFun.Benchmarks.Workloads;

namespace DeepFun.Benchmarks;

/// <summary>One epoch of MNIST at a time, in turns with PyTorch: a perceptron, a convolutional network and an LSTM, batch 128, Adam 1e-3.</summary>
internal static class EpochBenchmark
{
    private static readonly int[] PeerThreads = [1, 2];

    public static void Run(int turns)
    {
        var (train, test) = Datasets.Mnist();
        var peers = PeerThreads.Select(threads => TorchPeer.Start("torch_mnist.py", $"--serve --threads {threads}")).ToArray();
        Console.WriteLine($"Seconds an epoch of MNIST, {turns} turns; peer: {peers[0]?.Description ?? "not installed (python3-torch)"}");
        foreach (var (name, model) in new[] { ("mlp", Perceptron()), ("cnn", Networks.Convolutional()), ("lstm", Recurrent()) })
        {
            var trainer = Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-3), Metrics.Accuracy);
            // An epoch that does not count, after which the just-in-time compiler has little left to do.
            var run = trainer.Fit(train, batchSize: 128);
            var ours = new double[turns];
            var theirs = peers.Select(_ => new double[turns]).ToArray();
            for (var turn = 0; turn < turns; turn++)
            {
                run = turn == 0 ? trainer.Fit(train, batchSize: 128) : run.Continue(train, batchSize: 128);
                ours[turn] = run.History[0].Seconds;
                for (var p = 0; p < peers.Length; p++)
                    theirs[p][turn] = peers[p]?.Measure(name) ?? double.NaN;
                Console.WriteLine(
                    $"  {name} turn {turn + 1}: DeepFun {ours[turn]:F2}  PyTorch 1 thread {theirs[0][turn]:F2}, 2 threads {theirs[1][turn]:F2}"
                );
            }
            var best = theirs.Select(t => t.Min()).Min();
            var ratio = Enumerable.Range(0, turns).Select(t => theirs.Min(p => p[t]) / ours[t]).Order().ElementAt(turns / 2);
            Console.WriteLine(
                $"{name}: fastest {ours.Min():F2} s, PyTorch {best:F2} s at its better thread count; ratio of the same turn, median {ratio:F2}; "
                    + $"test accuracy after {turns} epochs {run.Evaluate(test)["accuracy"]:P2}, "
                    + $"PyTorch {string.Join(" and ", peers.Select(peer => $"{peer?.Measure($"accuracy {name}") ?? double.NaN:P2}"))}"
            );
        }
        foreach (var peer in peers)
            peer?.Dispose();
    }

    private static Layer Perceptron() => Model.Sequential(Layers.Flatten(), Layers.Dense(128, Activation.Relu), Layers.Dense(10));

    // A digit is a sequence of 28 rows.
    private static Layer Recurrent() => Model.Sequential(Layers.Reshape(28, 28), Layers.Lstm(128, sequences: false), Layers.Dense(10));
}
