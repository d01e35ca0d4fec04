using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>Takes a tensor of any layout through a kernel: whole, in chunks on several threads, or tile by tile when strided.</summary>
internal static unsafe class UnaryLoop<TKernel, T, TResult>
    where TKernel : struct, IUnaryKernel<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    private struct Job
    {
        public StridedOperand X;
        public TResult* Z;
        public nint Count;
        public bool Contiguous;
    }

    /// <summary>The result is contiguous and has the input's shape.</summary>
    public static CpuStorage Run(CpuStorage x, DType resultType)
    {
        var result = CpuStorage.Allocate(resultType, x.Shape);
        var size = (nint)x.Shape.Size;
        fixed (
            byte* from = x,
                to = result
        )
        {
            if (x.IsContiguous && size < Chunks.Threshold)
                TKernel.Run((T*)from, (TResult*)to, size);
            else
                Large(x, from, (TResult*)to);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Large(CpuStorage x, byte* from, TResult* z)
    {
        var table = stackalloc nint[StridedOperand.TableSize(x.Shape.Rank)];
        var job = new Job
        {
            X = StridedOperand.Collapse(from, x.Shape.Dims, x.Strides, table),
            Z = z,
            Count = x.Shape.Size,
            Contiguous = x.IsContiguous,
        };
        WorkerPool.Run(Chunks.Of(job.Count), &Chunk, &job);
    }

    [SkipLocalsInit]
    private static void Chunk(void* context, int chunk)
    {
        var job = (Job*)context;
        Chunks.Range(chunk, job->Count, out var start, out var end);
        if (job->Contiguous)
        {
            TKernel.Run((T*)job->X.Start + start, job->Z + start, end - start);
            return;
        }
        var tile = stackalloc T[Chunks.Tile + Chunks.Overread];
        var index = stackalloc nint[job->X.Rank];
        var cursor = new StridedCursor<T>(job->X, index, start);
        while (start < end)
        {
            var count = cursor.Limit(nint.Min(Chunks.Tile, end - start));
            TKernel.Run(cursor.Next(tile, count), job->Z + start, count);
            start += count;
        }
    }
}
