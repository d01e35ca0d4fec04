using DeepFun.FSharp;

namespace DeepFun;

/// <content>Losses of vectors that stand for examples, and of sequences.</content>
public static partial class Losses
{
    /// <summary>1 − cos of the angle between prediction and target along the last axis.</summary>
    public static Loss Cosine() => FSharp.Losses.cosine;

    /// <summary>max(0, |anchor − positive| − |anchor − negative| + margin) for each example: [N, features] each → [N].</summary>
    /// <param name="anchor">The examples.</param>
    /// <param name="positive">What should be near to them.</param>
    /// <param name="negative">What should be far.</param>
    /// <param name="margin">How much farther.</param>
    /// <exception cref="DeepFunException">DF0902 the margin is not above 0; DF0953 shapes.</exception>
    /// <example><code>
    /// var (anchor, near, far) = (Tensor.Zeros(1, 2), Tensor.Vector(0, 1).Reshape(1, 2), Tensor.Vector(3, 4).Reshape(1, 2));
    /// Console.WriteLine(Losses.Triplet(anchor, near, far)); // tensor([0.], float32, shape [1])
    /// Console.WriteLine(Losses.Triplet(anchor, far, near)); // tensor([5.], float32, shape [1])
    /// </code></example>
    public static Tensor Triplet(Tensor anchor, Tensor positive, Tensor negative, double margin = 1) =>
        FSharp.Losses.triplet(margin, anchor, positive, negative);

    /// <summary>The triplet loss of each example with its farthest like and its nearest unlike of the batch: embeddings [N, features], labels [N].</summary>
    /// <param name="margin">How much farther the unlike should be.</param>
    /// <exception cref="DeepFunException">DF0902 the margin is not above 0; DF0922 shapes.</exception>
    public static Loss BatchHardTriplet(double margin = 1) => FSharp.Losses.batchHardTriplet(margin);

    /// <summary>NT-Xent (SimCLR): how well each example's other view is told from the rest of the batch; predictions and targets are the views, [N, features].</summary>
    /// <param name="temperature">By which similarities are divided.</param>
    /// <exception cref="DeepFunException">DF0902 the temperature is not above 0; DF0922 shapes.</exception>
    public static Loss Contrastive(double temperature = 0.5) => FSharp.Losses.contrastive(temperature);

    /// <summary>
    /// Connectionist temporal classification for a trainer: logits [N, T, classes] of full length against labels [N, S], which end with negative numbers
    /// where they are shorter.
    /// </summary>
    /// <param name="blank">The class that stands for no label.</param>
    /// <param name="zeroImpossible">Whether labels that do not fit into their input cost 0 instead of ∞.</param>
    public static Loss Ctc(int blank = 0, bool zeroImpossible = false) => FSharp.Losses.ctc(LossInterop.Ctc(blank, zeroImpossible));

    /// <summary>Connectionist temporal classification of each example: −log of the probability of its labels over all alignments, [N].</summary>
    /// <param name="logits">[N, T, classes]</param>
    /// <param name="inputLengths">[N], integers: how many times of each input count.</param>
    /// <param name="labels">[N, S], integers</param>
    /// <param name="labelLengths">[N], integers: how many labels of each example count.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <param name="zeroImpossible">Whether labels that do not fit into their input cost 0 instead of ∞.</param>
    /// <exception cref="DeepFunException">DF0902 the blank is no class; DF0923 lengths or labels that are not integers; DF0952 shapes.</exception>
    /// <example><code>
    /// // Two times, classes blank and 1, all alike: "1" is spelled by 11, 1-, -1 of the four ways.
    /// var cost = Losses.Ctc(Tensor.Zeros(1, 2, 2), Tensor.From([2]), Tensor.From(new[,] { { 1 } }), Tensor.From([1]));
    /// Console.WriteLine($"{Math.Exp(-cost[0].ToDouble()):F2}"); // 0.75
    /// </code></example>
    public static Tensor Ctc(
        Tensor logits,
        Tensor inputLengths,
        Tensor labels,
        Tensor labelLengths,
        int blank = 0,
        bool zeroImpossible = false
    ) => FSharp.Losses.ctcWith(LossInterop.Ctc(blank, zeroImpossible), logits, inputLengths, labels, labelLengths);
}
