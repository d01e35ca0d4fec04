namespace DeepFun

open DeepFun.FSharp

/// <summary>The Poisson distribution of counts.</summary>
/// <remarks>
/// Probability: λᵏ e^−λ / k! for k = 0, 1, 2, …, λ = rate ≥ 0; other numbers have none. Mean and variance λ. Samples are int64 and have no derivative.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type PoissonDistribution(rate: Tensor) =
    inherit Distribution("Poisson", [| "rate", rate |], (fun p -> PoissonDistribution p[0] :> Distribution))

    /// <summary>The rate, as it was given.</summary>
    member _.Rate = rate

    /// <inheritdoc/>
    override this.LogProb k =
        let k = cast DType.Float64 k
        let outside = logicalOr (less k (zerosLike k)) (notEqual k (floor k))
        let r = cast DType.Float64 rate
        cast this.DType (Density.within outside 0.0 k (fun k -> xlogy k r - r - logGamma (k + 1.0)))

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.poisson rate (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Full rate
    /// <inheritdoc/>
    override this.Variance = this.Full rate

    /// <inheritdoc/>
    override _.Entropy() = RandomErrors.noClosedForm "Poisson" "the entropy" "Estimate it from samples with Distribution.entropyMonteCarlo."

    /// <inheritdoc/>
    override this.Cdf k =
        let k = floor (cast this.DType k)
        let below = less k (zerosLike k)
        let y = gammaincc (where below (onesLike k) (k + 1.0)) rate
        where below (zerosLike y) y
