namespace DeepFun

open DeepFun.FSharp

/// <summary>What training makes small: a number for each example, from predictions and targets of a batch.</summary>
/// <param name="name">What it is.</param>
/// <param name="perExample">predictions → targets → one number for each example, [N].</param>
[<Sealed; AllowNullLiteral>]
type Loss(name: string, perExample: Tensor -> Tensor -> Tensor) =
    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>One number for each example of the batch: [N].</summary>
    member _.PerExample(predictions: Tensor, targets: Tensor) : Tensor = perExample predictions targets

    /// <summary>The mean over the batch.</summary>
    member _.Value(predictions: Tensor, targets: Tensor) : Tensor = mean (perExample predictions targets)

    /// <summary>What it is.</summary>
    override _.ToString() = name

/// What losses and metrics check and share.
module internal PerExample =

    /// The mean over all axes but the batch's.
    let mean (x: Tensor) : Tensor = if x.Rank = 1 then x else meanOver [ 1 .. x.Rank - 1 ] x

    let floating operation (predictions: Tensor) =
        if not (DTypes.IsFloating predictions.DType) then
            Errors.targetDType operation "predictions" "a floating dtype" predictions.DType

    let batched operation (predictions: Tensor) (targets: Tensor) =
        if predictions.Rank < 1 then
            Errors.targets operation "a batch of predictions [N, …]" predictions.Shape targets.Shape

    let same operation (predictions: Tensor) (targets: Tensor) =
        batched operation predictions targets

        if predictions.Shape <> targets.Shape then
            Errors.targets operation "predictions and targets of equal shape" predictions.Shape targets.Shape

    /// Labels of classes, which are predictions' last axis; int32 or int64 afterwards.
    let labels operation (predictions: Tensor) (targets: Tensor) : Tensor =
        let expected = predictions.Shape.ToArray()

        if
            expected.Length < 2
            || targets.Rank <> expected.Length - 1
            || targets.Shape.ToArray() <> expected[.. expected.Length - 2]
        then
            Errors.targets operation "predictions [N, …, classes] and labels [N, …]" predictions.Shape targets.Shape

        match targets.DType with
        | DType.Int32
        | DType.Int64 -> targets
        | integer when DTypes.IsInteger integer -> cast DType.Int32 targets
        | other -> Errors.targetDType operation "labels" "integers" other

namespace DeepFun.FSharp

open DeepFun.FSharp
open DeepFun

/// <summary>
/// Losses. Predictions and targets are batches, [N, …]; where examples have several elements, their mean is taken. <c>FromLogits</c> means
/// predictions before sigmoid or softmax: the stable way, also for huge values.
/// </summary>
[<RequireQualifiedAccess>]
module Losses =

    /// Of the differences between predictions and targets.
    let private ofDifference name (f: Tensor -> Tensor) : Loss =
        Loss(
            name,
            fun predictions targets ->
                PerExample.floating name predictions
                PerExample.same name predictions targets
                PerExample.mean (f (predictions - cast predictions.DType targets))
        )

    /// <summary>Mean of (p − t)².</summary>
    let meanSquaredError: Loss = ofDifference "meanSquaredError" square

    /// <summary>Mean of |p − t|.</summary>
    let meanAbsoluteError: Loss = ofDifference "meanAbsoluteError" abs

    /// <summary>Quadratic near 0, linear outside: d² / 2 where |d| ≤ δ, elsewhere δ (|d| − δ / 2), d = p − t.</summary>
    /// <remarks>Source: Huber, Annals of Mathematical Statistics 35, 1964.</remarks>
    let huber (delta: float) : Loss =
        if not (delta > 0.0) then
            Errors.option "delta of huber" "above 0" (string delta)

        ofDifference "huber" (fun d ->
            let size = abs d
            let near = minimum size (fullLike delta size)
            0.5 * square near + delta * (size - near))

    /// <summary>−t log σ(z) − (1 − t) log(1 − σ(z)), from logits z and probabilities t (0 … 1, or bool) of equal shape.</summary>
    let binaryCrossEntropyFromLogits: Loss =
        let name = "binaryCrossEntropyFromLogits"

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                PerExample.same name z targets
                let t = cast z.DType targets
                // Exact on both sides: softplus(z) − t z would cancel where the prediction is sure and right.
                PerExample.mean (t * softplus -z + (1.0 - t) * softplus z)
        )

    /// <summary>−Σ t log softmax(z) over the last axis, from logits z and probabilities t (for example one-hot) of equal shape [N, …, classes].</summary>
    let categoricalCrossEntropyFromLogits: Loss =
        let name = "categoricalCrossEntropyFromLogits"

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                PerExample.same name z targets

                if z.Rank < 2 then
                    Errors.targets name "predictions and targets [N, …, classes]" z.Shape targets.Shape

                let t = cast z.DType targets
                let p = logSoftmax -1 z
                // A class that is impossible and excluded (logit −∞) costs nothing: 0 · ∞ would be NaN.
                let excluded = logicalAnd (isInfinite p) (equal t (zerosLike t))
                PerExample.mean (-(sumOver [ -1 ] (t * where excluded (zerosLike p) p)))
        )

    /// <summary>−log softmax(z)[label], from logits z [N, …, classes] and integer labels [N, …].</summary>
    /// <remarks>Errors: DF0103 a label that is no class; DF0922 shapes; DF0923 labels that are not integers.</remarks>
    let sparseCategoricalCrossEntropyFromLogits: Loss =
        let name = "sparseCategoricalCrossEntropyFromLogits"

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                let labels = PerExample.labels name z targets
                PerExample.mean (-(takeAlong -1 (expandDims -1 labels) (logSoftmax -1 z) |> squeezeAxis -1))
        )

/// <summary>
/// Penalties on parameters, to add to a loss. They count the parameters whose path fulfils a predicate: <c>Penalties.weights</c> leaves
/// biases and normalization out.
/// </summary>
[<RequireQualifiedAccess>]
module Penalties =

    /// <summary>Whether a path's last name is <c>weight</c>.</summary>
    let weights (path: string) = path = "weight" || path.EndsWith "/weight"

    let private total (strength: float) (counts: string -> bool) (term: Tensor -> Tensor) (parameters: Params) : Tensor =
        let terms =
            [
                for e in parameters.Entries do
                    if counts e.Key then
                        sum (term e.Value)
            ]

        match terms with
        | [] -> Tensor.scalar 0.0
        | terms -> strength * List.reduce (fun (a: Tensor) b -> a + b) terms

    /// <summary>strength · Σ |w|</summary>
    let l1 (strength: float) (counts: string -> bool) (parameters: Params) : Tensor = total strength counts abs parameters

    /// <summary>strength · Σ w² (no half: the gradient is 2 · strength · w)</summary>
    let l2 (strength: float) (counts: string -> bool) (parameters: Params) : Tensor = total strength counts square parameters
