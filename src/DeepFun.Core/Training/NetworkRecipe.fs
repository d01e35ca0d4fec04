namespace DeepFun

open System
open System.Runtime.CompilerServices
open DeepFun.FSharp

/// <summary>Examples of any trees: inputs and targets whose tensors all have the examples along axis 0.</summary>
/// <param name="inputs">A tensor, or a tuple, record, list or map of tensors, [N, …].</param>
/// <param name="targets">The same, of another structure.</param>
/// <exception cref="T:DeepFun.DeepFunException">DF0910 the first axes differ.</exception>
[<Sealed; AllowNullLiteral>]
type Examples<'Input, 'Target>(inputs: 'Input, targets: 'Target) =
    let leaves = Array.append (Tree.leaves inputs) (Tree.leaves targets)

    do
        for t in leaves do
            if t.Rank = 0 || leaves[0].Rank = 0 || t.Shape[0] <> leaves[0].Shape[0] then
                Errors.examples leaves[0].Shape t.Shape

    /// <summary>The inputs, [N, …].</summary>
    member _.Inputs = inputs
    /// <summary>The targets, [N, …].</summary>
    member _.Targets = targets
    /// <summary>Number of examples.</summary>
    member _.Count = if leaves.Length = 0 then 0 else leaves[0].Shape[0]

    /// The same part of every tensor.
    member private _.Part(part: Tensor -> Tensor) = Examples(Tree.map part inputs, Tree.map part targets)

    /// <summary>Examples from start up to but without stop.</summary>
    member this.Slice(start: int, stop: int) : Examples<'Input, 'Target> = this.Part(Movement.slice 0 start stop)

    /// <summary>The examples at these places (int32 or int64 [n]).</summary>
    member this.Take(places: Tensor) : Examples<'Input, 'Target> = this.Part(take 0 places)

    /// <summary>The first examples, and the rest: parts of a random order. fraction is the first part's share.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0902 the fraction is not between 0 and 1.</exception>
    member this.Split(fraction: float, key: Key) : struct (Examples<'Input, 'Target> * Examples<'Input, 'Target>) =
        if not (fraction >= 0.0 && fraction <= 1.0) then
            Errors.option "Split: fraction" "between 0 and 1" (string fraction)

        let order = Random.permutation this.Count key
        let n = int (Math.Round(fraction * float this.Count))
        struct (this.Take(Movement.slice 0 0 n order), this.Take(Movement.slice 0 n this.Count order))

/// A loss on a part of outputs and targets.
[<NoComparison; NoEquality>]
type internal LossTerm<'Output, 'Target> = { Name: string; Factor: float; Loss: Loss; Output: 'Output -> Tensor; Target: 'Target -> Tensor }

