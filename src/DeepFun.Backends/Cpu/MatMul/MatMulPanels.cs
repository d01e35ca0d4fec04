using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// A right operand [k, n] packed as a whole, for products of many rows that come in several pieces: panels of the tiles' columns, for each of the blocks
/// into which <see cref="MatMulBlock"/> cuts k. The sums are the same, in the same order, as with the operand in place.
/// </summary>
internal static unsafe class MatMulPanels
{
    /// <summary>Elements of the packed form.</summary>
    public static nint Size<T>(KernelSet<T> set, nint n, nint k)
        where T : unmanaged => Panels(set, n) * set.Columns * k;

    /// <summary>How many panels there are for each block of k.</summary>
    public static nint Panels<T>(KernelSet<T> set, nint n)
        where T : unmanaged => (n + set.Columns - 1) / set.Columns;

    /// <summary>Packs one panel for all blocks of k.</summary>
    public static void Pack<T>(KernelSet<T> set, nint n, nint k, MatrixView<T> b, nint panel, T* to)
        where T : unmanaged
    {
        var columns = (nint)set.Columns;
        var j = panel * columns;
        var width = Math.Min(columns, n - j);
        var stride = Stride(set, width);
        for (nint p = 0; p < k; )
        {
            var depth = MatMulBlock.Share(k - p, MatMulBlock.MaxDepth);
            var from = b.Offset(p, j);
            Packing.Panel(from.Data, from.ColumnStride, from.RowStride, width, depth, to + Place(set, n, p, panel, depth), stride, true);
            p += depth;
        }
    }

    /// <summary>C [m, n] = A [m, k] B, B packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(KernelSet<T> set, nint m, nint n, nint k, MatrixView<T> a, T* packed, T* c, nint ldc)
        where T : unmanaged
    {
        var columns = (nint)set.Columns;
        for (nint p = 0; p < k; )
        {
            var depth = MatMulBlock.Share(k - p, MatMulBlock.MaxDepth);
            for (nint j = 0; j < n; j += columns)
            {
                var width = Math.Min(columns, n - j);
                var right = packed + Place(set, n, p, j / columns, depth);
                for (nint i = 0; i < m; )
                {
                    var rows = MatMulBlock.Share(m - i, set.Rows);
                    var left = a.Offset(i, p);
                    var to = c + i * ldc + j;
                    set.Tile(rows, width, left.Data, a.RowStride, a.ColumnStride, right, Stride(set, width), to, ldc, depth, p > 0);
                    i += rows;
                }
            }
            p += depth;
        }
    }

    private static nint Stride<T>(KernelSet<T> set, nint width)
        where T : unmanaged => width > set.Lanes ? set.Columns : set.Lanes;

    // Panels of one block of k lie together, in the order of their columns.
    private static nint Place<T>(KernelSet<T> set, nint n, nint p, nint panel, nint depth)
        where T : unmanaged => (p * Panels(set, n) + panel * depth) * set.Columns;
}
