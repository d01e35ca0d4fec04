using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Reduces axes away with an associative operator. The tree in which elements meet depends on shape and layout alone, never on
/// the number of threads.
/// </summary>
internal static unsafe class ReductionLoop<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    private struct Job
    {
        public ReductionLayout Layout;
        public T* Results;
        public nint Count;
        public nint Group; // results a chunk
    }

    /// <summary>Reduces <paramref name="axes"/>, which are ascending.</summary>
    public static CpuStorage Run(CpuStorage x, ReadOnlySpan<int> axes)
    {
        var result = CpuStorage.Allocate(x.DType, ReductionLayout.ResultShape(x.Shape, axes));
        fixed (
            byte* from = x,
                to = result
        )
        {
            if (x.Shape.Size == 0)
                new Span<T>(to, result.Shape.Size).Fill(TOperator.Neutral);
            else if (x.IsContiguous && result.Shape.Size == 1 && x.Shape.Size <= Chunks.Length)
                *(T*)to = BlockFold<TOperator, T>.Run((T*)from, x.Shape.Size);
            else
                General(x, from, axes, (T*)to, result.Shape.Size);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }

    private static void General(CpuStorage x, byte* from, ReadOnlySpan<int> axes, T* results, nint count)
    {
        var table = stackalloc nint[ReductionLayout.TableSize(x.Shape.Rank)];
        var layout = ReductionLayout.Create(x, from, axes, table);
        if (ColumnFold<TOperator, T>.Suits(layout))
        {
            ColumnFold<TOperator, T>.Run(layout, results, x.Shape.Size);
            return;
        }
        var job = new Job
        {
            Layout = layout,
            Results = results,
            Count = count,
            Group = nint.Max(1, Chunks.Length / layout.Length),
        };
        if (layout.Length > Chunks.Length)
            FoldLong(&job);
        else if (x.Shape.Size < Chunks.Threshold)
        {
            job.Group = count;
            FoldGroup(&job, 0);
        }
        else
            WorkerPool.Run((int)((count + job.Group - 1) / job.Group), &FoldGroup, &job);
    }

    // Results of few elements: every chunk makes some results.
    [SkipLocalsInit]
    private static void FoldGroup(void* context, int chunk)
    {
        var job = (Job*)context;
        var start = chunk * job->Group;
        var end = nint.Min(start + job->Group, job->Count);
        var length = job->Layout.Length;
        var reduced = job->Layout.Reduced;
        var index = stackalloc nint[job->Layout.Kept.Rank + reduced.Rank];
        var kept = new StridedCursor<T>(job->Layout.Kept, index, start);
        var direct = reduced.Rank == 1 && reduced.Strides[0] == 1;
        var tile = stackalloc T[BlockFold<TOperator, T>.Length + Chunks.Overread];
        for (var i = start; i < end; i++)
        {
            if (direct)
                job->Results[i] = BlockFold<TOperator, T>.Run(kept.Current, length);
            else
            {
                reduced.Start = (byte*)kept.Current;
                job->Results[i] = FoldRange(reduced, index + job->Layout.Kept.Rank, 0, length, tile);
            }
            kept.Advance(1);
        }
    }

    // Results of many elements: every chunk makes a part of one result; the parts meet in a tree of their own.
    private static void FoldLong(Job* job)
    {
        var chunks = Chunks.Of(job->Layout.Length);
        var parts = new T[chunks];
        var index = stackalloc nint[job->Layout.Kept.Rank];
        var kept = new StridedCursor<T>(job->Layout.Kept, index, 0);
        var one = *job;
        fixed (T* to = parts)
        {
            one.Results = to;
            for (nint i = 0; i < job->Count; i++)
            {
                one.Layout.Reduced.Start = (byte*)kept.Current;
                WorkerPool.Run(chunks, &FoldPart, &one);
                var tree = new PairwiseTree<TOperator, T>();
                foreach (var part in parts)
                    tree.Add(part);
                job->Results[i] = tree.Result();
                kept.Advance(1);
            }
        }
    }

    [SkipLocalsInit]
    private static void FoldPart(void* context, int chunk)
    {
        var job = (Job*)context;
        Chunks.Range(chunk, job->Layout.Length, out var start, out var end);
        var reduced = job->Layout.Reduced;
        var index = stackalloc nint[reduced.Rank];
        var tile = stackalloc T[BlockFold<TOperator, T>.Length + Chunks.Overread];
        job->Results[chunk] =
            reduced.Rank == 1 && reduced.Strides[0] == 1
                ? BlockFold<TOperator, T>.Run((T*)reduced.Start + start, end - start)
                : FoldRange(reduced, index, start, end, tile);
    }

    private static T FoldRange(StridedOperand reduced, nint* index, nint start, nint end, T* tile)
    {
        var cursor = new StridedCursor<T>(reduced, index, start);
        var tree = new PairwiseTree<TOperator, T>();
        while (start < end)
        {
            var count = cursor.Limit(nint.Min(BlockFold<TOperator, T>.Length, end - start));
            tree.Add(BlockFold<TOperator, T>.Block(cursor.Next(tile, count), count));
            start += count;
        }
        return tree.Result();
    }
}
