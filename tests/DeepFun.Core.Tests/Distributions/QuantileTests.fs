/// Quantiles without a closed form: they go back, have published values, and derivatives by the implicit function theorem.
module DeepFun.Core.Tests.Distributions.QuantileTests

open System
open System.Diagnostics
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private probabilities = [ 1e-300; 1e-100; 1e-20; 1e-6; 0.01; 0.2; 0.4999; 0.5; 0.7; 0.95; 0.999999 ]

/// All combinations as columns.
let private columns (rows: float list list) : Tensor[] =
    let rec product (rows: float list list) =
        match rows with
        | [] -> [ [] ]
        | row :: rest ->
            [
                for x in row do
                    for others in product rest -> x :: others
            ]

    let all = product rows
    Array.init rows.Length (fun i -> Tensor.vector64 [ for r in all -> r[i] ])

let private goesBack
    name
    tolerance
    (quantile: Tensor -> Tensor)
    (cdf: Tensor -> Tensor)
    (keep: float -> bool)
    (p: Tensor)
    (parameters: Tensor list)
    =
    let x = quantile p
    let found, wanted, back = x.ToDoubles(), p.ToDoubles(), (cdf x).ToDoubles()
    let parameters = parameters |> List.map (fun (t: Tensor) -> t.ToDoubles())
    let described i = String.Join(", ", parameters |> List.map (fun numbers -> string numbers[i]))
    let kept = [ 0 .. p.Size - 1 ] |> List.filter (fun i -> keep found[i])

    for i in kept do
        let error = abs (back[i] / wanted[i] - 1.0)
        Assert.True((error <= tolerance), $"{name}({described i}) at {wanted[i]}: {found[i]} has {back[i]}")

    // Not vacuously.
    Assert.True(2 * kept.Length > p.Size, $"{name}: {kept.Length} of {p.Size}")

[<Fact>]
let ``the probability of a quantile is the one asked for`` () =
    let t = columns [ [ 0.01; 0.1; 0.5; 1.0; 2.5; 30.0; 1000.0; 1e5 ]; probabilities ]
    let gamma = Families.gamma t[0] (scalar 1.0)
    goesBack "gamma" 1e-10 gamma.Icdf gamma.Cdf (fun x -> x > 1e-300) t[1] [ t[0] ]

    let shapes = [ 0.01; 0.3; 1.0; 4.0; 50.0; 1e4 ]
    let t = columns [ shapes; shapes; probabilities ]
    let beta = Families.beta t[0] t[1]
    // Beside 1 the numbers are too far apart.
    goesBack "beta" 1e-10 beta.Icdf beta.Cdf (fun x -> x > 1e-300 && x < 0.999) t[2] [ t[0]; t[1] ]

    let t =
        columns [ [ 0.1; 0.5; 1.0; 2.5; 7.0; 100.0; 1e4 ]; [ 1e-100; 1e-30; 1e-9; 0.001; 0.2; 0.49999; 0.5; 0.500001; 0.8; 0.999 ] ]

    let student = Families.studentT t[0] (scalar 0.0) (scalar 1.0)
    goesBack "studentT" 1e-10 student.Icdf student.Cdf (fun x -> abs x < 1e150) t[1] [ t[0] ]

