using System;

namespace DeepFun.Backends.Cpu;

/// <summary>Folds with an associative operator.</summary>
internal static unsafe class ReductionLoop<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    private const int Tile = 256;

    /// <summary>Reduces axes away.</summary>
    public static CpuStorage Run(CpuStorage x, ReadOnlySpan<int> axes)
    {
        var result = CpuStorage.Allocate(x.DType, ReductionLayout.ResultShape(x.Shape, axes));
        var rank = x.Shape.Rank;
        var table = stackalloc nint[ReductionLayout.TableSize(rank)];
        var keptIndex = stackalloc nint[rank + 1];
        var reducedIndex = stackalloc nint[rank + 1];
        fixed (
            byte* from = x,
                to = result
        )
        {
            var results = (T*)to;
            nint count = result.Shape.Size;
            if (x.Shape.Size == 0)
            {
                for (nint i = 0; i < count; i++)
                    results[i] = TOperator.Neutral;
            }
            else
            {
                var layout = ReductionLayout.Create(x, from, axes, table);
                var kept = new StridedCursor<T>(layout.Kept, keptIndex, 0);
                for (nint i = 0; i < count; i++)
                {
                    layout.Reduced.Start = (byte*)kept.Current;
                    results[i] = Fold(layout.Reduced, reducedIndex, layout.Length);
                    kept.Advance(1);
                }
            }
        }
        GC.KeepAlive(x);
        GC.KeepAlive(result);
        return result;
    }

    private static T Fold(StridedOperand reduced, nint* index, nint length)
    {
        var cursor = new StridedCursor<T>(reduced, index, 0);
        var tile = stackalloc T[Tile];
        var total = TOperator.Neutral;
        for (nint done = 0; done < length; done += Tile)
        {
            var count = nint.Min(Tile, length - done);
            var elements = cursor.Next(tile, count);
            var part = TOperator.Neutral;
            for (nint i = 0; i < count; i++)
                part = TOperator.Combine(part, elements[i]);
            total = TOperator.Combine(total, part);
        }
        return total;
    }
}
