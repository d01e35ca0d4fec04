namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of optimizers: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal OptimizerInterop =
    static member AdaGrad(rate: Schedule, initial, epsilon) : Optimizer = Optimizers.adaGrad (rate, initial, epsilon)
    static member AdaDelta(rate: Schedule, rho, epsilon) : Optimizer = Optimizers.adaDelta (rate, rho, epsilon)

    static member AmsGrad(rate: Schedule, beta1, beta2, epsilon, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.amsGrad (rate, beta1, beta2, epsilon, decay, mask)

    static member AdaMax(rate: Schedule, beta1, beta2, epsilon) : Optimizer = Optimizers.adaMax (rate, beta1, beta2, epsilon)

    static member NAdam(rate: Schedule, beta1, beta2, epsilon, momentumDecay, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.nAdam (rate, beta1, beta2, epsilon, momentumDecay, decay, mask)

    static member RAdam(rate: Schedule, beta1, beta2, epsilon, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.rAdam (rate, beta1, beta2, epsilon, decay, mask)

    static member AdaBelief(rate: Schedule, beta1, beta2, epsilon, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.adaBelief (rate, beta1, beta2, epsilon, decay, mask)

    static member Yogi(rate: Schedule, beta1, beta2, epsilon, initial, corrected) : Optimizer =
        Optimizers.yogi (rate, beta1, beta2, epsilon, initial, corrected)

    static member Adan(rate: Schedule, beta1, beta2, beta3, epsilon, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.adan (rate, beta1, beta2, beta3, epsilon, decay, mask)

    static member Lion(rate: Schedule, beta1, beta2, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.lion (rate, beta1, beta2, decay, mask)

    static member Rprop(initial, shrink, grow, smallest, largest) : Optimizer = Optimizers.rprop (initial, shrink, grow, smallest, largest)

    static member Lamb(rate: Schedule, decay, beta1, beta2, epsilon, mask: Func<string, bool>) : Optimizer =
        Optimizers.lamb (rate, decay, beta1, beta2, epsilon, mask)

    static member Lars(rate: Schedule, momentum, decay, coefficient, mask: Func<string, bool>) : Optimizer =
        Optimizers.lars (rate, momentum, decay, coefficient, mask)

    static member Adafactor(rate: Schedule, decay, epsilon1, epsilon2, clip, relative) : Optimizer =
        Optimizers.adafactor (rate, decay, epsilon1, epsilon2, clip, relative)

    static member Muon(rate: Schedule, momentum, nesterov, steps, decay, otherRate: Schedule, mask: Func<string, bool>) : Optimizer =
        Optimizers.muon (rate, momentum, nesterov, steps, decay, otherRate, mask)

    static member ScheduleFreeSgd(rate: Schedule, beta) : Optimizer = Optimizers.scheduleFreeSgd (rate, beta)

    static member ScheduleFreeAdamW(rate: Schedule, beta1, beta2, epsilon, decay, mask: Func<string, bool>) : Optimizer =
        Optimizers.scheduleFreeAdamW (rate, beta1, beta2, epsilon, decay, mask)

    static member Prodigy(rate: Schedule, beta1, beta2, epsilon, decay, distance) : Optimizer =
        Optimizers.prodigy (rate, beta1, beta2, epsilon, decay, distance)

    static member DecayWeights(decay, mask: Func<string, bool>) : Optimizer =
        Transform.addDecayedWeights decay (fun path -> isNull mask || mask.Invoke path)

    static member Masked(mask: Func<string, bool>, inner) : Optimizer = Wrapper.masked mask.Invoke inner

    static member Partition(label: Func<string, string>, optimizers: struct (string * Optimizer)[]) : Optimizer =
        Wrapper.partition label.Invoke [ for struct (name, o) in optimizers -> name, o ]

    static member Custom(name, init: Func<Params, Params>, update: Func<Params, Params, Params, struct (Params * Params)>) : Optimizer =
        Optimizer(name, init.Invoke, (fun g s p -> let struct (u, s) = update.Invoke(g, s, p) in u, s))

    static member PlateauOptions(factor, patience, threshold, cooldown, minimum) : PlateauOptions =
        {
            Factor = factor
            Patience = patience
            Threshold = threshold
            Cooldown = cooldown
            Minimum = minimum
        }

    static member StartMinimizer(minimizer: Minimizer, parameters) : Params = minimizer.Init parameters

    static member StepMinimizer(minimizer: Minimizer, f: Func<Params, Tensor>, parameters, memory) : struct (Params * Params) =
        let p, s = minimizer.Step f.Invoke memory parameters in struct (p, s)

    static member RunMinimizer(minimizer: Minimizer, f: Func<Params, Tensor>, parameters, steps) : struct (Params * Params) =
        let p, s = Minimizer.run steps minimizer f.Invoke parameters in struct (p, s)

    static member Product(schedules: Schedule seq) : Schedule = Schedule.product (List.ofSeq schedules)

    static member Join(first, later: struct (int * Schedule)[]) : Schedule =
        Schedule.join first [ for struct (start, s) in later -> start, s ]

    static member PiecewiseConstant(initial, factors: struct (int * float)[]) : Schedule =
        Schedule.piecewiseConstant initial [ for struct (at, factor) in factors -> at, factor ]

    static member PiecewiseLinear(points: struct (int * float)[]) : Schedule =
        Schedule.piecewiseLinear [ for struct (at, value) in points -> at, value ]
