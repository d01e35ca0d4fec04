using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>A block of a matrix product on one thread, with A read in place by its strides.</summary>
internal static unsafe class MatMulBlock
{
    /// <summary>Most k that a panel holds: 384 · 32 floats stay in the second-level cache beside A.</summary>
    public const int MaxDepth = 400;

    /// <summary>
    /// Rows of A up to which B's rows are used in place, twice as many where B stays in the first-level cache; beyond, packing a panel once pays. Vectors
    /// of a cache line and tiles of twelve rows make the most of each line that comes from the second-level cache.
    /// </summary>
    public static nint InPlaceRows<T>(KernelSet<T> set)
        where T : unmanaged => set.Rows >= 12 ? 192 : 48;

    // Elements of a right operand that stays in the first-level cache, and of one that comes from beyond the caches of a core.
    private const int NearRight = 4096;
    private const long FarRight = 1 << 20;

    /// <summary>C [m, n] = (accumulate: +=) A [m, k] B [k, n]. B's rows are read up to a vector past their end.</summary>
    public static void Multiply<T>(
        KernelSet<T> set,
        nint m,
        nint n,
        nint k,
        MatrixView<T> a,
        MatrixView<T> b,
        T* c,
        nint ldc,
        bool accumulate
    )
        where T : unmanaged
    {
        if (MatMulThin.TryMultiply(m, n, k, a, b, c, ldc, accumulate))
            return;
        if (m == 1 && b.ColumnStride == 1)
            Row(n, k, a, b, c, accumulate);
        else
            Multiply(set, m, n, k, a, b, c, ldc, accumulate, m <= (n * k <= NearRight ? 2 : 1) * InPlaceRows(set));
    }

    private static void Row<T>(nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, bool accumulate)
        where T : unmanaged
    {
        for (nint p = 0; p < k; )
        {
            var depth = Share(k - p, MaxDepth);
            MatMulRow.Multiply(n, depth, a.Offset(0, p), b.Offset(p, 0), c, accumulate || p > 0);
            p += depth;
        }
    }

    /// <summary>The same; <paramref name="rightInPlace"/>: B's rows, where they are contiguous, are read where they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        KernelSet<T> set,
        nint m,
        nint n,
        nint k,
        MatrixView<T> a,
        MatrixView<T> b,
        T* c,
        nint ldc,
        bool accumulate,
        bool rightInPlace
    )
        where T : unmanaged
    {
        var columns = (nint)set.Columns;
        var lanes = (nint)set.Lanes;
        var inPlace = b.ColumnStride == 1 && rightInPlace;
        // The next panel is asked for meanwhile: one of the two cache lines of each of its rows by the first tile, the other by the second.
        var far = inPlace && b.RowStride * k > FarRight;
        var panel = inPlace ? null : Scratch.Rent<T>(Scratch.Use.RightPanel, columns * MaxDepth);
        for (nint p = 0; p < k; )
        {
            var depth = Share(k - p, MaxDepth);
            for (nint j = 0; j < n; j += columns)
            {
                var width = Math.Min(columns, n - j);
                var right = b.Data + p * b.RowStride + j * b.ColumnStride;
                var rightStride = b.RowStride;
                if (!inPlace)
                {
                    rightStride = width > lanes ? columns : lanes;
                    Packing.Panel(right, b.ColumnStride, b.RowStride, width, depth, panel, rightStride, true);
                    right = panel;
                }
                var ahead = far ? right + columns : right;
                var aheadStep = far ? rightStride : 0;
                for (nint i = 0; i < m; )
                {
                    // Equal shares instead of full tiles and a rest: a tile of few rows leaves the multipliers idle.
                    var rows = Share(m - i, set.Rows);
                    var left = a.Data + i * a.RowStride + p * a.ColumnStride;
                    var to = c + i * ldc + j;
                    var add = accumulate || p > 0;
                    set.Tile(rows, width, left, a.RowStride, a.ColumnStride, right, rightStride, to, ldc, depth, add, ahead, aheadStep);
                    ahead = far && i == 0 ? ahead + lanes : right;
                    aheadStep = far && i == 0 ? rightStride : 0;
                    i += rows;
                }
            }
            p += depth;
        }
    }

    /// <summary>The first of the equal shares into which at most <paramref name="most"/> at a time cut what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Share(nint left, nint most)
    {
        if (left <= most)
            return left;
        var shares = (nint)((uint)(left + most - 1) / (uint)most);
        return (nint)((uint)(left + shares - 1) / (uint)shares);
    }
}