/// <summary>What a network of several outputs makes small: a sum of losses on parts, <c>10.0 * distance + side</c>.</summary>
/// <remarks>
/// Value: Σ factor · loss, each the mean over the batch of its part, in which its weights count. Several parts are also reported by their names, without factor.
/// </remarks>
[<Sealed; AllowNullLiteral>]
type NetworkLoss<'Output, 'Target> internal (terms: LossTerm<'Output, 'Target> list) =
    /// <summary>A loss on one part of the outputs and of the targets.</summary>
    /// <param name="name">By which reports hold it.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="output">The part of the outputs, [N, …].</param>
    /// <param name="target">The part of the targets, [N, …].</param>
    new(name: string, loss: Loss, output: 'Output -> Tensor, target: 'Target -> Tensor) =
        NetworkLoss [ { Name = name; Factor = 1.0; Loss = loss; Output = output; Target = target } ]

    member internal _.Terms = terms

    /// Σ factor · value.
    member internal _.Total(values: Tensor list) : Tensor =
        List.map2 (fun term value -> if term.Factor = 1.0 then value else value * term.Factor) terms values |> List.reduce (+)

    /// The mean of each part.
    member internal _.Values(outputs: 'Output, targets: 'Target) : Tensor list =
        terms |> List.map (fun t -> t.Loss.Value(t.Output outputs, t.Target targets))

    /// What the examples count together in each part that has weights.
    member internal _.Weights(outputs: 'Output, targets: 'Target) : Tensor list =
        terms |> List.choose (fun t -> t.Loss.TotalWeight(t.Output outputs, t.Target targets))

    /// The mean of each part, by a function of its value and its weight, from the weights of those that have some.
    member internal _.Means(values: Tensor list, weights: Tensor list, examples: int, mean: float -> float -> float) : TermMean list =
        let rec go (terms: LossTerm<'Output, 'Target> list) (values: Tensor list) (weights: Tensor list) =
            match terms with
            | [] -> []
            | t :: rest ->
                let isWeighted = t.Loss.IsWeighted
                let weight = if isWeighted then weights.Head.ToDouble() else float examples
                let first = { Mean = mean (values.Head.ToDouble()) weight; Weight = weight }
                first :: go rest values.Tail (if isWeighted then weights.Tail else weights)

        go terms values weights

    /// <summary>The sum over a batch.</summary>
    member this.Value(outputs: 'Output, targets: 'Target) : Tensor = this.Total(this.Values(outputs, targets))

    /// <summary>Both losses.</summary>
    static member (+)(a: NetworkLoss<'Output, 'Target>, b: NetworkLoss<'Output, 'Target>) : NetworkLoss<'Output, 'Target> =
        NetworkLoss(a.Terms @ b.Terms)

    /// <summary>The loss times a number.</summary>
    static member (*)(factor: float, loss: NetworkLoss<'Output, 'Target>) : NetworkLoss<'Output, 'Target> =
        NetworkLoss(loss.Terms |> List.map (fun t -> { t with Factor = factor * t.Factor }))

/// <summary>A metric on a part of the outputs and of the targets.</summary>
/// <param name="metric">The metric, reported under its name; <c>Named</c> gives it another, where two parts have the same metric.</param>
/// <param name="output">The part of the outputs, [N, …].</param>
/// <param name="target">The part of the targets, [N, …].</param>
[<Sealed; AllowNullLiteral>]
type NetworkMetric<'Output, 'Target>(metric: Metric, output: 'Output -> Tensor, target: 'Target -> Tensor) =
    /// <summary>The metric.</summary>
    member _.Metric = metric
    /// <summary>The state of a batch.</summary>
    member _.Measure(outputs: 'Output, targets: 'Target) : Params = metric.Measure(output outputs, target targets)

