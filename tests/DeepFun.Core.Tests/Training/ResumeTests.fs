/// Training as a fold: it goes on from any state it has shown, and nothing but the state matters.
module DeepFun.Core.Tests.Training.ResumeTests

open System
open System.Collections.Generic
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Layers.Oracle
open DeepFun.Core.Tests.Training.Runs
open Xunit

/// 4 batches an epoch, the last of 2 examples.
let private data = images 50 8
let private options = { FitOptions.Default with Epochs = 3; BatchSize = 16 }
let private start = Training.init (recipe 1e-2) data.InputShape (Key.ofSeed 3L)

[<Theory; InlineData(true); InlineData(false)>]
let ``from every state shown, training goes on to the same bits`` (shuffle: bool) =
    let options = { options with Shuffle = shuffle; SnapshotEvery = Some 1 }
    let run from = Loop.run options (recipe 1e-2) from data |> List.ofSeq
    let all = run start
    let shown = states all
    // Three within each epoch and one at its end.
    Assert.Equal<int64 list>([ 1L .. 12L ], shown |> List.map _.Step)

    Assert.Equal<(int * int) list>(
        [
            for e in 0..2 do
                yield! [ e, 1; e, 2; e, 3; e + 1, 0 ]
        ],
        shown |> List.map (fun s -> s.Epoch, s.Batch)
    )

    let final = List.last shown
    differs start final

    for s in shown do
        let rest = run s
        sameState final (last s rest)
        Assert.Equal<float list>(losses all |> List.skip (int s.Step), losses rest)

[<Fact>]
let ``snapshots change nothing`` () =
    let run every = Loop.run { options with SnapshotEvery = every } (recipe 1e-2) start data |> last start
    let expected = run None
    sameState expected (run (Some 1))
    sameState expected (run (Some 5))

[<Fact>]
let ``snapshots come at multiples of steps, also after resuming`` () =
    let steps from =
        Loop.run { options with SnapshotEvery = Some 3 } (recipe 1e-2) from data
        |> Seq.choose (fun e ->
            match e with
            | Snapshot s -> Some s
            | _ -> None)
        |> List.ofSeq

    let all = steps start
    // 4, 8 and 12 end epochs; 12 is a multiple of 3 as well.
    Assert.Equal<int64 list>([ 3L; 6L; 9L ], all |> List.map _.Step)
    Assert.Equal<int64 list>([ 6L; 9L ], steps all[0] |> List.map _.Step)

[<Fact>]
let ``forks do not disturb each other`` () =
    let run rate from = Loop.run options (recipe rate) from data
    let middle = Loop.run { options with Epochs = 1 } (recipe 1e-2) start data |> last start
    let before = bits middle
    let alone = [ for rate in [ 1e-2; 1e-3; 0.0 ] -> run rate middle |> last middle |> bits ]
    // Step by step in turn.
    let together = [ for rate in [ 1e-2; 1e-3; 0.0 ] -> (run rate middle).GetEnumerator() ]
    let finals = Array.create 3 before
    let mutable running = true

    while running do
        running <- false

        for i, events in List.indexed together do
            if events.MoveNext() then
                running <- true

                match events.Current with
                | EpochDone r -> finals[i] <- bits r.State
                | _ -> ()

    List.iteri (fun i expected -> sameBits expected finals[i]) alone
    sameBits before (bits middle)
    Assert.NotEqual<(string * byte[])[]>(alone[0], alone[1])

[<Fact>]
let ``a run that is abandoned anywhere leaves the states it has shown`` () =
    let expected = Loop.run options (recipe 1e-2) start data |> last start
    let first = bits start

    for events in 1..13 do
        let shown = Loop.run options (recipe 1e-2) start data |> Seq.truncate events |> states
        GC.Collect()
        GC.WaitForPendingFinalizers()
        let from = List.tryLast shown |> Option.defaultValue start
        sameState expected (Loop.run options (recipe 1e-2) from data |> last from)

    sameBits first (bits start)

