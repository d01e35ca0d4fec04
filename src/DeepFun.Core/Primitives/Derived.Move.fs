namespace DeepFun.FSharp

open DeepFun

/// <summary>Rearrangements composed from movements: they have the derivative and the dtype of x; negative axes count from the end.</summary>
[<AutoOpen>]
module Rearrangement =

    /// <summary>Elements moved on by shift places along an axis; those that leave at the end come back at the front.</summary>
    /// <remarks>
    /// Shape: x's. Equation: y[i] = x[(i − shift) mod n]; a negative shift moves toward the front.
    /// Errors: DF0112 no such axis. Source: numpy.roll, torch.roll. Deviation: one axis a call.
    /// </remarks>
    let roll (shift: int) (axis: int) (x: Tensor) : Tensor =
        let a = axisOf "roll" x.Rank axis x.Shape
        let n = x.Shape[a]
        let k = if n = 0 then 0 else ((shift % n) + n) % n
        if k = 0 then x else concat a [ slice a (n - k) n x; slice a 0 (n - k) x ]

    /// <summary>Coordinates of the grid that vectors span: result i varies along axis i and has the values of vector i.</summary>
    /// <remarks>
    /// Shape: vectors [n₁], [n₂], … give as many tensors [n₁, n₂, …]. Equation: yᵢ[j₁, j₂, …] = xᵢ[jᵢ]. Dtype: each vector's own.
    /// Errors: DF0125 what is not a vector. Source: numpy.meshgrid with indexing="ij", torch.meshgrid.
    /// </remarks>
    let meshgrid (xs: Tensor seq) : Tensor list =
        let xs = List.ofSeq xs

        for x in xs do
            if x.Rank <> 1 then
                Errors.rank "meshgrid" "vectors" x.Shape

        let shape = Shape.Adopt [| for x in xs -> x.Size |]
        xs |> List.mapi (fun i x -> broadcastAxes shape [| i |] x)

    /// Each axis in turn put between what stands before and behind it, made from the axis, its length and a width.
    let internal surround
        operation
        (limit: int -> int)
        (before: int -> int -> int -> Tensor -> Tensor)
        behind
        (widths: (int * int) seq)
        (x: Tensor)
        : Tensor =
        let widths = Array.ofSeq widths

        if widths.Length <> x.Rank then
            Errors.count operation $"one pair of widths for each axis of {x.Shape}" widths.Length

        (x, Array.indexed widths)
        ||> Array.fold (fun x (a, (low, high)) ->
            let n = x.Shape[a]

            for width in [ low; high ] do
                if width < 0 || width > limit n then
                    Errors.count operation $"widths from 0 to {limit n} for axis {a} of {x.Shape}" width

            if low = 0 && high = 0 then
                x
            else
                concat
                    a
                    [
                        if low > 0 then
                            yield before a n low x

                        yield x

                        if high > 0 then
                            yield behind a n high x
                    ])

    /// <summary>Surrounds x with its mirror image, in which the outermost elements do not come again: (before, after) for each axis.</summary>
    /// <remarks>
    /// Equation: along an axis, [c b] a b c [b a] around a b c. Errors: DF0126 a width below 0 or above n − 1, or not one pair for each axis.
    /// Source: numpy.pad with mode="reflect", torch.nn.functional.pad.
    /// </remarks>
    let padReflect (widths: (int * int) seq) (x: Tensor) =
        surround
            "padReflect"
            (fun n -> max 0 (n - 1))
            (fun a _ w x -> flip [ a ] (slice a 1 (w + 1) x))
            (fun a n w x -> flip [ a ] (slice a (n - 1 - w) (n - 1) x))
            widths
            x

    /// <summary>Surrounds x with its outermost elements: (before, after) for each axis.</summary>
    /// <remarks>
    /// Equation: along an axis, [a a] a b c [c c] around a b c. Errors: DF0126 a width below 0, above 0 on an empty axis, or not one pair for each axis.
    /// Source: numpy.pad with mode="edge", torch.nn.functional.pad with "replicate".
    /// </remarks>
    let padReplicate (widths: (int * int) seq) (x: Tensor) =
        surround
            "padReplicate"
            (fun n -> if n = 0 then 0 else System.Int32.MaxValue)
            (fun a _ w x -> repeat w a (slice a 0 1 x))
            (fun a n w x -> repeat w a (slice a (n - 1) n x))
            widths
            x

    /// <summary>Surrounds x with itself, as on a ring: (before, after) for each axis.</summary>
    /// <remarks>
    /// Equation: along an axis, [b c] a b c [a b] around a b c. Errors: DF0126 a width below 0 or above n, or not one pair for each axis.
    /// Source: numpy.pad with mode="wrap", torch.nn.functional.pad with "circular".
    /// </remarks>
    let padCircular (widths: (int * int) seq) (x: Tensor) =
        // An axis is padded on both sides at once: neither sees the other's elements.
        surround "padCircular" id (fun a n w x -> slice a (n - w) n x) (fun a _ w x -> slice a 0 w x) widths x

    /// <summary>At most so many parts of an axis, equally long but for the last, which may be shorter.</summary>
    /// <remarks>
    /// Shape: parts of length ⌈n / parts⌉ along the axis, so that there can be fewer than asked for. An empty axis is one empty part.
    /// Errors: DF0112 no such axis; DF0126 fewer than one part. Source: torch.chunk.
    /// </remarks>
    let chunk (parts: int) (axis: int) (x: Tensor) : Tensor list =
        if parts < 1 then
            Errors.count "chunk" "at least 1 part" parts

        let n = x.Shape[axisOf "chunk" x.Rank axis x.Shape]
        let size = max 1 ((n + parts - 1) / parts)
        let starts = if n = 0 then [ 0 ] else [ 0..size .. n - 1 ]
        starts |> List.map (fun start -> slice axis start (min n (start + size)) x)

    /// <summary>Windows of an axis: the axis counts them, a new last axis holds their elements.</summary>
    /// <remarks>
    /// Shape: [pre…, n, post…] → [pre…, ⌊(n − size) / step⌋ + 1, post…, size]. Equation: y[…, w, …, k] = x[…, w step + k, …].
    /// Errors: DF0112 no such axis; DF0126 a size below 1 or above n, a step below 1. Source: torch.Tensor.unfold.
    /// </remarks>
    let unfold (axis: int) (size: int) (step: int) (x: Tensor) : Tensor =
        let a = axisOf "unfold" x.Rank axis x.Shape
        let n = x.Shape[a]

        if size < 1 || size > n then
            Errors.count "unfold" $"a size from 1 to {n}, axis {axis} of {x.Shape}" size

        if step < 1 then
            Errors.count "unfold" "a step of at least 1" step

        let starts = indices ((n - size) / step + 1) x * float step
        let places: Tensor = expandDims 1 starts + indices size x
        take a places x |> moveAxis (a + 1) -1

    /// <summary>Square matrices with the last axis of x on a diagonal, zeros elsewhere: the reverse of <c>diagonal</c>.</summary>
    /// <remarks>
    /// Shape: [B…, n] → [B…, m, m], m = n + |offset|; offset places above the main diagonal, or below it where negative.
    /// Errors: DF0125 a scalar. Source: torch.diag_embed.
    /// </remarks>
    let diagEmbed (offset: int) (x: Tensor) : Tensor =
        if x.Rank < 1 then
            Errors.rank "diagEmbed" "at least one axis" x.Shape

        let lead, n = x.Rank - 1, x.Shape[x.Rank - 1]
        let m = n + abs offset
        // Row-major, neighbours on a diagonal are m + 1 apart.
        let first = if offset >= 0 then offset else -offset * m
        let spread = if n = 0 then 0 else (n - 1) * (m + 1) + 1
        let last v = Array.init x.Rank (fun a -> if a = lead then v else 0)
        let padding = { Low = last first; High = last (m * m - first - spread); Interior = last m; Value = 0.0 }
        let sizes = Array.append (x.Shape.ToArray()[.. lead - 1]) [| m; m |]
        padAll padding x |> reshape sizes

    /// <summary>A square matrix with all elements of x on a diagonal, zeros elsewhere.</summary>
    /// <remarks>Shape: N elements → [N + |offset|, N + |offset|]. Source: numpy.diagflat, torch.diagflat.</remarks>
    let diagflat (offset: int) (x: Tensor) : Tensor = diagEmbed offset (flatten x)

    /// <summary>x repeated to another tensor's shape, as NumPy broadcasts.</summary>
    /// <remarks>Errors: DF0116 shapes that do not fit. Source: torch.Tensor.expand_as.</remarks>
    let expandAs (target: Tensor) (x: Tensor) : Tensor = Tensor.BroadcastTo(target.Shape, x)

    /// <summary>Turned by 90°, so many times, in the plane of two axes, from the first toward the second.</summary>
    /// <remarks>
    /// Shape: x's, with the two axes exchanged when the number of times is odd. Equation: once, y[i, j] = x[j, n − 1 − i].
    /// Errors: DF0112 no such axis; DF0113 twice the same. Source: numpy.rot90, torch.rot90.
    /// </remarks>
    let rot90 (times: int) (axis1: int) (axis2: int) (x: Tensor) : Tensor =
        let a, b = axisOf "rot90" x.Rank axis1 x.Shape, axisOf "rot90" x.Rank axis2 x.Shape
        axesOf "rot90" [ a; b ] x.Shape |> ignore

        match ((times % 4) + 4) % 4 with
        | 0 -> x
        | 1 -> flip [ b ] x |> swapAxes a b
        | 2 -> flip [ a; b ] x
        | _ -> swapAxes a b x |> flip [ b ]
