using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What is minimized. All cross-entropies take logits: outputs without softmax or sigmoid.</summary>
public static class Losses
{
    /// <summary>(prediction − target)², averaged.</summary>
    public static Loss MeanSquaredError() => FSharp.Losses.meanSquaredError;

    /// <summary>|prediction − target|, averaged.</summary>
    public static Loss MeanAbsoluteError() => FSharp.Losses.meanAbsoluteError;

    /// <summary>Squared near 0, linear beyond delta.</summary>
    public static Loss Huber(double delta = 1) => FSharp.Losses.huber(delta);

    /// <summary>Of logits against 0 or 1.</summary>
    public static Loss BinaryCrossEntropy() => FSharp.Losses.binaryCrossEntropyFromLogits;

    /// <summary>Of logits [N, classes] against probabilities or one-hot vectors [N, classes].</summary>
    public static Loss CategoricalCrossEntropy() => FSharp.Losses.categoricalCrossEntropyFromLogits;

    /// <summary>Of logits [N, classes] against labels [N] of an integer dtype.</summary>
    public static Loss SparseCategoricalCrossEntropy() => FSharp.Losses.sparseCategoricalCrossEntropyFromLogits;
}

/// <summary>What is reported beside the loss.</summary>
public static class Metrics
{
    /// <summary>Share of examples whose largest output is at the label (or at the one of a one-hot vector).</summary>
    public static Metric Accuracy => FSharp.Metrics.accuracy;

    /// <summary>Share of logits on the right side of 0.</summary>
    public static Metric BinaryAccuracy => FSharp.Metrics.binaryAccuracyFromLogits;

    /// <summary>Share of examples whose label is among the k largest outputs.</summary>
    public static Metric TopK(int k) => FSharp.Metrics.topK(k);

    /// <summary>(prediction − target)²</summary>
    public static Metric MeanSquaredError => FSharp.Metrics.meanSquaredError;

    /// <summary>|prediction − target|</summary>
    public static Metric MeanAbsoluteError => FSharp.Metrics.meanAbsoluteError;

    /// <summary>How often label i (row) was read as j (column).</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="predictions">[N, classes]</param>
    /// <param name="targets">[N] labels</param>
    public static int[,] ConfusionMatrix(int classes, Tensor predictions, Tensor targets) =>
        FSharp.Metrics.confusionMatrix(classes, predictions, targets);
}

/// <summary>Penalties on the parameters, for <see cref="Trainer.WithPenalty"/>. Default: every weight, no bias.</summary>
public static class Penalties
{
    /// <summary>strength · Σ |w|</summary>
    /// <param name="strength">The factor.</param>
    /// <param name="counts">Which paths count.</param>
    public static Func<Params, Tensor> L1(double strength, Func<string, bool>? counts = null) =>
        parameters => Interop.L1(strength, counts!, parameters);

    /// <summary>strength · Σ w²</summary>
    /// <param name="strength">The factor.</param>
    /// <param name="counts">Which paths count.</param>
    public static Func<Params, Tensor> L2(double strength, Func<string, bool>? counts = null) =>
        parameters => Interop.L2(strength, counts!, parameters);
}
