/// The parts of optimizers against their equations in plain numbers, and the laws that they keep.
module DeepFun.Core.Tests.TransformTests

open System
open DeepFun
open DeepFun.FSharp
open FsCheck.Xunit
open Xunit

let private tree (weight: float[]) (bias: float[]) : Params =
    Params.Of(struct ("weight", Tensor.vector64 weight), struct ("bias", Tensor.vector64 bias))

let private numbers (p: Params) : float[] = p.Entries |> Seq.collect (fun e -> e.Value.ToDoubles()) |> Array.ofSeq

let private close (expected: float[]) (came: float[]) =
    Assert.Equal(expected.Length, came.Length)

    for e, c in Array.zip expected came do
        Assert.True(abs (c - e) <= 1e-12 * max 1.0 (abs e), $"{c}, expected {e}")

let private p0 = tree [| 1.0; -2.0; 0.5 |] [| 4.0; 0.0 |]
let private g0 = tree [| 0.3; -0.4; 1.2 |] [| 0.0; -2.0 |]
let private norm xs = sqrt (Array.sumBy (fun x -> x * x) xs)

/// The updates of a part on these gradients, one after another.
let private run (part: Optimizer) (gradients: Params list) =
    gradients |> List.mapFold (fun state g -> part.Update g state p0) (part.Init p0) |> fst |> List.map numbers

let private gradients = [ for k in 1..6 -> g0 |> Tree.map (fun g -> g * (float k * if k % 2 = 0 then -0.5 else 1.0)) ]

[<Fact>]
let ``scales follow their equations`` () =
    for u, g in List.zip (run (Transform.scale -3.0) gradients) gradients do
        close (numbers g |> Array.map ((*) -3.0)) u

    // 0.5ᵏ is exact in float32.
    let schedule = Schedule.exponentialDecay 1.0 0.5 1

    for k, (u, g) in List.indexed (List.zip (run (Transform.scaleBySchedule schedule) gradients) gradients) do
        close (numbers g |> Array.map ((*) (0.5 ** float k))) u

    for k, (u, g) in List.indexed (List.zip (run (Transform.scaleByLearningRate schedule) gradients) gradients) do
        close (numbers g |> Array.map ((*) -(0.5 ** float k))) u

