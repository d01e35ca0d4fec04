namespace DeepFun

open DeepFun.FSharp

/// <summary>Laplace's distribution.</summary>
/// <remarks>
/// Density: exp(−|x − loc| / b) / 2b, b = scale &gt; 0. Mean loc, variance 2b², entropy 1 + log 2b.
/// Samples are differentiable in both parameters.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type LaplaceDistribution(loc: Tensor, scale: Tensor) =
    inherit Distribution("Laplace", [| "loc", loc; "scale", scale |], (fun p -> LaplaceDistribution(p[0], p[1]) :> Distribution))

    /// <summary>The mean, as it was given.</summary>
    member _.Loc = loc
    /// <summary>The scale, as it was given.</summary>
    member _.Scale = scale

    /// <inheritdoc/>
    override _.LogProb x = -(abs (x - loc)) / scale - log (2.0 * scale)
    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.laplace loc scale (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Full loc
    /// <inheritdoc/>
    override this.Variance = 2.0 * square (this.Full scale)
    /// <inheritdoc/>
    override this.Entropy() = 1.0 + log (2.0 * this.Full scale)

    /// <inheritdoc/>
    override _.Cdf x =
        let z: Tensor = (x - loc) / scale
        let below = less z (zerosLike z)
        // The branch not taken sees 0, so that it cannot overflow.
        let tail = 0.5 * exp (where below z -z)
        where below tail (1.0 - tail)

    /// <inheritdoc/>
    override _.Icdf p =
        let lower = less p (fullLike 0.5 p)
        // Each side from its own tail, which keeps small probabilities.
        let side: Tensor = log (2.0 * where lower p (1.0 - p))
        loc + scale * where lower side -side
