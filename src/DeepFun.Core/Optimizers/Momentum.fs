namespace DeepFun.FSharp

open DeepFun

/// <summary>Momentum: updates remember those before.</summary>
[<RequireQualifiedAccess>]
module Momentum =

    let private withMomentum name (momentum: float) (result: Tensor -> Tensor -> Tensor) : Optimizer =
        Leafwise.checkRange $"{name}: the momentum" 0.0 1.0 momentum

        Optimizer(
            $"{name}({momentum})",
            (fun parameters -> Leafwise.state [ "m", Leafwise.zeros parameters ]),
            (fun updates state _ ->
                let m = state.Part "m" |> Leafwise.map2 name (fun g m -> m * momentum + g) updates
                Leafwise.map2 name result updates m, Leafwise.state [ "m", m ])
        )

    /// <summary>Replaces updates by their decaying sum.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: m like the parameters, at first 0.
    /// Equation: m ← μ m + g;  u = m.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if μ is not in [0, 1).
    /// Source: Sutskever et al. 2013, as PyTorch writes it: the learning rate stands outside of m.
    /// </remarks>
    let trace (momentum: float) : Optimizer = withMomentum "trace" momentum (fun _ m -> m)

    /// <summary>Nesterov's momentum: looks one step of the decaying sum ahead.</summary>
    /// <remarks>
    /// Shape: as the parameters.   State: m like the parameters, at first 0.
    /// Equation: m ← μ m + g;  u = g + μ m.
    /// Errors: DF0302 if the tree differs from the one given to Init; DF0902 if μ is not in [0, 1).
    /// Source: Sutskever et al. 2013, as PyTorch writes it.
    /// </remarks>
    let nesterov (momentum: float) : Optimizer = withMomentum "nesterov" momentum (fun g m -> m * momentum + g)
