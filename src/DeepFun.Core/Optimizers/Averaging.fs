namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Averages of the parameters over the steps. Training goes on with the parameters; <c>Averaging.parameters</c> of the optimizer's state are
/// those to evaluate with.
/// </summary>
[<RequireQualifiedAccess>]
module Averaging =

    /// No parameter's own name, so that it is found in a state.
    [<Literal>]
    let private Name = "averaged parameters"

    /// <summary>The averaged parameters in a state, wherever in the chain they are made; the first ones if there are several.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0931 there are none.</exception>
    let parameters (state: Params) : Params =
        match Leafwise.find Name state with
        | Some p -> p
        | None -> OptimizerErrors.noAverage ()

    /// A part that leaves updates as they are, and moves its average the share's way to the parameters after the step.
    let private averaging name (share: Tensor -> Tensor) : Optimizer =
        let init parameters = Leafwise.state [ "count", Leafwise.count parameters; Name, parameters ]

        let update updates (state: Params) parameters =
            let share = share (Leafwise.step state["count"])
            let next = Leafwise.map2 name (fun p u -> p + u) parameters updates
            let average = Leafwise.map2 name (fun a p -> a + (p - a) * Leafwise.scalarFor a share) (state.Part Name) next
            updates, Leafwise.state [ "count", Params.Leaf(state["count"] + 1.0); Name, average ]

        Optimizer(name, init, update)

    /// <summary>An exponential moving average of the parameters. The last part of a chain.</summary>
    /// <remarks>
    /// State: count [] int32; the average, like the parameters, at first the parameters.   Defaults: decay = 0.999 is usual.
    /// Equation: a ← d a + (1−d) p, p the parameters after the step; u unchanged.
    /// Errors: DF0302 if the trees differ; DF0902 if the decay is not in [0, 1).
    /// Source: Polyak and Juditsky 1992; PyTorch's AveragedModel with an exponential average.
    /// </remarks>
    let ema (decay: float) : Optimizer =
        Leafwise.checkRange "ema: the decay" 0.0 1.0 decay
        averaging $"ema({decay})" (fullLike (1.0 - decay))

    /// <summary>The mean of the parameters after each step from the first on. The last part of a chain.</summary>
    /// <remarks>
    /// State: as <c>ema</c>.   Equation: a ← a + (p − a) / t, t = 1, 2, …; u unchanged.
    /// Errors: DF0302 if the trees differ.   Source: Izmailov et al. 2018, arXiv:1803.05407; PyTorch's AveragedModel.
    /// </remarks>
    let mean: Optimizer = averaging "mean" (fun t -> 1.0 / t)

    /// <summary>Lookahead: every so many steps of an optimizer, a slow copy goes a share of the way to the parameters, which go on from there.</summary>
    /// <remarks>
    /// State: count [] int32; slow, at first the parameters; inner.   Defaults (the paper's): every = 5, share = 0.5.
    /// Equation: when t is a multiple of k: φ ← φ + α(p + u − φ), p ← φ; else p ← p + u.
    /// Errors: DF0302 if the trees differ; DF0902 if every is below 1 or the share not in [0, 1].
    /// Source: Zhang et al. 2019, arXiv:1907.08610, Algorithm 1. Deviation: none.
    /// </remarks>
    let lookahead (every: int) (share: float) (inner: Optimizer) : Optimizer =
        if every < 1 then
            Errors.option "lookahead: the number of steps" "at least 1" (string every)

        if not (share >= 0.0 && share <= 1.0) then
            Errors.option "lookahead: the share" "between 0 and 1" (string share)

        let init parameters = Leafwise.state [ "count", Leafwise.count parameters; "slow", parameters; "inner", inner.Init parameters ]

        let update g (state: Params) parameters =
            let u, rest = inner.Update g (state.Part "inner") parameters
            let count = state["count"] + 1.0
            let turn = equal (count % float every) (zerosLike count)
            let next = Leafwise.map2 "lookahead" (fun p u -> p + u) parameters u
            let slow = Leafwise.map2 "lookahead" (fun s p -> where turn (s + (p - s) * share) s) (state.Part "slow") next
            let u = Leafwise.map3 "lookahead" (fun u s p -> where turn (s - p) u) u slow parameters
            u, Leafwise.state [ "count", Params.Leaf count; "slow", slow; "inner", rest ]

        Optimizer($"lookahead({every}, {inner.Name})", init, update)

    /// <summary>
    /// Schedule-free learning: gradients are taken between the iterates of an optimizer and their mean, so that no falling rate is needed.
    /// The parameters in training are that point; evaluate with <c>Averaging.parameters</c>.
    /// </summary>
    /// <remarks>
    /// State: count [] int32; weights [] float64, Σγ²; largest [] float64, the largest rate; z, and the mean x, like the parameters, at first
    /// the parameters; inner.
    /// Defaults (the authors'): beta = 0.9. The optimizer has the same rate, no momentum, and decay that is taken at y.
    /// Equation: z ← z + u, u the inner update for the gradient at y;  γ = max(γ, s(t));  c = γ² / Σγ²;  x ← (1−c) x + c z;
    /// y = (1−β) z + βx.
    /// Errors: DF0302 if the trees differ; DF0902 if beta is not in [0, 1).
    /// Source: Defazio et al. 2024, arXiv:2405.15682, equations 3 to 5 and Algorithm 1; the weights γ² as in the authors' code.
    /// </remarks>
    let scheduleFree (rate: Schedule) (beta: float) (inner: Optimizer) : Optimizer =
        Leafwise.checkRange "scheduleFree: beta" 0.0 1.0 beta
        let name = "scheduleFree"

        let init parameters =
            let zero = Leafwise.number DType.Float64 0.0 parameters

            Leafwise.state
                [
                    "count", Leafwise.count parameters
                    "weights", zero
                    "largest", zero
                    "z", parameters
                    Name, parameters
                    "inner", inner.Init parameters
                ]

        let update g (state: Params) parameters =
            let u, rest = inner.Update g (state.Part "inner") parameters
            let z = Leafwise.map2 name (fun z u -> z + u) (state.Part "z") u
            let largest = maximum state["largest"] (cast DType.Float64 (rate.At state["count"]))
            let weight = square largest
            let weights = state["weights"] + weight
            // A rate of 0, as a warm-up begins with, has no weight.
            let share = safeDivide weight weights
            let x = Leafwise.map2 name (fun x z -> x + (z - x) * Leafwise.scalarFor x share) (state.Part Name) z
            let y = Leafwise.map2 name (fun z x -> z + (x - z) * beta) z x

            Leafwise.map3 name (fun _ y p -> y - p) u y parameters,
            Leafwise.state
                [
                    "count", Params.Leaf(state["count"] + 1.0)
                    "weights", Params.Leaf weights
                    "largest", Params.Leaf largest
                    "z", z
                    Name, x
                    "inner", rest
                ]

        Optimizer($"scheduleFree({inner.Name})", init, update)
