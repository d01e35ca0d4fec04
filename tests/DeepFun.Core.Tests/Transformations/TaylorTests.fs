/// Taylor mode against published series, at kinks, over trees and against its promise of cost.
module DeepFun.Core.Tests.Transformations.TaylorTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private coefficients f x order = taylor f (scalar x) order |> values

[<Fact>]
let ``elementary functions have the coefficients of their Maclaurin series`` () =
    let factorial k = Seq.fold (*) 1.0 (Seq.map float [ 2..k ])

    let check what tolerance expected (f: Tensor -> Tensor) =
        closeValues what tolerance (Array.ofList expected) (coefficients f 0.0 (List.length expected - 1))

    check "exp" 1e-15 [ for k in 0..12 -> 1.0 / factorial k ] exp
    check "sin" 1e-15 [ for k in 0..12 -> [| 0.0; 1.0; 0.0; -1.0 |][k % 4] / factorial k ] sin
    check "cos" 1e-15 [ for k in 0..12 -> [| 1.0; 0.0; -1.0; 0.0 |][k % 4] / factorial k ] cos
    check "1/(1-x)" 1e-15 [ for _ in 0..12 -> 1.0 ] (fun x -> 1.0 / (1.0 - x))
    check "log1p" 1e-15 [ for k in 0..12 -> if k = 0 then 0.0 else (if k % 2 = 1 then 1.0 else -1.0) / float k ] log1p
    check "atan" 1e-15 [ for k in 0..12 -> [| 0.0; 1.0; 0.0; -1.0 |][k % 4] / float (max 1 k) ] atan
    check "atanh" 1e-15 [ for k in 0..12 -> if k % 2 = 1 then 1.0 / float k else 0.0 ] atanh
    // arcsin x = Σ (2n)! / (4ⁿ n!² (2n + 1)) x²ⁿ⁺¹ (Abramowitz and Stegun 4.4.40)
    check "asin" 1e-15 [ 0.0; 1.0; 0.0; 1.0 / 6.0; 0.0; 3.0 / 40.0; 0.0; 5.0 / 112.0; 0.0; 35.0 / 1152.0 ] asin
    check "asinh" 1e-15 [ 0.0; 1.0; 0.0; -1.0 / 6.0; 0.0; 3.0 / 40.0; 0.0; -5.0 / 112.0; 0.0; 35.0 / 1152.0 ] asinh
    // erf x = 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)) (Abramowitz and Stegun 7.1.5)
    let erfTerm k =
        if k % 2 = 0 then
            0.0
        else
            let n = k / 2 in 2.0 / sqrt Math.PI * Math.Pow(-1.0, float n) / (factorial n * float k)

    check "erf" 1e-15 [ for k in 0..13 -> erfTerm k ] erf
    check "erfc" 1e-15 [ for k in 0..13 -> if k = 0 then 1.0 else -(erfTerm k) ] erfc

[<Fact>]
let ``derivatives at 0 are the famous integers`` () =
    let check what (expected: float list) (f: Tensor -> Tensor) =
        closeValues what 1e-12 (Array.ofList expected) (derivatives f 0.0 (expected.Length - 1))
    // OEIS A000182, tangent numbers; A000364, Euler numbers; A000110, Bell numbers; A000108, Catalan numbers.
    check "tan" [ 0.0; 1.0; 0.0; 2.0; 0.0; 16.0; 0.0; 272.0; 0.0; 7936.0 ] tan
    check "tanh" [ 0.0; 1.0; 0.0; -2.0; 0.0; 16.0; 0.0; -272.0; 0.0; 7936.0 ] tanh
    check "1/cos" [ 1.0; 0.0; 1.0; 0.0; 5.0; 0.0; 61.0; 0.0; 1385.0 ] (fun x -> 1.0 / cos x)
    check "1/cosh" [ 1.0; 0.0; -1.0; 0.0; 5.0; 0.0; -61.0; 0.0; 1385.0 ] (fun x -> reciprocal (cosh x))
    check "Bell" [ 1.0; 1.0; 2.0; 5.0; 15.0; 52.0; 203.0; 877.0; 4140.0; 21147.0 ] (fun x -> exp (expm1 x))
    check "sigmoid" [ 0.5; 0.25; 0.0; -0.125; 0.0; 0.25; 0.0; -17.0 / 16.0; 0.0; 7.75 ] sigmoid
    check "sinh" [ 0.0; 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 1.0; 0.0 ] sinh
    let catalan = coefficients (fun x -> (1.0 - sqrt (1.0 - 4.0 * x)) / 2.0) 0.0 9
    closeValues "Catalan" 1e-12 [| 0.0; 1.0; 1.0; 2.0; 5.0; 14.0; 42.0; 132.0; 429.0; 1430.0 |] catalan

