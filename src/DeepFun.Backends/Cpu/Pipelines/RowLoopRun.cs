using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>A fused loop as a stage of a row pipeline.</summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed unsafe class RowLoopRun<T> : RowStageRun
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RowPipeline pipeline;
    private readonly RowLoop stage;
    private readonly FusedLoopCode<T> code;
    private readonly int firstResult;
    private readonly nint[] tables;
    private readonly CpuStorage?[] own;
    private readonly nint[] at; // where an input lies that comes from outside; else its offset in the value
    private FusedWalk<T> walk;

    /// <summary>The loop of a stage, whose first result has this number.</summary>
    public RowLoopRun(RowPipeline pipeline, RowLoop stage, FusedLoopCode<T> code, int firstResult)
    {
        this.pipeline = pipeline;
        this.stage = stage;
        this.code = code;
        this.firstResult = firstResult;
        var operands = stage.Inputs.Length + code.Loop.Outputs.Length;
        tables = GC.AllocateUninitializedArray<nint>(FusedLayout.TableSize(code.Loop.Space.Rank, operands), pinned: true);
        own = new CpuStorage?[stage.Inputs.Length];
        at = new nint[stage.Inputs.Length];
    }

    /// <inheritdoc/>
    public override int Operands => stage.Inputs.Length;

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<Storage> inputs, ref SmallOperands small)
    {
        var layout = FusedLayout.Of(code.Loop, (nint*)Unsafe.AsPointer(ref tables[0]));
        for (var i = 0; i < at.Length; i++)
        {
            var operand = stage.Inputs[i];
            if (operand.Value < pipeline.Inputs)
            {
                own[i] = code.Place(ref layout, i, (CpuStorage)inputs[operand.Value]);
                at[i] = (nint)small.In(own[i]!);
            }
            else
            {
                layout.SetInput(i, operand.Shape, operand.Strides, code.Loop.Inputs[i].Axes);
                at[i] = operand.Offset * code.SizeOf(i);
            }
        }
        code.PlaceOutputs(ref layout);
        layout.Merge(RowAxes(layout));
        walk = new FusedWalk<T>(code, layout);
    }

    // Where nothing belongs to a row, and no operand has gaps or repeats in part, all elements are one row.
    private int RowAxes(in FusedLayout layout)
    {
        if (code.Loop.HasRows)
            return code.Loop.RowAxes;
        for (var operand = 0; operand < layout.Operands; operand++)
        {
            if (!layout.IsRow(operand, layout.Rank))
                return layout.Rank - LeadingAxes();
        }
        return layout.Rank;
    }

    private int LeadingAxes()
    {
        var (axes, size) = (0, 1);
        while (size % pipeline.Parts != 0)
            size *= code.Loop.Space[axes++];
        return axes;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public override void Run(nint first, nint end, byte** values)
    {
        var outputs = code.Loop.Outputs.Length;
        var pointers = stackalloc byte*[at.Length + outputs];
        for (var i = 0; i < at.Length; i++)
        {
            var value = stage.Inputs[i].Value;
            pointers[i] = value < pipeline.Inputs ? (byte*)at[i] : values[value] + at[i];
        }
        for (var o = 0; o < outputs; o++)
            pointers[at.Length + o] = values[firstResult + o];
        if (walk.Rows == 1)
        {
            var elements = walk.Count / pipeline.Parts;
            walk.Run(pointers, 0, 1, first * elements, (end - first) * elements);
        }
        else
        {
            var rows = walk.Rows / pipeline.Parts;
            walk.Run(pointers, first * rows, end * rows, 0, walk.Count);
        }
    }

    /// <inheritdoc/>
    public override void Clear(ReadOnlySpan<Storage> inputs)
    {
        for (var i = 0; i < own.Length; i++)
            own[i]?.Leave(inputs[stage.Inputs[i].Value]);
        Array.Clear(own);
    }
}
