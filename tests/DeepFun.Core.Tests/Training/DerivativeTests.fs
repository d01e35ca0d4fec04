/// Training steps under derivatives and batches: a step owns a scope, and nothing that a tape needs may be returned with it.
module DeepFun.Core.Tests.Training.DerivativeTests

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// Tensors over 1 KB are native: only those can be returned too early.
let private data = Dataset(numbers 1 [ 32; 16 ], numbers 2 [ 32; 8 ])

let private recipe (optimizer: Optimizer) : Recipe =
    {
        Model = Layers.dense 32 --> Layers.batchNorm --> Layers.tanh --> Layers.dropout 0.1 --> Layers.dense 8
        Loss = Losses.meanSquaredError
        Optimizer = optimizer
        Metrics = [ Metrics.meanAbsoluteError ]
        Penalty = Some(Penalties.l2 1e-3 Penalties.weights)
    }

/// The first state, in float64 throughout.
let private init (recipe: Recipe) : TrainingState =
    let s = Training.init recipe data.InputShape (Key.ofSeed 5L)
    let parameters = double s.Params

    { s with
        Params = parameters
        ModelState = double s.ModelState
        OptimizerState = recipe.Optimizer.Init parameters
    }

/// With the batch's own statistics: running statistics are not differentiated.
let private lossOf (recipe: Recipe) (s: TrainingState) : Tensor =
    let predictions, _ = recipe.Model.Apply (Mode.Training(Key.ofSeed 6L)) s.Params s.ModelState data.Inputs
    recipe.Loss.Value(predictions, data.Targets)

/// The ways to take two steps on halves of the data.
let private ways: Map<string, Recipe -> TrainingState -> TrainingState> =
    let halves = [ data.Slice(0, 16); data.Slice(16, 32) ]

    Map
        [
            "step", (fun recipe s -> (s, halves) ||> List.fold (fun s half -> fst (Training.step recipe s half)))
            "update", (fun recipe s -> (s, halves) ||> List.fold (fun s half -> fst (Training.update recipe s half)))
            "loop", (fun recipe s -> Loop.run { FitOptions.Default with BatchSize = 16; Shuffle = false } recipe s data |> last s)
        ]

/// With the usual ε Adam's first step is nearly the gradient's sign, of which no finite difference makes sense.
let private optimizer (i: int) (rate: Tensor) : Optimizer =
    match i with
    | 0 -> Optimizers.sgd rate
    | 1 -> Optimizers.momentum rate
    | 2 -> Optimizers.adam (rate, epsilon = 0.02)
    | _ -> Optimizers.adamW (rate, epsilon = 0.02)

let names: TheoryData<string, int> =
    let data = TheoryData<string, int>()

    for name in ways.Keys do
        for i in 0..3 do
            data.Add(name, i)

    data

/// Fourth-order central difference of a function of a number.
let private slope (h: float) (f: float -> float) =
    let across h = (f h - f -h) / (2.0 * h)
    (4.0 * across h - across (2.0 * h)) / 3.0

let private near (tolerance: float) (expected: float) (came: float) =
    Assert.True(abs (expected - came) <= tolerance * max 1.0 (abs expected), $"{came}, expected {expected}")

[<Theory; MemberData(nameof names)>]
let ``the loss after two steps, in the first parameters`` (way: string, which: int) =
    let recipe = recipe (optimizer which (Tensor.scalar64 0.05))
    let start = init recipe
    let f (p: Params) = ways[way] recipe { start with Params = p } |> lossOf recipe
    let direction = start.Params.Map(fun path x -> numbers (path.GetHashCode() % 7 + 8) (List.ofSeq x.Shape))
    let along h = (f (Tree.map2 (fun (p: Tensor) d -> p + h * d) start.Params direction)).ToDouble()
    // Small: Adam's step has a second derivative that jumps where a gradient changes its sign.
    let expected = slope 1e-6 along
    Assert.True(abs expected > 1e-3)
    let g = grad f start.Params

    let reverse =
        (Array.map2 (fun (a: Tensor) b -> (sum (a * b)).ToDouble()) (Tree.leaves g) (Tree.leaves direction)) |> Array.sum

    let forward = (snd (jvp f start.Params direction)).ToDouble()
    near 3e-6 expected reverse
    near 1e-10 reverse forward

