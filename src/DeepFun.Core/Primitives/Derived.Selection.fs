namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Choosing and replacing by index tensors (int32 or int64): scatter, several indices at once, order, and places in sorted values. An index outside
/// its axis is an error (DF0103); none counts from the end.
/// </summary>
[<AutoOpen>]
module Selection =

    let private scatterMaxBatch batch (x: Tensor) (places: Tensor) (updates: Tensor) =
        Tensor.Bind(Prim.Index(Indexed.ScatterMax batch), [| x; places; updates |])

    /// By the greatest of what is turned around: −x of floats, all bits of integers, which has no exception.
    let private scatterMinBatch batch (x: Tensor) (places: Tensor) (updates: Tensor) : Tensor =
        let turn (t: Tensor) = if DTypes.IsFloating t.DType then -t else bitwiseNot t
        turn (scatterMaxBatch batch (turn x) places (turn updates))

    /// The last update of each place wins: the numbers of the updates meet by their maximum, and the winners are taken.
    let private scatterSetBatch batch (x: Tensor) (places: Tensor) (updates: Tensor) : Tensor =
        let lead = x.Shape.ToArray()[.. batch - 1]
        let count = Array.fold (*) 1 (places.Shape.ToArray()[batch..])

        if places.Size = 0 then
            x
        else
            let flat = reshape (Array.append lead [| count |]) places
            let numbers = Tensor.BroadcastTo(flat.Shape, indices count x)
            let size = x.Shape[batch]
            let none = Tensor.Constant(-1.0, { Shape = Shape.Adopt(Array.append lead [| size |]); DType = DType.Int32 }, x)
            let winner = scatterMaxBatch batch none flat numbers
            let rows = reshape (Array.concat [ lead; [| count |]; x.Shape.ToArray()[batch + 1 ..] ]) updates
            let chosen = gatherBatch batch rows (maximum winner (zerosLike winner))
            let hit = test Compare.GreaterOrEqual winner 0.0
            where (reshape (Array.append (hit.Shape.ToArray()) (Array.replicate (x.Rank - batch - 1) 1)) hit) chosen x

    /// A primitive with x and updates in the dtype in which they meet.
    let private promoted bind batch (x: Tensor) (places: Tensor) (updates: Tensor) : Tensor =
        let dtype = DTypes.Promote(x.DType, updates.DType)
        bind batch (cast dtype x) places (cast dtype updates)

    let private slices operation bind = scatterSlices operation (promoted bind)
    let private lines operation bind = scatterLines operation (promoted bind)

    /// <summary>Slices of x along an axis replaced: x with updates[i] at indices[i]; of equal indices the last wins.</summary>
    /// <remarks>
    /// Shape: as <c>scatterAdd</c>: x [pre…, n, post…], indices [I…], updates [pre…, I…, post…]. Dtype: the promoted one. The derivative of x is 0 where
    /// an update came, and the derivative of an update 0 where a later one replaced it. Errors: DF0103, DF0112, DF0124. Source: NumPy's x[indices] = updates.
    /// </remarks>
    let scatterSet (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) = slices "scatterSet" scatterSetBatch axis indices updates x

    /// <summary>Slices of x along an axis, each the largest of what stands there and its updates; NaN wins, ties share the derivative equally.</summary>
    /// <remarks>Shape, dtype and errors: as <c>scatterSet</c>; DF0203 bool. Source: torch.scatter_reduce with "amax".</remarks>
    let scatterMax (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) = slices "scatterMax" scatterMaxBatch axis indices updates x

    /// <summary>Slices of x along an axis, each the smallest of what stands there and its updates; NaN wins, ties share the derivative equally.</summary>
    /// <remarks>Shape, dtype and errors: as <c>scatterSet</c>; DF0203 bool. Source: torch.scatter_reduce with "amin".</remarks>
    let scatterMin (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) = slices "scatterMin" scatterMinBatch axis indices updates x

    /// <summary>One element for each index replaced: the reverse of <c>takeAlong</c>; of equal indices the last wins.</summary>
    /// <remarks>Shape: indices and updates alike, x's but for the axis. Derivative: as <c>scatterSet</c>. Source: numpy.put_along_axis, torch.scatter.</remarks>
    let scatterSetAlong (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) =
        lines "scatterSetAlong" scatterSetBatch axis indices updates x

    /// <summary>One element for each index, the larger of it and its update: as <c>scatterMax</c>.</summary>
    let scatterMaxAlong (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) =
        lines "scatterMaxAlong" scatterMaxBatch axis indices updates x

    /// <summary>One element for each index, the smaller of it and its update: as <c>scatterMin</c>.</summary>
    let scatterMinAlong (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) =
        lines "scatterMinAlong" scatterMinBatch axis indices updates x

    /// Index tensors of the leading axes as one, of the flattened leading axes.
    let private joined operation (at: Tensor seq) (x: Tensor) : Tensor * Tensor =
        let at = List.ofSeq at

        if at.IsEmpty || at.Length > x.Rank then
            OperationErrors.indexTensors operation at.Length x.Shape

        let at =
            broadcastAll (
                at
                |> List.map (fun t ->
                    if t.DType = DType.Int64 then
                        t
                    else
                        (if t.DType = DType.Int32 then t else Errors.dtype operation "int32 or int64 indices" t.DType))
            )

        let sizes = x.Shape.ToArray()
        let k = at.Length
        let inside n (t: Tensor) = logicalAnd (test Compare.GreaterOrEqual t 0.0) (test Compare.Less t (float n))
        let valid = List.mapi (fun j t -> inside sizes[j] t) at |> List.reduce logicalAnd
        let place = at |> List.indexed |> List.tail |> List.fold (fun (p: Tensor) (j, t) -> p * float sizes[j] + t) at.Head
        // One index outside must not become a valid place of another row.
        let place = where valid place (fullLike -1.0 place)
        place, reshape (Array.append [| Array.fold (*) 1 sizes[.. k - 1] |] sizes[k..]) x

    /// <summary>Elements of x at several indices at once, one tensor for each leading axis; they broadcast.</summary>
    /// <remarks>
    /// Shape: x [n₁, …, nₖ, post…] and k index tensors that broadcast to [I…] give [I…, post…]. Equation: y[i] = x[a[i], b[i], …].
    /// Errors: DF0103 an index outside; DF0110 indices that do not broadcast; DF0152 no index, or more than axes; DF0203. Source: NumPy's x[a, b].
    /// </remarks>
    let takeAt (at: Tensor seq) (x: Tensor) : Tensor =
        let place, flat = joined "takeAt" at x
        gatherBatch 0 flat place

    let private atPlaces operation bind (at: Tensor seq) (updates: Tensor) (x: Tensor) : Tensor =
        let place, flat = joined operation at x
        let sizes = Array.append (place.Shape.ToArray()) (flat.Shape.ToArray()[1..])
        let updates = Tensor.BroadcastTo(Shape.Adopt sizes, updates)
        promoted bind 0 flat place updates |> reshapeTo x.Shape

    /// <summary>x with updates at several indices at once: as <c>takeAt</c>; of equal indices the last wins. Updates broadcast.</summary>
    /// <remarks>Errors: DF0103, DF0110, DF0116, DF0152, DF0203. Source: NumPy's x[a, b] = updates.</remarks>
    let scatterSetAt (at: Tensor seq) (updates: Tensor) (x: Tensor) : Tensor = atPlaces "scatterSetAt" scatterSetBatch at updates x

    /// <summary>x with updates added at several indices at once: as <c>takeAt</c>; equal indices add up. Updates broadcast.</summary>
    /// <remarks>Errors: DF0103, DF0110, DF0116, DF0152, DF0203. Source: numpy.add.at.</remarks>
    let scatterAddAt (at: Tensor seq) (updates: Tensor) (x: Tensor) : Tensor = atPlaces "scatterAddAt" scatterAddBatch at updates x

    let private best operation sorted (k: int) (axis: int) (x: Tensor) : Tensor * Tensor =
        let a = axisOf operation x.Rank axis x.Shape

        if k < 0 || k > x.Shape[a] then
            Errors.count operation $"a number of elements from 0 to {x.Shape[a]}, axis {axis} of {x.Shape}" k

        let places = sorted a x |> slice a 0 k
        takeAlong a places x, places

    /// <summary>The k largest elements along an axis, in descending order, and their places (int32); of equal ones the first, NaN last.</summary>
    /// <remarks>
    /// Shape: x's with k along the axis, both. The derivative goes to the elements taken. Errors: DF0112 no such axis; DF0126 k below 0 or above n.
    /// Source: torch.topk. Deviation: NaN comes last, not first.
    /// </remarks>
    let topK (k: int) (axis: int) (x: Tensor) : Tensor * Tensor = best "topK" argsortDescending k axis x

    /// <summary>The k smallest elements along an axis, in ascending order, and their places (int32); of equal ones the first, NaN last.</summary>
    /// <remarks>Shape, derivative and errors: as <c>topK</c>. Source: torch.topk with largest=False.</remarks>
    let bottomK (k: int) (axis: int) (x: Tensor) : Tensor * Tensor = best "bottomK" argsort k axis x

    let private search operation (before: Tensor -> Tensor -> Tensor) (sorted: Tensor) (x: Tensor) : Tensor =
        let batch = sorted.Rank - 1

        if
            sorted.Rank < 1
            || batch > 0 && (x.Rank <> sorted.Rank || x.Shape.ToArray()[.. batch - 1] <> sorted.Shape.ToArray()[.. batch - 1])
        then
            OperationErrors.sorted operation sorted.Shape x.Shape

        let n = sorted.Shape[batch]
        let dtype = DTypes.Promote(sorted.DType, x.DType)
        let s, x = stopGradient (cast dtype sorted), stopGradient (cast dtype x)
        let zero = Tensor.Constant(0.0, { Shape = x.Shape; DType = DType.Int32 }, x)

        /// Binary search in steps that halve: a place moves on while the element before its goal still comes before x.
        let rec narrow (step: int) (place: Tensor) : Tensor =
            if step = 0 then
                place
            else
                let goal: Tensor = place + float step
                let within = test Compare.LessOrEqual goal (float n)
                let seen = gatherBatch batch s (minimum (goal - 1.0) (fullLike (float (n - 1)) goal))
                narrow (step / 2) (where (logicalAnd within (before seen x)) goal place)

        if n = 0 then zero else narrow (1 <<< int (Math.Log2(float n))) zero

    /// <summary>Where values would go into sorted ones so that these stay sorted: before equal ones. int32.</summary>
    /// <remarks>
    /// Shape: sorted [n] and x of any shape, or sorted [B…, n] and x [B…, m]; the result has x's. Equation: the number of elements below x; NaN
    /// is above all. Cost: O(log n) steps over x. Errors: DF0153 shapes that do not fit. Source: numpy.searchsorted with side="left".
    /// </remarks>
    let searchSorted (sorted: Tensor) (x: Tensor) : Tensor =
        let below (s: Tensor) (v: Tensor) = logicalOr (less s v) (logicalAnd (isNaN v) (logicalNot (isNaN s)))
        search "searchSorted" below sorted x

    /// <summary>As <c>searchSorted</c>, behind equal ones: the number of elements that are not above x.</summary>
    /// <remarks>Errors: DF0153. Source: numpy.searchsorted with side="right".</remarks>
    let searchSortedRight (sorted: Tensor) (x: Tensor) : Tensor =
        search "searchSortedRight" (fun s v -> logicalOr (lessOrEqual s v) (isNaN v)) sorted x

    /// <summary>The number of the bucket of each element: i where boundaries[i − 1] &lt; x ≤ boundaries[i] (right: ≤ and &lt;). int32.</summary>
    /// <remarks>Shape: boundaries [n], sorted; x any. Errors: DF0153. Source: torch.bucketize.</remarks>
    let bucketize (right: bool) (boundaries: Tensor) (x: Tensor) : Tensor =
        if boundaries.Rank <> 1 then
            OperationErrors.sorted "bucketize" boundaries.Shape x.Shape

        if right then searchSortedRight boundaries x else searchSorted boundaries x
