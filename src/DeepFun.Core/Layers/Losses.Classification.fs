namespace DeepFun

open DeepFun.FSharp

/// <summary>How a cross-entropy counts.</summary>
[<NoComparison; ReferenceEquality>]
type CrossEntropyOptions =
    {
        /// Whether predictions are logits, before sigmoid or softmax: the stable way. False: they are probabilities. Default true.
        FromLogits: bool
        /// The share ε of each target that all classes get alike: t ← (1 − ε) t + ε / classes. At least 0 and below 1. Default 0.
        LabelSmoothing: float
        /// What each class counts, [classes]; for binary cross-entropies [2]: false and true. Default: all the same.
        ClassWeights: Tensor option
        /// Targets of this label do not count, for example padding. It need not be a class. Default: none.
        IgnoredLabel: int option
    }

    /// <summary>Of logits, without smoothing; every class and every label counts the same.</summary>
    static member Default = { FromLogits = true; LabelSmoothing = 0.0; ClassWeights = None; IgnoredLabel = None }

/// Losses of classes: cross-entropies, focal and hinge losses.
module internal ClassificationLosses =

    let private named (options: CrossEntropyOptions) name =
        if not (options.LabelSmoothing >= 0.0 && options.LabelSmoothing < 1.0) then
            Errors.option $"LabelSmoothing of {name}" "at least 0 and below 1" (string options.LabelSmoothing)

        if options.FromLogits then name + "FromLogits" else name

    let private logs (options: CrossEntropyOptions) (x: Tensor) : Tensor =
        if options.FromLogits then logSoftmax -1 x else PerExample.logOfProbability x

    let private weightsOf name classes (like: Tensor) (options: CrossEntropyOptions) : Tensor option =
        options.ClassWeights
        |> Option.map (fun w ->
            if w.Rank <> 1 || w.Shape[0] <> classes then
                LossErrors.classWeights name classes w.Shape

            cast like.DType w)

    let private zeroWhereNot (counted: Tensor option) (x: Tensor) : Tensor =
        match counted with
        | Some counted -> where counted x (zerosLike x)
        | None -> x

    /// Which labels count, if some may not; and labels that are classes everywhere.
    let private counted (options: CrossEntropyOptions) (labels: Tensor) : Tensor option * Tensor =
        match options.IgnoredLabel with
        | None -> None, labels
        | Some ignored ->
            let counted = notEqual labels (fullLike (float ignored) labels)
            Some counted, zeroWhereNot (Some counted) labels

    /// Of labels, from what gives the logarithms of the classes' probabilities.
    let private ofLabels name (options: CrossEntropyOptions) (logs: Tensor -> Tensor) : Loss =
        let prepare (x: Tensor) (targets: Tensor) =
            PerExample.floating name x
            let counted, labels = counted options (PerExample.labels name x targets)
            counted, labels, weightsOf name x.Shape[x.Rank - 1] x options

        let losses x targets =
            let counted, labels, weights = prepare x targets
            // What does not count is not looked at: whatever stands there, NaN too, gives neither value nor derivative.
            let logs = logs (zeroWhereNot (Option.map (expandDims -1) counted) x)
            let own = PerExample.own labels logs

            let own =
                match weights with
                | Some w -> own * take 0 labels w
                | None -> own

            let loss =
                match options.LabelSmoothing, weights with
                | 0.0, _ -> -own
                | smoothing, None -> -((1.0 - smoothing) * own + smoothing * meanOver [ -1 ] logs)
                | smoothing, Some w -> -((1.0 - smoothing) * own + smoothing * meanOver [ -1 ] (logs * w))

            PerExample.mean (zeroWhereNot counted loss)

        let weights x targets =
            let counted, labels, weights = prepare x targets

            let each =
                match weights with
                | Some w -> take 0 labels w
                | None -> Tensor.Constant(1.0, { Shape = labels.Shape; DType = x.DType }, x)

            PerExample.mean (zeroWhereNot counted each)

        let isWeighted = options.ClassWeights.IsSome || options.IgnoredLabel.IsSome
        Loss(name, losses, (if isWeighted then Some weights else None))

    let sparse (options: CrossEntropyOptions) : Loss = ofLabels (named options "sparseCategoricalCrossEntropy") options (logs options)

    let negativeLogLikelihood (options: CrossEntropyOptions) : Loss =
        named options "negativeLogLikelihood" |> ignore
        ofLabels "negativeLogLikelihood" options id

    let categorical (options: CrossEntropyOptions) : Loss =
        let name = named options "categoricalCrossEntropy"

        if options.IgnoredLabel.IsSome then
            Errors.option $"IgnoredLabel of {name}" "None, because its targets are probabilities" (string options.IgnoredLabel.Value)

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                PerExample.distributions name z targets
                let classes = z.Shape[z.Rank - 1]
                let t = cast z.DType targets
                let e = options.LabelSmoothing
                let t = if e = 0.0 then t else (1.0 - e) * t + e / float classes

                let t =
                    match weightsOf name classes z options with
                    | Some w -> t * w
                    | None -> t

                let p = logs options z
                // A class that is impossible and excluded (logit −∞) costs nothing: 0 · ∞ would be NaN.
                let excluded = logicalAnd (isInfinite p) (equal t (zerosLike t))
                PerExample.mean (-(sumOver [ -1 ] (t * where excluded (zerosLike p) p)))
        )

    let binary (options: CrossEntropyOptions) : Loss =
        let name = named options "binaryCrossEntropy"

        let counted (z: Tensor) (targets: Tensor) =
            PerExample.floating name z
            PerExample.same name z targets

            options.IgnoredLabel
            |> Option.map (fun ignored -> let t = cast z.DType targets in notEqual t (fullLike (float ignored) t))

        let losses (z: Tensor) (targets: Tensor) =
            let counted = counted z targets
            let z, t = zeroWhereNot counted z, zeroWhereNot counted (cast z.DType targets)
            let e = options.LabelSmoothing
            let t = if e = 0.0 then t else (1.0 - e) * t + 0.5 * e

            let yes, no =
                if options.FromLogits then
                    // Exact on both sides: softplus(z) − t z would cancel where the prediction is sure and right.
                    softplus -z, softplus z
                else
                    -(PerExample.logOfProbability z), -(PerExample.logOfProbability (1.0 - z))

            let yes, no =
                match weightsOf name 2 z options with
                | Some w -> yes * item 0 1 w, no * item 0 0 w
                | None -> yes, no

            PerExample.mean (zeroWhereNot counted (t * yes + (1.0 - t) * no))

        let weights (z: Tensor) targets = PerExample.mean (zeroWhereNot (counted z targets) (onesLike z))

        Loss(name, losses, (if options.IgnoredLabel.IsSome then Some weights else None))

    let private focusing name gamma =
        if not (gamma >= 0.0) then
            Errors.option $"gamma of {name}" "at least 0" (string gamma)

    let binaryFocal (gamma: float) (alpha: float option) : Loss =
        let name = "binaryFocalFromLogits"
        focusing name gamma

        match alpha with
        | Some a when not (a >= 0.0 && a <= 1.0) -> Errors.option $"alpha of {name}" "between 0 and 1" (string a)
        | _ -> ()

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                PerExample.same name z targets
                let t = cast z.DType targets
                // −log σ(z) and −log (1 − σ(z)); the probability of the other class is exp of the other's.
                let yes, no = softplus -z, softplus z
                let a = defaultArg alpha 0.5
                let scale = if alpha.IsSome then 1.0 else 2.0
                PerExample.mean (scale * (a * t * exp (-gamma * no) * yes + (1.0 - a) * (1.0 - t) * exp (-gamma * yes) * no))
        )

    let focal (gamma: float) : Loss =
        let name = "focalFromLogits"
        focusing name gamma

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                let labels = PerExample.labels name z targets
                let logs = logSoftmax -1 z
                let isOwn = equal (expandDims -1 labels) (cast labels.DType (indices z.Shape[z.Rank - 1] z))
                // log (1 − p) as the logarithm of the other classes' sum: 1 − p would cancel.
                let others = logSumExp [ -1 ] (where isOwn (fullLike -infinity logs) logs)
                PerExample.mean (-(exp (gamma * others) * PerExample.own labels logs))
        )

    /// max(0, margin)ᵖ for p 1 or 2.
    let private violation squared (x: Tensor) : Tensor = let x = relu x in if squared then square x else x

    let hinge (margin: float) (squared: bool) : Loss =
        let name = if squared then "squaredHinge" else "hinge"

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                PerExample.same name z targets
                let t = cast z.DType targets
                let sign = where (greater t (zerosLike t)) (onesLike t) (fullLike -1.0 t)
                PerExample.mean (violation squared (margin - sign * z))
        )

    let multiClassHinge (margin: float) (squared: bool) : Loss =
        let name = if squared then "squaredMultiClassHinge" else "multiClassHinge"

        Loss(
            name,
            fun z targets ->
                PerExample.floating name z
                let labels = expandDims -1 (PerExample.labels name z targets)
                let isOwn = equal labels (cast labels.DType (indices z.Shape[z.Rank - 1] z))
                let over = violation squared (margin - takeAlong -1 labels z + z)
                PerExample.mean (meanOver [ -1 ] (where isOwn (zerosLike over) over))
        )
