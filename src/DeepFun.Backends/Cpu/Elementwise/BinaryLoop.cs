using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>As <see cref="UnaryLoop{TKernel, T, TResult}"/>, for two tensors of equal shape.</summary>
internal static unsafe class BinaryLoop<TKernel, T, TResult>
    where TKernel : struct, IBinaryKernel<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    private struct Job
    {
        public StridedOperand X;
        public StridedOperand Y;
        public TResult* Z;
        public nint Count;
        public bool Contiguous;
    }

    /// <summary>The result is contiguous and has the inputs' shape.</summary>
    public static CpuStorage Run(CpuStorage x, CpuStorage y, DType resultType)
    {
        var result = CpuStorage.Allocate(resultType, x.Shape);
        var size = (nint)x.Shape.Size;
        fixed (
            byte* left = x,
                right = y,
                to = result
        )
        {
            if (x.IsContiguous && y.IsContiguous && size < Chunks.Threshold)
                TKernel.Run((T*)left, (T*)right, (TResult*)to, size);
            else
                Large(x, left, y, right, (TResult*)to);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(result);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Large(CpuStorage x, byte* left, CpuStorage y, byte* right, TResult* z)
    {
        var size = StridedOperand.TableSize(x.Shape.Rank);
        var table = stackalloc nint[2 * size];
        var job = new Job
        {
            X = StridedOperand.Collapse(left, x.Shape.Dims, x.Strides, table),
            Y = StridedOperand.Collapse(right, x.Shape.Dims, y.Strides, table + size),
            Z = z,
            Count = x.Shape.Size,
            Contiguous = x.IsContiguous && y.IsContiguous,
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
            TKernel.Run((T*)job->X.Start + start, (T*)job->Y.Start + start, job->Z + start, end - start);
            return;
        }
        var xs = stackalloc T[Chunks.Tile + Chunks.Overread];
        var ys = stackalloc T[Chunks.Tile + Chunks.Overread];
        var index = stackalloc nint[job->X.Rank + job->Y.Rank];
        var x = new StridedCursor<T>(job->X, index, start);
        var y = new StridedCursor<T>(job->Y, index + job->X.Rank, start);
        while (start < end)
        {
            var count = y.Limit(x.Limit(nint.Min(Chunks.Tile, end - start)));
            TKernel.Run(x.Next(xs, count), y.Next(ys, count), job->Z + start, count);
            start += count;
        }
    }
}
