using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The place of the greatest or least element along one axis: first of ties, NaN before every number. Two passes, both in
/// registers: the value by <see cref="BlockFold{TOperator, T}"/>, then its first place.
/// </summary>
internal static unsafe class ArgReduction<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged, INumber<T>
{
    private struct Job
    {
        public ReductionLayout Layout;
        public int* Results;
        public nint Count;
        public nint Group;
    }

    /// <summary>Int32 places; the axis disappears.</summary>
    public static CpuStorage Run(CpuStorage x, ReadOnlySpan<int> axes)
    {
        var result = CpuStorage.Allocate(DType.Int32, ReductionLayout.ResultShape(x.Shape, axes));
        // A cursor needs an element to stand on.
        if (result.Shape.Size == 0)
            return result;
        var table = stackalloc nint[ReductionLayout.TableSize(x.Shape.Rank)];
        fixed (
            byte* from = x,
                to = result
        )
        {
            var job = new Job
            {
                Layout = ReductionLayout.Create(x, from, axes, table),
                Results = (int*)to,
                Count = result.Shape.Size,
            };
            job.Group = nint.Max(1, Chunks.Length / job.Layout.Length);
            WorkerPool.Run((int)((job.Count + job.Group - 1) / job.Group), &Chunk, &job);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }

    private static void Chunk(void* context, int chunk)
    {
        var job = (Job*)context;
        var start = chunk * job->Group;
        var end = nint.Min(start + job->Group, job->Count);
        var length = job->Layout.Length;
        var stride = job->Layout.Reduced.Strides[0];
        var index = stackalloc nint[job->Layout.Kept.Rank];
        var kept = new StridedCursor<T>(job->Layout.Kept, index, start);
        for (var i = start; i < end; i++)
        {
            job->Results[i] =
                stride == 1
                    ? First(kept.Current, length, BlockFold<TOperator, T>.Run(kept.Current, length))
                    : Strided(kept.Current, stride, length);
            kept.Advance(1);
        }
    }

    private static int First(T* x, nint length, T value)
    {
        if (Vector512.IsHardwareAccelerated)
            return First<Lanes512<T>>(x, length, value);
        return Vector256.IsHardwareAccelerated ? First<Lanes256<T>>(x, length, value) : First<Lanes128<T>>(x, length, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int First<V>(T* x, nint length, T value)
        where V : unmanaged, ILanes<V, T>
    {
        // NaN is not equal to itself: the first element that is not.
        var missing = T.IsNaN(value);
        var sought = V.Create(value);
        for (nint i = 0; i < length; i += V.Count)
        {
            var elements = V.Load(x + i);
            var themselves = elements;
            var bits = V.Bits(missing ? elements != themselves : elements == sought);
            if (bits != 0)
                return (int)i + BitOperations.TrailingZeroCount(bits);
        }
        return 0;
    }

    private static int Strided(T* x, nint stride, nint length)
    {
        var place = 0;
        var best = *x;
        for (var i = 1; i < length && !T.IsNaN(best); i++)
        {
            var later = x[i * stride];
            if (T.IsNaN(later) || (later != best && TOperator.Combine(later, best) == later))
            {
                best = later;
                place = i;
            }
        }
        return place;
    }
}
