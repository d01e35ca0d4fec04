namespace DeepFun

open DeepFun.FSharp

/// <summary>
/// What is reported beside the loss: a number for each example, so that the mean over any batches, weighted by their size, is exactly the
/// mean over the data.
/// </summary>
/// <param name="name">What it is.</param>
/// <param name="perExample">predictions → targets → one number for each example, [N] float32.</param>
[<Sealed; AllowNullLiteral>]
type Metric(name: string, perExample: Tensor -> Tensor -> Tensor) =
    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>One number for each example of the batch: [N], float32.</summary>
    member _.PerExample(predictions: Tensor, targets: Tensor) : Tensor = cast DType.Float32 (perExample predictions targets)

    /// <summary>The mean over the batch.</summary>
    member this.Value(predictions: Tensor, targets: Tensor) : Tensor = mean (this.PerExample(predictions, targets))

    /// <summary>What it is.</summary>
    override _.ToString() = name

namespace DeepFun.FSharp

open DeepFun.FSharp
open DeepFun

/// <summary>Metrics. Predictions and targets are batches, [N, …]; where examples have several elements, their mean is taken.</summary>
[<RequireQualifiedAccess>]
module Metrics =

    let private share (hits: Tensor) = PerExample.mean (cast DType.Float32 hits)

    /// <summary>
    /// The share of right classes. Predictions [N, …, classes] are scores, the largest of which wins (the first of equal ones); targets are
    /// integer labels [N, …], or one-hot or probabilities of the predictions' shape.
    /// </summary>
    let accuracy: Metric =
        let name = "accuracy"

        Metric(
            name,
            fun predictions targets ->
                if predictions.Shape = targets.Shape && predictions.Rank >= 2 then
                    share (equal (argmax -1 predictions) (argmax -1 targets))
                else
                    let labels = PerExample.labels name predictions targets
                    share (equal (argmax -1 predictions) labels)
        )

    /// <summary>The share of right signs: a logit above 0 predicts true. Targets have the predictions' shape: bool, or true above ½.</summary>
    let binaryAccuracyFromLogits: Metric =
        let name = "binaryAccuracy"

        Metric(
            name,
            fun z targets ->
                PerExample.same name z targets
                let t = cast DType.Float32 targets
                share (equal (greater z (zerosLike z)) (greater t (fullLike 0.5 t)))
        )

    /// <summary>
    /// The share of examples whose label is among the k largest scores; classes equal to the label's score do not count against it.
    /// Predictions [N, …, classes], integer labels [N, …].
    /// </summary>
    let topK (k: int) : Metric =
        if k < 1 then
            Errors.option "k of topK" "at least 1" (string k)

        let name = $"top{k}"

        Metric(
            name,
            fun predictions targets ->
                let labels = PerExample.labels name predictions targets
                let own = takeAlong -1 (expandDims -1 labels) predictions
                // NaN is never ≤: it counts against the label, and a label of score NaN is wrong.
                let above = sumOver [ -1 ] (logicalNot (lessOrEqual predictions own))
                share (less above (fullLike (float k) above))
        )

    let private ofLoss (name: string) (loss: Loss) =
        Metric(
            name,
            fun predictions targets ->
                // Integer predictions are as good as others here: nothing is differentiated.
                let p = if DTypes.IsFloating predictions.DType then predictions else cast DType.Float32 predictions
                loss.PerExample(p, targets)
        )

    /// <summary>Mean of (p − t)².</summary>
    let meanSquaredError: Metric = ofLoss "meanSquaredError" Losses.meanSquaredError

    /// <summary>Mean of |p − t|.</summary>
    let meanAbsoluteError: Metric = ofLoss "meanAbsoluteError" Losses.meanAbsoluteError

    /// <summary>
    /// How often each class (row) was taken for each class (column). Predictions are scores [N, classes] or integer labels [N]; targets are integer
    /// labels [N]. Add the matrices of batches.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0922 shapes; DF0902 a label that is no class.</exception>
    let confusionMatrix (classes: int) (predictions: Tensor) (targets: Tensor) : int[,] =
        if predictions.Rank = 2 && predictions.Shape[1] <> classes then
            Errors.targets "confusionMatrix" $"scores [N, {classes}]" predictions.Shape targets.Shape

        let chosen = if predictions.Rank = 2 then argmax -1 predictions else predictions

        if chosen.Rank <> 1 || chosen.Shape <> targets.Shape then
            Errors.targets "confusionMatrix" "scores [N, classes] or labels [N], and labels [N]" predictions.Shape targets.Shape

        let integer what (t: Tensor) =
            if not (DTypes.IsInteger t.DType) then
                Errors.targetDType "confusionMatrix" what "integers" t.DType

            t.ToDoubles() |> Array.map int

        let check c =
            if c < 0 || c >= classes then
                Errors.option "a label of confusionMatrix" $"between 0 and {classes - 1}" (string c)

        let counts = Array2D.zeroCreate classes classes

        Array.iter2
            (fun predicted actual ->
                check predicted
                check actual
                counts[actual, predicted] <- counts[actual, predicted] + 1)
            (integer "predicted labels" chosen)
            (integer "targets" targets)

        counts