/// <summary>What is trained of a model over trees, and how: what <c>Recipe</c> is for one tensor in and one out.</summary>
/// <param name="network">The function that is learned.</param>
/// <param name="loss">What is minimized.</param>
/// <param name="optimizer">How parameters follow gradients.</param>
/// <param name="metrics">What is reported beside the loss.</param>
/// <param name="penalty">Added to the loss: a penalty on the parameters, or none. What is reported of a loss of several parts is without it.</param>
[<Sealed; AllowNullLiteral>]
type NetworkRecipe<'Input, 'Output, 'Target>
    (
        network: Network<'Input, 'Output>,
        loss: NetworkLoss<'Output, 'Target>,
        optimizer: Optimizer,
        metrics: NetworkMetric<'Output, 'Target> list,
        penalty: (Params -> Tensor) option
    ) as this =
    let compiled = lazy (compileIfPossible (this.Step true))

    let reporting: Reporting =
        {
            Terms = loss.Terms |> List.map (fun t -> t.Name, t.Factor)
            Metrics = metrics |> List.map _.Metric
        }

    /// <summary>Without metrics and penalty.</summary>
    new(network, loss, optimizer) = NetworkRecipe(network, loss, optimizer, [], None)

    /// <summary>The function that is learned.</summary>
    member _.Network = network
    /// <summary>What is minimized.</summary>
    member _.Loss = loss
    /// <summary>How parameters follow gradients.</summary>
    member _.Optimizer = optimizer
    /// <summary>What is reported beside the loss.</summary>
    member _.Metrics = metrics
    /// <summary>Added to the loss: a penalty on the parameters, or none.</summary>
    member _.Penalty = penalty

    member internal _.Reporting = reporting

    /// The weights of the loss's parts that have some, and the metrics' states.
    member internal _.Measure(outputs: 'Output, targets: 'Target) : Tensor list * Params list =
        loss.Weights(outputs, targets), metrics |> List.map _.Measure(outputs, targets)

    /// One step, with the parts of the loss and what was measured, or the loss alone.
    member internal this.Step (isMeasured: bool) (x: StepInput<'Input, 'Target>) : StepResult =
        let key = Key.salted x.Salt x.Key

        let objective parameters =
            let outputs, modelState = network.Apply (Mode.Training key) parameters x.ModelState x.Inputs
            let values = loss.Values(outputs, x.Targets)
            let total = loss.Total values

            let total =
                match penalty with
                | Some penalty -> total + penalty parameters
                | None -> total

            total, (outputs, modelState, values)

        let (total, (outputs, modelState, values)), gradients = valueAndGradAux objective x.Params
        let updates, optimizerState = optimizer.Update gradients x.OptimizerState x.Params
        let weights, states = if isMeasured then this.Measure(outputs, x.Targets) else [], []

        let values =
            match values, penalty with
            | _ when not isMeasured -> [ total ]
            // The training loss of one part is reported with the penalty; several parts are reported by themselves.
            | [ _ ], Some _ when loss.Terms.Head.Factor = 1.0 -> [ total ]
            // A report multiplies by the factor.
            | [ _ ], Some _ when loss.Terms.Head.Factor <> 0.0 -> [ total / loss.Terms.Head.Factor ]
            | _ -> values

        {
            Params = Optimizer.apply updates x.Params
            ModelState = modelState
            OptimizerState = optimizerState
            Values = values
            Weights = weights
            States = states
        }

    member internal _.CompiledStep = compiled.Value

/// The networks that predict, compiled; and the networks that layers are.
[<AbstractClass; Sealed>]
type internal Forward<'Input, 'Output> private () =
    static let compiled = ConditionalWeakTable<Network<'Input, 'Output>, CompiledFunction<Params * Params * 'Input, 'Output>>()

    static member Of(network: Network<'Input, 'Output>) : CompiledFunction<Params * Params * 'Input, 'Output> =
        compiled.GetValue(
            network,
            (fun network -> compileRepeated (fun (parameters, state, x) -> fst (network.Apply Mode.Evaluation parameters state x)))
        )

namespace DeepFun.FSharp

open System
open DeepFun

