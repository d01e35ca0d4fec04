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
            YStrides;
        public int Rank,
            M,
            N,
            K,
            Batch,
            Step;
    }

    /// <summary>
    /// c [dims] = x [dims but the last, k] × y; <paramref name="dims"/> is the result's shape, c is row-major. The pointers stay valid meanwhile.
    /// </summary>
    public static void Multiply<T>(T* x, int[] xStrides, T* y, int[] yStrides, T* c, int[] dims, int k)
        where T : unmanaged, INumberBase<T>
    {
        var (m, n) = (dims[^2], dims[^1]);
        var batch = 1;
        for (var axis = 0; axis < dims.Length - 2; axis++)
            batch *= dims[axis];
        if (m == 0 || n == 0 || batch == 0)
            return;
        fixed (
            int* pd = dims,
                px = xStrides,
                py = yStrides
        )
        {
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
                Rank = dims.Length,
                M = m,
                N = n,
                K = k,
                Batch = batch,
                Step = parallel ? (int)Math.Clamp(ParallelWork / 2 / work, 1, batch) : batch,
            };
            WorkerPool.Run((batch + job.Step - 1) / job.Step, &Some<T>, &job);
        }
    }

    private static void Some<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(Job<T>*)context;
        var end = Math.Min(job.Batch, (chunk + 1) * job.Step);
        for (var i = chunk * job.Step; i < end; i++)
        {
            var (row, column) = (job.Rank - 2, job.Rank - 1);
            var x = job.X + Offset(i, row, job.Dims, job.XStrides);
            var y = job.Y + Offset(i, row, job.Dims, job.YStrides);
            var a = new MatrixView<T>(x, job.XStrides[row], job.XStrides[column]);
            var b = new MatrixView<T>(y, job.YStrides[row], job.YStrides[column]);
            var c = job.C + (nint)i * job.M * job.N;
            if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
                MatMulFloating.Multiply(KernelSet<T>.Best, job.M, job.N, job.K, a, b, c, job.N);
            else
                MatMulGeneral.Multiply(job.M, job.N, job.K, a, b, c, job.N);
        }
    }

    // Where matrix i of the batch starts, in elements.
    private static nint Offset(int i, int batchAxes, int* dims, int* strides)
    {
        nint offset = 0;
        for (var axis = batchAxes - 1; axis >= 0; axis--)
        {
            var (rest, place) = Math.DivRem(i, dims[axis]);
            offset += (nint)place * strides[axis];
            i = rest;
        }
        return offset;
    }
}
