/// What memory scopes return and what they must not.
module DeepFun.Core.Tests.Training.ScopeTests

open System
open System.Collections.Generic
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open DeepFun.Core.Tests.Training.Runs
open Xunit

// Tensors of up to 1 KB are the collector's; these are native.
let private size = [ 40; 50 ]
let private large (v: float) = Tensor.full size 1.0 * v
let private holds (v: float) (x: Tensor) = Assert.All(x.ToDoubles(), (fun e -> Assert.Equal(v, e)))
let private gone (x: Tensor) = refuses "DF0601" "Memory.Keep" (fun () -> x.ToDoubles())

[<Fact>]
let ``results stay, the rest is returned`` () =
    let mutable lost: Tensor = null

    let a, (b, c) =
        Memory.scope (fun () ->
            lost <- large 2.0
            let b = lost * 3.0
            lost + 1.0, {| Sum = b; Rows = [ permute [ 1; 0 ] b ] |}, 7)
        |> fun (a, r, seven) ->
            Assert.Equal(7, seven)
            a, (r.Sum, r.Rows[0])

    // Whoever takes memory now must not get theirs.
    let others = List.init 20 (fun i -> large (float i))
    holds 3.0 a
    holds 6.0 b
    holds 6.0 c
    gone lost
    Assert.Equal("tensor(float32, shape [40, 50], released)", string lost)
    Assert.Equal("<pre class=\"deepfun-tensor\">tensor(float32, shape [40, 50], released)</pre>", lost.ToHtml())
    refuses "DF0601" "memory scope" (fun () -> lost + lost)
    List.iteri (fun i x -> holds (float i) x) others

[<Fact>]
let ``a view keeps its whole memory`` () =
    let view = Memory.scope (fun () -> Movement.slice 0 1 3 (large 2.0))
    List.init 20 (fun _ -> large 9.0) |> ignore
    holds 2.0 view

[<Fact>]
let ``what the function was given stays`` () =
    let x = large 2.0
    let y = Memory.scope (fun () -> reshape [ 50; 40 ] x)
    Memory.scope (fun () -> x * 2.0 |> ignore)
    holds 2.0 x
    holds 2.0 y

[<Fact>]
let ``nested scopes: what the inner one gives, the outer one returns`` () =
    let mutable inner: Tensor = null
    let mutable kept: Tensor = null

    let result =
        Memory.scope (fun () ->
            inner <- Memory.scope (fun () -> large 3.0)
            holds 3.0 inner
            kept <- Memory.scope (fun () -> Memory.keep (large 4.0))
            let result = Memory.scope (fun () -> Memory.scope (fun () -> large 5.0))
            List.init 20 (fun _ -> large 9.0) |> ignore
            holds 3.0 inner
            result)

    List.init 20 (fun _ -> large 9.0) |> ignore
    gone inner
    holds 4.0 kept
    holds 5.0 result

[<Fact>]
let ``after an error everything is still there`` () =
    let made = List<Tensor>()

    let e =
        Assert.Throws<InvalidOperationException>(fun () ->
            Memory.scope (fun () ->
                made.Add(large 1.0)

                Memory.scope (fun () ->
                    made.Add(large 2.0)
                    raise (InvalidOperationException "no")))
            |> ignore<Tensor>)

    Assert.Equal("no", e.Message)
    List.init 20 (fun _ -> large 9.0) |> ignore
    holds 1.0 made[0]
    holds 2.0 made[1]
    // The scopes are closed: what comes now belongs to none of them.
    Memory.scope (fun () -> ())
    let after = large 6.0
    Memory.scope (fun () -> large 7.0 |> ignore)
    holds 6.0 after

[<Fact>]
let ``an error that an outer scope catches costs the outer scope nothing`` () =
    let mutable inner: Tensor = null

    let result =
        Memory.scope (fun () ->
            try
                Memory.scope (fun () ->
                    inner <- large 2.0
                    raise (InvalidOperationException "no"))
            with :? InvalidOperationException ->
                inner * 2.0)

    holds 4.0 result
    gone inner

[<Fact>]
let ``scopes inside and outside of transformations`` () =
    let x = large 0.5
    let f (x: Tensor) = sum (sin x * exp x)
    let scoped (x: Tensor) = Memory.scope (fun () -> f (Memory.scope (fun () -> x * 1.0)))
    let expected = (grad f x).ToDoubles()
    Assert.Equal<float[]>(expected, (grad scoped x).ToDoubles())
    Assert.Equal<float[]>(expected, (Memory.scope (fun () -> grad scoped x)).ToDoubles())
    close 1e-6 (hvp f x x) (hvp scoped x x)
    close 1e-6 (snd (jvp f x x)) (snd (jvp scoped x x))
    close 1e-6 (vmap (grad f) x) (vmap (grad scoped) x)
    close 1e-6 (vmap (grad f) x) (vmap (fun r -> Memory.scope (fun () -> grad scoped r)) x)

[<Fact>]
let ``a pullback that leaves its scope says what to do`` () =
    // What a function holds cannot be seen from outside.
    let back =
        Memory.scope (fun () ->
            let w = large 2.0
            snd (vjp (fun (x: Tensor) -> x * w) (large 1.0)))

    refuses "DF0601" "Memory.Keep" (fun () -> back (large 1.0) |> fun g -> g.ToDoubles())

