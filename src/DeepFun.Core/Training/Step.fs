namespace DeepFun

open System
open DeepFun.FSharp

/// <summary>What is trained, and how: all that stays the same from step to step.</summary>
[<NoComparison; ReferenceEquality>]
type Recipe =
    {
        /// The function that is learned.
        Model: Layer
        /// What is minimized.
        Loss: Loss
        /// How parameters follow gradients.
        Optimizer: Optimizer
        /// What is reported beside the loss.
        Metrics: Metric list
        /// Added to the loss: a penalty on the parameters, or zero.
        Penalty: (Params -> Tensor) option
    }

/// <summary>
/// All that changes from step to step, as one immutable value: keep it, fork it, save it; training goes on from it bit for bit.
/// </summary>
[<NoComparison; ReferenceEquality>]
type TrainingState =
    {
        /// What the model learns.
        Params: Params
        /// What the model remembers (running statistics).
        ModelState: Params
        /// What the optimizer remembers.
        OptimizerState: Params
        /// The source of every random number: shuffling by epoch, dropout by step.
        Key: Key
        /// Epochs done.
        Epoch: int
        /// Batches of the running epoch done.
        Batch: int
        /// Steps done in all.
        Step: int64
    }

/// <summary>Loss and metrics over examples.</summary>
[<Sealed; AllowNullLiteral>]
type Evaluation internal (loss: float, metrics: Lazy<(string * float) list>, examples: int) =
    /// <summary>Of numbers that are known.</summary>
    /// <param name="loss">Mean loss.</param>
    /// <param name="metrics">Name and value of each metric.</param>
    /// <param name="examples">Number of examples.</param>
    new(loss, metrics: (string * float) list, examples) = Evaluation(loss, lazy metrics, examples)

    /// <summary>Mean loss, in which its weights count.</summary>
    member _.Loss = loss

    /// <summary>
    /// Name and value of each metric, in the recipe's order, computed at the first look; one of several numbers is listed as <c>name[0]</c>, <c>name[1]</c>, ….
    /// </summary>
    member _.Metrics: (string * float) list = metrics.Value

    /// <summary>Number of examples.</summary>
    member _.Examples = examples

    /// <summary>Whether all numbers are the same.</summary>
    override this.Equals other =
        match other with
        | :? Evaluation as e -> this.Loss.Equals e.Loss && this.Examples = e.Examples && (this.Metrics :> obj).Equals e.Metrics
        | _ -> false

    /// <summary>Of the loss and the number of examples.</summary>
    override _.GetHashCode() = HashCode.Combine(loss, examples)

    /// <summary><c>loss 0.0521, accuracy 0.9833</c></summary>
    override e.ToString() = ("loss", e.Loss) :: e.Metrics |> List.map (fun (n, v) -> $"{n} {v:F4}") |> String.concat ", "

/// What was measured on examples, so that it can be joined with what was measured on others.
[<NoComparison; NoEquality>]
type internal Measured =
    {
        /// Mean loss.
        Loss: float
        /// What the examples count in it together.
        Weight: float
        /// Number of examples.
        Examples: int
        /// The metrics' states.
        States: Params list
    }

    static member Nothing(recipe: Recipe) = { Loss = 0.0; Weight = 0.0; Examples = 0; States = recipe.Metrics |> List.map _.Start }

    /// Over the examples of both.
    member a.With(recipe: Recipe, b: Measured) =
        let weight = a.Weight + b.Weight

        {
            Loss =
                if a.Weight = 0.0 then b.Loss
                elif b.Weight = 0.0 then a.Loss
                else (a.Loss * a.Weight + b.Loss * b.Weight) / weight
            Weight = weight
            Examples = a.Examples + b.Examples
            States = List.map3 (fun (m: Metric) x y -> m.Merge(x, y)) recipe.Metrics a.States b.States
        }

    /// What is reported of it. Results are found when they are asked for: those of a running epoch seldom are.
    member a.Report(recipe: Recipe) : Evaluation =
        let named (metric: Metric) (result: Tensor) =
            let at (i: int) =
                let sizes = result.Shape.ToArray()
                let steps = Array.scanBack (*) sizes 1
                String.Join(", ", Array.mapi (fun axis n -> i / steps[axis + 1] % n) sizes)

            match result.ToDoubles() with
            | [| value |] when result.Rank = 0 -> [ metric.Name, value ]
            | values -> values |> Array.mapi (fun i v -> $"{metric.Name}[{at i}]", v) |> List.ofArray

        Evaluation(a.Loss, lazy (List.map2 (fun (m: Metric) s -> named m (m.Result s)) recipe.Metrics a.States |> List.concat), a.Examples)

    /// As Report, found at once, so that it holds no states.
    member a.Final(recipe: Recipe) : Evaluation =
        let report = a.Report recipe
        report.Metrics |> ignore
        report

