using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The loop over one operand.</summary>
internal static unsafe class UnaryLoop<TOperator, T, TResult>
    where TOperator : struct, IUnaryOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    private const int Tile = 256;

    /// <summary>Applies the operator to a tensor of any layout.</summary>
    public static CpuStorage Run(CpuStorage x, DType resultType)
    {
        var result = CpuStorage.Allocate(resultType, x.Shape);
        var size = (nint)x.Shape.Size;
        fixed (
            byte* from = x,
                to = result
        )
        {
            if (x.IsContiguous)
                Contiguous((T*)from, (TResult*)to, size);
            else
                Strided(x, from, (TResult*)to, size);
        }
        System.GC.KeepAlive(x);
        System.GC.KeepAlive(result);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Contiguous(T* x, TResult* z, nint count)
    {
        for (nint i = 0; i < count; i++)
            z[i] = TOperator.Invoke(x[i]);
    }

    private static void Strided(CpuStorage x, byte* from, TResult* z, nint count)
    {
        var rank = x.Shape.Rank;
        var table = stackalloc nint[StridedOperand.TableSize(rank)];
        var index = stackalloc nint[rank + 1];
        var tile = stackalloc T[Tile];
        if (count == 0)
            return;
        var cursor = new StridedCursor<T>(StridedOperand.Collapse(from, x.Shape.Dims, x.Strides, table), index, 0);
        for (nint done = 0; done < count; done += Tile)
        {
            var length = nint.Min(Tile, count - done);
            cursor.Read(tile, length);
            Contiguous(tile, z + done, length);
        }
    }
}
