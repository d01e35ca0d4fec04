namespace DeepFun

open DeepFun.FSharp

/// Kullback and Leibler's divergence of pairs of different families: −H(p) − E log q, of which the expectation has a closed form. Parameters are float64.
module internal DivergencePairs =

    /// The numbers between which p has values; null where there is no bound.
    let private support (p: Distribution) : struct (Tensor * Tensor) =
        match p with
        | :? UniformDistribution as p -> struct (p.Low, p.High)
        | :? BetaDistribution as p -> struct (zerosLike p.A, onesLike p.A)
        | :? ExponentialDistribution as p -> struct (zerosLike p.Rate, null)
        | :? GammaDistribution as p -> struct (zerosLike p.Rate, null)
        | _ -> struct (null, null)

    /// Whether p has values outside q's support, as a condition; null where it never has, whatever the parameters are.
    let private outside (p: Distribution) (q: Distribution) : Tensor =
        let struct (low, high) = support p
        let struct (least, most) = support q

        let beyond (own: Tensor) (bound: Tensor) test like =
            if isNull bound then null
            elif isNull own then fullLike 1.0 like |> cast DType.Bool
            else test own bound

        let below = beyond low least less least
        let above = beyond high most greater most

        if isNull below then above
        elif isNull above then below
        else logicalOr below above

    /// x log x of the bounds over the width, for E log X of a uniform variable: Δ(x log x) / Δx − 1.
    let private meanLog (low: Tensor) (high: Tensor) : Tensor = (xlogy high high - xlogy low low) / (high - low) - 1.0

    /// E log X, for positive X.
    let private logMean (p: Distribution) : Tensor =
        match p with
        | :? UniformDistribution as p -> meanLog p.Low p.High
        | :? BetaDistribution as p -> digamma p.A - digamma (p.A + p.B)
        | :? ExponentialDistribution as p -> digamma (onesLike p.Rate) - log p.Rate
        | :? GammaDistribution as p -> digamma p.Concentration - log p.Rate
        | _ -> null

    /// E |X − m|.
    let private distance (p: Distribution) (m: Tensor) : Tensor =
        match p with
        | :? NormalDistribution as p ->
            let z: Tensor = (p.Loc - m) / p.Scale
            p.Scale * sqrt (2.0 / System.Math.PI) * exp (-0.5 * square z) + (p.Loc - m) * erf (z * sqrt 0.5)
        | :? ExponentialDistribution as p ->
            // 1/λ − m + 2 ∫₀ᵐ F, of which nothing is left below 0.
            let inside: Tensor = relu m
            1.0 / p.Rate - m + 2.0 * (inside + expm1 (-(p.Rate * inside)) / p.Rate)
        | :? UniformDistribution as p ->
            // The mean distance from the middle, h / 2 with h half of the width, grows by d² / 2h up to the bounds.
            let half: Tensor = 0.5 * (p.High - p.Low)
            let d: Tensor = abs (0.5 * (p.High + p.Low) - m)
            let within = less d half
            where within (0.5 * (half + square d / half)) d
        | _ -> null

    /// −E log q(X), for q's whose support has all values of p; null where it is not known.
    let private cross (p: Distribution) (q: Distribution) : Tensor =
        match q with
        | :? UniformDistribution as q -> log (q.High - q.Low)
        | :? NormalDistribution as q ->
            let moment (p: Distribution) : Tensor =
                log q.Scale + Density.halfLogTwoPi + 0.5 * (p.Variance + square (p.Mean - q.Loc)) / square q.Scale

            match p with
            | :? StudentTDistribution as p ->
                // Up to two degrees squares have an infinite mean; the branch not taken sees three.
                let heavy = lessOrEqual p.Degrees (fullLike 2.0 p.Degrees)
                let m = moment (StudentTDistribution(where heavy (fullLike 3.0 p.Degrees) p.Degrees, p.Loc, p.Scale))
                where (Tensor.BroadcastTo(m.Shape, heavy)) (fullLike infinity m) m
            | _ -> moment p
        | :? LaplaceDistribution as q ->
            let d = distance p q.Loc
            if isNull d then null else log (2.0 * q.Scale) + d / q.Scale
        | :? ExponentialDistribution as q -> q.Rate * p.Mean - log q.Rate
        | :? GammaDistribution as q ->
            let l = logMean p

            if isNull l then
                null
            else
                logGamma q.Concentration - q.Concentration * log q.Rate + (1.0 - q.Concentration) * l + q.Rate * p.Mean
        | :? BetaDistribution as q ->
            match p with
            | :? UniformDistribution as p ->
                logBeta q.A q.B + (1.0 - q.A) * meanLog p.Low p.High + (1.0 - q.B) * meanLog (1.0 - p.High) (1.0 - p.Low)
            | _ -> null
        | _ -> null

    let private continuous (p: Distribution) : bool =
        match p with
        | :? NormalDistribution
        | :? LaplaceDistribution
        | :? StudentTDistribution
        | :? UniformDistribution
        | :? ExponentialDistribution
        | :? GammaDistribution
        | :? BetaDistribution -> true
        | _ -> false

    /// p with bounds inside those of q: what the branch not taken sees, so that no logarithm of a negative number spoils derivatives.
    let private inner (out: Tensor) (p: Distribution) (q: Distribution) : Distribution =
        match p, q with
        | (:? UniformDistribution as p), (:? UniformDistribution) -> p
        | (:? UniformDistribution as p), _ when not (isNull out) ->
            let fixedTo (v: float) (x: Tensor) =
                let x = Tensor.BroadcastTo(out.Shape, x)
                where out (fullLike v x) x

            UniformDistribution(fixedTo 0.25 p.Low, fixedTo 0.75 p.High)
        | _ -> p

    let private full (p: Distribution) (q: Distribution) (x: Tensor) : Tensor =
        Tensor.BroadcastTo(Tensor.Common("Distribution.kl", Tensor.Common("Distribution.kl", p.BatchShape, q.BatchShape), x.Shape), x)

    let private infinite (p: Distribution) (q: Distribution) : Tensor = full p q (fullLike infinity (snd p.Leaves[0]))

    /// KL(p ‖ q) of two numbers with densities, [batch…]; null where no closed form is known.
    let private densities (p: Distribution) (q: Distribution) : Tensor =
        let out = outside p q

        let out =
            if isNull out then
                null
            else
                Tensor.BroadcastTo(Tensor.Common("Distribution.kl", p.BatchShape, q.BatchShape), out)

        let struct (low, high) = support p
        let struct (least, most) = support q
        // Where no parameters help, nothing needs to be known of p.
        if isNull low && not (isNull least) || isNull high && not (isNull most) then
            infinite p q
        else
            let own = inner out p q
            let c = cross own q

            if isNull c then
                null
            else
                let value = full p q (c - own.Entropy())
                if isNull out then value else where out (fullLike infinity value) value

    let private poisson (p: BernoulliDistribution) (q: PoissonDistribution) : Tensor = q.Rate - xlogy p.Probs q.Rate - p.Entropy()

    /// KL(p ‖ q), [batch…], or null.
    let find (p: Distribution) (q: Distribution) : Tensor =
        let wide (d: Distribution) = d.With(d.Leaves |> Array.map (snd >> cast DType.Float64))
        let dtype = floatingDType (Array.append p.Leaves q.Leaves |> Array.map snd)
        let narrow (x: Tensor) : Tensor = if isNull x then null else cast dtype x

        match wide p, wide q with
        | (:? BernoulliDistribution as p), (:? PoissonDistribution as q) -> poisson p q |> narrow
        | (:? PoissonDistribution as p), (:? BernoulliDistribution as q) -> infinite p q |> narrow
        | p, q when continuous p && continuous q -> densities p q |> narrow
        | _ -> null
