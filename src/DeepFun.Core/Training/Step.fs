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

namespace DeepFun.FSharp

open System.Runtime.CompilerServices
open DeepFun

/// <summary>One step of training, one evaluation, one prediction: pure functions that own a memory scope.</summary>
[<RequireQualifiedAccess>]
module Training =

    /// Layers as networks, each the same one every time, so that what is compiled for it is found again.
    let private networks = ConditionalWeakTable<Layer, Network<Tensor, Tensor>>()

    let private networkOf (model: Layer) : Network<Tensor, Tensor> = networks.GetValue(model, Network.ofLayer)

    /// Recipes as those over trees, for the same reason.
    let private recipes = ConditionalWeakTable<Recipe, NetworkRecipe<Tensor, Tensor, Tensor>>()

    let private make (recipe: Recipe) =
        NetworkRecipe(
            networkOf recipe.Model,
            NetworkLoss(recipe.Loss.Name, recipe.Loss, id, id),
            recipe.Optimizer,
            recipe.Metrics |> List.map (fun m -> NetworkMetric(m, id, id)),
            recipe.Penalty
        )

    let internal general (recipe: Recipe) : NetworkRecipe<Tensor, Tensor, Tensor> =
        match recipes.TryGetValue recipe with
        | true, known -> known
        | _ -> recipes.GetValue(recipe, make)

    /// <summary>The first state for inputs of a shape (one example).</summary>
    let init (recipe: Recipe) (inputShape: Shape) (key: Key) : TrainingState =
        recipe.Model.OutputShape inputShape |> ignore
        NetworkSteps.init (general recipe) (recipe.Model.Init (Key.fold -1L key) inputShape) key

    /// The state and the report of a step that run takes.
    let private reported run (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        let recipe = general recipe

        let struct (next, measured) =
            Memory.scope (fun () -> run recipe state batch.Inputs batch.Targets)
            |> NetworkSteps.measured recipe state state.Batch batch.Count

        next, measured.Report recipe.Reporting

    /// <summary>
    /// One step on a batch: gradient of the mean loss, then the optimizer's update. Gives the new state and the loss and metrics of the
    /// batch before the update. Epoch and Batch of the state are the loop's business and stay.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0402 under vmap, where the loss is no number: use <c>update</c>.</exception>
    let step (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        reported NetworkSteps.step recipe state batch

    /// <summary>
    /// As <c>step</c>, compiled at the first call with a recipe and a shape of batches: forward pass, backward pass and update are one plan.
    /// </summary>
    /// <remarks>
    /// The same results as <c>step</c> up to the order of sums. Layers, loss and metrics must be pure: what they store or print happens when the
    /// step is compiled, once. Where they read values of tensors the step runs as <c>step</c> does.
    /// </remarks>
    let compiledStep (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Evaluation =
        reported (NetworkSteps.compiledStep null) recipe state batch

    /// <summary>
    /// As <c>step</c>, with the loss before the update as a tensor and no metrics: it reads no value, so that steps can be batched, as well as
    /// differentiated.
    /// </summary>
    /// <example><c>vmap (fun key -> Training.update recipe (Training.init recipe shape key) batch |> snd) keys</c></example>
    let update (recipe: Recipe) (state: TrainingState) (batch: Dataset) : TrainingState * Tensor =
        NetworkSteps.update (general recipe) state batch.Inputs batch.Targets

    /// <summary>
    /// The model's outputs for inputs [N, …], in evaluation mode, batch by batch. Compiled from the second batch of a shape on, unless the layers
    /// read values.
    /// </summary>
    let predict (model: Layer) (parameters: Params) (modelState: Params) (batchSize: int) (inputs: Tensor) : Tensor =
        NetworkSteps.predict (networkOf model) parameters modelState batchSize inputs

    /// <summary>
    /// Mean loss and metrics over a dataset, in evaluation mode. Exact whatever the batch size: sums, counts and states are joined, not means.
    /// </summary>
    let evaluate (recipe: Recipe) (state: TrainingState) (batchSize: int) (data: Dataset) : Evaluation =
        NetworkSteps.evaluate (general recipe) state batchSize data.Inputs data.Targets

    /// <summary>
    /// The state with the averaged parameters that its optimizer keeps: <c>evaluate recipe (averaged state) 256 data</c>, or <c>(averaged state).Params</c> to
    /// predict with or to save.
    /// </summary>
    /// <remarks>The model's own state (running statistics) is that of the last parameters. To train on, keep the state itself.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0931 the optimizer keeps no average.</exception>
    let averaged (state: TrainingState) : TrainingState = { state with Params = Averaging.parameters state.OptimizerState }
