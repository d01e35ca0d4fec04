namespace DeepFun

open DeepFun.FSharp

/// <summary>The uniform distribution between two numbers, both included.</summary>
/// <remarks>
/// Density: 1 / (high − low) in [low, high]. Mean (low + high) / 2, variance (high − low)² / 12, entropy log(high − low).
/// Samples are low + (high − low) u, differentiable in both parameters.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type UniformDistribution(low: Tensor, high: Tensor) =
    inherit Distribution("Uniform", [| "low", low; "high", high |], (fun p -> UniformDistribution(p[0], p[1]) :> Distribution))

    let width () : Tensor = high - low

    /// <summary>The least value, as it was given.</summary>
    member _.Low = low
    /// <summary>The greatest value, as it was given.</summary>
    member _.High = high

    /// <inheritdoc/>
    override _.LogProb x =
        let outside = logicalOr (less x low) (greater x high)
        // NaN stays NaN.
        let y: Tensor = 0.0 * x - log (width ())
        where outside (fullLike -infinity y) y

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.uniformBetween low high (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Full(0.5 * (low + high))
    /// <inheritdoc/>
    override this.Variance = this.Full(square (width ()) / 12.0)
    /// <inheritdoc/>
    override this.Entropy() = this.Full(log (width ()))
    /// <inheritdoc/>
    override _.Cdf x = clamp 0.0 1.0 ((x - low) / width ())
    /// <inheritdoc/>
    override _.Icdf p = low + p * width ()