/// 20 digits of mpmath 1.2.1 (gammainc and betainc, regularized, inverted by findroot with 50 digits); scipy 1.10.1 has the same to its accuracy.
[<Fact>]
let ``published and reference values`` () =
    let check name (d: float -> Distribution) (rows: (float * float) list) =
        for p, expected in rows do
            let actual = ((d p).Icdf(scalar p)).ToDouble()
            Assert.True(abs (actual / expected - 1.0) < 2e-13, $"{name} at {p}: {actual}, not {expected}")

    for a, p, x in
        [
            0.05, 0.3, 2.0378971887326643863e-11
            0.5, 1e-8, 7.853981633974483836e-17
            2.5, 0.95, 5.5352488467581759401
            30.0, 1e-12, 5.7729938202906589482
            1000.0, 0.5, 999.66668642696518206
            0.3, 1.0 - 2.0 ** -30.0, 17.652023004397031875
        ] do
        check $"gamma({a})" (fun _ -> Families.gamma (scalar a) (scalar 1.0)) [ p, x ]

    for a, b, p, x in
        [
            0.5, 0.5, 0.1, 0.024471741852423216636
            2.0, 3.0, 1e-10, 4.0824940158083329196e-6
            0.1, 4.0, 0.6, 0.0010339807834506834717
            30.0, 200.0, 0.999, 0.20759222458661601669
            500.0, 300.0, 0.25, 0.61351070493508681869
            8.0, 0.2, 0.4, 0.99305418212381080437
        ] do
        check $"beta({a}, {b})" (fun _ -> Families.beta (scalar a) (scalar b)) [ p, x ]

    for v, p, x in
        [
            1.0, 0.2, -1.3763819204711734373
            5.0, 0.025, -2.570581835636315469
            0.7, 1e-9, -1355731312173.4374434
            3.5, 0.4999, -0.00026898181975158898905
            200.0, 1e-15, -8.622739704005615977
            1e4, 0.3, -0.52441722834546679058
        ] do
        check $"studentT({v})" (fun _ -> Families.studentT (scalar v) (scalar 0.0) (scalar 1.0)) [ p, x ]

    // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 and 1.3.6.7.4: t of 5 degrees, χ² of 3 and 10.
    let t = Families.studentT (scalar 5.0) (scalar 0.0) (scalar 1.0)
    closeValues "t" 5e-4 [| 2.015; 2.571; 3.365 |] ((t.Icdf(vector [ 0.95; 0.975; 0.99 ])).ToDoubles())
    let chiSquared = Families.gamma (vector [ 1.5; 5.0 ]) (scalar 0.5)
    closeValues "χ²" 5e-4 [| 7.815; 18.307 |] ((chiSquared.Icdf(scalar 0.95)).ToDoubles())

let private functions: (string * (Tensor * Tensor * Tensor -> Tensor)) list =
    [
        "gamma", (fun (a, b, p) -> (Families.gamma a b).Icdf p)
        "beta", (fun (a, b, p) -> (Families.beta a b).Icdf p)
        "studentT", (fun (a, b, p) -> (Families.studentT a (0.5 * b) b).Icdf p)
    ]

[<Fact>]
let ``quantiles have derivatives in everything`` () =
    for name, f in functions do
        let report = checkGrad 2 f (vector [ 0.7; 3.0; 8.0 ], vector [ 1.2; 0.6; 2.0 ], vector [ 0.2; 0.85; 0.5001 ])
        Assert.True(report.Passed, name + ": " + string report)

/// Of a known inverse: that of a = 1 is −log(1 − p), of b = 1 p^(1/a), of one degree of freedom tan π(p − ½).
[<Fact>]
let ``derivatives of every order are those of closed forms, traced, mapped or neither`` () =
    let one = scalar 1.0

    let rows: (string * (Tensor -> Tensor) * (Tensor -> Tensor)) list =
        [
            "gamma(1)", (fun p -> (Families.gamma one one).Icdf p), (fun p -> -(log1p -p))
            "beta(2, 1)", (fun p -> (Families.beta (2.0 * one) one).Icdf p), sqrt
            "studentT(1)", (fun p -> (Families.studentT one (scalar 0.0) one).Icdf p), (fun p -> tan (Math.PI * (p - 0.5)))
        ]

    for name, f, exact in rows do
        for p in [ 0.3; 0.5; 0.8 ] do
            let expected, actual = nested exact (scalar p) 5, nested f (scalar p) 5

            for k in 0..5 do
                close $"{name} at {p}, derivative {k}" 1e-9 expected[k] actual[k]

        let slope g = grad (grad (grad g))
        close $"{name}, traced" 1e-9 (slope exact (scalar 0.3)) (jit (slope f) (scalar 0.3))
        let ps = vector [ 0.2; 0.6; 0.9 ]
        close $"{name}, mapped" 1e-9 (vmap (slope exact) ps) (vmap (slope f) ps)
        closeValues $"{name}, Taylor mode" 1e-9 (derivatives exact 0.3 3) (derivatives f 0.3 3)

