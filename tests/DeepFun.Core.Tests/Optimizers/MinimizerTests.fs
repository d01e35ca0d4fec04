/// Minimizers on problems whose answers are known, eager and compiled.
module DeepFun.Core.Tests.MinimizerTests

open System
open DeepFun
open DeepFun.FSharp
open Xunit

let private vector name values = struct (name, Tensor.vector64 values)
let private start = Params.Of(vector "a" [ -1.2; 0.5 ], vector "b" [ 1.0; -0.3 ])
let private numbers (p: Params) : float[] = p.Entries |> Seq.collect (fun e -> e.Value.ToDoubles()) |> Array.ofSeq

let private close (tolerance: float) (expected: float[]) (came: float[]) =
    Assert.Equal(expected.Length, came.Length)

    for e, c in Array.zip expected came do
        Assert.True(abs (c - e) <= tolerance * max 1.0 (abs e), $"{c}, expected {e}")

let private residuals (p: Params) : Tensor =
    let a, b = p["a"], p["b"]
    stack 0 [ sqrt 200.0 * (b - square a); sqrt 2.0 * (1.0 - a) ]

/// 100 Σ (b − a²)² + Σ (1 − a)²: half the squares of the residuals.
let private rosenbrock (p: Params) : Tensor =
    let a, b = p["a"], p["b"]
    100.0 * sum (square (b - square a)) + sum (square (1.0 - a))

let private scales = Tensor.vector64 [ 1.0; 4.0 ]
let private quadratic (p: Params) : Tensor = 0.5 * (sum (scales * square (p["a"] - 1.0)) + 3.0 * sum (square (p["b"] + p["a"])))

let private all: (string * Minimizer * (Params -> Tensor)) list =
    [
        "ofOptimizer", Minimizer.ofOptimizer (Optimizers.adam 0.1), rosenbrock
        "reduceOnPlateau", Minimizers.reduceOnPlateau (Optimizers.sgd 0.01, patience = 1), quadratic
        "sam", Minimizers.sam (Optimizers.sgd 0.01), quadratic
        "sam adaptive", Minimizers.sam (Optimizers.sgd 0.01, adaptive = true, radius = 0.5), quadratic
        "sophia", Minimizers.sophia (0.05, Key.ofSeed 4L, every = 2), quadratic
        "lbfgs", Minimizers.lbfgs (), rosenbrock
        "lbfgs to the end", Minimizers.lbfgs (tolerance = 1e-18), rosenbrock
        "newton", Minimizers.newton (), rosenbrock
        "newton damped", Minimizers.newton (damping = 0.1), rosenbrock
        "gaussNewton", Minimizers.gaussNewton (), residuals
        "levenbergMarquardt", Minimizers.levenbergMarquardt (), residuals
    ]

let names: TheoryData<string> =
    let data = TheoryData<string>()
    all |> List.iter (fun (name, _, _) -> data.Add name)
    data

[<Theory; MemberData(nameof names)>]
let ``a compiled step gives the same numbers, and goes down`` (name: string) =
    let _, m, f = all |> List.find (fun (n, _, _) -> n = name)
    let step (p: Params, s: Params) = m.Step f s p
    let compiled = compile step
    let mutable a = start, m.Init start
    let mutable b = a
    let first = (snd (step a)).["value"].ToDouble()

    for _ in 1..6 do
        a <- step a
        b <- compiled.Invoke b

    close 1e-8 (numbers (fst a)) (numbers (fst b))
    close 1e-8 (numbers (snd a)) (numbers (snd b))
    Assert.Single compiled.Compilations |> ignore
    let last = (snd (step a)).["value"].ToDouble()
    Assert.True(last < first, $"{name}: {first}, then {last}")

[<Theory>]
[<InlineData("lbfgs to the end", 80)>]
[<InlineData("newton", 80); InlineData("gaussNewton", 30); InlineData("levenbergMarquardt", 60)>]
let ``the valley's bottom is found`` (name: string) (steps: int) =
    let _, m, f = all |> List.find (fun (n, _, _) -> n = name)
    let p, state = Minimizer.run steps m f start
    close 1e-7 [| 1.0; 1.0; 1.0; 1.0 |] (numbers p)
    Assert.True(state["value"].ToDouble() < 1e-14)

