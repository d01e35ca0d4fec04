using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>The matrix products of a batch: shared out between threads when there are several and none is large enough to be cut itself.</summary>
internal static unsafe class MatMulBatch
{
    // In multiply-adds: from here a product is cut, below together they are not worth a second thread.
    private const long CutWork = 16_000_000;
    private const long ParallelWork = 400_000;

    private struct Job<T>
        where T : unmanaged
    {
        public T* X,
            Y,
            C;
        public int* Dims,
            XStrides,
            YStrides,
            CStrides;
        public int Rank,
            M,
            N,
            K,
            Batch,
            Step;
    }

    /// <summary>
    /// c [dims] = x [dims but the last, k] × y; <paramref name="dims"/> is the result's shape, in c its rows, or its columns, have no gaps. The pointers stay valid meanwhile.
    /// </summary>
    public static void Multiply<T>(T* x, int[] xStrides, T* y, int[] yStrides, T* c, int[] cStrides, int[] dims, int k)
        where T : unmanaged, INumberBase<T>
    {
        var (m, n) = (dims[^2], dims[^1]);
        // With columns without gaps it is the transposed product that is written.
        if (n > 1 && cStrides[^1] != 1)
        {
            Multiply(y, Transposed(yStrides), x, Transposed(xStrides), c, Transposed(cStrides), Transposed(dims), k);
            return;
        }
        var batch = 1;
        for (var axis = 0; axis < dims.Length - 2; axis++)
            batch *= dims[axis];
        if (m == 0 || n == 0 || batch == 0)
            return;
        fixed (
            int* pd = dims,
                px = xStrides,
                py = yStrides,
                pc = cStrides
        )
        {
            if (batch > 1 && TryAsOne(x, px, y, py, c, pc, pd, dims.Length, k))
                return;
            var work = (long)m * n * Math.Max(1, k);
            var parallel = work < CutWork && work * batch >= ParallelWork;
            var job = new Job<T>
            {
                X = x,
                Y = y,
                C = c,
                Dims = pd,
                XStrides = px,
                YStrides = py,
                CStrides = pc,
                Rank = dims.Length,
                M = m,
                N = n,
                K = k,
                Batch = batch,
                Step = parallel ? (int)Math.Clamp(2 * ParallelWork / work, 1, (batch + 3) / 4) : batch,
            };
            WorkerPool.Run((batch + job.Step - 1) / job.Step, &Some<T>, &job);
        }
    }

    /// <summary>The same, c row-major.</summary>
    public static void Multiply<T>(T* x, int[] xStrides, T* y, int[] yStrides, T* c, int[] dims, int k)
        where T : unmanaged, INumberBase<T> => Multiply(x, xStrides, y, yStrides, c, CpuStorage.RowMajor(dims), dims, k);

    // As one product, where all of the batch share a matrix: the rows of every left one times the same right one; or, where the right ones have
    // one column each, these as rows times the same left one transposed.
    private static bool TryAsOne<T>(T* x, int* xStrides, T* y, int* yStrides, T* c, int* cStrides, int* dims, int rank, int k)
        where T : unmanaged, INumberBase<T>
    {
        var (row, column) = (rank - 2, rank - 1);
        nint m = dims[row];
        nint batch = 1;
        for (var axis = 0; axis < row; axis++)
            batch *= dims[axis];
        if (
            IsOneAxis(dims, yStrides, row - 1, out var shared)
            && shared == 0
            && IsOneAxis(dims, xStrides, row, out var rows)
            && IsOneAxis(dims, cStrides, row, out var apart)
        )
        {
            var a = new MatrixView<T>(x, rows, xStrides[column]);
            Multiply(batch * m, dims[column], k, a, new MatrixView<T>(y, yStrides[row], yStrides[column]), c, apart);
            return true;
        }
        if (
            dims[column] == 1
            && IsOneAxis(dims, xStrides, row - 1, out shared)
            && shared == 0
            && IsOneAxis(dims, yStrides, row - 1, out rows)
            && IsOneAxis(dims, cStrides, row - 1, out apart)
            && (m == 1 || cStrides[row] == 1)
        )
        {
            var a = new MatrixView<T>(y, rows, yStrides[row]);
            Multiply(batch, m, k, a, new MatrixView<T>(x, xStrides[column], xStrides[row]), c, apart);
            return true;
        }
        return false;
    }

    private static int[] Transposed(int[] axes) => [.. axes[..^2], axes[^1], axes[^2]];

    // Whether the axes up to the last can be walked as one, and how far apart its elements are.
    private static bool IsOneAxis(int* dims, int* strides, int last, out nint stride)
    {
        stride = 0;
        nint size = 1;
        for (var axis = last; axis >= 0; axis--)
        {
            if (dims[axis] == 1)
                continue;
            if (size == 1)
                stride = strides[axis];
            else if (strides[axis] != stride * size)
                return false;
            size *= dims[axis];
        }
        return true;
    }

    private static void Multiply<T>(nint m, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc)
        where T : unmanaged, INumberBase<T>
    {
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            MatMulFloating.Multiply(KernelSet<T>.Best, m, n, k, a, b, c, ldc);
        else
            MatMulGeneral.Multiply((int)m, (int)n, (int)k, a, b, c, ldc);
    }

    private static void Some<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(Job<T>*)context;
        var end = Math.Min(job.Batch, (chunk + 1) * job.Step);
        for (var i = chunk * job.Step; i < end; i++)
        {
            var (row, column) = (job.Rank - 2, job.Rank - 1);
            var axes = new ReadOnlySpan<int>(job.Dims, row);
            var x = job.X + Offset(i, axes, new(job.XStrides, row));
            var y = job.Y + Offset(i, axes, new(job.YStrides, row));
            var a = new MatrixView<T>(x, job.XStrides[row], job.XStrides[column]);
            var b = new MatrixView<T>(y, job.YStrides[row], job.YStrides[column]);
            Multiply(job.M, job.N, job.K, a, b, job.C + Offset(i, axes, new(job.CStrides, row)), job.CStrides[row]);
        }
    }

    /// <summary>Where matrix <paramref name="i"/> of a batch with these axes starts, in elements.</summary>
    public static nint Offset(nint i, ReadOnlySpan<int> dims, ReadOnlySpan<int> strides)
    {
        nint offset = 0;
        for (var axis = dims.Length - 1; axis >= 0; axis--)
        {
            var (rest, place) = Math.DivRem(i, dims[axis]);
            offset += place * strides[axis];
            i = rest;
        }
        return offset;
    }
}
