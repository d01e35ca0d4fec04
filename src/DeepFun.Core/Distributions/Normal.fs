namespace DeepFun

open DeepFun.FSharp

/// <summary>The normal distribution.</summary>
/// <remarks>
/// Density: exp(−z²/2) / (σ √2π), z = (x − loc) / σ, σ = scale &gt; 0. Mean loc, variance σ², entropy ½ log(2πe σ²).
/// Samples are loc + σ ε, differentiable in both parameters.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type NormalDistribution(loc: Tensor, scale: Tensor) =
    inherit Distribution("Normal", [| "loc", loc; "scale", scale |], (fun p -> NormalDistribution(p[0], p[1]) :> Distribution))

    /// <summary>The mean, as it was given.</summary>
    member _.Loc = loc
    /// <summary>The standard deviation, as it was given.</summary>
    member _.Scale = scale

    /// <inheritdoc/>
    override _.LogProb x = -0.5 * square ((x - loc) / scale) - log scale - Density.halfLogTwoPi
    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.normalWith loc scale (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Full loc
    /// <inheritdoc/>
    override this.Variance = square (this.Full scale)
    /// <inheritdoc/>
    override this.Entropy() = log (this.Full scale) + (0.5 + Density.halfLogTwoPi)
    /// <inheritdoc/>
    override _.Cdf x = 0.5 * erfc ((loc - x) / scale * System.Math.Sqrt 0.5)
    /// <inheritdoc/>
    override _.Icdf p = loc - scale * erfcInv (2.0 * p) * System.Math.Sqrt 2.0
