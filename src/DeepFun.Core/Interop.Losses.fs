namespace DeepFun.FSharp

open System
open DeepFun

/// The delegate edge of losses, penalties and metrics: what the C# façade calls. One line a member; no logic.
[<AbstractClass; Sealed>]
type internal LossInterop =
    static member CrossEntropy(fromLogits, smoothing, weights: Tensor, ignored: Nullable<int>) : CrossEntropyOptions =
        {
            FromLogits = fromLogits
            LabelSmoothing = smoothing
            ClassWeights = Option.ofObj weights
            IgnoredLabel = Option.ofNullable ignored
        }

    static member BinaryFocal(gamma, alpha: Nullable<float>) : Loss = Losses.binaryFocalFromLogits gamma (Option.ofNullable alpha)
    static member Ctc(blank, zeroImpossible) : CtcOptions = { Blank = blank; ZeroImpossible = zeroImpossible }

    static member Custom(name, f: Func<Tensor, Tensor, Tensor>, weights: Func<Tensor, Tensor, Tensor>) : Loss =
        Loss(name, (fun p t -> f.Invoke(p, t)), Some(fun p t -> weights.Invoke(p, t)))

    static member Elastic(absolute, squared, counts: Func<string, bool>, parameters) : Tensor =
        Penalties.elastic absolute squared (if isNull counts then Penalties.weights else counts.Invoke) parameters

    static member Confusion(classes, ignored: Nullable<int>) : Metric = Metrics.confusion classes (Option.ofNullable ignored)

    static member Precision(classes, averaging, ignored: Nullable<int>) : Metric =
        Metrics.precision classes averaging (Option.ofNullable ignored)

    static member Recall(classes, averaging, ignored: Nullable<int>) : Metric = Metrics.recall classes averaging (Option.ofNullable ignored)
    static member F1(classes, averaging, ignored: Nullable<int>) : Metric = Metrics.f1 classes averaging (Option.ofNullable ignored)

    static member Iou(classes, averaging, ignored: Nullable<int>) : Metric =
        Metrics.intersectionOverUnion classes averaging (Option.ofNullable ignored)

    static member CustomMetric
        (name, start: Func<Params>, measure: Func<Tensor, Tensor, Params>, merge: Func<Params, Params, Params>, result: Func<Params, Tensor>) : Metric =
        Metric(name, start.Invoke, (fun p t -> measure.Invoke(p, t)), (fun a b -> merge.Invoke(a, b)), result.Invoke)

    static member SumsMetric(name, start: Func<Params>, measure: Func<Tensor, Tensor, Params>, result: Func<Params, Tensor>) : Metric =
        Metric.OfSums(name, start.Invoke, (fun p t -> measure.Invoke(p, t)), result.Invoke)
