namespace DeepFun.FSharp

open System
open DeepFun

/// Parts of packed decompositions.
module internal Packed =

    let bind (op: Linalg) (xs: Tensor[]) = Tensor.Bind(Prim.Linalg op, xs)
    let rows (x: Tensor) = InferLinalg.rows x.Type
    let columns (x: Tensor) = InferLinalg.columns x.Type

    /// Square matrices, or DF0125 or DF0140.
    let square operation (x: Tensor) : Tensor =
        let x = Tensor.Floats x

        if x.Rank < 2 then
            Errors.rank operation "matrices in the last two axes" x.Shape

        if rows x <> columns x then
            LinalgErrors.square operation x.Shape

        x

    /// The identity, of x's type.
    let identityLike (x: Tensor) : Tensor =
        let i = indices (columns x) x
        Tensor.BroadcastTo(x.Shape, cast x.DType (equal (expandDims 0 i) (expandDims 1 i)))

    /// The tolerance by which a matrix of this shape has less than full rank: the larger size times epsilon, as in NumPy and PyTorch.
    let rankTolerance (x: Tensor) = float (max (rows x) (columns x)) * DTypes.Epsilon(floatingDType [ x ])

    /// Factors of square matrices for solveBy. They have no derivative: that is in the solution.
    let factors (a: Tensor) : Tensor = bind Linalg.Lu [| stopGradient a |]

    /// a⁻¹ b by the factors of a; equal leading axes.
    let solveBy (a: Tensor) (lu: Tensor) (b: Tensor) = bind (Linalg.LuSolve false) [| a; lu; b |]

    /// Whether b is a vector for each matrix of a.
    let isVector (a: Tensor) (b: Tensor) =
        b.Rank = 1 || b.Rank = a.Rank - 1 && Shape.Same(b.Shape, Shape.Adopt(a.Shape.ToArray()[.. a.Rank - 2]))

    let private lead (x: Tensor) = x.Shape.ToArray()[.. x.Rank - 3]

    /// `run a b` of matrices with equal leading axes. Leading axes broadcast, a vector is a column, and many right-hand sides of one matrix
    /// are the columns of one. Errors: DF0125, DF0141.
    let system operation (run: Tensor -> Tensor -> Tensor) (a: Tensor) (b: Tensor) : Tensor =
        let dtype = DTypes.Promote(a.DType, b.DType)
        let a, b = cast dtype a |> Tensor.Floats, cast dtype b |> Tensor.Floats

        if a.Rank < 2 then
            Errors.rank operation "matrices in the last two axes" a.Shape

        if b.Rank = 0 then
            LinalgErrors.system operation a.Shape b.Shape

        let vector = isVector a b
        let matrix = if vector then expandDims -1 b else b

        if rows matrix <> rows a then
            LinalgErrors.system operation a.Shape b.Shape

        let solution =
            if a.Rank = 2 && matrix.Rank > 2 then
                let first = moveAxis -2 0 matrix
                let sizes = first.Shape.ToArray()
                let x = run a (reshape [ sizes[0]; Array.fold (*) 1 sizes[1..] ] first)
                reshape (Array.append [| columns a |] sizes[1..]) x |> moveAxis 0 -2
            else
                let common = Tensor.Common(operation, Shape.Adopt(lead a), Shape.Adopt(lead matrix)).ToArray()
                let full (t: Tensor) = broadcastTo (Array.append common [| rows t; columns t |]) t
                run (full a) (full matrix)

        if vector then squeezeAxis -1 solution else solution

