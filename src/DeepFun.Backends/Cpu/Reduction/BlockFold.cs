using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Folds elements without gaps, after which 64 bytes may be read. Sums are pairwise: the error grows with the logarithm of the length.</summary>
internal static unsafe class BlockFold<TOperator, T>
    where TOperator : struct, IReductionOperator<T>
    where T : unmanaged
{
    /// <summary>Elements that are folded into registers before the pairwise tree begins: sixteen for each lane of four.</summary>
    public static int Length =>
        64
        * (
            Vector512.IsHardwareAccelerated ? Vector512<T>.Count
            : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
            : Vector128<T>.Count
        );

    /// <summary>Any number of elements.</summary>
    public static T Run(T* x, nint count)
    {
        if (count <= Length)
            return Block(x, count);
        var tree = new PairwiseTree<TOperator, T>();
        for (nint i = 0; i < count; i += Length)
            tree.Add(Block(x + i, nint.Min(Length, count - i)));
        return tree.Result();
    }

    /// <summary>At most <see cref="Length"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Block(T* x, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
            return Fold<Lanes512<T>>(x, count);
        return Vector256.IsHardwareAccelerated ? Fold<Lanes256<T>>(x, count) : Fold<Lanes128<T>>(x, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Fold<V>(T* x, nint count)
        where V : unmanaged, ILanes<V, T>
    {
        // Four registers hide the latency of one operation. What is left over is padded with the neutral element.
        var width = V.Count;
        nint i = 0;
        var sum = V.Create(TOperator.Neutral);
        if (count >= 4 * width)
        {
            var a = V.Load(x);
            var b = V.Load(x + width);
            var c = V.Load(x + 2 * width);
            var d = V.Load(x + 3 * width);
            for (i = 4 * width; i <= count - 4 * width; i += 4 * width)
            {
                a = TOperator.Combine(a, V.Load(x + i));
                b = TOperator.Combine(b, V.Load(x + i + width));
                c = TOperator.Combine(c, V.Load(x + i + 2 * width));
                d = TOperator.Combine(d, V.Load(x + i + 3 * width));
            }
            sum = TOperator.Combine(TOperator.Combine(a, b), TOperator.Combine(c, d));
        }
        for (; i <= count - width; i += width)
            sum = TOperator.Combine(sum, V.Load(x + i));
        if (i < count)
            sum = TOperator.Combine(sum, V.LoadPart(x + i, count - i, TOperator.Neutral));
        return V.Fold<TOperator>(sum);
    }
}
