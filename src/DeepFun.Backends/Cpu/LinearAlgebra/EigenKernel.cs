using System;
using System.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Complex = System.Numerics.Complex;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>Eigenvalues and eigenvectors of a real matrix without symmetry, by MathNet's Hessenberg reduction and QR method, in float64.</summary>
internal readonly unsafe struct EigenKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int MaxAttempts = 4;

    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var n = (int)matrix.Columns;
        var scale = Rows<T>.Magnitude(matrix.A, n * n);
        var columns = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                columns[j * n + i] = double.CreateChecked(matrix.A[i * n + j] / scale);
        }
        if (!Decompose(Matrix<double>.Build.Dense(n, n, columns), out var values, out var vectors))
            return false;
        var order = new int[n];
        for (var i = 0; i < n; i++)
            order[i] = i;
        Array.Sort(order, (i, j) => Compare(values[i], values[j], i, j));
        for (var j = 0; j < n; j++)
            Write(values[order[j]], vectors, order[j], matrix.Result, j, n, double.CreateChecked(scale));
        return true;
    }

    private static bool Decompose(Matrix<double> a, out Complex[] values, out Matrix<double> vectors)
    {
        var n = a.RowCount;
        (values, vectors) = (new Complex[n], Matrix<double>.Build.DenseIdentity(n));
        // Its own measure of what is small is 0 then, and nothing is smaller.
        if (a.InfinityNorm() == 0)
            return true;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            try
            {
                // Where the QR method goes in circles, as for the matrix of a cyclic permutation, it gets a reflection of the matrix.
                var reflection = attempt == 0 ? null : Reflection(n, attempt);
                var found = (reflection is null ? a : reflection * a * reflection).Evd(Symmetricity.Asymmetric);
                values = found.EigenValues.ToArray();
                vectors = reflection is null ? found.EigenVectors : reflection * found.EigenVectors;
                return true;
            }
            catch (NonConvergenceException) { }
        }
        return false;
    }

    // 1 − 2 v vᵀ with a vector without pattern, another one each time.
    private static Matrix<double> Reflection(int n, int attempt)
    {
        var v = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(n, i => Math.Sin((i + 1.0) * (i + 1) * attempt)).Normalize(2);
        return Matrix<double>.Build.DenseIdentity(n) - 2 * v.OuterProduct(v);
    }

    private static int Compare(Complex x, Complex y, int i, int j)
    {
        var byReal = x.Real.CompareTo(y.Real);
        var byImaginary = x.Imaginary.CompareTo(y.Imaginary);
        return byReal != 0 ? byReal
            : byImaginary != 0 ? byImaginary
            : i.CompareTo(j);
    }

    /// <summary>
    /// Column j of the result. A conjugate pair has the real part of its vector in the column of the value with positive imaginary part, which
    /// comes first, and the imaginary part in the next.
    /// </summary>
    private static void Write(Complex value, Matrix<double> vectors, int column, T* result, int j, int n, double scale)
    {
        var vector = new Complex[n];
        var largest = 0;
        for (var i = 0; i < n; i++)
        {
            vector[i] =
                value.Imaginary > 0 ? new Complex(vectors[i, column], vectors[i, column + 1])
                : value.Imaginary < 0 ? new Complex(vectors[i, column - 1], -vectors[i, column])
                : vectors[i, column];
            if (Square(vector[i]) > Square(vector[largest]))
                largest = i;
        }
        var unit = vector[largest];
        result[j] = T.CreateChecked(value.Real * scale);
        result[n + j] = T.CreateChecked(value.Imaginary * scale);
        for (var i = 0; i < n; i++)
        {
            var component = i == largest ? Complex.One : vector[i] / unit;
            result[(2 + i) * n + j] = T.CreateChecked(component.Real);
            result[(2 + n + i) * n + j] = T.CreateChecked(component.Imaginary);
        }
    }

    private static double Square(Complex z) => z.Real * z.Real + z.Imaginary * z.Imaginary;
}
