namespace DeepFun.FSharp

open System.Globalization
open System.IO
open DeepFun

/// <summary>Training states as files: training goes on from one bit for bit.</summary>
/// <remarks>
/// Format: a safetensors file. Tensors: <c>params/…</c>, <c>modelState/…</c> and <c>optimizerState/…</c> by their paths, and <c>key</c>.
/// Metadata: <c>format</c> (deepfun training state 1), <c>epoch</c>, <c>batch</c>, <c>step</c>.
/// At its path there is always a complete file, the one before or the new one, whenever the process ends.
/// </remarks>
/// <example>
/// <code>
/// let start = Training.init recipe data.InputShape (Key.ofSeed 0L) |> Checkpoint.resume "run.safetensors"
/// Loop.run options recipe start data |> Checkpoint.every "run.safetensors" |> Loop.toEnd ignore start
/// </code>
/// </example>
[<RequireQualifiedAccess>]
module Checkpoint =
    let private format = "deepfun training state 1"

    let private parts (s: TrainingState) = [ "params", s.Params; "modelState", s.ModelState; "optimizerState", s.OptimizerState ]

    let private join part path = if path = "" then part else part + "/" + path

    let private tensors (s: TrainingState) : (string * Tensor) list =
        [
            for part, tree in parts s do
                for e in tree.Entries do
                    join part e.Key, e.Value

            "key", s.Key.Data
        ]

    /// <summary>Writes a state.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">As SafeTensors.save: DF0501 no such folder, DF0502 no access or no space, DF0402 values that are not known (vmap).</exception>
    let save (path: string) (state: TrainingState) : unit =
        let metadata = [ "format", format; "epoch", string state.Epoch; "batch", string state.Batch; "step", string state.Step ]

        SafeTensors.save path metadata (tensors state)

    let private number (path: string) (file: TensorFile) (name: string) (largest: int64) : int64 =
        match file.Metadata.TryGetValue name with
        | true, text ->
            match System.Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, n when n <= largest -> n
            | _ -> Errors.checkpointFormat path $"'{name}' is '{text}', not a number from 0 to {largest}"
        | _ -> Errors.checkpointFormat path $"its metadata have no '{name}'"

    let private check (path: string) (file: TensorFile) (like: TrainingState) =
        let expected = tensors like

        for name, x in expected do
            match file.Tensors.TryGetValue name with
            | true, found when x.Type.Same found.Type -> ()
            | true, found -> Errors.checkpointTensor path name (string x.Type) (string found.Type)
            | _ -> Errors.checkpointTensor path name (string x.Type) "nothing of that name"

        let known = expected |> List.map fst |> Set.ofList

        for e in file.Tensors do
            if not (known.Contains e.Key) then
                Errors.checkpointTensor path e.Key "nothing of that name" (string e.Value.Type)

    /// <summary>Reads a state that has the structure, the shapes and the dtypes of another one, for example the recipe's first.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0515 the file is no training state; DF0516 it is one of another model or optimizer; as SafeTensors.load where the file is
    /// missing (DF0501), cut off (DF0503) or damaged.
    /// </exception>
    let load (path: string) (like: TrainingState) : TrainingState =
        let file = SafeTensors.load path

        match file.Metadata.TryGetValue "format" with
        | true, text when text = format -> ()
        | true, text -> Errors.checkpointFormat path $"its format is '{text}', not '{format}'"
        | _ -> Errors.checkpointFormat path "its metadata have no 'format'"

        check path file like
        let tree part (p: Params) = p.Map(fun path _ -> file[join part path])

        {
            Params = tree "params" like.Params
            ModelState = tree "modelState" like.ModelState
            OptimizerState = tree "optimizerState" like.OptimizerState
            Key = Key file["key"]
            Epoch = int (number path file "epoch" (int64 System.Int32.MaxValue))
            Batch = int (number path file "batch" (int64 System.Int32.MaxValue))
            Step = number path file "step" System.Int64.MaxValue
        }

    /// <summary>The state in a file if there is one, else this state: where a run that may have been interrupted begins.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">As load.</exception>
    let resume (path: string) (start: TrainingState) : TrainingState = if File.Exists path then load path start else start

    /// <summary>
    /// Writes the state of every Snapshot and EpochDone to a file, each over the one before, and says so with Checkpointed. The state is on
    /// the disk before its event is seen.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">As save.</exception>
    let every (path: string) (events: TrainingEvent seq) : TrainingEvent seq =
        let written state event =
            seq {
                // First, since whoever ends the stream at this event (stopEarly) asks for no other.
                save path state
                yield event
                yield Checkpointed(path, state)
            }

        events
        |> Seq.collect (fun event ->
            match event with
            | Snapshot state -> written state event
            | EpochDone report -> written report.State event
            | StepDone _
            | Checkpointed _
            | Stopped _ -> Seq.singleton event)
