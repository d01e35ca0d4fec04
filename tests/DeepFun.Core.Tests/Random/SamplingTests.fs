/// Samples have the distributions that their names say, depend on key and parameters alone, and are refused for bad parameters.
module DeepFun.Core.Tests.Random.SamplingTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Random.Statistics
open Xunit

let private n = 100000
let private draws (sampler: int list -> Key -> Tensor) seed : float[] = (sampler [ n ] (Key.ofSeed seed)).ToDoubles()
let private normalCdf x = ((0.5 * erfc (f64 [ Array.length x ] (List.ofArray x) * -(sqrt 0.5))): Tensor).ToDoubles()
let private vector (x: float[]) = Tensor.ofArray [ x.Length ] x

/// Name, sampler, mean, variance, distribution function.
let private continuous: (string * (int list -> Key -> Tensor) * float * float * (float[] -> float[])) list =
    let phi x = (normalCdf [| x |])[0]
    let density x = exp (-x * x / 2.0) / sqrt (2.0 * Math.PI)

    // Moments of the truncated normal distribution: Johnson, Kotz and Balakrishnan 1994, section 13.10.1.
    let truncated a b =
        let z = phi b - phi a
        let x d = if Double.IsInfinity d then 0.0 else d * density d
        let mean = (density a - density b) / z
        let variance = 1.0 + (x a - x b) / z - mean * mean
        let cdf (v: float[]) = normalCdf v |> Array.map (fun p -> (p - phi a) / z)
        $"truncatedNormal {a} {b}", Random.truncatedNormal (scalar a) (scalar b), mean, variance, cdf

    [
        "uniformBetween", Random.uniformBetween (scalar -2.0) (scalar 4.0), 1.0, 3.0, Array.map (fun v -> (v + 2.0) / 6.0)
        "normalWith", Random.normalWith (scalar 3.0) (scalar 0.5), 3.0, 0.25, Array.map (fun v -> (v - 3.0) / 0.5) >> normalCdf
        truncated -1.0 2.0
        truncated -0.1 infinity
        truncated -infinity infinity
        truncated -3.0 -2.9
        "exponential", Random.exponential (scalar 4.0), 0.25, 0.0625, Array.map (fun v -> 1.0 - exp (-4.0 * v))
        "laplace",
        Random.laplace (scalar 1.0) (scalar 2.0),
        1.0,
        8.0,
        Array.map (fun v -> let t = (v - 1.0) / 2.0 in (if t < 0.0 then 0.5 * exp t else 1.0 - 0.5 * exp -t))
        for alpha in [ 0.3; 2.5; 50.0 ] do
            $"gamma {alpha}", Random.gamma (scalar alpha), alpha, alpha, (fun v -> (gammainc (scalar alpha) (vector v)).ToDoubles())
        for a, b in [ 0.5, 0.5; 2.0, 5.0; 30.0, 0.8 ] do
            $"beta {a} {b}",
            Random.beta (scalar a) (scalar b),
            a / (a + b),
            a * b / ((a + b) ** 2.0 * (a + b + 1.0)),
            (fun v -> (betainc (scalar a) (scalar b) (vector v)).ToDoubles())
    ]

[<Fact>]
let ``continuous samples have their moments and distribution`` () =
    for i, (name, sampler, mean, variance, cdf) in List.indexed continuous do
        let x = draws sampler (int64 (100 + i))
        moments name mean variance x
        kolmogorov name cdf x[..19999]
        // float32 parameters give float32 samples, of the same distribution.
        let single = (sampler [ 20000 ] (Key.ofSeed 7L)).ToDoubles()
        kolmogorov $"{name}, another key" cdf single

