using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Triangular systems: substitution forwards or backwards.</summary>
internal readonly unsafe struct TriangularKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => false;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var n = matrix.Columns;
        new Span<T>(matrix.B, (int)(n * matrix.Right)).CopyTo(new Span<T>(matrix.Result, (int)(n * matrix.Right)));
        Solve(matrix.A, n, n, matrix.Flags, matrix.Result, matrix.Right);
        return true;
    }

    /// <summary>x [n, right] ← the solution for x; a [n, n] has so many elements from row to row.</summary>
    public static void Solve(T* a, nint n, nint stride, LinalgFlags flags, T* x, nint right)
    {
        var lower = (flags & LinalgFlags.Lower) != 0;
        var transpose = (flags & LinalgFlags.Transpose) != 0;
        var unit = (flags & LinalgFlags.UnitDiagonal) != 0;
        // A lower triangle is solved from the top, its transpose from the bottom.
        var forwards = lower != transpose;
        for (nint k = 0; k < n; k++)
        {
            var i = forwards ? k : n - 1 - k;
            var row = a + i * stride;
            var xi = x + i * right;
            // The elements of row i beside the diagonal, within the triangle.
            var (first, count) = lower ? ((nint)0, i) : (i + 1, n - 1 - i);
            if (!transpose)
            {
                if (right == 1)
                    *xi -= Rows<T>.Dot(row + first, x + first, count);
                else
                {
                    for (var j = first; j < first + count; j++)
                        Rows<T>.AddScaled(-row[j], x + j * right, xi, right);
                }
            }
            if (!unit)
            {
                for (nint c = 0; c < right; c++)
                    xi[c] /= row[i];
            }
            if (transpose)
            {
                // Row i of A is a column of the system: what is solved now leaves the other equations.
                if (right == 1)
                    Rows<T>.AddScaled(-*xi, row + first, x + first, count);
                else
                {
                    for (var j = first; j < first + count; j++)
                        Rows<T>.AddScaled(-row[j], xi, x + j * right, right);
                }
            }
        }
    }
}
