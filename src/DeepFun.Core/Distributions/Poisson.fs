namespace DeepFun

open DeepFun.FSharp

/// Two ways to the entropy, in float64.
module internal PoissonEntropy =

    /// <summary>λ − λ log λ + Σ pₖ log k!: what is left out is below 1e-30 for λ up to 48.</summary>
    /// <remarks>
    /// As Σ pₖ = 1 and Σ pₖ (k − λ) = 0, whatever λ is, any line in k may be taken from log k!: the tangent at λ, so that errors of pₖ hardly count.
    /// </remarks>
    let summed (r: Tensor) : Tensor =
        let counts = [| 0..160 |]
        let sums = counts |> Array.scan (fun sum k -> if k < 2 then sum else sum + log (float k)) 0.0
        let logFactorials = Tensor.vector64 sums[1..]
        let numbers = counts |> Array.map float |> Tensor.vector64
        let each = expandDims -1 r
        let p: Tensor = exp (xlogy numbers each - each - logFactorials)
        let slope = log (maximum (stopGradient r) (onesLike r))
        let height = logGamma (stopGradient r + 1.0)
        let rest: Tensor = logFactorials - expandDims -1 height - (numbers - each) * expandDims -1 slope
        r - xlogy r r + height + sumOver [ -1 ] (p * rest)

    /// The coefficients of λ⁻¹, λ⁻², …: Taylor's series of E log(X + 1) about λ in the central moments, which are polynomials in λ, integrated.
    let private coefficients =
        [
            1.0 / 12.0
            1.0 / 24.0
            19.0 / 360.0
            9.0 / 80.0
            863.0 / 2520.0
            1375.0 / 1008.0
            33953.0 / 5040.0
            57281.0 / 1440.0
            3250433.0 / 11880.0
            378351.0 / 176.0
            13695779093.0 / 720720.0
            24466579093.0 / 131040.0
        ]

    let asymptotic (r: Tensor) : Tensor =
        let inverse: Tensor = 1.0 / r
        let series = List.foldBack (fun c (rest: Tensor) -> inverse * (c + rest)) coefficients (zerosLike r)
        0.5 * log r + (0.5 + Density.halfLogTwoPi) - series

/// <summary>The Poisson distribution of counts.</summary>
/// <remarks>
/// Probability: λᵏ e^−λ / k! for k = 0, 1, 2, …, λ = rate ≥ 0; other numbers have none. Mean and variance λ. Samples are int64 and have no derivative.
/// Entropy λ − λ log λ + Σ pₖ log k!, which has no closed form: summed up to k = 160 for λ below 48, above by the asymptotic series
/// ½ log 2πeλ − 1/12λ − 1/24λ² − … to 12 terms. Error: 1e-13 of the value in float64; differentiable in the rate, to any order.
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
    override _.Entropy() =
        Density.wide1 rate (fun r ->
            let large = greater r (fullLike 48.0 r)
            where large (PoissonEntropy.asymptotic (where large r (fullLike 64.0 r))) (PoissonEntropy.summed (where large (onesLike r) r)))

    /// <inheritdoc/>
    override this.Cdf k =
        let k = floor (cast this.DType k)
        let below = less k (zerosLike k)
        let y = gammaincc (where below (onesLike k) (k + 1.0)) rate
        where below (zerosLike y) y
