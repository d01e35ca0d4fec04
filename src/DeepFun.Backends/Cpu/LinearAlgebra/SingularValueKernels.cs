using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>
/// Singular values by one-sided Jacobi rotations (Hestenes 1958; Golub and Van Loan, Matrix Computations, 8.6.3): the columns are rotated in
/// pairs until all are orthogonal. Their lengths are the singular values, also the small ones to full relative precision.
/// A tall matrix is reduced to its R first.
/// </summary>
internal readonly unsafe struct SingularValueKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // About log₂ n + 4 are usual. What is left after so many is rounding.
    private const int MaxSweeps = 40;

    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var (m, n) = (matrix.Rows, matrix.Columns);
        using var scratch = new MatrixScratch<T>(m * n + n * n + n);
        var u = scratch.Data;
        var v = u + m * n;
        var s = v + n * n;
        Rows<T>.Transpose(matrix.A, u, m, n);
        Decompose(u, s, v, m, n);
        Rows<T>.Transpose(u, matrix.Result, n, m);
        new Span<T>(s, (int)n).CopyTo(new Span<T>(matrix.Result + m * n, (int)n));
        Rows<T>.Transpose(v, matrix.Result + (m + 1) * n, n, n);
        return true;
    }

    /// <summary>columns [n, m] of A ← those of U; s [n] descending; v [n, n] ← the columns of V. m ≥ n.</summary>
    public static void Decompose(T* columns, T* s, T* v, nint m, nint n)
    {
        var scale = Rows<T>.Magnitude(columns, m * n);
        Rows<T>.Scale(T.One / scale, columns, m * n);
        Rows<T>.Identity(v, n);
        if (m == n)
            Orthogonalize(columns, s, v, n);
        else
        {
            // A = Q R, R = U' S Vᵀ, U = Q U'
            using var scratch = new MatrixScratch<T>(n * n);
            // The rows of Rᵀ are the columns of R.
            var r = scratch.Data;
            QrKernel<T>.Factor(columns, r, m, n);
            Orthogonalize(r, s, v, n);
            Combine(r, columns, m, n);
        }
        Rows<T>.Scale(scale, s, n);
    }

    /// <summary>columns [n, m] of Q ← those of Q U', where rows [n, n] are the columns of U'.</summary>
    private static void Combine(T* rows, T* columns, nint m, nint n)
    {
        using var scratch = new MatrixScratch<T>(m * n);
        new Span<T>(columns, (int)(m * n)).CopyTo(new Span<T>(scratch.Data, (int)(m * n)));
        for (nint j = 0; j < n; j++)
        {
            var line = columns + j * m;
            new Span<T>(line, (int)m).Clear();
            for (nint k = 0; k < n; k++)
                Rows<T>.AddScaled(rows[j * n + k], scratch.Data + k * m, line, m);
        }
    }

    /// <summary>Rotates the columns [n, n] until they are orthogonal, v along with them.</summary>
    private static void Orthogonalize(T* columns, T* s, T* v, nint n)
    {
        for (var sweep = 0; sweep < MaxSweeps && Sweep(columns, v, n); sweep++) { }
        Normalize(columns, s, v, n);
    }

    /// <summary>One rotation of each pair; false if none was needed, and none changed places.</summary>
    private static bool Sweep(T* columns, T* v, nint n)
    {
        // What rounding leaves of a dot product; below, pairs would be rotated for ever.
        var tolerance = T.CreateChecked(2 * Math.Sqrt(n)) * (T.BitIncrement(T.One) - T.One);
        var rotated = false;
        for (nint p = 0; p < n - 1; p++)
        {
            for (var q = p + 1; q < n; q++)
            {
                var x = columns + p * n;
                var y = columns + q * n;
                var (a, b, c) = (Rows<T>.Dot(x, x, n), Rows<T>.Dot(y, y, n), Rows<T>.Dot(x, y, n));
                // The longer column goes first, which makes the next sweeps converge faster, and sorts. It has not met the others from there.
                if (a < b)
                {
                    rotated = true;
                    Rows<T>.Exchange(x, y, n);
                    Rows<T>.Exchange(v + p * n, v + q * n, n);
                    (a, b) = (b, a);
                }
                if (T.Abs(c) <= tolerance * T.Sqrt(a) * T.Sqrt(b))
                    continue;
                rotated = true;
                // The smaller root t = tan of t² + 2 ζ t − 1 = 0 for the pair.
                var zeta = (b - a) / (T.CreateChecked(2) * c);
                var tangent = T.CopySign(T.One, zeta) / (T.Abs(zeta) + T.Hypot(T.One, zeta));
                var cosine = T.One / T.Hypot(T.One, tangent);
                Rows<T>.Rotate(cosine, cosine * tangent, x, y, n);
                Rows<T>.Rotate(cosine, cosine * tangent, v + p * n, v + q * n, n);
            }
        }
        return rotated;
    }

    /// <summary>Lengths into s, descending; columns of length 1, those of length 0 replaced by what is orthogonal to all others.</summary>
    private static void Normalize(T* columns, T* s, T* v, nint n)
    {
        for (nint j = 0; j < n; j++)
            s[j] = T.Sqrt(Rows<T>.Dot(columns + j * n, columns + j * n, n));
        for (nint j = 0; j < n; j++)
        {
            var largest = j;
            for (var k = j + 1; k < n; k++)
            {
                if (s[k] > s[largest])
                    largest = k;
            }
            if (largest != j)
            {
                (s[j], s[largest]) = (s[largest], s[j]);
                Rows<T>.Exchange(columns + j * n, columns + largest * n, n);
                Rows<T>.Exchange(v + j * n, v + largest * n, n);
            }
            // Below, a column holds rounding errors of the others more than a direction of its own.
            if (s[j] > T.Zero && s[j] >= s[0] * T.CreateChecked(1e-30))
                Rows<T>.Scale(T.One / s[j], columns + j * n, n);
            else
                Complete(columns, j, n);
        }
    }

    /// <summary>Column j ← a unit vector orthogonal to those before: of the coordinate axes that one which is least among them.</summary>
    private static void Complete(T* columns, nint j, nint n)
    {
        var column = columns + j * n;
        var (best, least) = ((nint)0, T.PositiveInfinity);
        for (nint i = 0; i < n; i++)
        {
            var share = T.Zero;
            for (nint k = 0; k < j; k++)
                share += columns[k * n + i] * columns[k * n + i];
            if (share < least)
                (best, least) = (i, share);
        }
        new Span<T>(column, (int)n).Clear();
        column[best] = T.One;
        // Twice, so that what the first time leaves by rounding goes, too.
        for (var pass = 0; pass < 2; pass++)
        {
            for (nint k = 0; k < j; k++)
                Rows<T>.AddScaled(-Rows<T>.Dot(columns + k * n, column, n), columns + k * n, column, n);
            Rows<T>.Scale(T.One / T.Sqrt(Rows<T>.Dot(column, column, n)), column, n);
        }
    }
}