[<Fact>]
let ``log gamma at 1 has the zeta values`` () =
    // log Γ(1 + x) = −γ x + Σ (−1)ᵏ ζ(k) xᵏ / k (Abramowitz and Stegun 6.1.33)
    let zeta =
        [|
            1.6449340668482264
            1.2020569031595942
            1.0823232337111382
            1.0369277551433699
            1.0173430619844491
            1.0083492773819228
            1.0040773561979443
        |]

    let expected =
        Array.init 9 (fun k ->
            match k with
            | 0 -> 0.0
            | 1 -> -0.57721566490153286
            | _ -> (if k % 2 = 0 then 1.0 else -1.0) * zeta[k - 2] / float k)

    closeValues "log gamma" 1e-12 expected (coefficients logGamma 1.0 8)
    // ψ(1 + x) is its derivative.
    let digammas = Array.init 8 (fun k -> float (k + 1) * expected[k + 1])
    closeValues "digamma" 1e-12 digammas (coefficients digamma 1.0 7)

[<Fact>]
let ``powers have binomial coefficients, also of negative numbers and at 0`` () =
    let power (r: float) (x: Tensor) = pow x (scalar r)
    closeValues "cube at 0" 0.0 [| 0.0; 0.0; 0.0; 1.0; 0.0; 0.0 |] (coefficients (power 3.0) 0.0 5)
    closeValues "cube at -2" 1e-15 [| -8.0; 12.0; -6.0; 1.0; 0.0 |] (coefficients (power 3.0) -2.0 4)
    closeValues "zeroth power at 0" 0.0 [| 1.0; 0.0; 0.0 |] (coefficients (power 0.0) 0.0 2)
    closeValues "x^2.5 at 0" 0.0 [| 0.0; 0.0; 0.0; infinity |] (coefficients (power 2.5) 0.0 3)
    closeValues "x^-2" 1e-14 [| for k in 0..8 -> (if k % 2 = 0 then 1.0 else -1.0) * float (k + 1) |] (coefficients (power -2.0) 1.0 8)
    // 2^x has derivatives logᵏ 2 · 2^x; xˣ = exp(x log x).
    closeValues "2^x" 1e-13 [| for k in 0..8 -> Math.Pow(log 2.0, float k) * 8.0 |] (derivatives (fun x -> pow (scalar 2.0) x) 3.0 8)
    let direct = derivatives (fun x -> pow x x) 1.5 6
    closeValues "x^x" 1e-12 (derivatives (fun x -> exp (x * log x)) 1.5 6) direct
    Assert.True((coefficients (fun x -> pow x x) -1.0 2) |> Array.skip 1 |> Array.forall Double.IsNaN)
    // A gradient through the coefficients of a power at 0 meets no infinity.
    let third (x: Tensor) = (jet (power 3.0) x 3)[3] + (jet (power 3.0) x 2)[2]
    number 0.0 6.0 (grad third (scalar 0.0))

