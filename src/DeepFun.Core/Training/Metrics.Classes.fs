namespace DeepFun

open DeepFun.FSharp
open DeepFun.Backends

/// <summary>How the numbers of several classes become one.</summary>
type Averaging =
    /// <summary>Examples are counted over all classes together.</summary>
    | Micro = 0
    /// <summary>The mean over the classes.</summary>
    | Macro = 1
    /// <summary>The mean over the classes, each as often as it occurs in the targets.</summary>
    | Weighted = 2
    /// <summary>None: a number for each class.</summary>
    | PerClass = 3

/// Metrics that are functions of the confusion matrix, whose counts are their state.
module internal ClassMetrics =

    let private zero classes () = Params.Of(struct ("counts", Tensor.fullOf DType.Float64 [ classes; classes ] 0.0))

    /// Chosen classes, and labels: int32, of equal shape.
    let private readings name classes (predictions: Tensor) (targets: Tensor) : Tensor * Tensor =
        let chosen, labels =
            if DTypes.IsFloating predictions.DType then
                if predictions.Rank < 2 || predictions.Shape[predictions.Rank - 1] <> classes then
                    Errors.targets name $"scores [N, …, {classes}]" predictions.Shape targets.Shape

                if predictions.Shape = targets.Shape then
                    argmax -1 predictions, argmax -1 targets
                else
                    argmax -1 predictions, PerExample.labels name predictions targets
            else
                PerExample.same name predictions targets
                PerExample.integers name "predictions" predictions, PerExample.integers name "labels" targets

        cast DType.Int32 chosen, cast DType.Int32 labels

    /// How often label i (row) was read as j (column), float64 [classes, classes].
    let private count classes (counted: Tensor option) (chosen: Tensor) (labels: Tensor) : Params =
        let chosen, labels = flatten chosen, flatten labels
        let ones = Tensor.Constant(1.0, { Shape = labels.Shape; DType = DType.Float64 }, labels)

        let ones, labels =
            match counted with
            | Some counted -> let counted = flatten counted in where counted ones (zerosLike ones), where counted labels (zerosLike labels)
            | None -> ones, labels

        // A number that is no class is refused here, before the two become one number.
        let classOf (x: Tensor) = take 0 x (indices classes x)
        let place: Tensor = classOf labels * float classes + classOf chosen
        Params.Of(struct ("counts", segmentSum (classes * classes) place ones |> reshape [ classes; classes ]))

    let private ofCounts name classes (ignored: int option) (result: Tensor -> Tensor) : Metric =
        if classes < 1 then
            Errors.option $"classes of {name}" "at least 1" (string classes)

        let measure predictions targets =
            let chosen, labels = readings name classes predictions targets
            let counted = ignored |> Option.map (fun i -> notEqual labels (fullLike (float i) labels))
            count classes counted chosen labels

        Metric.OfSums(name, zero classes, measure, (fun state -> result state["counts"]))

    /// a / b, and another number where b = 0.
    let private ratio (instead: float) (a: Tensor) (b: Tensor) : Tensor =
        let nothing = equal b (zerosLike b)
        where nothing (fullLike instead a) (safeDivide a b)

    let private right (counts: Tensor) = diagonal 0 0 1 counts
    let private occurring (counts: Tensor) = sumOver [ 1 ] counts
    let private read (counts: Tensor) = sumOver [ 0 ] counts

    /// The share top / bottom of each class, averaged.
    let private share name (averaging: Averaging) (top: Tensor -> Tensor) (bottom: Tensor -> Tensor) (counts: Tensor) : Tensor =
        let ratio = ratio 0.0

        match averaging with
        | Averaging.Micro -> ratio (sum (top counts)) (sum (bottom counts))
        | Averaging.Macro -> mean (ratio (top counts) (bottom counts))
        | Averaging.Weighted ->
            let weights = occurring counts
            ratio (sum (weights * ratio (top counts) (bottom counts))) (sum weights)
        | Averaging.PerClass -> ratio (top counts) (bottom counts)
        | other -> Errors.option $"averaging of {name}" "Micro, Macro, Weighted or PerClass" (string other)

    let confusion classes ignored : Metric = ofCounts "confusion" classes ignored id

    let precision classes averaging ignored : Metric = ofCounts "precision" classes ignored (share "precision" averaging right read)

    let recall classes averaging ignored : Metric = ofCounts "recall" classes ignored (share "recall" averaging right occurring)

    let private twiceRight (counts: Tensor) : Tensor = 2.0 * right counts
    let private either (counts: Tensor) : Tensor = occurring counts + read counts

    let f1 classes averaging ignored : Metric = ofCounts "f1" classes ignored (share "f1" averaging twiceRight either)

    let private union (counts: Tensor) : Tensor = either counts - right counts

    let intersectionOverUnion classes (averaging: Averaging) ignored : Metric =
        let name = "iou"

        ofCounts name classes ignored (fun counts ->
            match averaging with
            | Averaging.Macro ->
                // Classes that neither occur nor are read do not count.
                let present = cast DType.Float64 (greater (union counts) (zerosLike (union counts)))
                sum (ratio 0.0 (right counts) (union counts)) / sum present
            | Averaging.PerClass -> ratio nan (right counts) (union counts)
            | _ -> share name averaging right union counts)

    /// Of the class true, from logits above 0 and targets above ½.
    let ofTrue name (top: Tensor -> Tensor) (bottom: Tensor -> Tensor) : Metric =
        let measure (z: Tensor) (targets: Tensor) =
            PerExample.same name z targets
            let t = cast DType.Float32 targets
            count 2 None (cast DType.Int32 (greater z (zerosLike z))) (cast DType.Int32 (greater t (fullLike 0.5 t)))

        Metric.OfSums(name, zero 2, measure, (fun state -> ratio 0.0 (item 0 1 (top state["counts"])) (item 0 1 (bottom state["counts"]))))

    let binaryPrecision: Metric = ofTrue "precision" right read
    let binaryRecall: Metric = ofTrue "recall" right occurring
    let binaryF1: Metric = ofTrue "f1" twiceRight either
