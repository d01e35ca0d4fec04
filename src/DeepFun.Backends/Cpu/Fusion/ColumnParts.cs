using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>Sums down columns of which each chunk of a run has a part.</summary>
internal static unsafe class ColumnParts
{
    /// <summary>Bytes of a part, with sixty-four bytes of slack, as after every tensor.</summary>
    public static nint Size<T>(nint count)
        where T : unmanaged => ((count * sizeof(T)) + 127) & ~(nint)63;

    /// <summary>
    /// Adds up the parts, which lie <paramref name="step"/> bytes apart: in pairs, pairs of pairs, and so on, the order of PairwiseTree. Whole
    /// vectors reach into the slack.
    /// </summary>
    public static void Add<T>(byte* first, nint step, int chunks, T* result, nint count)
        where T : unmanaged, INumberBase<T>
    {
        for (var apart = 1; apart < chunks; apart *= 2)
        {
            for (var chunk = 0; chunk + apart < chunks; chunk += 2 * apart)
            {
                var to = (T*)(first + chunk * step);
                var from = (T*)(first + (chunk + apart) * step);
                for (nint i = 0; i < count; i += Vector<T>.Count)
                    Vector.Store(Vector.Load(to + i) + Vector.Load(from + i), to + i);
            }
        }
        new ReadOnlySpan<T>(first, (int)count).CopyTo(new Span<T>(result, (int)count));
    }
}