[<Fact>]
let ``at kinks the branch of the value is followed`` () =
    closeValues "abs below 0" 0.0 [| 2.0; -1.0; 0.0 |] (coefficients abs -2.0 2)
    closeValues "relu at 0" 0.0 [| 0.0; 0.0; 0.0 |] (coefficients relu 0.0 2)
    closeValues "relu of x²" 0.0 [| 4.0; 4.0; 1.0 |] (coefficients (fun x -> relu (x * x)) 2.0 2)
    // Where both sides tie each gives half, of every derivative.
    closeValues "max at a tie" 0.0 [| 1.0; 1.5; 0.5; 0.0 |] (coefficients (fun x -> maximum x (x * x)) 1.0 3)
    closeValues "floor" 0.0 [| 1.0; 0.0; 0.0 |] (coefficients floor 1.5 2)
    closeValues "remainder" 1e-15 [| 1.5; 1.0; 0.0 |] (coefficients (fun x -> x % 2.0) 3.5 2)
    closeValues "where" 0.0 [| 8.0; 12.0; 6.0; 1.0 |] (coefficients (fun x -> where (greater x (scalar 0.0)) (x * x * x) x) 2.0 3)
    closeValues "stopped" 0.0 [| 9.0; 3.0; 0.0 |] (coefficients (fun x -> stopGradient x * x) 3.0 2)
    let sorted = jet (fun (x: Tensor) -> sort 0 (x * x)) (f64 [ 3 ] [ 3.0; -1.0; 2.0 ]) 2
    closeValues "sort" 0.0 [| 1.0; 4.0; 9.0 |] (sorted[0].ToDoubles())
    closeValues "sort" 0.0 [| -2.0; 4.0; 6.0 |] (sorted[1].ToDoubles())

[<Fact>]
let ``a product with zeros has all its derivatives`` () =
    // (x − 1)(x − 2)(x − 3) at 2: 0, −1, 0, 6
    let f (x: Tensor) : Tensor = prod (x - f64 [ 3 ] [ 1.0; 2.0; 3.0 ])
    closeValues "product" 0.0 [| 0.0; -1.0; 0.0; 6.0; 0.0 |] (derivatives f 2.0 4)
    let g (x: Tensor) : Tensor = item 0 2 (cumprod 0 (x - f64 [ 3 ] [ 1.0; 2.0; 3.0 ]))
    closeValues "running product" 0.0 [| 0.0; -1.0; 0.0; 6.0; 0.0 |] (derivatives g 2.0 4)

type private Oscillator = { Position: Tensor; Velocity: Tensor; Name: string; Step: Tensor }

[<Fact>]
let ``trees go in and come out, integers stay`` () =
    let x = { Position = scalar 1.0; Velocity = scalar 2.0; Name = "a"; Step = Tensor.ofArray [] [| 7 |] }
    let f o = { o with Position = o.Position * o.Velocity; Velocity = exp o.Velocity; Step = o.Step + 1.0 }
    let ys = jet f x 3
    closeValues "position" 1e-15 [| 2.0; 3.0; 2.0; 0.0 |] (ys |> Array.map _.Position.ToDouble())
    closeValues "velocity" 1e-15 (Array.replicate 4 (exp 2.0)) (ys |> Array.map _.Velocity.ToDouble())
    Assert.Equal<float[]>([| 8.0; 0.0; 0.0; 0.0 |], ys |> Array.map _.Step.ToDouble())
    Assert.All(ys, fun y -> Assert.Equal(DType.Int32, y.Step.DType))
    Assert.All(ys, fun y -> Assert.Equal("a", y.Name))
    // (1 + 3t)(2 − t) = 2 + 5t − 3t²
    let along = jetAlong f x { x with Position = scalar 3.0; Velocity = scalar -1.0 } 2
    closeValues "along" 1e-15 [| 2.0; 5.0; -6.0 |] (along |> Array.map _.Position.ToDouble())

[<Fact>]
let ``series go in and come out as derivatives, so that calls chain`` () =
    // sin(t²) through the curve t² (derivatives 0, 2, 0, …), then exp of what came out.
    let zero, two = scalar 0.0, scalar 2.0
    let y, ds = jetSeries sin zero [ zero; two; zero; zero; zero; zero ]
    closeValues "sin t²" 1e-14 [| 0.0; 0.0; 2.0; 0.0; 0.0; 0.0; -120.0 |] (values (Array.append [| y |] ds))
    let z, es = jetSeries exp y ds
    let direct = derivatives (fun t -> exp (sin (t * t))) 0.0 6
    closeValues "exp sin t²" 1e-12 direct (values (Array.append [| z |] es))

[<Fact>]
let ``order 0 is the value, a negative order is refused`` () =
    closeValues "order 0" 0.0 [| exp 1.0 |] (derivatives exp 1.0 0)
    Assert.Empty(snd (jetSeries exp (scalar 1.0) []))
    throws "DF0450" (fun () -> jet exp (scalar 1.0) -1)
    throws "DF0405" (fun () -> jetAlong exp (scalar 1.0) (Tensor.scalar 1.0) 2)

