namespace DeepFun.FSharp

open DeepFun

/// <summary>Training of models of several inputs and outputs: what <c>Training</c> and <c>Loop</c> are for one tensor in and one out.</summary>
/// <remarks>Events, states, checkpoints and options are the same; <c>Loop.stopEarly</c>, <c>Checkpoint.every</c> and <c>Loop.toEnd</c> take the events.</remarks>
[<RequireQualifiedAccess>]
module NetworkTraining =

    /// Refuses names under which reports would hold two numbers.
    let private checkNames (reporting: Reporting) =
        let parts = if reporting.Terms.Length > 1 then List.map fst reporting.Terms else []

        match parts @ (reporting.Metrics |> List.map _.Name) |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(name, n) ->
            Errors.option
                "the names of a recipe's losses and metrics"
                "different (Metric.Named gives a metric another)"
                $"'{name}', {n} times"
        | None -> ()

    /// <summary>The first state for inputs like these; only their shapes and dtypes matter.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 two parts of the loss, or metrics, have the same name; those of the network's parts.</exception>
    let init (recipe: NetworkRecipe<'Input, 'Output, 'Target>) (sample: 'Input) (key: Key) : TrainingState =
        checkNames recipe.Reporting
        NetworkSteps.init recipe (recipe.Network.Init (Key.fold -1L key) sample) key

    /// <summary>Mean loss, its parts and metrics over examples, in evaluation mode. Exact whatever the batch size.</summary>
    let evaluate
        (recipe: NetworkRecipe<'Input, 'Output, 'Target>)
        (state: TrainingState)
        (batchSize: int)
        (data: Examples<'Input, 'Target>)
        : Evaluation =
        NetworkSteps.evaluate recipe state batchSize data.Inputs data.Targets

    /// <summary>The outputs for inputs, in evaluation mode, batch by batch; compiled from the second batch of a shape on.</summary>
    let predict (network: Network<'Input, 'Output>) (parameters: Params) (modelState: Params) (batchSize: int) (inputs: 'Input) : 'Output =
        NetworkSteps.predict network parameters modelState batchSize inputs

    /// <summary>Trains from a state, one event after another, as <c>Loop.run</c> does; examples to validate with, or none, come as an argument.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">As <c>Loop.run</c>; DF0902 if the options have a Validation, which is a dataset of single tensors.</exception>
    let run
        (options: FitOptions)
        (recipe: NetworkRecipe<'Input, 'Output, 'Target>)
        (validation: Examples<'Input, 'Target> option)
        (start: TrainingState)
        (data: Examples<'Input, 'Target>)
        : TrainingEvent seq =
        if options.Validation.IsSome then
            Errors.option "FitOptions.Validation of NetworkTraining" "None: give the examples as an argument" "a dataset"

        let validate data state = evaluate recipe state (max options.BatchSize 256) data
        Loop.train options recipe (Option.map validate validation) start (data.Count, data.Inputs, data.Targets)

    /// <summary>Trains fresh parameters to the end: the last state and the epochs' reports.</summary>
    /// <remarks>Arguments: options; recipe; examples to validate with, or none; key, the source of initialization, order and dropout; data.</remarks>
    /// <example><code>
    /// let loss = 10.0 * NetworkLoss("distance", Losses.meanSquaredError, fst, fst) + NetworkLoss("side", Losses.sparseCategoricalCrossEntropyFromLogits, snd, snd)
    /// let recipe = NetworkRecipe(network, loss, Optimizers.adam 3e-3)
    /// let trained, history = NetworkTraining.fit { FitOptions.Default with Epochs = 20 } recipe None (Key.ofSeed 0L) (Examples(x, (distance, side)))
    /// </code></example>
    let fit
        (options: FitOptions)
        (recipe: NetworkRecipe<'Input, 'Output, 'Target>)
        (validation: Examples<'Input, 'Target> option)
        (key: Key)
        (data: Examples<'Input, 'Target>)
        : TrainingState * EpochReport list =
        let start = init recipe data.Inputs key
        run options recipe validation start data |> Loop.toEnd ignore start
