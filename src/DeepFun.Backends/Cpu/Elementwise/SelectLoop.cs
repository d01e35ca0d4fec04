using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Chooses between two tensors by a third. Bits are moved, not numbers: T is the unsigned integer of the right size.</summary>
internal static unsafe class SelectLoop<T>
    where T : unmanaged
{
    private struct Job
    {
        public StridedOperand Condition;
        public StridedOperand X;
        public StridedOperand Y;
        public T* Z;
        public nint Count;
    }

    /// <summary>Where the condition holds x, elsewhere y.</summary>
    public static CpuStorage Run(CpuStorage condition, CpuStorage x, CpuStorage y)
    {
        var result = CpuStorage.Allocate(x.DType, x.Shape);
        var size = StridedOperand.TableSize(x.Shape.Rank);
        var table = stackalloc nint[3 * size];
        fixed (
            byte* choice = condition,
                left = x,
                right = y,
                to = result
        )
        {
            var job = new Job
            {
                Condition = StridedOperand.Collapse(choice, x.Shape.Dims, condition.Strides, table),
                X = StridedOperand.Collapse(left, x.Shape.Dims, x.Strides, table + size),
                Y = StridedOperand.Collapse(right, x.Shape.Dims, y.Strides, table + 2 * size),
                Z = (T*)to,
                Count = x.Shape.Size,
            };
            var chunks = Chunks.Of(job.Count);
            if (chunks == 1)
                Chunk(&job, 0);
            else
                WorkerPool.Run(chunks, &Chunk, &job);
        }
        GC.KeepAlive(condition);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(result);
        return result;
    }

    [SkipLocalsInit]
    private static void Chunk(void* context, int chunk)
    {
        var job = (Job*)context;
        Chunks.Range(chunk, job->Count, out var start, out var end);
        var conditions = stackalloc byte[Chunks.Tile + Chunks.Overread];
        var xs = stackalloc T[Chunks.Tile + Chunks.Overread];
        var ys = stackalloc T[Chunks.Tile + Chunks.Overread];
        var index = stackalloc nint[job->Condition.Rank + job->X.Rank + job->Y.Rank];
        var condition = new StridedCursor<byte>(job->Condition, index, start);
        var x = new StridedCursor<T>(job->X, index + job->Condition.Rank, start);
        var y = new StridedCursor<T>(job->Y, index + job->Condition.Rank + job->X.Rank, start);
        while (start < end)
        {
            var count = y.Limit(x.Limit(condition.Limit(nint.Min(Chunks.Tile, end - start))));
            Choose(condition.Next(conditions, count), x.Next(xs, count), y.Next(ys, count), job->Z + start, count);
            start += count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Choose(byte* condition, T* x, T* y, T* z, nint count)
    {
        nint i = 0;
        if (sizeof(T) == 4 && Vector256.IsHardwareAccelerated)
        {
            for (; i <= count - 8; i += 8)
            {
                var wide = Vector256.WidenLower(
                    Vector256.WidenLower(Vector128.CreateScalar(*(ulong*)(condition + i)).AsByte().ToVector256())
                );
                var mask = Vector256.Equals(wide, Vector256<uint>.Zero);
                Vector256.ConditionalSelect(mask, Vector256.Load((uint*)y + i), Vector256.Load((uint*)x + i)).Store((uint*)z + i);
            }
        }
        for (; i < count; i++)
            z[i] = condition[i] != 0 ? x[i] : y[i];
    }
}
