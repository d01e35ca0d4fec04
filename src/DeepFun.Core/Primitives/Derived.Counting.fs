namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Counts, histograms and segments; and what has as many elements as values say: masks, places that are not 0, different elements. Those read
/// values, so they work on data, under grad and jvp, and not under vmap and trace (DF0151).
/// </summary>
[<AutoOpen>]
module Counting =

    let private fill (value: float) (sizes: int[]) (x: Tensor) = Tensor.Constant(value, { Shape = Shape.Adopt sizes; DType = x.DType }, x)

    let private segmented operation scatter (start: float) (count: int) (segments: Tensor) (x: Tensor) : Tensor =
        checkSegments operation count segments x

        if x.DType = DType.Bool then
            Errors.dtype operation "numbers" x.DType

        scatter 0 segments x (fill start (Array.append [| count |] (x.Shape.ToArray()[1..])) x)

    /// <summary>The largest of the slices of x along its first axis that have the same segment number; −∞ (integers: their least) for none.</summary>
    /// <remarks>
    /// Shape, dtype and errors: as <c>segmentSum</c>; DF0203 bool. NaN wins; ties share the derivative equally. Source: jax.ops.segment_max.
    /// </remarks>
    let segmentMax (count: int) (segments: Tensor) (x: Tensor) : Tensor =
        let least = if DTypes.IsFloating x.DType then -infinity else DTypes.MinValue x.DType
        segmented "segmentMax" scatterMax least count segments x

    /// <summary>The smallest of the slices of x along its first axis that have the same segment number; ∞ (integers: their greatest) for none.</summary>
    /// <remarks>Shape, dtype, derivative and errors: as <c>segmentMax</c>. Source: jax.ops.segment_min.</remarks>
    let segmentMin (count: int) (segments: Tensor) (x: Tensor) : Tensor =
        if DTypes.IsFloating x.DType then
            segmented "segmentMin" scatterMin infinity count segments x
        else
            // The greatest whole number, which no float is, by turning the bits of the least.
            checkSegments "segmentMin" count segments x
            bitwiseNot (segmentMax count segments (bitwiseNot x))

    /// <summary>The mean of the slices of x along its first axis that have the same segment number; NaN for none.</summary>
    /// <remarks>Shape and errors: as <c>segmentSum</c>. Dtype: x's; integers give float32.</remarks>
    let segmentMean (count: int) (segments: Tensor) (x: Tensor) : Tensor =
        floats x
        |> inSingle (fun x ->
            let total = segmentSum count segments x
            let sizes = segmentSum count segments (fill 1.0 [| segments.Size |] x)
            total / reshape (Array.append [| count |] (Array.replicate (x.Rank - 1) 1)) sizes)

    /// <summary>How often each whole number below a limit comes; int32 [limit].</summary>
    /// <remarks>Errors: DF0103 a number outside 0 … limit − 1; DF0203 no integers. Source: numpy.bincount. Deviation: the length is given.</remarks>
    let binCount (limit: int) (x: Tensor) : Tensor =
        let flat = flatten x
        segmentSum limit flat (Tensor.Constant(1.0, { Shape = flat.Shape; DType = DType.Int32 }, x))

    /// <summary>How many elements lie between neighbouring edges, or the sum of their weights, or that as a density.</summary>
    /// <remarks>
    /// Shape: edges [bins + 1], ascending, at least two; weights x's shape; → [bins]. Dtype: int32 without weights; weights' else; a density floating.
    /// Equation: element x is in bin i if edges[i] ≤ x &lt; edges[i + 1], in the last one also if x = its upper edge; others, and NaN, in none.
    /// density: divided by the width of the bin and by the total, so that the integral is 1. Differentiable in the weights.
    /// Errors: DF0154 edges that are no such vector, weights of another shape. Source: numpy.histogram.
    /// </remarks>
    let histogramWith (edges: Tensor) (weights: Tensor option) (density: bool) (x: Tensor) : Tensor =
        if edges.Rank <> 1 || edges.Size < 2 then
            OperationErrors.tables "histogram" "edges as a vector of at least two" edges.Shape

        match weights with
        | Some w when not (Shape.Same(w.Shape, x.Shape)) ->
            OperationErrors.tables "histogram" $"weights of the values' shape {x.Shape}" w.Shape
        | _ -> ()

        let bins = edges.Size - 1
        let flat = stopGradient (flatten x)
        let top = equal flat (item 0 bins edges)
        let place: Tensor = searchSortedRight edges flat - 1.0
        let place = where top (fullLike (float (bins - 1)) place) place
        // Bins 0 … bins − 1, and one more for all that is outside.
        let inside = logicalAnd (test Compare.GreaterOrEqual place 0.0) (test Compare.Less place (float bins))
        let place = where inside place (fullLike (float bins) place)

        let counted =
            match weights with
            | Some w -> flatten w
            | None -> onesLike place

        let sums = segmentSum (bins + 1) place counted |> slice 0 0 bins

        if density then
            let edges = floats edges
            let sums = floats sums
            sums / (sum sums * (slice 0 1 (bins + 1) edges - slice 0 0 bins edges))
        else
            sums

    /// Values that decide a shape.
    let private values operation (read: unit -> 'a) : 'a =
        try
            read ()
        with :? DeepFunException as e when e.Code = "DF0402" ->
            OperationErrors.selection operation e

    let private truths operation (mask: Tensor) : int[] =
        if mask.DType <> DType.Bool then
            Errors.dtype operation "a bool mask" mask.DType

        let flat = values operation mask.ToArray<bool>

        [|
            for i in 0 .. flat.Length - 1 do
                if flat[i] then
                    i
        |]

    let private vector (places: int[]) : Tensor = Tensor.ofArray [ places.Length ] places

    /// <summary>The elements, or slices, of x where a mask (bool) is true, in row-major order.</summary>
    /// <remarks>
    /// Shape: mask [m…], x [m…, post…] → [count, post…]. The derivative goes to what is taken. Errors: DF0151 under vmap and trace, where
    /// <c>where</c> keeps the shape; DF0154 a mask whose shape does not begin x's; DF0203 another dtype. Source: NumPy's x[mask].
    /// </remarks>
    let maskSelect (mask: Tensor) (x: Tensor) : Tensor =
        if mask.Rank > x.Rank || mask.Shape.ToArray() <> x.Shape.ToArray()[.. mask.Rank - 1] then
            OperationErrors.tables "maskSelect" $"a mask whose shape begins the values', {x.Shape}" mask.Shape

        let places = vector (truths "maskSelect" mask)
        x |> reshape (Array.append [| mask.Size |] (x.Shape.ToArray()[mask.Rank ..])) |> take 0 places

    /// <summary>The slices along an axis where a mask (a bool vector) is true.</summary>
    /// <remarks>Errors: DF0112 no such axis; DF0151, DF0154, DF0203 as <c>maskSelect</c>. Source: numpy.compress.</remarks>
    let compress (axis: int) (mask: Tensor) (x: Tensor) : Tensor =
        let a = axisOf "compress" x.Rank axis x.Shape

        if mask.Rank <> 1 || mask.Size <> x.Shape[a] then
            OperationErrors.tables "compress" $"one truth value for each of the {x.Shape[a]} slices along axis {axis}" mask.Shape

        take a (vector (truths "compress" mask)) x

    /// <summary>The places of the elements that are not 0, in row-major order; int32 [count, axes]. NaN is not 0.</summary>
    /// <remarks>Errors: DF0151 under vmap and trace, where <c>where</c> and <c>countNonZero</c> keep the shape. Source: numpy.argwhere, torch.nonzero.</remarks>
    let nonZero (x: Tensor) : Tensor =
        let mask = if x.DType = DType.Bool then x else notEqual x (zerosLike x)
        let places = truths "nonZero" mask
        let sizes = x.Shape.ToArray()
        let steps = Array.scanBack (*) sizes 1

        let index =
            [|
                for p in places do
                    for a in 0 .. sizes.Length - 1 -> p / steps[a + 1] % sizes[a]
            |]

        Tensor.ofArray [ places.Length; sizes.Length ] index

    /// <summary>The different elements in ascending order; for each element of x the number of its own (int32); and how often each comes (int32).</summary>
    /// <remarks>
    /// Shape: [count], x's, [count]. NaNs are one element, the last. The derivative goes to the first of equal elements.
    /// Errors: DF0151 under vmap and trace. Source: numpy.unique with return_inverse and return_counts.
    /// </remarks>
    let uniqueWithCounts (x: Tensor) : Tensor * Tensor * Tensor =
        let flat = flatten x
        let order = argsort 0 flat
        let sorted = take 0 order flat
        let n = x.Size

        let isNew =
            if n < 2 then
                Tensor.fullOf DType.Bool [ n ] 1.0
            else
                let before, behind = slice 0 0 (n - 1) sorted, slice 0 1 n sorted
                let differs = logicalAnd (notEqual before behind) (logicalNot (logicalAnd (isNaN before) (isNaN behind)))
                concat 0 [ fullLike 1.0 (slice 0 0 1 differs); differs ]

        let firsts = truths "unique" isNew
        let elements = take 0 (vector firsts) sorted
        let number: Tensor = if n = 0 then order else cumsum 0 (cast DType.Int32 isNew) - 1.0
        let inverse = scatterSet 0 order number (zerosLike order) |> reshapeTo x.Shape
        elements, inverse, segmentSum firsts.Length number (onesLike number)

    /// <summary>The different elements of x in ascending order; NaNs are one, the last.</summary>
    /// <remarks>Shape: [count]. Derivative and errors: as <c>uniqueWithCounts</c>. Source: numpy.unique.</remarks>
    let unique (x: Tensor) : Tensor =
        let elements, _, _ = uniqueWithCounts x
        elements
