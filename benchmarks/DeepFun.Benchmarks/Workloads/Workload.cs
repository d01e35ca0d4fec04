using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepFun.Benchmarks.Workloads;

/// <summary>One row of the table: a call that is timed, and the ways in which a PyTorch user could write the same.</summary>
/// <param name="Name">The yardstick's name.</param>
/// <param name="Prepare">Makes data and model and gives the call.</param>
/// <param name="Target">Peer's best time / ours that the project holds itself to.</param>
/// <param name="Peers">Requests to <c>peers/torch_workloads.py</c>.</param>
/// <param name="Inner">Operations that a call does; times are of one.</param>
/// <param name="Operations">Floating-point operations of a call, where the share of the multiply-add peak is shown; else 0.</param>
/// <param name="Bytes">Bytes that a call must move, where the share of the copy bandwidth is shown; else 0.</param>
internal sealed record Workload(
    string Name,
    Func<Action> Prepare,
    double Target,
    string[] Peers,
    int Inner = 1,
    double Operations = 0,
    double Bytes = 0
)
{
    /// <summary>All workloads, in the order of the table.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [.. TrainingWorkloads.All, .. DerivativeWorkloads.All, .. PredictionWorkloads.All, .. KernelWorkloads.All];

    /// <summary>Standard normal numbers, the same in every run.</summary>
    public static Tensor Normal(long seed, params int[] shape) => Tensor.Normal(Key.FromSeed(seed), shape);

    /// <summary>Labels 0 to 9, the same in every run.</summary>
    public static Tensor Labels(int count) =>
        Tensor.Vector([.. Enumerable.Range(0, count).Select(i => (double)(i * 7 % 10))]).Cast(DType.Int32);
}
