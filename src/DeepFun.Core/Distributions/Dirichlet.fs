namespace DeepFun

open DeepFun.FSharp

/// <summary>The Dirichlet distribution, over the probabilities of K classes.</summary>
/// <remarks>
/// Shape: concentration α [batch…, K], event [K]. Density: Π xₖ^(αₖ − 1) Γ(Σ α) / Π Γ(αₖ) for x ≥ 0 with Σ x = 1, which is not checked.
/// Mean α / Σα = m, variance m (1 − m) / (Σα + 1). Samples are differentiable in α, implicitly (<c>Random.dirichlet</c>).
/// Errors: DF0704 α has no axis.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type DirichletDistribution(concentration: Tensor) =
    inherit Distribution("Dirichlet", [| "concentration", concentration |], (fun p -> DirichletDistribution p[0] :> Distribution))

    let total (a: Tensor) : Tensor = sumOver [ -1 ] a

    do
        if concentration.Rank = 0 then
            RandomErrors.parameterRank "Dirichlet" "the concentration" 1 concentration.Shape

    /// Σ log Γ(α) − log Γ(Σ α), [batch…]
    static member internal LogNormalizer(a: Tensor) : Tensor = sumOver [ -1 ] (logGamma a) - logGamma (sumOver [ -1 ] a)

    /// <summary>The shapes α, as they were given.</summary>
    member _.Concentration = concentration

    /// <inheritdoc/>
    override _.BatchShape = Shape.Adopt(concentration.Shape.ToArray()[.. concentration.Rank - 2])
    /// <inheritdoc/>
    override _.EventShape = Shape.Adopt [| concentration.Shape[concentration.Rank - 1] |]

    /// <inheritdoc/>
    override _.LogProb x =
        Density.wide2 concentration x (fun a x ->
            let outside = anyOver [ -1 ] (less x (zerosLike x))
            let y: Tensor = sumOver [ -1 ] (xlogy (a - 1.0) (relu x)) - DirichletDistribution.LogNormalizer a
            where outside (fullLike -infinity y) y)

    /// <inheritdoc/>
    override this.Sample(key, sizes) = Random.dirichlet concentration (this.Sizes sizes) key

    /// <inheritdoc/>
    override _.Mean = floats concentration / expandDims -1 (total concentration)

    /// <inheritdoc/>
    override this.Variance =
        let m = this.Mean
        m * (1.0 - m) / (expandDims -1 (total concentration) + 1.0)

    /// <inheritdoc/>
    override _.Entropy() =
        Density.wide1 concentration (fun a ->
            let sum = total a
            let classes = float concentration.Shape[concentration.Rank - 1]
            DirichletDistribution.LogNormalizer a + (sum - classes) * digamma sum - sumOver [ -1 ] ((a - 1.0) * digamma a))
