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

    private readonly FusedLoop loop;
    private readonly FusedCodeBlock block;
    private readonly FusedLayout layout;
    private readonly byte** pointers;
    private readonly nint rows;
    private readonly nint count;
    private nint chunkRows;
    private nint chunkCount;
    private byte* partial;
    private nint partialSize;

    /// <summary>A run over operands at <paramref name="pointers"/>, which lie as the merged layout says.</summary>
    public FusedJob(FusedLoop loop, FusedCodeBlock block, FusedLayout layout, byte** pointers)
    {
        this.loop = loop;
        this.block = block;
        this.layout = layout;
        this.pointers = pointers;
        count = layout.Dims[layout.Rank - 1];
        rows = 1;
        for (var axis = 0; axis < layout.Rank - 1; axis++)
            rows *= layout.Dims[axis];
    }

    /// <summary>Computes all results.</summary>
    public void Run()
    {
        var chunks = Cut();
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (chunks > 1 && IsShared(o))
                partialSize += PartialSize(o);
            else if (loop.Outputs[o].Place == FusedPlace.Column)
                new Span<T>(pointers[loop.Inputs.Length + o], (int)count).Clear();
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
        var length = (nint)Math.Clamp(Work / block.Cost, LeastChunk, Chunks.Length);
        chunkRows = nint.Max(1, rows);
        chunkCount = count;
        if (rows * count < 2 * length)
            return 1;
        if (rows == 1)
        {
            if (block.CutsRow)
                chunkCount = length;
            return (int)((count + chunkCount - 1) / chunkCount);
        }
        chunkRows = nint.Max(1, length / nint.Max(1, count));
        foreach (var output in loop.Outputs)
        {
            if (output.Place == FusedPlace.Column)
                chunkRows = nint.Max(chunkRows, (rows + MostColumnChunks - 1) / MostColumnChunks);
        }
        return (int)((rows + chunkRows - 1) / chunkRows);
    }

    private static void Chunk(void* context, int chunk) => Unsafe.AsRef<FusedJob<T>>(context).Chunk(chunk);

    private void Chunk(int chunk)
    {
        var operands = layout.Operands;
        var last = layout.Rank - 1;
        var at = stackalloc byte*[operands + block.Kept];
        var steps = stackalloc nint[operands + block.Kept];
        Keep(at + operands, steps + operands);
        var from = chunkCount < count ? chunk * chunkCount : 0;
        var length = nint.Min(chunkCount, count - from);
        var row = chunkCount < count ? 0 : chunk * chunkRows;
        var end = nint.Min(row + chunkRows, rows);
        var run = last == 0 ? 1 : layout.Dims[last - 1];
        while (row < end)
        {
            var start = row % run;
            var now = nint.Min(end - row, run - start);
            for (var o = 0; o < operands; o++)
            {
                var size = SizeOf(o);
                steps[o] = last == 0 ? 0 : layout.Stride(o, last - 1) * size;
                at[o] = pointers[o] + (Offset(o, row) + from * layout.Stride(o, last)) * size;
            }
            Share(chunk, at);
            block.Run(at, steps, now, length);
            row += now;
        }
    }

    // Where a row of an operand begins, in elements.
    private readonly nint Offset(int operand, nint row)
    {
        nint offset = 0;
        for (var axis = layout.Rank - 2; axis >= 0; axis--)
        {
            offset += row % layout.Dims[axis] * layout.Stride(operand, axis);
            row /= layout.Dims[axis];
        }
        return offset;
    }

    private readonly void Keep(byte** at, nint* steps)
    {
        if (block.Kept == 0)
            return;
        var size = ((count * sizeof(T)) + 127) & ~(nint)63;
        var memory = Scratch.Rent<byte>(Scratch.Use.Walk, size * block.Kept);
        for (var k = 0; k < block.Kept; k++)
        {
            at[k] = memory + k * size;
            steps[k] = 0;
        }
    }

    // Shared results of this chunk go to its own part.
    private readonly void Share(int chunk, byte** at)
    {
        if (partial == null)
            return;
        var next = partial + chunk * partialSize;
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (IsShared(o))
            {
                at[loop.Inputs.Length + o] = next;
                next += PartialSize(o);
            }
        }
    }

    // Chunks of rows share the columns, chunks of a row its reductions.
    private readonly bool IsShared(int output) => loop.Outputs[output].Place == (chunkCount < count ? FusedPlace.Row : FusedPlace.Column);

    // Sixty-four bytes of slack, as after every tensor.
    private readonly nint PartialSize(int output) =>
        (((loop.Outputs[output].Place == FusedPlace.Column ? count : 1) * sizeof(T)) + 127) & ~(nint)63;

    private readonly void PutTogether(int chunks)
    {
        nint offset = 0;
        for (var o = 0; o < loop.Outputs.Length; o++)
        {
            if (!IsShared(o))
                continue;
            var result = (T*)pointers[loop.Inputs.Length + o];
            var first = partial + offset;
            if (loop.Outputs[o].Place == FusedPlace.Column)
                AddColumns(first, chunks, result);
            else
                *result = Combine((ReduceOp)loop.Body[loop.Outputs[o].Value].Operation, first, chunks);
            offset += PartialSize(o);
        }
    }

    // The rows of the chunks in pairs, pairs of pairs, and so on: the order of PairwiseTree. Whole vectors reach into the slack.
    private readonly void AddColumns(byte* first, int chunks, T* result)
    {
        for (var step = 1; step < chunks; step *= 2)
        {
            for (var chunk = 0; chunk + step < chunks; chunk += 2 * step)
            {
                var to = (T*)(first + chunk * partialSize);
                var from = (T*)(first + (chunk + step) * partialSize);
                for (nint i = 0; i < count; i += Vector<T>.Count)
                    Vector.Store(Vector.Load(to + i) + Vector.Load(from + i), to + i);
            }
        }
        new ReadOnlySpan<T>(first, (int)count).CopyTo(new Span<T>(result, (int)count));
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

    private readonly int SizeOf(int operand)
    {
        var truth =
            operand < loop.Inputs.Length
                ? loop.Inputs[operand].DType == DType.Bool
                : loop.IsTruth(loop.Outputs[operand - loop.Inputs.Length].Value);
        return truth ? 1 : sizeof(T);
    }
}