[<Fact>]
let ``ends, dtypes and shapes`` () =
    let at (d: Distribution) = (d.Icdf(vector [ -0.1; 0.0; 1.0; 1.1; nan ])).ToDoubles()
    closeValues "gamma" 0.0 [| nan; 0.0; infinity; nan; nan |] (at (Families.gamma (scalar 2.0) (scalar 1.0)))
    closeValues "beta" 0.0 [| nan; 0.0; 1.0; nan; nan |] (at (Families.beta (scalar 2.0) (scalar 1.0)))
    closeValues "studentT" 0.0 [| nan; -infinity; infinity; nan; nan |] (at (Families.studentT (scalar 2.0) (scalar 0.0) (scalar 1.0)))
    number 0.0 nan ((Families.gamma (scalar -1.0) (scalar 1.0)).Icdf(scalar 0.5))
    let single = (Families.gamma (Tensor.scalar 1.5) (Tensor.scalar 0.5)).Icdf(Tensor.scalar 0.95)
    Assert.Equal(DType.Float32, single.DType)
    let wide = (Families.beta (Tensor.ones [ 3; 1 ]) (Tensor.ones [ 2 ])).Icdf(Tensor.full [ 4; 1; 1 ] 0.5)
    Assert.Equal<int seq>([ 4; 3; 2 ], wide.Shape)
    // What does not count does no harm: the gradient at an end is that of the others.
    let f (a: Tensor) = item 0 1 ((Families.gamma a (scalar 1.0)).Icdf(vector [ 0.0; 0.4; 1.0 ]))
    close "gradient" 1e-13 (grad (fun a -> (Families.gamma a (scalar 1.0)).Icdf(scalar 0.4)) (scalar 2.0)) (grad f (scalar 2.0))

/// Where p is the power p = x^a / c of x to rounding: x′ = x p′ / a p, x″ = (1/a − 1) x / a p², and in a by log x = log(p c(a)) / a.
[<Fact>]
let ``the far tails have the derivatives of powers`` () =
    let check name (f: Tensor -> Tensor -> Tensor) (closed: Tensor -> Tensor -> Tensor) a p =
        let a, p = scalar a, scalar p

        let values (f: Tensor -> Tensor -> Tensor) =
            [|
                f a p
                grad (fun a -> f a p) a
                grad (f a) p
                grad (grad (fun a -> f a p)) a
                grad (grad (f a)) p
                grad (fun a -> grad (f a) p) a
                jit (grad (grad (fun a -> f a p))) a
            |]
            |> Array.map _.ToDouble()

        Array.iteri2
            (fun i (e: float) (x: float) -> Assert.True((e = x || abs (x / e - 1.0) < 1e-9), $"{name}({a}) at {p}, {i}: {x}, not {e}"))
            (values closed)
            (values f)

    let power a p logConstant : Tensor = exp ((log p + logConstant) / a)

    for a, p in [ 0.1, 1e-20; 0.01, 1e-3; 1e-3, 0.3; 0.05, 1e-8; 0.5, 1e-30; 2.0, 1e-100 ] do
        check "gamma" (fun a p -> (Families.gamma a (scalar 1.0)).Icdf p) (fun a p -> power a p (logGamma (a + 1.0))) a p
        let b = scalar 0.5
        let constant a = log a + logGamma a + logGamma b - logGamma (a + b)
        check "beta" (fun a p -> (Families.beta a b).Icdf p) (fun a p -> power a p (constant a)) a p
        // Half of a beta variable's probability is beside v / t².
        let v = 2.0 * a
        let student v p = (Families.studentT v (scalar 0.0) (scalar 1.0)).Icdf p
        let tail (v: Tensor) (p: Tensor) : Tensor = -(sqrt v) * exp (-(log (2.0 * p) + constant (0.5 * v)) / v)
        check "studentT" student tail v p

/// With a = 1 the power is p itself, so that the second derivative comes from the term after it: x = −log(1 − p).
[<Fact>]
let ``the far tail has the second derivative of more than a power`` () =
    for p in [ 1e-100; 1e-20; 1e-17 ] do
        let gamma p = (Families.gamma (scalar 1.0) (scalar 1.0)).Icdf p
        number 1e-9 1.0 (grad (grad gamma) (scalar p))

/// Against central differences of first derivatives.
[<Fact>]
let ``second derivatives in the parameters are numbers at tiny probabilities`` () =
    for name, f, a in
        [
            "gamma", (fun (a: Tensor) -> (Families.gamma a (scalar 1.0)).Icdf(scalar 1e-300)), 10.0
            "gamma of many", (fun a -> (Families.gamma a (scalar 1.0)).Icdf(scalar 1e-300)), 1000.0
            "beta", (fun a -> (Families.beta a (scalar 3.0)).Icdf(scalar 1e-300)), 40.0
            "studentT", (fun a -> (Families.studentT a (scalar 0.0) (scalar 1.0)).Icdf(scalar 1e-300)), 300.0
        ] do
        let h = 1e-4 * a
        let slope a = (grad f (scalar a)).ToDouble()
        let difference, second = (slope (a + h) - slope (a - h)) / (2.0 * h), (grad (grad f) (scalar a)).ToDouble()
        Assert.True(abs (second / difference - 1.0) < 1e-5, $"{name}: {second}, not {difference}")

