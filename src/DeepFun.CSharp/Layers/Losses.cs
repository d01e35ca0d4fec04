using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What is minimized. Cross-entropies take logits, outputs without softmax or sigmoid, unless they are told otherwise.</summary>
/// <example><code>
/// var loss = Losses.MeanSquaredError();
/// Console.WriteLine(loss.Value(Tensor.Vector(1, 2), Tensor.Vector(1, 5)).ToDouble()); // 4.5
/// Console.WriteLine(loss.PerExample(Tensor.Vector(1, 2), Tensor.Vector(1, 5))); // tensor([0., 9.], float32, shape [2])
/// </code></example>
public static partial class Losses
{
    /// <summary>(prediction − target)², averaged.</summary>
    public static Loss MeanSquaredError() => FSharp.Losses.meanSquaredError;

    /// <summary>|prediction − target|, averaged.</summary>
    public static Loss MeanAbsoluteError() => FSharp.Losses.meanAbsoluteError;

    /// <summary>d² / 2 up to delta, delta · (|d| − delta / 2) beyond, with d = prediction − target.</summary>
    /// <exception cref="DeepFunException">DF0902 delta is not above 0.</exception>
    public static Loss Huber(double delta = 1) => FSharp.Losses.huber(delta);

    /// <summary>A loss on one part of a network's outputs and targets; parts add up, <c>10 * distance + side</c>: see <see cref="Trainer"/>.</summary>
    /// <param name="name">By which reports hold it.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="output">The part of the outputs, [N, …].</param>
    /// <param name="target">The part of the targets, [N, …].</param>
    public static NetworkLoss<TOutput, TTarget> On<TOutput, TTarget>(
        string name,
        Loss loss,
        Func<TOutput, Tensor> output,
        Func<TTarget, Tensor> target
    ) => TrainingInterop.Loss(name, loss, output, target);

    /// <summary>A loss of one's own.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="perExample">predictions and targets of a batch → one number for each example, [N].</param>
    /// <example><code>
    /// var hinge = Losses.Custom("hinge", (margins, signs) => (1 - signs * margins).Relu());
    /// Console.WriteLine(hinge.Value(Tensor.Vector(2, 0.5), Tensor.Vector(1, -1)).ToDouble()); // 0.75
    /// </code></example>
    public static Loss Custom(string name, Func<Tensor, Tensor, Tensor> perExample) => Interop.CustomLoss(name, perExample);

    /// <summary>A loss of one's own whose examples count differently: its value is Σ losses / Σ weights.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="perExample">predictions and targets of a batch → one number for each example times what it counts, [N].</param>
    /// <param name="weights">predictions and targets of a batch → what each example counts, [N].</param>
    public static Loss Custom(string name, Func<Tensor, Tensor, Tensor> perExample, Func<Tensor, Tensor, Tensor> weights) =>
        LossInterop.Custom(name, perExample, weights);
}
