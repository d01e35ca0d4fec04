/// Training steps under the transformations: derivatives with respect to the learning rate, batches of rates, graphs.
module DeepFun.Core.Tests.HyperGradientTests

open System
open DeepFun
open DeepFun.FSharp
open Xunit

let private a = Tensor.ofArray [ 4; 3 ] [| 1.0; -0.5; 0.2; 0.3; 0.8; -1.0; -0.7; 0.4; 0.6; 0.9; -0.2; 0.1 |]
let private b = Tensor.vector64 [ 0.5; -1.0; 0.25; 0.75 ]

let private start: Params =
    Params.Of(
        struct ("weight", Tensor.vector64 [ 0.3; -0.6; 0.9 ]),
        // Behind a relu that never opens: a second moment of 0 must not spoil the derivative.
        struct ("unused", Tensor.vector64 [ 1.0; 2.0 ])
    )

let private lossOf (a: Tensor) (b: Tensor) (p: Params) : Tensor =
    mean (square (tanh (matmul a p["weight"]) - b)) + sum (relu (p["unused"] * sum p["weight"] - 100.0))

let private loss = lossOf a b

/// The loss after some steps of an optimizer.
let private train (loss: Params -> Tensor) (start: Params) (steps: int) (o: Optimizer) : Tensor =
    let step (p, s) _ =
        let u, s = o.Update (grad loss p) s p
        Optimizer.apply u p, s

    Seq.fold step (start, o.Init start) [ 1..steps ] |> fst |> loss

/// Muon's matrices stand among the compiled steps: here is none. A plateau and noise have no learning rate of their own.
let private optimizers: (string * (Tensor -> Optimizer)) list =
    [
        for name, make in Catalogue.optimizers do
            if not (List.contains name [ "muon"; "mean"; "plateau"; "noise" ]) then
                name, (fun (rate: Tensor) -> make (Schedule.ofTensor rate))

        "scheduled adam", (fun rate -> Optimizers.adam (Schedule.times rate (Schedule.cosineDecay 1.0 5 0.1)))
    ]

let names: TheoryData<string> =
    let data = TheoryData<string>()
    optimizers |> List.iter (fst >> data.Add)
    data

let private find name = optimizers |> List.find (fst >> (=) name) |> snd

[<Theory; MemberData(nameof names)>]
let ``the derivative of three steps in the learning rate is the finite difference`` (name: string) =
    let f (rate: Tensor) = train loss start 3 (find name rate)
    let rate, h = 0.07, 1e-5
    let at (x: float) = (f (Tensor.scalar64 x)).ToDouble()
    let across h = (at (rate + h) - at (rate - h)) / (2.0 * h)
    // Fourth order: some of these curves bend too much for second.
    let difference = (4.0 * across h - across (2.0 * h)) / 3.0
    let x = Tensor.scalar64 rate
    let reverse = (grad f x).ToDouble()
    let forward = (snd (jvp f x (onesLike x))).ToDouble()
    Assert.True(abs difference > 1e-3, "the rate matters")
    Assert.True(abs (reverse - difference) < 1e-7 * max 1.0 (abs difference), $"{reverse}, difference {difference}")
    Assert.True(abs (forward - reverse) < 1e-11 * max 1.0 (abs reverse), $"forward {forward}, reverse {reverse}")

[<Theory; InlineData("sgd"); InlineData("adam")>]
let ``the second derivative too`` (name: string) =
    let f (rate: Tensor) = train loss start 3 (find name rate)
    let rate, h = 0.07, 1e-5
    let slope (x: float) = (grad f (Tensor.scalar64 x)).ToDouble()
    let difference = (slope (rate + h) - slope (rate - h)) / (2.0 * h)
    let second = (grad (grad f) (Tensor.scalar64 rate)).ToDouble()
    Assert.True(abs (second - difference) < 1e-6 * max 1.0 (abs difference), $"{second}, difference {difference}")

[<Theory; MemberData(nameof names)>]
let ``a batch of learning rates trains as one after another`` (name: string) =
    let start = Tree.map (cast DType.Float32) start
    let loss = lossOf (cast DType.Float32 a) (cast DType.Float32 b)
    let f (rate: Tensor) = train loss start 5 (find name rate)
    let rates = [ 0.001; 0.01; 0.1; 0.3 ]
    let together = (vmap f (Tensor.vector rates)).ToDoubles()
    let alone = rates |> List.map (fun r -> (f (Tensor.scalar r)).ToDouble())
    Assert.True((List.distinct alone).Length = rates.Length)

    for x, y in Seq.zip together alone do
        Assert.True(abs (x - y) <= 1e-6 * max 1.0 (abs y), $"{name}: {x}, alone {y}")

[<Fact>]
let ``Adam makes twelve passes over a large leaf when traced`` () =
    let shape = Shape.Create(ReadOnlySpan [| 50; 40 |])
    let o = Optimizers.adam 0.001
    let p = Params.Of(struct ("weight", Tensor.ones shape))
    let state = o.Init p
    let leaves = Tree.leaves (p, state)

    let f (xs: Tensor[]) =
        let p, state = Tree.rebuild (p, state) xs
        Tree.leaves (o.Update p state p)

    let struct (graph, _) = Trace.graph leaves[0].Interpreter f (leaves |> Array.map _.Type)

    let passes =
        graph.Equations
        |> Array.filter (fun e ->
            match e.Operation with
            | Operation.Prim(Prim.Unary _ | Prim.Binary _) -> Shape.Same(graph.Types[e.Outputs[0]].Shape, shape)
            // Constants and repeated numbers are views; anything else over the leaf would count.
            | Operation.Prim(Prim.Generate _ | Prim.Move(Move.Broadcast _)) -> false
            | _ -> Shape.Same(graph.Types[e.Outputs[0]].Shape, shape))

    // 3 for m, 4 for v, 4 for the updates, and the guard of the root, which plain data do without.
    Assert.Equal(12, passes.Length)