[<Fact>]
let ``Newton solves a quadratic, and float32 parameters too`` () =
    let p, _ = Minimizer.run 15 (Minimizers.newton ()) quadratic start
    close 1e-9 [| 1.0; 1.0; -1.0; -1.0 |] (numbers p)
    let single = Tree.map (cast DType.Float32) start
    let p, state = Minimizer.run 15 (Minimizers.newton ()) quadratic single
    Assert.Equal(DType.Float32, p["a"].DType)
    Assert.Equal(DType.Float32, state["value"].DType)
    close 1e-5 [| 1.0; 1.0; -1.0; -1.0 |] (numbers p)

[<Fact>]
let ``Newton goes down where the function curves downwards`` () =
    let f (p: Params) = sum (square (square p["a"] - 1.0)) + sum (square p["b"])
    let start = Params.Of(vector "a" [ 0.1; -0.2 ], vector "b" [ 0.0; 0.5 ])
    let p, _ = Minimizer.run 25 (Minimizers.newton ()) f start
    close 1e-6 [| 1.0; -1.0; 0.0; 0.0 |] (numbers p)

[<Fact>]
let ``Gauss and Newton's few steps solve linear least squares`` () =
    let random = Random 5
    let a = Tensor.ofArray [ 8; 3 ] (Array.init 24 (fun _ -> random.NextDouble() - 0.5))
    let b = Tensor.ofArray [ 8 ] (Array.init 8 (fun _ -> random.NextDouble()))
    let f (p: Params) = matmul a p["w"] - b
    let p, _ = Minimizer.run 6 (Minimizers.gaussNewton ()) f (Params.Of(vector "w" [ 0.0; 0.0; 0.0 ]))
    close 1e-8 ((lstsq a b).ToDoubles()) (numbers p)

[<Fact>]
let ``at a minimum nobody moves`` () =
    let bottom = Params.Of(vector "a" [ 1.0; 1.0 ], vector "b" [ 1.0; 1.0 ])

    for name, m, f in all do
        if List.contains name [ "lbfgs"; "newton"; "gaussNewton"; "levenbergMarquardt" ] then
            let p, _ = Minimizer.run 3 m f bottom
            close 0.0 (numbers bottom) (numbers p)

[<Fact>]
let ``a step into a region without values is shortened`` () =
    // Left of 0 there is NaN, and the first steps lead there.
    let f (p: Params) = sum (p["a"] - log p["a"]) * 50.0 + sum (square p["b"])
    let start = Params.Of(vector "a" [ 4.0; 9.0 ], vector "b" [ 0.5; 2.0 ])

    for m in [ Minimizers.lbfgs (); Minimizers.newton () ] do
        let p, _ = Minimizer.run 30 m f start
        close 1e-5 [| 1.0; 1.0; 0.0; 0.0 |] (numbers p)

[<Fact>]
let ``SAM follows its equation`` () =
    let h = [| 1.0; 4.0 |]
    let f (p: Params) = 0.5 * sum (Tensor.vector64 h * square p["a"])

    for adaptive in [ false; true ] do
        let m = Minimizers.sam (Optimizers.sgd (Schedule.ofTensor (Tensor.scalar64 0.05)), radius = 0.3, adaptive = adaptive)

        let byHand (w: float[]) =
            let g = Array.map2 (*) h w
            let t = w |> Array.map (fun w -> if adaptive then abs w else 1.0)
            let norm = sqrt (Array.map2 (fun t g -> t * t * g * g) t g |> Array.sum)
            let worst = Array.init 2 (fun i -> w[i] + 0.3 * t[i] * t[i] * g[i] / norm)
            Array.init 2 (fun i -> w[i] - 0.05 * h[i] * worst[i])

        let mutable p, state = let p = Params.Of(vector "a" [ -1.2; 0.5 ]) in p, m.Init p
        let mutable w = [| -1.2; 0.5 |]

        for _ in 1..100 do
            let p', state' = m.Step f state p
            p <- p'
            state <- state'
            w <- byHand w
            close 1e-10 w (numbers p)