/// <summary>The pseudo-inverse V S⁺ Uᵀ of any matrix.</summary>
internal readonly unsafe struct PseudoInverseKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        // A wide matrix is the transpose of a tall one, whose pseudo-inverse is the transpose.
        var wide = matrix.Rows < matrix.Columns;
        var (m, n) = wide ? (matrix.Columns, matrix.Rows) : (matrix.Rows, matrix.Columns);
        using var scratch = new MatrixScratch<T>(m * n + n * n + n);
        var u = scratch.Data;
        var v = u + m * n;
        var s = v + n * n;
        if (wide)
            new Span<T>(matrix.A, (int)(m * n)).CopyTo(new Span<T>(u, (int)(m * n)));
        else
            Rows<T>.Transpose(matrix.A, u, m, n);
        SingularValueKernel<T>.Decompose(u, s, v, m, n);
        new Span<T>(matrix.Result, (int)(m * n)).Clear();
        for (nint k = 0; k < n && s[k] > matrix.Tolerance * s[0]; k++)
        {
            var x = u + k * m;
            var y = v + k * n;
            // Result [n, m] = Σ v uᵀ / s, or its transpose [m, n].
            if (wide)
            {
                for (nint i = 0; i < m; i++)
                    Rows<T>.AddScaled(x[i] / s[k], y, matrix.Result + i * n, n);
            }
            else
            {
                for (nint i = 0; i < n; i++)
                    Rows<T>.AddScaled(y[i] / s[k], x, matrix.Result + i * m, m);
            }
        }
        return true;
    }
}
