namespace DeepFun

open DeepFun.FSharp

/// Quantiles of families whose distribution function has no closed inverse: a start from what is known of the tails and the middle, a bounded number
/// of steps that cannot leave a bracket, and derivatives by the implicit function theorem. All in double precision, on operands of one shape.
[<RequireQualifiedAccess>]
module internal Quantile =

    /// <summary>The u where a function reaches 0; gap u gives its value, its slope and its curvature over its slope.</summary>
    /// <remarks>
    /// Halley's steps, x − n / (1 − n c / 2) with Newton's n; where one leaves the bracket, which each step narrows, the bracket is halved. The logarithm of
    /// the odds F / (1 − F) is nearly linear for logarithms of gamma and beta variables, so that few steps are enough, wherever they start.
    /// </remarks>
    let private search (steps: int) (gap: Tensor -> Tensor * Tensor * Tensor) (low: Tensor) (high: Tensor) (start: Tensor) : Tensor =
        let step (_: Tensor) (u: Tensor, low: Tensor, high: Tensor) =
            let value, slope, bend = gap u
            let low = where (less value (zerosLike u)) u low
            let high = where (greater value (zerosLike u)) u high
            let newton: Tensor = value / slope
            let next: Tensor = u - newton / clamp 0.5 2.0 (1.0 - 0.5 * newton * bend)
            let inside = logicalAnd (greaterOrEqual next low) (lessOrEqual next high)
            // Where the function itself is no number nothing can be found.
            where (isNaN value) value (where inside next (0.5 * (low + high))), low, high

        let found, _, _ = forLoop 0 steps step (clampBetween low high start, low, high)
        found

    /// <summary>find p, where equation p x = 0, with dx = −(∂equation/∂p dp) / slope p x, all elementwise.</summary>
    let rec private implicitly
        (find: Tensor[] -> Tensor)
        (equation: Tensor[] -> Tensor -> Tensor)
        (slope: Tensor[] -> Tensor -> Tensor)
        (p: Tensor[])
        : Tensor =
        let refined p (x: Tensor) : Tensor = x - equation p x / slope p x

        let rule (p: Tensor[]) (dp: Tensor[]) =
            let x =
                if p |> Array.forall Graph.isKnown then
                    // With its own rule, so that derivatives of every order are right.
                    implicitly find equation slope p
                else
                    // A trace takes the rule apart whether it is used or not, so this must end: the terms of the series that are right double thrice.
                    find (p |> Array.map stopGradient) |> stopGradient |> refined p |> refined p |> refined p

            let _, d = jvp (fun p -> equation p x) p dp
            x, -(d / slope p x)

        customJvp find rule p

    let private normalQuantile (p: Tensor) : Tensor = -(sqrt 2.0) * erfcInv (2.0 * p)

    let private logOdds (p: Tensor) (q: Tensor) : Tensor = log p - log q

    /// Of two complements that whose probability is the smaller, which keeps its digits.
    let private shorter (p: Tensor) (q: Tensor) (lower: Tensor) (upper: Tensor) : Tensor = where (less p q) lower upper

    /// tail − wanted, by the value of wanted as a unit that does not move, so that no derivative leaves the numbers in the tails.
    let private excess (tail: Tensor) (wanted: Tensor) : Tensor = (tail - wanted) / stopGradient wanted

    /// 0 where the shorter complement is what it should be, growing with the lower one.
    let private difference (p: Tensor) (q: Tensor) (tail: Tensor) : Tensor =
        let below = less p q
        let gap = excess tail (where below p q)
        where below gap -gap

    /// f of the parameters, last among them p and q; where a closed form is exact, that, and f sees harmless numbers.
    let private apart (closed: Tensor) (value: Tensor) (t: Tensor[]) (f: Tensor[] -> Tensor) : Tensor =
        let safe i (x: Tensor) = where closed (fullLike (if i < t.Length - 2 then 1.0 else 0.5) x) x
        where closed value (f (Array.mapi safe t))

    /// Whether exp u, a power p^(1/a) c, has all derivatives of what it is the first term of: not near a = 1, where its second is 0, unless others overflow.
    let private isPower (a: Tensor) (u: Tensor) : Tensor =
        let below (limit: float) (bound: float) = logicalAnd (less u (fullLike bound u)) (less a (fullLike limit a))
        logicalOr (below 0.9 -40.0) (below 1.0 -300.0)

    /// x with P(a, x) = p = 1 − q.
    let private gammaOf (a: Tensor) (p: Tensor) (q: Tensor) : Tensor =
        let find (t: Tensor[]) =
            let a, p, q = t[0], t[1], t[2]
            let logGammaA = logGamma a
            // P < xᵃ / Γ(a + 1), and P(X > a + √(2 a t) + t) < e⁻ᵗ (Boucheron, Lugosi and Massart 2013, section 2.4).
            let low: Tensor = (log p + logGamma (a + 1.0)) / a
            let rare: Tensor = -(log q)
            let high: Tensor = log (a + sqrt (2.0 * a * rare) + rare)
            // Wilson and Hilferty 1931: the cube root is nearly normal. Not in the lower tail, where the bound itself is near.
            let spread: Tensor = 1.0 / (9.0 * a)
            let root: Tensor = 1.0 - spread + sqrt spread * normalQuantile p
            let usable = greater root (fullLike 0.1 root)
            let cubed: Tensor = log a + 3.0 * log (where usable root (onesLike root))

            let gap (u: Tensor) =
                let x = exp u
                let lower, upper = gammainc a x, gammaincc a x
                let density: Tensor = exp (a * u - x - logGammaA)
                let below, above = density / lower, density / upper
                logOdds lower upper - logOdds p q, below + above, a - x - below + above

            search 6 gap (low - 1.0) (high + 1e-3) (where usable (maximum low cubed) low)

        let tail (t: Tensor[]) (x: Tensor) = shorter t[1] t[2] (gammainc t[0] x) (gammaincc t[0] x)
        let equation (t: Tensor[]) (x: Tensor) = difference t[1] t[2] (tail t x)
        let slope (t: Tensor[]) (x: Tensor) : Tensor = exp ((t[0] - 1.0) * log x - x - logGamma t[0]) / stopGradient (minimum t[1] t[2])

        /// What the exponential loses of large u, a step of Newton's in x gives back.
        let polished t =
            let x = exp (find t)
            let better: Tensor = x - equation t x / slope t x
            where (isFinite better) better x

        // P = xᵃ / Γ(a + 1) to rounding, where x is next to nothing.
        let least: Tensor = (log p + logGamma (a + 1.0)) / a
        apart (isPower a least) (exp least) [| a; p; q |] (implicitly polished equation slope)

    /// log (x / (1 − x)) with Iₓ(a, b) = p = 1 − q.
    let private betaLogit (t: Tensor[]) : Tensor =
        let a, b, p, q = t[0], t[1], t[2], t[3]
        let size = logBeta a b
        // Iₓ is less than (x / (1 − x))ᵃ / (a B), and so from above.
        let low: Tensor = (log p + log a + size) / a
        let high: Tensor = -((log q + log b + size) / b)
        // The mean and the deviation of the logit.
        let start: Tensor = digamma a - digamma b + normalQuantile p * sqrt (polygamma 1 a + polygamma 1 b)

        let gap (u: Tensor) =
            let below = less u (log a - log b)
            let tail = betainc (where below a b) (where below b a) (sigmoid (where below u -u))
            let lower, upper = where below tail (1.0 - tail), where below (1.0 - tail) tail
            let density: Tensor = exp (-(a * softplus -u) - b * softplus u - size)
            let left, right = density / lower, density / upper
            logOdds lower upper - logOdds p q, left + right, a * sigmoid -u - b * sigmoid u - left + right

        search 9 gap (low - 1.0) (high + 1.0) (clampBetween low high start)

    /// The logit where Iₓ = xᵃ / aB, to rounding if bx is next to 0.
    let private betaEnd (a: Tensor) (b: Tensor) (p: Tensor) : Tensor = (log p + log a + logBeta a b) / a

    let private betaOf (a: Tensor) (b: Tensor) (p: Tensor) (q: Tensor) : Tensor =
        let tail (t: Tensor[]) (u: Tensor) =
            let below = less t[2] t[3]
            betainc (where below t[0] t[1]) (where below t[1] t[0]) (sigmoid (where below u -u))

        let slope (t: Tensor[]) (u: Tensor) : Tensor =
            exp (-(t[0] * softplus -u) - t[1] * softplus u - logBeta t[0] t[1]) / stopGradient (minimum t[2] t[3])

        let equation (t: Tensor[]) (u: Tensor) = difference t[2] t[3] (tail t u)
        let least, most = betaEnd a b p, betaEnd b a q
        let low, high = isPower a (least + log1p b), isPower b (most + log1p a)
        let logit = where low least -most
        apart (logicalOr low high) logit [| a; b; p; q |] (implicitly betaLogit equation slope) |> sigmoid

    /// The t of many degrees of freedom v, of the normal quantile z. Source: Abramowitz and Stegun 1964, 26.7.5.
    let private studentSeries (v: Tensor) (s: Tensor) : Tensor =
        let z = normalQuantile s
        let w: Tensor = square z

        let terms: Tensor list =
            [
                (w + 1.0) / 4.0
                ((5.0 * w + 16.0) * w + 3.0) / 96.0
                (((3.0 * w + 19.0) * w + 17.0) * w - 15.0) / 384.0
                ((((79.0 * w + 776.0) * w + 1482.0) * w - 1920.0) * w - 945.0) / 92160.0
            ]

        z + z * List.foldBack (fun term (rest: Tensor) -> (term + rest) / v) terms (zerosLike v)

    /// The t ≤ 0 with cdf v t = s for 0 < s ≤ ½, of the standard distribution function and density of Student's t.
    let private studentOf (cdf: Tensor -> Tensor -> Tensor) (density: Tensor -> Tensor -> Tensor) (v: Tensor) (s: Tensor) : Tensor =
        let slope (t: Tensor[]) (x: Tensor) : Tensor = density t[0] x / stopGradient t[1]
        let equation (t: Tensor[]) (x: Tensor) = excess (cdf t[0] x) t[1]

        let find (t: Tensor[]) =
            let v, s = t[0], t[1]
            // What lies between −|t| and |t|: t² / (v + t²) is a beta variable of shapes ½ and v / 2.
            let between: Tensor = 1.0 - 2.0 * s
            let near = less between (fullLike 1e-3 between)
            let safe x = where near (fullLike 0.5 x) x
            let u = betaLogit [| fullLike 0.5 v; 0.5 * v; safe between; safe (2.0 * s) |]
            let start: Tensor = -(where near (0.5 * between / density v (zerosLike v)) (sqrt v * exp (0.5 * u)))
            let polished (x: Tensor) : Tensor = x - equation t x / slope t x
            let better = polished (polished start)
            where (isFinite better) better start

        // Far out v / t² is next to nothing, so that the tail is a power; of very many degrees the series is exact.
        let many = greater v (fullLike 1e6 v)
        let few = where many (onesLike v) v
        let least = betaEnd (0.5 * few) (fullLike 0.5 v) (2.0 * s)
        let far = less least (fullLike -40.0 least)
        let found = implicitly find equation slope [| where far (onesLike v) few; where far (fullLike 0.25 s) s |]
        let outside: Tensor = -(exp (0.5 * (log few - least)))
        where many (studentSeries (where many v (fullLike 1e9 v)) s) (where far outside found)

    /// f of positive parameters and p in (0, 1), all of one shape; low at 0, high at 1, NaN elsewhere.
    let private within (low: float, high: float) (parameters: Tensor[]) (p: Tensor) (f: Tensor[] -> Tensor -> Tensor) : Tensor =
        let all = Array.append parameters [| p |]
        let shape = all |> Array.map _.Shape |> Array.reduce (fun a b -> Tensor.Common("Icdf", a, b))
        let full = all |> Array.map (fun t -> Tensor.BroadcastTo(shape, cast DType.Float64 t))
        let p = full[parameters.Length]
        let positive (x: Tensor) = greater x (zerosLike x)
        let inside = full |> Array.map positive |> Array.fold logicalAnd (less p (onesLike p))
        let valid = full[.. parameters.Length - 1] |> Array.map positive |> Array.reduce logicalAnd
        let at value (v: float) (other: Tensor) = where (logicalAnd valid (equal p (fullLike value p))) (fullLike v p) other
        let edge = fullLike nan p |> at 0.0 low |> at 1.0 high
        let safe v (x: Tensor) = where inside x (fullLike v x)
        where inside (f (full[.. parameters.Length - 1] |> Array.map (safe 1.0)) (safe 0.5 p)) edge |> cast (floatingDType all)

    /// The quantile of the gamma distribution of rate 1.
    let gamma (a: Tensor) (p: Tensor) : Tensor = within (0.0, infinity) [| a |] p (fun t p -> gammaOf t[0] p (1.0 - p))

    /// The quantile of the beta distribution.
    let beta (a: Tensor) (b: Tensor) (p: Tensor) : Tensor = within (0.0, 1.0) [| a; b |] p (fun t p -> betaOf t[0] t[1] p (1.0 - p))

    /// The quantile of the standard Student's t distribution.
    let studentT cdf density (v: Tensor) (p: Tensor) : Tensor =
        within (-infinity, infinity) [| v |] p (fun t p ->
            let upper = greater p (fullLike 0.5 p)
            let x = studentOf cdf density t[0] (where upper (1.0 - p) p)
            where upper -x x)
