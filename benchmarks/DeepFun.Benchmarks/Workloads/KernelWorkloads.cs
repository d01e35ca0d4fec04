using System;
using System.Linq;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>Single operations: loops over a million numbers, matrix products, and what an operation on ten numbers costs.</summary>
internal static class KernelWorkloads
{
    private const int Million = 1_000_000;
    private const int Calls = 1000;

    public static Workload[] All { get; } =
    [
        Loop("elementwise_chain", x => (1.5 * x + 0.5).Tanh() * x.Sigmoid() + x, 3, "elementwise_chain", "elementwise_chain/jit_trace"),
        Loop("gelu", x => x.Gelu(), 1.3, "gelu"),
        .. new[] { 256, 512, 1024, 2048 }.Select(Product),
        new("small_ops", SmallOperations, 14, ["small_ops", "small_ops/inplace"], Calls),
        new("small_ops_grad", SmallGradients, 6, ["small_ops_grad_backward"], Calls),
    ];

    private static Workload Loop(string name, Func<Tensor, Tensor> f, double target, params string[] peers) =>
        new(
            name,
            () =>
            {
                var x = Workload.Normal(1, Million);
                var compiled = Compile.Jit(f);
                return () => Memory.Scope(() => compiled(x).Shape[0]);
            },
            target,
            peers,
            Bytes: 8.0 * Million
        );

    private static Workload Product(int n) =>
        new(
            $"gemm_{n}",
            () =>
            {
                var (a, b) = (Workload.Normal(1, n, n), Workload.Normal(2, n, n));
                var product = Compile.Jit((Tensor x, Tensor y) => x.MatMul(y));
                return () => Memory.Scope(() => product(a, b).Shape[0]);
            },
            1,
            [$"gemm_{n}"],
            Operations: 2.0 * n * n * n
        );

    private static Action SmallOperations()
    {
        var (a, b) = (Workload.Normal(1, 10), Workload.Normal(2, 10));
        return () =>
        {
            for (var i = 0; i < Calls; i++)
                _ = a + b;
        };
    }

    private static Action SmallGradients()
    {
        var (w, b) = (Workload.Normal(1, 10), Workload.Normal(2, 10));
        var gradient = Differentiate.Grad(
            (Tensor w) =>
            {
                var y = w;
                for (var i = 0; i < Calls; i++)
                    y += b;
                return y.Sum();
            }
        );
        return () => gradient(w);
    }
}
