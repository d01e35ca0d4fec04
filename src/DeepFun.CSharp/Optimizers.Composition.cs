using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <content>Optimizers made of others.</content>
public static partial class Optimizers
{
    /// <summary>Parts one after another; each takes the updates of the one before, the first one the gradients.</summary>
    public static Optimizer Chain(params Optimizer[] parts) => Interop.Chain(parts);

    /// <summary>An optimizer of one's own.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="init">The first memory for parameters.</param>
    /// <param name="update">(gradients, memory, parameters) → (what is added to the parameters, memory).</param>
    /// <example><code>
    /// // Gradient descent with a step of fixed length.
    /// var unit = Optimizers.Custom(
    ///     "unit",
    ///     init: parameters =&gt; Params.Empty,
    ///     update: (gradients, memory, parameters) =&gt;
    ///         (Trees.Map(gradients, g =&gt; g * -0.1 / g.Square().Sum().Sqrt()), memory)
    /// );
    /// var w = Params.Of(("w", Tensor.Vector(3, 4)));
    /// var (after, _) = unit.Step(w, w, unit.Start(w));
    /// Console.WriteLine(string.Join(" ", after["w"].ToDoubles().Select(x =&gt; $"{x:F2}"))); // 2.94 3.92
    /// </code></example>
    public static Optimizer Custom(
        string name,
        Func<Params, Params> init,
        Func<Params, Params, Params, (Params Updates, Params Memory)> update
    ) => OptimizerInterop.Custom(name, init, update);

    /// <summary>No updates: what is frozen, in <see cref="Partition"/>.</summary>
    public static Optimizer Frozen { get; } = Transform.zero;

    /// <summary>An optimizer for each part of the parameters.</summary>
    /// <param name="label">From the path of a parameter to the name of its optimizer.</param>
    /// <param name="optimizers">Names and optimizers.</param>
    /// <exception cref="DeepFunException">DF0930 a parameter's name has no optimizer.</exception>
    /// <example><code>
    /// var optimizer = Optimizers.Partition(
    ///     path =&gt; path.StartsWith("encoder") ? "frozen" : "learned",
    ///     ("frozen", Optimizers.Frozen),
    ///     ("learned", Optimizers.Sgd(0.5))
    /// );
    /// var w = Params.Of(("encoder", Tensor.Scalar(1)), ("head", Tensor.Scalar(1)));
    /// var (after, _) = optimizer.Step(w, w, optimizer.Start(w));
    /// Console.WriteLine($"{after["encoder"].ToDouble():F1} {after["head"].ToDouble():F1}"); // 1.0 0.5
    /// </code></example>
    public static Optimizer Partition(Func<string, string> label, params (string Name, Optimizer Optimizer)[] optimizers) =>
        OptimizerInterop.Partition(label, optimizers);

    /// <summary>The optimizer for the paths to which the mask says yes; other updates pass unchanged.</summary>
    public static Optimizer Masked(this Optimizer optimizer, Func<string, bool> mask) => OptimizerInterop.Masked(mask, optimizer);

    /// <summary>Adds a share of the parameters to the gradients before an optimizer sees them: the gradient of λ‖p‖²/2.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="weightDecay">The share, λ.</param>
    /// <param name="mask">Which paths decay; default: all.</param>
    public static Optimizer WithWeightDecay(this Optimizer optimizer, double weightDecay, Func<string, bool>? mask = null) =>
        Chain(OptimizerInterop.DecayWeights(weightDecay, mask), optimizer);

    /// <summary>Limits the length of each tensor's gradient before an optimizer sees it.</summary>
    public static Optimizer ClipByNorm(this Optimizer optimizer, double limit) => Chain(Clipping.byNorm(limit), optimizer);

    /// <summary>Limits each unit's gradient to a share of its weights' length before an optimizer sees it (Brock et al. 2021).</summary>
    public static Optimizer ClipAdaptively(this Optimizer optimizer, double share = 0.01, double epsilon = 1e-3) =>
        Chain(Clipping.adaptive(share, epsilon), optimizer);

