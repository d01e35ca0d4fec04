namespace DeepFun.FSharp

open DeepFun

/// <summary>Updates scaled, number by number, by the size of the gradients before.</summary>
[<RequireQualifiedAccess>]
module Adaptive =

    let private root = Leafwise.root
    let private toward = Leafwise.toward

    /// <summary>Divides updates by the root of their running mean square.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: v like the parameters, at first 0; when centered also m.
    /// Defaults (PyTorch's): alpha = 0.99, epsilon = 1e-8, not centered.
    /// Equation: v ← αv + (1−α)g²;  u = g / (√v + ε). Centered: m ← αm + (1−α)g;  u = g / (√(v − m²) + ε).
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if alpha is not in [0, 1) or epsilon negative.
    /// Source: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, arXiv:1308.0850, as PyTorch writes both.
    /// Deviation: v − m² is taken as 0 where rounding makes it negative; PyTorch gives NaN there.
    /// </remarks>
    let scaleByRms (alpha: float) (epsilon: float) (centered: bool) : Optimizer =
        Leafwise.checkRange "scaleByRms: alpha" 0.0 1.0 alpha
        Leafwise.checkRange "scaleByRms: epsilon" 0.0 infinity epsilon
        let operation = "scaleByRms"

        let init parameters =
            let zeros = Leafwise.zeros parameters
            Leafwise.state (if centered then [ "m", zeros; "v", zeros ] else [ "v", zeros ])

        let update updates (state: Params) _ =
            let v = state.Part "v" |> Leafwise.map2 operation (fun g v -> toward (square g) v (1.0 - alpha)) updates

            if centered then
                let m = state.Part "m" |> Leafwise.map2 operation (fun g m -> toward g m (1.0 - alpha)) updates
                let spread = Leafwise.map2 operation (fun v m -> relu (v - square m)) v m
                let u = Leafwise.map2 operation (fun g s -> g / (root s + epsilon)) updates spread
                u, Leafwise.state [ "m", m; "v", v ]
            else
                let u = Leafwise.map2 operation (fun g v -> g / (root v + epsilon)) updates v
                u, Leafwise.state [ "v", v ]

        Optimizer($"rms({alpha})", init, update)

    /// <summary>Divides updates by the root of the sum of the squares of all before.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: sum like the parameters, at first the initial value.
    /// Defaults (PyTorch's): initial = 0, epsilon = 1e-10.   Equation: s ← s + g²;  u = g / (√s + ε).
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if an option is negative.
    /// Source: Duchi, Hazan and Singer 2011, JMLR 12, diagonal case, as PyTorch writes it. Deviation: none.
    /// </remarks>
    let scaleByAdaGrad (initial: float) (epsilon: float) : Optimizer =
        Leafwise.checkRange "scaleByAdaGrad: initial" 0.0 infinity initial
        Leafwise.checkRange "scaleByAdaGrad: epsilon" 0.0 infinity epsilon

        Optimizer(
            "adaGrad",
            (fun parameters -> Leafwise.state [ "sum", Leafwise.map (fullLike initial) parameters ]),
            (fun updates state _ ->
                let s = state.Part "sum" |> Leafwise.map2 "scaleByAdaGrad" (fun g s -> s + square g) updates
                Leafwise.map2 "scaleByAdaGrad" (fun g s -> g / (root s + epsilon)) updates s, Leafwise.state [ "sum", s ])
        )

    /// <summary>Gives updates the size of those before, by the ratio of two running root mean squares.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: v, d like the parameters, at first 0.
    /// Defaults (PyTorch's): rho = 0.9, epsilon = 1e-6.
    /// Equation: v ← ρv + (1−ρ)g²;  u = g √(d + ε) / √(v + ε);  d ← ρd + (1−ρ)u².
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if rho is not in [0, 1) or epsilon negative.
    /// Source: Zeiler 2012, arXiv:1212.5701, Algorithm 1. Deviation: none.
    /// </remarks>
    let scaleByAdaDelta (rho: float) (epsilon: float) : Optimizer =
        Leafwise.checkRange "scaleByAdaDelta: rho" 0.0 1.0 rho
        Leafwise.checkRange "scaleByAdaDelta: epsilon" 0.0 infinity epsilon
        let operation = "scaleByAdaDelta"

        let init parameters = let zeros = Leafwise.zeros parameters in Leafwise.state [ "v", zeros; "d", zeros ]

        let update updates (state: Params) _ =
            let v = state.Part "v" |> Leafwise.map2 operation (fun g v -> toward (square g) v (1.0 - rho)) updates
            let d = state.Part "d"
            let u = Leafwise.map3 operation (fun g v d -> g * root (d + epsilon) / root (v + epsilon)) updates v d
            let d = Leafwise.map2 operation (fun u d -> toward (square u) d (1.0 - rho)) u d
            u, Leafwise.state [ "v", v; "d", d ]

        Optimizer($"adaDelta({rho})", init, update)

    /// Adam with a factor of its updates, from the number of updates before. All that does not depend on the element is folded into two
    /// numbers, so that eleven passes over memory are left: 3 for m, 4 for v, 4 for u.
    let internal adamBy (factor: Tensor -> Tensor) (beta1: float) (beta2: float) (epsilon: float) : Optimizer =
        Leafwise.checkRange "Adam: beta1" 0.0 1.0 beta1
        Leafwise.checkRange "Adam: beta2" 0.0 1.0 beta2
        Leafwise.checkRange "Adam: epsilon" 0.0 infinity epsilon

        let init parameters =
            let zeros = Leafwise.zeros parameters
            Leafwise.state [ "count", Leafwise.count parameters; "m", zeros; "v", zeros ]

        let update updates (state: Params) _ =
            let count = state["count"]
            let t = Leafwise.step count
            let correction1 = 1.0 - pow (fullLike beta1 t) t
            let correction2 = sqrt (1.0 - pow (fullLike beta2 t) t)
            // (m / c₁) / (√v / c₂ + ε) = m (c₂ / c₁) / (√v + ε c₂)
            let size = factor count * correction2 / correction1
            let small = epsilon * correction2

            let m = state.Part "m" |> Leafwise.map2 "Adam" (fun g m -> toward g m (1.0 - beta1)) updates
            let v = state.Part "v" |> Leafwise.map2 "Adam" (fun g v -> toward (square g) v (1.0 - beta2)) updates

            let u = (m, v) ||> Leafwise.map2 "Adam" (fun m v -> m * Leafwise.scalarFor m size / (root v + Leafwise.scalarFor v small))

            u, Leafwise.state [ "count", Params.Leaf(count + 1.0); "m", m; "v", v ]

        Optimizer("adam(" + string beta1 + ", " + string beta2 + ")", init, update)

    /// <summary>Scales updates by Adam's bias-corrected moments.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: count [] int32; m, v like the parameters, at first 0.
    /// Defaults (PyTorch's): beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8.
    /// Equation: m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  u = m̂ / (√v̂ + ε), m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ), t = 1, 2, ….
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if a β is not in [0, 1) or epsilon negative.
    /// Source: Kingma and Ba 2015, arXiv:1412.6980, Algorithm 1. Deviation: none; the derivative of √v at 0 is taken as 0.
    /// </remarks>
    let scaleByAdam (beta1: float) (beta2: float) (epsilon: float) : Optimizer = adamBy (cast DType.Float64 >> onesLike) beta1 beta2 epsilon
