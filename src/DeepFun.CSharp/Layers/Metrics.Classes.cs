using DeepFun.FSharp;

namespace DeepFun;

/// <content>
/// Metrics of classes, from counts over all examples. Predictions are scores [N, …, classes] or class numbers [N, …]; targets are labels [N, …].
/// </content>
public static partial class Metrics
{
    /// <summary>How often label i (row) was read as j (column), as a metric: <c>confusion[i, j]</c>.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    public static Metric Confusion(int classes, int? ignoredLabel = null) => LossInterop.Confusion(classes, ignoredLabel);

    /// <summary>The share of readings as a class that are right: <c>precision</c>.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="averaging">How the classes' numbers become one.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    public static Metric Precision(int classes, Averaging averaging = Averaging.Macro, int? ignoredLabel = null) =>
        LossInterop.Precision(classes, averaging, ignoredLabel);

    /// <summary>The share of a class's examples that are read as it: <c>recall</c>.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="averaging">How the classes' numbers become one.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    public static Metric Recall(int classes, Averaging averaging = Averaging.Macro, int? ignoredLabel = null) =>
        LossInterop.Recall(classes, averaging, ignoredLabel);

    /// <summary>The harmonic mean of precision and recall of each class: <c>f1</c>.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="averaging">How the classes' numbers become one.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    /// <example><code>
    /// var read = Tensor.From([0, 1, 1, 1]);
    /// Console.WriteLine(Metrics.F1(2).Value(read, Tensor.From([0, 0, 1, 1])).ToDouble().ToString("F4")); // 0.7333
    /// Console.WriteLine(Metrics.F1(2, Averaging.PerClass).Value(read, Tensor.From([0, 0, 1, 1]))[1].ToDouble().ToString("F4")); // 0.8000
    /// </code></example>
    public static Metric F1(int classes, Averaging averaging = Averaging.Macro, int? ignoredLabel = null) =>
        LossInterop.F1(classes, averaging, ignoredLabel);

    /// <summary>Intersection over union of each class, for example of pixels: <c>iou</c>.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="averaging">How the classes' numbers become one; the macro mean is over classes that occur or are read.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    public static Metric IntersectionOverUnion(int classes, Averaging averaging = Averaging.Macro, int? ignoredLabel = null) =>
        LossInterop.Iou(classes, averaging, ignoredLabel);

    /// <summary>Share of logits above 0 whose target is true (or above ½): <c>precision</c>.</summary>
    public static Metric BinaryPrecision => FSharp.Metrics.binaryPrecisionFromLogits;

    /// <summary>Share of true targets whose logit is above 0: <c>recall</c>.</summary>
    public static Metric BinaryRecall => FSharp.Metrics.binaryRecallFromLogits;

    /// <summary>Harmonic mean of <see cref="BinaryPrecision"/> and <see cref="BinaryRecall"/>: <c>f1</c>.</summary>
    public static Metric BinaryF1 => FSharp.Metrics.binaryF1FromLogits;
}
