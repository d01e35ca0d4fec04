/// What every distribution owes: a density that integrates to one, moments, entropy and distribution function that belong to it, samples of it.
module DeepFun.Core.Tests.Distributions.DistributionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Random.Statistics
open Xunit

type private Support =
    | Line
    | HalfLine
    /// With a kink at 0.
    | TwoHalfLines
    | Interval of float * float

/// Nodes and weights of the double exponential rule (Takahasi and Mori 1974): singular ends do no harm.
let private rule (support: Support) : float[] * float[] =
    let h = 0.01

    [|
        for i in -400 .. 400 do
            let t = float i * h
            let s, c = Math.PI / 2.0 * sinh t, Math.PI / 2.0 * cosh t

            match support with
            | Line when abs t < 3.5 -> sinh s, h * c * cosh s
            | Line -> ()
            | HalfLine -> exp s, h * c * exp s
            | TwoHalfLines ->
                exp s, h * c * exp s
                -(exp s), h * c * exp s
            | Interval(a, b) ->
                let share = 1.0 / (1.0 + exp (-2.0 * s))
                a + (b - a) * share, h * c * 2.0 * (b - a) * share * (1.0 - share)
    |]
    |> Array.unzip

/// ∫ p(x) f(log p(x), x) dx
let private expectation (d: Distribution) support (f: float -> float -> float) : float =
    let x, w = rule support
    let logP = (d.LogProb(Tensor.vector64 x)).ToDoubles()
    Array.map3 (fun x w l -> if exp l = 0.0 || w = 0.0 then 0.0 else w * exp l * f l x) x w logP |> Array.sum

let private continuous: (string * Distribution * Support) list =
    let s = scalar

    [
        "normal", Families.normal (s 0.5) (s 1.3), Line
        "uniform", Families.uniform (s -1.0) (s 2.0), Interval(-1.0, 2.0)
        "exponential", Families.exponential (s 1.7), HalfLine
        "laplace", Families.laplace (s 0.0) (s 0.8), TwoHalfLines
        "gamma", Families.gamma (s 2.5) (s 1.5), HalfLine
        "gamma, singular", Families.gamma (s 0.6) (s 2.0), HalfLine
        "beta", Families.beta (s 2.0) (s 3.5), Interval(0.0, 1.0)
        "beta, singular", Families.beta (s 0.7) (s 1.5), Interval(0.0, 1.0)
        "studentT", Families.studentT (s 5.0) (s 0.5) (s 1.2), Line
        "mixture of normals",
        Families.mixture (f64 [ 2 ] [ 1.0; 3.0 ]) (Families.normal (f64 [ 2 ] [ -1.0; 1.5 ]) (f64 [ 2 ] [ 0.5; 0.9 ])),
        Line
        "mixture of gammas",
        Families.mixture (f64 [ 2 ] [ 0.4; 0.6 ]) (Families.gamma (f64 [ 2 ] [ 1.0; 6.0 ]) (f64 [ 2 ] [ 2.0; 3.0 ])),
        HalfLine
    ]

let private hasEntropy (d: Distribution) = not (d :? MixtureDistribution)

[<Fact>]
let ``densities integrate to one, to the mean, to the variance and to the entropy`` () =
    for name, d, support in continuous do
        let e = expectation d support
        let check what expected actual = closeValues $"{name}, {what}" 1e-7 [| expected |] [| actual |]
        check "one" 1.0 (e (fun _ _ -> 1.0))
        let mean = e (fun _ x -> x)
        check "mean" mean (d.Mean.ToDouble())
        check "variance" (e (fun _ x -> (x - mean) ** 2.0)) (d.Variance.ToDouble())

        if hasEntropy d then
            check "entropy" (e (fun l _ -> -l)) (d.Entropy().ToDouble())

