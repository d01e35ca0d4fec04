namespace DeepFun.FSharp

open DeepFun

/// <summary>Updates that keep the sign of the gradient and choose the size themselves.</summary>
[<RequireQualifiedAccess>]
module Signs =

    /// <summary>Lion: the sign of a mean of gradient and momentum.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: m like the parameters, at first 0.   Defaults (the paper's): beta1 = 0.9, beta2 = 0.99.
    /// Equation: u = sign(β₁m + (1−β₁)g);  m ← β₂m + (1−β₂)g.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if a β is not in [0, 1).
    /// Source: Chen et al. 2023, arXiv:2302.06675, Algorithm 2. Deviation: none.
    /// </remarks>
    let scaleByLion (beta1: float) (beta2: float) : Optimizer =
        Leafwise.checkRange "lion: beta1" 0.0 1.0 beta1
        Leafwise.checkRange "lion: beta2" 0.0 1.0 beta2

        Optimizer(
            $"lion({beta1}, {beta2})",
            (fun parameters -> Leafwise.state [ "m", Leafwise.zeros parameters ]),
            (fun updates state _ ->
                let m = state.Part "m"
                let u = Leafwise.map2 "lion" (fun g m -> signum (Leafwise.toward g m (1.0 - beta1))) updates m
                u, Leafwise.state [ "m", Leafwise.map2 "lion" (fun g m -> Leafwise.toward g m (1.0 - beta2)) updates m ])
        )

    /// <summary>Rprop: a step size for every number, which grows while the gradient keeps its sign. For full batches.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: previous, at first 0, and size, at first the initial one, like the parameters.
    /// Defaults (PyTorch's): shrink η⁻ = 0.5, grow η⁺ = 1.2, smallest = 1e-6, largest = 50.
    /// Equation: size ← clamp(size · (η⁺ where g g₍ₜ₋₁₎ &gt; 0, η⁻ where it is &lt; 0, else 1));  g ← 0 where g g₍ₜ₋₁₎ &lt; 0;  u = −sign(g) size.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if shrink is not in [0, 1), grow below 1, or a size negative.
    /// Source: Riedmiller and Braun 1993, A direct adaptive method, as PyTorch writes it (iRprop⁻). Deviation: none.
    /// </remarks>
    let rprop (initial: float) (shrink: float) (grow: float) (smallest: float) (largest: float) : Optimizer =
        Leafwise.checkRange "rprop: initial" 0.0 infinity initial
        Leafwise.checkRange "rprop: shrink" 0.0 1.0 shrink
        Leafwise.checkRange "rprop: grow" 1.0 infinity grow
        Leafwise.checkRange "rprop: smallest" 0.0 infinity smallest
        Leafwise.checkRange "rprop: largest" smallest infinity largest

        let init parameters = Leafwise.state [ "previous", Leafwise.zeros parameters; "size", Leafwise.map (fullLike initial) parameters ]

        let update updates (state: Params) _ =
            let agreement = Leafwise.map2 "rprop" (fun g p -> g * p) updates (state.Part "previous")

            let resized (a: Tensor) (s: Tensor) =
                let zero = zerosLike a
                clamp smallest largest (s * where (greater a zero) (fullLike grow a) (where (less a zero) (fullLike shrink a) (onesLike a)))

            let size = Leafwise.map2 "rprop" resized agreement (state.Part "size")
            let kept = Leafwise.map2 "rprop" (fun a g -> where (less a (zerosLike a)) (zerosLike g) g) agreement updates
            Leafwise.map2 "rprop" (fun g s -> -(signum g) * s) kept size, Leafwise.state [ "previous", kept; "size", size ]

        Optimizer($"rprop({initial})", init, update)
