namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>More rearrangements: windows over several axes and back, mirrored borders, joined and replaced axes.</summary>
[<AutoOpen>]
module MoreRearrangement =

    /// <summary>Adds windows of an axis up to a line: the reverse (transpose) of <c>unfold</c>.</summary>
    /// <remarks>
    /// Shape: [pre…, windows, post…, size] → [pre…, length, post…]; axis is that of the windows, one of x.
    /// Equation: y[…, p, …] = Σ x[…, w, …, k] over w step + k = p. Source: torch.nn.Fold, for one axis.
    /// Errors: DF0112 no such axis; DF0126 the last axis, a step below 1, or a length that the windows exceed.
    /// </remarks>
    let fold (axis: int) (step: int) (length: int) (x: Tensor) : Tensor =
        let a = axisOf "fold" x.Rank axis x.Shape

        if a = x.Rank - 1 then
            Errors.count "fold" "an axis before the last, which holds the windows' elements" axis

        let windows, size = x.Shape[a], x.Shape[x.Rank - 1]

        if step < 1 then
            Errors.count "fold" "a step of at least 1" step

        if windows > 0 && length < (windows - 1) * step + size then
            Errors.count "fold" $"a length of at least {(windows - 1) * step + size}, which {windows} windows of {size} cover" length

        let places: Tensor = expandDims 1 (indices windows x * float step) + indices size x
        let updates = moveAxis -1 (a + 1) x
        let sizes = Array.append (updates.Shape.ToArray()[.. a - 1]) (Array.append [| length |] (updates.Shape.ToArray()[a + 2 ..]))
        scatterAdd a places updates (Tensor.Constant(0.0, { Shape = Shape.Adopt sizes; DType = x.DType }, x))

    /// Places under each window of one axis: [windows, size], from the padded axis.
    let private placesOf (count: int) (size: int) (stride: int) (dilation: int) (x: Tensor) : Tensor =
        expandDims 1 (indices count x * float stride) + indices size x * float dilation

    /// Number of windows of each axis, and strides, padding and dilations for each; the checks of windowSpec.
    let private windowCounts operation (window: int[]) strides padding dilations (spatial: int[]) (x: Tensor) =
        let n = window.Length
        let all = perAxis operation n
        let strides, padding, dilations = all strides, all padding, all dilations

        if n < 1 then
            Errors.window operation "a window has at least one axis" x.Shape

        let counts =
            Array.init n (fun i ->
                if window[i] < 1 || strides[i] < 1 || dilations[i] < 1 || padding[i] < 0 then
                    Errors.window operation "sizes, strides and dilations are at least 1, padding at least 0" x.Shape

                let room = spatial[i] + 2 * padding[i] - dilations[i] * (window[i] - 1) - 1

                if room < 0 then
                    Errors.window operation $"the window [{String.Join(',', window)}] is larger than the padded input" x.Shape

                room / strides[i] + 1)

        struct (counts, strides, padding, dilations)

    /// <summary>Windows over the trailing axes, surrounded by zeros: those axes count the windows, as many new last axes hold their elements.</summary>
    /// <remarks>
    /// Shape: [B…, n…] → [B…, windows…, window…], windows = ⌊(n + 2 padding − dilation (window − 1) − 1) / stride⌋ + 1. Arrays have one number, or one
    /// for each axis. A convolution is a tensordot of them with its kernel. Errors: DF0122 a window that does not fit; DF0126.
    /// Source: torch.nn.Unfold (im2col), numpy.lib.stride_tricks.sliding_window_view.
    /// </remarks>
    let unfoldWindows (window: int[]) (strides: int[]) (padding: int[]) (dilations: int[]) (x: Tensor) : Tensor =
        let n = window.Length

        if x.Rank < n then
            Errors.window "unfoldWindows" $"the input has at least {n} axes" x.Shape

        let lead = x.Rank - n
        let spatial = x.Shape.ToArray()[lead..]
        let struct (counts, strides, padding, dilations) = windowCounts "unfoldWindows" window strides padding dilations spatial x
        let padded = pad 0.0 [ for a in 0 .. x.Rank - 1 -> (if a < lead then 0, 0 else padding[a - lead], padding[a - lead]) ] x

        // Each axis becomes (windows, window); from the last, so that the places of the others stay.
        (padded, [ n - 1 .. -1 .. 0 ])
        ||> List.fold (fun y i -> take (lead + i) (placesOf counts[i] window[i] strides[i] dilations[i] x) y)
        |> permute (List.concat [ [ 0 .. lead - 1 ]; [ for i in 0 .. n - 1 -> lead + 2 * i ]; [ for i in 0 .. n - 1 -> lead + 2 * i + 1 ] ])

    /// <summary>Adds windows up to a tensor of these trailing sizes: the reverse (transpose) of <c>unfoldWindows</c>.</summary>
    /// <remarks>
    /// Shape: [B…, windows…, window…] → [B…, sizes…]. Errors: DF0122 windows that do not fit the sizes. Source: torch.nn.Fold (col2im).
    /// </remarks>
    let foldWindows (sizes: int[]) (strides: int[]) (padding: int[]) (dilations: int[]) (x: Tensor) : Tensor =
        let n = sizes.Length
        let lead = x.Rank - 2 * n

        if n < 1 || lead < 0 then
            Errors.window "foldWindows" $"the input has two axes for each of the {n} sizes" x.Shape

        let window = x.Shape.ToArray()[lead + n ..]
        let struct (counts, strides, padding, dilations) = windowCounts "foldWindows" window strides padding dilations sizes x

        if counts <> x.Shape.ToArray()[lead .. lead + n - 1] then
            Errors.window "foldWindows" $"sizes [{String.Join(',', sizes)}] have [{String.Join(',', counts)}] windows" x.Shape

        let paired =
            permute
                (List.concat
                    [
                        [ 0 .. lead - 1 ]
                        [
                            for i in 0 .. n - 1 do
                                yield! [ lead + i; lead + n + i ]
                        ]
                    ])
                x

        (paired, [ 0 .. n - 1 ])
        ||> List.fold (fun y i ->
            let a = lead + i

            let full =
                Array.append (y.Shape.ToArray()[.. a - 1]) (Array.append [| sizes[i] + 2 * padding[i] |] (y.Shape.ToArray()[a + 2 ..]))

            let none = Tensor.Constant(0.0, { Shape = Shape.Adopt full; DType = x.DType }, x)

            scatterAdd a (placesOf counts[i] window[i] strides[i] dilations[i] x) y none
            |> slice a padding[i] (padding[i] + sizes[i]))

    /// <summary>Surrounds x with its mirror image, in which the outermost elements come again: (before, after) for each axis.</summary>
    /// <remarks>
    /// Equation: along an axis, [b a] a b c [c b] around a b c. Errors: DF0126 a width below 0 or above n, or not one pair for each axis.
    /// Source: numpy.pad with mode="symmetric".
    /// </remarks>
    let padSymmetric (widths: (int * int) seq) (x: Tensor) =
        surround "padSymmetric" id (fun a _ w x -> flip [ a ] (slice a 0 w x)) (fun a n w x -> flip [ a ] (slice a (n - w) n x)) widths x

    /// <summary>Neighbouring axes from first to last as one.</summary>
    /// <remarks>Errors: DF0112 no such axis; DF0126 a last one before the first. Source: torch.flatten.</remarks>
    let flattenAxes (first: int) (last: int) (x: Tensor) : Tensor =
        let a, b = axisOf "flattenAxes" x.Rank first x.Shape, axisOf "flattenAxes" x.Rank last x.Shape

        if b < a then
            Errors.count "flattenAxes" $"a last axis of at least the first, {a}" b

        let sizes = List.ofSeq x.Shape
        reshape (List.take a sizes @ [ sizes[a..b] |> List.fold (*) 1 ] @ List.skip (b + 1) sizes) x

    /// <summary>One axis as several of these sizes, of which one may be −1.</summary>
    /// <remarks>Errors: DF0112 no such axis; DF0114 sizes whose product differs. Source: torch.unflatten.</remarks>
    let unflatten (axis: int) (sizes: int seq) (x: Tensor) : Tensor =
        let a = axisOf "unflatten" x.Rank axis x.Shape
        let parts = Array.ofSeq sizes
        let known = parts |> Array.filter (fun s -> s <> -1) |> Array.fold (*) 1
        let n = x.Shape[a]

        if Array.length (Array.filter (fun s -> s = -1) parts) > 1 || known = 0 && n > 0 || known > 0 && n % known <> 0 then
            Errors.reshapeComputed x.Shape parts

        let filled = parts |> Array.map (fun s -> if s = -1 then (if known = 0 then 0 else n / known) else s)
        let all = List.ofSeq x.Shape
        reshape (List.take a all @ List.ofArray filled @ List.skip (a + 1) all) x

    /// <summary>x with a part of an axis, from start on, replaced by another tensor.</summary>
    /// <remarks>
    /// Shape: x's; the part has x's shape but for the axis. Dtype: the promoted one. A negative start counts from the end.
    /// Errors: DF0112 no such axis; DF0117 a part that leaves the axis; DF0118 other sizes. Source: jax.lax.dynamic_update_slice.
    /// </remarks>
    let replaceSlice (axis: int) (start: int) (part: Tensor) (x: Tensor) : Tensor =
        let a = axisOf "replaceSlice" x.Rank axis x.Shape
        let n = x.Shape[a]
        let first = if start < 0 then start + n else start

        if part.Rank <> x.Rank then
            Errors.concat a [ x.Shape; part.Shape ]

        let stop = first + part.Shape[a]

        if first < 0 || stop > n then
            Errors.range first stop a x.Shape

        concat a [ slice a 0 first x; part; slice a stop n x ]

    /// <summary>Tensors in the shape to which all of them broadcast.</summary>
    /// <remarks>Errors: DF0110 shapes that do not broadcast. Source: numpy.broadcast_arrays.</remarks>
    let broadcastAll (xs: Tensor seq) : Tensor list =
        let xs = List.ofSeq xs

        match xs with
        | [] -> []
        | _ ->
            let shape = xs |> List.map _.Shape |> List.reduce (fun a b -> Tensor.Common("broadcastAll", a, b))
            xs |> List.map (fun x -> Tensor.BroadcastTo(shape, x))

    /// <summary>Each element of an axis as often as its count says, neighbours together.</summary>
    /// <remarks>Errors: DF0112 no such axis; DF0126 not one count for each element, or one below 0. Source: numpy.repeat, torch.repeat_interleave.</remarks>
    let repeatEach (counts: int seq) (axis: int) (x: Tensor) : Tensor =
        let a = axisOf "repeatEach" x.Rank axis x.Shape
        let counts = Array.ofSeq counts

        if counts.Length <> x.Shape[a] then
            Errors.count "repeatEach" $"one count for each of the {x.Shape[a]} elements" counts.Length

        for c in counts do
            if c < 0 then
                Errors.count "repeatEach" "counts of at least 0" c

        let places = counts |> Array.mapi (fun i c -> Array.replicate c i) |> Array.concat
        take a (Tensor.ofArray [ places.Length ] places) x
