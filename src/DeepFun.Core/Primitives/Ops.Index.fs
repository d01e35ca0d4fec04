namespace DeepFun.FSharp

open DeepFun

/// <summary>Indexing with tensors of int32 or int64. An index outside its axis is an error (DF0103).</summary>
[<AutoOpen>]
module Indexing =

    let internal gatherBatch batch (x: Tensor) (indices: Tensor) = Tensor.Bind(Prim.Index(Indexed.Gather batch), [| x; indices |])

    let internal scatterAddBatch batch (x: Tensor) (indices: Tensor) (updates: Tensor) =
        Tensor.Bind(Prim.Index(Indexed.ScatterAdd batch), [| x; indices; updates |])

    /// <summary>
    /// Slices of x along an axis, chosen by indices of any shape I:
    /// [pre…, n, post…] with indices [I…] gives [pre…, I…, post…].
    /// </summary>
    let take (axis: int) (indices: Tensor) (x: Tensor) =
        let a = axisOf "take" x.Rank axis x.Shape

        if a = 0 then
            gatherBatch 0 x indices
        else
            // The chosen axis in front, and back behind the leading ones afterwards.
            let front = moveAxis a 0 x |> fun x -> gatherBatch 0 x indices
            let r = indices.Rank
            permute (Array.concat [ [| r .. r + a - 1 |]; [| 0 .. r - 1 |]; [| r + a .. front.Rank - 1 |] ]) front

    /// <summary>
    /// One element for each index: indices have x's shape except along the axis;
    /// result[…, i, …] = x[…, indices[…, i, …], …]. (NumPy's take_along_axis, PyTorch's gather.)
    /// </summary>
    let takeAlong (axis: int) (indices: Tensor) (x: Tensor) =
        let a = axisOf "takeAlong" x.Rank axis x.Shape

        gatherBatch (x.Rank - 1) (moveAxis a -1 x) (moveAxis a -1 indices) |> moveAxis -1 a

    /// Updates of slices along an axis, by a primitive that wants it in front. Errors speak of the operands as they were given.
    let internal scatterSlices operation bind (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) : Tensor =
        let a = axisOf operation x.Rank axis x.Shape
        let r = indices.Rank

        if updates.Rank <> x.Rank - 1 + r then
            Errors.scatter operation x.Shape indices.Shape updates.Shape

        let order = Array.concat [ [| a .. a + r - 1 |]; [| 0 .. a - 1 |]; [| a + r .. updates.Rank - 1 |] ]
        let front, moved = moveAxis a 0 x, permute order updates

        if moved.Shape.ToArray() <> Array.append (indices.Shape.ToArray()) (front.Shape.ToArray()[1..]) then
            Errors.scatter operation x.Shape indices.Shape updates.Shape

        bind 0 front indices moved |> moveAxis 0 a

    /// Updates of one element for each index, by a primitive that wants the axis last. Errors speak of the operands as they were given.
    let internal scatterLines operation bind (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) : Tensor =
        let a = axisOf operation x.Rank axis x.Shape
        let fits i = i = a || indices.Shape[i] = x.Shape[i]

        if
            indices.Rank <> x.Rank
            || not (Shape.Same(indices.Shape, updates.Shape))
            || not (Seq.forall fits (seq { 0 .. x.Rank - 1 }))
        then
            Errors.scatter operation x.Shape indices.Shape updates.Shape

        let last t = moveAxis a -1 t
        bind (x.Rank - 1) (last x) (last indices) (last updates) |> moveAxis -1 a

    /// <summary>Adds slices to x along an axis: the reverse of <c>take</c>. Equal indices add up.</summary>
    let scatterAdd (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) : Tensor =
        scatterSlices "scatterAdd" scatterAddBatch axis indices updates x

    /// <summary>Adds one element for each index: the reverse of <c>takeAlong</c>. Equal indices add up.</summary>
    let scatterAddAlong (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) : Tensor =
        scatterLines "scatterAddAlong" scatterAddBatch axis indices updates x

    /// <summary>The indices (int32) that sort an axis; stable, NaN last.</summary>
    let argsort (axis: int) (x: Tensor) = bindAlong (Along.ArgSort(axisOf "argsort" x.Rank axis x.Shape, false)) x

    /// <summary>The indices (int32) that sort an axis downwards; stable, NaN last.</summary>
    let argsortDescending (axis: int) (x: Tensor) = bindAlong (Along.ArgSort(axisOf "argsort" x.Rank axis x.Shape, true)) x

    /// <summary>Ascending along an axis.</summary>
    let sort (axis: int) (x: Tensor) = takeAlong axis (argsort axis x) x

    /// <summary>Descending along an axis.</summary>
    let sortDescending (axis: int) (x: Tensor) = takeAlong axis (argsortDescending axis x) x
