namespace DeepFun

open DeepFun.FSharp

/// <summary>How connectionist temporal classification counts.</summary>
[<NoComparison>]
type CtcOptions =
    {
        /// The class that stands for no label. Default 0.
        Blank: int
        /// Whether labels that do not fit into their input cost 0 instead of ∞; the derivative is 0 in both cases. Default false.
        ZeroImpossible: bool
    }

    /// <summary>Class 0 is the blank; what is impossible costs ∞.</summary>
    static member Default = { Blank = 0; ZeroImpossible = false }

/// Connectionist temporal classification: the probability of labels, over all ways to spread them over time.
module internal Alignment =

    /// The logarithm of what is impossible: finite, so that no difference is NaN, and below every sum of logits.
    let private impossible (dtype: DType) =
        match dtype with
        | DType.Float64 -> -1e300
        | _ -> -1e35

    let private check (options: CtcOptions) (logits: Tensor) (inputLengths: Tensor) (labels: Tensor) (labelLengths: Tensor) =
        PerExample.floating "ctc" logits
        let n = if logits.Rank = 3 then logits.Shape[0] else -1
        let isVector (x: Tensor) = x.Rank = 1 && x.Shape[0] = n

        if labels.Rank <> 2 || labels.Shape[0] <> n || not (isVector inputLengths) || not (isVector labelLengths) then
            LossErrors.sequences logits.Shape inputLengths.Shape labels.Shape labelLengths.Shape

        if options.Blank < 0 || options.Blank >= logits.Shape[2] then
            Errors.option "Blank of ctc" $"between 0 and {logits.Shape[2] - 1}" (string options.Blank)

    let ctc (options: CtcOptions) (logits: Tensor) (inputLengths: Tensor) (labels: Tensor) (labelLengths: Tensor) : Tensor =
        check options logits inputLengths labels labelLengths
        let given = logits.DType
        // Sixteen bits hold neither the sums nor the logarithm of what is impossible.
        let logits = if given = DType.Float64 then logits else cast DType.Float32 logits
        let integers what x = cast DType.Int32 (PerExample.integers "ctc" what x)
        let inputLengths, labels = integers "input lengths" inputLengths, integers "labels" labels
        let labelLengths = integers "label lengths" labelLengths
        let n, time, most = logits.Shape[0], logits.Shape[1], labels.Shape[1]
        let states = 2 * most + 1
        let none = impossible logits.DType

        // Blanks before, between and behind the labels. What stands behind a label's length is never read, but must be a class.
        let real = less (expandDims 0 (indices most labels)) (expandDims 1 labelLengths)
        let blank = fullLike (float options.Blank) labels
        let classes = where real labels blank
        let first = Tensor.Constant(float options.Blank, { Shape = Shape.Create [| n; 1 |]; DType = DType.Int32 }, labels)
        let path = concat 1 [ first; stack 2 [ classes; blank ] |> reshape [ n; 2 * most ] ]

        // A state may be reached from the one two before unless it is a blank or repeats that label.
        let mayskip =
            let isLabel = notEqual path (fullLike (float options.Blank) path)
            let before = concat 1 [ slice 1 0 1 path; slice 1 0 1 path; path ] |> slice 1 0 states
            logicalAnd isLabel (notEqual path before)

        let emitted = takeAlong -1 (repeat time 1 (expandDims 1 path)) (logSoftmax -1 logits) |> moveAxis 1 0

        let shifted k (x: Tensor) =
            let missing = Tensor.Constant(none, { Shape = Shape.Create [| n; k |]; DType = x.DType }, x)
            concat 1 [ missing; x ] |> slice 1 0 states

        let step (alpha: Tensor) (t: Tensor, emission: Tensor) =
            let skipped = shifted 2 alpha
            let from = stack 0 [ alpha; shifted 1 alpha; where mayskip skipped (fullLike none skipped) ]
            let next = logSumExp [ 0 ] from + emission
            // Behind the end of an example's input nothing changes.
            where (expandDims 1 (less t inputLengths)) next alpha, ()

        // Before the first step every way stands at the first blank; from there the rule above reaches the first two states.
        let start =
            let k = indices states labels
            let at = where (equal k (zerosLike k)) (fullLike 0.0 (cast logits.DType k)) (fullLike none (cast logits.DType k))
            Tensor.BroadcastTo(Shape.Create [| n; states |], at)

        let last, () = scan step start (indices time labels, emitted)
        let ends place = PerExample.own (cast DType.Int32 place) last
        let doubled = labelLengths + labelLengths
        let final = ends doubled
        let beforeFinal = ends (maximum (doubled - 1.0) (zerosLike doubled))
        let isEmpty = equal labelLengths (zerosLike labelLengths)
        let total = logSumExp [ 0 ] (stack 0 [ final; where isEmpty (fullLike none final) beforeFinal ])
        let isImpossible = less total (fullLike (0.1 * none) total)
        let instead = if options.ZeroImpossible then 0.0 else infinity
        cast given (where isImpossible (fullLike instead total) -total)

    let loss (options: CtcOptions) : Loss =
        Loss(
            "ctc",
            fun logits labels ->
                PerExample.floating "ctc" logits

                if logits.Rank <> 3 || labels.Rank <> 2 || logits.Shape[0] <> labels.Shape[0] then
                    Errors.targets "ctc" "logits [N, T, classes] and labels [N, S]" logits.Shape labels.Shape

                let labels = PerExample.integers "ctc" "labels" labels
                let lengths = sumOver [ 1 ] (cast DType.Int32 (greaterOrEqual labels (zerosLike labels)))
                let all = fullLike (float logits.Shape[1]) lengths
                ctc options logits all labels lengths
        )