[<Fact>]
let ``Sophia follows its equation`` () =
    let curvature = [| 1.0; 4.0; 0.0 |]
    let f (p: Params) = 0.5 * sum (Tensor.vector64 curvature * square p["a"]) + sum p["a"]

    let m =
        Minimizers.sophia (
            Schedule.ofTensor (Tensor.scalar64 0.05),
            Key.ofSeed 9L,
            beta1 = 0.8,
            beta2 = 0.7,
            gamma = 0.5,
            every = 3,
            weightDecay = 0.1
        )

    let mutable key = Key.ofSeed 9L
    let mutable w = [| -1.2; 0.5; 2.0 |]
    let mutable mean = Array.zeroCreate<float> 3
    let mutable h = Array.zeroCreate<float> 3
    let mutable p, state = let p = Params.Of(vector "a" w) in p, m.Init p

    for t in 0..99 do
        let p', state' = m.Step f state p
        p <- p'
        state <- state'
        // One key a leaf, and one to go on with.
        let keys = Key.split 2 key
        key <- keys[1]

        if t % 3 = 0 then
            let u = (Random.normal64 [ 3 ] keys[0]).ToDoubles()
            h <- Array.init 3 (fun i -> 0.7 * h[i] + 0.3 * u[i] * curvature[i] * u[i])

        mean <- Array.init 3 (fun i -> 0.8 * mean[i] + 0.2 * (curvature[i] * w[i] + 1.0))
        w <- Array.init 3 (fun i -> w[i] - 0.05 * (0.1 * w[i] + Math.Clamp(mean[i] / max (0.5 * h[i]) 1e-12, -1.0, 1.0)))
        close 1e-10 w (numbers p)

[<Fact>]
let ``a plateau shrinks the steps`` () =
    // Steps of this size jump over the bottom for ever.
    let f (p: Params) = sum (abs p["a"])
    let start = Params.Of(vector "a" [ 1.03 ])
    let m = Minimizers.reduceOnPlateau (Optimizers.sgd 0.2, factor = 0.5, patience = 2)
    let p, state = Minimizer.run 120 m f start
    Assert.True(abs (p["a"].ToDouble()) < 1e-3, string (p["a"].ToDouble()))
    Assert.True((Plateau.scaleOf state).ToDouble() < 0.01)

[<Fact>]
let ``constants among the parameters stay`` () =
    let f (p: Params) = sum (square (p["a"] * cast DType.Float64 p["n"] - 6.0))
    let start = Params.Of(vector "a" [ 1.0; 2.0 ], struct ("n", Tensor.ofArray [ 2 ] [| 2; 3 |]))

    for m in
        [
            Minimizers.lbfgs ()
            Minimizers.newton ()
            Minimizers.sophia (0.1, Key.ofSeed 1L)
            Minimizers.sam (Optimizers.sgd 0.01)
        ] do
        let p, _ = Minimizer.run 5 m f start
        Assert.Equal<int[]>([| 2; 3 |], p["n"].ToArray<int>())
        Assert.NotEqual(1.0, p["a"].ToDoubles()[0])

[<Theory; InlineData("lbfgs"); InlineData("newton"); InlineData("gaussNewton"); InlineData("levenbergMarquardt"); InlineData("sam")>]
let ``a batch of starts goes down as one after another`` (name: string) =
    let _, m, f = all |> List.find (fun (n, _, _) -> n = name)

    let reached (a: Tensor) =
        let p, _ = Minimizer.run 4 m f (Params.Of(struct ("a", a), vector "b" [ 1.0; -0.3 ]))
        concat 0 [ p["a"]; p["b"] ]

    let starts = Tensor.ofArray [ 3; 2 ] [| -1.2; 0.5; 2.0; 1.0; 0.3; -0.9 |]
    let together = vmap reached starts

    for i in 0..2 do
        close 1e-7 ((reached (item 0 i starts)).ToDoubles()) ((item 0 i together).ToDoubles())

