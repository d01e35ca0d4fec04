namespace DeepFun

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

/// <summary>Loss and metrics, as means over examples.</summary>
[<NoComparison>]
type Evaluation =
    {
        /// Mean loss.
        Loss: float
        /// Name and mean of each metric, in the recipe's order.
        Metrics: (string * float) list
        /// Number of examples.
        Examples: int
    }

    /// <summary><c>loss 0.0521, accuracy 0.9833</c></summary>
    override e.ToString() = ("loss", e.Loss) :: e.Metrics |> List.map (fun (n, v) -> $"{n} {v:F4}") |> String.concat ", "

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

    let private measure (metrics: Metric list) (predictions: Tensor) (targets: Tensor) : Tensor[] =
        metrics |> List.map (fun m -> mean (m.PerExample(predictions, targets))) |> Array.ofList

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
            (Optimizer.apply updates parameters, modelState, optimizerState), loss, measure metrics predictions targets

    type private Compiled =
        CompiledFunction<Params * Params * Params * Key * Tensor * Tensor, (Params * Params * Params) * Tensor * Tensor[]>

    /// The compiled steps of the recipes that are in use.
    let private compiled = ConditionalWeakTable<Recipe, Compiled>()

    /// The step as tensors: new state, loss and what the metrics say.
    let private learn run (state: TrainingState) (batch: Dataset) : TrainingState * Tensor * Tensor[] =
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

    /// The step with its loss and metrics as numbers.
    let private reported run (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        let state, loss, metrics = learn run state batch

        state,
        {
            Loss = loss.ToDouble()
            Metrics = recipe.Metrics |> List.mapi (fun i m -> m.Name, metrics[i].ToDouble())
            Examples = batch.Count
        }

    /// <summary>
    /// One step on a batch: gradient of the mean loss, then the optimizer's update. Gives the new state and the loss and metrics of the
    /// batch before the update. Epoch and Batch of the state are the loop's business and stay.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 under vmap, where the loss is no number: use <c>update</c>.</exception>
    let step (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        reported (learnParts recipe recipe.Metrics) recipe state batch

    /// As compiledStep; the memory of tensors of the state that nobody else has may become that of the next state.
    let internal compiledStepGiving (isGiven: Tensor -> bool) (recipe: Recipe) (state: TrainingState) (batch: Dataset) =
        // What reads values of tensors cannot be compiled: it runs operation by operation.
        let compiled = compiled.GetValue(recipe, (fun recipe -> compileIfPossible (learnParts recipe recipe.Metrics)))
        let count = [ state.Params; state.ModelState; state.OptimizerState ] |> List.sumBy (fun p -> p.Entries.Count)
        reported (fun x -> compiled.InvokeGiving(x, Func<_, _, _>(fun i t -> i < count && isGiven t))) recipe state batch

    /// <summary>
    /// As <c>step</c>, compiled at the first call with a recipe and a shape of batches: forward pass, backward pass and update are one plan.
    /// </summary>
    /// <remarks>
    /// The same results as <c>step</c> up to the order of sums. Layers, loss and metrics must be pure: what they store or print happens when the
    /// step is compiled, once. Where they read values of tensors the step runs as <c>step</c> does.
    /// </remarks>
    let compiledStep (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        compiledStepGiving (fun _ -> false) recipe state batch

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

    /// <summary>Mean loss and metrics over a dataset, in evaluation mode. Exact whatever the batch size: examples are counted, not batches.</summary>
    let evaluate (recipe: Recipe) (state: TrainingState) (batchSize: int) (data: Dataset) : Evaluation =
        let totals = Array.zeroCreate (1 + recipe.Metrics.Length)
        let forward = compiledForward recipe.Model

        for i in 0 .. Dataset.batches batchSize data - 1 do
            let sums =
                Memory.scope (fun () ->
                    let batch = Dataset.batch batchSize data i
                    let predictions = forward.Invoke(state.Params, state.ModelState, batch.Inputs)
                    let losses = recipe.Loss.PerExample(predictions, batch.Targets)

                    losses :: (recipe.Metrics |> List.map (fun m -> m.PerExample(predictions, batch.Targets)))
                    |> List.map (fun values -> sum (cast DType.Float64 values))
                    |> Array.ofList)

            sums |> Array.iteri (fun k s -> totals[k] <- totals[k] + s.ToDouble())

        let mean k = totals[k] / float data.Count

        {
            Loss = mean 0
            Metrics = recipe.Metrics |> List.mapi (fun k m -> m.Name, mean (k + 1))
            Examples = data.Count
        }
