using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <content>Metrics with states of their own.</content>
public static partial class Metrics
{
    /// <summary>1 − Σ (t − p)² / Σ (t − mean t)², averaged over the outputs: <c>r2</c>.</summary>
    public static Metric RSquared => FSharp.Metrics.rSquared;

    /// <summary>The exact area under the ROC curve of scores; targets of the same shape are true above ½: <c>auc</c>. Its state holds all scores.</summary>
    /// <example><code>
    /// var state = Metrics.AreaUnderCurve.Start;
    /// state = Metrics.AreaUnderCurve.Update(state, Tensor.Vector(0.1, 0.4), Tensor.Vector(0, 0)); // a batch
    /// state = Metrics.AreaUnderCurve.Update(state, Tensor.Vector(0.35, 0.8), Tensor.Vector(1, 1)); // another
    /// Console.WriteLine(Metrics.AreaUnderCurve.Result(state).ToDouble()); // 0.75
    /// </code></example>
    public static Metric AreaUnderCurve => FSharp.Metrics.areaUnderCurve;

    /// <summary>How far the confidence of logits [N, …, classes] is from the share of right classes: <c>ece</c>.</summary>
    /// <param name="bins">Bins of equal width in confidence.</param>
    public static Metric ExpectedCalibrationError(int bins = 15) => FSharp.Metrics.expectedCalibrationErrorFromLogits(bins);

    /// <summary>exp of a cross-entropy's mean: <c>perplexity</c>.</summary>
    /// <param name="loss">The cross-entropy; default: of logits and labels.</param>
    public static Metric Perplexity(Loss? loss = null) => FSharp.Metrics.perplexity(loss ?? Losses.SparseCategoricalCrossEntropy());

    /// <summary>A loss as a metric under its own name.</summary>
    public static Metric Of(Loss loss) => FSharp.Metrics.ofLoss(loss);

    /// <summary>BLEU of the data: token numbers [N, T], or scores [N, T, classes], against token numbers [N, S]; negative numbers fill up.</summary>
    /// <param name="order">The longest n-grams.</param>
    public static Metric Bleu(int order = 4) => FSharp.Metrics.bleu(order);

    /// <summary>A metric of one's own that is more than a mean: its states are trees of tensors.</summary>
    /// <param name="name">By which results hold it.</param>
    /// <param name="start">The state of no examples.</param>
    /// <param name="measure">predictions and targets of a batch → its state.</param>
    /// <param name="result">What a state says: one number or several.</param>
    /// <param name="merge">The state of two parts from theirs; default: their sum.</param>
    /// <example><code>
    /// // The largest error over the data.
    /// var largest = Metrics.Custom(
    ///     "largest error",
    ///     start: () => Params.Of(("error", Tensor.Zeros())),
    ///     measure: (p, t) => Params.Of(("error", (p - t).Abs().Max())),
    ///     result: state => state["error"],
    ///     merge: (a, b) => Params.Of(("error", a["error"].Maximum(b["error"])))
    /// );
    /// Console.WriteLine(largest.Value(Tensor.Vector(1, 2), Tensor.Vector(1, 5)).ToDouble()); // 3
    /// </code></example>
    public static Metric Custom(
        string name,
        Func<Params> start,
        Func<Tensor, Tensor, Params> measure,
        Func<Params, Tensor> result,
        Func<Params, Params, Params>? merge = null
    ) =>
        merge is null
            ? LossInterop.SumsMetric(name, start, measure, result)
            : LossInterop.CustomMetric(name, start, measure, merge, result);
}
