using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>Reports the first index outside its axis, before anything is written.</summary>
internal static unsafe class IndexCheck
{
    public static void Run(string operation, CpuStorage indices, int size)
    {
        fixed (byte* p = indices)
        {
            long bad;
            if (indices.DType == DType.Int32)
            {
                if ((bad = FirstBad((int*)p, indices.Shape.Size, size)) >= 0)
                    ThrowHelper.IndexOutOfRange(operation, ((int*)p)[bad], size);
            }
            else if ((bad = FirstBad((long*)p, indices.Shape.Size, size)) >= 0)
                ThrowHelper.IndexOutOfRange(operation, ((long*)p)[bad], size);
        }
        GC.KeepAlive(indices);
    }

    // Position of the first index outside, or −1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long FirstBad<T>(T* index, long count, int size)
        where T : unmanaged, IBinaryInteger<T>
    {
        var limit = T.CreateTruncating(size);
        long i = 0;
        for (; i + 4 * Vector<T>.Count <= count; i += 4 * Vector<T>.Count)
        {
            // Outside: the sign of the index itself, or no sign after the size is taken off. Four vectors for one branch.
            var end = new Vector<T>(limit);
            var inside = Inside(index + i, end) & Inside(index + i + Vector<T>.Count, end);
            inside &= Inside(index + i + 2 * Vector<T>.Count, end) & Inside(index + i + 3 * Vector<T>.Count, end);
            if (Vector.GreaterThanOrEqualAny(inside, Vector<T>.Zero))
                break;
        }
        for (; i < count; i++)
            if (index[i] < T.Zero || index[i] >= limit)
                return i;
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Inside<T>(T* p, Vector<T> end)
        where T : unmanaged
    {
        var index = Unsafe.ReadUnaligned<Vector<T>>(p);
        return Vector.AndNot(index - end, index);
    }
}
