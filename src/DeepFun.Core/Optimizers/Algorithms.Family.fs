namespace DeepFun.FSharp

open System
open System.Runtime.InteropServices
open DeepFun

/// <summary>
/// More of the well-known optimizers, as <c>Optimizers.…</c>: each is one part, whose page gives equation, state and source, then decoupled
/// weight decay where the paper has it, then the rate.
/// </summary>
/// <remarks>
/// Defaults are PyTorch's where it has the optimizer, else the authors'. A mask says which paths decay; default: all.
/// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if an option is out of its range.
/// </remarks>
[<AutoOpen>]
module OptimizerFamily =

    let private accepts (mask: Func<string, bool>) (path: string) = isNull mask || mask.Invoke path

    /// Part, then p ← p − η (u + λp).
    let private decoupled (part: Optimizer) (weightDecay: float) mask (rate: Schedule) : Optimizer =
        Optimizer.chain
            [
                part
                if weightDecay <> 0.0 then
                    Transform.addDecayedWeights weightDecay (accepts mask)
                Transform.scaleByLearningRate rate
            ]

    type Optimizers with

        /// <summary>AdaGrad. Equation: <c>Adaptive.scaleByAdaGrad</c>. PyTorch's lr_decay is <c>Schedule.inverseTime</c>.</summary>
        static member adaGrad
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.0)>] initial: float,
                [<Optional; DefaultParameterValue(1e-10)>] epsilon: float
            ) : Optimizer =
            decoupled (Adaptive.scaleByAdaGrad initial epsilon) 0.0 null rate

        /// <summary>AdaDelta; PyTorch's rate is 1. Equation: <c>Adaptive.scaleByAdaDelta</c>.</summary>
        static member adaDelta
            (rate: Schedule, [<Optional; DefaultParameterValue(0.9)>] rho: float, [<Optional; DefaultParameterValue(1e-6)>] epsilon: float)
            : Optimizer =
            decoupled (Adaptive.scaleByAdaDelta rho epsilon) 0.0 null rate

        /// <summary>AMSGrad. Equation: <c>AdamFamily.scaleByAmsGrad</c>.</summary>
        static member amsGrad
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            decoupled (AdamFamily.scaleByAmsGrad beta1 beta2 epsilon) weightDecay mask rate

        /// <summary>AdaMax; PyTorch's rate is 0.002. Equation: <c>AdamFamily.scaleByAdaMax</c>.</summary>
        static member adaMax
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float
            ) : Optimizer =
            decoupled (AdamFamily.scaleByAdaMax beta1 beta2 epsilon) 0.0 null rate

        /// <summary>NAdam; PyTorch's rate is 0.002. Equation: <c>AdamFamily.scaleByNAdam</c>.</summary>
        static member nAdam
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(4e-3)>] momentumDecay: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            decoupled (AdamFamily.scaleByNAdam beta1 beta2 epsilon momentumDecay) weightDecay mask rate

        /// <summary>RAdam. Equation: <c>AdamFamily.scaleByRAdam</c>.</summary>
        static member rAdam
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            decoupled (AdamFamily.scaleByRAdam beta1 beta2 epsilon) weightDecay mask rate

        /// <summary>AdaBelief. Equation: <c>AdamFamily.scaleByAdaBelief</c>.</summary>
        static member adaBelief
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-16)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            decoupled (AdamFamily.scaleByAdaBelief beta1 beta2 epsilon) weightDecay mask rate

        /// <summary>Yogi; a rate of 0.01 is usual. Equation: <c>AdamFamily.scaleByYogi</c>.</summary>
        static member yogi
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-3)>] epsilon: float,
                [<Optional; DefaultParameterValue(1e-6)>] initial: float,
                [<Optional; DefaultParameterValue(true)>] corrected: bool
            ) : Optimizer =
            decoupled (AdamFamily.scaleByYogi beta1 beta2 epsilon initial corrected) 0.0 null rate

        /// <summary>Adan. Equation: <c>AdamFamily.scaleByAdan</c>, then p ← (p − ηu) / (1 + ηλ).</summary>
        static member adan
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.98)>] beta1: float,
                [<Optional; DefaultParameterValue(0.92)>] beta2: float,
                [<Optional; DefaultParameterValue(0.99)>] beta3: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            Optimizer.chain
                [
                    AdamFamily.scaleByAdan beta1 beta2 beta3 epsilon
                    Transform.scaleByLearningRate rate
                    if weightDecay <> 0.0 then
                        Transform.shrinkByLearningRate rate weightDecay (accepts mask)
                ]

        /// <summary>Lion; rates are 3 to 10 times smaller than Adam's. Equation: <c>Signs.scaleByLion</c>.</summary>
        static member lion
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.99)>] beta2: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            decoupled (Signs.scaleByLion beta1 beta2) weightDecay mask rate

        /// <summary>Rprop, for full batches; the rate is the first size of steps, PyTorch's 0.01. Equation: <c>Signs.rprop</c>.</summary>
        static member rprop
            (
                [<Optional; DefaultParameterValue(0.01)>] initial: float,
                [<Optional; DefaultParameterValue(0.5)>] shrink: float,
                [<Optional; DefaultParameterValue(1.2)>] grow: float,
                [<Optional; DefaultParameterValue(1e-6)>] smallest: float,
                [<Optional; DefaultParameterValue(50.0)>] largest: float
            ) : Optimizer =
            Signs.rprop initial shrink grow smallest largest

        /// <summary>LAMB: Adam with decay, as long as the parameters. Equation: <c>Adaptive.scaleByAdam</c>, + λp, <c>TrustRatio.scale</c>.</summary>
        static member lamb
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.01)>] weightDecay: float,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-6)>] epsilon: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            Optimizer.chain
                [
                    Adaptive.scaleByAdam beta1 beta2 epsilon
                    if weightDecay <> 0.0 then
                        Transform.addDecayedWeights weightDecay (accepts mask)
                    TrustRatio.scale
                    Transform.scaleByLearningRate rate
                ]

        /// <summary>LARS. Equation: <c>TrustRatio.scaleByLars</c>, times −η, then m ← μm + u, p ← p + m.</summary>
        static member lars
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] momentum: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(0.001)>] coefficient: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            Optimizer.chain
                [
                    TrustRatio.scaleByLars coefficient weightDecay (accepts mask)
                    Transform.scaleByLearningRate rate
                    Momentum.trace momentum
                ]

        /// <summary>Adafactor; without a rate the paper's min(0.01, 1/√t). Equation: <c>Matrices.adafactor</c>.</summary>
        static member adafactor
            (
                [<Optional; DefaultParameterValue(null: Schedule)>] rate: Schedule,
                [<Optional; DefaultParameterValue(0.8)>] decay: float,
                [<Optional; DefaultParameterValue(1e-30)>] epsilon1: float,
                [<Optional; DefaultParameterValue(1e-3)>] epsilon2: float,
                [<Optional; DefaultParameterValue(1.0)>] clip: float,
                [<Optional; DefaultParameterValue(true)>] relative: bool
            ) : Optimizer =
            let rate = if isNull rate then Schedule.adafactor else rate
            Matrices.adafactor rate decay epsilon1 epsilon2 clip relative

        /// <summary>Muon for the matrices and tensors of higher rank that the mask takes, AdamW with its own rate for all else.</summary>
        /// <remarks>
        /// Equation: <c>Matrices.scaleByMuon</c>, then p ← p − η (u + λp).   Defaults: the mask takes all of rank 2 and above; the other
        /// parameters' rate is 0.015 of the rate, the authors' ratio. Embeddings and the last layer are better left to AdamW.
        /// </remarks>
        static member muon
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.95)>] momentum: float,
                [<Optional; DefaultParameterValue(true)>] nesterov: bool,
                [<Optional; DefaultParameterValue(5)>] steps: int,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Schedule)>] otherRate: Schedule,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            let otherRate =
                if isNull otherRate then
                    Schedule($"0.015 · {rate.Name}", (fun t -> rate.At t * 0.015))
                else
                    otherRate

            let matrices = decoupled (Matrices.scaleByMuon momentum nesterov steps) weightDecay null rate
            let others = Optimizers.adamW (otherRate, weightDecay = weightDecay)
            Matrices.split (accepts mask) matrices others

        /// <summary>Schedule-free gradient descent. Equation: <c>Averaging.scheduleFree</c>; evaluate with <c>Averaging.parameters</c>.</summary>
        static member scheduleFreeSgd(rate: Schedule, [<Optional; DefaultParameterValue(0.9)>] beta: float) : Optimizer =
            Averaging.scheduleFree rate beta (Optimizers.sgd rate)

        /// <summary>Schedule-free AdamW. Equation: <c>Averaging.scheduleFree</c> of AdamW with β₁ = 0; evaluate with <c>Averaging.parameters</c>.</summary>
        static member scheduleFreeAdamW
            (
                rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(null: Func<string, bool>)>] mask: Func<string, bool>
            ) : Optimizer =
            Optimizers.adamW (rate, weightDecay = weightDecay, beta1 = 0.0, beta2 = beta2, epsilon = epsilon, mask = mask)
            |> Averaging.scheduleFree rate beta1

        /// <summary>Prodigy: finds its learning rate; the rate given is a factor, 1 or a schedule that falls. Equation: <c>Prodigy.optimizer</c>.</summary>
        static member prodigy
            (
                [<Optional; DefaultParameterValue(null: Schedule)>] rate: Schedule,
                [<Optional; DefaultParameterValue(0.9)>] beta1: float,
                [<Optional; DefaultParameterValue(0.999)>] beta2: float,
                [<Optional; DefaultParameterValue(1e-8)>] epsilon: float,
                [<Optional; DefaultParameterValue(0.0)>] weightDecay: float,
                [<Optional; DefaultParameterValue(1e-6)>] distance: float
            ) : Optimizer =
            let rate = if isNull rate then Schedule.constant 1.0 else rate
            Prodigy.optimizer rate beta1 beta2 epsilon weightDecay distance
