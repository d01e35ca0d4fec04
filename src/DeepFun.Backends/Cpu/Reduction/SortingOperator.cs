using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>The places of a line's elements in ascending or descending order: stable, NaN last in both. A merge sort from the bottom up.</summary>
internal readonly unsafe struct SortingOperator<T> : ILineOperator<T, int>
    where T : unmanaged, INumber<T>
{
    public static void Invoke(T* x, int* z, int length, bool reverse, ulong* scratch)
    {
        for (var i = 0; i < length; i++)
            z[i] = i;
        var from = z;
        var to = (int*)scratch;
        for (nint width = 1; width < length; width *= 2)
        {
            for (nint start = 0; start < length; start += 2 * width)
                Merge(x, from, to, start, nint.Min(start + width, length), nint.Min(start + 2 * width, length), reverse);
            var other = to;
            to = from;
            from = other;
        }
        if (from != z)
            new ReadOnlySpan<int>(from, length).CopyTo(new Span<int>(z, length));
    }

    private static void Merge(T* x, int* from, int* to, nint start, nint middle, nint end, bool reverse)
    {
        var left = start;
        var right = middle;
        for (var i = start; i < end; i++)
        {
            var takeRight = right < end && (left >= middle || Before(x[from[right]], x[from[left]], reverse));
            to[i] = from[takeRight ? right++ : left++];
        }
    }

    private static bool Before(T x, T y, bool reverse)
    {
        if (T.IsNaN(x) || T.IsNaN(y))
            return !T.IsNaN(x);
        return reverse ? x > y : x < y;
    }
}
