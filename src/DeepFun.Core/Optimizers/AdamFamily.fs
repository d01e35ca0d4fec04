namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// The relatives of Adam: first and second moments, taken in other ways. Scales of updates, as <c>Adaptive</c>: a chain that descends ends
/// with <c>Transform.scaleByLearningRate</c>.
/// </summary>
/// <remarks>
/// Shape: as the parameters. Common letters: g the updates that come, u those that go, t = 1, 2, …, m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ).
/// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if a β is not in [0, 1) or epsilon negative.
/// </remarks>
[<RequireQualifiedAccess>]
module AdamFamily =

    let private root = Leafwise.root
    let private toward = Leafwise.toward

    let private check name (betas: float list) (epsilon: float) =
        betas |> List.iteri (fun i b -> Leafwise.checkRange $"{name}: beta{i + 1}" 0.0 1.0 b)
        Leafwise.checkRange $"{name}: epsilon" 0.0 infinity epsilon

    /// 1 − βᵗ
    let private correction (beta: float) (t: Tensor) : Tensor = 1.0 - pow (fullLike beta t) t

    let private mean name (beta: float) (g: Params) (m: Params) = Leafwise.map2 name (fun g m -> toward g m (1.0 - beta)) g m

    let private meanSquare name (beta: float) (g: Params) (v: Params) = Leafwise.map2 name (fun g v -> toward (square g) v (1.0 - beta)) g v

    /// m̂ / (√v̂ + ε) of uncorrected moments.
    let private ratio name (correction1: Tensor) (correction2: Tensor) (epsilon: float) (m: Params) (v: Params) =
        let size, scale = 1.0 / correction1, 1.0 / sqrt correction2

        (m, v)
        ||> Leafwise.map2 name (fun m v -> m * Leafwise.scalarFor m size / (root v * Leafwise.scalarFor v scale + epsilon))

    /// <summary>AMSGrad: Adam whose second moment never falls.</summary>
    /// <remarks>
    /// State: count [] int32; m, v, largest like the parameters, at first 0.   Defaults (PyTorch's): 0.9, 0.999, 1e-8.
    /// Equation: m, v as Adam's;  w ← max(w, v);  u = m̂ / (√ŵ + ε).
    /// Source: Reddi, Kale and Kumar 2018, arXiv:1904.09237, Algorithm 2. Deviation: PyTorch's, both moments are bias-corrected.
    /// </remarks>
    let scaleByAmsGrad (beta1: float) (beta2: float) (epsilon: float) : Optimizer =
        let name = "amsGrad"
        check name [ beta1; beta2 ] epsilon

        Leafwise.remembering name [ "m"; "v"; "largest" ] (fun t g parts ->
            let m, v = mean name beta1 g parts[0], meanSquare name beta2 g parts[1]
            let w = Leafwise.map2 name maximum parts[2] v
            ratio name (correction beta1 t) (correction beta2 t) epsilon m w, [ m; v; w ])

    /// <summary>AdaMax: Adam with the largest gradient, forgotten slowly, in place of the root mean square.</summary>
    /// <remarks>
    /// State: count [] int32; m, largest like the parameters, at first 0.   Defaults (PyTorch's): 0.9, 0.999, 1e-8.
    /// Equation: m ← β₁m + (1−β₁)g;  w ← max(β₂w, |g| + ε);  u = m̂ / w.
    /// Source: Kingma and Ba 2015, arXiv:1412.6980, Algorithm 2. Deviation: PyTorch's ε.
    /// </remarks>
    let scaleByAdaMax (beta1: float) (beta2: float) (epsilon: float) : Optimizer =
        let name = "adaMax"
        check name [ beta1; beta2 ] epsilon

        Leafwise.remembering name [ "m"; "largest" ] (fun t g parts ->
            let m = mean name beta1 g parts[0]
            let w = Leafwise.map2 name (fun g w -> maximum (w * beta2) (abs g + epsilon)) g parts[1]
            let size = 1.0 / correction beta1 t
            Leafwise.map2 name (fun m w -> m * Leafwise.scalarFor m size / w) m w, [ m; w ])

    /// <summary>NAdam: Adam with Nesterov's momentum.</summary>
    /// <remarks>
    /// State: count [] int32; product [] float64, at first 1; m, v like the parameters, at first 0.
    /// Defaults (PyTorch's): 0.9, 0.999, 1e-8, momentumDecay ψ = 0.004.
    /// Equation: m, v as Adam's;  μₜ = β₁ (1 − ½ 0.96^(tψ));  u = ((1−μₜ) g / (1 − ∏ᵢ₌₁ᵗ μᵢ) + μₜ₊₁ m / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ)) / (√v̂ + ε).
    /// Source: Dozat 2016, Incorporating Nesterov Momentum into Adam, as PyTorch writes it. Deviation: none (PyTorch 1.13 itself multiplies
    /// the second product by μₜ twice; mended in later versions).
    /// </remarks>
    let scaleByNAdam (beta1: float) (beta2: float) (epsilon: float) (momentumDecay: float) : Optimizer =
        let name = "nAdam"
        check name [ beta1; beta2 ] epsilon
        Leafwise.checkRange "nAdam: momentumDecay" 0.0 infinity momentumDecay

        let init parameters =
            let zeros = Leafwise.zeros parameters
            let one = Leafwise.number DType.Float64 1.0 parameters
            Leafwise.state [ "count", Leafwise.count parameters; "product", one; "m", zeros; "v", zeros ]

        let update g (state: Params) _ =
            let t = Leafwise.step state["count"]
            let momentum (t: Tensor) = beta1 * (1.0 - 0.5 * pow (fullLike 0.96 t) (t * momentumDecay))
            let now, next = momentum t, momentum (t + 1.0)
            let product = state["product"] * now
            let m, v = mean name beta1 g (state.Part "m"), meanSquare name beta2 g (state.Part "v")
            let scale = 1.0 / sqrt (correction beta2 t)
            let ofGradient, ofMean = (1.0 - now) / (1.0 - product), next / (1.0 - product * next)

            let mixed = Leafwise.map2 name (fun g m -> g * Leafwise.scalarFor g ofGradient + m * Leafwise.scalarFor m ofMean) g m

            let u = Leafwise.map2 name (fun x v -> x / (root v * Leafwise.scalarFor v scale + epsilon)) mixed v
            u, Leafwise.state [ "count", Params.Leaf(state["count"] + 1.0); "product", Params.Leaf product; "m", m; "v", v ]

        Optimizer(name, init, update)

    /// <summary>RAdam: Adam that waits with its second moment until enough steps tell it well, and rectifies its variance.</summary>
    /// <remarks>
    /// State: count [] int32; m, v like the parameters, at first 0.   Defaults (PyTorch's): 0.9, 0.999, 1e-8.
    /// Equation: m, v as Adam's;  ρ∞ = 2/(1−β₂) − 1;  ρ = ρ∞ − 2tβ₂ᵗ/(1−β₂ᵗ);  u = m̂ while ρ ≤ 5, then
    /// u = m̂ r √(1−β₂ᵗ) / (√v + ε), r² = (ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ).
    /// Source: Liu et al. 2020, arXiv:1908.03265, Algorithm 2. Deviation: PyTorch's, ε and the bound 5 in place of 4.
    /// </remarks>
    let scaleByRAdam (beta1: float) (beta2: float) (epsilon: float) : Optimizer =
        let name = "rAdam"
        check name [ beta1; beta2 ] epsilon
        let limit = 2.0 / (1.0 - beta2) - 1.0

        Leafwise.remembering name [ "m"; "v" ] (fun t g parts ->
            let m, v = mean name beta1 g parts[0], meanSquare name beta2 g parts[1]
            let size = 1.0 / correction beta1 t
            let corrected = Leafwise.map (fun m -> m * Leafwise.scalarFor m size) m

            if limit <= 5.0 then
                corrected, [ m; v ]
            else
                let length = limit - 2.0 * t * pow (fullLike beta2 t) t / correction beta2 t
                // Below 5 the root could be of a negative number, and its derivative NaN.
                let long = maximum length (fullLike 5.0 length)
                let rectified = sqrt ((long - 4.0) * (long - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * long))
                let factor = rectified * sqrt (correction beta2 t)
                let enough = greater length (fullLike 5.0 length)

                let scaled m v = m * where enough (Leafwise.scalarFor v factor / (root v + epsilon)) (onesLike v)
                Leafwise.map2 name scaled corrected v, [ m; v ])

    /// <summary>AdaBelief: Adam whose second moment is of the gradient's distance from its mean.</summary>
    /// <remarks>
    /// State: count [] int32; m, s like the parameters, at first 0.   Defaults (the authors' code): 0.9, 0.999, 1e-16.
    /// Equation: m ← β₁m + (1−β₁)g;  s ← β₂s + (1−β₂)(g−m)² + ε;  u = m̂ / (√ŝ + ε).
    /// Source: Zhuang et al. 2020, arXiv:2010.07468, Algorithm 2. Deviation: none.
    /// </remarks>
    let scaleByAdaBelief (beta1: float) (beta2: float) (epsilon: float) : Optimizer =
        let name = "adaBelief"
        check name [ beta1; beta2 ] epsilon

        Leafwise.remembering name [ "m"; "s" ] (fun t g parts ->
            let m = mean name beta1 g parts[0]
            let s = Leafwise.map3 name (fun g m s -> toward (square (g - m)) s (1.0 - beta2) + epsilon) g m parts[1]
            ratio name (correction beta1 t) (correction beta2 t) epsilon m s, [ m; s ])

    /// <summary>Yogi: Adam whose second moment moves by steps of g², whatever its own size.</summary>
    /// <remarks>
    /// State: count [] int32; m, v like the parameters, v at first the initial value.
    /// Defaults (the paper's): 0.9, 0.999, epsilon = 1e-3, initial = 1e-6, bias-corrected.
    /// Equation: m ← β₁m + (1−β₁)g;  v ← v − (1−β₂) sign(v − g²) g²;  u = m̂ / (√v̂ + ε); not corrected: u = m / (√v + ε).
    /// Source: Zaheer et al. 2018, Adaptive Methods for Nonconvex Optimization, Algorithm 2. Deviation: the correction, as optax has it, can
    /// be left out, as the paper does.
    /// </remarks>
    let scaleByYogi (beta1: float) (beta2: float) (epsilon: float) (initial: float) (corrected: bool) : Optimizer =
        let name = "yogi"
        check name [ beta1; beta2 ] epsilon
        Leafwise.checkRange "yogi: initial" 0.0 infinity initial

        let part =
            Leafwise.remembering name [ "m"; "v" ] (fun t g parts ->
                let m = mean name beta1 g parts[0]

                let v =
                    Leafwise.map2
                        name
                        (fun g v ->
                            let square = square g
                            v - signum (v - square) * square * (1.0 - beta2))
                        g
                        parts[1]

                let correction beta = if corrected then correction beta t else onesLike t
                ratio name (correction beta1) (correction beta2) epsilon m v, [ m; v ])

        let init parameters =
            let zeros, first = Leafwise.zeros parameters, Leafwise.map (fullLike initial) parameters
            Leafwise.state [ "count", Leafwise.count parameters; "m", zeros; "v", first ]

        Optimizer(part.Name, init, part.Update)

    /// <summary>Adan: Adam with moments of the gradient's change as well.</summary>
    /// <remarks>
    /// State: count [] int32; m, v, n, previous like the parameters, at first 0.   Defaults (the authors' code): 0.98, 0.92, 0.99, 1e-8.
    /// Equation: δ = g − g₍ₜ₋₁₎, at first 0;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)δ;  n ← β₃n + (1−β₃)(g + β₂δ)²;
    /// u = (m̂ + β₂ v̂) / (√n̂ + ε).
    /// Source: Xie et al. 2022, arXiv:2208.06677, Algorithm 1, whose βᵢ are 1 − βᵢ here; bias corrections as in the authors' code.
    /// </remarks>
    let scaleByAdan (beta1: float) (beta2: float) (beta3: float) (epsilon: float) : Optimizer =
        let name = "adan"
        check name [ beta1; beta2; beta3 ] epsilon

        Leafwise.remembering name [ "m"; "v"; "n"; "previous" ] (fun t g parts ->
            let later = greater t (onesLike t)
            let change = Leafwise.map2 name (fun g p -> where later (g - p) (zerosLike g)) g parts[3]
            let m, v = mean name beta1 g parts[0], mean name beta2 change parts[1]
            let n = Leafwise.map3 name (fun g d n -> toward (square (g + d * beta2)) n (1.0 - beta3)) g change parts[2]
            let size, sizeOfChange = 1.0 / correction beta1 t, beta2 / correction beta2 t

            let mixed = Leafwise.map2 name (fun m v -> m * Leafwise.scalarFor m size + v * Leafwise.scalarFor v sizeOfChange) m v

            ratio name (onesLike t) (correction beta3 t) epsilon mixed n, [ m; v; n; g ])
