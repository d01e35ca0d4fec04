namespace DeepFun

open System
open System.Diagnostics
open DeepFun.FSharp

/// <summary>A step of training as an event.</summary>
[<NoComparison>]
type StepReport =
    {
        /// Epochs done before.
        Epoch: int
        /// Epochs in all.
        Epochs: int
        /// Batches of this epoch done, this one included.
        Batch: int
        /// Batches of an epoch.
        Batches: int
        /// Loss and metrics of this batch.
        Values: Evaluation
        /// Over the epoch so far.
        Running: Evaluation
        /// Seconds since the epoch began.
        Seconds: float
    }

    /// <summary>Examples of this epoch in a second.</summary>
    member r.ExamplesPerSecond = float r.Running.Examples / max r.Seconds 1e-9

/// <summary>The end of an epoch as an event.</summary>
[<NoComparison; NoEquality>]
type EpochReport =
    {
        /// Epochs done, this one included.
        Epoch: int
        /// Epochs in all.
        Epochs: int
        /// Over the epoch's batches, each before its update.
        Training: Evaluation
        /// Over the validation data after the epoch, if there are any.
        Validation: Evaluation option
        /// Seconds of the epoch's steps.
        Seconds: float
        /// Everything that training needs to go on from here.
        State: TrainingState
    }

/// <summary>What happens in training, in order. Progress bars, histories and checkpoints are folds over these.</summary>
[<NoComparison; NoEquality>]
type TrainingEvent =
    /// A batch was learned.
    | StepDone of StepReport
    /// All batches were seen once.
    | EpochDone of EpochReport
    /// A state to go on from, in the middle of an epoch: see FitOptions.SnapshotEvery.
    | Snapshot of state: TrainingState
    /// A state was written.
    | Checkpointed of path: string * state: TrainingState
    /// Training ended before its epochs were done.
    | Stopped of reason: string * state: TrainingState

/// <summary>How a dataset is gone through.</summary>
[<NoComparison; NoEquality>]
type FitOptions =
    {
        /// Times that every example is seen, counted from the first state's epoch 0. Default 1.
        Epochs: int
        /// Examples a step; the last batch may be smaller. Default 32.
        BatchSize: int
        /// A new random order every epoch, from the state's key. Default true.
        Shuffle: bool
        /// Evaluated after every epoch.
        Validation: Dataset option
        /// Steps between two snapshots of the state, counted from step 0; an epoch's end shows the state in any case. Default: none.
        SnapshotEvery: int option
        /// Whether steps are compiled, as <c>Training.compiledStep</c> says; layers must be pure then. Default true.
        Compile: bool
    }

    /// <summary>One epoch, 32 examples a step, shuffled, without validation, without snapshots, compiled.</summary>
    static member Default =
        {
            Epochs = 1
            BatchSize = 32
            Shuffle = true
            Validation = None
            SnapshotEvery = None
            Compile = true
        }

namespace DeepFun.FSharp

open System
open System.Diagnostics
open DeepFun
open DeepFun.Backends