[<Fact>]
let ``jets nest in jets and keep their perturbations apart`` () =
    // ∂²/∂t² ∂/∂s of (x + t)³ (x + s)² … at one point x: the inner one sees the outer variable as a constant.
    let f (x: Tensor) = (jet (fun (y: Tensor) -> x * x * x * y * y) x 1)[1]
    // ∂/∂y x³ y² at y = x is 2 x⁴, whose second derivative is 24 x².
    closeValues "nested" 1e-12 [| 2.0 * 16.0; 64.0; 96.0 |] (derivatives f 2.0 2)
    // A function of a tensor read within a jet: values are there.
    let g (x: Tensor) = if x.ToDouble() > 0.0 then x * x else -x
    closeValues "branch" 0.0 [| 9.0; 6.0; 2.0 |] (derivatives g 3.0 2)

[<Fact>]
let ``a program of many operations agrees with its closed form to order 8`` () =
    // Chebyshev: cos(n arccos x) is a polynomial; T₅ = 16x⁵ − 20x³ + 5x.
    let t5 (x: Tensor) : Tensor = cos (5.0 * acos x)
    let polynomial (x: Tensor) : Tensor = 16.0 * pow x (scalar 5.0) - 20.0 * x * x * x + 5.0 * x
    closeValues "Chebyshev" 1e-6 (derivatives polynomial 0.3 8) (derivatives t5 0.3 8)
    // log-sum-exp of (x, 2x) = x + log(1 + eˣ)
    let lse (x: Tensor) = logSumExp [ 0 ] (x * f64 [ 2 ] [ 1.0; 2.0 ])
    closeValues "log-sum-exp" 1e-10 (derivatives (fun x -> x + softplus x) 0.4 8) (derivatives lse 0.4 8)
    // A matrix whose power has the entries of a polynomial: [[1, x], [0, 1]]⁶ = [[1, 6x], [0, 1]]
    let shear (x: Tensor) =
        let m = f64 [ 2; 2 ] [ 1.0; 0.0; 0.0; 1.0 ] + x * f64 [ 2; 2 ] [ 0.0; 1.0; 0.0; 0.0 ] in item 0 1 (item 0 0 (matrixPower 6 m))

    closeValues "shear" 1e-12 [| 3.0; 6.0; 0.0; 0.0 |] (derivatives shear 0.5 3)

[<Fact>]
let ``a value is held constant in one jet of two, and in a derivative within or around a jet`` () =
    // The inner series sees c · y, the outer one x · x.
    let inner (x: Tensor) (y: Tensor) : Tensor = stopGradientOf y (x * y) * y
    // At y = x: the inner derivative is x · x, and the outer one sees all of it.
    closeValues "outer jet" 0.0 [| 9.0; 6.0; 2.0 |] (derivatives (fun x -> (jet (inner x) x 1)[1]) 3.0 2)
    closeValues "outer grad" 0.0 [| 6.0 |] [| (grad (fun x -> (jet (inner x) x 1)[1]) (scalar 3.0)).ToDouble() |]
    closeValues "outer jet, inner jvp" 0.0 [| 9.0; 6.0; 2.0 |] (derivatives (fun x -> snd (jvp (inner x) x (onesLike x))) 3.0 2)
    // Stopped in the outer one, from within the inner one.
    let outer (x: Tensor) = (jet (fun (y: Tensor) -> stopGradientOf x (x * y) * y) (scalar 2.0) 1)[1]
    closeValues "stopped outside" 0.0 [| 12.0; 0.0; 0.0 |] (derivatives outer 3.0 2)

/// How many primitives a function runs.
let private size (f: Tensor -> Tensor) =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| (scalar 0.0).Type |]
    g.Equations.Length

