using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>How parameters follow gradients. A rate is a number or a <see cref="Schedule"/>; defaults are PyTorch's.</summary>
/// <example><code>
/// // A training loop of one's own: y = 2 x + 1 from four points.
/// var (x, y) = (Tensor.Vector(0, 1, 2, 3).Reshape(4, 1), Tensor.Vector(1, 3, 5, 7).Reshape(4, 1));
/// var model = Layers.Dense(1);
/// var (parameters, state) = model.Initialize(Key.FromSeed(0), 1);
/// var optimizer = Optimizers.Sgd(0.1, momentum: 0.8);
/// var memory = optimizer.Start(parameters);
/// var slope = Differentiate.Grad((Params p) => (model.Forward(p, state, x) - y).Square().Mean());
/// for (var step = 0; step &lt; 200; step++)
///     (parameters, memory) = optimizer.Step(parameters, slope(parameters), memory);
/// Console.WriteLine($"{parameters["weight"].ToDouble():F3} {parameters["bias"].ToDouble():F3}"); // 2.000 1.000
/// </code></example>
public static partial class Optimizers
{
    /// <summary>Stochastic gradient descent, with momentum if not 0.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="momentum">Share of the last update that goes on.</param>
    /// <param name="nesterov">Whether the gradient is taken ahead.</param>
    public static Optimizer Sgd(Schedule rate, double momentum = 0, bool nesterov = false) =>
        (momentum, nesterov) switch
        {
            (0, _) => FSharp.Optimizers.sgd(rate),
            (_, true) => FSharp.Optimizers.nesterov(rate, momentum),
            _ => FSharp.Optimizers.momentum(rate, momentum),
        };

    /// <summary>Gradients divided by the root of their running mean square.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="alpha">Decay of the running mean.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="momentum">Share of the last update that goes on.</param>
    /// <param name="centered">Whether the running mean of the gradient is taken off.</param>
    public static Optimizer RmsProp(
        Schedule rate,
        double alpha = 0.99,
        double epsilon = 1e-8,
        double momentum = 0,
        bool centered = false
    ) => FSharp.Optimizers.rmsprop(rate, alpha, epsilon, momentum, centered);

    /// <summary>Adam: bias-corrected first and second moments.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    public static Optimizer Adam(Schedule rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) =>
        FSharp.Optimizers.adam(rate, beta1, beta2, epsilon);

    /// <summary>Adam with decoupled weight decay.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    /// <param name="beta1">Decay of the mean.</param>
    /// <param name="beta2">Decay of the mean square.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer AdamW(
        Schedule rate,
        double weightDecay = 0.01,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        Func<string, bool>? mask = null
    ) => FSharp.Optimizers.adamW(rate, weightDecay, beta1, beta2, epsilon, mask);

    /// <summary>Limits the length of all gradients together before an optimizer sees them.</summary>
    public static Optimizer ClipByGlobalNorm(this Optimizer optimizer, double limit) =>
        Interop.Chain([Clipping.byGlobalNorm(limit), optimizer]);

    /// <summary>Limits every element of the gradients to ±limit before an optimizer sees them.</summary>
    public static Optimizer ClipByValue(this Optimizer optimizer, double limit) => Interop.Chain([Clipping.byValue(limit), optimizer]);

    /// <summary>What the optimizer remembers before the first step, for <see cref="Step"/>.</summary>
    public static Params Start(this Optimizer optimizer, Params parameters) => Interop.StartOptimizer(optimizer, parameters);

    /// <summary>One step of a training loop of one's own.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="parameters">What is learned.</param>
    /// <param name="gradients">Of the loss, from <see cref="Differentiate.Grad"/>.</param>
    /// <param name="memory">What the step before gave, or <see cref="Start"/>.</param>
    /// <returns>The parameters after the step, and what the optimizer remembers.</returns>
    public static (Params Parameters, Params Memory) Step(this Optimizer optimizer, Params parameters, Params gradients, Params memory) =>
        Interop.StepOptimizer(optimizer, parameters, gradients, memory);
}
