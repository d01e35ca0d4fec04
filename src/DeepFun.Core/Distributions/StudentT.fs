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
    /// Of many degrees by Stirling's series, for logBeta loses what its parts share.
    static let peak (v: Tensor) : Tensor =
        let many = greater v (fullLike 200.0 v)
        let few: Tensor = where many (onesLike v) v
        let inverse: Tensor = 1.0 / where many v (fullLike 1e3 v)
        let w = square inverse
        let rest: Tensor = w * (1.0 / 24.0 - w * (1.0 / 20.0 - w * (17.0 / 112.0)))
        let series: Tensor = -(inverse * (0.25 - rest)) - Density.halfLogTwoPi
        where many series (-0.5 * log few - logBeta (0.5 * few) (fullLike 0.5 few))

    /// The standard density.
    static let density (v: Tensor) (z: Tensor) : Tensor = exp (peak v - 0.5 * (v + 1.0) * log1p (square z / v))

    /// The standard distribution function, in float64.
    static let standard (v: Tensor) (z: Tensor) : Tensor =
        let struct (v, z) = Tensor.Align("StudentT.Cdf", v, z)
        let squared = square z
        // Where F − ½ is all that counts: ∫ f termwise, nine terms of the binomial series, each below a hundredth of the one before.
        let central = less (squared * (v + 3.0)) (0.02 * v)
        let s: Tensor = where central z (zerosLike z)
        let ratio: Tensor = square s / v

        let term (t: Tensor, total: Tensor) j : Tensor * Tensor =
            let t = -t * ratio * ((0.5 * (v - 1.0) + float j) / float j)
            t, total + t / float (2 * j + 1)

        let _, total = List.fold term (onesLike v, onesLike v) [ 1..8 ]
        let middle: Tensor = 0.5 + s * exp (peak v) * total
        // Elsewhere of two complements the one that keeps the digits: what lies between −|z| and |z|, or both tails.
        let safe: Tensor = where central (onesLike z) z
        let near = less (square safe) (fullLike 2.0 z)
        let half, degrees = fullLike 0.5 v, 0.5 * v
        let part = where near (square safe) v / (v + square safe)
        let share: Tensor = 0.5 * betainc (where near half degrees) (where near degrees half) part
        let negative = less safe (zerosLike z)
        let side = where near (0.5 + where negative -share share) (where negative share (1.0 - share))
        where central middle side

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
    override _.Cdf x = Density.wide3 degrees scale (x - loc) (fun v s d -> standard v (d / s))

    /// <summary>The quantile: the value with this distribution function; −∞ at 0, ∞ at 1, NaN outside.</summary>
    /// <remarks>
    /// In double precision, from the quantile of the beta distribution of t² / (ν + t²); for more than a million degrees by Cornish and Fisher's series from
    /// the normal quantile. The result has the operands' dtype. Differentiable in everything, by the implicit function theorem: to any order, in a trace to
    /// order 8. Error: the probability of the result is the one asked for to 1e-10.
    /// Source of the series: Abramowitz and Stegun 1964, 26.7.5.
    /// </remarks>
    override _.Icdf p = loc + scale * Quantile.studentT standard density degrees p
