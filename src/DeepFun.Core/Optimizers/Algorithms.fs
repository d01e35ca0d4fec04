namespace DeepFun.FSharp

open System
open System.Runtime.InteropServices
open DeepFun

/// <summary>
/// The well-known optimizers, as chains of parts. The rate is a schedule; a number or a tensor stands for the schedule that is always it:
/// <c>Optimizers.adam 1e-3</c>, <c>Optimizers.adam(Schedule.cosineDecay 1e-3 1000 0.0, beta2 = 0.99)</c>.
/// </summary>
/// <remarks>
/// Methods and not functions for their optional arguments and for numbers as rates. Defaults are PyTorch's. Rates and decays are per
/// step. For L2 regularization put <c>Transform.addDecayedWeights</c> in front, for limits <c>Clipping</c>.
/// </remarks>
[<AbstractClass; Sealed>]
type Optimizers =

    /// <summary>Stochastic gradient descent.</summary>
    /// <remarks>State: 0/count.   Equation: p ← p − η g.   Source: PyTorch's SGD.</remarks>
    static member sgd(rate: Schedule) : Optimizer = Optimizer.chain [ Transform.scaleByLearningRate rate ]

    /// <summary>Gradient descent with momentum.</summary>
    /// <remarks>
    /// State: 0/m like the parameters, 1/count.   Equation: m ← μ m + g;  p ← p − η m.
    /// Errors: DF0902 if momentum is not in [0, 1).   Source: PyTorch's SGD with momentum, dampening 0.
    /// </remarks>
    static member momentum(rate: Schedule, [<Optional; DefaultParameterValue(0.9)>] momentum: float) : Optimizer =
        Optimizer.chain [ Momentum.trace momentum; Transform.scaleByLearningRate rate ]

    /// <summary>Gradient descent with Nesterov's momentum.</summary>
    /// <remarks>
    /// State: 0/m like the parameters, 1/count.   Equation: m ← μ m + g;  p ← p − η (g + μ m).
    /// Errors: DF0902 if momentum is not in [0, 1).   Source: PyTorch's SGD with momentum and nesterov.
    /// </remarks>
    static member nesterov(rate: Schedule, [<Optional; DefaultParameterValue(0.9)>] momentum: float) : Optimizer =
        Optimizer.chain [ Momentum.nesterov momentum; Transform.scaleByLearningRate rate ]

    /// <summary>RMSprop: gradients divided by the root of their running mean square.</summary>
    /// <remarks>
    /// Equation: v ← αv + (1−α)g²;  b ← μ b + g / (√v + ε);  p ← p − η b. Centered: √(v − m²), m the running mean of g.
    /// State: 0/v (and 0/m when centered) like the parameters; 1/m if momentum is not 0; count.
    /// Errors: DF0902 if alpha or momentum is not in [0, 1) or epsilon negative.   Source: PyTorch's RMSprop.
    /// </remarks>
    static member rmsprop
        (
            rate: Schedule,
            [<Optional; DefaultParameterValue(0.99)>] alpha: float,
            [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
            [<Optional; DefaultParameterValue(0.0)>] momentum: float,
            [<Optional; DefaultParameterValue(false)>] centered: bool
        ) : Optimizer =
        Optimizer.chain
            [
                Adaptive.scaleByRms alpha epsilon centered
                if momentum <> 0.0 then
                    Momentum.trace momentum
                Transform.scaleByLearningRate rate
            ]

    /// <summary>Adam: bias-corrected first and second moments.</summary>
    /// <remarks>
    /// State: 0/count; 0/m and 0/v like the parameters.   Equation: <c>Adaptive.scaleByAdam</c>, then p ← p − η u; the rate is folded
    /// into Adam's own factor, which saves a pass over the parameters.
    /// Errors: DF0902 if a β is not in [0, 1) or epsilon negative.   Source: Kingma and Ba 2015, arXiv:1412.6980; PyTorch's Adam.
    /// </remarks>
    static member adam
        (
            rate: Schedule,
            [<Optional; DefaultParameterValue(0.9)>] beta1: float,
            [<Optional; DefaultParameterValue(0.999)>] beta2: float,
            [<Optional; DefaultParameterValue(1e-8)>] epsilon: float
        ) : Optimizer =
        Optimizer.chain [ Adaptive.adamBy (fun count -> -(rate.At count)) beta1 beta2 epsilon ]

    /// <summary>Adam with decoupled weight decay.</summary>
    /// <remarks>
    /// State: 0/count; 0/m and 0/v like the parameters; 1/count.   Defaults: all parameters decay; a mask says yes to the paths that do.
    /// Equation: <c>Adaptive.scaleByAdam</c>, then p ← p − η (u + λ p).
    /// Errors: DF0902 if a β is not in [0, 1), or epsilon or the decay negative.
    /// Source: Loshchilov and Hutter 2019, arXiv:1711.05101, Algorithm 2, as PyTorch's AdamW writes it: the decay is times the rate.
    /// </remarks>
    static member adamW
        (
            rate: Schedule,
            [<Optional; DefaultParameterValue(0.01)>] weightDecay: float,
            [<Optional; DefaultParameterValue(0.9)>] beta1: float,
            [<Optional; DefaultParameterValue(0.999)>] beta2: float,
            [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
            [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
        ) : Optimizer =
        let decays path = isNull mask || mask.Invoke path

        Optimizer.chain
            [
                Adaptive.adamBy (fun count -> -(rate.At count)) beta1 beta2 epsilon
                Transform.decayByLearningRate rate weightDecay decays
            ]