[<Fact>]
let ``far tails are drawn exactly`` () =
    // Beyond a, z − a is nearly exponential of rate a: the distribution is 1 − erfc(z/√2) / erfc(a/√2).
    for a in [ 6.0; 20.0; 35.0 ] do
        let tail x = (erfc (vector x * sqrt 0.5)).ToDoubles()
        let all = (tail [| a |])[0]
        let x = (Random.truncatedNormal (scalar a) (scalar infinity) [ 20000 ] (Key.ofSeed 31L)).ToDoubles()
        kolmogorov $"above {a}" (tail >> Array.map (fun p -> 1.0 - p / all)) x
        let below = (Random.truncatedNormal (scalar -infinity) (scalar -a) [ 20000 ] (Key.ofSeed 31L)).ToDoubles()
        Assert.Equal<float[]>(x |> Array.map (fun v -> -v), below)

    let narrow = (Random.truncatedNormal (Tensor.scalar 3.0) (Tensor.scalar 3.001) [ 1000 ] (Key.ofSeed 32L)).ToDoubles()
    Assert.All(narrow, (fun v -> Assert.InRange(v, float 3.0f, float 3.001f)))

[<Fact>]
let ``Student's t has its distribution`` () =
    let one = draws (Random.studentT (scalar 1.0)) 41L
    kolmogorov "one degree is Cauchy's" (Array.map (fun v -> 0.5 + atan v / Math.PI)) one[..19999]
    let two = draws (Random.studentT (scalar 2.0)) 42L
    kolmogorov "two degrees" (Array.map (fun v -> 0.5 + v / (2.0 * sqrt (2.0 + v * v)))) two[..19999]
    moments "twelve degrees" 0.0 1.2 (draws (Random.studentT (scalar 12.0)) 43L)

[<Fact>]
let ``Dirichlet sums to one and has beta margins`` () =
    let alpha = f64 [ 3 ] [ 0.4; 2.0; 1.1 ]
    let x = Random.dirichlet alpha [ 20000 ] (Key.ofSeed 44L)
    Assert.Equal("float64[20000, 3]", string x.Type)
    closeValues "sums" 1e-12 (Array.replicate 20000 1.0) ((sumOver [ 1 ] x).ToDoubles())

    for k in 0..2 do
        let a = alpha[k]
        kolmogorov $"margin {k}" (fun v -> (betainc a (3.5 - a) (vector v)).ToDoubles()) ((item 1 k x).ToDoubles())

    // Shapes whose gamma variables are no numbers: all the mass at one corner.
    let tiny = Random.dirichlet (f64 [ 3 ] [ 1e-4; 1e-4; 1e-4 ]) [ 500 ] (Key.ofSeed 45L)
    closeValues "sums" 1e-12 (Array.replicate 500 1.0) ((sumOver [ 1 ] tiny).ToDoubles())
    chiSquare "corners" (Array.replicate 3 (1.0 / 3.0)) (counts 3 ((argmax 1 tiny).ToDoubles()))

[<Fact>]
let ``discrete samples have their probabilities`` () =
    let probabilities = [| 0.5; 0.0; 0.2; 0.3 |]
    let logits = Tensor.vector64 (probabilities |> Array.map log)
    let classes = draws (Random.categorical logits) 51L
    let found = counts 4 classes
    Assert.Equal(0, found[1])
    chiSquare "categorical" [| 0.5; 0.2; 0.3 |] [| found[0]; found[2]; found[3] |]
    Assert.Equal(DType.Int32, (Random.categorical logits [ 2 ] (Key.ofSeed 1L)).DType)
    meanOf "bernoulliWith" 0.3 (draws (Random.bernoulliWith (scalar 0.3)) 52L)
    let dice = draws (Random.integers 1 7) 53L |> Array.map (fun v -> v - 1.0)
    chiSquare "integers" (Array.replicate 6 (1.0 / 6.0)) (counts 6 dice)
    moments "poisson" 3.5 3.5 (draws (Random.poisson (Tensor.scalar 3.5)) 54L)
    Assert.Equal(DType.Int64, (Random.poisson (scalar 3.0) [] (Key.ofSeed 1L)).DType)

