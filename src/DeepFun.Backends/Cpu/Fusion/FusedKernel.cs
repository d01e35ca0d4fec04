using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A fused loop for any layout of its inputs. Threads share the rows, or the row when there is one. How the work is cut depends on the sizes alone,
/// so that results do not depend on threads.
/// </summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed unsafe class FusedKernel<T> : IFusedKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FusedLoop loop;
    private readonly FusedLoopCode<T> code;

    public FusedKernel(FusedLoop loop)
    {
        this.loop = loop;
        code = new FusedLoopCode<T>(loop);
    }

    /// <inheritdoc/>
    public int Results => loop.Outputs.Length;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Run(Span<Storage> inputs, Span<Storage?> results)
    {
        var operands = inputs.Length + results.Length;
        var memory = stackalloc nint[FusedLayout.TableSize(loop.Space.Rank, operands)];
        var layout = FusedLayout.Of(loop, memory);
        ulong copied = 0; // a bit an input: see FusedLoop.MostInputs
        for (var i = 0; i < inputs.Length; i++)
        {
            var placed = code.Place(ref layout, i, (CpuStorage)inputs[i]);
            copied |= (ReferenceEquals(placed, inputs[i]) ? 0UL : 1) << i;
            inputs[i] = placed;
        }
        for (var o = 0; o < results.Length; o++)
            results[o] ??= CpuStorage.Allocate(loop.IsTruth(loop.Outputs[o].Value) ? DType.Bool : loop.DType, loop.Outputs[o].Shape);
        code.PlaceOutputs(ref layout);
        layout.Merge(code.Loop.HasRows ? loop.RowAxes : loop.Space.Rank);

        var small = SmallOperands.Rent(operands);
        var pointers = stackalloc byte*[operands];
        for (var i = 0; i < inputs.Length; i++)
            pointers[i] = small.In((CpuStorage)inputs[i]);
        for (var o = 0; o < results.Length; o++)
            pointers[inputs.Length + o] = small.In((CpuStorage)results[o]!, copy: false);

        var job = new FusedJob<T>(new FusedWalk<T>(code, layout), pointers);
        job.Run();

        for (var o = 0; o < results.Length; o++)
            SmallOperands.Out((CpuStorage)results[o]!, pointers[inputs.Length + o]);
        for (var i = 0; i < inputs.Length; i++)
            ((CpuStorage)inputs[i]).Leave((copied >> i & 1) == 0 ? inputs[i] : null);
    }
}
