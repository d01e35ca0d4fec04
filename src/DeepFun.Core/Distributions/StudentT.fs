namespace DeepFun

open DeepFun.FSharp

/// <summary>Student's t distribution, moved and scaled.</summary>
/// <remarks>
/// Density: (1 + z²/ν)^−(ν + 1)/2 / (σ √ν B(ν/2, ½)), z = (x − loc) / σ, with ν = degrees &gt; 0 and σ = scale &gt; 0. Mean loc (NaN for ν ≤ 1),
/// variance σ² ν / (ν − 2) (∞ for 1 &lt; ν ≤ 2, else NaN). Samples are differentiable in all parameters, in ν implicitly (<c>Random.studentT</c>).
/// </remarks>
[<Sealed; AllowNullLiteral>]
type StudentTDistribution(degrees: Tensor, loc: Tensor, scale: Tensor) =
    inherit
        Distribution(
            "StudentT",
            [| "degrees", degrees; "loc", loc; "scale", scale |],
            (fun p -> StudentTDistribution(p[0], p[1], p[2]) :> Distribution)
        )

    /// −log(√ν B(ν/2, ½)): the logarithm of the standard density at 0.
    static let peak (v: Tensor) : Tensor = -0.5 * log v - logBeta (0.5 * v) (fullLike 0.5 v)

    /// <summary>The degrees of freedom ν, as they were given.</summary>
    member _.Degrees = degrees
    /// <summary>The centre, as it was given.</summary>
    member _.Loc = loc
    /// <summary>The scale, as it was given.</summary>
    member _.Scale = scale

    /// <inheritdoc/>
    override _.LogProb x =
        Density.wide3 degrees scale (x - loc) (fun v s d -> peak v - log s - 0.5 * (v + 1.0) * log1p (square (d / s) / v))

    /// <inheritdoc/>
    override this.Sample(key, sizes) = loc + scale * Random.studentT (this.Full degrees) (this.Sizes sizes) key

    /// <inheritdoc/>
    override this.Mean =
        let v = this.Full degrees
        where (greater v (onesLike v)) (this.Full loc) (fullLike nan v)

    /// <inheritdoc/>
    override this.Variance =
        let v = this.Full degrees
        let finite = greater v (fullLike 2.0 v)
        let none = where (greater v (onesLike v)) (fullLike infinity v) (fullLike nan v)
        let safe: Tensor = where finite v (fullLike 3.0 v)
        where finite (square scale * safe / (safe - 2.0)) none

    /// <inheritdoc/>
    override this.Entropy() =
        Density.wide2 (this.Full degrees) scale (fun v s ->
            let half: Tensor = 0.5 * (v + 1.0)
            half * (digamma half - digamma (0.5 * v)) - peak v + log s)

    /// <inheritdoc/>
    override _.Cdf x =
        Density.wide3 degrees scale (x - loc) (fun v s d ->
            let z: Tensor = d / s
            // At 0 the incomplete beta function has no slope; F = ½ + z f(0) has F's, up to second derivatives.
            let middle = equal z (zerosLike z)
            let safe = where middle (onesLike z) z
            let tail: Tensor = 0.5 * betainc (0.5 * v) (fullLike 0.5 v) (v / (v + square safe))
            let side = where (less z (zerosLike z)) tail (1.0 - tail)
            where middle (0.5 + z * exp (peak v)) side)