[<Fact>]
let ``each order of a permutation is as likely`` () =
    let orders = vmap (fun (k: Key) -> Random.permutation 4 k) (stackedKeys 24000 61L)

    let numbered =
        (sumOver [ 1 ] (orders * Tensor.ofArray [ 4 ] [| 64; 16; 4; 1 |])).ToDoubles() |> Array.countBy id |> Array.map snd

    Assert.Equal(24, numbered.Length)
    chiSquare "orders" (Array.replicate 24 (1.0 / 24.0)) numbered
    let rows = Tensor.ofArray [ 3; 2 ] [| 0; 1; 10; 11; 20; 21 |]
    let shuffled = Random.shuffle 0 rows (Key.ofSeed 62L)
    Assert.Equal<float[]>(rows.ToDoubles(), (sort 0 shuffled).ToDoubles())
    Assert.Equal<float[]>([| 1.0; 1.0; 1.0 |], (item 1 1 shuffled - item 1 0 shuffled).ToDoubles())

[<Fact>]
let ``choice draws by weight, with and without replacement`` () =
    let weights = [| 1.0; 2.0; 5.0; 0.0 |]
    let w = Some(Tensor.vector64 weights)
    let items = Tensor.arange 4
    let replaced = (Random.choice true w n items (Key.ofSeed 71L)).ToDoubles()
    chiSquare "with replacement" [| 0.125; 0.25; 0.625 |] (Array.take 3 (counts 4 replaced))
    chiSquare "all alike" (Array.replicate 4 0.25) (counts 4 ((Random.choice true None n items (Key.ofSeed 72L)).ToDoubles()))

    // Pairs without replacement: first i in proportion to the weights, then j in proportion to what is left.
    let pairs = vmap (fun (k: Key) -> Random.choice false w 2 items k) (stackedKeys 30000 73L)
    let numbered = (sumOver [ 1 ] (pairs * Tensor.ofArray [ 2 ] [| 3; 1 |])).ToDoubles()

    let probability i j = if i = j then 0.0 else weights[i] / 8.0 * weights[j] / (8.0 - weights[i])

    let expected = Array.init 9 (fun c -> probability (c / 3) (c % 3))
    let found = counts 9 numbered

    let possible =
        [|
            for c in 0..8 do
                if c / 3 <> c % 3 then
                    c
        |]

    Assert.Equal(30000, possible |> Array.sumBy (fun c -> found[c]))
    chiSquare "pairs" (possible |> Array.map (fun c -> expected[c])) (possible |> Array.map (fun c -> found[c]))
    // All of them are a permutation; rows stay whole, and derivatives reach them.
    let x = f64 [ 3; 2 ] [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ]
    let all = Random.choice false None 3 x (Key.ofSeed 74L)
    close "permutation" 0.0 x (sort 0 all)
    close "gradient" 0.0 (onesLike x) (grad (fun x -> sum (Random.choice false None 3 x (Key.ofSeed 74L))) x)

let private samplers: (string * (Tensor -> int list -> Key -> Tensor)) list =
    [
        "uniformBetween", (fun p -> Random.uniformBetween -p p)
        "normalWith", (fun p -> Random.normalWith p (square p))
        "truncatedNormal", (fun p -> Random.truncatedNormal -p (2.0 * p))
        "exponential", Random.exponential
        "laplace", (fun p -> Random.laplace p p)
        "gamma", Random.gamma
        "beta", (fun p -> Random.beta p (p + 1.0))
        "dirichlet", (fun p -> Random.dirichlet (stack -1 [ p; 2.0 * p; p + 0.5 ]))
        "studentT", Random.studentT
        "poisson", Random.poisson
        "bernoulliWith", (fun p -> Random.bernoulliWith (sigmoid p))
        "categorical", (fun p -> Random.categorical (stack -1 [ p; 2.0 * p; p + 0.5 ]))
    ]

