using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What is minimized. All cross-entropies take logits: outputs without softmax or sigmoid.</summary>
/// <example><code>
/// var loss = Losses.MeanSquaredError();
/// Console.WriteLine(loss.Value(Tensor.Vector(1, 2), Tensor.Vector(1, 5)).ToDouble()); // 4.5
/// Console.WriteLine(loss.PerExample(Tensor.Vector(1, 2), Tensor.Vector(1, 5))); // tensor([0., 9.], float32, shape [2])
/// </code></example>
public static class Losses
{
    /// <summary>(prediction − target)², averaged.</summary>
    public static Loss MeanSquaredError() => FSharp.Losses.meanSquaredError;

    /// <summary>|prediction − target|, averaged.</summary>
    public static Loss MeanAbsoluteError() => FSharp.Losses.meanAbsoluteError;

    /// <summary>d² / 2 up to delta, delta · (|d| − delta / 2) beyond, with d = prediction − target.</summary>
    /// <exception cref="DeepFunException">DF0902 delta is not above 0.</exception>
    public static Loss Huber(double delta = 1) => FSharp.Losses.huber(delta);

    /// <summary>Of logits against probabilities (or 0 and 1, or bool) of the same shape.</summary>
    public static Loss BinaryCrossEntropy() => FSharp.Losses.binaryCrossEntropyFromLogits;

    /// <summary>Of logits [N, classes] against probabilities or one-hot vectors [N, classes].</summary>
    public static Loss CategoricalCrossEntropy() => FSharp.Losses.categoricalCrossEntropyFromLogits;

    /// <summary>Of logits [N, classes] against labels [N] of an integer dtype.</summary>
    /// <exception cref="DeepFunException">DF0103 a label that is no class; DF0922 shapes; DF0923 labels that are not integers.</exception>
    /// <example><code>
    /// var logits = Tensor.Zeros(1, 4); // all four classes alike
    /// Console.WriteLine($"{Losses.SparseCategoricalCrossEntropy().Value(logits, Tensor.From([2])).ToDouble():F4}"); // 1.3863
    /// </code></example>
    public static Loss SparseCategoricalCrossEntropy() => FSharp.Losses.sparseCategoricalCrossEntropyFromLogits;

    /// <summary>A loss of one's own.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="perExample">predictions and targets of a batch → one number for each example, [N].</param>
    /// <example><code>
    /// var hinge = Losses.Custom("hinge", (margins, signs) => (1 - signs * margins).Relu());
    /// Console.WriteLine(hinge.Value(Tensor.Vector(2, 0.5), Tensor.Vector(1, -1)).ToDouble()); // 0.75
    /// </code></example>
    public static Loss Custom(string name, Func<Tensor, Tensor, Tensor> perExample) => Interop.CustomLoss(name, perExample);
}
