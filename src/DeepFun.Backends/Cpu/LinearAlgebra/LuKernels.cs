using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Gaussian elimination with partial pivoting; factors, row numbers in a last column.</summary>
internal readonly unsafe struct LuKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var (m, n) = (matrix.Rows, matrix.Columns);
        for (nint i = 0; i < m; i++)
        {
            new Span<T>(matrix.A + i * n, (int)n).CopyTo(new Span<T>(matrix.Result + i * (n + 1), (int)n));
            matrix.Result[i * (n + 1) + n] = T.CreateChecked(i);
        }
        Factor(matrix.Result, m, n, n + 1);
        return true;
    }

    /// <summary>In place; columns from n on are exchanged only. True if the number of exchanges is odd.</summary>
    public static bool Factor(T* a, nint m, nint n, nint stride)
    {
        var odd = false;
        for (nint k = 0; k < nint.Min(m, n); k++)
        {
            var pivot = k;
            for (var i = k + 1; i < m; i++)
            {
                if (T.Abs(a[i * stride + k]) > T.Abs(a[pivot * stride + k]))
                    pivot = i;
            }
            var row = a + k * stride;
            if (pivot != k)
            {
                odd = !odd;
                Rows<T>.Exchange(row, a + pivot * stride, stride);
            }
            // Without a pivot there is nothing to eliminate.
            if (row[k] == T.Zero)
                continue;
            for (var i = k + 1; i < m; i++)
            {
                var below = a + i * stride;
                if (below[k] == T.Zero)
                    continue;
                below[k] /= row[k];
                Rows<T>.AddScaled(-below[k], row + k + 1, below + k + 1, n - k - 1);
            }
        }
        return odd;
    }
}

/// <summary>A system by the factors of its matrix.</summary>
internal readonly unsafe struct LuSolveKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const LinalgFlags UnitLower = LinalgFlags.Lower | LinalgFlags.UnitDiagonal;

    public static bool NeedsFinite => false;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var (n, right) = (matrix.Columns, matrix.Right);
        var stride = n + 1;
        var factors = matrix.B;
        var x = matrix.Result;
        if ((matrix.Flags & LinalgFlags.Transpose) == 0)
        {
            for (nint i = 0; i < n; i++)
                Row(matrix.C, Place(factors, i, n), right).CopyTo(Row(x, i, right));
            TriangularKernel<T>.Solve(factors, n, stride, UnitLower, x, right);
            TriangularKernel<T>.Solve(factors, n, stride, LinalgFlags.None, x, right);
            return true;
        }
        // Aᵀ = Uᵀ Lᵀ P
        using var scratch = new MatrixScratch<T>(n * right);
        var y = scratch.Data;
        new Span<T>(matrix.C, (int)(n * right)).CopyTo(new Span<T>(y, (int)(n * right)));
        TriangularKernel<T>.Solve(factors, n, stride, LinalgFlags.Transpose, y, right);
        TriangularKernel<T>.Solve(factors, n, stride, UnitLower | LinalgFlags.Transpose, y, right);
        for (nint i = 0; i < n; i++)
            Row(y, i, right).CopyTo(Row(x, Place(factors, i, n), right));
        return true;
    }

    private static Span<T> Row(T* x, nint i, nint right) => new(x + i * right, (int)right);

    // Factors that are NaN have no places; then any will do.
    private static nint Place(T* factors, nint i, nint n) => nint.Clamp(nint.CreateSaturating(factors[i * (n + 1) + n]), 0, n - 1);
}

/// <summary>The determinant: the product of the pivots.</summary>
internal readonly unsafe struct DeterminantKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var n = matrix.Columns;
        using var scratch = new MatrixScratch<T>(n * n);
        var a = scratch.Data;
        new Span<T>(matrix.A, (int)(n * n)).CopyTo(new Span<T>(a, (int)(n * n)));
        var product = LuKernel<T>.Factor(a, n, n, n) ? -T.One : T.One;
        for (nint i = 0; i < n; i++)
            product *= a[i * n + i];
        *matrix.Result = product;
        return true;
    }
}