[<Fact>]
let ``the cost grows polynomially with the order, that of nested forward mode exponentially`` () =
    let f (x: Tensor) = tanh (exp (sin x) * x)
    let derivative (g: Tensor -> Tensor) (x: Tensor) = snd (jvp g x (onesLike x))
    let nested n = size (List.fold (fun g _ -> derivative g) f [ 1..n ])
    let taylor n = size (fun x -> (jet f x n)[n])
    // Doubling the order of a quadratic cost at most quadruples it.
    Assert.True(taylor 8 < 5 * taylor 4, $"{taylor 4} and {taylor 8} operations")
    Assert.True(taylor 16 < 5 * taylor 8, $"{taylor 8} and {taylor 16} operations")
    Assert.True(nested 6 > 8 * nested 3, $"{nested 3} and {nested 6} operations")
    Assert.True(taylor 6 < nested 6, $"{taylor 6} and {nested 6} operations")
    // Where the shape moves too, derivatives of the density in it come in, up to the same order: at most the fifth power.
    let gamma n = size (fun x -> (jet (fun x -> gammainc x (x + 1.5)) x n)[n])
    let eight, sixteen = gamma 8, gamma 16
    Assert.True(sixteen < 32 * eight, $"{eight} and {sixteen} operations")
    // So it is where both parameters of the incomplete beta function move, of which there are 2ⁿ ways to each derivative; sixfold, for there are two.
    let beta n = size (fun x -> (jet (fun x -> betainc x (x + 0.5) (0.1 * x)) x n)[n])
    let four, eight, sixteen = beta 4, beta 8, beta 16
    Assert.True(eight < 64 * four, $"{four} and {eight} operations")
    Assert.True(sixteen < 64 * eight, $"{eight} and {sixteen} operations")

/// How many primitives of a kind the derivatives up to an order bind.
let private bound (isOne: Prim -> bool) (order: int) (f: Tensor -> Tensor) (x: Tensor) : int =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> jet f xs[0] order) [| x.Type |]

    g.Equations
    |> Array.sumBy (fun e ->
        match e.Operation with
        | Operation.Prim prim when isOne prim -> 1
        | Operation.Prim _
        | Operation.Block _ -> 0)

[<Fact>]
let ``the incomplete beta function has its series whatever moves, to order 8`` () =
    let x, still = scalar 0.3, scalar 2.0

    let curves: (string * (Tensor -> Tensor)) list =
        [
            "both parameters", (fun t -> betainc (1.0 + t) (2.5 - t * t) x)
            "all", (fun t -> betainc (1.0 + t) (2.5 - t * t) (0.2 + 0.5 * t))
            "one and the number", (fun t -> betainc (1.0 + t) still (0.2 + 0.5 * t))
            "the other", (fun t -> betainc still (2.5 - t * t) x)
            "the number", (fun t -> betainc still still (0.2 + 0.5 * t))
        ]

    for name, f in curves do
        let order = if name = "all" then 6 else 8
        closeValues name 1e-8 (values (nested f (scalar 0.4) order)) (derivatives f 0.4 order)

    // Derivatives in the parameters have theirs; each is bound once.
    let slope (t: Tensor) = grad (fun a -> betainc a (2.5 - t) (0.2 + 0.5 * t)) (1.0 + t)
    closeValues "slope" 1e-8 (values (nested slope (scalar 0.4) 4)) (derivatives slope 0.4 4)
    let both (a: Tensor) = betainc a (a + 1.0) x

    for m in 0..4 do
        for n in 0 .. 4 - m do
            Assert.Equal(1, bound ((=) (Prim.Special(Special.BetaI(m, n)))) 4 both (scalar 2.0))

[<Fact>]
let ``the slopes of a sample are found once for each order`` () =
    let gamma (a: Tensor) = Random.gamma a [] (Key.ofSeed 3L)
    Assert.Equal(4, bound ((=) (Prim.Special(Special.GammaP 1))) 4 gamma (scalar 2.0))
    // Those of the incomplete gamma function depend on no result: each derivative by the parameter is bound once, however many orders.
    let cumulated (a: Tensor) = gammainc a (scalar 1.5)

    for order in 1..4 do
        Assert.Equal(1, bound ((=) (Prim.Special(Special.GammaP order))) 4 cumulated (scalar 2.0))

[<Fact>]
let ``a determinant is decomposed once, whatever the order`` () =
    for decomposition in [ Linalg.SingularValues; Linalg.Lu ] do
        Assert.Equal(1, bound ((=) (Prim.Linalg decomposition)) 5 det (f64 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ]))