[<Fact>]
let ``every epoch is all examples in a new order`` () =
    let seen = List<float>()
    let count = 37

    let model =
        Layers.lambda "Seen" id (fun x ->
            seen.AddRange(x.ToDoubles())
            x)
        --> Layers.dense 1

    let data = Dataset(Tensor.ofArray [ count; 1 ] (Array.init count float32), Tensor.zeros [ count; 1 ])
    let recipe = { recipe 1e-3 with Model = model; Loss = Losses.meanSquaredError; Metrics = []; Penalty = None }
    let start seed = Training.init recipe data.InputShape (Key.ofSeed seed)

    let orders shuffle seed =
        seen.Clear()
        let options = { options with BatchSize = 5; Shuffle = shuffle }
        Loop.run options recipe (start seed) data |> Seq.iter ignore
        seen.ToArray() |> Array.chunkBySize count

    let inOrder = Array.init count float
    Assert.Equal<float[][]>(Array.replicate 3 inOrder, orders false 0L)
    let shuffled = orders true 0L
    Assert.Equal(3, shuffled.Length)

    for order in shuffled do
        Assert.Equal<float[]>(inOrder, Array.sort order)

    Assert.Equal(4, Array.distinct (Array.append [| inOrder |] shuffled) |> Array.length)
    Assert.Equal<float[][]>(shuffled, orders true 0L)
    Assert.NotEqual<float[][]>(shuffled, orders true 1L)

[<Fact>]
let ``the reports of an epoch are means over its examples`` () =
    let events = Loop.run { options with Validation = Some data } (recipe 1e-2) start data |> List.ofSeq

    let steps =
        events
        |> List.choose (fun e ->
            match e with
            | StepDone r -> Some r
            | _ -> None)

    for r in Loop.history events do
        let own = steps |> List.filter (fun s -> s.Epoch = r.Epoch - 1)
        Assert.Equal<int list>([ 16; 16; 16; 2 ], own |> List.map _.Values.Examples)
        let mean f = (own |> List.sumBy (fun s -> f s.Values * float s.Values.Examples)) / 50.0
        let accuracy (e: Evaluation) = List.find (fst >> (=) "accuracy") e.Metrics |> snd
        Assert.Equal(mean _.Loss, r.Training.Loss, 12)
        Assert.Equal(mean accuracy, accuracy r.Training, 12)
        Assert.Equal(50, r.Training.Examples)
        Assert.Equal(r.Training, (List.last own).Running)
        Assert.Equal(r.Validation.Value, Training.evaluate (recipe 1e-2) r.State 256 data)

[<Theory; InlineData(1); InlineData(3); InlineData(7); InlineData(49); InlineData(50); InlineData(64)>]
let ``an evaluation does not depend on the batch size`` (size: int) =
    let recipe = { recipe 1e-2 with Metrics = [ Metrics.accuracy; Metrics.topK 3 ] }
    let state = Loop.run { options with Epochs = 1 } recipe start data |> last start
    let logits, _ = recipe.Model.Apply Mode.Evaluation state.Params state.ModelState data.Inputs
    let scores = logits.ToDoubles() |> Array.chunkBySize 10
    let labels = data.Targets.ToArray<int>()
    let share f = Array.map2 (fun s l -> if f s l then 1.0 else 0.0) scores labels |> Array.average
    let loss = Array.map2 (fun (s: float[]) l -> log (Array.sumBy exp s) - s[l]) scores labels |> Array.average
    let rank (s: float[]) (l: int) = s |> Array.filter (fun v -> v > s[l]) |> Array.length
    let came = Training.evaluate recipe state size data
    Assert.True(abs (came.Loss - loss) < 1e-6 * loss, $"{came.Loss}, expected {loss}")
    Assert.Equal(50, came.Examples)
    Assert.Equal<string list>([ "accuracy"; "top3" ], came.Metrics |> List.map fst)
    Assert.Equal(share (fun s l -> rank s l = 0), snd came.Metrics[0], 12)
    Assert.Equal(share (fun s l -> rank s l < 3), snd came.Metrics[1], 12)
    let predicted = Training.predict recipe.Model state.Params state.ModelState size data.Inputs
    close 1e-5 logits predicted

[<Fact>]
let ``what cannot be run is refused at once`` () =
    let run options from data = Loop.run options (recipe 1e-2) from data
    refuses "DF0902" "BatchSize" (fun () -> run { options with BatchSize = 0 } start data)
    refuses "DF0902" "Epochs" (fun () -> run { options with Epochs = -1 } start data)
    refuses "DF0902" "SnapshotEvery" (fun () -> run { options with SnapshotEvery = Some 0 } start data)
    refuses "DF0911" "empty" (fun () -> run options start (data.Slice(0, 0)))
    // In the middle of an epoch that these data do not have.
    refuses "DF0912" "batch 3" (fun () -> run options { start with Batch = 3 } (data.Slice(0, 48)))
    refuses "DF0902" "patience" (fun () -> Loop.stopEarly 0 [])
    Assert.Empty(run { options with Epochs = 0 } start data)

