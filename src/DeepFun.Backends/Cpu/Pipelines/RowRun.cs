using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The working memory of a run of a row pipeline, kept for the next one.</summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed unsafe class RowRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Elements from which on packing is shared out among threads.
    private const int ParallelPacking = 1 << 14;

    private readonly RowPipeline pipeline;
    private readonly RowValues values;
    private readonly int chunks;
    private readonly RowStageRun[] stages;
    private readonly List<RowProductRun<T>> products = [];
    private readonly List<Column> columns = [];
    private nint columnBytes;
    private readonly int operands;
    private readonly nint[] at; // the memory of each value that is a result
    private byte* partial;

    // Sums down columns: the value, and where it begins in the part of a chunk.
    private sealed record Column(int Value, nint Place, int Count);

    public RowRun(RowPipeline pipeline, FusedLoopCode<T>?[] codes, RowValues values, int chunks)
    {
        this.pipeline = pipeline;
        this.values = values;
        this.chunks = chunks;
        stages = new RowStageRun[codes.Length];
        at = new nint[values.Places.Length];
        operands = pipeline.Results.Length;
        var next = pipeline.Inputs;
        for (var s = 0; s < stages.Length; s++)
        {
            var stage = pipeline.Stages[s];
            if (stage is RowLoop loop)
            {
                stages[s] = new RowLoopRun<T>(pipeline, loop, codes[s]!, next);
                AddColumns(loop.Loop, next);
                next += loop.Loop.Outputs.Length;
            }
            else
            {
                var product = new RowProductRun<T>(pipeline, (RowProduct)stage, next++);
                stages[s] = product;
                products.Add(product);
            }
            operands += stages[s].Operands;
        }
    }

    private void AddColumns(FusedLoop loop, int first)
    {
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (loop.Outputs[o].Place != FusedPlace.Column)
                continue;
            var count = loop.Outputs[o].Shape.Size;
            columns.Add(new Column(first + o, columnBytes, count));
            columnBytes += ColumnParts.Size<T>(count);
        }
    }

    /// <summary>Computes the results.</summary>
    public void Run(Span<Storage> inputs, Span<Storage?> results)
    {
        var small = SmallOperands.Rent(operands);
        foreach (var stage in stages)
            stage.Prepare(inputs, ref small);
        for (var r = 0; r < results.Length; r++)
            at[pipeline.Results[r]] = (nint)small.In((CpuStorage)results[r]!, copy: false);
        if (columnBytes > 0)
        {
            partial = Scratch.Rent<byte>(Scratch.Use.Partial, columnBytes * chunks);
            new Span<byte>(partial, checked((int)(columnBytes * chunks))).Clear();
        }
        var packed = Pack(out var sizeClass);
        var self = this;
        WorkerPool.Run(chunks, &Chunk, Unsafe.AsPointer(ref self));
        if (packed != 0)
            NativePool.Return(packed, sizeClass);
        foreach (var column in columns)
            ColumnParts.Add(partial + column.Place, columnBytes, chunks, (T*)at[column.Value], column.Count);
        for (var r = 0; r < results.Length; r++)
            SmallOperands.Out((CpuStorage)results[r]!, (byte*)at[pipeline.Results[r]]);
        foreach (var stage in stages)
            stage.Clear(inputs);
    }

    private static void Chunk(void* context, int chunk) => Unsafe.AsRef<RowRun<T>>(context).Chunk(chunk);

    [SkipLocalsInit]
    private void Chunk(int chunk)
    {
        var first = (nint)((long)chunk * pipeline.Parts / chunks);
        var end = (nint)((chunk + 1L) * pipeline.Parts / chunks);
        var memory = Scratch.Rent<byte>(Scratch.Use.Stages, values.Scratch);
        var own = stackalloc byte*[at.Length];
        for (var v = pipeline.Inputs; v < at.Length; v++)
            own[v] = values.Places[v] < 0 ? (byte*)at[v] : memory + values.Places[v] - first * values.PartBytes[v];
        foreach (var column in columns)
            own[column.Value] = partial + chunk * columnBytes + column.Place;
        foreach (var stage in stages)
            stage.Run(first, end, own);
    }

    // Brings the right operands that are not read in place into panels; their memory, 0 where there is none.
    private nint Pack(out int sizeClass)
    {
        sizeClass = 0;
        nint size = 0;
        foreach (var product in products)
            size += product.PackedSize;
        if (size == 0)
            return 0;
        var memory = NativePool.Rent((long)size * sizeof(T), out sizeClass);
        var next = (T*)memory;
        var panels = 0;
        foreach (var product in products)
        {
            if (product.PackedSize == 0)
                continue;
            product.ReadFrom(next);
            next += product.PackedSize;
            panels += product.Panels;
        }
        var self = this;
        if (size >= ParallelPacking)
            WorkerPool.Run(panels, &PackPanel, Unsafe.AsPointer(ref self));
        else
        {
            for (var panel = 0; panel < panels; panel++)
                PackPanel(panel);
        }
        return memory;
    }

    private static void PackPanel(void* context, int panel) => Unsafe.AsRef<RowRun<T>>(context).PackPanel(panel);

    private void PackPanel(int panel)
    {
        foreach (var product in products)
        {
            if (product.PackedSize == 0)
                continue;
            if (panel < product.Panels)
            {
                product.Pack(panel);
                return;
            }
            panel -= product.Panels;
        }
    }
}
