using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Threading;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A row pipeline. Threads claim chunks of parts; how the parts are cut depends on the sizes alone, so that results do not depend on threads.
/// </summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed class RowKernel<T> : IFusedKernel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Multiply-adds that make a chunk, of which there are two to four unless what lies between the stages needs more to stay in a near cache.
    private const long ChunkWork = 400_000;
    private const int MostChunks = 4;
    private const int LoopWork = 16; // of a loop's element
    private const long NearBytes = 384 << 10;

    private readonly RowPipeline pipeline;
    private readonly FusedLoopCode<T>?[] codes;
    private readonly RowValues values;
    private readonly int chunks;
    private RowRun<T>? spare;

    public RowKernel(RowPipeline pipeline)
    {
        this.pipeline = pipeline;
        codes = new FusedLoopCode<T>?[pipeline.Stages.Length];
        for (var s = 0; s < codes.Length; s++)
            codes[s] = pipeline.Stages[s] is RowLoop { Loop: var loop } ? new FusedLoopCode<T>(loop) : null;
        chunks = Cut(pipeline);
        values = new RowValues(pipeline, DTypes.Size(pipeline.DType), chunks);
    }

    /// <inheritdoc/>
    public int Results => pipeline.Results.Length;

    private static int Cut(RowPipeline pipeline)
    {
        var work = 0L;
        var most = pipeline.Parts;
        foreach (var stage in pipeline.Stages)
        {
            if (stage is RowProduct product)
            {
                work += (long)product.Shape.Size * product.Inputs[0].Shape[^1];
                most = Math.Min(most, MostCuts(product));
            }
            else
                work += LoopWork * (long)((RowLoop)stage).Loop.Space.Size;
        }
        var between = new RowValues(pipeline, DTypes.Size(pipeline.DType), 1).Scratch;
        var wanted = Math.Max(Math.Clamp(work / ChunkWork, 2, MostChunks), (between + NearBytes - 1) / NearBytes);
        var cut = (int)Math.Clamp(wanted, 1, most);
        return cut > 1 && cut < most ? cut + (cut % 2) : cut;
    }

    // Every chunk reads the whole right operand: with fewer rows that costs more than the multiplications.
    private static int MostCuts(RowProduct product)
    {
        if (product.Shape.Rank > 2)
            return int.MaxValue;
        var least = product.Inputs[1].Shape.Size switch
        {
            <= 1 << 12 => 4,
            <= 1 << 16 => 16,
            _ => 32,
        };
        return Math.Max(1, product.Shape[0] / least);
    }

    /// <inheritdoc/>
    public void Run(Span<Storage> inputs, Span<Storage?> results)
    {
        var r = 0;
        var value = pipeline.Inputs;
        foreach (var stage in pipeline.Stages)
        {
            if (stage is RowLoop { Loop: var loop })
            {
                foreach (var output in loop.Outputs)
                    Allocate(ref r, value++, loop.IsTruth(output.Value) ? DType.Bool : loop.DType, output.Shape, results);
            }
            else
                Allocate(ref r, value++, pipeline.DType, ((RowProduct)stage).Shape, results);
        }
        var run = Interlocked.Exchange(ref spare, null) ?? new RowRun<T>(pipeline, codes, values, chunks);
        run.Run(inputs, results);
        Volatile.Write(ref spare, run);
    }

    // Results stand in the order of their values.
    private void Allocate(ref int r, int value, DType dtype, Shape shape, Span<Storage?> results)
    {
        if (r < results.Length && pipeline.Results[r] == value)
            results[r++] ??= CpuStorage.Allocate(dtype, shape);
    }
}
