using System;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Linear algebra from C#: every method, with values worked out by hand, and derivatives.</summary>
public class LinalgTests
{
    private static Tensor Matrix(int rows, int columns, params double[] values) => Tensor.From(values, rows, columns);

    // Symmetric, eigenvalues 1 and 3
    private static readonly Tensor Two = Matrix(2, 2, 2, 1, 1, 2);

    // Determinant 6
    private static readonly Tensor General = Matrix(2, 2, 2, 1, 4, 5);

    private static readonly Tensor Right = Tensor.From([4.0, 14.0]);

    /// <summary>Result, shape, values.</summary>
    private static readonly (string Name, Func<Tensor> Result, int[] Shape, double[] Values)[] Rows =
    [
        ("Cholesky", () => Matrix(2, 2, 4, 2, 2, 5).Cholesky(), [2, 2], [2, 0, 1, 2]),
        ("CholeskySolve", () => Matrix(2, 2, 2, 0, 1, 2).CholeskySolve(Tensor.From([8.0, 12.0])), [2], [1, 2]),
        ("TriangularSolve", () => General.TriangularSolve(Right), [2], [2, 1.2]),
        ("TriangularSolve upper", () => General.TriangularSolve(Right, lower: false), [2], [0.6, 2.8]),
        ("TriangularSolve transposed", () => General.TriangularSolve(Right, transposed: true), [2], [-3.6, 2.8]),
        ("TriangularSolve unit", () => General.TriangularSolve(Right, unitDiagonal: true), [2], [4, -2]),
        ("Lu P", () => General.Lu().P, [2, 2], [0, 1, 1, 0]),
        ("Lu L", () => General.Lu().L, [2, 2], [1, 0, 0.5, 1]),
        ("Lu U", () => General.Lu().U, [2, 2], [4, 5, 0, -1.5]),
        ("Solve", () => General.Solve(Right), [2], [1, 2]),
        ("Inverse", () => Two.Inverse(), [2, 2], [2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3]),
        ("Det", () => General.Det(), [], [6]),
        ("SlogDet sign", () => (-Matrix(1, 1, 3)).SlogDet().Sign, [], [-1]),
        ("SlogDet log", () => (-Matrix(1, 1, 3)).SlogDet().LogAbs, [], [Math.Log(3)]),
        ("Qr Q", () => Matrix(2, 1, 3, 4).Qr().Q, [2, 1], [0.6, 0.8]),
        ("Qr R", () => Matrix(2, 1, 3, 4).Qr().R, [1, 1], [5]),
        ("Svd S", () => Matrix(2, 2, 3, 0, 4, 5).Svd().S, [2], [3 * Math.Sqrt(5), Math.Sqrt(5)]),
        ("Svd U", () => Matrix(2, 1, 3, 4).Svd().U.Abs(), [2, 1], [0.6, 0.8]),
        ("Svd Vt", () => Matrix(2, 1, 3, 4).Svd().Vt.Abs(), [1, 1], [1]),
        ("SvdVals", () => Two.SvdVals(), [2], [3, 1]),
        ("Eigh values", () => Two.Eigh().Values, [2], [1, 3]),
        ("Eigh vectors", () => Two.Eigh().Vectors.Abs(), [2, 2], [Math.Sqrt(0.5), Math.Sqrt(0.5), Math.Sqrt(0.5), Math.Sqrt(0.5)]),
        ("EigvalsH", () => Two.EigvalsH(), [2], [1, 3]),
        ("Eigvals real", () => Matrix(2, 2, 1, -2, 2, 1).Eigvals().Re, [2], [1, 1]),
        ("Eigvals imaginary", () => Matrix(2, 2, 1, -2, 2, 1).Eigvals().Im, [2], [-2, 2]),
        ("Eig values", () => Matrix(2, 2, 2, 1, 0, 3).Eig().Values.Re, [2], [2, 3]),
        ("Eig vectors", () => Matrix(2, 2, 2, 1, 0, 3).Eig().Vectors.Re, [2, 2], [1, Math.Sqrt(0.5), 0, Math.Sqrt(0.5)]),
        ("Pinv", () => Matrix(2, 1, 3, 4).Pinv(), [1, 2], [0.12, 0.16]),
        ("Pinv tolerance", () => Matrix(2, 2, 2, 0, 0, 0.1).Pinv(tolerance: 0.1), [2, 2], [0.5, 0, 0, 0]),
        ("Lstsq", () => Matrix(3, 2, 1, 0, 1, 1, 1, 2).Lstsq(Tensor.From([6.0, 0, 0])), [2], [5, -3]),
        ("MatrixExp", () => Matrix(2, 2, 0, 1, 0, 0).MatrixExp(), [2, 2], [1, 1, 0, 1]),
        ("SpectralNorm", () => Two.SpectralNorm(), [], [3]),
        ("NuclearNorm", () => Two.NuclearNorm(), [], [4]),
        ("FrobeniusNorm", () => Matrix(1, 2, 3, 4).FrobeniusNorm(), [], [5]),
        ("ConditionNumber", () => Two.ConditionNumber(), [], [3]),
        ("MatrixRank", () => Matrix(2, 2, 1, 2, 2, 4).MatrixRank(), [], [1]),
    ];

    [Fact]
    public void Every_method_gives_what_it_says() => Assert.All(Rows, row => Close.Assert(row.Result(), row.Shape, row.Values, 1e-12));

    [Fact]
    public void Derivatives_compose()
    {
        Close.Assert(Differentiate.Grad((Tensor x) => x.Det())(General), [2, 2], [5, -4, -1, 2], 1e-12);
        // The adjugate, transposed, of a singular matrix
        Close.Assert(Differentiate.Grad((Tensor x) => x.Det())(Matrix(2, 2, 1, 2, 2, 4)), [2, 2], [4, -2, -2, 1], 1e-12);
        // ∇ log det = x⁻ᵀ
        Close.Assert(Differentiate.Grad((Tensor x) => x.SlogDet().LogAbs)(Two), [2, 2], [2.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3], 1e-12);
        var batch = Differentiate.Vmap(Differentiate.Grad((Tensor x) => x.NuclearNorm()));
        Close.Assert(batch(Tensor.From([1.0, 0, 0, 1, 2, 0, 0, 2], 2, 2, 2)), [2, 2, 2], [1, 0, 0, 1, 1, 0, 0, 1], 1e-12);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Close.Fails("DF0140", () => Matrix(1, 2, 1, 2).Det());
        Close.Fails("DF0141", () => Two.Solve(Tensor.From([1.0, 2, 3])));
        Close.Fails("DF0125", () => Right.Svd());
    }
}
