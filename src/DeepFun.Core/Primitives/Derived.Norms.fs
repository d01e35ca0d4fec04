namespace DeepFun

/// <summary>Where a quantile lies between sorted elements.</summary>
type QuantileMethod =
    /// <summary>Linear between neighbours, place q (n − 1). Hyndman and Fan's type 7, the usual choice.</summary>
    | Linear = 0
    /// <summary>The element below that place.</summary>
    | Lower = 1
    /// <summary>The element above that place.</summary>
    | Higher = 2
    /// <summary>The mean of both.</summary>
    | Midpoint = 3
    /// <summary>The nearer of both, at halves the one with an even place.</summary>
    | Nearest = 4
    /// <summary>Linear, place n q − 1/2. Type 5.</summary>
    | Hazen = 5
    /// <summary>Linear, place (n + 1) q − 1. Type 6.</summary>
    | Weibull = 6
    /// <summary>Linear, place (n + 1/3) q − 2/3: nearly unbiased for medians of any distribution. Type 8.</summary>
    | MedianUnbiased = 8
    /// <summary>Linear, place (n + 1/4) q − 5/8: nearly unbiased for normal distributions. Type 9.</summary>
    | NormalUnbiased = 9

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Norms of matrices, reductions that leave NaN out, quantiles by method, and running extrema with their places.</summary>
[<AutoOpen>]
module MoreReductions =

    /// <summary>The norms of matrices that need no singular values: 1 the largest sum of a column's |x|, ∞ that of a row's; −1, −∞ the smallest.</summary>
    /// <remarks>
    /// Shape: [B…, m, n] → [B…]. Dtype: x's; integers give float32. Ties share the derivative equally; at 0 the derivative of |x| is 0.
    /// Frobenius' norm is <c>normOver 2.0 [ -2; -1 ]</c>. Errors: DF0125 no matrix; DF0126 another p; DF0105 a matrix without elements.
    /// Source: numpy.linalg.norm.
    /// </remarks>
    let matrixNorm (p: float) (x: Tensor) : Tensor =
        if x.Rank < 2 then
            Errors.rank "matrixNorm" "matrices in the last two axes" x.Shape

        let over axis extremum = floats x |> inSingle (fun x -> extremum [ -1 ] (sumOver [ axis ] (abs x)))

        match p with
        | 1.0 -> over -2 amaxOver
        | -1.0 -> over -2 aminOver
        | _ when Double.IsPositiveInfinity p -> over -1 amaxOver
        | _ when Double.IsNegativeInfinity p -> over -1 aminOver
        | _ -> Errors.number "matrixNorm" "1, -1, infinity or -infinity" p

    /// 0 where x is NaN.
    let private numbers (x: Tensor) = where (isNaN x) (zerosLike x) x

    /// <summary>The sum over axes of what is not NaN.</summary>
    /// <remarks>Errors: DF0112, DF0113 axes. Source: numpy.nansum.</remarks>
    let nanSumOver (axes: int seq) (x: Tensor) : Tensor = sumOver axes (numbers x)

    /// <summary>The mean over axes of what is not NaN; NaN where there is nothing.</summary>
    /// <remarks>Errors: DF0112, DF0113 axes. Source: numpy.nanmean.</remarks>
    let nanMeanOver (axes: int seq) (x: Tensor) : Tensor =
        floats x |> inSingle (fun x -> nanSumOver axes x / cast x.DType (sumOver axes (logicalNot (isNaN x))))

    /// Places and weights of the neighbours between which the q-quantile of n sorted elements lies.
    let private between (kind: QuantileMethod) (q: float) (n: int) : int * int * float =
        let last = float (n - 1)
        let usual = q * last
        let single (place: float) = int place, int place, 0.0

        let linear (place: float) = beside (Math.Clamp(place, 0.0, last))

        match kind with
        | QuantileMethod.Lower -> single (Math.Floor usual)
        | QuantileMethod.Higher -> single (Math.Ceiling usual)
        | QuantileMethod.Nearest -> single (Math.Round(usual, MidpointRounding.ToEven))
        | QuantileMethod.Midpoint -> int (Math.Floor usual), int (Math.Ceiling usual), 0.5
        | QuantileMethod.Hazen -> linear (float n * q - 0.5)
        | QuantileMethod.Weibull -> linear (float (n + 1) * q - 1.0)
        | QuantileMethod.MedianUnbiased -> linear ((float n + 1.0 / 3.0) * q - 2.0 / 3.0)
        | QuantileMethod.NormalUnbiased -> linear ((float n + 0.25) * q - 0.625)
        | _ -> linear usual

    /// <summary>The q-quantile along an axis, which disappears, by a method; NaN wins. <c>quantileOver</c> is the linear one.</summary>
    /// <remarks>
    /// Dtype: x's; integers give float32. The derivative goes to the elements that are taken, the first of equal ones.
    /// Errors: DF0112 no such axis; DF0126 q outside [0, 1]; DF0105 an empty axis. Source: numpy.quantile; Hyndman and Fan 1996.
    /// </remarks>
    let quantileBy (kind: QuantileMethod) (q: float) (axis: int) (x: Tensor) : Tensor = quantileAt (between kind q) q axis x

    /// Values, and the latest place (int32) that renewed each.
    let private runningWithPlaces (running: int -> Tensor -> Tensor) (axis: int) (x: Tensor) : Tensor * Tensor =
        let y = running axis x
        let a = if axis < 0 then axis + x.Rank else axis
        let sizes = List.init x.Rank (fun i -> if i = a then x.Shape[a] else 1)
        let place = indices x.Shape[a] x |> reshape sizes
        let renewed = logicalOr (equal x y) (isNaN x)
        y, cummax a (where renewed place (fullLike -1.0 place))

    /// <summary>Running maxima along an axis and their places (int32): of equal ones the latest; from the first NaN on, NaN and the latest NaN.</summary>
    /// <remarks>Shape: x's, both. Errors: DF0112 no such axis; DF0203 bool. Source: torch.cummax.</remarks>
    let cummaxWithIndices (axis: int) (x: Tensor) : Tensor * Tensor = runningWithPlaces cummax axis x

    /// <summary>Running minima along an axis and their places (int32), as <c>cummaxWithIndices</c>.</summary>
    /// <remarks>Shape: x's, both. Errors: DF0112 no such axis; DF0203 bool. Source: torch.cummin.</remarks>
    let cumminWithIndices (axis: int) (x: Tensor) : Tensor * Tensor = runningWithPlaces cummin axis x
