using System.Collections.Generic;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <content>Losses of classes.</content>
public static partial class Losses
{
    /// <summary>Of logits against probabilities (or 0 and 1, or bool) of the same shape.</summary>
    /// <param name="labelSmoothing">Share of each target that both classes get alike.</param>
    /// <param name="classWeights">What false and true count; default: the same.</param>
    /// <param name="ignoredLabel">Elements with this target do not count.</param>
    /// <param name="fromLogits">Whether predictions are logits; false: probabilities.</param>
    /// <exception cref="DeepFunException">DF0902 the smoothing is not at least 0 and below 1; DF0951 other than two weights.</exception>
    public static Loss BinaryCrossEntropy(
        double labelSmoothing = 0,
        IEnumerable<double>? classWeights = null,
        int? ignoredLabel = null,
        bool fromLogits = true
    ) => FSharp.Losses.binaryCrossEntropyWith(Options(labelSmoothing, classWeights, ignoredLabel, fromLogits));

    /// <summary>Of logits [N, …, classes] against probabilities or one-hot vectors of the same shape.</summary>
    /// <param name="labelSmoothing">Share of each target that all classes get alike.</param>
    /// <param name="classWeights">What each class counts; default: the same.</param>
    /// <param name="fromLogits">Whether predictions are logits; false: probabilities.</param>
    /// <exception cref="DeepFunException">DF0902 the smoothing is not at least 0 and below 1; DF0951 other than one weight a class.</exception>
    public static Loss CategoricalCrossEntropy(
        double labelSmoothing = 0,
        IEnumerable<double>? classWeights = null,
        bool fromLogits = true
    ) => FSharp.Losses.categoricalCrossEntropyWith(Options(labelSmoothing, classWeights, null, fromLogits));

    /// <summary>Of logits [N, …, classes] against labels [N, …] of an integer dtype. Its mean is over the labels that count, by their weights.</summary>
    /// <param name="labelSmoothing">Share of each target that all classes get alike.</param>
    /// <param name="classWeights">What each class counts; default: the same.</param>
    /// <param name="ignoredLabel">Labels of this number do not count, for example padding; it need not be a class.</param>
    /// <param name="fromLogits">Whether predictions are logits; false: probabilities.</param>
    /// <exception cref="DeepFunException">
    /// DF0103 a label that is no class; DF0902 the smoothing is not at least 0 and below 1; DF0922 shapes; DF0923 labels that are not integers;
    /// DF0951 other than one weight a class.
    /// </exception>
    /// <example><code>
    /// var logits = Tensor.Zeros(2, 4); // all four classes alike
    /// Console.WriteLine($"{Losses.SparseCategoricalCrossEntropy().Value(logits, Tensor.From([2, 0])).ToDouble():F4}"); // 1.3863
    /// var padded = Losses.SparseCategoricalCrossEntropy(ignoredLabel: -1);
    /// Console.WriteLine($"{padded.Value(logits, Tensor.From([2, -1])).ToDouble():F4}"); // 1.3863
    /// </code></example>
    public static Loss SparseCategoricalCrossEntropy(
        double labelSmoothing = 0,
        IEnumerable<double>? classWeights = null,
        int? ignoredLabel = null,
        bool fromLogits = true
    ) => FSharp.Losses.sparseCategoricalCrossEntropyWith(Options(labelSmoothing, classWeights, ignoredLabel, fromLogits));

    /// <summary>Of logarithms of probabilities [N, …, classes] against labels [N, …] of an integer dtype: −log p of the label.</summary>
    /// <param name="classWeights">What each class counts; default: the same.</param>
    /// <param name="ignoredLabel">Labels of this number do not count.</param>
    /// <exception cref="DeepFunException">As <see cref="SparseCategoricalCrossEntropy"/>.</exception>
    public static Loss NegativeLogLikelihood(IEnumerable<double>? classWeights = null, int? ignoredLabel = null) =>
        FSharp.Losses.negativeLogLikelihoodWith(Options(0, classWeights, ignoredLabel, true));

    /// <summary>The Kullback–Leibler divergence of probabilities from logits (or logarithms of probabilities) of the same shape [N, …, classes].</summary>
    /// <param name="fromLogits">Whether predictions are logits; false: probabilities.</param>
    public static Loss KullbackLeibler(bool fromLogits = true) =>
        fromLogits ? FSharp.Losses.kullbackLeiblerFromLogits : FSharp.Losses.kullbackLeibler;

    /// <summary>Binary cross-entropy of logits that sure examples hardly count in: the term of an example times (1 − p of its class)ᵞ.</summary>
    /// <param name="gamma">The exponent; 0: all count the same.</param>
    /// <param name="alpha">Factor of true examples, and 1 − alpha of false ones; default: no factors.</param>
    /// <exception cref="DeepFunException">DF0902 gamma is below 0, or alpha not between 0 and 1.</exception>
    public static Loss BinaryFocal(double gamma = 2, double? alpha = 0.25) => LossInterop.BinaryFocal(gamma, alpha);

    /// <summary>Cross-entropy of logits [N, …, classes] and labels [N, …] that sure examples hardly count in: times (1 − p of the label)ᵞ.</summary>
    /// <param name="gamma">The exponent; 0: all count the same.</param>
    /// <exception cref="DeepFunException">DF0902 gamma is below 0.</exception>
    public static Loss Focal(double gamma = 2) => FSharp.Losses.focalFromLogits(gamma);

    /// <summary>max(0, margin − s · prediction), with s = 1 where the target is above 0 (or true) and −1 elsewhere.</summary>
    /// <param name="margin">How far right predictions should be from 0.</param>
    /// <param name="squared">Whether terms are squared.</param>
    /// <example><code>
    /// Console.WriteLine(Losses.Hinge().Value(Tensor.Vector(2, 0.5), Tensor.Vector(1, -1)).ToDouble()); // 0.75
    /// </code></example>
    public static Loss Hinge(double margin = 1, bool squared = false) => FSharp.Losses.hinge(margin, squared);

    /// <summary>Σ max(0, margin − score of the label + score) / classes over the other classes, from scores [N, …, classes] and labels [N, …].</summary>
    /// <param name="margin">How far the label's score should be above the others.</param>
    /// <param name="squared">Whether terms are squared.</param>
    public static Loss MultiClassHinge(double margin = 1, bool squared = false) => FSharp.Losses.multiClassHinge(margin, squared);

    /// <summary>1 − (2 Σ p t + smooth) / (Σ p + Σ t + smooth) over each example's elements: for masks of images.</summary>
    /// <param name="smooth">Softens examples with nothing in them.</param>
    /// <param name="fromLogits">Whether predictions are logits; false: probabilities.</param>
    /// <exception cref="DeepFunException">DF0902 smooth is below 0.</exception>
    public static Loss Dice(double smooth = 1, bool fromLogits = true) =>
        fromLogits ? FSharp.Losses.diceFromLogits(smooth) : FSharp.Losses.dice(smooth);

    private static CrossEntropyOptions Options(
        double labelSmoothing,
        IEnumerable<double>? classWeights,
        int? ignoredLabel,
        bool fromLogits
    ) =>
        LossInterop.CrossEntropy(
            fromLogits,
            labelSmoothing,
            classWeights is null ? null! : Tensor.Vector(classWeights.ToArray()),
            ignoredLabel
        );
}
