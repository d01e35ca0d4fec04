using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>The loops of a strided copy. T stands for any element of its size.</summary>
internal static unsafe class StridedKernels
{
    /// <summary>Does the units of one chunk: counts through the outer axes and calls the plan's kernel.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T>(CopyPlan* plan, int chunk)
        where T : unmanaged
    {
        var outerRank = plan->OuterRank;
        var unit = chunk * plan->UnitsPerChunk;
        var end = Math.Min(plan->Units, unit + plan->UnitsPerChunk);
        var counter = stackalloc long[outerRank + 1];
        var (rest, segment) = Math.DivRem(unit, plan->Segments);
        long from = 0;
        long to = 0;
        for (var i = outerRank - 1; i >= 0; i--)
        {
            (rest, counter[i]) = Math.DivRem(rest, plan->Sizes[i]);
            from += counter[i] * plan->From[i];
            to += counter[i] * plan->To[i];
        }
        for (; unit < end; unit++)
        {
            var start = segment * plan->SegmentLength;
            var length = Math.Min(plan->SegmentLength, plan->Sizes[outerRank] - start);
            Kernel(
                plan,
                (T*)plan->Source + from + start * plan->From[outerRank],
                (T*)plan->Target + to + start * plan->To[outerRank],
                length
            );
            if (++segment < plan->Segments)
                continue;
            segment = 0;
            for (var i = outerRank - 1; i >= 0; i--)
            {
                from += plan->From[i];
                to += plan->To[i];
                if (++counter[i] < plan->Sizes[i])
                    break;
                counter[i] = 0;
                from -= plan->Sizes[i] * plan->From[i];
                to -= plan->Sizes[i] * plan->To[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Kernel<T>(CopyPlan* plan, T* from, T* to, long length)
        where T : unmanaged
    {
        var axis = plan->OuterRank;
        switch (plan->Kernel)
        {
            case CopyKernel.Rows:
                Row(from, to, length);
                break;
            case CopyKernel.Fill:
                new Span<T>(to, (int)length).Fill(*from);
                break;
            case CopyKernel.Transpose:
                Transposition.Run(from, plan->From[axis + 1], to, plan->To[axis], length, plan->Sizes[axis + 1]);
                break;
            default:
                Strided(from, plan->From[axis], to, plan->To[axis], length);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<T>(T* from, T* to, long length)
        where T : unmanaged
    {
        // A call to copy a few elements costs more than the elements.
        if (length <= 8)
        {
            for (long i = 0; i < length; i++)
                to[i] = from[i];
        }
        else
            new ReadOnlySpan<T>(from, (int)length).CopyTo(new Span<T>(to, (int)length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strided<T>(T* from, long fromStride, T* to, long toStride, long length)
        where T : unmanaged
    {
        for (; length >= 4; length -= 4)
        {
            var x0 = from[0];
            var x1 = from[fromStride];
            var x2 = from[2 * fromStride];
            var x3 = from[3 * fromStride];
            to[0] = x0;
            to[toStride] = x1;
            to[2 * toStride] = x2;
            to[3 * toStride] = x3;
            from += 4 * fromStride;
            to += 4 * toStride;
        }
        for (; length > 0; length--)
        {
            *to = *from;
            from += fromStride;
            to += toStride;
        }
    }
}