/// A part as a fold over one number's gradients, written in plain numbers.
let private scalarFold (step: 's -> float -> 's * float) (start: 's) : float[] list =
    let next s g =
        let s, u = step s g
        u, s

    gradients
    |> List.map numbers
    |> List.mapFold (fun states gs -> Array.map2 next states gs |> Array.unzip) (numbers g0 |> Array.map (fun _ -> start))
    |> fst

[<Fact>]
let ``moments follow the papers' equations`` () =
    let check (part: Optimizer) expected = List.iter2 close expected (run part gradients)
    check (Momentum.trace 0.7) (scalarFold (fun m g -> let m = 0.7 * m + g in m, m) 0.0)
    check (Momentum.nesterov 0.7) (scalarFold (fun m g -> let m = 0.7 * m + g in m, g + 0.7 * m) 0.0)

    let rms v g =
        let v = 0.8 * v + 0.2 * g * g
        v, g / (sqrt v + 1e-3)

    check (Adaptive.scaleByRms 0.8 1e-3 false) (scalarFold rms 0.0)

    let centered (m, v) g =
        let m, v = 0.8 * m + 0.2 * g, 0.8 * v + 0.2 * g * g
        (m, v), g / (sqrt (v - m * m) + 1e-3)

    check (Adaptive.scaleByRms 0.8 1e-3 true) (scalarFold centered (0.0, 0.0))

    for beta1, beta2 in [ 0.9, 0.999; 0.5, 0.75; 0.0, 0.9; 0.9, 0.0 ] do
        let adam (t, m, v) g =
            let t, m, v = t + 1.0, beta1 * m + (1.0 - beta1) * g, beta2 * v + (1.0 - beta2) * g * g
            (t, m, v), m / (1.0 - beta1 ** t) / (sqrt (v / (1.0 - beta2 ** t)) + 1e-6)

        check (Adaptive.scaleByAdam beta1 beta2 1e-6) (scalarFold adam (0.0, 0.0, 0.0))

[<Fact>]
let ``centered moments stay finite when the gradient stops changing`` () =
    // v − m² tends to 0 here, from means that fall, and rounding takes it below.
    let g = Params.Of(struct ("weight", Tensor.linspace 0.01 1.0 400))
    let part = Adaptive.scaleByRms 0.9 1e-4 true

    let step state k =
        let u, state = part.Update (if k < 20 then Tree.map (fun t -> 3.0 * t) g else g) state g
        numbers u, state

    let updates, _ = List.mapFold step (part.Init g) [ 1..500 ]
    let sizes = updates |> List.map (Array.map abs)
    Assert.All(Array.concat sizes, (fun x -> Assert.True(Double.IsFinite x)))
    Assert.All(List.last sizes, (fun x -> Assert.True(x > 1.0)))

[<Fact>]
let ``decay follows its equation and its mask`` () =
    let all, _ = (Transform.addDecayedWeights 0.1 (fun _ -> true)).Update g0 Params.Empty p0
    close (Array.map2 (fun g p -> g + 0.1 * p) (numbers g0) (numbers p0)) (numbers all)
    let some, _ = (Transform.addDecayedWeights 0.1 (fun path -> path = "weight")).Update g0 Params.Empty p0
    close (numbers (all.Part "weight")) (numbers (some.Part "weight"))
    close (numbers (g0.Part "bias")) (numbers (some.Part "bias"))

[<Fact>]
let ``adamW is Adam, then decay, then the rate`` () =
    let rate = Schedule.cosineDecay 0.125 10 0.5
    let mask = fun path -> path = "weight"

    let parts =
        Optimizer.chain [ Adaptive.scaleByAdam 0.9 0.999 1e-8; Transform.addDecayedWeights 0.25 mask; Transform.scaleByLearningRate rate ]

    List.iter2 close (run parts gradients) (run (Optimizers.adamW (rate, weightDecay = 0.25, mask = mask)) gradients)

    let adam = Optimizer.chain [ Adaptive.scaleByAdam 0.9 0.999 1e-8; Transform.scaleByLearningRate rate ]
    List.iter2 close (run adam gradients) (run (Optimizers.adam rate) gradients)

let private finite (xs: float[]) = xs |> Array.map (fun x -> if Double.IsFinite x then Math.Clamp(x, -1e6, 1e6) else 1.0)

let private clip (part: Optimizer) (g: Params) = fst (part.Update g Params.Empty p0)

[<Property>]
let ``clipping by value is a clamp`` (xs: float[]) (limit: byte) =
    let xs, limit = finite xs, 0.5 + float limit
    let came = numbers (clip (Clipping.byValue limit) (tree xs [| 0.25 |]))
    close (Array.append xs [| 0.25 |] |> Array.map (fun x -> Math.Clamp(x, -limit, limit))) came

[<Property>]
let ``clipping by the global norm keeps direction and small updates, and limits the norm`` (xs: float[]) (ys: float[]) (limit: byte) =
    let limit = 0.5 + float limit
    let g = tree (finite xs) (finite ys)
    let before, came = numbers g, numbers (clip (Clipping.byGlobalNorm limit) g)
    let n = norm before
    // Below the limit bit for bit.
    if n < limit * (1.0 - 1e-9) then
        Assert.Equal<float[]>(before, came)
    elif n > limit * (1.0 + 1e-9) then
        close (before |> Array.map (fun x -> x * limit / n)) came

    norm came <= limit * (1.0 + 1e-9)

[<Property>]
let ``clipping by norm is clipping by the global norm of each leaf`` (xs: float[]) (ys: float[]) =
    let xs, ys = finite xs, finite ys
    let came = clip (Clipping.byNorm 1.5) (tree xs ys)
    let alone name values = numbers (clip (Clipping.byGlobalNorm 1.5) (Params.Of(struct (name, Tensor.vector64 values))))
    close (alone "weight" xs) (numbers (came.Part "weight"))
    close (alone "bias" ys) (numbers (came.Part "bias"))

[<Fact>]
let ``clipping has finite derivatives at zero, even where it clips nothing`` () =
    for part in [ Clipping.byGlobalNorm 1.0; Clipping.byNorm 1.0; Clipping.byValue 1.0 ] do
        let slopes = grad (fun (g: Params) -> sum ((clip part g).Item "weight")) (Tree.map zerosLike g0)
        close [| 1.0; 1.0; 1.0; 0.0; 0.0 |] (numbers slopes)

[<Fact>]
let ``parts act in the order of the chain`` () =
    let clipped = Optimizer.chain [ Transform.scale 10.0; Clipping.byValue 1.0 ]
    let scaled = Optimizer.chain [ Clipping.byValue 1.0; Transform.scale 10.0 ]
    close [| 1.0; -1.0; 1.0; 0.0; -1.0 |] (run clipped [ g0 ]).Head
    close [| 3.0; -4.0; 10.0; 0.0; -10.0 |] (run scaled [ g0 ]).Head
    close (numbers g0) (run (Optimizer.chain []) [ g0 ]).Head

let private everyOptimizer: Optimizer list =
    Optimizer.chain [ Clipping.byGlobalNorm 1.0; Optimizers.adam (Schedule.warmupCosine 0.1 3 10 0.0) ]
    :: List.map snd Catalogue.all

[<Fact>]
let ``a state is a tree that goes out and back`` () =
    for o in everyOptimizer do
        let _, state = o.Update g0 (o.Init p0) p0
        let again = Tree.rebuild state (Tree.leaves state)
        let a, _ = o.Update g0 state p0
        let b, _ = o.Update g0 again p0
        Assert.Equal<float[]>(numbers a, numbers b)
        Assert.Equal(Tree.structure (o.Init p0), Tree.structure state)
        // The new state has the types of the first one: a compiled step needs no second compilation.
        Assert.Equal((o.Init p0).ToString(), state.ToString())

[<Fact>]
let ``leaves keep their dtype and constants stay`` () =
    let mixed =
        Params.Of(
            struct ("half", Tensor.vector [ 1.0; 2.0 ]),
            struct ("double", Tensor.vector64 [ 3.0 ]),
            struct ("table", Tensor.ofArray [ 2 ] [| 5; 6 |])
        )

    let g =
        Params.Of(
            struct ("half", Tensor.ones [ 2 ]),
            struct ("double", Tensor.vector64 [ 1.0 ]),
            struct ("table", Tensor.ofArray [ 2 ] [| 0; 0 |])
        )

    for o in everyOptimizer do
        let u, s = o.Update g (o.Init mixed) mixed
        let before = Optimizer.apply u mixed
        let u, s = o.Update g s before
        let after = Optimizer.apply u before
        Assert.Equal(DType.Float32, after["half"].DType)
        Assert.Equal(DType.Float64, after["double"].DType)
        Assert.Equal<int[]>([| 5; 6 |], after["table"].ToArray<int>())
        Assert.True(after["double"].ToDouble() < 3.0, o.Name)

        if o.Name.EndsWith "mean" || o.Name.Contains "ema" || o.Name.StartsWith "scheduleFree" then
            Assert.Equal<int[]>([| 5; 6 |], (Averaging.parameters s).["table"].ToArray<int>())

[<Fact>]
let ``other trees and options are refused`` () =
    let code (f: unit -> obj) = Assert.Throws<DeepFunException>(f >> ignore).Code
    let wider = Params.Of(struct ("weight", Tensor.vector64 [ 1.0 ]), struct ("bias", Tensor.vector64 [ 1.0; 2.0 ]))
    let renamed = Params.Of(struct ("kernel", g0["weight"]), struct ("bias", g0["bias"]))

    for o in [ Momentum.trace 0.9; Adaptive.scaleByAdam 0.9 0.99 1e-8; Adaptive.scaleByRms 0.9 1e-8 true; Optimizers.adamW 0.1 ] do
        for wrong in [ wider; renamed; g0.Part "weight" ] do
            Assert.Equal("DF0302", code (fun () -> o.Update wrong (o.Init p0) p0))

    Assert.Equal("DF0902", code (fun () -> Optimizers.adam (0.1, beta1 = 1.0)))
    Assert.Equal("DF0902", code (fun () -> Optimizers.adam (0.1, epsilon = nan)))
    Assert.Equal("DF0902", code (fun () -> Optimizers.momentum (0.1, -0.1)))
    Assert.Equal("DF0902", code (fun () -> Optimizers.rmsprop (0.1, alpha = 1.5)))
    Assert.Equal("DF0902", code (fun () -> Optimizers.adamW (0.1, weightDecay = -1.0)))
    Assert.Equal("DF0902", code (fun () -> Clipping.byGlobalNorm 0.0))