/// Pairs of families, q by its parameters as well.
[<Fact>]
let ``divergences of different families are the integrals that they stand for`` () =
    let s = scalar
    let narrow = Families.uniform (s 0.2) (s 0.7)

    let pairs: (Distribution * Support * Distribution) list =
        [
            for p, support in
                [
                    Families.exponential (s 1.7), HalfLine
                    Families.gamma (s 2.5) (s 1.5), HalfLine
                    Families.beta (s 2.0) (s 3.5), Interval(0.0, 1.0)
                    narrow, Interval(0.2, 0.7)
                ] do
                p, support, Families.normal (s 0.6) (s 1.4)

                if not (p :? ExponentialDistribution) then
                    p, support, Families.exponential (s 0.8)

                if not (p :? GammaDistribution) then
                    p, support, Families.gamma (s 2.2) (s 1.3)

            Families.beta (s 2.0) (s 3.5), Interval(0.0, 1.0), Families.uniform (s -0.5) (s 1.5)
            narrow, Interval(0.2, 0.7), Families.beta (s 0.6) (s 2.5)
            Families.laplace (s 0.0) (s 0.8), TwoHalfLines, Families.normal (s 0.3) (s 1.1)
            Families.studentT (s 5.0) (s 0.5) (s 1.2), Line, Families.normal (s 0.3) (s 1.1)
            // The kink at 0, where the rule's halves meet, and outside.
            Families.exponential (s 1.7), HalfLine, Families.laplace (s -0.4) (s 1.1)
            narrow, Interval(0.2, 0.7), Families.laplace (s 0.1) (s 1.1)
            narrow, Interval(0.2, 0.7), Families.laplace (s 0.9) (s 1.1)
        ]

    for p, support, q in pairs do
        let x, w = rule support
        let logP, logQ = (p.LogProb(Tensor.vector64 x)).ToDoubles(), (q.LogProb(Tensor.vector64 x)).ToDoubles()
        let terms = Array.map3 (fun l w m -> if exp l = 0.0 || w = 0.0 then 0.0 else w * exp l * (l - m)) logP w logQ
        closeValues $"{p} against {q}" 1e-9 [| Array.sum terms |] [| (Distribution.kl p q).ToDouble() |]

    // Kinks inside: by what is known of the parts.
    let kinked = Distribution.kl narrow (Families.laplace (s 0.4) (s 1.1))
    // −log ½ + log 2.2 + E|x − 0.4| / 1.1, E|x − 0.4| = (0.2² + 0.3²) / (2 · 0.5)
    number 1e-14 (log 2.0 + log 2.2 + 0.13 / 1.1) kinked
    let halved = Distribution.kl (Families.exponential (s 1.0)) (Families.laplace (s (log 2.0)) (s 1.0))
    // −1 + log 2 + E|x − log 2|, which at the median is log 2.
    number 1e-14 (2.0 * log 2.0 - 1.0) halved

    number
        1e-14
        (log 2.0 - 0.5 * log (2.0 * Math.PI * Math.E) + sqrt (2.0 / Math.PI))
        (Distribution.kl (Families.normal (s 0.0) (s 1.0)) (Families.laplace (s 0.0) (s 1.0)))

    let infinite: (Distribution * Distribution) list =
        [
            Families.normal (s 0.0) (s 1.0), Families.exponential (s 1.0)
            Families.laplace (s 0.0) (s 1.0), Families.gamma (s 1.0) (s 1.0)
            Families.studentT (s 3.0) (s 0.0) (s 1.0), Families.beta (s 1.0) (s 1.0)
            Families.studentT (s 2.0) (s 0.0) (s 1.0), Families.normal (s 0.0) (s 1.0)
            Families.studentT (s 1.0) (s 0.0) (s 1.0), Families.normal (s 0.0) (s 1.0)
            Families.studentT (s 0.3) (s 0.0) (s 1.0), Families.normal (s 0.0) (s 1.0)
            Families.gamma (s 1.0) (s 1.0), Families.beta (s 1.0) (s 1.0)
            Families.exponential (s 1.0), Families.uniform (s -1.0) (s 9.0)
            Families.normal (s 0.0) (s 1.0), Families.uniform (s -1.0) (s 9.0)
            Families.beta (s 1.0) (s 1.0), Families.uniform (s 0.1) (s 9.0)
            Families.uniform (s -0.1) (s 0.5), Families.exponential (s 1.0)
            Families.uniform (s 0.5) (s 1.1), Families.beta (s 1.0) (s 1.0)
            Families.poisson (s 1.0), Families.bernoulli (s 0.5)
        ]

    for p, q in infinite do
        number 0.0 infinity (Distribution.kl p q)

    // Side by side with what is finite, and differentiated there.
    let both low = Distribution.kl (Families.uniform low (s 0.5)) (Families.gamma (s 2.0) (s 1.0))
    let lows = f64 [ 2 ] [ -0.1; 0.2 ]
    closeValues "batch" 0.0 [| infinity; (both (s 0.2)).ToDouble() |] ((both lows).ToDoubles())
    close "gradient" 1e-14 (grad both (s 0.2)) (item 0 1 (grad (fun low -> item 0 1 (both low)) lows))
    throws "DF0707" (fun () -> Distribution.kl (Families.studentT (s 3.0) (s 0.0) (s 1.0)) (Families.laplace (s 0.0) (s 1.0)))

