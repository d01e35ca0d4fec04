using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One row times a matrix whose rows lie along memory, on several threads. Each reads blocks of B's rows, all that lies between two places of memory, so
/// that a thread finds its own part again in its cache; the blocks' sums are added in the order in which one thread adds them.
/// </summary>
internal static unsafe class MatMulRowParts
{
    // Elements of B for a chunk.
    private const long ChunkWork = 100_000;
    private const int MostChunks = 8;

    private struct Job<T>
        where T : unmanaged
    {
        public nint N,
            K,
            Unit,
            Splits;
        public MatrixView<T> A,
            B;
        public T* Sums;
    }

    /// <summary>c [n] = a [1, k] B [k, n]. B's rows are read up to a vector past their end.</summary>
    public static void Multiply<T>(KernelSet<T> set, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c)
        where T : unmanaged
    {
        var blocks = (k + MatMulBlock.MaxDepth - 1) / MatMulBlock.MaxDepth;
        var strip = 8 * (nint)set.Lanes;
        var strips = (n + strip - 1) / strip;
        // Blocks are cut into columns where there are too few of them, or an odd number.
        var wanted = (nint)Math.Clamp((long)n * k / ChunkWork, 2, MostChunks);
        var splits =
            blocks < wanted ? Math.Min(strips, (wanted + blocks - 1) / blocks)
            : blocks % 2 == 1 ? Math.Min(strips, 2)
            : 1;
        var job = new Job<T>
        {
            N = n,
            K = k,
            Unit = (strips + splits - 1) / splits * strip,
            Splits = splits,
            A = a,
            B = b,
            Sums = blocks == 1 ? c : Scratch.Rent<T>(Scratch.Use.Parts, blocks * n),
        };
        WorkerPool.Run((int)(blocks * splits), &Chunk<T>, &job);
        if (blocks == 1)
            return;
        new ReadOnlySpan<T>(job.Sums, (int)n).CopyTo(new Span<T>(c, (int)n));
        for (nint block = 1; block < blocks; block++)
            MatMulFloating.Add(c, job.Sums + block * n, n);
    }

    private static void Chunk<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var (block, split) = Math.DivRem(chunk, job.Splits);
        var (first, depth) = ((nint)0, MatMulBlock.Share(job.K, MatMulBlock.MaxDepth));
        for (nint i = 0; i < block; i++)
        {
            first += depth;
            depth = MatMulBlock.Share(job.K - first, MatMulBlock.MaxDepth);
        }
        var column = split * job.Unit;
        var width = Math.Min(job.Unit, job.N - column);
        if (width > 0)
            MatMulRow.Multiply(width, depth, job.A.Offset(0, first), job.B.Offset(first, column), job.Sums + block * job.N + column, false);
    }
}