/// Stores what it computes from its input.
let private caching (store: Tensor -> unit) : Recipe =
    let layer =
        Layers.lambda "Cached" id (fun x ->
            let y = x * 2.0
            store y
            y)

    { recipe 1e-2 with Model = layer --> Layers.flatten --> Layers.dense 10 }

// Made anew: a value of the module would be made when first used, maybe inside a scope.
let private examples () = images 64 8

[<Fact>]
let ``a tensor that a layer caches in a step is refused later, with the way out`` () =
    let data = examples ()
    let cache = List<Tensor>()
    let recipe = caching cache.Add
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    Training.step recipe start data |> ignore
    gone cache[0]
    Training.evaluate recipe start 64 data |> ignore
    gone cache[1]
    // Another model: at its second call one is compiled, and its layers see no values.
    Training.predict (caching cache.Add).Model start.Params start.ModelState 64 data.Inputs |> ignore
    gone cache[2]
    Loop.run { FitOptions.Default with Compile = false; BatchSize = 64 } recipe start data |> Seq.iter ignore
    gone cache[3]

[<Fact>]
let ``a tensor that a layer caches and keeps can be used`` () =
    let data = examples ()
    let cache = List<Tensor>()
    let recipe = caching (Memory.keep >> cache.Add)
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)

    Loop.run { FitOptions.Default with Compile = false; BatchSize = 32; Shuffle = false; Validation = Some data } recipe start data
    |> Seq.iter ignore

    let expected = (data.Inputs * 2.0).ToDoubles()
    Assert.Equal<float[]>(Array.take (expected.Length / 2) expected, cache[0].ToDoubles())
    Assert.Equal<float[]>(Array.skip (expected.Length / 2) expected, cache[1].ToDoubles())
    Assert.Equal<float[]>(expected, cache[2].ToDoubles())

[<Fact>]
let ``a differentiated tensor that a layer caches is refused`` () =
    let data = examples ()
    let cache = List<Tensor>()

    let layer =
        Layers.lambda "Cached" id (fun x ->
            cache.Add x
            x)

    let recipe = { recipe 1e-2 with Model = Layers.flatten --> Layers.dense 10 --> layer }
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    Training.step recipe start data |> ignore
    refuses "DF0401" "Return it as a result" (fun () -> cache[0] + 1.0)

/// A layer whose state is, step by step, one of these tensors.
let private remembering (next: int -> Tensor -> Tensor) : Layer =
    let mutable step = 0

    let apply mode _ (state: Params) (x: Tensor) =
        match mode with
        | Mode.Training _ ->
            step <- step + 1
            x, Params.Of(struct ("last", next step state["last"]))
        | Mode.Evaluation -> x, state

    Layer("Remembering", id, (fun _ _ -> Params.Empty, Params.Of(struct ("last", large 0.0))), apply, [])

[<Fact>]
let ``the loop returns only memory that its own steps made`` () =
    let data = examples ()
    let mine = [| large 1.0; large 2.0 |]
    let made = List<Tensor>()

    // Mine, a new one, a new one that is kept, in turn.
    let next step (_: Tensor) =
        match step % 4 with
        | 0
        | 1 -> mine[step % 2]
        | 2 -> large 3.0
        | _ ->
            let kept = Memory.keep (large (float step))
            made.Add kept
            kept

    let recipe = { recipe 1e-2 with Model = remembering next --> Layers.flatten --> Layers.dense 10 }
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    Loop.run { FitOptions.Default with Compile = false; Epochs = 3; BatchSize = 8 } recipe start data |> Seq.iter ignore
    List.init 20 (fun _ -> large 9.0) |> ignore
    holds 1.0 mine[0]
    holds 2.0 mine[1]
    Assert.Equal(6, made.Count)
    made |> Seq.iteri (fun i x -> holds (float (4 * i + 3)) x)
    holds 0.0 start.ModelState["0/last"]

[<Fact>]
let ``a state kept after the step that made it stays`` () =
    let data = examples ()
    let kept = List<Tensor>()

    let next step (last: Tensor) =
        kept.Add(Memory.keep last)
        large (float step)

    let recipe = { recipe 1e-2 with Model = remembering next --> Layers.flatten --> Layers.dense 10 }
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    Loop.run { FitOptions.Default with Compile = false; BatchSize = 8 } recipe start data |> Seq.iter ignore
    kept |> Seq.iteri (fun i x -> holds (float i) x)

[<Fact>]
let ``a whole training inside a scope`` () =
    let data = examples ()
    let recipe = recipe 1e-2
    let start = Training.init recipe data.InputShape (Key.ofSeed 0L)
    let run () = Loop.run { FitOptions.Default with Epochs = 2; BatchSize = 16; SnapshotEvery = Some 3 } recipe start data
    let expected = run () |> last start
    let mutable shown: TrainingState list = []

    let final =
        Memory.scope (fun () ->
            shown <- states (run ())
            List.last shown)

    sameState expected final
    // A scope returns what it does not give, shown or not.
    gone shown[0].OptimizerState["0/m/6/weight"]
