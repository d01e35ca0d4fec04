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
