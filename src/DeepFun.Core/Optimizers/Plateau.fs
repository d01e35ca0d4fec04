namespace DeepFun

/// <summary>When and how far a rate falls because the loss does not.</summary>
type PlateauOptions =
    {
        /// What the rate is multiplied by.
        Factor: float
        /// How many values in a row may be no better than the best.
        Patience: int
        /// A value is better if it is below the best times (1 − Threshold).
        Threshold: float
        /// How many values after a fall do not count.
        Cooldown: int
        /// The smallest product of all factors.
        Minimum: float
    }

    /// <summary>PyTorch's: factor 0.1, patience 10, threshold 1e-4, no cooldown, minimum 0.</summary>
    static member Default = { Factor = 0.1; Patience = 10; Threshold = 1e-4; Cooldown = 0; Minimum = 0.0 }

namespace DeepFun.FSharp

open DeepFun

/// <summary>A rate that falls when a loss stops falling: a part of a chain, whose state is told the losses.</summary>
[<RequireQualifiedAccess>]
module Plateau =

    /// No parameter's own name, so that it is found in a state.
    [<Literal>]
    let private Name = "watched loss"

    let private checkOptions (o: PlateauOptions) =
        Leafwise.checkRange "Plateau: the factor" 0.0 1.0 o.Factor
        Leafwise.checkRange "Plateau: the patience" 0.0 infinity (float o.Patience)
        Leafwise.checkRange "Plateau: the threshold" 0.0 1.0 o.Threshold
        Leafwise.checkRange "Plateau: the cooldown" 0.0 infinity (float o.Cooldown)
        Leafwise.checkRange "Plateau: the minimum" 0.0 infinity o.Minimum

    /// <summary>Updates times the product of the factors so far. What the loss is, <c>observe</c> says: at every step or at every epoch.</summary>
    /// <remarks>
    /// State: float64 numbers: scale, at first 1; best, at first ∞; bad and cooling, counts; and the options.
    /// Equation of <c>observe</c>: better: v &lt; best (1 − threshold), then best ← v, bad ← 0; else bad ← bad + 1. While cooling, cooling ←
    /// cooling − 1, bad ← 0. If bad &gt; patience: scale ← max(scale · factor, minimum), cooling ← cooldown, bad ← 0.
    /// Errors: DF0902 if an option is out of range.   Source: PyTorch's ReduceLROnPlateau, mode min, threshold relative.
    /// </remarks>
    let scale (o: PlateauOptions) : Optimizer =
        checkOptions o

        let init parameters =
            let number name value = name, Leafwise.number DType.Float64 value parameters

            Leafwise.state
                [
                    Name,
                    Leafwise.state
                        [
                            number "scale" 1.0
                            number "best" infinity
                            number "bad" 0.0
                            number "cooling" 0.0
                            number "factor" o.Factor
                            number "patience" (float o.Patience)
                            number "threshold" o.Threshold
                            number "cooldown" (float o.Cooldown)
                            number "minimum" o.Minimum
                        ]
                ]

        let update updates (state: Params) (_: Params) =
            let scale = (state.Part Name)["scale"]
            Leafwise.map (fun u -> u * Leafwise.scalarFor u scale) updates, state

        Optimizer($"plateau({o.Factor}, {o.Patience})", init, update)

    /// One part's state after one more value.
    let private next (value: Tensor) (state: Params) : Params =
        let v = stopGradient (cast DType.Float64 value)
        let zero = zerosLike v
        let better = less v (state["best"] * (1.0 - state["threshold"]))
        let cooling = greater state["cooling"] zero
        let bad = where (logicalOr better cooling) zero (state["bad"] + 1.0)
        let falls = greater bad state["patience"]
        let scale = state["scale"]

        let changed =
            Map
                [
                    "best", where better v state["best"]
                    "bad", where falls zero bad
                    "cooling", where falls state["cooldown"] (maximum (state["cooling"] - 1.0) zero)
                    "scale", where falls (minimum scale (maximum (scale * state["factor"]) state["minimum"])) scale
                ]

        state.Map(fun path t -> changed |> Map.tryFind path |> Option.defaultValue t)

    /// <summary>The state of an optimizer after its <c>Plateau.scale</c>, wherever in the chain, was told a loss: one number.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0933 it has none.</exception>
    let observe (value: Tensor) (state: Params) : Params =
        let found = ref false

        let rec go (p: Params) : Params =
            if p.IsLeaf then
                p
            else
                let child name c =
                    if name = Name then
                        found.Value <- true
                        name, next value c
                    else
                        name, go c

                Leafwise.state (List.map2 child (List.ofSeq p.Names) (List.ofSeq p.Children))

        let state = go state

        if not found.Value then
            OptimizerErrors.noPlateau ()

        state

    /// <summary>The product of the factors so far, in the state of an optimizer: [] float64.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0933 it has no <c>Plateau.scale</c>.</exception>
    let scaleOf (state: Params) : Tensor =
        match Leafwise.find Name state with
        | Some plateau -> plateau["scale"]
        | None -> OptimizerErrors.noPlateau ()
