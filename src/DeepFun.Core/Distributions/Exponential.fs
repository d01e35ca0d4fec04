namespace DeepFun

open DeepFun.FSharp

/// <summary>The exponential distribution.</summary>
/// <remarks>
/// Density: λ e^−λx for x ≥ 0, λ = rate &gt; 0. Mean 1/λ, variance 1/λ², entropy 1 − log λ.
/// Samples are −log(u) / λ, differentiable in the rate.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type ExponentialDistribution(rate: Tensor) =
    inherit Distribution("Exponential", [| "rate", rate |], (fun p -> ExponentialDistribution p[0] :> Distribution))

    /// <summary>The rate, as it was given.</summary>
    member _.Rate = rate

    /// <inheritdoc/>
    override _.LogProb x = Density.within (less x (zerosLike x)) 0.0 x (fun x -> log rate - rate * x)
    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.exponential rate (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = 1.0 / this.Full rate
    /// <inheritdoc/>
    override this.Variance = 1.0 / square (this.Full rate)
    /// <inheritdoc/>
    override this.Entropy() = 1.0 - log (this.Full rate)
    /// <inheritdoc/>
    override _.Cdf x = -(expm1 -(rate * relu x))
    /// <inheritdoc/>
    override _.Icdf p = -(log1p -p) / rate
