/// Small trainings, and comparison of states bit by bit.
module DeepFun.Core.Tests.Training.Runs

open System
open System.Diagnostics
open DeepFun
open DeepFun.FSharp
open Xunit

/// What reads the memory of the whole process, or sets what is shared by it, runs alone.
[<CollectionDefinition("Alone", DisableParallelization = true)>]
type Alone() = class end

let same (filters: int) : Layer = Layers.convolutionOf { ConvolutionLayerOptions.Of(2, filters, [| 3 |]) with Padding = WindowPadding.Same }

/// Everything that has a state or draws random numbers: batch norm, dropout, Adam.
let recipe (rate: float) : Recipe =
    {
        Model =
            same 4
            --> Layers.batchNorm
            --> Layers.relu
            --> Layers.maxPool2d 2
            --> Layers.dropout 0.2
            --> Layers.flatten
            --> Layers.dense 10
        Loss = Losses.sparseCategoricalCrossEntropyFromLogits
        Optimizer = Optimizers.adam rate
        Metrics = [ Metrics.accuracy ]
        Penalty = Some(Penalties.l2 1e-4 Penalties.weights)
    }

/// Images of noise, whose labels are the largest of ten fixed projections.
let images (count: int) (size: int) : Dataset =
    let x = Random.normal [ count; 1; size; size ] (Key.ofSeed 11L)
    let w = Random.normal [ size * size; 10 ] (Key.ofSeed 12L)
    Dataset(x, argmax -1 (matmul (reshape [ count; size * size ] x) w))

let private tensors (s: TrainingState) =
    [|
        for part, tree in [ "params", s.Params; "model", s.ModelState; "optimizer", s.OptimizerState ] do
            for path, x in Tree.paths tree do
                part + "/" + path, x

        for _, x in Tree.paths s.Key do
            "key", x
    |]

/// The state as bytes, which stay what they are whatever happens to its memory.
let bits (s: TrainingState) : (string * byte[])[] = tensors s |> Array.map (fun (name, x) -> $"{name}: {x.Type}", x.Bytes())

let sameBits (expected: (string * byte[])[]) (came: (string * byte[])[]) =
    Assert.Equal<string[]>(Array.map fst expected, Array.map fst came)

    for (name, e), (_, c) in Array.zip expected came do
        Assert.True((e = c), $"{name} differs")

/// Bit for bit, position included.
let sameState (expected: TrainingState) (came: TrainingState) =
    sameBits (bits expected) (bits came)
    Assert.Equal((expected.Epoch, expected.Batch, expected.Step), (came.Epoch, came.Batch, came.Step))

let differs (a: TrainingState) (b: TrainingState) = Assert.NotEqual<(string * byte[])[]>(bits a, bits b)

/// The states that a stream shows, and what its steps report.
let states (events: TrainingEvent seq) : TrainingState list =
    [
        for e in events do
            match e with
            | EpochDone r -> r.State
            | Snapshot s
            | Checkpointed(_, s)
            | Stopped(_, s) -> s
            | StepDone _ -> ()
    ]

let losses (events: TrainingEvent list) : float list =
    events
    |> List.choose (fun e ->
        match e with
        | StepDone r -> Some r.Values.Loss
        | EpochDone _
        | Snapshot _
        | Checkpointed _
        | Stopped _ -> None)

let last (start: TrainingState) (events: TrainingEvent seq) : TrainingState = Loop.toEnd ignore start events |> fst

/// This assembly as a process of its own; StartupHook takes it on from there.
module Child =

    let start (variable: string) (argument: string) : Process =
        let assembly = Reflection.Assembly.GetExecutingAssembly().Location
        let info = ProcessStartInfo(Environment.ProcessPath, [| "exec"; assembly |])
        // The runtime calls StartupHook.Initialize before the assembly's own (empty) main.
        info.Environment["DOTNET_STARTUP_HOOKS"] <- assembly
        info.Environment[variable] <- argument
        // The youngest generation grows to the size of the processor's last cache, hundreds of megabytes on some; 16 MB here, so that
        // resident memory says the same everywhere.
        info.Environment["DOTNET_GCgen0size"] <- "0x1000000"
        Process.Start info