/// <summary>Training as a stream of events.</summary>
[<RequireQualifiedAccess>]
module Loop =

    // Both without a primitive where values lie in memory: every step makes some.

    /// Examples start … stop − 1: a view.
    let private rows start stop (x: Tensor) =
        match x with
        | :? Data as data -> Eval.Rows(data, start, stop)
        | _ -> slice 0 start stop x

    /// The examples at these places.
    let private chosen (places: Tensor) (x: Tensor) =
        match places, x with
        | (:? Data as places), (:? Data as data) -> Eval.Chosen(data, places)
        | _ -> take 0 places x

    /// Takes the batch and learns it, in one scope: the batch's memory goes with the step's.
    let private learn (options: FitOptions) recipe (own: OwnMemory) (order: Tensor option) count (inputs: 'I) (targets: 'T) state i =
        let start, stop = i * options.BatchSize, min count ((i + 1) * options.BatchSize)

        Memory.scopeOf own (fun () ->
            let part =
                match order with
                | Some order -> chosen (rows start stop order)
                | None -> rows start stop

            let inputs, targets = Tree.map part inputs, Tree.map part targets

            if options.Compile then
                NetworkSteps.compiledStep own.MayGo recipe state inputs targets
            else
                NetworkSteps.step recipe state inputs targets)
        |> NetworkSteps.measured recipe state (i + 1) (stop - start)

    /// The events of a training of any model, as <c>run</c> says; validate gives what an epoch's state is worth.
    let internal train
        (options: FitOptions)
        (recipe: NetworkRecipe<'I, 'O, 'T>)
        (validate: (TrainingState -> Evaluation) option)
        (start: TrainingState)
        (count: int, inputs: 'I, targets: 'T)
        : TrainingEvent seq =
        let reporting = recipe.Reporting

        if options.BatchSize < 1 then
            Errors.option "BatchSize" "at least 1" (string options.BatchSize)

        if options.Epochs < 0 then
            Errors.option "Epochs" "at least 0" (string options.Epochs)

        match options.SnapshotEvery with
        | Some n when n < 1 -> Errors.option "SnapshotEvery" "at least 1" (string n)
        | _ -> ()

        if count = 0 then
            Errors.noExamples ()

        let batches = (count + options.BatchSize - 1) / options.BatchSize

        if start.Batch < 0 || start.Batch >= batches then
            Errors.statePosition start.Batch batches

        seq {
            let mutable state = start
            // States between two events that show them belong to the loop, which returns the memory that its steps made for them.
            let own = OwnMemory()

            while state.Epoch < options.Epochs do
                let order =
                    if options.Shuffle then
                        Some(Random.permutation count (Key.fold (int64 -2 - int64 state.Epoch) state.Key))
                    else
                        None

                let clock = Stopwatch()
                let mutable running = Measured.Nothing reporting

                for i in state.Batch .. batches - 1 do
                    clock.Start()

                    let struct (next, measured) = learn options recipe own order count inputs targets state i
                    state <- next
                    clock.Stop()

                    running <- running.With(reporting, measured)

                    yield
                        StepDone
                            {
                                Epoch = state.Epoch
                                Epochs = options.Epochs
                                Batch = i + 1
                                Batches = batches
                                Values = measured.Report reporting
                                Running = running.Report reporting
                                Seconds = clock.Elapsed.TotalSeconds
                            }

                    match options.SnapshotEvery with
                    // The end of an epoch shows its state itself.
                    | Some n when state.Step % int64 n = 0L && i + 1 < batches ->
                        own.Forget()
                        yield Snapshot state
                    | _ -> ()

                state <- { state with Epoch = state.Epoch + 1; Batch = 0 }
                own.Forget()
                let validation = validate |> Option.map (fun validate -> validate state)

                yield
                    EpochDone
                        {
                            Epoch = state.Epoch
                            Epochs = options.Epochs
                            Training = running.Final reporting
                            Validation = validation
                            Seconds = clock.Elapsed.TotalSeconds
                            State = state
                        }
        }

    /// <summary>
    /// Trains from a state, one event after another, as they are asked for. The order of an epoch's examples depends on the state's key
    /// and the epoch alone, so that a run that resumes from any state it has shown gives the same bits as one that never stopped.
    /// </summary>
    /// <remarks>Loss and metrics of an epoch that was resumed in its middle are over the batches since.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0902 the batch size, the number of epochs or of steps between snapshots is too small; DF0911 there are no examples; DF0912 the
    /// state stands at a batch that the data do not have.
    /// </exception>
    let run (options: FitOptions) (recipe: Recipe) (start: TrainingState) (data: Dataset) : TrainingEvent seq =
        let recipe = Training.general recipe

        let validate (data: Dataset) state = NetworkSteps.evaluate recipe state (max options.BatchSize 256) data.Inputs data.Targets

        train options recipe (Option.map validate options.Validation) start (data.Count, data.Inputs, data.Targets)

    /// <summary>Ends a stream after so many epochs without a lower validation loss (training loss where there is no validation).</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the patience is below 1.</exception>
    let stopEarly (patience: int) (events: TrainingEvent seq) : TrainingEvent seq =
        if patience < 1 then
            Errors.option "The patience of stopEarly" "at least 1" (string patience)

        seq {
            let mutable best = infinity
            let mutable waited = 0
            use source = events.GetEnumerator()
            let mutable go = true

            while go && source.MoveNext() do
                let event = source.Current
                yield event

                match event with
                | EpochDone e ->
                    let loss = (defaultArg e.Validation e.Training).Loss

                    if loss < best then
                        best <- loss
                        waited <- 0
                    else
                        waited <- waited + 1

                    if waited >= patience then
                        go <- false
                        yield Stopped($"no better loss for {patience} epochs", e.State)
                | StepDone _
                | Snapshot _
                | Checkpointed _ -> ()
                | Stopped _ -> go <- false
        }

    /// <summary>The reports of the epochs: the history of a run.</summary>
    let history (events: TrainingEvent seq) : EpochReport list =
        events
        |> Seq.choose (fun e ->
            match e with
            | EpochDone report -> Some report
            | StepDone _
            | Snapshot _
            | Checkpointed _
            | Stopped _ -> None)
        |> List.ofSeq

    /// <summary>Runs a stream to its end, showing each event; gives the last state and the epochs' reports.</summary>
    let toEnd (show: TrainingEvent -> unit) (start: TrainingState) (events: TrainingEvent seq) : TrainingState * EpochReport list =
        let folder (state, reports) event =
            show event

            match event with
            | EpochDone r -> r.State, r :: reports
            | Snapshot s
            | Checkpointed(_, s)
            | Stopped(_, s) -> s, reports
            | StepDone _ -> state, reports

        let state, reports = Seq.fold folder (start, []) events
        state, List.rev reports

    /// <summary>Trains fresh parameters to the end: the last state and the epochs' reports.</summary>
    /// <remarks>Arguments: options; recipe; key, the source of initialization, order and dropout; data. Errors: those of <c>run</c> and of the layers.</remarks>
    /// <example><code>
    /// let trained, history = Loop.fit { FitOptions.Default with Epochs = 20 } recipe (Key.ofSeed 0L) train
    /// (Training.evaluate recipe trained 256 test)["accuracy"]
    /// </code></example>
    let fit (options: FitOptions) (recipe: Recipe) (key: Key) (data: Dataset) : TrainingState * EpochReport list =
        let start = Training.init recipe data.InputShape key
        run options recipe start data |> toEnd ignore start
