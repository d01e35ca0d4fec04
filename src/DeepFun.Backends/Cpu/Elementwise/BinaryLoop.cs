using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The loop over two operands.</summary>
internal static unsafe class BinaryLoop<TOperator, T, TResult>
    where TOperator : struct, IBinaryOperator<T, TResult>
    where T : unmanaged
    where TResult : unmanaged
{
    private const int Tile = 256;

    /// <summary>Applies the operator to tensors of equal shape and any layout.</summary>
    public static CpuStorage Run(CpuStorage x, CpuStorage y, DType resultType)
    {
        var result = CpuStorage.Allocate(resultType, x.Shape);
        var size = (nint)x.Shape.Size;
        fixed (
            byte* left = x,
                right = y,
                to = result
        )
        {
            if (x.IsContiguous && y.IsContiguous)
                Contiguous((T*)left, (T*)right, (TResult*)to, size);
            else
                Strided(x, left, y, right, (TResult*)to, size);
        }
        System.GC.KeepAlive(x);
        System.GC.KeepAlive(y);
        System.GC.KeepAlive(result);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Contiguous(T* x, T* y, TResult* z, nint count)
    {
        for (nint i = 0; i < count; i++)
            z[i] = TOperator.Invoke(x[i], y[i]);
    }

    private static void Strided(CpuStorage x, byte* left, CpuStorage y, byte* right, TResult* z, nint count)
    {
        var rank = x.Shape.Rank;
        var table = stackalloc nint[2 * StridedOperand.TableSize(rank)];
        var index = stackalloc nint[2 * (rank + 1)];
        var xs = stackalloc T[Tile];
        var ys = stackalloc T[Tile];
        if (count == 0)
            return;
        var xCursor = new StridedCursor<T>(StridedOperand.Collapse(left, x.Shape.Dims, x.Strides, table), index, 0);
        var yCursor = new StridedCursor<T>(
            StridedOperand.Collapse(right, y.Shape.Dims, y.Strides, table + StridedOperand.TableSize(rank)),
            index + rank + 1,
            0
        );
        for (nint done = 0; done < count; done += Tile)
        {
            var length = nint.Min(Tile, count - done);
            xCursor.Read(xs, length);
            yCursor.Read(ys, length);
            Contiguous(xs, ys, z + done, length);
        }
    }
}