/// The normal quantile at 0.3 is −0.524400512708040974; to first order (z³ + z) / 4v is added.
[<Fact>]
let ``Student's t of very many degrees is nearly normal`` () =
    let at (v: float) = Families.studentT (scalar v) (scalar 0.0) (scalar 1.0)
    let z = -0.524400512708040974

    for v in [ 1e7; 1e8; 1e12; 1e16; 1e300; infinity ] do
        number 1e-14 (z + (z * z * z + z) / (4.0 * v)) ((at v).Icdf(scalar 0.3))

        if Double.IsFinite v then
            number 1e-15 (-0.5 * log (2.0 * Math.PI) - 1.0 / (4.0 * v)) ((at v).LogProb(scalar 0.0))

    // Both ways meet where they change, with their derivatives.
    for p in [ 1e-300; 1e-20; 0.01; 0.3 ] do
        let quantile v = (Families.studentT v (scalar 0.0) (scalar 1.0)).Icdf(scalar p)
        let below, above = quantile (scalar 1e6), quantile (scalar 1000001.0)
        Assert.Equal(1.0, above.ToDouble() / below.ToDouble(), 1e-9)

    // The logarithm of the density at 0: −½ log 2π − 1/4v + 1/24v³ − 1/20v⁵ + 17/112v⁷, and by Γ of fewer.
    let peak (v: float) = ((at v).LogProb(scalar 0.0)).ToDouble()
    Assert.Equal(peak 199.999999999, peak 200.000000001, 2e-13)

/// Where the incomplete functions themselves are no numbers.
[<Fact>]
let ``what cannot be found is not a number`` () =
    number 0.0 nan ((Families.gamma (scalar 1e16) (scalar 1.0)).Icdf(scalar 0.3))
    number 0.0 nan ((Families.beta (scalar 1e16) (scalar 1e16)).Icdf(scalar 0.3))

/// A bounded number of steps: ten thousand quantiles of each family, in far less than what halving took for a hundred.
[<Fact>]
let ``the time is bounded`` () =
    let n = 10000
    let p = (cast DType.Float64 (Tensor.arange n) + 0.5) / float n
    let watch = Stopwatch.StartNew()

    for d in
        [
            Families.gamma (scalar 2.5) (scalar 1.0)
            Families.beta (scalar 2.5) (scalar 0.7)
            Families.studentT (scalar 4.0) (scalar 0.0) (scalar 1.0)
        ] do
        Assert.True((all (isFinite (d.Icdf p))).ToDouble() = 1.0, d.Name)

    Assert.True(watch.Elapsed < TimeSpan.FromSeconds 30.0, string watch.Elapsed)

[<Fact>]
let ``the distribution function of Student's t keeps its digits beside the centre and far from it`` () =
    let cdf (v: float) (z: float) = (Families.studentT (scalar v) (scalar 0.0) (scalar 1.0)).Cdf(scalar z)
    // F − ½ = z f(0) to first order; with one degree of freedom f(0) = 1/π, with two F = ½ + z / 2√(2 + z²).
    for z in [ 1e-12; 1e-7; 1e-3; 0.08; 0.3; 1.2; 1.5; 40.0 ] do
        number 1e-15 (atan z / Math.PI) (cdf 1.0 z - 0.5)
        number 1e-15 (0.5 * z / sqrt (2.0 + z * z)) (cdf 2.0 z - 0.5)
        number 1e-15 (0.5 * z / sqrt (2.0 + z * z)) (0.5 - cdf 2.0 -z)

    // Tails: atan(1/z)/π, relative.
    for z in [ 2.0; 1e3; 1e10 ] do
        Assert.Equal(1.0, (cdf 1.0 -z).ToDouble() / (atan (1.0 / z) / Math.PI), 1e-13)

    // Its derivatives at the centre, of every order: those of atan z / π.
    let exact, actual =
        nested (fun (z: Tensor) -> atan z / Math.PI) (scalar 0.0) 6,
        nested (fun z -> (Families.studentT (scalar 1.0) (scalar 0.0) (scalar 1.0)).Cdf z) (scalar 0.0) 6

    for k in 1..6 do
        close $"derivative {k}" 1e-12 exact[k] actual[k]
