using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>Which of two elements an argument reduction prefers; NaN is preferred to every number.</summary>
internal interface IPreference<T>
    where T : unmanaged
{
    /// <summary>Whether a later element replaces the best one so far.</summary>
    static abstract bool Replaces(T later, T best);
}

/// <summary>The greatest, the first of ties.</summary>
internal readonly struct PreferGreater<T> : IPreference<T>
    where T : unmanaged, INumber<T>
{
    public static bool Replaces(T later, T best) => later > best || (T.IsNaN(later) && !T.IsNaN(best));
}

/// <summary>The least, the first of ties.</summary>
internal readonly struct PreferLess<T> : IPreference<T>
    where T : unmanaged, INumber<T>
{
    public static bool Replaces(T later, T best) => later < best || (T.IsNaN(later) && !T.IsNaN(best));
}

/// <summary>The place of the preferred element along one axis.</summary>
internal static unsafe class ArgReduction<TPreference, T>
    where TPreference : struct, IPreference<T>
    where T : unmanaged
{
    /// <summary>Int32 places; the axis disappears.</summary>
    public static CpuStorage Run(CpuStorage x, ReadOnlySpan<int> axes)
    {
        var result = CpuStorage.Allocate(DType.Int32, ReductionLayout.ResultShape(x.Shape, axes));
        // A cursor needs an element to stand on.
        if (result.Shape.Size == 0)
            return result;
        var table = stackalloc nint[ReductionLayout.TableSize(x.Shape.Rank)];
        var index = stackalloc nint[x.Shape.Rank + 1];
        fixed (
            byte* from = x,
                to = result
        )
        {
            var layout = ReductionLayout.Create(x, from, axes, table);
            var kept = new StridedCursor<T>(layout.Kept, index, 0);
            var stride = layout.Reduced.Strides[0];
            for (nint i = 0; i < result.Shape.Size; i++)
            {
                ((int*)to)[i] = Best(kept.Current, stride, (int)layout.Length);
                kept.Advance(1);
            }
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }

    private static int Best(T* x, nint stride, int length)
    {
        var place = 0;
        var best = *x;
        for (var i = 1; i < length; i++)
        {
            var later = x[i * stride];
            if (TPreference.Replaces(later, best))
            {
                best = later;
                place = i;
            }
        }
        return place;
    }
}
