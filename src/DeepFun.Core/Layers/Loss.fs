namespace DeepFun

open DeepFun.FSharp
open DeepFun.Backends

/// <summary>What training makes small: a number for each example, from predictions and targets of a batch.</summary>
/// <remarks>
/// A weighted loss also says how much each example counts, and its value is Σ losses / Σ weights: so an ignored label leaves the mean, and
/// results over several batches are exact.
/// </remarks>
/// <param name="name">What it is.</param>
/// <param name="perExample">predictions → targets → one number for each example, [N].</param>
/// <param name="weights">predictions → targets → what each example counts, [N]; None: all count 1.</param>
[<Sealed; AllowNullLiteral>]
type Loss(name: string, perExample: Tensor -> Tensor -> Tensor, weights: (Tensor -> Tensor -> Tensor) option) =

    /// <summary>A loss whose examples all count the same.</summary>
    new(name, perExample) = Loss(name, perExample, None)

    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>One number for each example of the batch, times what it counts: [N].</summary>
    member _.PerExample(predictions: Tensor, targets: Tensor) : Tensor = perExample predictions targets

    /// Whether examples may count differently.
    member internal _.IsWeighted = weights.IsSome

    /// What the examples of the batch count together, float64, so that sums over batches are that of the whole; none where each counts 1.
    member internal _.TotalWeight(predictions: Tensor, targets: Tensor) : Tensor option =
        weights |> Option.map (fun weights -> sum (cast DType.Float64 (weights predictions targets)))

    /// <summary>The mean over the batch: Σ losses / Σ weights, and 0 where nothing counts.</summary>
    member this.Value(predictions: Tensor, targets: Tensor) : Tensor =
        let losses = perExample predictions targets

        match this.TotalWeight(predictions, targets) with
        | None -> mean losses
        | Some weight -> safeDivide (sum losses) (cast losses.DType weight)

    /// <summary>What it is.</summary>
    override _.ToString() = name

/// What losses and metrics check and share.
module internal PerExample =

    /// The mean over all axes but the batch's.
    let mean (x: Tensor) : Tensor = if x.Rank = 1 then x else meanOver [ 1 .. x.Rank - 1 ] x

    let floating operation (predictions: Tensor) =
        if not (DTypes.IsFloating predictions.DType) then
            Errors.targetDType operation "predictions" "a floating dtype" predictions.DType

    let batched operation (predictions: Tensor) (targets: Tensor) =
        if predictions.Rank < 1 then
            Errors.targets operation "a batch of predictions [N, …]" predictions.Shape targets.Shape

    let same operation (predictions: Tensor) (targets: Tensor) =
        batched operation predictions targets

        if predictions.Shape <> targets.Shape then
            Errors.targets operation "predictions and targets of equal shape" predictions.Shape targets.Shape

    /// Predictions of classes along the last axis, and targets of their shape.
    let distributions operation (predictions: Tensor) (targets: Tensor) =
        same operation predictions targets

        if predictions.Rank < 2 then
            Errors.targets operation "predictions and targets [N, …, classes]" predictions.Shape targets.Shape

    /// Numbers of classes or of tokens as int32 or int64.
    let integers operation what (t: Tensor) : Tensor =
        match t.DType with
        | DType.Int32
        | DType.Int64 -> t
        | integer when DTypes.IsInteger integer -> cast DType.Int32 t
        | other -> Errors.targetDType operation what "integers" other

    /// Labels of classes, which are predictions' last axis; int32 or int64 afterwards.
    let labels operation (predictions: Tensor) (targets: Tensor) : Tensor =
        let expected = predictions.Shape.ToArray()

        if
            expected.Length < 2
            || targets.Rank <> expected.Length - 1
            || targets.Shape.ToArray() <> expected[.. expected.Length - 2]
        then
            Errors.targets operation "predictions [N, …, classes] and labels [N, …]" predictions.Shape targets.Shape

        integers operation "labels" targets

    /// log p of probabilities, whose value and derivative stay finite at p = 0.
    let logOfProbability (p: Tensor) : Tensor =
        let smallest =
            match p.DType with
            | DType.Float64 -> 2.2250738585072014e-308
            | DType.Float16 -> 6.104e-5
            | _ -> 1.17549435e-38

        log (maximum p (fullLike smallest p))

    /// The element of the last axis at each label.
    let own (labels: Tensor) (x: Tensor) : Tensor = takeAlong -1 (expandDims -1 labels) x |> squeezeAxis -1
