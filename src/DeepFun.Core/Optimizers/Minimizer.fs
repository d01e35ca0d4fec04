namespace DeepFun

open DeepFun.FSharp

/// <summary>
/// What takes steps down a function of parameters, and may ask for its value and derivatives wherever it wants: an <c>Optimizer</c> sees one
/// gradient a step. A state machine; its state is a tree of tensors, and a step runs under <c>jit</c>.
/// </summary>
/// <param name="name">What it is.</param>
/// <param name="init">The first state for parameters.</param>
/// <param name="step">
/// function → state → parameters → parameters and new state. The function gives one number, the loss, or, for those that say so, residuals. The
/// new state's <c>"value"</c> is the loss at the parameters before the step.
/// </param>
[<Sealed; AllowNullLiteral>]
type Minimizer(name: string, init: Params -> Params, step: (Params -> Tensor) -> Params -> Params -> Params * Params) =
    /// <summary>What it is.</summary>
    member _.Name = name
    /// <summary>The first state for parameters.</summary>
    member _.Init = init
    /// <summary>function → state → parameters → parameters and new state.</summary>
    member _.Step = step

/// Parameters as one vector: what algorithms of linear algebra work with. Leaves that are not floating-point stay out of it.
[<RequireQualifiedAccess>]
module internal Flat =

    let private floating (p: Params) = Tree.leaves p |> Array.filter Leafwise.isFloating

    /// The dtype in which all learned numbers meet.
    let dtype operation (p: Params) : DType =
        match floating p with
        | [||] -> OptimizerErrors.nothingToLearn operation
        | leaves -> leaves |> Array.map _.DType |> Array.reduce (fun a b -> DTypes.Promote(a, b))

    let ofTree (dtype: DType) (p: Params) : Tensor = floating p |> Array.map (flatten >> cast dtype) |> concat 0

    let toTree (like: Params) (v: Tensor) : Params =
        let next = ref 0

        let part (leaf: Tensor) =
            if Leafwise.isFloating leaf then
                let start = next.Value
                next.Value <- start + int leaf.Size
                slice 0 start next.Value v |> reshape leaf.Shape |> cast leaf.DType
            else
                leaf

        Tree.map part like

    /// A number of the state, in the parameters' dtype.
    let number (parameters: Params) (value: float) : Params = Leafwise.number (dtype "init" parameters) value parameters

namespace DeepFun.FSharp

open DeepFun

