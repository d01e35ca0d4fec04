using System;
using System.Diagnostics;
using DeepFun.Benchmarks.Workloads;

namespace DeepFun.Benchmarks;

/// <summary>How the time to trace and compile grows: chains of 10 to 10,000 equations, loops of 64 and 6,400 steps.</summary>
internal static class GrowthBenchmark
{
    public static void Run()
    {
        Chain(100);
        Console.WriteLine("Tracing and compiling, with the first run, ms");
        foreach (var equations in new[] { 10, 100, 1_000, 10_000 })
        {
            var (chain, gradient) = (Chain(equations), Gradient(equations));
            Console.WriteLine(
                $"  chain of {equations, 6} equations {chain, 9:F1} ({chain / equations:F3} an equation), its gradient {gradient, 9:F1}"
            );
        }
        foreach (var steps in new[] { 64, 6_400 })
            Console.WriteLine($"  recurrent network over {steps, 5} steps, forward and gradient {Recurrent(steps), 9:F1}");
    }

    private static Tensor Long(Tensor x, int equations)
    {
        var y = x;
        for (var i = 0; i < equations / 2; i++)
            y = (y * 0.999).Tanh();
        return y.Sum();
    }

    private static double Chain(int equations) => First(Compile.Jit((Tensor x) => Long(x, equations)), Tensor.Ones(64));

    private static double Gradient(int equations) =>
        First(Compile.Jit(Differentiate.Grad((Tensor x) => Long(x, equations))), Tensor.Ones(64));

    // The steps run once beside being compiled; the second run is taken off.
    private static double Recurrent(int steps)
    {
        var model = Networks.Recurrent();
        var (parameters, state) = model.Initialize(Key.FromSeed(0), steps, 32);
        var x = Workload.Normal(1, 4, steps, 32);
        var f = Compile.Jit((Params p) => Differentiate.Grad((Params q) => model.Forward(q, state, x).Sum())(p));
        var first = First(f, parameters);
        return first - First(f, parameters);
    }

    private static double First<T, TResult>(Func<T, TResult> f, T x)
    {
        var clock = Stopwatch.StartNew();
        f(x);
        return clock.Elapsed.TotalMilliseconds;
    }
}
