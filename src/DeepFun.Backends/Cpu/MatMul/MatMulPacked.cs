using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Large matrix products: both operands are packed once, by all threads, then tiles of C are claimed. Blocking depends on sizes alone,
/// so that results do not depend on the number of threads.
/// </summary>
internal static unsafe class MatMulPacked
{
    // What is packed at a time: at most 16 MB of A and 32 MB of B.
    private const int MostRows = 2048;
    private const int MostColumns = 4096;
    private const int MostDepth = 2048;

    // A tile of C and its block of A stay in the second-level cache, a panel of B in the first-level one.
    private const int TileRows = 144;
    private const int TileColumns = 512;
    private const int TileDepth = 256;

    private struct Job<T>
        where T : unmanaged
    {
        public KernelSet<T> Set;
        public nint M,
            N,
            K,
            TileM,
            TileN,
            TileK,
            CountM,
            CountN,
            CountK,
            PaddedM,
            PaddedN,
            Ldc;
        public MatrixView<T> A,
            B;
        public T* C,
            PackedA,
            PackedB;
        public bool Accumulate;
    }

    /// <summary>C [m, n] = A [m, k] B [k, n].</summary>
    public static void Multiply<T>(KernelSet<T> set, nint m, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc)
        where T : unmanaged
    {
        var depth = MatMulBlock.Share(k, MostDepth);
        var columns = RoundUp(MatMulBlock.Share(n, MostColumns), set.Columns);
        var rows = RoundUp(MatMulBlock.Share(m, MostRows), set.Rows);
        var packedA = NativePool.Rent((long)rows * depth * sizeof(T), out var classA);
        var packedB = NativePool.Rent((long)columns * depth * sizeof(T), out var classB);
        var job = new Job<T>
        {
            Set = set,
            Ldc = ldc,
            PackedA = (T*)packedA,
            PackedB = (T*)packedB,
        };
        for (nint p = 0; p < k; p += depth)
        for (nint j = 0; j < n; j += columns)
        {
            SetDepth(ref job, Math.Min(depth, k - p));
            SetColumns(ref job, Math.Min(columns, n - j));
            job.B = b.Offset(p, j);
            job.Accumulate = p > 0;
            for (nint i = 0; i < m; i += rows)
            {
                SetRows(ref job, Math.Min(rows, m - i));
                job.A = a.Offset(i, p);
                job.C = c + i * ldc + j;
                // B is packed with the first rows and serves the others.
                WorkerPool.Run((int)(job.CountK * (job.CountM + (i == 0 ? job.CountN : 0))), &Pack<T>, &job);
                WorkerPool.Run((int)(job.CountM * job.CountN), &Tile<T>, &job);
            }
        }
        NativePool.Return(packedA, classA);
        NativePool.Return(packedB, classB);
    }

    private static void SetRows<T>(ref Job<T> job, nint m)
        where T : unmanaged
    {
        job.M = m;
        job.TileM = RoundUp(MatMulBlock.Share(m, m >= 4 * TileRows ? TileRows : Math.Max(job.Set.Rows, m / 4)), job.Set.Rows);
        job.CountM = (m + job.TileM - 1) / job.TileM;
        job.PaddedM = RoundUp(m, job.Set.Rows);
    }

    private static void SetColumns<T>(ref Job<T> job, nint n)
        where T : unmanaged
    {
        job.N = n;
        job.TileN = RoundUp(MatMulBlock.Share(n, TileColumns), job.Set.Columns);
        job.CountN = (n + job.TileN - 1) / job.TileN;
        job.PaddedN = RoundUp(n, job.Set.Columns);
    }

    private static void SetDepth<T>(ref Job<T> job, nint k)
        where T : unmanaged
    {
        job.K = k;
        job.TileK = RoundUp(MatMulBlock.Share(k, TileDepth), 16);
        job.CountK = (k + job.TileK - 1) / job.TileK;
    }

    // Panels of one k block lie together, in the order of their first row (column): panel r of block p starts at p padded + r depth.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var forA = chunk < job.CountM * job.CountK;
        var index = forA ? chunk : chunk - job.CountM * job.CountK;
        var (tile, block) = forA ? (index % job.CountM, index / job.CountM) : (index % job.CountN, index / job.CountN);
        var first = block * job.TileK;
        var depth = Math.Min(job.TileK, job.K - first);
        if (forA)
        {
            var (rows, end) = ((nint)job.Set.Rows, Math.Min(job.M, (tile + 1) * job.TileM));
            for (var i = tile * job.TileM; i < end; i += rows)
            {
                var from = job.A.Offset(i, first);
                var to = job.PackedA + first * job.PaddedM + i * depth;
                Packing.Panel(from.Data, from.RowStride, from.ColumnStride, Math.Min(rows, job.M - i), depth, to, rows, false);
            }
        }
        else
        {
            var (columns, end) = ((nint)job.Set.Columns, Math.Min(job.N, (tile + 1) * job.TileN));
            for (var j = tile * job.TileN; j < end; j += columns)
            {
                var from = job.B.Offset(first, j);
                var to = job.PackedB + first * job.PaddedN + j * depth;
                var width = Math.Min(columns, job.N - j);
                Packing.Panel(from.Data, from.ColumnStride, from.RowStride, width, depth, to, columns, true);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<T>(void* context, int chunk)
        where T : unmanaged
    {
        ref var job = ref *(Job<T>*)context;
        var (tileN, tileM) = Math.DivRem(chunk, (int)job.CountM);
        var (rows, columns, lanes) = ((nint)job.Set.Rows, (nint)job.Set.Columns, (nint)job.Set.Lanes);
        var (firstM, endM) = (tileM * job.TileM, Math.Min(job.M, (tileM + 1) * job.TileM));
        var (firstN, endN) = (tileN * job.TileN, Math.Min(job.N, (tileN + 1) * job.TileN));
        var edge = stackalloc T[12 * 32];
        for (nint first = 0; first < job.K; first += job.TileK)
        {
            var depth = Math.Min(job.TileK, job.K - first);
            var accumulate = job.Accumulate || first > 0;
            for (var j = firstN; j < endN; j += columns)
            {
                var width = Math.Min(columns, endN - j);
                var vectors = width > lanes ? 2 : 1;
                var right = job.PackedB + first * job.PaddedN + j * depth;
                for (var i = firstM; i < endM; i += rows)
                {
                    var height = Math.Min(rows, endM - i);
                    var left = job.PackedA + first * job.PaddedM + i * depth;
                    var to = job.C + i * job.Ldc + j;
                    if (width == vectors * lanes)
                        job.Set.Tile(height, vectors, left, 1, rows, right, columns, to, job.Ldc, depth, accumulate);
                    else
                    {
                        job.Set.Tile(height, vectors, left, 1, rows, right, columns, edge, columns, depth, false);
                        MatMulBlock.StoreEdge(edge, columns, to, job.Ldc, height, width, accumulate);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint RoundUp(nint value, nint multiple) => (value + multiple - 1) / multiple * multiple;
}
