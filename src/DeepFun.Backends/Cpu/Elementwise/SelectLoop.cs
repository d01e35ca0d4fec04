namespace DeepFun.Backends.Cpu;

/// <summary>Chooses between two operands by a third. Bits are moved, not numbers: T is any type of the right size.</summary>
internal static unsafe class SelectLoop<T>
    where T : unmanaged
{
    private const int Tile = 256;

    /// <summary>Where the condition holds x, elsewhere y.</summary>
    public static CpuStorage Run(CpuStorage condition, CpuStorage x, CpuStorage y)
    {
        var result = CpuStorage.Allocate(x.DType, x.Shape);
        fixed (
            byte* choice = condition,
                left = x,
                right = y,
                to = result
        )
        {
            if (condition.IsContiguous && x.IsContiguous && y.IsContiguous)
                Contiguous(choice, (T*)left, (T*)right, (T*)to, x.Shape.Size);
            else if (x.Shape.Size > 0)
                Strided(condition, choice, x, left, y, right, (T*)to);
        }
        System.GC.KeepAlive(condition);
        System.GC.KeepAlive(x);
        System.GC.KeepAlive(y);
        System.GC.KeepAlive(result);
        return result;
    }

    private static void Contiguous(byte* condition, T* x, T* y, T* z, nint count)
    {
        for (nint i = 0; i < count; i++)
            z[i] = condition[i] != 0 ? x[i] : y[i];
    }

    private static void Strided(CpuStorage condition, byte* choice, CpuStorage x, byte* left, CpuStorage y, byte* right, T* z)
    {
        var dims = x.Shape.Dims;
        var size = StridedOperand.TableSize(dims.Length);
        var table = stackalloc nint[3 * size];
        var index = stackalloc nint[3 * (dims.Length + 1)];
        var conditions = stackalloc byte[Tile];
        var xs = stackalloc T[Tile];
        var ys = stackalloc T[Tile];
        var conditionCursor = new StridedCursor<byte>(StridedOperand.Collapse(choice, dims, condition.Strides, table), index, 0);
        var xCursor = new StridedCursor<T>(StridedOperand.Collapse(left, dims, x.Strides, table + size), index + dims.Length + 1, 0);
        var yCursor = new StridedCursor<T>(
            StridedOperand.Collapse(right, dims, y.Strides, table + 2 * size),
            index + 2 * (dims.Length + 1),
            0
        );
        nint count = x.Shape.Size;
        for (nint done = 0; done < count; done += Tile)
        {
            var length = nint.Min(Tile, count - done);
            conditionCursor.Read(conditions, length);
            xCursor.Read(xs, length);
            yCursor.Read(ys, length);
            Contiguous(conditions, xs, ys, z + done, length);
        }
    }
}