/// <summary>Running minimizers, and making them of optimizers.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Minimizer =

    /// <summary>So many steps from these parameters: the parameters reached, and the last state.</summary>
    let run (steps: int) (minimizer: Minimizer) (f: Params -> Tensor) (parameters: Params) : Params * Params =
        let step (p, state) _ = Memory.scope (fun () -> minimizer.Step f state p)
        Seq.fold step (parameters, minimizer.Init parameters) (seq { 1..steps })

    /// A minimizer with an optimizer inside: gradient → inner state → parameters, by a gradient that may be taken elsewhere.
    let private around
        (name: string)
        (inner: Optimizer)
        (gradient: (Params -> Tensor) -> Params -> Tensor * Params)
        (after: Tensor -> Params -> Params)
        : Minimizer =
        let init parameters = Leafwise.state [ "value", Flat.number parameters 0.0; "inner", inner.Init parameters ]

        let step f (state: Params) parameters =
            let value, g = gradient f parameters
            let u, rest = inner.Update g (state.Part "inner") parameters
            let value = Leafwise.scalarFor state["value"] (reshape [] value)
            Optimizer.apply u parameters, Leafwise.state [ "value", Params.Leaf value; "inner", after value rest ]

        Minimizer(name, init, step)

    /// <summary>Steps of an optimizer along the gradient of the function.</summary>
    /// <remarks>State: value; inner.</remarks>
    let ofOptimizer (inner: Optimizer) : Minimizer = around inner.Name inner valueAndGrad (fun _ state -> state)

    /// <summary>Steps of an optimizer whose updates shrink when the loss stops falling: it observes the loss of every step.</summary>
    /// <remarks>State: value; inner.   Equation and errors: <c>Plateau.scale</c>.   Source: PyTorch's ReduceLROnPlateau.</remarks>
    let reduceOnPlateau (options: PlateauOptions) (inner: Optimizer) : Minimizer =
        around $"reduceOnPlateau({inner.Name})" (Optimizer.chain [ inner; Plateau.scale options ]) valueAndGrad Plateau.observe

    /// <summary>SAM: steps of an optimizer by the gradient at the worst point near the parameters, which leads to flat minima.</summary>
    /// <remarks>
    /// State: value; inner.   Defaults: radius ρ = 0.05; adaptive: the radius is relative to each parameter, where 0.5 to 2 is usual.
    /// Equation: ε = ρ g / ‖g‖, g = ∇f(p), the norm over all parameters;  the optimizer's step by ∇f(p + ε). Adaptive: ε = ρ p² g / ‖p g‖.
    /// Errors: DF0902 if the radius is negative; DF0932 if no parameter is floating-point.
    /// Source: Foret et al. 2021, arXiv:2010.01412, Algorithm 1; adaptive: Kwon et al. 2021, arXiv:2102.11600, Algorithm 1.
    /// </remarks>
    let sam (radius: float) (adaptive: bool) (inner: Optimizer) : Minimizer =
        Leafwise.checkRange "sam: the radius" 0.0 infinity radius

        let gradient f parameters =
            let value, g = valueAndGrad f parameters
            let weighted = if adaptive then Leafwise.map2 "sam" (fun g p -> g * abs p) g parameters else g
            let squares = Leafwise.total "sam" (fun a b -> a * b) weighted weighted
            let size = safeDivide (fullLike radius squares) (safeSqrt squares)
            let way = if adaptive then Leafwise.map2 "sam" (fun w p -> w * abs p) weighted parameters else g
            let worst = Leafwise.map2 "sam" (fun p w -> p + w * Leafwise.scalarFor w size) parameters way
            value, grad f worst

        around $"sam({inner.Name})" inner gradient (fun _ state -> state)

    /// <summary>Sophia: momentum divided by a running estimate of the Hessian's diagonal, each element at most 1.</summary>
    /// <remarks>
    /// State: value; count [] int32; key, int64; m, h like the parameters, at first 0.
    /// Defaults (the paper's): beta1 = 0.96, beta2 = 0.99, gamma = 0.01, epsilon = 1e-12, every = 10, weightDecay = 0.
    /// Equation: m ← β₁m + (1−β₁)g;  at every k-th step h ← β₂h + (1−β₂) u ⊙ H u, u normal with variance 1;
    /// p ← p − η λ p − η clamp(m / max(γh, ε), −1, 1).
    /// Errors: DF0902 if an option is out of range; DF0932 if no parameter is floating-point.
    /// Source: Liu et al. 2024, arXiv:2305.14342, Algorithms 1 (Hutchinson) and 3. Deviation: none.
    /// </remarks>
    let sophia
        (rate: Schedule)
        (beta1: float)
        (beta2: float)
        (gamma: float)
        (epsilon: float)
        (every: int)
        (weightDecay: float)
        (key: Key)
        : Minimizer =
        Leafwise.checkRange "sophia: beta1" 0.0 1.0 beta1
        Leafwise.checkRange "sophia: beta2" 0.0 1.0 beta2
        Leafwise.checkRange "sophia: gamma" 0.0 infinity gamma
        Leafwise.checkRange "sophia: epsilon" 0.0 infinity epsilon
        Leafwise.checkRange "sophia: the decay" 0.0 infinity weightDecay

        if every < 1 then
            Errors.option "sophia: the number of steps between estimates" "at least 1" (string every)

        let name = "sophia"
        let bits = Params.Leaf(key.Consume())

        let init parameters =
            let zeros = Leafwise.zeros parameters

            Leafwise.state [ "value", Flat.number parameters 0.0; "count", Leafwise.count parameters; "key", bits; "m", zeros; "h", zeros ]

        let normal (keys: Key[]) i (p: Tensor) = if Leafwise.isFloating p then Leafwise.normalLike keys[i] p else zerosLike p

        let step (f: Params -> Tensor) (state: Params) (parameters: Params) =
            let value, g = valueAndGrad f parameters
            let leaves = Tree.leaves parameters
            let count = state["count"]
            let keys = Key.split (leaves.Length + 1) (Key state["key"])
            let m = Leafwise.map2 name (fun g m -> Leafwise.toward g m (1.0 - beta1)) g (state.Part "m")

            let estimate (h: Params) =
                let u = Tree.rebuild parameters (Array.mapi (normal keys) leaves)
                let along = hvp f parameters u
                Leafwise.map3 name (fun u d h -> Leafwise.toward (u * d) h (1.0 - beta2)) u along h

            let h = cond (equal (count % float every) (zerosLike count)) estimate id (state.Part "h")
            let eta = -(rate.At count)

            let moved (p: Tensor) (m: Tensor) (h: Tensor) =
                let u = clamp -1.0 1.0 (m / maximum (h * gamma) (fullLike epsilon h))
                p + (if weightDecay = 0.0 then u else u + p * weightDecay) * Leafwise.scalarFor p eta

            Leafwise.map3 name moved parameters m h,
            Leafwise.state
                [
                    "value", Params.Leaf(Leafwise.scalarFor state["value"] (reshape [] value))
                    "count", Params.Leaf(count + 1.0)
                    "key", Params.Leaf keys[leaves.Length].Data
                    "m", m
                    "h", h
                ]

        Minimizer(name, init, step)