/// Steps, evaluations and predictions of models over trees, which those over one tensor are a case of.
[<RequireQualifiedAccess>]
module internal NetworkSteps =

    let init (recipe: NetworkRecipe<'I, 'O, 'T>) (parameters: Params, modelState: Params) (key: Key) : TrainingState =
        {
            Params = parameters
            ModelState = modelState
            OptimizerState = recipe.Optimizer.Init parameters
            Key = key
            Epoch = 0
            Batch = 0
            Step = 0L
        }

    let private input (state: TrainingState) (inputs: 'I) (targets: 'T) : StepInput<'I, 'T> =
        {
            Params = state.Params
            ModelState = state.ModelState
            OptimizerState = state.OptimizerState
            Key = state.Key
            Salt = Key.salt state.Step
            Inputs = inputs
            Targets = targets
        }

    /// The state after a step, at a batch of its epoch.
    let private next (state: TrainingState) (batch: int) (result: StepResult) : TrainingState =
        { state with
            Params = result.Params
            ModelState = result.ModelState
            OptimizerState = result.OptimizerState
            Batch = batch
            Step = state.Step + 1L
        }

    /// One step, operation by operation.
    let step (recipe: NetworkRecipe<'I, 'O, 'T>) (state: TrainingState) (inputs: 'I) (targets: 'T) : StepResult =
        recipe.Step true (input state inputs targets)

    /// One step, compiled. The memory of those tensors of the state that may go, null: of none, may become that of the next state. What reads values
    /// of tensors cannot be compiled: it runs operation by operation.
    let compiledStep
        (mayGo: Func<Tensor, bool>)
        (recipe: NetworkRecipe<'I, 'O, 'T>)
        (state: TrainingState)
        (inputs: 'I)
        (targets: 'T)
        : StepResult =
        let x = input state inputs targets
        recipe.CompiledStep.InvokeDonating(x, x.State, mayGo)

    /// The state after a step, at a batch of its epoch, and what was measured before its update.
    let measured
        (recipe: NetworkRecipe<'I, 'O, 'T>)
        (state: TrainingState)
        (batch: int)
        (examples: int)
        (result: StepResult)
        : struct (TrainingState * Measured) =
        // They outlive the step's memory, whoever owns that.
        for states in result.States do
            Tree.leaves states |> Array.iter (Memory.keep >> ignore)

        let measured =
            {
                Means = recipe.Loss.Means(result.Values, result.Weights, examples, (fun mean _ -> mean))
                Examples = examples
                States = result.States
            }

        struct (next state batch result, measured)

    /// The step as tensors: new state and loss.
    let update (recipe: NetworkRecipe<'I, 'O, 'T>) (state: TrainingState) (inputs: 'I) (targets: 'T) : TrainingState * Tensor =
        let result = Memory.scope (fun () -> recipe.Step false (input state inputs targets))
        next state state.Batch result, List.head result.Values

    /// How many examples trees hold, by their first tensor.
    let private count (leaves: Tensor[]) : int =
        for t in leaves do
            if t.Rank = 0 then
                Errors.rank "a model" "tensors [N, …], the examples along axis 0" t.Shape

        if leaves.Length = 0 then 0 else leaves[0].Shape[0]

    let private checkBatchSize (batchSize: int) = LayerOptions.atLeast 1 "BatchSize" batchSize

    let predict (network: Network<'I, 'O>) (parameters: Params) (modelState: Params) (batchSize: int) (inputs: 'I) : 'O =
        checkBatchSize batchSize
        let n = count (Tree.leaves inputs)
        let forward = Forward.Of network

        let part start =
            Memory.scope (fun () -> forward.Invoke(parameters, modelState, Tree.map (slice 0 start (min n (start + batchSize))) inputs))

        match [ 0..batchSize .. n - 1 ] with
        | []
        | [ _ ] -> part 0
        | starts ->
            let parts = starts |> List.map part
            let leaves = parts |> List.map Tree.leaves
            Tree.rebuild parts.Head (Array.init leaves.Head.Length (fun i -> leaves |> List.map (Array.item i) |> concat 0))

    let evaluate (recipe: NetworkRecipe<'I, 'O, 'T>) (state: TrainingState) (batchSize: int) (inputs: 'I) (targets: 'T) : Evaluation =
        checkBatchSize batchSize
        let forward = Forward.Of recipe.Network
        // Either tree may have no tensors: what a model makes of its inputs may be all that is measured.
        let n = count (Array.append (Tree.leaves inputs) (Tree.leaves targets))

        let part start : Measured =
            let examples = min batchSize (n - start)

            let losses, (weights, states) =
                Memory.scope (fun () ->
                    let cut tree = Tree.map (slice 0 start (start + examples)) tree
                    let targets = cut targets
                    let outputs = forward.Invoke(state.Params, state.ModelState, cut inputs)

                    let total (t: LossTerm<'O, 'T>) = sum (cast DType.Float64 (t.Loss.PerExample(t.Output outputs, t.Target targets)))

                    List.map total recipe.Loss.Terms, recipe.Measure(outputs, targets))

            let mean total weight = if weight = 0.0 then 0.0 else total / weight

            { Means = recipe.Loss.Means(losses, weights, examples, mean); Examples = examples; States = states }

        let reporting = recipe.Reporting

        (Measured.Nothing reporting, Seq.map part (seq { 0..batchSize .. n - 1 }))
        ||> Seq.fold (fun all part -> all.With(reporting, part))
        |> _.Final(reporting)