[<Fact>]
let ``mapping over keys and over parameters is a loop`` () =
    let p = f64 [ 3 ] [ 0.4; 1.7; 12.0 ]

    for name, sampler in samplers do
        let key () = Key.ofSeed 81L
        let keys = Key.split 3 (Key.ofSeed 82L)
        let fresh () = Key.split 3 (Key.ofSeed 82L)
        let both = Key(stack 0 (keys |> Array.map _.Data))
        let looped = stack 0 (fresh () |> Array.map (sampler p[1] [ 5 ]))
        close $"{name}, keys" 0.0 looped (vmap (sampler p[1] [ 5 ]) both)
        let looped = stack 0 (List.init 3 (fun i -> sampler p[i] [ 5 ] (key ())))
        close $"{name}, parameters" 0.0 looped (vmap (fun (p: Tensor) -> sampler p [ 5 ] (key ())) p)
        let looped = stack 0 (fresh () |> Array.mapi (fun i k -> sampler p[i] [ 5 ] k))
        let both = Key(stack 0 (fresh () |> Array.map _.Data))
        close $"{name}, both" 0.0 looped (vmap (fun (p, k) -> sampler p [ 5 ] k) (p, both))

[<Fact>]
let ``a traced sampler takes its key as an argument`` () =
    for name, sampler in samplers do
        let run (xs: Tensor[]) = [| sampler xs[0] [ 4 ] (Key xs[1]) |]
        let p, key = f64 [ 4 ] [ 0.4; 1.7; 12.0; 3.0 ], (Key.ofSeed 91L).Data
        let struct (g, closedOver) = Trace.graph Eval.Cpu run [| p.Type; key.Type |]
        closeAll name 0.0 (run [| p; key |]) (Graph.run Eval.Cpu (Check.graph g) (Array.concat [ [| p; key |]; closedOver ]))

[<Fact>]
let ``parameters broadcast, give their dtype, and stand for the shape`` () =
    let column, row = Tensor.ofArray [ 3; 1 ] [| 1.0f; 2.0f; 3.0f |], Tensor.ofArray [ 2 ] [| 1.0f; 2.0f |]
    Assert.Equal("float32[3, 2]", string (Random.normalWith column row [] (Key.ofSeed 1L)).Type)
    Assert.Equal("float32[5, 3, 2]", string (Random.beta column row [ 5; 3; 2 ] (Key.ofSeed 1L)).Type)
    Assert.Equal("float64[3, 1]", string (Random.gamma (cast DType.Float64 column) [] (Key.ofSeed 1L)).Type)
    Assert.Equal("float32[2]", string (Random.exponential (Tensor.ofArray [ 2 ] [| 1; 2 |]) [] (Key.ofSeed 1L)).Type)
    Assert.Equal("float32[7, 3, 2]", string (Random.dirichlet (Tensor.ones [ 3; 2 ]) [ 7; 3 ] (Key.ofSeed 1L)).Type)
    Assert.Equal("int32[]", string (Random.categorical row [] (Key.ofSeed 1L)).Type)
    throws "DF0116" (fun () -> Random.normalWith column row [ 4 ] (Key.ofSeed 1L))

[<Fact>]
let ``half precision samples are rounded, and stay inside their bounds`` () =
    for dtype in [ DType.Float16; DType.BFloat16 ] do
        let p = cast dtype (scalar 2.0)

        for name, sampler in samplers do
            let wide, narrow = sampler (scalar 2.0) [ 500 ] (Key.ofSeed 95L), sampler p [ 500 ] (Key.ofSeed 95L)

            if DTypes.IsFloating wide.DType then
                Assert.Equal(dtype, narrow.DType)
                Assert.All(narrow.ToDoubles(), (fun v -> Assert.True(Double.IsFinite v, name)))

        Assert.Equal(DType.Int64, (Random.poisson p [ 3 ] (Key.ofSeed 96L)).DType)
        close "gamma" 0.0 (cast dtype (Random.gamma (scalar 2.0) [ 50 ] (Key.ofSeed 97L))) (Random.gamma p [ 50 ] (Key.ofSeed 97L))