    /// <summary>Adds normal noise to the gradients, of variance eta / (1 + t)^gamma, before an optimizer sees them (Neelakantan et al. 2015).</summary>
    public static Optimizer WithNoise(this Optimizer optimizer, double eta, Key key, double gamma = 0.55) =>
        Chain(Transform.addNoise(eta, gamma, key), optimizer);

    /// <summary>Runs the optimizer on the mean of so many gradients; between, parameters stay as they are.</summary>
    public static Optimizer Accumulate(this Optimizer optimizer, int every) => Wrapper.accumulate(every, optimizer);

    /// <summary>Leaves out gradients with a NaN or an infinity, unless more than the limit come in a row.</summary>
    public static Optimizer ApplyIfFinite(this Optimizer optimizer, int limit = 5) => Wrapper.applyIfFinite(limit, optimizer);

    /// <summary>Every so many steps a slow copy goes a share of the way, and the parameters go on from there (Zhang et al. 2019).</summary>
    public static Optimizer Lookahead(this Optimizer optimizer, int every = 5, double share = 0.5) =>
        FSharp.Averaging.lookahead(every, share, optimizer);

    /// <summary>Keeps an exponential moving average of the parameters; read it with <see cref="Averaged"/>.</summary>
    public static Optimizer WithMovingAverage(this Optimizer optimizer, double decay = 0.999) =>
        Chain(optimizer, FSharp.Averaging.ema(decay));

    /// <summary>Keeps the mean of the parameters after each step; read it with <see cref="Averaged"/>.</summary>
    public static Optimizer WithMean(this Optimizer optimizer) => Chain(optimizer, FSharp.Averaging.mean);

    /// <summary>Takes gradients between the iterates of an optimizer and their mean (Defazio et al. 2024); evaluate with <see cref="Averaged"/>.</summary>
    /// <param name="optimizer">The optimizer, without momentum.</param>
    /// <param name="rate">Its learning rate, by which iterates are weighed.</param>
    /// <param name="beta">How near to the mean gradients are taken.</param>
    public static Optimizer ScheduleFree(this Optimizer optimizer, Schedule rate, double beta = 0.9) =>
        FSharp.Averaging.scheduleFree(rate, beta, optimizer);

    /// <summary>The averaged parameters in what an optimizer remembers: those to evaluate with.</summary>
    /// <exception cref="DeepFunException">DF0931 it keeps none.</exception>
    public static Params Averaged(this Params memory) => FSharp.Averaging.parameters(memory);

    /// <summary>Updates that shrink when the loss stops falling: tell it losses with <see cref="Observe"/>.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="factor">Factor of the updates at each fall.</param>
    /// <param name="patience">How many losses in a row may be no better than the best.</param>
    /// <param name="threshold">A loss is better below the best times (1 − threshold).</param>
    /// <param name="cooldown">How many losses after a fall do not count.</param>
    /// <param name="minimum">The smallest product of all factors.</param>
    public static Optimizer ReduceOnPlateau(
        this Optimizer optimizer,
        double factor = 0.1,
        int patience = 10,
        double threshold = 1e-4,
        int cooldown = 0,
        double minimum = 0
    ) => Chain(optimizer, Plateau.scale(OptimizerInterop.PlateauOptions(factor, patience, threshold, cooldown, minimum)));

    /// <summary>What an optimizer with <see cref="ReduceOnPlateau"/> remembers after it was told a loss, one number.</summary>
    /// <exception cref="DeepFunException">DF0933 it watches none.</exception>
    public static Params Observe(this Params memory, Tensor loss) => Plateau.observe(loss, memory);

    /// <summary>The product of the factors so far, in what an optimizer with <see cref="ReduceOnPlateau"/> remembers.</summary>
    /// <exception cref="DeepFunException">DF0933 it watches no loss.</exception>
    public static Tensor PlateauScale(this Params memory) => Plateau.scaleOf(memory);
}
