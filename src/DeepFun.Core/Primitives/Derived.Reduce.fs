namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Order statistics, counts and running sums composed from primitives.</summary>
[<AutoOpen>]
module Summaries =

    /// The elements beside a place among sorted ones, and the weight of the upper one.
    let internal beside (place: float) : int * int * float = int (Math.Floor place), int (Math.Ceiling place), place - Math.Floor place

    /// The q-quantile along an axis: places gives, for the number of its elements, what it lies beside.
    let internal quantileAt (places: int -> int * int * float) (q: float) (axis: int) (x: Tensor) : Tensor =
        let a = axisOf "quantile" x.Rank axis x.Shape

        // Not q < 0.0 || q > 1.0, which NaN would pass.
        if not (q >= 0.0 && q <= 1.0) then
            Errors.number "quantile" "a fraction from 0 to 1" q

        if x.Shape[a] = 0 then
            Errors.emptyReduction "quantile" x.Shape

        let s = sort a (floats x)
        let low, high, part = places x.Shape[a]
        // Weights, not s + part (t - s), which would be NaN between equal infinities.
        let value: Tensor =
            if part = 0.0 || low = high then
                item a low s
            else
                item a low s * (1.0 - part) + item a high s * part
        // NaN sorts last.
        let last = item a -1 s
        where (isNaN last) last value

    /// <summary>The q-quantile along an axis, which disappears, linear between the two nearest elements of the sorted axis; NaN wins.</summary>
    /// <remarks>
    /// Dtype: x's; integers give float32. Equation: with p = q (n − 1) and sorted s, (1 − p + ⌊p⌋) s[⌊p⌋] + (p − ⌊p⌋) s[⌈p⌉].
    /// The derivative goes to the elements that the quantile is between. Errors: DF0112 no such axis; DF0126 q outside [0, 1]; DF0105 an empty axis.
    /// Source: numpy.quantile, torch.quantile, both with "linear" (Hyndman and Fan 1996, type 7).
    /// </remarks>
    let quantileOver (q: float) (axis: int) (x: Tensor) : Tensor = quantileAt (fun n -> beside (q * float (n - 1))) q axis x

    /// <summary>The q-quantile of all elements: <c>quantileOver</c> along the flattened tensor.</summary>
    let quantile (q: float) (x: Tensor) : Tensor = quantileOver q 0 (flatten x)

    /// <summary>The median along an axis, which disappears: the middle element, or the mean of the middle two; NaN wins.</summary>
    /// <remarks>Dtype and errors: as <c>quantileOver</c>. Source: numpy.median. (torch.median takes the lower of the middle two.)</remarks>
    let medianOver (axis: int) (x: Tensor) : Tensor = quantileOver 0.5 axis x

    /// <summary>The median of all elements.</summary>
    let median (x: Tensor) : Tensor = quantile 0.5 x

    /// <summary>How many elements are not 0, over axes, which disappear; int32. NaN counts.</summary>
    /// <remarks>Errors: DF0112, DF0113 axes that do not exist or come twice. Source: numpy.count_nonzero, torch.count_nonzero.</remarks>
    let countNonZeroOver (axes: int seq) (x: Tensor) : Tensor = sumOver axes (notEqual x (zerosLike x))

    /// <summary>How many of all elements are not 0; int32. NaN counts.</summary>
    let countNonZero (x: Tensor) : Tensor = countNonZeroOver (allAxes x) x

    /// log(eᵃ + eᵇ). Where both are −∞ the value is −∞ and the derivatives are 0.
    let private logAddExp (a: Tensor) (b: Tensor) : Tensor =
        let m = stopGradient (maximum a b)
        let m = where (isInfinite m) (zerosLike m) m
        let s: Tensor = exp (a - m) + exp (b - m)
        guarded (test Compare.Equal s 0.0) 1.0 -infinity (fun s -> log s + m) s

    /// <summary>Running log Σ exp(x) along an axis, without overflow or loss: each sum is taken relative to its own largest term.</summary>
    /// <remarks>
    /// Shape: x's. Dtype: x's; integers give float32. Equation: y[i] = log Σⱼ≤ᵢ exp(x[j]).
    /// Cost: ⌈log₂ n⌉ passes over the axis (Hillis and Steele 1986), for one largest term for all would let the first sums underflow.
    /// Errors: DF0112 no such axis. Source: torch.logcumsumexp.
    /// </remarks>
    let logCumSumExp (axis: int) (x: Tensor) : Tensor =
        let a = axisOf "logCumSumExp" x.Rank axis x.Shape
        let n = x.Shape[a]

        let rec pass distance (y: Tensor) =
            if distance >= n then
                y
            else
                let joined = logAddExp (slice a distance n y) (slice a 0 (n - distance) y)
                pass (2 * distance) (concat a [ slice a 0 distance y; joined ])

        pass 1 (floats x)

    /// <summary>How many elements lie in each of so many equal bins from low to high; int32 [bins].</summary>
    /// <remarks>
    /// Equation: element x is counted in bin ⌊(x − low) / (high − low) · bins⌋, x = high in the last one; what lies outside, and NaN, in none.
    /// Errors: DF0126 fewer than one bin, or a range that is empty or not finite. Source: numpy.histogram, torch.histc.
    /// Deviation: an element within rounding of an edge can fall on its other side, as in torch.histc.
    /// </remarks>
    let histogram (bins: int) (low: float) (high: float) (x: Tensor) : Tensor =
        if bins < 1 then
            Errors.count "histogram" "at least 1 bin" bins

        if not (low < high && Double.IsFinite(high - low)) then
            Errors.number "histogram" $"a finite upper bound above the lower one, {low}" high

        let x = stopGradient (floats (flatten x))
        let inside = logicalAnd (lessOrEqual (fullLike low x) x) (lessOrEqual x (fullLike high x))
        let bin: Tensor = floor ((where inside x (fullLike low x) - low) * (float bins / (high - low)))
        let bin = minimum (cast DType.Int32 bin) (fullLike (float (bins - 1)) (cast DType.Int32 bin))
        let none = Tensor.Constant(0.0, { Shape = Shape.Adopt [| bins |]; DType = DType.Int32 }, x)
        scatterAdd 0 bin (cast DType.Int32 inside) none

    /// Segment numbers are a vector, one for each slice of x along its first axis.
    let internal checkSegments operation (count: int) (segments: Tensor) (x: Tensor) =
        if count < 0 then
            Errors.count operation "a number of segments of at least 0" count

        if segments.Rank <> 1 then
            Errors.rank operation "a vector of segment numbers" segments.Shape

        if x.Rank < 1 || x.Shape[0] <> segments.Size then
            Errors.rank operation $"one slice for each of the {segments.Size} segment numbers along the first axis" x.Shape

    /// <summary>Sums of the slices of x along its first axis that have the same segment number.</summary>
    /// <remarks>
    /// Shape: segments (int32 or int64) [n], x [n, post…] → [count, post…]. Dtype: x's. Equation: y[s] = Σ x[i] over all i with segments[i] = s;
    /// segments without elements are 0. Errors: DF0126 a count below 0; DF0103 a number outside 0 … count − 1; DF0124, DF0125 shapes that do not fit.
    /// Source: jax.ops.segment_sum. Deviation: a number outside is an error, not left out.
    /// </remarks>
    let segmentSum (count: int) (segments: Tensor) (x: Tensor) : Tensor =
        checkSegments "segmentSum" count segments x
        let sizes = x.Shape.ToArray()
        sizes[0] <- count
        scatterAdd 0 segments x (Tensor.Constant(0.0, { Shape = Shape.Adopt sizes; DType = x.DType }, x))