/// An epoch's end with these losses.
let private epoch (loss: float) (validation: float option) : TrainingEvent =
    let evaluation loss = Evaluation(loss, [], 1)

    EpochDone
        {
            Epoch = 1
            Epochs = 9
            Training = evaluation loss
            Validation = validation |> Option.map evaluation
            Seconds = 0.0
            State = start
        }

let private stopsAfter (patience: int) (events: TrainingEvent list) : int * bool =
    let out = Loop.stopEarly patience events |> List.ofSeq

    let stopped =
        match List.tryLast out with
        | Some(Stopped _) -> true
        | _ -> false

    (out
     |> List.filter (fun e ->
         match e with
         | EpochDone _ -> true
         | _ -> false)
     |> List.length),
    stopped

[<Fact>]
let ``early stopping waits for a lower validation loss`` () =
    let training = List.map (fun l -> epoch l None)
    Assert.Equal((5, true), stopsAfter 2 (training [ 3.0; 1.0; 2.0; 0.9; 0.9; 1.5; 0.1 ] |> List.skip 1))
    Assert.Equal((5, false), stopsAfter 2 (training [ 3.0; 2.0; 2.5; 1.0; 1.5 ]))
    Assert.Equal((4, true), stopsAfter 3 (training [ 1.0; nan; nan; nan; 0.5 ]))
    // Validation counts where there is one, though the training loss falls.
    Assert.Equal((3, true), stopsAfter 2 [ for i in 1..6 -> epoch (1.0 / float i) (Some(float i)) ])
    Assert.Equal((0, false), stopsAfter 1 [])

[<Fact>]
let ``early stopping asks for nothing more`` () =
    let mutable asked = 0

    let events =
        seq {
            for i in 1..9 do
                asked <- i
                epoch 1.0 None
        }

    Loop.stopEarly 2 events |> Seq.iter ignore
    Assert.Equal(3, asked)

[<Fact>]
let ``a real run that stops early ends with its last state`` () =
    // No rate: no progress.
    let still = { recipe 0.0 with Model = Layers.flatten --> Layers.dense 10 }
    let start = Training.init still data.InputShape (Key.ofSeed 0L)
    let mutable told = ""

    let show e =
        match e with
        | Stopped(reason, _) -> told <- reason
        | _ -> ()

    let final, history =
        Loop.run { options with Epochs = 50; Validation = Some data } still start data
        |> Loop.stopEarly 3
        |> Loop.toEnd show start

    Assert.Equal(4, history.Length)
    Assert.Equal(4, final.Epoch)
    Assert.Contains("3 epochs", told)
    Assert.Same(history[3].State, final)

[<Collection("Alone")>]
type ThreadCounts() =

    [<Fact>]
    member _.``the number of worker threads does not change a bit``() =
        let threads = DeepFun.Backends.Cpu.WorkerPool.Threads
        // Large enough that every kernel has chunks to share.
        let data = images 96 16

        let recipe =
            { recipe 1e-2 with
                Model =
                    same 16
                    --> Layers.batchNorm
                    --> Layers.relu
                    --> Layers.maxPool2d 2
                    --> same 32
                    --> Layers.gelu
                    --> Layers.dropout 0.3
                    --> Layers.flatten
                    --> Layers.denseWith Activation.Relu 256
                    --> Layers.dense 10
            }

        let run n =
            DeepFun.Backends.Cpu.WorkerPool.Threads <- n
            let start = Training.init recipe data.InputShape (Key.ofSeed 5L)
            let final = Loop.run { options with Epochs = 2; BatchSize = 40 } recipe start data |> last start
            bits final, Training.evaluate recipe final 50 data

        try
            let expected, evaluation = run 1

            for n in [ 2; 3; 8; 2 ] do
                let came, other = run n
                sameBits expected came
                Assert.Equal(evaluation, other)
        finally
            DeepFun.Backends.Cpu.WorkerPool.Threads <- threads
