using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Products with a few rows (or columns) whose sums run along memory in both operands: dot products. A tile would first have to
/// transpose the large operand, which costs more than the product.
/// </summary>
internal static unsafe class MatMulThin
{
    private const int Few = 3;

    /// <summary>Does the product when it is of that kind; C [m, n] = (accumulate: +=) A [m, k] B [k, n].</summary>
    public static bool TryMultiply<T>(nint m, nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, nint ldc, bool accumulate)
        where T : unmanaged
    {
        if (Math.Min(m, n) > Few || k < 16 || a.ColumnStride != 1 || b.RowStride != 1)
            return false;
        // C's transpose is Bᵀ Aᵀ: let the few be the outer loop.
        if (m <= n)
            Dots(m, n, k, a.Data, a.RowStride, b.Data, b.ColumnStride, c, ldc, 1, accumulate);
        else
            Dots(n, m, k, b.Data, b.ColumnStride, a.Data, a.RowStride, c, 1, ldc, accumulate);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots<T>(nint few, nint many, nint k, T* x, nint xStride, T* y, nint yStride, T* c, nint cFew, nint cMany, bool add)
        where T : unmanaged
    {
        for (nint i = 0; i < few; i++, x += xStride, c += cFew)
        {
            nint j = 0;
            for (; j + 4 <= many; j += 4)
            {
                var (s0, s1, s2, s3) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
                var y0 = y + j * yStride;
                var y2 = y0 + 2 * yStride;
                nint p = 0;
                for (; p + Vector512<T>.Count <= k; p += Vector512<T>.Count)
                {
                    var v = Vector512.Load(x + p);
                    s0 += v * Vector512.Load(y0 + p);
                    s1 += v * Vector512.Load(y0 + yStride + p);
                    s2 += v * Vector512.Load(y2 + p);
                    s3 += v * Vector512.Load(y2 + yStride + p);
                }
                var to = c + j * cMany;
                Finish(s0, x, y0, p, k, to, add);
                Finish(s1, x, y0 + yStride, p, k, to + cMany, add);
                Finish(s2, x, y2, p, k, to + 2 * cMany, add);
                Finish(s3, x, y2 + yStride, p, k, to + 3 * cMany, add);
            }
            for (; j < many; j++)
            {
                var sum = Vector512<T>.Zero;
                nint p = 0;
                for (; p + Vector512<T>.Count <= k; p += Vector512<T>.Count)
                    sum += Vector512.Load(x + p) * Vector512.Load(y + j * yStride + p);
                Finish(sum, x, y + j * yStride, p, k, c + j * cMany, add);
            }
        }
    }

    // The terms past the last full vector, and the sum of the vector's lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T>(Vector512<T> sum, T* x, T* y, nint p, nint k, T* to, bool add)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            *(float*)to = (add ? *(float*)to : 0) + Rest(Vector512.Sum(sum.AsSingle()), (float*)x, (float*)y, p, k);
        else
            *(double*)to = (add ? *(double*)to : 0) + Rest(Vector512.Sum(sum.AsDouble()), (double*)x, (double*)y, p, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Rest<T>(T sum, T* x, T* y, nint p, nint k)
        where T : unmanaged, INumberBase<T>
    {
        for (; p < k; p++)
            sum += x[p] * y[p];
        return sum;
    }
}