/// 20 digits of the sum Σ −pₖ log pₖ, by mpmath 1.2.1 with 40 digits.
[<Fact>]
let ``the entropy of counts is their sum, for small and large rates`` () =
    let entropy (r: Tensor) = (Families.poisson r).Entropy()

    for rate, expected in
        [
            0.0, 0.0
            0.01, 0.056086311342591010712
            0.5, 0.92763746749579737414
            3.0, 1.9314701981485689339
            10.25, 2.5739854093984824647
            29.0, 3.0996609982409825632
            33.0, 3.164627226527231257
            40.0, 3.261268012937685635186958947247481947792
            47.0, 3.3422198891504404197
            47.99, 3.3526797960264780097
            48.0, 3.35278434316571146
            50.0, 3.373266261170207325239089572074620316519
            64.0, 3.497067610647885021560940351985667239052
            100.0, 3.7206860722602588868
            1e4, 6.0241003854427113208
        ] do
        number (1e-13 * max 1.0 expected) expected (entropy (scalar rate))

    let rates = f64 [ 5 ] [ 0.3; 4.0; 47.9; 48.1; 300.0 ]
    let report = checkGrad 2 entropy rates
    Assert.True(report.Passed, string report)
    // Both ways meet where they change, with their derivatives.
    let below, above = nested entropy (scalar 47.999999) 3, nested entropy (scalar 48.000001) 3

    for k in 0..3 do
        close $"derivative {k}" 1e-7 below[k] above[k]

    Assert.Equal(DType.Float32, (entropy (Tensor.scalar 3.0)).DType)

[<Fact>]
let ``normal vectors take batches of factors and a covariance`` () =
    let factor = f64 [ 2; 2 ] [ 1.5; 0.0; -0.4; 0.8 ]
    let mean, x = vector [ 1.0; -2.0 ], vector [ 0.3; 0.1 ]
    let d = Distribution.multivariateNormalCovariance mean (matmul factor (transpose factor))
    close "factor" 1e-14 factor d.ScaleTril
    close "logProb" 1e-13 ((Distribution.multivariateNormal mean factor).LogProb x) (d.LogProb x)
    throws "DF0140" (fun () -> Distribution.multivariateNormalCovariance mean (f64 [ 1; 2 ] [ 1.0; 2.0 ]))
    let covariance = f64 [ 2; 2 ] [ 2.0; 0.3; 0.3; 1.0 ]
    let report = checkGrad 2 (fun c -> (Distribution.multivariateNormalCovariance mean c).LogProb x) covariance
    Assert.True(report.Passed, string report)

    // Factors with more leading axes than the mean: numbers, so that normal distributions say the same.
    let scales, locs = f64 [ 2; 1; 1; 1 ] [ 0.5; 2.0 ], f64 [ 2; 1 ] [ 1.0; -1.0 ]
    let wide = Distribution.multivariateNormal locs scales
    let plain = Families.normal (reshape [ 1; 2 ] locs) (reshape [ 2; 1 ] scales)
    let at = f64 [ 2; 1 ] [ 0.3; 0.7 ]
    Assert.Equal<int seq>([ 2; 2 ], wide.BatchShape)
    close "logProb of a batch" 1e-14 (plain.LogProb(reshape [ 1; 2 ] at)) (wide.LogProb at)
    let other = Distribution.multivariateNormal (f64 [ 1 ] [ 0.2 ]) (f64 [ 1; 1 ] [ 1.1 ])
    let alone = Families.normal (scalar 0.2) (scalar 1.1)
    close "kl to a batch" 1e-14 (Distribution.kl alone plain) (Distribution.kl other wide)
    close "kl from a batch" 1e-14 (Distribution.kl plain alone) (Distribution.kl wide other)

