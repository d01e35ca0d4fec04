namespace DeepFun.FSharp

open DeepFun

/// <summary>Prodigy: Adam that finds its learning rate.</summary>
[<RequireQualifiedAccess>]
module Prodigy =

    /// <summary>The whole update, negative: nothing comes after it in a chain.</summary>
    /// <remarks>
    /// Shape: as the parameters.
    /// State: count [] int32; distance d and numerator r [] float64; start, the first parameters; s, m, v like the parameters, at first 0.
    /// Defaults (the authors'): rate 1, or a schedule that ends at 0; beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, first distance d₀ = 1e-6.
    /// Equation: m ← β₁m + (1−β₁)d g;  v ← β₂v + (1−β₂)d²g²;  r ← √β₂ r + (1−√β₂) γ d² ⟨g, p₀ − p⟩;  s ← √β₂ s + (1−√β₂) γ d² g;
    /// u = −γ d (m / (√v + dε) + λp);  d ← max(d, r / ‖s‖₁).
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if a β is not in [0, 1), or epsilon or the decay negative, or
    /// the distance not above 0.
    /// Source: Mishchenko and Defazio 2024, arXiv:2306.06101, Algorithm 4. Deviation: none.
    /// </remarks>
    let optimizer (rate: Schedule) (beta1: float) (beta2: float) (epsilon: float) (weightDecay: float) (distance: float) : Optimizer =
        Leafwise.checkRange "prodigy: beta1" 0.0 1.0 beta1
        Leafwise.checkRange "prodigy: beta2" 0.0 1.0 beta2
        Leafwise.checkRange "prodigy: epsilon" 0.0 infinity epsilon
        Leafwise.checkRange "prodigy: the decay" 0.0 infinity weightDecay

        if not (distance > 0.0) then
            Errors.option "prodigy: the first distance" "above 0" (string distance)

        let name = "prodigy"
        let slow = sqrt beta2

        let init parameters =
            let zeros = Leafwise.zeros parameters

            Leafwise.state
                [
                    "count", Leafwise.count parameters
                    "distance", Leafwise.number DType.Float64 distance parameters
                    "numerator", Leafwise.number DType.Float64 0.0 parameters
                    "start", parameters
                    "s", zeros
                    "m", zeros
                    "v", zeros
                ]

        let update g (state: Params) parameters =
            let d, count, start = state["distance"], state["count"], state.Part "start"
            let gamma = cast DType.Float64 (rate.At count)
            let scaled = Leafwise.map (fun g -> g * Leafwise.scalarFor g d) g
            let m = Leafwise.map2 name (fun g m -> Leafwise.toward g m (1.0 - beta1)) scaled (state.Part "m")
            let v = Leafwise.map2 name (fun g v -> Leafwise.toward (square g) v (1.0 - beta2)) scaled (state.Part "v")
            let way = Leafwise.map2 name (fun p p0 -> p0 - p) parameters start
            let share = gamma * square d * (1.0 - slow)
            let r = state["numerator"] * slow + share * Leafwise.total name (fun g w -> g * w) g way
            let s = Leafwise.map2 name (fun g s -> s * slow + g * Leafwise.scalarFor g share) g (state.Part "s")
            let size = Leafwise.total name (fun s _ -> abs s) s s
            let found = where (greater size (zerosLike size)) (safeDivide r size) d
            let step, small = -(gamma * d), d * epsilon

            let moved = Leafwise.map2 name (fun m v -> m / (Leafwise.root v + Leafwise.scalarFor v small)) m v

            let u =
                Leafwise.map2
                    name
                    (fun x p -> (if weightDecay = 0.0 then x else x + p * weightDecay) * Leafwise.scalarFor x step)
                    moved
                    parameters

            u,
            Leafwise.state
                [
                    "count", Params.Leaf(count + 1.0)
                    "distance", Params.Leaf(maximum d found)
                    "numerator", Params.Leaf r
                    "start", start
                    "s", s
                    "m", m
                    "v", v
                ]

        Optimizer(name, init, update)
