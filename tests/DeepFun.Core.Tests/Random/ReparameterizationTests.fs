/// Derivatives of samples in their parameters.
module DeepFun.Core.Tests.Random.ReparameterizationTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Random.Statistics
open Xunit

[<Fact>]
let ``explicit reparameterizations are differentiated as they are drawn`` () =
    let h = 1e-6

    let samplers: (string * (Tensor -> Key -> Tensor)) list =
        [
            "uniformBetween", (fun p -> Random.uniformBetween p[0] p[1] [ 50 ])
            "normalWith", (fun p -> Random.normalWith p[0] p[1] [ 50 ])
            "truncatedNormal", (fun p -> Random.truncatedNormal -p[0] p[1] [ 50 ])
            "truncatedNormal, tail", (fun p -> Random.truncatedNormal (8.0 * p[0]) (20.0 * p[1]) [ 50 ])
            "exponential", (fun p -> Random.exponential p[0] [ 50 ])
            "laplace", (fun p -> Random.laplace p[0] p[1] [ 50 ])
        ]

    for name, sampler in samplers do
        let f (p: Tensor) = sampler p (Key.ofSeed 3L)
        let p = f64 [ 2 ] [ 0.7; 1.6 ]

        for i in 0..1 do
            let d = f64 [ 2 ] [ (if i = 0 then 1.0 else 0.0); (if i = 1 then 1.0 else 0.0) ]
            let expected: Tensor = (f (p + h * d) - f (p - h * d)) / (2.0 * h)
            close $"{name}, parameter {i}" 1e-7 expected (snd (jvp f p d))
            let slope p = snd (jvp f p d)
            let second: Tensor = (slope (p + h * d) - slope (p - h * d)) / (2.0 * h)
            close $"{name}, parameter {i}, twice" 1e-6 second (snd (jvp slope p d))

/// ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a) by Simpson's rule in s = t^(a/4), where the integrand is smooth; a is not much below 1.
let private lower (a: float) (x: float) =
    let power = 4.0 / a
    let steps = 4000
    let width = Math.Pow(x, 1.0 / power) / float steps
    let f s = power * Math.Pow(s, 3.0) * exp -(Math.Pow(s, power))

    let weight i =
        if i = 0 || i = steps then 1.0
        elif i % 2 = 1 then 4.0
        else 2.0

    let area = Seq.sum (seq { for i in 0..steps -> weight i * f (float i * width) }) * width / 3.0
    area / exp ((logGamma (scalar a)).ToDouble())

[<Fact>]
let ``gamma moves along equal probabilities`` () =
    for alpha in [ 0.7; 1.0; 2.5; 9.0 ] do
        let f a = Random.gamma a [ 20 ] (Key.ofSeed 5L)
        let z = (f (scalar alpha)).ToDoubles()
        let slope = (snd (jvp f (scalar alpha) (scalar 1.0))).ToDoubles()
        let h = 1e-4

        for i in 0..19 do
            let density = exp ((alpha - 1.0) * log z[i] - z[i]) / exp ((logGamma (scalar alpha)).ToDouble())
            let expected = -(lower (alpha + h) z[i] - lower (alpha - h) z[i]) / (2.0 * h) / density
            closeValues $"α = {alpha}, z = {z[i]}" 1e-5 [| expected |] [| slope[i] |]

[<Fact>]
let ``higher derivatives of gamma follow the quantile`` () =
    // z(α) with P(α, z(α)) = u, found by bisection, is the curve whose derivatives the sample has.
    let quantile (a: float) (u: float) =
        let mutable low, high = 0.0, 100.0

        for _ in 1..200 do
            let middle = 0.5 * (low + high)

            if (gammainc (scalar a) (scalar middle)).ToDouble() < u then low <- middle else high <- middle

        0.5 * (low + high)

    let alpha, h = 2.5, 1e-3
    let f a = Random.gamma a [ 5 ] (Key.ofSeed 6L)
    let first a = snd (jvp f a (scalar 1.0))
    let second a = snd (jvp first a (scalar 1.0))
    let z = (f (scalar alpha)).ToDoubles()
    let a = scalar alpha
    let derivatives: Tensor[] = jet f a 3
    let firsts, seconds = (first a).ToDoubles(), (second a).ToDoubles()

    for i in 0..4 do
        let u = (gammainc a (scalar z[i])).ToDouble()
        let at k = quantile (alpha + float k * h) u
        closeValues "first" 1e-7 [| (8.0 * (at 1 - at -1) - (at 2 - at -2)) / (12.0 * h) |] [| firsts[i] |]

        closeValues "second" 1e-5 [| (16.0 * (at 1 + at -1) - (at 2 + at -2) - 30.0 * at 0) / (12.0 * h * h) |] [| seconds[i] |]

    close "jet, first" 1e-11 (first a) derivatives[1]
    close "jet, second" 1e-10 (second a) derivatives[2]
    close "jet, third" 1e-8 (snd (jvp second a (scalar 1.0))) derivatives[3]

