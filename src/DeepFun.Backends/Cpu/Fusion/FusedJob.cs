using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One run of a fused loop, cut into chunks of rows, or of the one row. What several chunks add to, column sums and reductions of a row
/// that is cut, each chunk computes for itself; they are put together in order in the end.
/// </summary>
internal unsafe struct FusedJob<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Work = 8 * Chunks.Length; // additions that make a chunk
    private const int LeastChunk = 1024;
    private const int MostColumnChunks = 16;

    private readonly FusedWalk<T> walk;
    private readonly byte** pointers;
    private nint chunkRows;
    private nint chunkCount;
    private byte* partial;
    private nint partialSize;

    /// <summary>A run over operands at <paramref name="pointers"/>.</summary>
    public FusedJob(FusedWalk<T> walk, byte** pointers)
    {
        this.walk = walk;
        this.pointers = pointers;
    }

    private readonly FusedLoop Loop => walk.Loop;

    /// <summary>Computes all results.</summary>
    public void Run()
    {
        var chunks = Cut();
        for (var o = 0; o < Loop.Outputs.Length; o++)
        {
            if (chunks > 1 && IsShared(o))
                partialSize += PartialSize(o);
            else if (Loop.Outputs[o].Place == FusedPlace.Column)
                new Span<T>(pointers[Loop.Inputs.Length + o], (int)walk.Count).Clear();
        }
        if (partialSize > 0)
        {
            partial = (byte*)Scratch.Rent<byte>(Scratch.Use.Partial, partialSize * chunks);
            new Span<byte>(partial, checked((int)(partialSize * chunks))).Clear();
        }
        WorkerPool.Run(chunks, &Chunk, Unsafe.AsPointer(ref this));
        if (partialSize > 0)
            PutTogether(chunks);
    }

    private int Cut()
    {
        var length = (nint)Math.Clamp(Work / walk.Block.Cost, LeastChunk, Chunks.Length);
        chunkRows = nint.Max(1, walk.Rows);
        chunkCount = walk.Count;
        if (walk.Rows * walk.Count < 2 * length)
            return 1;
        if (walk.Rows == 1)
        {
            if (walk.Block.CutsRow)
                chunkCount = length;
            return (int)((walk.Count + chunkCount - 1) / chunkCount);
        }
        chunkRows = nint.Max(1, length / nint.Max(1, walk.Count));
        foreach (var output in Loop.Outputs)
        {
            if (output.Place == FusedPlace.Column)
                chunkRows = nint.Max(chunkRows, (walk.Rows + MostColumnChunks - 1) / MostColumnChunks);
        }
        return (int)((walk.Rows + chunkRows - 1) / chunkRows);
    }

    private static void Chunk(void* context, int chunk) => Unsafe.AsRef<FusedJob<T>>(context).Chunk(chunk);

    private readonly void Chunk(int chunk)
    {
        var from = chunkCount < walk.Count ? chunk * chunkCount : 0;
        var length = nint.Min(chunkCount, walk.Count - from);
        var row = chunkCount < walk.Count ? 0 : chunk * chunkRows;
        var own = stackalloc byte*[Loop.Inputs.Length + Loop.Outputs.Length];
        Share(chunk, own);
        walk.Run(own, row, nint.Min(row + chunkRows, walk.Rows), from, length);
    }

    // Shared results of this chunk go to its own part.
    private readonly void Share(int chunk, byte** own)
    {
        var operands = Loop.Inputs.Length + Loop.Outputs.Length;
        for (var i = 0; i < operands; i++)
            own[i] = pointers[i];
        if (partial == null)
            return;
        var next = partial + chunk * partialSize;
        for (var o = 0; o < Loop.Outputs.Length; o++)
        {
            if (IsShared(o))
            {
                own[Loop.Inputs.Length + o] = next;
                next += PartialSize(o);
            }
        }
    }

    // Chunks of rows share the columns, chunks of a row its reductions.
    private readonly bool IsShared(int output) =>
        Loop.Outputs[output].Place == (chunkCount < walk.Count ? FusedPlace.Row : FusedPlace.Column);

    private readonly nint PartialSize(int output) => ColumnParts.Size<T>(Loop.Outputs[output].Place == FusedPlace.Column ? walk.Count : 1);

    private readonly void PutTogether(int chunks)
    {
        nint offset = 0;
        for (var o = 0; o < Loop.Outputs.Length; o++)
        {
            if (!IsShared(o))
                continue;
            var result = (T*)pointers[Loop.Inputs.Length + o];
            var first = partial + offset;
            if (Loop.Outputs[o].Place == FusedPlace.Column)
                ColumnParts.Add(first, partialSize, chunks, result, walk.Count);
            else
                *result = Combine((ReduceOp)Loop.Body[Loop.Outputs[o].Value].Operation, first, chunks);
            offset += PartialSize(o);
        }
    }

    private readonly T Combine(ReduceOp op, byte* first, int chunks) =>
        op switch
        {
            ReduceOp.Sum => Combine<SumReduction<T>>(first, chunks),
            ReduceOp.Product => Combine<ProductReduction<T>>(first, chunks),
            ReduceOp.Max => Combine<MaxReduction<T>>(first, chunks),
            ReduceOp.Min => Combine<MinReduction<T>>(first, chunks),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
        };

    // A value that every chunk has, as the tree of the reductions puts them together.
    private readonly T Combine<TOperator>(byte* first, int chunks)
        where TOperator : struct, IReductionOperator<T>
    {
        var tree = new PairwiseTree<TOperator, T>();
        for (var chunk = 0; chunk < chunks; chunk++)
            tree.Add(*(T*)(first + chunk * partialSize));
        return tree.Result();
    }
}
