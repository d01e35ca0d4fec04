namespace DeepFun

open DeepFun.FSharp

/// <summary>The gamma distribution.</summary>
/// <remarks>
/// Density: βᵅ xᵅ⁻¹ e^−βx / Γ(α) for x ≥ 0, with concentration α &gt; 0 and rate β &gt; 0. Mean α/β, variance α/β², entropy
/// α − log β + log Γ(α) + (1 − α) ψ(α). Samples are differentiable in both parameters, in α implicitly (<c>Random.gamma</c>).
/// </remarks>
[<Sealed; AllowNullLiteral>]
type GammaDistribution(concentration: Tensor, rate: Tensor) =
    inherit
        Distribution("Gamma", [| "concentration", concentration; "rate", rate |], (fun p -> GammaDistribution(p[0], p[1]) :> Distribution))

    /// <summary>The shape α, as it was given.</summary>
    member _.Concentration = concentration
    /// <summary>The rate β, as it was given.</summary>
    member _.Rate = rate

    /// <inheritdoc/>
    override _.LogProb x =
        Density.within (less x (zerosLike x)) 1.0 x (fun x ->
            Density.wide3 concentration rate x (fun a b x -> xlogy a b + xlogy (a - 1.0) x - b * x - logGamma a))

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.gamma (this.Full concentration) (this.Sizes sizes) key / rate
    /// <inheritdoc/>
    override this.Mean = this.Full concentration / rate
    /// <inheritdoc/>
    override this.Variance = this.Full concentration / square rate

    /// <inheritdoc/>
    override this.Entropy() = Density.wide2 (this.Full concentration) rate (fun a b -> a - log b + logGamma a + (1.0 - a) * digamma a)

    /// <inheritdoc/>
    override _.Cdf x = gammainc concentration (rate * relu x)

    /// <summary>The quantile: the value with this distribution function; 0 at 0, ∞ at 1, NaN outside.</summary>
    /// <remarks>
    /// In double precision, by 6 steps from Wilson and Hilferty's start; the result has the operands' dtype. Differentiable in everything, by the implicit
    /// function theorem: to any order, in a trace to order 8. Error: the probability of the result is the one asked for to 1e-10 for α up to 1e6. NaN
    /// where <c>gammainc</c> is, for α of about 1e12 and more.
    /// </remarks>
    override _.Icdf p = Quantile.gamma concentration p / rate
