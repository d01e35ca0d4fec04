/// States as files: the same bits come back, or an error that says what does not fit.
module DeepFun.Core.Tests.Training.CheckpointTests

open System
open System.IO
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.IO.Fixtures
open DeepFun.Core.Tests.Training.Runs
open Xunit

let private data = images 50 8
let private options = { FitOptions.Default with Epochs = 3; BatchSize = 16; SnapshotEvery = Some 1 }
let private init recipe = Training.init recipe data.InputShape (Key.ofSeed 3L)
let private start = init (recipe 1e-2)
let private run from = Loop.run options (recipe 1e-2) from data

[<Fact>]
let ``every state that a run shows comes back and goes on to the same bits`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let shown = states (run start)
        let final = List.last shown

        for s in start :: shown do
            Checkpoint.save path s
            // Another seed: nothing of the template but its structure may come through.
            let back = Checkpoint.load path (Training.init (recipe 1e-2) data.InputShape (Key.ofSeed 99L))
            sameState s back
            sameState final (run back |> last back)

        Assert.Equal<string>([ path ], Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a checkpoint is on the disk before its event is seen`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let kinds = ResizeArray<string>()

        for e in run start |> Checkpoint.every path do
            match e with
            | Snapshot s ->
                kinds.Add "snapshot"
                sameState s (Checkpoint.load path start)
            | EpochDone r ->
                kinds.Add "epoch"
                sameState r.State (Checkpoint.load path start)
            | Checkpointed(where, s) ->
                kinds.Add "written"
                Assert.Equal(path, where)
                sameState s (Checkpoint.load path start)
            | StepDone _ -> kinds.Add "step"
            | Stopped _ -> kinds.Add "stopped"

        let epoch =
            [
                for _ in 1..3 do
                    yield! [ "step"; "snapshot"; "written" ]
            ]
            @ [ "step"; "epoch"; "written" ]

        Assert.Equal<string>(
            [
                for _ in 1..3 do
                    yield! epoch
            ],
            kinds
        ))

[<Fact>]
let ``a run that stops early has written its last state`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let still = recipe 0.0
        let options = { options with Epochs = 9; SnapshotEvery = None; Validation = Some data }
        let events = Loop.run options still start data |> Checkpoint.every path |> Loop.stopEarly 2
        sameState (last start events) (Checkpoint.load path start))

[<Fact>]
let ``resume begins anew where there is no file`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        Assert.Same(start, Checkpoint.resume path start)
        let final = run start |> Checkpoint.every path |> last start
        sameState final (Checkpoint.resume path start)
        // Nothing is left to do.
        let back = Checkpoint.resume path start
        Assert.Empty(run back))

[<Fact>]
let ``a model without parameters, state and optimizer state`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let bare = { recipe 0.0 with Model = Layers.flatten; Optimizer = Optimizer.stateless "none" (fun u _ -> u) }
        let state = { init bare with Epoch = 7; Batch = 2; Step = Int64.MaxValue }
        Checkpoint.save path state
        sameState state (Checkpoint.load path (init bare)))

[<Fact>]
let ``a parameter that is the whole tree`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let state = { start with Params = Params.Leaf(Tensor.vector [ 1.0; 2.0 ]); ModelState = Params.Empty }
        Checkpoint.save path state
        sameState state (Checkpoint.load path state))

[<Fact>]
let ``another model, optimizer or dtype is refused by name`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        Checkpoint.save path start

        let refuses (text: string) (like: TrainingState) =
            let e = Assert.Throws<DeepFunException>(fun () -> Checkpoint.load path like |> ignore)
            Assert.Equal("DF0516", e.Code)
            Assert.Contains(path, e.Message)
            Assert.Contains(text, e.Message)

        let recipe = recipe 1e-2

        refuses
            "'params/6/weight' float32[64, 11]"
            (init
                { recipe with
                    Model =
                        same 4
                        --> Layers.batchNorm
                        --> Layers.relu
                        --> Layers.maxPool2d 2
                        --> Layers.dropout 0.2
                        --> Layers.flatten
                        --> Layers.dense 11
                })

        refuses "'params/7/weight'" (init { recipe with Model = recipe.Model --> Layers.dense 3 })
        refuses "'modelState/1/mean' nothing of that name" { start with ModelState = Params.Empty }
        refuses "'optimizerState/0/m/0/bias'" (init { recipe with Optimizer = Optimizers.sgd 0.1 })
        refuses "float64[4, 1, 3, 3]" { start with Params = Tree.map (cast DType.Float64) start.Params })

[<Fact>]
let ``other files are refused`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "state.safetensors")
        let load () = Checkpoint.load path start
        failsWith "DF0501" path load
        File.WriteAllText(path, "not a file of tensors, but long enough")
        failsWith "DF0512" path load
        SafeTensors.save path [] [ "x", Tensor.ones [ 2 ] ]
        failsWith "DF0515" "'format'" load
        SafeTensors.save path [ "format", "deepfun training state 2" ] []
        failsWith "DF0515" "training state 2" load
        Checkpoint.save path start
        let good = SafeTensors.load path
        let tensors = [ for e in good.Tensors -> e.Key, e.Value ]

        for name in [ "epoch"; "batch"; "step" ] do
            for text in [ ""; "-1"; "1.5"; "9223372036854775808"; " 1"; "x" ] do
                SafeTensors.save path [ for e in good.Metadata -> e.Key, (if e.Key = name then text else e.Value) ] tensors
                failsWith "DF0515" $"'{name}' is '{text}'" load

            SafeTensors.save
                path
                [
                    for e in good.Metadata do
                        if e.Key <> name then
                            e.Key, e.Value
                ]
                tensors

            failsWith "DF0515" $"have no '{name}'" load

        Checkpoint.save path start
        let bytes = File.ReadAllBytes path
        File.WriteAllBytes(path, bytes[.. bytes.Length - 2])
        failsWith "DF0508" path load
        failsWith "DF0501" "none" (fun () -> Checkpoint.save (Path.Combine(folder, "none", "x")) start))
