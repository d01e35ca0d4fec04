namespace DeepFun

open DeepFun.FSharp

/// Kullback and Leibler's divergence Σ p log(p / q) of pairs of families that have a closed form of it.
module internal Divergence =

    let private normal (p: NormalDistribution) (q: NormalDistribution) : Tensor =
        let ratio: Tensor = p.Scale / q.Scale
        0.5 * (square ratio + square ((p.Loc - q.Loc) / q.Scale) - 1.0) - log ratio

    let private uniform (p: UniformDistribution) (q: UniformDistribution) : Tensor =
        let value: Tensor = log ((q.High - q.Low) / (p.High - p.Low))
        where (logicalAnd (lessOrEqual q.Low p.Low) (lessOrEqual p.High q.High)) value (fullLike infinity value)

    let private exponential (p: ExponentialDistribution) (q: ExponentialDistribution) : Tensor =
        let ratio: Tensor = q.Rate / p.Rate
        ratio - 1.0 - log ratio

    let private laplace (p: LaplaceDistribution) (q: LaplaceDistribution) : Tensor =
        let distance: Tensor = abs (p.Loc - q.Loc)
        log (q.Scale / p.Scale) + (distance + p.Scale * exp (-distance / p.Scale)) / q.Scale - 1.0

    /// Of concentrations and rates.
    let private gamma (a: Tensor) (b: Tensor) (c: Tensor) (d: Tensor) : Tensor =
        Density.wide2 a c (fun a c -> (a - c) * digamma a - logGamma a + logGamma c) + c * log (b / d) + a * (d - b) / b

    let private beta (p: BetaDistribution) (q: BetaDistribution) : Tensor =
        let wide = cast DType.Float64
        let a, b, c, d = wide p.A, wide p.B, wide q.A, wide q.B
        let slopes: Tensor = (a - c) * digamma a + (b - d) * digamma b + (c - a + d - b) * digamma (a + b)
        cast (floatingDType [ p.A; p.B; q.A; q.B ]) (logBeta c d - logBeta a b + slopes)

    let private dirichlet (p: DirichletDistribution) (q: DirichletDistribution) : Tensor =
        Density.wide2 p.Concentration q.Concentration (fun a b ->
            let slopes: Tensor = digamma a - digamma (keepDims [ -1 ] (sumOver [ -1 ] a))

            DirichletDistribution.LogNormalizer b - DirichletDistribution.LogNormalizer a + sumOver [ -1 ] ((a - b) * slopes))

    let private bernoulli (p: BernoulliDistribution) (q: BernoulliDistribution) : Tensor =
        Density.weigh p.Probs (softplus -q.Logits - softplus -p.Logits)
        + Density.weigh (sigmoid -p.Logits) (softplus q.Logits - softplus p.Logits)

    let private categorical (p: CategoricalDistribution) (q: CategoricalDistribution) : Tensor =
        sumOver [ -1 ] (Density.weigh p.Probs (p.LogProbs - q.LogProbs))

    let private poisson (p: PoissonDistribution) (q: PoissonDistribution) : Tensor = xlogy p.Rate (p.Rate / q.Rate) - p.Rate + q.Rate

    let private multivariateNormal (p: MultivariateNormalDistribution) (q: MultivariateNormalDistribution) : Tensor =
        let n = float p.EventShape[0]
        let ratio = q.WhitenColumns p.ScaleTril
        let distance = q.Whiten(p.Loc - q.Loc)

        0.5 * (sumOver [ -2; -1 ] (square ratio) + sumOver [ -1 ] (square distance) - n) + q.LogDiagonal - p.LogDiagonal

    /// KL(p ‖ q), [batch…]. Error: DF0707.
    let closed (p: Distribution) (q: Distribution) : Tensor =
        match p, q with
        | (:? NormalDistribution as p), (:? NormalDistribution as q) -> normal p q
        | (:? UniformDistribution as p), (:? UniformDistribution as q) -> uniform p q
        | (:? ExponentialDistribution as p), (:? ExponentialDistribution as q) -> exponential p q
        | (:? LaplaceDistribution as p), (:? LaplaceDistribution as q) -> laplace p q
        | (:? GammaDistribution as p), (:? GammaDistribution as q) -> gamma p.Concentration p.Rate q.Concentration q.Rate
        // An exponential distribution is a gamma distribution of shape 1.
        | (:? ExponentialDistribution as p), (:? GammaDistribution as q) -> gamma (onesLike p.Rate) p.Rate q.Concentration q.Rate
        | (:? GammaDistribution as p), (:? ExponentialDistribution as q) -> gamma p.Concentration p.Rate (onesLike q.Rate) q.Rate
        | (:? BetaDistribution as p), (:? BetaDistribution as q) -> beta p q
        | (:? DirichletDistribution as p), (:? DirichletDistribution as q) -> dirichlet p q
        | (:? BernoulliDistribution as p), (:? BernoulliDistribution as q) -> bernoulli p q
        | (:? CategoricalDistribution as p), (:? CategoricalDistribution as q) -> categorical p q
        | (:? PoissonDistribution as p), (:? PoissonDistribution as q) -> poisson p q
        | (:? MultivariateNormalDistribution as p), (:? MultivariateNormalDistribution as q) -> multivariateNormal p q
        | _ ->
            let pair = DivergencePairs.find p q
            if isNull pair then RandomErrors.divergence p.Name q.Name else pair
