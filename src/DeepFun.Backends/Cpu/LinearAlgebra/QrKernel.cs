using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Q and R by Householder's reflections, on the transpose, whose rows are the columns.</summary>
internal readonly unsafe struct QrKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var (m, n) = (matrix.Rows, matrix.Columns);
        using var scratch = new MatrixScratch<T>(m * n);
        var scale = Rows<T>.Magnitude(matrix.A, m * n);
        var columns = scratch.Data;
        Rows<T>.Transpose(matrix.A, columns, m, n);
        Rows<T>.Scale(T.One / scale, columns, m * n);
        Factor(columns, matrix.Result + m * n, m, n);
        Rows<T>.Scale(scale, matrix.Result + m * n, n * n);
        Rows<T>.Transpose(columns, matrix.Result, n, m);
        return true;
    }

    /// <summary>columns [n, m] of A ← those of Q; r [n, n] ← Rᵀ. m ≥ n.</summary>
    public static void Factor(T* columns, T* r, nint m, nint n)
    {
        using var scratch = new MatrixScratch<T>(2 * n);
        var diagonal = scratch.Data;
        var factor = diagonal + n;
        for (nint k = 0; k < n; k++)
        {
            var column = columns + k * m;
            factor[k] = Reflector(column + k, m - k, out diagonal[k]);
            for (var j = k + 1; j < n; j++)
                Reflect(column + k, factor[k], columns + j * m + k, m - k);
        }
        for (nint k = 0; k < n; k++)
        {
            var sign = diagonal[k] < T.Zero ? -T.One : T.One;
            for (nint j = 0; j < n; j++)
                r[j * n + k] = j < k ? T.Zero : sign * (j == k ? diagonal[k] : columns[j * m + k]);
        }
        // Backwards, so that the vectors not yet used lie before the columns already made.
        for (var k = n - 1; k >= 0; k--)
        {
            var v = columns + k * m;
            var sign = diagonal[k] < T.Zero ? -T.One : T.One;
            for (var j = k + 1; j < n; j++)
                Reflect(v + k, factor[k], columns + j * m + k, m - k);
            // The reflection of the k-th unit vector.
            var scale = -factor[k] * v[k];
            for (nint i = 0; i < m; i++)
                v[i] = i < k ? T.Zero : sign * ((i == k ? T.One : T.Zero) + scale * v[i]);
        }
    }

    /// <summary>x ← v with (1 − factor v vᵀ) x = (length, 0, …); returns the factor, 0 if there is nothing to reflect.</summary>
    public static T Reflector(T* x, nint n, out T length)
    {
        var rest = n > 1 ? Rows<T>.Dot(x + 1, x + 1, n - 1) : T.Zero;
        length = x[0];
        if (rest == T.Zero)
            return T.Zero;
        var norm = T.Sqrt(x[0] * x[0] + rest);
        // The sign that does not cancel.
        length = x[0] > T.Zero ? -norm : norm;
        x[0] -= length;
        return T.CreateChecked(2) / (x[0] * x[0] + rest);
    }

    /// <summary>x ← (1 − factor v vᵀ) x</summary>
    public static void Reflect(T* v, T factor, T* x, nint n)
    {
        if (factor != T.Zero)
            Rows<T>.AddScaled(-factor * Rows<T>.Dot(v, x, n), v, x, n);
    }
}
