namespace DeepFun.FSharp

open DeepFun

/// <summary>Limits of updates. Usually the first part of a chain, where updates are the gradients.</summary>
/// <remarks>State: none. Leaves that are not floating-point pass unchanged and do not count. NaN stays NaN.</remarks>
[<RequireQualifiedAccess>]
module Clipping =

    let private checkLimit what (limit: float) =
        if not (limit > 0.0) then
            Errors.option $"{what}: the limit" "above 0" (string limit)

    /// limit / norm where the norm is above the limit, else exactly 1. Without a division by 0, in the value and in the derivative.
    let private factor (limit: float) (squares: Tensor) : Tensor =
        let bound = fullLike (limit * limit) squares
        where (greater squares bound) (limit / sqrt (maximum squares bound)) (onesLike squares)

    /// <summary>Every number of the updates into [−limit, limit].</summary>
    /// <remarks>
    /// Equation: u ← min(max(u, −c), c).   Errors: DF0902 if the limit is not above 0.
    /// Source: PyTorch's clip_grad_value_. Deviation: none.
    /// </remarks>
    let byValue (limit: float) : Optimizer =
        checkLimit "Clipping.byValue" limit
        Optimizer.stateless $"clipByValue({limit})" (fun updates _ -> updates |> Leafwise.map (clamp -limit limit))

    /// <summary>All updates together to a norm of at most the limit; their direction stays.</summary>
    /// <remarks>
    /// Equation: u ← u min(1, c / ‖u‖), ‖u‖² the sum of squares over all leaves.   Errors: DF0902 if the limit is not above 0.
    /// Source: Pascanu et al. 2013, arXiv:1211.5063, Algorithm 1. Deviation: none; PyTorch's clip_grad_norm_ divides by ‖u‖ + 1e-6.
    /// </remarks>
    let byGlobalNorm (limit: float) : Optimizer =
        checkLimit "Clipping.byGlobalNorm" limit

        Optimizer.stateless $"clipByGlobalNorm({limit})" (fun updates _ ->
            match Tree.leaves updates |> Array.filter Leafwise.isFloating with
            | [||] -> updates
            | leaves ->
                let c = leaves |> Array.map (square >> sum) |> Array.reduce (fun a b -> a + b) |> factor limit
                updates |> Leafwise.map (fun u -> u * Leafwise.scalarFor u c))

    /// <summary>Each leaf of the updates to a norm of at most the limit.</summary>
    /// <remarks>Equation: u ← u min(1, c / ‖u‖) for each leaf by itself.   Errors: DF0902 if the limit is not above 0.</remarks>
    let byNorm (limit: float) : Optimizer =
        checkLimit "Clipping.byNorm" limit

        Optimizer.stateless $"clipByNorm({limit})" (fun updates _ -> updates |> Leafwise.map (fun u -> u * factor limit (sum (square u))))

    /// <summary>Each unit's part of the updates to a norm of at most a share of its parameters' norm.</summary>
    /// <remarks>
    /// Defaults (the paper's): share = 0.01, epsilon = 1e-3. A unit is a column of a matrix [inputs, outputs], an entry of the first axis of a
    /// tensor of higher rank, and a whole tensor of lower rank.
    /// Equation: u ← u min(1, λ max(‖p‖, ε) / ‖u‖), norms by unit.   Errors: DF0302 if the trees differ; DF0902 if an option is not above 0.
    /// Source: Brock et al. 2021, arXiv:2102.06171, equation 3. Deviation: none.
    /// </remarks>
    let adaptive (share: float) (epsilon: float) : Optimizer =
        checkLimit "Clipping.adaptive" share
        checkLimit "Clipping.adaptive: epsilon" epsilon

        let axes (p: Tensor) =
            match p.Rank with
            | 0
            | 1 -> [ 0 .. p.Rank - 1 ]
            | 2 -> [ 0 ]
            | rank -> [ 1 .. rank - 1 ]

        let squares (x: Tensor) = square x |> sumOver (axes x) |> keepDims (axes x)

        let clip (u: Tensor) (p: Tensor) =
            let own = squares p
            let limit = maximum own (fullLike (epsilon * epsilon) own) * (share * share)
            let norm = squares u
            let over = greater norm limit
            u * where over (safeSqrt (safeDivide limit norm)) (onesLike norm)

        Optimizer.stateless $"clipAdaptive({share})" (fun updates parameters -> Leafwise.map2 "Clipping.adaptive" clip updates parameters)