namespace DeepFun.FSharp

open System
open System.Runtime.CompilerServices
open DeepFun

/// <summary>One step of training, one evaluation, one prediction: pure functions that own a memory scope.</summary>
[<RequireQualifiedAccess>]
module Training =

    /// <summary>The first state for inputs of a shape (one example).</summary>
    let init (recipe: Recipe) (inputShape: Shape) (key: Key) : TrainingState =
        recipe.Model.OutputShape inputShape |> ignore
        let parameters, state = recipe.Model.Init (Key.fold -1L key) inputShape

        {
            Params = parameters
            ModelState = state
            OptimizerState = recipe.Optimizer.Init parameters
            Key = key
            Epoch = 0
            Batch = 0
            Step = 0L
        }

    /// The metrics' states of a batch, and what its examples count in the loss if not 1 each.
    let private measure (recipe: Recipe) (metrics: Metric list) (predictions: Tensor) (targets: Tensor) : Tensor list * Params list =
        Option.toList (recipe.Loss.TotalWeight(predictions, targets)), metrics |> List.map (fun m -> m.Measure(predictions, targets))

    /// What a step depends on, and what it gives: parameters, the model's state and the optimizer's.
    let private learnParts (recipe: Recipe) (metrics: Metric list) =
        fun (parameters: Params, modelState: Params, optimizerState: Params, key: Key, inputs: Tensor, targets: Tensor) ->
            let objective parameters =
                let predictions, modelState = recipe.Model.Apply (Mode.Training key) parameters modelState inputs

                let loss = recipe.Loss.Value(predictions, targets)

                let total =
                    match recipe.Penalty with
                    | Some penalty -> loss + penalty parameters
                    | None -> loss

                total, (predictions, modelState)

            let (loss, (predictions, modelState)), gradients = valueAndGradAux objective parameters
            let updates, optimizerState = recipe.Optimizer.Update gradients optimizerState parameters
            (Optimizer.apply updates parameters, modelState, optimizerState), loss, measure recipe metrics predictions targets

    type private Compiled =
        CompiledFunction<Params * Params * Params * Key * Tensor * Tensor, (Params * Params * Params) * Tensor * (Tensor list * Params list)>

    /// The compiled steps of the recipes that are in use.
    let private compiled = ConditionalWeakTable<Recipe, Compiled>()

    /// The step as tensors: new state, loss and what was measured.
    let private learn run (state: TrainingState) (batch: Dataset) : TrainingState * Tensor * (Tensor list * Params list) =
        Memory.scope (fun () ->
            let (parameters, modelState, optimizerState), loss, measures =
                run (state.Params, state.ModelState, state.OptimizerState, Key.fold state.Step state.Key, batch.Inputs, batch.Targets)

            { state with
                Params = parameters
                ModelState = modelState
                OptimizerState = optimizerState
                Step = state.Step + 1L
            },
            loss,
            measures)

    /// The step with what was measured before the update.
    let private measured run (state: TrainingState) (batch: Dataset) : TrainingState * Measured =
        let state, loss, (weight, states) = learn run state batch

        state,
        {
            Loss = loss.ToDouble()
            Weight =
                (match weight with
                 | w :: _ -> w.ToDouble()
                 | [] -> float batch.Count)
            Examples = batch.Count
            // They outlive the step's memory, whoever owns that.
            States = states |> Tree.map Memory.keep
        }

    let internal measuredStep (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Measured =
        measured (learnParts recipe recipe.Metrics) state batch

    /// The memory of tensors of the state that nobody else has may become that of the next state.
    let internal measuredCompiledStep (isGiven: Tensor -> bool) (recipe: Recipe) (state: TrainingState) (batch: Dataset) =
        // What reads values of tensors cannot be compiled: it runs operation by operation.
        let compiled = compiled.GetValue(recipe, (fun recipe -> compileIfPossible (learnParts recipe recipe.Metrics)))
        let before = state.Params, state.ModelState, state.OptimizerState
        measured (fun x -> compiled.InvokeDonating(x, before, isGiven)) state batch

    let private reported (recipe: Recipe) (state: TrainingState, measured: Measured) = state, measured.Report recipe

    /// <summary>
    /// One step on a batch: gradient of the mean loss, then the optimizer's update. Gives the new state and the loss and metrics of the
    /// batch before the update. Epoch and Batch of the state are the loop's business and stay.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 under vmap, where the loss is no number: use <c>update</c>.</exception>
    let step (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        reported recipe (measuredStep recipe state batch)

    /// <summary>
    /// As <c>step</c>, compiled at the first call with a recipe and a shape of batches: forward pass, backward pass and update are one plan.
    /// </summary>
    /// <remarks>
    /// The same results as <c>step</c> up to the order of sums. Layers, loss and metrics must be pure: what they store or print happens when the
    /// step is compiled, once. Where they read values of tensors the step runs as <c>step</c> does.
    /// </remarks>
    let compiledStep (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        reported recipe (measuredCompiledStep (fun _ -> false) recipe state batch)

    /// <summary>
    /// As <c>step</c>, with the loss before the update as a tensor and no metrics: it reads no value, so that steps can be batched, as well as
    /// differentiated.
    /// </summary>
    /// <example><c>vmap (fun key -> Training.update recipe (Training.init recipe shape key) batch |> snd) keys</c></example>
    let update (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Tensor =
        let state, loss, _ = learn (learnParts recipe []) state batch
        state, loss

    /// The models that predict, compiled.
    let private forward = ConditionalWeakTable<Layer, CompiledFunction<Params * Params * Tensor, Tensor>>()

    let private compiledForward (model: Layer) =
        forward.GetValue(
            model,
            (fun model -> compileRepeated (fun (parameters, state, x) -> fst (model.Apply Mode.Evaluation parameters state x)))
        )

    /// <summary>
    /// The model's outputs for inputs [N, …], in evaluation mode, batch by batch. Compiled from the second batch of a shape on, unless the layers
    /// read values.
    /// </summary>
    let predict (model: Layer) (parameters: Params) (modelState: Params) (batchSize: int) (inputs: Tensor) : Tensor =
        let n = inputs.Shape[0]
        let forward = compiledForward model

        let part start = Memory.scope (fun () -> forward.Invoke(parameters, modelState, slice 0 start (min n (start + batchSize)) inputs))

        match [ 0..batchSize .. n - 1 ] with
        | [] -> part 0
        | starts -> concat 0 (List.map part starts)

    /// <summary>
    /// Mean loss and metrics over a dataset, in evaluation mode. Exact whatever the batch size: sums, counts and states are joined, not means.
    /// </summary>
    let evaluate (recipe: Recipe) (state: TrainingState) (batchSize: int) (data: Dataset) : Evaluation =
        let forward = compiledForward recipe.Model

        let part i : Measured =
            let loss, weight, states =
                Memory.scope (fun () ->
                    let batch = Dataset.batch batchSize data i
                    let predictions = forward.Invoke(state.Params, state.ModelState, batch.Inputs)
                    let losses = recipe.Loss.PerExample(predictions, batch.Targets)
                    let weight, states = measure recipe recipe.Metrics predictions batch.Targets
                    sum (cast DType.Float64 losses), weight, states)

            let examples = min batchSize (data.Count - i * batchSize)

            let weight =
                match weight with
                | w :: _ -> w.ToDouble()
                | [] -> float examples

            let total = loss.ToDouble()

            {
                Loss = (if weight = 0.0 then 0.0 else total / weight)
                Weight = weight
                Examples = examples
                States = states
            }

        let parts = Seq.init (Dataset.batches batchSize data) part
        (Measured.Nothing recipe, parts) ||> Seq.fold (fun all part -> all.With(recipe, part)) |> _.Final(recipe)