/// <summary>
/// Linear algebra on the matrices in the last two axes; all leading axes are batch. Float32 and float64; integers give float32.
/// A matrix that holds NaN or an infinity gives NaN, and so does a decomposition that does not exist; other matrices of a batch are not touched.
/// Where the right-hand sides of systems have as many axes as the matrices but one, and fit, they are vectors.
/// Errors of all: DF0125 what is no matrix, DF0140 no square one where that is needed, DF0141 sides of a system that do not fit.
/// </summary>
[<AutoOpen>]
module LinearAlgebra =

    /// <summary>The lower triangular L with positive diagonal and L Lᵀ = (x + xᵀ) / 2.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → the same. NaN where the matrix is not positive definite. The derivative is that of the symmetric part and so symmetric.
    /// Source: numpy.linalg.cholesky; derivative: Murray 2016, arXiv:1602.07527. Deviation: NumPy reads one triangle, and raises an error.
    /// </remarks>
    let cholesky (x: Tensor) : Tensor = Packed.bind Linalg.Cholesky [| Packed.square "cholesky" x |]

    /// <summary>The x with a x = b, or aᵀ x = b, where a is triangular: its lower triangle or its upper one is read, the other is not.</summary>
    /// <remarks>
    /// Shape: a [B…, n, n] and b [B…, n, k] or [B…, n] → as b. unitDiagonal: the diagonal is not read but taken as 1.
    /// A zero on the diagonal gives infinities or NaN. Source: scipy.linalg.solve_triangular, torch.linalg.solve_triangular.
    /// </remarks>
    let triangularSolve (lower: bool) (transposed: bool) (unitDiagonal: bool) (a: Tensor) (b: Tensor) : Tensor =
        Packed.system
            "triangularSolve"
            (fun a b -> Packed.bind (Linalg.TriangularSolve(lower, transposed, unitDiagonal)) [| a; b |])
            (Packed.square "triangularSolve" a)
            b

    /// <summary>The x with l lᵀ x = b for a lower triangular l, as cholesky gives it.</summary>
    /// <remarks>Shape: l [B…, n, n] and b [B…, n, k] or [B…, n] → as b. Source: scipy.linalg.cho_solve, torch.cholesky_solve.</remarks>
    let choleskySolve (l: Tensor) (b: Tensor) : Tensor = triangularSolve true true false l (triangularSolve true false false l b)

    /// <summary>x = P L U: a permutation matrix, a lower triangular one with unit diagonal, an upper triangular one; partial pivoting.</summary>
    /// <remarks>
    /// Shape: [B…, m, n] → [B…, m, m], [B…, m, k], [B…, k, n], k = min(m, n). Singular matrices have factors, too, but these have no derivative
    /// unless the last pivot alone is 0. Source: scipy.linalg.lu, torch.linalg.lu; derivative: de Hoog, Anderssen and Lukas 2011.
    /// </remarks>
    let lu (x: Tensor) : Tensor * Tensor * Tensor =
        let x = Tensor.Floats x
        let y = Packed.bind Linalg.Lu [| x |]
        let m, n = Packed.rows x, Packed.columns x
        let k = min m n
        let parts = slice -1 0 n y
        let unit = cast x.DType (equal (expandDims 0 (indices k x)) (expandDims 1 (indices m x)))
        // P[p[j], j] = 1
        let places = cast DType.Int32 (slice -1 n (n + 1) y)
        let permutation = cast x.DType (equal (transpose places) (expandDims 1 (indices m x)))
        permutation, tril -1 (slice -1 0 k parts) + unit, triu 0 (slice -2 0 k parts)

    /// <summary>The x with a x = b.</summary>
    /// <remarks>
    /// Shape: a [B…, n, n] and b [B…, n, k] or [B…, n] → as b; leading axes broadcast. A singular matrix gives infinities or NaN.
    /// Factors are computed once, also for the derivatives of every order. Source: torch.linalg.solve, numpy.linalg.solve.
    /// Deviation: NumPy raises an error at a singular matrix.
    /// </remarks>
    let solve (a: Tensor) (b: Tensor) : Tensor =
        let run (a: Tensor) b =
            // Factored before it is repeated, if it is.
            Packed.solveBy a (Packed.factors a) b

        Packed.system "solve" run (Packed.square "solve" a) b

    /// <summary>The inverse; infinities or NaN for a singular matrix. To multiply with it, solve is faster and more accurate.</summary>
    /// <remarks>Shape: [B…, n, n] → the same. Source: numpy.linalg.inv, torch.linalg.inv.</remarks>
    let inv (x: Tensor) : Tensor =
        let x = Packed.square "inv" x
        Packed.solveBy x (Packed.factors x) (Packed.identityLike x)

    /// <summary>The determinant.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → [B…]; 1 if n = 0. The derivative is the adjugate, also of singular matrices: at rank n − 3 and above derivatives of
    /// every order are right. At rank n − k below that, those of order less than k are 0, which is right; higher ones are given as 0, too.
    /// Source: numpy.linalg.det, torch.linalg.det.
    /// </remarks>
    let det (x: Tensor) : Tensor = Packed.bind Linalg.Determinant [| Packed.square "det" x |]

    /// <summary>Sign of the determinant and logarithm of its absolute value, which neither overflow.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → [B…] and [B…]. A singular matrix has sign 0 and logarithm −∞, and no derivative (infinities or NaN).
    /// Source: numpy.linalg.slogdet, torch.linalg.slogdet.
    /// </remarks>
    let slogdet (x: Tensor) : Tensor * Tensor =
        let x = Packed.square "slogdet" x
        let y = Packed.bind Linalg.Lu [| x |]
        let n = Packed.columns x
        let pivots = diagonal 0 -2 -1 (slice -1 0 n y)
        // A permutation is odd if an odd number of pairs stands in the wrong order.
        let places = slice -1 n (n + 1) (stopGradient y)
        let wrong = triu 1 (cast x.DType (greater places (transpose places)))
        let parity: Tensor = 1.0 - 2.0 * (sumOver [ -1; -2 ] wrong % 2.0)
        prodOver [ -1 ] (signum pivots) * parity, sumOver [ -1 ] (log (abs pivots))

    /// <summary>x = Q R with orthonormal columns in Q and an upper triangular R, whose diagonal is not negative.</summary>
    /// <remarks>
    /// Shape: [B…, m, n] → [B…, m, k] and [B…, k, n], k = min(m, n). Differentiable where the first k columns are independent; else infinities or NaN.
    /// Source: numpy.linalg.qr, torch.linalg.qr (reduced); derivative: Walter and Lehmann 2012, arXiv:1009.6112.
    /// Deviation: the signs, which there vary; so the factors are unique.
    /// </remarks>
    let rec qr (x: Tensor) : Tensor * Tensor =
        let x = Tensor.Floats x

        if x.Rank >= 2 && Packed.rows x < Packed.columns x then
            // The first columns decide on Q, the others follow.
            let m, n = Packed.rows x, Packed.columns x
            let q, r = qr (slice -1 0 m x)
            q, concat -1 [ r; bindMatMul (transpose q) (slice -1 m n x) ]
        else
            let y = Packed.bind Linalg.Qr [| x |]
            let m, n = Packed.rows x, Packed.columns x
            slice -2 0 m y, transpose (slice -2 m (m + n) y)

    /// <summary>x = U diag(s) Vᵀ: orthonormal columns in U, singular values s ≥ 0 in descending order, orthonormal rows in Vᵀ.</summary>
    /// <remarks>
    /// Shape: [B…, m, n] → [B…, m, k], [B…, k], [B…, k, n], k = min(m, n). Signs of the vectors are not determined.
    /// Derivatives: vectors of equal singular values, or of value 0, have none: what such a pair, or the 0, would contribute is taken as 0. Values have
    /// theirs: the sum over equal ones is right, also to second order; single ones of them have none and share it by the vectors found.
    /// Equal means: up to n ε ‖s‖. Source: numpy.linalg.svd, torch.linalg.svd (reduced); derivative: Townsend 2016, Giles 2008 (3.4).
    /// </remarks>
    let rec svd (x: Tensor) : Tensor * Tensor * Tensor =
        let x = Tensor.Floats x

        if x.Rank >= 2 && Packed.rows x < Packed.columns x then
            let v, s, u = svd (transpose x)
            transpose u, s, transpose v
        else
            let y = Packed.bind Linalg.SingularValues [| x |]
            let m, n = Packed.rows x, Packed.columns x
            slice -2 0 m y, item -2 m y, transpose (slice -2 (m + 1) (m + 1 + n) y)

    /// <summary>The singular values, descending; see svd.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…, min(m, n)]. Source: torch.linalg.svdvals.</remarks>
    let svdvals (x: Tensor) : Tensor = let _, s, _ = svd x in s

    /// <summary>Eigenvalues, ascending, and eigenvectors, one a column, of the symmetric part (x + xᵀ) / 2.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → [B…, n] and [B…, n, n]. Signs of the vectors are not determined.
    /// Derivatives: vectors of equal values have none: what such a pair would contribute is taken as 0. Values have theirs: the sum over equal ones is
    /// right, also to second order; single ones of them have none and share it by the vectors found. Equal means: up to n ε ‖values‖.
    /// Source: numpy.linalg.eigh, torch.linalg.eigh; derivative: Giles 2008 (3.1). Deviation: there one triangle is read.
    /// </remarks>
    let eigh (x: Tensor) : Tensor * Tensor =
        let x = Packed.square "eigh" x
        let y = Packed.bind Linalg.SymmetricEigen [| x |]
        item -2 0 y, slice -2 1 (1 + Packed.columns x) y

    /// <summary>The eigenvalues of the symmetric part, ascending; see eigh.</summary>
    /// <remarks>Shape: [B…, n, n] → [B…, n]. Source: numpy.linalg.eigvalsh, torch.linalg.eigvalsh.</remarks>
    let eigvalsh (x: Tensor) : Tensor = fst (eigh x)

    /// <summary>The pseudo-inverse of Moore and Penrose; singular values up to tolerance times the largest count as 0.</summary>
    /// <remarks>
    /// Shape: [B…, m, n] → [B…, n, m]. The derivative, of every order, is that among matrices of the same rank; at less than full rank
    /// the pseudo-inverse jumps, and there is no other. Equal singular values do not matter.
    /// Source: numpy.linalg.pinv, torch.linalg.pinv; derivative: Golub and Pereyra 1973.
    /// </remarks>
    let pinvWith (tolerance: float) (x: Tensor) : Tensor = Packed.bind (Linalg.PseudoInverse tolerance) [| Tensor.Floats x |]

    /// <summary>The pseudo-inverse with tolerance max(m, n) ε; see pinvWith.</summary>
    let pinv (x: Tensor) : Tensor =
        let x = Tensor.Floats x

        if x.Rank < 2 then
            Errors.rank "pinv" "matrices in the last two axes" x.Shape

        pinvWith (Packed.rankTolerance x) x

    /// <summary>The x that makes ‖a x − b‖₂ least; of several the shortest.</summary>
    /// <remarks>
    /// Shape: a [B…, m, n] and b [B…, m, k] or [B…, m] → [B…, n, k] or [B…, n]. Any rank: singular values up to max(m, n) ε times the largest
    /// count as 0; see pinvWith for the derivative. Equation: x = a⁺ b + a⁺ (b − a a⁺ b), whose second term takes off rounding errors.
    /// Source: numpy.linalg.lstsq, torch.linalg.lstsq.
    /// </remarks>
    let lstsq (a: Tensor) (b: Tensor) : Tensor =
        let run (a: Tensor) (b: Tensor) : Tensor =
            let inverse = pinv a
            let x = bindMatMul inverse b
            x + bindMatMul inverse (b - bindMatMul a x)

        Packed.system "lstsq" run a b

    /// <summary>The spectral norm: the largest singular value.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…], sizes at least 1. If several are the largest, each has an equal share of the derivative.</remarks>
    let spectralNorm (x: Tensor) : Tensor = amaxOver [ -1 ] (svdvals x)

    /// <summary>The nuclear norm: the sum of the singular values.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…]. At less than full rank, where it has a kink, the derivative is one of the subgradients.</remarks>
    let nuclearNorm (x: Tensor) : Tensor = sumOver [ -1 ] (svdvals x)

    /// <summary>Frobenius' norm √Σ xᵢⱼ² of each matrix.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…]. The derivative at 0 is 0, as in norm.</remarks>
    let frobeniusNorm (x: Tensor) : Tensor = normOver 2.0 [ -2; -1 ] x

    /// <summary>The condition number: the largest singular value over the smallest, ∞ for a singular matrix.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…], sizes at least 1. Source: numpy.linalg.cond, torch.linalg.cond with p = 2.</remarks>
    let conditionNumber (x: Tensor) : Tensor = let s = svdvals x in item -1 0 s / item -1 -1 s

    /// <summary>The rank: how many singular values are greater than max(m, n) ε times the largest; int32.</summary>
    /// <remarks>Shape: [B…, m, n] → [B…]. No derivative. Source: numpy.linalg.matrix_rank, torch.linalg.matrix_rank.</remarks>
    let matrixRank (x: Tensor) : Tensor =
        let s = svdvals (stopGradient x)

        if s.Size = 0 then
            sumOver [ -1 ] (cast DType.Int32 s)
        else
            let least = Packed.rankTolerance x * amaxOver [ -1 ] s
            sumOver [ -1 ] (cast DType.Int32 (greater s (expandDims -1 least)))
