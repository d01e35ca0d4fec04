using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Large matrix products: B is packed once, by all threads; then strips of C are claimed, and whoever claims one packs its rows of A into
/// memory of his own. Blocking depends on sizes alone, so that results do not depend on the number of threads.
/// </summary>
internal static unsafe class MatMulPacked
{
    // What is packed of B at a time: at most 32 MB of floats.
    private const int MostColumns = 4096;
    private const int MostDepth = 2048;

    // A block of A (147 KB of floats) and a strip of C (576 KB) stay in the second-level cache, a panel of B (32 KB) in the first-level one.
    private const int TileRows = 144;
    private const int TileColumns = 1024;
    private const int TileDepth = 256;

    // Columns of B that are packed at a time.
    private const int PackColumns = 256;

    private struct Job<T>
        where T : unmanaged
    {
        public KernelSet<T> Set;
        public nint M,
            N,
            K,
            TileN,
            TileK,
            UnitsM,
            CountM,
            CountN,
            CountK,
            PaddedN,
            Ldc;
        public MatrixView<T> A,
            B;
        public T* C,
            PackedB;
        public bool Accumulate;
    }

    /// <summary>C [m, n] = A [m, k] B [k, n].</summary>
    public static void Multiply<T>(KernelSet<T> set, nint m, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc)
        where T : unmanaged
    {
        var depth = MatMulBlock.Share(k, MostDepth);
        var columns = RoundUp(MatMulBlock.Share(n, MostColumns), set.Columns);
        var packedB = NativePool.Rent((long)columns * depth * sizeof(T), out var classB);
        var units = (m + set.Rows - 1) / set.Rows;
        var job = new Job<T>
        {
            Set = set,
            M = m,
            UnitsM = units,
            CountM = Math.Min(units, Math.Max(4, (m + TileRows - 1) / TileRows)),
            Ldc = ldc,
            PackedB = (T*)packedB,
        };
        for (nint p = 0; p < k; p += depth)
        for (nint j = 0; j < n; j += columns)
        {
            job.K = Math.Min(depth, k - p);
            job.TileK = RoundUp(MatMulBlock.Share(job.K, TileDepth), 16);
            job.CountK = (job.K + job.TileK - 1) / job.TileK;
            job.N = Math.Min(columns, n - j);
            job.TileN = RoundUp(MatMulBlock.Share(job.N, TileColumns), set.Columns);
            job.CountN = (job.N + job.TileN - 1) / job.TileN;
            job.PaddedN = RoundUp(job.N, set.Columns);
            job.A = a.Offset(0, p);
            job.B = b.Offset(p, j);
            job.C = c + j;
            job.Accumulate = p > 0;
            WorkerPool.Run((int)(job.CountK * ((job.N + PackColumns - 1) / PackColumns)), &Pack<T>, &job);
            WorkerPool.Run((int)(job.CountM * job.CountN), &Tile<T>, &job);
        }
        NativePool.Return(packedB, classB);
    }

    // Panels of one block of k lie together, in the order of their columns: that of column j in block p starts at p padded + j depth.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var (strip, block) = Math.DivRem(chunk, (int)job.CountK);
        var first = block * job.TileK;
        var depth = Math.Min(job.TileK, job.K - first);
        var columns = (nint)job.Set.Columns;
        var end = Math.Min(job.N, (strip + 1) * PackColumns);
        for (nint j = strip * PackColumns; j < end; j += columns)
        {
            var from = job.B.Offset(first, j);
            var to = job.PackedB + first * job.PaddedN + j * depth;
            Packing.Panel(from.Data, from.ColumnStride, from.RowStride, Math.Min(columns, job.N - j), depth, to, columns, true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var (tileN, tileM) = Math.DivRem(chunk, (int)job.CountM);
        var (rows, columns) = ((nint)job.Set.Rows, (nint)job.Set.Columns);
        // Shares of whole tiles that differ by one at most: a last share of a few rows would leave the others waiting.
        var firstM = tileM * job.UnitsM / job.CountM * rows;
        var endM = Math.Min(job.M, (tileM + 1) * job.UnitsM / job.CountM * rows);
        var (firstN, endN) = (tileN * job.TileN, Math.Min(job.N, (tileN + 1) * job.TileN));
        var packedA = Scratch.Rent<T>(Scratch.Use.LeftBlock, (TileRows + rows) * TileDepth);
        // The panel of B that comes next is fetched from afar while this one is used: a part of it during each tile.
        var aheadStep = (columns * rows + endM - firstM - 1) / (endM - firstM);
        for (nint first = 0; first < job.K; first += job.TileK)
        {
            var depth = Math.Min(job.TileK, job.K - first);
            var accumulate = job.Accumulate || first > 0;
            for (var i = firstM; i < endM; i += rows)
            {
                var from = job.A.Offset(i, first);
                var height = Math.Min(rows, endM - i);
                Packing.Panel(from.Data, from.RowStride, from.ColumnStride, height, depth, packedA + (i - firstM) * depth, rows, false);
            }
            for (var j = firstN; j < endN; j += columns)
            {
                var width = Math.Min(columns, endN - j);
                var right = job.PackedB + first * job.PaddedN + j * depth;
                var ahead = right + columns * depth;
                for (var i = firstM; i < endM; i += rows)
                {
                    var height = Math.Min(rows, endM - i);
                    var left = packedA + (i - firstM) * depth;
                    var to = job.C + i * job.Ldc + j;
                    job.Set.Tile(height, width, left, 1, rows, right, columns, to, job.Ldc, depth, accumulate, ahead, aheadStep);
                    ahead += aheadStep * depth;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint RoundUp(nint value, nint multiple) => (value + multiple - 1) / multiple * multiple;
}
