namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>The normal distribution of vectors, by the lower triangular factor L of its covariance L Lᵀ.</summary>
/// <remarks>
/// Shape: loc [batch…, n], scaleTril [batch…, n, n], whose upper triangle is not read; event [n]. The diagonal is positive.
/// Density: exp(−|z|²/2) / (√(2π)ⁿ Π Lᵢᵢ), z = L⁻¹ (x − loc). Entropy n/2 log(2πe) + Σ log Lᵢᵢ. Samples are loc + L ε, differentiable in both.
/// Errors: DF0704 too few axes; DF0705 a factor that does not fit loc.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type MultivariateNormalDistribution(loc: Tensor, scaleTril: Tensor) =
    inherit
        Distribution(
            "MultivariateNormal",
            [| "loc", loc; "scaleTril", scaleTril |],
            (fun p -> MultivariateNormalDistribution(p[0], p[1]) :> Distribution)
        )

    do
        if loc.Rank < 1 then
            RandomErrors.parameterRank "MultivariateNormal" "loc" 1 loc.Shape

        if scaleTril.Rank < 2 then
            RandomErrors.parameterRank "MultivariateNormal" "scaleTril" 2 scaleTril.Shape

    let n = loc.Shape[loc.Rank - 1]

    do
        if scaleTril.Shape[scaleTril.Rank - 1] <> n || scaleTril.Shape[scaleTril.Rank - 2] <> n then
            RandomErrors.parameterShape "MultivariateNormal" "scaleTril" $"[batch…, {n}, {n}]" scaleTril.Shape

    let lead drop (x: Tensor) = Shape.Adopt(x.Shape.ToArray()[.. x.Rank - 1 - drop])

    /// <summary>The mean, as it was given.</summary>
    member _.Loc = loc

    /// <summary>The factor L, zero above its diagonal.</summary>
    member _.ScaleTril: Tensor = tril 0 (floats scaleTril)

    /// <summary>The covariance L Lᵀ, [batch…, n, n].</summary>
    member this.Covariance: Tensor = matmul this.ScaleTril (transpose this.ScaleTril)

    /// Σ log Lᵢᵢ, [batch…]
    member internal _.LogDiagonal: Tensor = sumOver [ -1 ] (log (diagonal 0 -2 -1 (floats scaleTril)))

    /// L⁻¹ m, [batch…, n, k]
    member internal _.WhitenColumns(columns: Tensor) : Tensor =
        // With fewer axes than the factor they could be taken for vectors.
        let missing = max 0 (scaleTril.Rank - columns.Rank)
        let columns = reshape (Seq.append (Seq.replicate missing 1) columns.Shape) columns
        triangularSolve true false false (floats scaleTril) columns

    /// L⁻¹ d, [batch…, n]
    member internal this.Whiten(d: Tensor) : Tensor = squeezeAxis -1 (this.WhitenColumns(expandDims -1 d))

    /// <inheritdoc/>
    override _.BatchShape = Tensor.Common("MultivariateNormal", lead 1 loc, lead 2 scaleTril)
    /// <inheritdoc/>
    override _.EventShape = Shape.Adopt [| n |]

    /// <inheritdoc/>
    override this.LogProb x =
        let z = this.Whiten(x - loc)
        -0.5 * sumOver [ -1 ] (square z) - this.LogDiagonal - float n * Density.halfLogTwoPi

    /// <inheritdoc/>
    override this.Sample(key, sizes) =
        let noise = Random.draw RandomOp.Normal this.DType (Array.append (this.Sizes sizes) [| n |]) key
        let l = this.ScaleTril
        // One factor for all is one matrix product.
        let moved = if l.Rank = 2 then matmul noise (transpose l) else squeezeAxis -1 (matmul l (expandDims -1 noise))
        loc + moved

    /// <inheritdoc/>
    override this.Mean = Tensor.BroadcastTo(Shape.Adopt(Array.append (this.BatchShape.ToArray()) [| n |]), floats loc)

    /// <inheritdoc/>
    override this.Variance =
        let each = sumOver [ -1 ] (square this.ScaleTril)
        Tensor.BroadcastTo(Shape.Adopt(Array.append (this.BatchShape.ToArray()) [| n |]), each)

    /// <inheritdoc/>
    override this.Entropy() = this.Full(this.LogDiagonal + float n * (0.5 + Density.halfLogTwoPi))