[<Fact>]
let ``distribution functions have the density as slope, and quantiles go back`` () =
    for name, d, support in continuous do
        let x =
            match support with
            | Line
            | TwoHalfLines -> f64 [ 5 ] [ -2.0; -0.3; 0.5; 1.1; 4.0 ]
            | HalfLine -> f64 [ 4 ] [ 0.01; 0.3; 1.1; 4.0 ]
            | Interval(a, b) -> f64 [ 3 ] [ a + 0.01 * (b - a); a + 0.4 * (b - a); a + 0.9 * (b - a) ]

        close $"{name}, slope" 1e-12 (d.Prob x) (snd (jvp d.Cdf x (onesLike x)))

        match d with
        | :? NormalDistribution
        | :? UniformDistribution
        | :? ExponentialDistribution
        | :? LaplaceDistribution ->
            close $"{name}, quantile" 1e-12 x (d.Icdf(d.Cdf x))
            // Far into the lower tail, where 1 − p shows nothing; beside a bound of −1 numbers are too far apart for it.
            if not (d :? UniformDistribution) then
                let p = f64 [ 1 ] [ 1e-30 ]
                closeValues $"{name}, tail" 1e-12 [| 1.0 |] ((d.Cdf(d.Icdf p) / p).ToDoubles())
        | :? GammaDistribution
        | :? BetaDistribution
        | :? StudentTDistribution ->
            close $"{name}, quantile" 1e-11 x (d.Icdf(d.Cdf x))
            let p = f64 [ 1 ] [ 1e-30 ]
            closeValues $"{name}, tail" 1e-11 [| 1.0 |] ((d.Cdf(d.Icdf p) / p).ToDoubles())
        | _ -> throws "DF0706" (fun () -> d.Icdf x)

    // Student's t at its centre, where the incomplete beta function has no slope.
    let t = Families.studentT (scalar 5.0) (scalar 0.5) (scalar 1.2)
    number 1e-14 0.5 (t.Cdf(scalar 0.5))
    number 1e-14 ((t.Prob(scalar 0.5)).ToDouble()) (grad t.Cdf (scalar 0.5))

[<Fact>]
let ``probabilities of counts and classes sum to one`` () =
    let counts = Tensor.vector64 [ for k in 0..199 -> float k ]

    let check what (d: Distribution) (values: Tensor) =
        let p, x = (d.Prob values).ToDoubles(), values.ToDoubles()
        closeValues $"{what}, one" 1e-12 [| 1.0 |] [| Array.sum p |]
        let mean = Array.fold2 (fun s p x -> s + p * x) 0.0 p x
        closeValues $"{what}, mean" 1e-11 [| mean |] (d.Mean.ToDoubles())
        let variance = Array.fold2 (fun s p x -> s + p * (x - mean) ** 2.0) 0.0 p x
        closeValues $"{what}, variance" 1e-11 [| variance |] (d.Variance.ToDoubles())
        p

    let poisson = Families.poisson (scalar 7.3)
    let p = check "poisson" poisson counts
    closeValues "poisson, cdf" 1e-12 (Array.scan (+) 0.0 p |> Array.tail) ((poisson.Cdf counts).ToDoubles())

    closeValues
        "poisson, no count"
        0.0
        [| -infinity; -infinity; 0.0 |]
        [| yield! (poisson.LogProb(f64 [ 2 ] [ -1.0; 0.5 ])).ToDoubles(); (poisson.Cdf(scalar -1.0)).ToDouble() |]

    let logits = f64 [ 4 ] [ 0.3; -infinity; 2.0; -1.0 ]
    let categorical = Families.categoricalLogits logits
    let p = check "categorical" categorical (Tensor.arange 4)
    let entropy = p |> Array.sumBy (fun p -> if p = 0.0 then 0.0 else -p * log p)
    number 1e-12 entropy (categorical.Entropy())
    let bernoulli = Families.bernoulli (scalar 0.3)
    let p = check "bernoulli" bernoulli (Tensor.arange 2)
    closeValues "bernoulli" 1e-12 [| 0.7; 0.3 |] p
    number 1e-12 -(0.3 * log 0.3 + 0.7 * log 0.7) (bernoulli.Entropy())
    number 0.0 -infinity (bernoulli.LogProb(scalar 2.0))
    // Certain outcomes.
    let certain = Families.bernoulli (f64 [ 2 ] [ 0.0; 1.0 ])

    closeValues
        "certain"
        0.0
        [| 0.0; 0.0; 0.0; 0.0 |]
        [| yield! (certain.LogProb(f64 [ 2 ] [ 0.0; 1.0 ])).ToDoubles(); yield! certain.Entropy().ToDoubles() |]