[<Fact>]
let ``tiny shapes have finite samples in the logarithm and finite derivatives`` () =
    let key () = (Key.ofSeed 7L).Consume()
    let f (a: Tensor) = Tensor.Bind(Prim.Sample Sample.LogGamma, [| key (); Tensor.BroadcastTo(shapeOf [ 200 ], a) |])

    for alpha in [ 1e-3; 0.05; 0.2 ] do
        let y, slope = jvp f (scalar alpha) (scalar 1.0)
        let y, slope = y.ToDoubles(), slope.ToDoubles()
        Assert.All(Array.append y slope, (fun v -> Assert.True(Double.IsFinite v)))
        // Where z vanishes in 1 + z, F = eᵅʸ / Γ(α + 1) = u: y = (log u + log Γ(α + 1)) / α.
        let logGamma1 a = (logGamma (scalar (a + 1.0))).ToDouble()

        for i in 0..199 do
            if y[i] < -30.0 then
                let u = alpha * y[i] - logGamma1 alpha
                let along a = (u + logGamma1 a) / a
                let h = 1e-4 * alpha
                let expected = (along (alpha + h) - along (alpha - h)) / (2.0 * h)
                Assert.True(abs (slope[i] - expected) < 1e-6 * abs expected, $"α = {alpha}: {slope[i]}, not {expected}")

[<Fact>]
let ``gradients of expectations are expectations of gradients`` () =
    let n = 20000
    let each (f: Tensor -> Tensor) (p: float) = (snd (jvp f (scalar p) (scalar 1.0))).ToDoubles()
    // E z = α, E log z = ψ(α), E x = a / (a + b), E x² = ν / (ν − 2)
    meanOf "gamma" 1.0 (each (fun a -> Random.gamma a [ n ] (Key.ofSeed 11L)) 0.8)
    let trigamma: Tensor = polygamma 1 (scalar 0.8)
    meanOf "log gamma" (trigamma.ToDouble()) (each (fun a -> log (Random.gamma a [ n ] (Key.ofSeed 12L))) 0.8)
    meanOf "beta in a" (2.0 / 9.0) (each (fun a -> Random.beta a (scalar 2.0) [ n ] (Key.ofSeed 13L)) 1.0)
    meanOf "beta in b" (-1.0 / 9.0) (each (fun b -> Random.beta (scalar 1.0) b [ n ] (Key.ofSeed 14L)) 2.0)
    meanOf "studentT" (-2.0 / 100.0) (each (fun v -> square (Random.studentT v [ n ] (Key.ofSeed 15L))) 12.0)
    let alpha a = stack 0 [ a; scalar 2.0; scalar 0.5 ]
    meanOf "dirichlet" (2.5 / 12.25) (each (fun a -> item 1 0 (Random.dirichlet (alpha a) [ n ] (Key.ofSeed 16L))) 1.0)

[<Fact>]
let ``float32 samples are those of float64, rounded`` () =
    let f (dtype: DType) = Random.gamma (cast dtype (scalar 2.5)) [ 100 ] (Key.ofSeed 17L)
    let wide, slope = jvp (fun a -> Random.gamma a [ 100 ] (Key.ofSeed 17L)) (scalar 2.5) (scalar 1.0)
    let single, singleSlope = jvp (fun a -> Random.gamma a [ 100 ] (Key.ofSeed 17L)) (Tensor.scalar 2.5) (Tensor.scalar 1.0)
    close "value" 0.0 (cast DType.Float32 wide) single
    close "slope" 1e-6 (cast DType.Float32 slope) singleSlope
    Assert.Equal(DType.Float32, (f DType.Float32).DType)

[<Fact>]
let ``discrete samples have no derivative`` () =
    let p = scalar 0.4
    number 0.0 0.0 (grad (fun p -> sum (cast DType.Float64 (Random.poisson p [ 9 ] (Key.ofSeed 21L)))) p)
    number 0.0 0.0 (grad (fun p -> sum (cast DType.Float64 (Random.bernoulliWith p [ 9 ] (Key.ofSeed 22L)))) p)
    let logits p = stack -1 [ p; 1.0 - p ]
    number 0.0 0.0 (grad (fun p -> sum (cast DType.Float64 (Random.categorical (logits p) [ 9 ] (Key.ofSeed 23L)))) p)
