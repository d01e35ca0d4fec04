using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What is reported beside the loss, exact over the data in whatever batches they come.</summary>
/// <example><code>
/// var outputs = Tensor.From(new float[,] { { 5, 1 }, { 2, 3 }, { 4, 0 } });
/// Console.WriteLine(Metrics.Accuracy.PerExample(outputs, Tensor.From([0, 1, 1]))); // tensor([1., 1., 0.], float32, shape [3])
/// </code></example>
public static partial class Metrics
{
    /// <summary>Share of examples whose largest output is at the label (or at the one of a one-hot vector).</summary>
    public static Metric Accuracy => FSharp.Metrics.accuracy;

    /// <summary>Share of logits on the right side of 0.</summary>
    public static Metric BinaryAccuracy => FSharp.Metrics.binaryAccuracyFromLogits;

    /// <summary>Share of probabilities on the right side of ½: for models that end in a sigmoid.</summary>
    public static Metric BinaryAccuracyFromProbabilities => FSharp.Metrics.binaryAccuracyFromProbabilities;

    /// <summary>Share of examples whose label is among the k largest outputs.</summary>
    public static Metric TopK(int k) => FSharp.Metrics.topK(k);

    /// <summary>(prediction − target)²</summary>
    public static Metric MeanSquaredError => FSharp.Metrics.meanSquaredError;

    /// <summary>|prediction − target|</summary>
    public static Metric MeanAbsoluteError => FSharp.Metrics.meanAbsoluteError;

    /// <summary>A metric on one part of a network's outputs and targets: see <see cref="Trainer"/>.</summary>
    /// <param name="metric">The metric, reported under its name; <c>Named</c> gives it another, where two parts have the same metric.</param>
    /// <param name="output">The part of the outputs, [N, …].</param>
    /// <param name="target">The part of the targets, [N, …].</param>
    public static NetworkMetric<TOutput, TTarget> On<TOutput, TTarget>(
        Metric metric,
        Func<TOutput, Tensor> output,
        Func<TTarget, Tensor> target
    ) => TrainingInterop.Metric(metric, output, target);

    /// <summary>A metric of one's own.</summary>
    /// <param name="name">By which results hold it.</param>
    /// <param name="perExample">predictions and targets of a batch → one number for each example, [N].</param>
    public static Metric Custom(string name, Func<Tensor, Tensor, Tensor> perExample) => Interop.CustomMetric(name, perExample);

    /// <summary>How often label i (row) was read as j (column); <see cref="ClassificationReport"/> says more.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="predictions">[N, classes]</param>
    /// <param name="targets">[N] labels</param>
    /// <exception cref="DeepFunException">DF0902 a label that is no class; DF0922 shapes.</exception>
    /// <example><code>
    /// var outputs = Tensor.From(new float[,] { { 5, 1 }, { 2, 3 }, { 4, 0 } });
    /// var counts = Metrics.ConfusionMatrix(2, outputs, Tensor.From([0, 1, 1]));
    /// Console.WriteLine($"{counts[0, 0]} {counts[0, 1]} | {counts[1, 0]} {counts[1, 1]}"); // 1 0 | 1 1
    /// </code></example>
    public static int[,] ConfusionMatrix(int classes, Tensor predictions, Tensor targets) =>
        FSharp.Metrics.confusionMatrix(classes, predictions, targets);
}
