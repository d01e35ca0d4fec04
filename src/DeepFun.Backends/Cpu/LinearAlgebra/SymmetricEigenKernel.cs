using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>
/// Eigenvalues and eigenvectors of the symmetric part: Householder's reduction to a tridiagonal matrix, then the QL method with implicit
/// shifts (Golub and Van Loan, Matrix Computations, 8.3). The vectors are rows while at work, so that a rotation runs along memory.
/// </summary>
internal readonly unsafe struct SymmetricEigenKernel<T> : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Two or three steps an eigenvalue are usual.
    private const int MaxSteps = 60;

    public static bool NeedsFinite => true;

    public static bool Run(in MatrixArguments<T> matrix)
    {
        var n = matrix.Columns;
        using var scratch = new MatrixScratch<T>(2 * n * n + 4 * n);
        var a = scratch.Data;
        var vectors = a + n * n;
        var diagonal = vectors + n * n;
        var off = diagonal + n;
        var scale = Rows<T>.Magnitude(matrix.A, n * n);
        var half = T.CreateChecked(0.5) / scale;
        for (nint i = 0; i < n; i++)
        {
            for (nint j = 0; j < n; j++)
                a[i * n + j] = half * matrix.A[i * n + j] + half * matrix.A[j * n + i];
        }
        Tridiagonalize(a, vectors, diagonal, off, off + n, off + 2 * n, n);
        if (!Diagonalize(vectors, diagonal, off, n))
            return false;
        Write(vectors, diagonal, scale, matrix.Result, n);
        return true;
    }

    /// <summary>a = Q T Qᵀ: diagonal and off-diagonal of T (off[i] beside diagonal[i + 1]), vectors ← Qᵀ; destroys a.</summary>
    private static void Tridiagonalize(T* a, T* vectors, T* diagonal, T* off, T* factors, T* product, nint n)
    {
        Rows<T>.Identity(vectors, n);
        for (nint k = 0; k + 1 < n; k++)
        {
            diagonal[k] = a[k * n + k];
            var rest = n - k - 1;
            // Row k right of the diagonal becomes the vector of its reflection.
            var v = a + k * n + k + 1;
            var factor = factors[k] = QrKernel<T>.Reflector(v, rest, out off[k]);
            if (factor == T.Zero)
                continue;
            // H B H = B − v wᵀ − w vᵀ with p = factor B v, w = p − (factor / 2) (pᵀ v) v
            var b = a + (k + 1) * n + k + 1;
            for (nint i = 0; i < rest; i++)
                product[i] = factor * Rows<T>.Dot(b + i * n, v, rest);
            Rows<T>.AddScaled(-T.CreateChecked(0.5) * factor * Rows<T>.Dot(product, v, rest), v, product, rest);
            for (nint i = 0; i < rest; i++)
            {
                Rows<T>.AddScaled(-v[i], product, b + i * n, rest);
                Rows<T>.AddScaled(-product[i], v, b + i * n, rest);
            }
        }
        diagonal[n - 1] = a[n * n - 1];
        off[n - 1] = T.Zero;
        // Q = H₀ H₁ …, from the last on, when only the lower right part of Q is not yet the identity; and its transpose.
        for (var k = n - 3; k >= 0; k--)
        {
            var v = a + k * n + k + 1;
            var rest = n - k - 1;
            for (var i = k + 1; i < n; i++)
                QrKernel<T>.Reflect(v, factors[k], vectors + i * n + k + 1, rest);
        }
    }

    /// <summary>Rotates until nothing is left off the diagonal; the rows of vectors go along.</summary>
    private static bool Diagonalize(T* vectors, T* diagonal, T* off, nint n)
    {
        // What is small beside its neighbours is nothing, and what is small beside the whole matrix, too: in rows that are themselves rounding
        // errors of larger ones nothing would converge.
        var least = Epsilon / T.CreateChecked(16) * T.Max(Rows<T>.Largest(diagonal, n), Rows<T>.Largest(off, n));
        for (nint first = 0; first < n; first++)
        {
            for (var step = 0; ; step++)
            {
                var last = first;
                while (last < n - 1 && T.Abs(off[last]) > T.Max(least, Epsilon * (T.Abs(diagonal[last]) + T.Abs(diagonal[last + 1]))))
                    last++;
                if (last == first)
                    break;
                if (step == MaxSteps)
                    return false;
                Step(vectors, diagonal, off, first, last, n);
            }
        }
        return true;
    }

    private static T Epsilon => T.BitIncrement(T.One) - T.One;

    /// <summary>One sweep from the end of an unreduced block to its start, with Wilkinson's shift.</summary>
    private static void Step(T* vectors, T* diagonal, T* off, nint first, nint last, nint n)
    {
        var ratio = (diagonal[first + 1] - diagonal[first]) / (T.CreateChecked(2) * off[first]);
        var root = T.Hypot(ratio, T.One);
        var bulge = diagonal[last] - diagonal[first] + off[first] / (ratio + T.CopySign(root, ratio));
        var (sine, cosine, shift) = (T.One, T.One, T.Zero);
        for (var i = last - 1; i >= first; i--)
        {
            var (f, b) = (sine * off[i], cosine * off[i]);
            var r = T.Hypot(f, bulge);
            off[i + 1] = r;
            if (r == T.Zero)
            {
                // The block falls apart here.
                diagonal[i + 1] -= shift;
                off[last] = T.Zero;
                return;
            }
            (sine, cosine) = (f / r, bulge / r);
            var next = diagonal[i + 1] - shift;
            var q = (diagonal[i] - next) * sine + T.CreateChecked(2) * cosine * b;
            shift = sine * q;
            diagonal[i + 1] = next + shift;
            bulge = cosine * q - b;
            Rows<T>.Rotate(cosine, sine, vectors + i * n, vectors + (i + 1) * n, n);
        }
        diagonal[first] -= shift;
        off[first] = bulge;
        off[last] = T.Zero;
    }

    /// <summary>Ascending values, scaled back, over the vectors as columns.</summary>
    private static void Write(T* vectors, T* diagonal, T scale, T* result, nint n)
    {
        var order = new int[n];
        var values = new Span<T>(diagonal, (int)n).ToArray();
        for (var i = 0; i < n; i++)
            order[i] = i;
        Array.Sort(values, order);
        for (nint j = 0; j < n; j++)
        {
            result[j] = scale * values[j];
            var vector = vectors + order[j] * n;
            for (nint i = 0; i < n; i++)
                result[(i + 1) * n + j] = vector[i];
        }
    }
}