[<Theory; InlineData("sam"); InlineData("sam adaptive"); InlineData("sophia"); InlineData("muon"); InlineData("plateau")>]
let ``the derivative of three steps in the rate is the finite difference`` (name: string) =
    let turn = Tensor.ofArray [ 2; 2 ] [| 1.0; -0.5; 0.25; 2.0 |]
    let f (p: Params) = sum (square (tanh (matmul p["w"] turn) - 0.5)) + sum (square p["b"])
    let start = Params.Of(struct ("w", Tensor.ofArray [ 2; 2 ] [| 0.3; -0.7; 1.1; 0.2 |]), vector "b" [ 1.0; -0.5 ])

    let reached (rate: Tensor) =
        let rate = Schedule.ofTensor rate

        let m =
            match name with
            | "sam" -> Minimizers.sam (Optimizers.momentum rate, radius = 0.1)
            | "sam adaptive" -> Minimizers.sam (Optimizers.momentum rate, radius = 0.1, adaptive = true)
            | "sophia" -> Minimizers.sophia (rate, Key.ofSeed 5L, gamma = 20.0, every = 2)
            | "muon" -> Minimizer.ofOptimizer (Optimizers.muon rate)
            | _ -> Minimizers.reduceOnPlateau (Optimizers.sgd rate, patience = 0)

        Minimizer.run 3 m f start |> fst |> f

    let at (x: float) = (reached (Tensor.scalar64 x)).ToDouble()
    let difference = (at (0.03 + 1e-5) - at (0.03 - 1e-5)) / 2e-5
    let slope = (grad reached (Tensor.scalar64 0.03)).ToDouble()
    Assert.True(abs difference > 1e-2)
    Assert.True(abs (slope - difference) < 1e-6 * max 1.0 (abs difference), $"{slope}, difference {difference}")

[<Fact>]
let ``Levenberg and Marquardt's damping comes back from 0`` () =
    // Gauss and Newton's steps for the arcus tangent leap ever further from 3: only damping turns them round.
    let f (p: Params) = atan p["a"]
    let m = Minimizers.levenbergMarquardt (damping = 0.0)
    let p, state = Minimizer.run 60 m f (Params.Of(vector "a" [ 3.0 ]))
    close 1e-9 [| 0.0 |] (numbers p)
    Assert.InRange(state["damping"].ToDouble(), 1e-12, 1e12)

[<Theory; InlineData(true); InlineData(false)>]
let ``Levenberg and Marquardt's damping comes back from steps that brought nothing`` (isSingle: bool) =
    let m = Minimizers.levenbergMarquardt ()
    let like = Tree.map (cast (if isSingle then DType.Float32 else DType.Float64))
    let from goal (p: Params) = p["a"] - fullLike goal p["a"]
    let steps count goal (p, s) = Seq.fold (fun (p, s) _ -> m.Step (from goal) s p) (p, s) (seq { 1..count })
    let start = like (Params.Of(vector "a" [ 1.0 ]))
    // At the minimum nothing is better, step after step; then the function changes, as with other data.
    let resting, state = (start, m.Init start) |> steps 400 1.0
    close 0.0 [| 1.0 |] (numbers resting)
    Assert.InRange(state["damping"].ToDouble(), 0.9e-12, 1.1e12)
    let reached, _ = (resting, state) |> steps 40 2.0
    close 1e-6 [| 2.0 |] (numbers reached)

[<Fact>]
let ``Levenberg and Marquardt's damping stays finite where every step is worse`` () =
    let f (p: Params) = p["a"] / fullLike 0.0 p["a"]
    let p, state = Minimizer.run 400 (Minimizers.levenbergMarquardt ()) f (Params.Of(vector "a" [ 1.0 ]))
    close 0.0 [| 1.0 |] (numbers p)
    Assert.Equal(1e12, state["damping"].ToDouble())