[<Fact>]
let ``samples have the distribution`` () =
    let n = 20000

    for i, (name, d, _) in List.indexed continuous do
        let x = d.Sample(Key.ofSeed (int64 (200 + i)), n)
        kolmogorov name (fun v -> (d.Cdf(Tensor.vector64 v)).ToDoubles()) (x.ToDoubles())
        moments name (d.Mean.ToDouble()) (d.Variance.ToDouble()) (x.ToDoubles())

    for i, d in
        List.indexed [ Families.poisson (scalar 7.3); Families.bernoulli (scalar 0.3); Families.categorical (f64 [ 3 ] [ 1.0; 2.0; 1.0 ]) ] do
        moments d.Name (d.Mean.ToDouble()) (d.Variance.ToDouble()) ((d.Sample(Key.ofSeed (int64 (300 + i)), n)).ToDoubles())

    let factor = f64 [ 2; 2 ] [ 1.5; 0.0; -0.8; 0.6 ]
    let normal = Distribution.multivariateNormal (f64 [ 2 ] [ 1.0; -2.0 ]) factor
    let x = normal.Sample(Key.ofSeed 310L, n)
    let covariance = normal.Covariance

    for j in 0..1 do
        moments $"vector, {j}" (normal.Mean[j].ToDouble()) (normal.Variance[j].ToDouble()) ((item 1 j x).ToDoubles())

    let d = x - normal.Mean
    meanOf "covariance" (covariance[0, 1].ToDouble()) ((item 1 0 d * item 1 1 d).ToDoubles())
    let dirichlet = Families.dirichlet (f64 [ 3 ] [ 0.5; 2.0; 1.0 ])
    let x = dirichlet.Sample(Key.ofSeed 311L, n)

    for j in 0..2 do
        moments $"dirichlet, {j}" (dirichlet.Mean[j].ToDouble()) (dirichlet.Variance[j].ToDouble()) ((item 1 j x).ToDoubles())

[<Fact>]
let ``outside the support the density is zero, and gradients stay finite inside`` () =
    let s = scalar

    let outside: (Distribution * float list) list =
        [
            Families.uniform (s 0.0) (s 1.0), [ -0.1; 1.1; -infinity ]
            Families.exponential (s 2.0), [ -0.1 ]
            Families.gamma (s 2.0) (s 1.0), [ -0.1 ]
            Families.beta (s 2.0) (s 2.0), [ -0.1; 1.1 ]
        ]

    for d, values in outside do
        for x in values do
            number 0.0 -infinity (d.LogProb(s x))

        number 0.0 nan (d.LogProb(s nan))

    // Values outside and inside side by side: the gradient in the parameters is that of those inside.
    let x = f64 [ 3 ] [ -1.0; 0.4; 2.0 ]
    let logP a = (Families.beta a (s 2.0)).LogProb x
    let expected = grad (fun a -> item 0 1 (logP a)) (s 1.5)
    let finite = grad (fun a -> let l = logP a in sum (where (isFinite l) l (zerosLike l))) (s 1.5)
    close "gradient" 1e-14 expected finite

[<Fact>]
let ``an empirical distribution is its observations`` () =
    let d = Families.empirical (f64 [ 4 ] [ 3.0; 1.0; 1.0; 2.0 ])
    closeValues "prob" 1e-15 [| 0.5; 0.25; 0.25; 0.0 |] ((d.Prob(f64 [ 4 ] [ 1.0; 2.0; 3.0; 4.0 ])).ToDoubles())
    number 1e-15 1.75 d.Mean
    number 1e-15 0.6875 d.Variance
    number 1e-15 (1.5 * log 2.0) (d.Entropy())
    closeValues "cdf" 1e-15 [| 0.0; 0.5; 0.75; 1.0 |] ((d.Cdf(f64 [ 4 ] [ 0.0; 1.5; 2.0; 9.0 ])).ToDoubles())
    closeValues "quantile" 0.0 [| 1.0; 1.0; 2.0; 3.0; 3.0 |] ((d.Icdf(f64 [ 5 ] [ 0.0; 0.5; 0.7; 0.8; 1.0 ])).ToDoubles())
    let x = (d.Sample(Key.ofSeed 5L, 8000)).ToDoubles() |> Array.map (fun v -> v - 1.0)
    chiSquare "samples" [| 0.5; 0.25; 0.25 |] (counts 3 x)
    // Vectors.
    let rows = Families.empirical (Tensor.ofArray [ 3; 2 ] [| 1; 2; 1; 3; 1; 2 |])
    Assert.Equal("[2]", string rows.EventShape)
    closeValues "rows" 1e-6 [| 2.0 / 3.0; 0.0 |] ((rows.Prob(Tensor.ofArray [ 2; 2 ] [| 1; 2; 2; 2 |])).ToDoubles())
    Assert.Equal("int32[5, 2]", string (rows.Sample(Key.ofSeed 6L, 5)).Type)
    throws "DF0706" (fun () -> rows.Cdf(Tensor.ofArray [ 2 ] [| 1; 2 |]))
