using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>Chooses how a matrix product of floating type is cut. The choice, like the result, does not depend on the number of threads.</summary>
internal static unsafe class MatMulFloating
{
    // In multiply-adds. Below the first a second thread costs more than it brings; from the second on packing pays.
    private const long ParallelWork = 400_000;
    private const long PackedWork = 600L * 600 * 600;

    // A small result of long sums is cut along k, each part summed on its own.
    private const int LongDepth = 4096;
    private const int SmallResult = 64 * 64;
    private const int MostParts = 16;

    // Elements of a right operand that stays in the second-level cache.
    private const int SmallRight = 1 << 18;

    private struct Job<T>
        where T : unmanaged
    {
        public KernelSet<T> Set;
        public nint M,
            N,
            K,
            Ldc,
            Step,
            Unit,
            Units,
            Chunks;
        public MatrixView<T> A,
            B;
        public T* C;
    }

    /// <summary>C [m, n] = A [m, k] B [k, n]; C row-major with <paramref name="ldc"/> elements between rows, and no part of A or B.</summary>
    public static void Multiply<T>(KernelSet<T> set, nint m, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc)
        where T : unmanaged
    {
        if (k == 0)
        {
            for (nint i = 0; i < m; i++)
                new Span<T>(c + i * ldc, (int)n).Clear();
            return;
        }
        var work = (long)m * n * k;
        var longSums = k >= LongDepth && m * n <= SmallResult;
        // A row is one stream of memory: cut for threads, not to save memory traffic.
        var oneRow = m == 1 && b.ColumnStride == 1 && n >= set.Lanes && !longSums;
        if (work < ParallelWork || (oneRow && WorkerPool.Threads == 1))
        {
            MatMulBlock.Multiply(set, m, n, k, a, b, c, ldc, false);
            return;
        }
        if (oneRow)
        {
            MatMulRowParts.Multiply(set, n, k, a, b, c);
            return;
        }
        // A transposed operand, read in place, takes a cache line for each k: packing it pays earlier.
        var least = Math.Min(m, Math.Min(n, k));
        var inPlace = a.ColumnStride == 1 && b.ColumnStride == 1 && m <= MatMulBlock.InPlaceRows(set);
        if ((work >= PackedWork && least >= 64 && !inPlace) || (a.ColumnStride != 1 && least >= 300))
        {
            MatMulPacked.Multiply(set, m, n, k, a, b, c, ldc);
            return;
        }
        var job = new Job<T>
        {
            Set = set,
            M = m,
            N = n,
            K = k,
            Ldc = ldc,
            A = a,
            B = b,
            C = c,
        };
        if (longSums)
            AlongDepth(ref job);
        else
            AlongResult(ref job, work);
    }

    // Columns by rule: each strip of B is then packed once, and A needs no packing.
    private static void AlongResult<T>(ref Job<T> job, long work)
        where T : unmanaged
    {
        var wanted = (nint)Math.Min(8, work / (ParallelWork / 2));
        // Rows where there are many of them, or where B is small and sums are long: then a block of A stays in the first-level cache, and B,
        // read where it lies, comes from the second-level one. Of fewer than four tiles of rows the shares would be unequal, or one.
        var small = job.B.ColumnStride == 1 && job.K >= 4 * job.N && job.K * job.N <= SmallRight;
        var narrow = small && job.M >= 4 * job.Set.Rows;
        var byRows = narrow || job.M >= (job.B.ColumnStride == 1 ? 2 * job.N : Math.Max(1024, 4 * job.N));
        var byColumns = !byRows && job.N >= 2 * job.Set.Columns;
        var (extent, unit) = byColumns ? (job.N, (nint)job.Set.Columns) : (job.M, job.Set.Rows);
        var units = (extent + unit - 1) / unit;
        var chunks = Math.Min(wanted, units);
        // Shares that differ by a row or a tile's columns at most, and an even number of them: a short last one would leave a thread waiting.
        job.Unit = byColumns ? unit : 1;
        job.Units = byColumns ? units : extent;
        job.Chunks = chunks + (chunks > 1 && chunks < job.Units ? chunks % 2 : 0);
        fixed (Job<T>* context = &job)
            WorkerPool.Run((int)job.Chunks, byColumns ? &Columns<T> : &Rows<T>, context);
    }

    // Where a share begins, in rows or columns.
    private static nint First<T>(in Job<T> job, nint chunk)
        where T : unmanaged => chunk * job.Units / job.Chunks * job.Unit;

    private static void Columns<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var first = First(job, chunk);
        var width = Math.Min(First(job, chunk + 1), job.N) - first;
        MatMulBlock.Multiply(job.Set, job.M, width, job.K, job.A, job.B.Offset(0, first), job.C + first, job.Ldc, false);
    }

    private static void Rows<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var first = First(job, chunk);
        var height = First(job, chunk + 1) - first;
        MatMulBlock.Multiply(job.Set, height, job.N, job.K, job.A.Offset(first, 0), job.B, job.C + first * job.Ldc, job.Ldc, false);
    }

    private static void AlongDepth<T>(ref Job<T> job)
        where T : unmanaged
    {
        var (c, ldc, size) = ((nint)job.C, job.Ldc, job.M * job.N);
        job.Step = MatMulBlock.Share(job.K, Math.Max(1024, (job.K + MostParts - 1) / MostParts));
        var parts = (int)((job.K + job.Step - 1) / job.Step);
        job.C = Scratch.Rent<T>(Scratch.Use.Parts, parts * size);
        job.Ldc = job.N;
        fixed (Job<T>* context = &job)
            WorkerPool.Run(parts, &Depth<T>, context);
        for (nint i = 0; i < job.M; i++)
        {
            var row = (T*)c + i * ldc;
            new ReadOnlySpan<T>(job.C + i * job.N, (int)job.N).CopyTo(new Span<T>(row, (int)job.N));
            for (var part = 1; part < parts; part++)
                Add(row, job.C + part * size + i * job.N, job.N);
        }
    }

    /// <summary>to [count] += from [count].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T>(T* to, T* from, nint count)
        where T : unmanaged
    {
        for (nint j = 0; j < count; j++)
        {
            if (typeof(T) == typeof(float))
                ((float*)to)[j] += ((float*)from)[j];
            else
                ((double*)to)[j] += ((double*)from)[j];
        }
    }

    private static void Depth<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var first = chunk * job.Step;
        var depth = Math.Min(job.Step, job.K - first);
        var to = job.C + chunk * job.M * job.N;
        MatMulBlock.Multiply(job.Set, job.M, job.N, depth, job.A.Offset(0, first), job.B.Offset(first, 0), to, job.N, false);
    }
}
