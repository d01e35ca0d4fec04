namespace DeepFun.FSharp

open DeepFun.FSharp
open DeepFun

/// <summary>
/// Metrics. Predictions and targets are batches, [N, …]; where examples have several elements, their mean is taken. Over several batches each is what
/// it would be over all examples at once.
/// </summary>
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

    /// The share of predictions that lie on the targets' side of a number.
    let private binaryAccuracy (threshold: float) : Metric =
        let name = "binaryAccuracy"

        Metric(
            name,
            fun p targets ->
                PerExample.same name p targets
                let t = cast DType.Float32 targets
                share (equal (greater p (fullLike threshold p)) (greater t (fullLike 0.5 t)))
        )

    /// <summary>The share of right signs: a logit above 0 predicts true. Targets have the predictions' shape: bool, or true above ½.</summary>
    let binaryAccuracyFromLogits: Metric = binaryAccuracy 0.0

    /// <summary>The share of right sides of ½: a probability above it predicts true. Targets have the predictions' shape: bool, or true above ½.</summary>
    let binaryAccuracyFromProbabilities: Metric = binaryAccuracy 0.5

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

    let private differences (name: string) (loss: Loss) =
        Metric(
            name,
            fun predictions targets ->
                // Integer predictions are as good as others here: nothing is differentiated.
                let p = if DTypes.IsFloating predictions.DType then predictions else cast DType.Float32 predictions
                loss.PerExample(p, targets)
        )

    /// <summary>Mean of (p − t)².</summary>
    let meanSquaredError: Metric = differences "meanSquaredError" Losses.meanSquaredError

    /// <summary>Mean of |p − t|.</summary>
    let meanAbsoluteError: Metric = differences "meanAbsoluteError" Losses.meanAbsoluteError

    /// <summary>1 − Σ (t − p)² / Σ (t − mean t)² for each output, averaged over the outputs: <c>r2</c>.</summary>
    /// <remarks>Where targets are all the same: 1 if they were met, else 0. Source: sklearn.metrics.r2_score.</remarks>
    let rSquared: Metric = StreamMetrics.rSquared

    /// <summary>
    /// The area under the receiver operating characteristic, exact: the share of pairs of a true and a false example whose scores stand in the right
    /// order, equal ones half. Scores and targets (bool, or true above ½) have equal shape. Name <c>auc</c>.
    /// </summary>
    /// <remarks>Its state holds all scores, 16 bytes an element. NaN without both kinds of example. Source: Mann and Whitney 1947.</remarks>
    let areaUnderCurve: Metric = StreamMetrics.areaUnderCurve

    /// <summary>How often label i (row) was read as class j (column): <c>confusion</c>, float64 [classes, classes].</summary>
    /// <remarks>
    /// Predictions are scores [N, …, classes] (floating) or class numbers [N, …]; targets are integer labels [N, …], or of the scores' shape. An
    /// ignored label does not count; any other that is no class is an error (DF0103). So for all metrics of classes.
    /// </remarks>
    let confusion (classes: int) (ignored: int option) : Metric = ClassMetrics.confusion classes ignored

    /// <summary>The share of readings as a class that are right; 0 for a class that is never read.</summary>
    /// <remarks>Operands as for <c>confusion</c>. Source: sklearn.metrics.precision_score with zero_division 0 and all classes as labels.</remarks>
    let precision (classes: int) (averaging: Averaging) (ignored: int option) : Metric = ClassMetrics.precision classes averaging ignored

    /// <summary>The share of a class's examples that are read as it; 0 for a class that does not occur.</summary>
    /// <remarks>Operands as for <c>confusion</c>. Source: sklearn.metrics.recall_score.</remarks>
    let recall (classes: int) (averaging: Averaging) (ignored: int option) : Metric = ClassMetrics.recall classes averaging ignored

    /// <summary>The harmonic mean of precision and recall, 2 · right / (examples + readings); 0 for a class without both.</summary>
    /// <remarks>Operands as for <c>confusion</c>. Source: sklearn.metrics.f1_score.</remarks>
    let f1 (classes: int) (averaging: Averaging) (ignored: int option) : Metric = ClassMetrics.f1 classes averaging ignored

    /// <summary>Precision of a logit above 0 as a reading of true; targets have the predictions' shape: bool, or true above ½.</summary>
    let binaryPrecisionFromLogits: Metric = ClassMetrics.binaryPrecision

    /// <summary>Recall of true by logits above 0.</summary>
    let binaryRecallFromLogits: Metric = ClassMetrics.binaryRecall

    /// <summary>F1 of true by logits above 0.</summary>
    let binaryF1FromLogits: Metric = ClassMetrics.binaryF1

    /// <summary>Intersection over union, right / (examples + readings − right), of classes (for example of pixels): <c>iou</c>.</summary>
    /// <remarks>
    /// Operands as for <c>confusion</c>. Macro is the mean over the classes that occur or are read; per class the others are NaN. Also called the
    /// Jaccard index.
    /// </remarks>
    let intersectionOverUnion (classes: int) (averaging: Averaging) (ignored: int option) : Metric =
        ClassMetrics.intersectionOverUnion classes averaging ignored

    /// <summary>
    /// How far confidence (the largest probability, from logits [N, …, classes]) is from the share of right classes: Σ |right − confidence| / N over bins
    /// of equal width in confidence. Name <c>ece</c>.
    /// </summary>
    /// <remarks>A bin holds its upper bound. Source: Guo et al. 2017, arXiv:1706.04599, equation 3; 15 bins are usual.</remarks>
    let expectedCalibrationErrorFromLogits (bins: int) : Metric = StreamMetrics.calibrationError bins

    /// <summary>exp of a cross-entropy's mean, in which its weights and ignored labels count: <c>perplexity</c>.</summary>
    let perplexity (loss: Loss) : Metric = Metric.OfLoss("perplexity", loss, exp)

    /// <summary>A loss as a metric under its own name; its weights count.</summary>
    let ofLoss (loss: Loss) : Metric = Metric.OfLoss(loss.Name, loss, id)

    /// <summary>
    /// BLEU of the whole data with one reference a sentence and n-grams up to an order, without smoothing: brevity penalty times the geometric mean of the
    /// shares of n-grams that the reference has too.
    /// </summary>
    /// <remarks>
    /// Predictions are token numbers [N, T], or scores [N, T, classes] whose largest wins; targets are token numbers [N, S]. Negative numbers fill
    /// sentences up behind their end. 0 without a match of some order. Memory: N · T · (T + S) elements for a batch.
    /// Source: Papineni et al. 2002; order 4 is usual.
    /// </remarks>
    let bleu (order: int) : Metric = StreamMetrics.bleu order

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
