namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Movements: the elements of tensors under another shape or order. Negative axes count from the end.</summary>
[<AutoOpen>]
module Movement =

    let internal axisOf operation (rank: int) (axis: int) (shape: Shape) =
        let a = if axis < 0 then axis + rank else axis

        if a < 0 || a >= rank then
            Errors.axis operation axis rank shape

        a

    /// Ascending, different, from the front.
    let internal axesOf operation (axes: int seq) (shape: Shape) : int[] =
        let sorted = Array.ofSeq axes |> Array.map (fun a -> axisOf operation shape.Rank a shape)
        System.Array.Sort sorted

        for i in 1 .. sorted.Length - 1 do
            if sorted[i] = sorted[i - 1] then
                Errors.axesOrder operation (Array.ofSeq axes)

        sorted

    let internal bindMove op (x: Tensor) = Tensor.Bind(Prim.Move op, [| x |])

    let internal reshapeTo (shape: Shape) (x: Tensor) = if Shape.Same(shape, x.Shape) then x else bindMove (Move.Reshape shape) x

    let internal broadcastAxes (shape: Shape) (axes: int[]) (x: Tensor) = bindMove (Move.Broadcast(shape, axes)) x

    /// <summary>The same elements, row-major, under another shape; one size may be −1 and is computed.</summary>
    let reshape (sizes: int seq) (x: Tensor) =
        let sizes = Array.ofSeq sizes

        match sizes |> Array.filter (fun s -> s = -1) |> Array.length with
        | 0 -> reshapeTo (Shape.Create sizes) x
        | 1 ->
            let known = sizes |> Array.fold (fun p s -> if s = -1 then p else p * s) 1

            if known <= 0 && x.Size > 0 || known > 0 && x.Size % known <> 0 then
                Errors.reshapeComputed x.Shape sizes

            let computed = if known = 0 then 0 else x.Size / known
            reshapeTo (Shape.Adopt(sizes |> Array.map (fun s -> if s = -1 then computed else s))) x
        | _ -> Errors.reshapeComputed x.Shape sizes

    /// <summary>All elements along one axis.</summary>
    let flatten (x: Tensor) = reshapeTo (Shape.Adopt [| x.Size |]) x

    /// <summary>Axis i of the result is axis axes[i] of x.</summary>
    let permute (axes: int seq) (x: Tensor) =
        let axes = axes |> Seq.map (fun a -> axisOf "permute" x.Rank a x.Shape) |> Array.ofSeq
        bindMove (Move.Permute axes) x

    let internal inverse (axes: int[]) = Array.init axes.Length (fun i -> Array.IndexOf(axes, i))

    /// <summary>Exchanges two axes.</summary>
    let swapAxes (a: int) (b: int) (x: Tensor) =
        let a, b = axisOf "swapAxes" x.Rank a x.Shape, axisOf "swapAxes" x.Rank b x.Shape

        permute
            (Array.init x.Rank (fun i ->
                if i = a then b
                elif i = b then a
                else i))
            x

    /// <summary>Moves one axis to another place, the others keep their order.</summary>
    let moveAxis (source: int) (target: int) (x: Tensor) =
        let s, t = axisOf "moveAxis" x.Rank source x.Shape, axisOf "moveAxis" x.Rank target x.Shape

        if s = t then
            x
        else
            let rest = [| 0 .. x.Rank - 1 |] |> Array.except [| s |] |> List.ofArray
            permute (List.insertAt t s rest) x

    /// <summary>The matrix transpose: exchanges the last two axes. A vector stays as it is.</summary>
    let transpose (x: Tensor) = if x.Rank < 2 then x else swapAxes -1 -2 x

    /// <summary>x repeated along new leading axes and axes of size 1, as NumPy broadcasts.</summary>
    let broadcastTo (sizes: int seq) (x: Tensor) = Tensor.BroadcastTo(Shape.Adopt(Array.ofSeq sizes), x)

    /// <summary>A new axis of size 1 at this place of the result.</summary>
    let expandDims (axis: int) (x: Tensor) =
        let a = axisOf "expandDims" (x.Rank + 1) axis x.Shape
        reshape (List.insertAt a 1 (List.ofSeq x.Shape)) x

    /// <summary>Without every axis of size 1.</summary>
    let squeeze (x: Tensor) = reshape (x.Shape |> Seq.filter (fun s -> s <> 1)) x

    /// <summary>Without this axis, which must have size 1.</summary>
    let squeezeAxis (axis: int) (x: Tensor) =
        let a = axisOf "squeeze" x.Rank axis x.Shape

        if x.Shape[a] <> 1 then
            Errors.rank "squeezeAxis" $"an axis of size 1 (axis {axis})" x.Shape

        reshape (List.removeAt a (List.ofSeq x.Shape)) x

    let internal sliceAll (starts: int[]) (shape: Shape) (steps: int[]) (x: Tensor) = bindMove (Move.Slice(starts, shape, steps)) x

    /// <summary>Elements start, start + step, … before stop along one axis; negative start and stop count from the end.</summary>
    let sliceStep (axis: int) (start: int) (stop: int) (step: int) (x: Tensor) =
        let a = axisOf "slice" x.Rank axis x.Shape
        let n = x.Shape[a]
        let place i = if i < 0 then i + n else i

        if step <= 0 then
            Errors.count "slice" "a step of at least 1" step

        let first, last = place start, place stop

        if first < 0 || last > n || first > last then
            Errors.range start stop a x.Shape

        let sizes = x.Shape.ToArray()
        sizes[a] <- (last - first + step - 1) / step
        let at v other = Array.init x.Rank (fun i -> if i = a then v else other)
        sliceAll (at first 0) (Shape.Create sizes) (at step 1) x

    /// <summary>Elements from start up to but without stop along one axis; negative ones count from the end.</summary>
    let slice (axis: int) (start: int) (stop: int) (x: Tensor) = sliceStep axis start stop 1 x

    /// <summary>One element along an axis, which disappears.</summary>
    let item (axis: int) (index: int) (x: Tensor) =
        let a = axisOf "item" x.Rank axis x.Shape
        let i = if index < 0 then index + x.Shape[a] else index

        if i < 0 || i >= x.Shape[a] then
            Errors.item index a x.Shape

        slice a i (i + 1) x |> reshape (List.removeAt a (List.ofSeq x.Shape))

    /// <summary>Reverses the order along these axes.</summary>
    let flip (axes: int seq) (x: Tensor) =
        let axes = axesOf "flip" axes x.Shape
        let turned i = Array.IndexOf(axes, i) >= 0 && x.Shape[i] > 0
        let starts = Array.init x.Rank (fun i -> if turned i then x.Shape[i] - 1 else 0)
        sliceAll starts x.Shape (Array.init x.Rank (fun i -> if turned i then -1 else 1)) x

    let internal padAll (padding: Padding) (x: Tensor) = bindMove (Move.Pad padding) x

    /// <summary>Surrounds x with a value: (before, after) for each axis; negative widths crop.</summary>
    let pad (value: float) (widths: (int * int) seq) (x: Tensor) =
        let low, high = widths |> Array.ofSeq |> Array.unzip
        padAll { Low = low; High = high; Interior = Array.zeroCreate low.Length; Value = value } x

    /// <summary>Joins tensors along an axis; they must be equal in the others. Dtypes are promoted.</summary>
    let concat (axis: int) (xs: Tensor seq) =
        let xs = Array.ofSeq xs

        if xs.Length = 0 then
            Errors.count "concat" "at least one tensor" 0

        let dtype = xs |> Seq.map _.DType |> Seq.reduce (fun a b -> DTypes.Promote(a, b))
        let a = axisOf "concat" xs[0].Rank axis xs[0].Shape
        if xs.Length = 1 then xs[0] else Tensor.Bind(Prim.Move(Move.Concat a), xs |> Array.map (cast dtype))

    /// <summary>Joins tensors of equal shape along a new axis.</summary>
    let stack (axis: int) (xs: Tensor seq) = xs |> Seq.map (expandDims axis) |> concat axis

    /// <summary>Cuts an axis into parts of these sizes.</summary>
    let splitSizes (sizes: int seq) (axis: int) (x: Tensor) : Tensor list =
        let sizes = List.ofSeq sizes
        let a = axisOf "split" x.Rank axis x.Shape

        if List.sum sizes <> x.Shape[a] then
            Errors.count "split" $"sizes that add up to {x.Shape[a]}, axis {axis} of {x.Shape}" (List.sum sizes)

        let starts = List.scan (+) 0 sizes
        List.map2 (fun start size -> slice a start (start + size) x) (List.take sizes.Length starts) sizes

    /// <summary>Cuts an axis into equal parts.</summary>
    let split (parts: int) (axis: int) (x: Tensor) : Tensor list =
        let n = x.Shape[axisOf "split" x.Rank axis x.Shape]

        if parts <= 0 || n % parts <> 0 then
            Errors.count "split" $"a number of parts that divides {n}" parts

        splitSizes (List.replicate parts (n / parts)) axis x

    /// <summary>The parts along an axis, which disappears.</summary>
    let unstack (axis: int) (x: Tensor) : Tensor list =
        let a = axisOf "unstack" x.Rank axis x.Shape
        List.init x.Shape[a] (fun i -> item a i x)

    /// <summary>Each element n times along an axis, neighbours together.</summary>
    let repeat (n: int) (axis: int) (x: Tensor) =
        let a = axisOf "repeat" x.Rank axis x.Shape
        let sizes = List.ofSeq x.Shape

        expandDims (a + 1) x |> broadcastTo (List.insertAt (a + 1) n sizes) |> reshape (List.updateAt a (sizes[a] * n) sizes)

    /// <summary>The whole of x, as often along each axis as the counts say.</summary>
    let tile (counts: int seq) (x: Tensor) =
        let counts = List.ofSeq counts
        let x = reshape (List.replicate (max 0 (counts.Length - x.Rank)) 1 @ List.ofSeq x.Shape) x
        let counts = List.replicate (x.Rank - counts.Length) 1 @ counts

        (x, List.indexed counts) ||> List.fold (fun y (axis, n) -> if n = 1 then y else concat axis (List.replicate n y))

    /// <summary>step − 1 zeros between neighbours of each axis.</summary>
    let dilate (steps: int seq) (x: Tensor) =
        for s in steps do
            if s < 1 then
                Errors.count "dilate" "steps of at least 1" s

        let interior = steps |> Seq.map (fun s -> s - 1) |> Array.ofSeq
        let none = Array.zeroCreate interior.Length
        padAll { Low = none; High = none; Interior = interior; Value = 0.0 } x
