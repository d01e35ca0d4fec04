namespace DeepFun

open DeepFun.FSharp

/// <summary>The beta distribution.</summary>
/// <remarks>
/// Density: xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b) for x in [0, 1], with a, b &gt; 0. Mean a / (a + b), variance ab / ((a + b)² (a + b + 1)), entropy
/// log B(a, b) − (a − 1) ψ(a) − (b − 1) ψ(b) + (a + b − 2) ψ(a + b). Samples are differentiable in both parameters, implicitly (<c>Random.beta</c>).
/// </remarks>
[<Sealed; AllowNullLiteral>]
type BetaDistribution(a: Tensor, b: Tensor) =
    inherit Distribution("Beta", [| "a", a; "b", b |], (fun p -> BetaDistribution(p[0], p[1]) :> Distribution))

    /// <summary>The first shape, as it was given.</summary>
    member _.A = a
    /// <summary>The second shape, as it was given.</summary>
    member _.B = b

    /// <inheritdoc/>
    override _.LogProb x =
        Density.within (logicalOr (less x (zerosLike x)) (greater x (onesLike x))) 0.5 x (fun x ->
            Density.wide3 a b x (fun a b x -> xlogy (a - 1.0) x + xlogy (b - 1.0) (1.0 - x) - logBeta a b))

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.beta a b (this.Sizes sizes) key
    /// <inheritdoc/>
    override this.Mean = this.Full(floats a / (a + b))

    /// <inheritdoc/>
    override this.Variance =
        let total: Tensor = floats a + b
        this.Full(a * b / (square total * (total + 1.0)))

    /// <inheritdoc/>
    override _.Entropy() =
        Density.wide2 a b (fun a b -> logBeta a b - (a - 1.0) * digamma a - (b - 1.0) * digamma b + (a + b - 2.0) * digamma (a + b))

    /// <inheritdoc/>
    override _.Cdf x = betainc a b (clamp 0.0 1.0 x)

    /// <summary>The quantile: the value with this distribution function; NaN for probabilities outside [0, 1].</summary>
    /// <remarks>
    /// In double precision, by 9 steps in the logit; the result has the operands' dtype. Differentiable in everything, by the implicit function theorem:
    /// to any order, in a trace to order 8. Error: the probability of the result is the one asked for to 1e-10 for a and b from 0.01 to 1e4, unless the
    /// result lies so near 1 that numbers are too far apart for it. NaN where <c>betainc</c> is, for parameters of about 1e12 and more.
    /// </remarks>
    override _.Icdf p = Quantile.beta a b p
