namespace DeepFun

open DeepFun.FSharp

/// <summary>
/// What is reported beside the loss, exact over any batches: batches are measured into states, trees of tensors, which are merged; the
/// result comes from the whole state.
/// </summary>
/// <remarks>
/// The law: merging the states of parts gives the state of the whole, in whatever batches it came (up to rounding of float64 sums). Measure is
/// pure and reads no value, so it is part of compiled steps; states of equal batches have equal shapes.
/// </remarks>
/// <param name="name">What it is.</param>
/// <param name="start">The state of no examples.</param>
/// <param name="measure">predictions → targets → the state of this batch.</param>
/// <param name="merge">The state of two parts from theirs, in the order of the data.</param>
/// <param name="result">What a state says: one number, or a tensor of several.</param>
/// <param name="perExample">For means of single examples: their numbers, [N].</param>
[<Sealed; AllowNullLiteral>]
type Metric
    private
    (
        name: string,
        start: unit -> Params,
        measure: Tensor -> Tensor -> Params,
        merge: Params -> Params -> Params,
        result: Params -> Tensor,
        perExample: (Tensor -> Tensor -> Tensor) option
    ) =

    static let add (a: Params) (b: Params) : Params = Tree.map2 (fun (x: Tensor) (y: Tensor) -> x + y) a b

    static let mean (state: Params) : Tensor = state["total"] / state["weight"]

    static let weighted (total: Tensor) (weight: Tensor) = Params.Of(struct ("total", total), struct ("weight", weight))

    static let nothing () = weighted (Tensor.scalar64 0.0) (Tensor.scalar64 0.0)

    /// <summary>A metric of states of its own.</summary>
    new(name, start, measure, merge, result) = Metric(name, start, measure, merge, result, None)

    /// <summary>The mean of a number for each example, [N].</summary>
    new(name: string, perExample: Tensor -> Tensor -> Tensor) =
        let measure predictions targets =
            let values: Tensor = perExample predictions targets
            let count = Tensor.Constant(float values.Size, { Shape = Shape.Scalar; DType = DType.Float64 }, values)
            weighted (sum (cast DType.Float64 values)) count

        Metric(name, nothing, measure, add, mean, Some perExample)

    /// <summary>A metric whose states add up: sums and counts over the examples.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="start">The state of no examples.</param>
    /// <param name="measure">predictions → targets → the sums over this batch.</param>
    /// <param name="result">What the sums over all batches say.</param>
    static member OfSums(name, start, measure, result) : Metric = Metric(name, start, measure, add, result, None)

    /// <summary>A function of a loss's mean, in which weights count.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="f">What is made of its mean over the data.</param>
    static member OfLoss(name, loss: Loss, f: Tensor -> Tensor) : Metric =
        let measure (predictions: Tensor) (targets: Tensor) =
            let losses = loss.PerExample(predictions, targets)

            let weight =
                match loss.TotalWeight(predictions, targets) with
                | Some weight -> weight
                | None -> Tensor.Constant(float losses.Size, { Shape = Shape.Scalar; DType = DType.Float64 }, losses)

            weighted (sum (cast DType.Float64 losses)) weight

        Metric(name, nothing, measure, add, mean >> f, None)

    /// <summary>What it is.</summary>
    member _.Name = name

    /// <summary>The same metric under another name, so that reports can tell two of a kind apart.</summary>
    member _.Named(name: string) : Metric = Metric(name, start, measure, merge, result, perExample)

    /// <summary>The state of no examples.</summary>
    member _.Start: Params = start ()

    /// <summary>The state of a batch.</summary>
    member _.Measure(predictions: Tensor, targets: Tensor) : Params = measure predictions targets

    /// <summary>The state of two parts of the data from theirs.</summary>
    member _.Merge(first: Params, second: Params) : Params = merge first second

    /// <summary>The state after one more batch.</summary>
    member _.Update(state: Params, predictions: Tensor, targets: Tensor) : Params = merge state (measure predictions targets)

    /// <summary>What a state says: one number, or several, float64; NaN where the examples do not say.</summary>
    member _.Result(state: Params) : Tensor = result state

    /// <summary>What one batch says.</summary>
    member _.Value(predictions: Tensor, targets: Tensor) : Tensor = result (measure predictions targets)

    /// <summary>One number for each example of the batch: [N], float32.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0950 the metric is no mean of such numbers.</exception>
    member _.PerExample(predictions: Tensor, targets: Tensor) : Tensor =
        match perExample with
        | Some f -> cast DType.Float32 (f predictions targets)
        | None -> LossErrors.perExample name

    /// <summary>What it is.</summary>
    override _.ToString() = name