[<Theory; MemberData(nameof names)>]
let ``the loss after two steps, in the learning rate`` (way: string, which: int) =
    let f (rate: Tensor) =
        let recipe = recipe (optimizer which rate)
        ways[way] recipe (init recipe) |> lossOf recipe

    let rate = 0.05
    let at (h: float) = (f (Tensor.scalar64 (rate + h))).ToDouble()
    let expected = slope 1e-4 at
    Assert.True(abs expected > 1e-3)
    let x = Tensor.scalar64 rate
    let reverse = (grad f x).ToDouble()
    near 1e-6 expected reverse
    near 1e-10 reverse ((snd (jvp f x (onesLike x))).ToDouble())
    // Inside a scope of the user's, and the second derivative.
    Assert.Equal(reverse, (Memory.scope (fun () -> grad f x)).ToDouble())
    let second = slope 1e-4 (fun h -> (grad f (Tensor.scalar64 (rate + h))).ToDouble())
    near 1e-5 second ((grad (grad f) x).ToDouble())

[<Fact>]
let ``a derivative that begins in the middle of a loop`` () =
    // Before, the loop returns the memory of its states; from then on it must not.
    let f (c: Tensor) =
        let calls = ref 0

        let penalty (p: Params) =
            calls.Value <- calls.Value + 1
            let w = p["0/weight"]
            // The derivative of w w in w is w itself, which the tape then holds.
            if calls.Value < 3 then Tensor.scalar64 0.0 else c * sum (w * w)

        let recipe = { recipe (Optimizers.momentum 0.05) with Penalty = Some penalty }
        let options = { FitOptions.Default with BatchSize = 4; Shuffle = false }
        let start = init recipe
        Loop.run options recipe start data |> last start |> lossOf recipe

    let at (h: float) = (f (Tensor.scalar64 (0.1 + h))).ToDouble()
    near 1e-8 (slope 1e-4 at) ((grad f (Tensor.scalar64 0.1)).ToDouble())

[<Fact>]
let ``a pullback through steps can be called again after other work`` () =
    let recipe = recipe (Optimizers.adam 0.05)
    let start = init recipe
    let _, back = vjp (fun p -> ways["step"] recipe { start with Params = p } |> lossOf recipe) start.Params
    let one = Tensor.scalar64 1.0
    let first = Tree.leaves (back one) |> Array.map _.ToDoubles()
    ways["loop"] recipe start |> ignore
    System.GC.Collect()
    Assert.Equal<float[][]>(first, Tree.leaves (back one) |> Array.map _.ToDoubles())

[<Fact>]
let ``a batch of keys trains as one after another`` () =
    let recipe = recipe (Optimizers.adam 0.05)

    let f (key: Key) =
        let s = { Training.init recipe data.InputShape key with Key = key }
        let s, loss = Training.update recipe s (data.Slice(0, 16))
        let s, second = Training.update recipe s (data.Slice(16, 32))
        s.Params, s.ModelState, s.OptimizerState, loss, second

    let seeds = [| 0L .. 4L |]
    let keys = Key(Tensor.ofArray [ seeds.Length ] seeds)
    let together = Tree.leaves (vmap f keys)

    for i in 0 .. seeds.Length - 1 do
        Array.iter2 (fun (all: Tensor) one -> close 2e-5 one (item 0 i all)) together (Tree.leaves (f (Key.ofSeed seeds[i])))

[<Fact>]
let ``a batch of states trains on one batch, and each on its own`` () =
    let recipe = recipe (Optimizers.momentum 0.05)
    let start = init recipe
    let starts = [ for c in [ 1.0; 0.5; -2.0 ] -> { start with Params = Tree.map (fun p -> p * c) start.Params } ]

    let stack (states: TrainingState list) =
        Tree.rebuild start (Array.init (Tree.leaves start).Length (fun i -> stack 0 [ for s in states -> (Tree.leaves s)[i] ]))

    let all, losses = vmap (fun s -> Training.update recipe s data) (stack starts)

    starts
    |> List.iteri (fun i s ->
        let expected, loss = Training.update recipe s data
        close 1e-10 loss (item 0 i losses)

        Array.iter2
            (fun (e: Tensor) c ->
                if e.DType <> DType.Int64 then
                    close 1e-10 e (item 0 i c))
            (Tree.leaves expected)
            (Tree.leaves all)

        Assert.Equal(1L, all.Step))

[<Fact>]
let ``a step that reports numbers cannot be one of many`` () =
    let recipe = recipe (Optimizers.sgd 0.05)
    let keys = Key(Tensor.ofArray [ 2 ] [| 1L; 2L |])

    refuses "DF0402" "vmap" (fun () ->
        vmap
            (fun key ->
                let s = Training.init recipe data.InputShape key
                (fst (Training.step recipe s data)).Params)
            keys)

[<Fact>]
let ``update is step without its report`` () =
    let recipe = recipe (Optimizers.adam 0.05)
    let start = init recipe
    let a, report = Training.step recipe start data
    let b, loss = Training.update recipe start data
    sameState a b
    Assert.Equal(report.Loss, loss.ToDouble())
