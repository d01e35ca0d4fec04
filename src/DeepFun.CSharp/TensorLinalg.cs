using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Linear algebra on the matrices in the last two axes, as methods; all leading axes are batch. Float32 and float64; integers give float32.
/// A matrix that holds NaN or an infinity gives NaN, and so does a decomposition that does not exist; other matrices of a batch are not touched.
/// Every method is differentiable; where a matrix is singular or has equal eigenvalues, the functions of the same name in
/// <c>DeepFun.FSharp</c> say what holds.
/// </summary>
/// <remarks>Errors of all: DF0125 what is no matrix, DF0140 no square one where that is needed, DF0141 sides of a system that do not fit.</remarks>
public static class TensorLinalg
{
    /// <summary>The lower triangular L with positive diagonal and L Lᵀ = (x + xᵀ) / 2; NaN where that is not positive definite.</summary>
    public static Tensor Cholesky(this Tensor x) => LinearAlgebra.cholesky(x);

    /// <summary>The x with l lᵀ x = b for a lower triangular l, as <see cref="Cholesky"/> gives it.</summary>
    public static Tensor CholeskySolve(this Tensor l, Tensor b) => LinearAlgebra.choleskySolve(l, b);

    /// <summary>The x with a x = b, or aᵀ x = b if <paramref name="transposed"/>; of a one triangle is read.</summary>
    /// <param name="a">[B…, n, n]</param>
    /// <param name="b">[B…, n, k], or [B…, n] for vectors.</param>
    /// <param name="lower">Which triangle of a is read.</param>
    /// <param name="transposed">Whether its transpose is meant.</param>
    /// <param name="unitDiagonal">Whether the diagonal is not read but taken as 1.</param>
    public static Tensor TriangularSolve(this Tensor a, Tensor b, bool lower = true, bool transposed = false, bool unitDiagonal = false) =>
        LinearAlgebra.triangularSolve(lower, transposed, unitDiagonal, a, b);

    /// <summary>x = P L U: a permutation matrix, a lower triangular one with unit diagonal, an upper triangular one.</summary>
    public static (Tensor P, Tensor L, Tensor U) Lu(this Tensor x) => LinearAlgebra.lu(x).ToValueTuple();

    /// <summary>The x with a x = b; infinities or NaN for a singular a.</summary>
    /// <param name="a">[B…, n, n]</param>
    /// <param name="b">[B…, n, k], or [B…, n] for vectors; leading axes broadcast.</param>
    /// <example><code>
    /// var a = Tensor.From([2f, 1f, 4f, 5f], 2, 2);
    /// var b = Tensor.From([4f, 14f]);
    /// Console.WriteLine(a.Solve(b)); // tensor([1., 2.], float32, shape [2])
    /// </code></example>
    public static Tensor Solve(this Tensor a, Tensor b) => LinearAlgebra.solve(a, b);

    /// <summary>The inverse; infinities or NaN for a singular matrix.</summary>
    public static Tensor Inverse(this Tensor x) => LinearAlgebra.inv(x);

    /// <summary>The determinant [B…], whose derivative is right for singular matrices, too.</summary>
    public static Tensor Det(this Tensor x) => LinearAlgebra.det(x);

    /// <summary>Sign of the determinant and logarithm of its absolute value, which do not overflow.</summary>
    public static (Tensor Sign, Tensor LogAbs) SlogDet(this Tensor x) => LinearAlgebra.slogdet(x).ToValueTuple();

    /// <summary>x = Q R with orthonormal columns and an upper triangular R, whose diagonal is not negative.</summary>
    public static (Tensor Q, Tensor R) Qr(this Tensor x) => LinearAlgebra.qr(x).ToValueTuple();

    /// <summary>x = U diag(S) Vᵀ with orthonormal columns in U, singular values in descending order, and orthonormal rows in Vᵀ.</summary>
    public static (Tensor U, Tensor S, Tensor Vt) Svd(this Tensor x) => LinearAlgebra.svd(x).ToValueTuple();

    /// <summary>The singular values, descending.</summary>
    public static Tensor SvdVals(this Tensor x) => LinearAlgebra.svdvals(x);

    /// <summary>Eigenvalues, ascending, and eigenvectors, one a column, of the symmetric part (x + xᵀ) / 2.</summary>
    public static (Tensor Values, Tensor Vectors) Eigh(this Tensor x) => LinearAlgebra.eigh(x).ToValueTuple();

    /// <summary>The eigenvalues of the symmetric part, ascending.</summary>
    public static Tensor EigvalsH(this Tensor x) => LinearAlgebra.eigvalsh(x);

    /// <summary>The eigenvalues of a real matrix, by real and then by imaginary part.</summary>
    public static Complex Eigvals(this Tensor x) => Eigenvalues.eigvals(x);

    /// <summary>
    /// The eigenvalues, as <see cref="Eigvals"/> gives them, and eigenvectors of length 1, one a column, whose largest component is real and positive.
    /// </summary>
    public static (Complex Values, Complex Vectors) Eig(this Tensor x) => Eigenvalues.eig(x).ToValueTuple();

    /// <summary>The pseudo-inverse of Moore and Penrose.</summary>
    /// <param name="x">[B…, m, n]</param>
    /// <param name="tolerance">Singular values up to this times the largest count as 0; by default max(m, n) ε.</param>
    public static Tensor Pinv(this Tensor x, double? tolerance = null) =>
        tolerance is { } given ? LinearAlgebra.pinvWith(given, x) : LinearAlgebra.pinv(x);

    /// <summary>The x that makes ‖a x − b‖₂ least; of several the shortest.</summary>
    /// <param name="a">[B…, m, n] of any rank.</param>
    /// <param name="b">[B…, m, k], or [B…, m] for vectors.</param>
    public static Tensor Lstsq(this Tensor a, Tensor b) => LinearAlgebra.lstsq(a, b);

    /// <summary>exp(x) = Σ xᵏ / k! of square matrices.</summary>
    public static Tensor MatrixExp(this Tensor x) => MatrixExponential.matrixExp(x);

    /// <summary>The largest singular value.</summary>
    public static Tensor SpectralNorm(this Tensor x) => LinearAlgebra.spectralNorm(x);

    /// <summary>The sum of the singular values.</summary>
    public static Tensor NuclearNorm(this Tensor x) => LinearAlgebra.nuclearNorm(x);

    /// <summary>√Σ xᵢⱼ² of each matrix.</summary>
    public static Tensor FrobeniusNorm(this Tensor x) => LinearAlgebra.frobeniusNorm(x);

    /// <summary>The largest singular value over the smallest; ∞ for a singular matrix.</summary>
    public static Tensor ConditionNumber(this Tensor x) => LinearAlgebra.conditionNumber(x);

    /// <summary>How many singular values are greater than max(m, n) ε times the largest; int32.</summary>
    public static Tensor MatrixRank(this Tensor x) => LinearAlgebra.matrixRank(x);
}
