namespace DeepFun

open DeepFun.FSharp

/// Metrics with states of their own: spread of targets, scores in order, bins of confidence, n-grams.
module internal StreamMetrics =

    let private zeros sizes = Tensor.fullOf DType.Float64 sizes 0.0
    let private exact (x: Tensor) = cast DType.Float64 x
    let private constant (v: float) (like: Tensor) = Tensor.Constant(v, { Shape = Shape.Scalar; DType = DType.Float64 }, like)

    let rSquared: Metric =
        let state count mean spread residual =
            Params.Of(struct ("count", count), struct ("mean", mean), struct ("spread", spread), struct ("residual", residual))

        let measure (predictions: Tensor) (targets: Tensor) =
            PerExample.same "r2" predictions targets
            let p, t = exact predictions, exact targets
            let mean = meanOver [ 0 ] t
            let spread = sumOver [ 0 ] (square (t - mean))
            state (constant (float t.Shape[0]) t) mean spread (sumOver [ 0 ] (square (p - t)))

        // Sums of squares around the mean are merged around the common mean: Σ t² − (Σ t)² / n would cancel.
        let merge (a: Params) (b: Params) =
            let n = a["count"] + b["count"]
            let apart = b["mean"] - a["mean"]
            let mean = a["mean"] + apart * safeDivide b["count"] n
            let spread = a["spread"] + b["spread"] + square apart * safeDivide (a["count"] * b["count"]) n
            state n mean spread (a["residual"] + b["residual"])

        let result (s: Params) =
            let spread, residual = s["spread"], s["residual"]
            let constant = equal spread (zerosLike spread)
            let share = 1.0 - safeDivide residual spread
            // Targets that are all the same are explained wholly or not at all.
            mean (where constant (cast DType.Float64 (equal residual (zerosLike residual))) share)

        Metric("r2", (fun () -> state (zeros []) (zeros []) (zeros []) (zeros [])), measure, merge, result)

    let areaUnderCurve: Metric =
        let state scores positive = Params.Of(struct ("scores", scores), struct ("positive", positive))

        let measure (scores: Tensor) (targets: Tensor) =
            PerExample.same "auc" scores targets
            let t = cast DType.Float32 targets
            state (exact (flatten scores)) (exact (flatten (greater t (fullLike 0.5 t))))

        let merge (a: Params) (b: Params) = state (concat 0 [ a["scores"]; b["scores"] ]) (concat 0 [ a["positive"]; b["positive"] ])

        let result (s: Params) =
            let order = argsort 0 s["scores"]
            let scores, positive = take 0 order s["scores"], take 0 order s["positive"]
            let negative: Tensor = 1.0 - positive
            let before = concat 0 [ reshape [ 1 ] (constant 0.0 scores); cumsum 0 negative ]
            // Pairs of a positive and a negative that stand in the right order, equal ones half.
            let below, notAbove = take 0 (searchSorted scores scores) before, take 0 (searchSortedRight scores scores) before
            0.5 * sum (positive * (below + notAbove)) / (sum positive * sum negative)

        Metric("auc", (fun () -> state (zeros [ 0 ]) (zeros [ 0 ])), measure, merge, result)

    let calibrationError (bins: int) : Metric =
        let name = "ece"

        if bins < 1 then
            Errors.option "bins of expectedCalibrationError" "at least 1" (string bins)

        let state count confidence right = Params.Of(struct ("count", count), struct ("confidence", confidence), struct ("right", right))

        let measure (z: Tensor) (targets: Tensor) =
            PerExample.floating name z
            let labels = PerExample.labels name z targets
            let confidence = flatten (exact (amaxOver [ -1 ] (softmax -1 z)))
            let right = flatten (exact (equal (argmax -1 z) labels))
            let bin: Tensor = ceil (confidence * float bins) - 1.0
            let bin = cast DType.Int32 (clamp 0.0 (float (bins - 1)) bin)
            let total x = segmentSum bins bin x
            state (total (onesLike right)) (total confidence) (total right)

        let result (s: Params) = sum (abs (s["right"] - s["confidence"])) / sum s["count"]
        Metric.OfSums(name, (fun () -> state (zeros [ bins ]) (zeros [ bins ]) (zeros [ bins ])), measure, result)

    /// Token numbers, negative behind the end; of scores the largest.
    let private tokens name (x: Tensor) : Tensor =
        if DTypes.IsFloating x.DType && x.Rank = 3 then argmax -1 x else PerExample.integers name "tokens" x
        |> cast DType.Int32

    let bleu (order: int) : Metric =
        let name = "bleu"

        if order < 1 then
            Errors.option "order of bleu" "at least 1" (string order)

        let state matches grams candidate reference =
            Params.Of(
                struct ("matches", matches),
                struct ("grams", grams),
                struct ("candidate", candidate),
                struct ("reference", reference)
            )

        let measure (predictions: Tensor) (targets: Tensor) =
            let c, r = tokens name predictions, tokens name targets

            if c.Rank <> 2 || r.Rank <> 2 || c.Shape[0] <> r.Shape[0] then
                Errors.targets name "tokens [N, T] or scores [N, T, classes], and tokens [N, S]" predictions.Shape targets.Shape

            let time, length = c.Shape[1], r.Shape[1]
            let real (x: Tensor) = greaterOrEqual x (zerosLike x)
            let pairs (x: Tensor) (y: Tensor) = equal (expandDims 2 x) (expandDims 1 y)
            let own, other = pairs c c, pairs c r
            let window k first (x: Tensor) = slice 1 first (first + time - k + 1) x

            // Whether the grams of k tokens that begin at i and at j are equal, from those of k − 1.
            let longer k width (firsts: Tensor) (sames: Tensor) =
                let rest = width - k + 1
                logicalAnd (window k 0 firsts |> slice 2 0 rest) (window k (k - 1) sames |> slice 2 (k - 1) (k - 1 + rest))

            let counts k (own: Tensor) (other: Tensor) =
                let n = time - k + 1
                let isGram = slice 1 (k - 1) time (real c)
                let inReference = expandDims 1 (slice 1 (k - 1) length (real r))
                let occurrences = sumOver [ 2 ] (exact (logicalAnd other inReference))
                // The i-th occurrence of a gram is a match if the reference has as many.
                let i = indices n c
                let upToHere = lessOrEqual (expandDims 0 i) (expandDims 1 i)
                let number = sumOver [ 2 ] (exact (logicalAnd own upToHere))
                sum (exact (logicalAnd isGram (lessOrEqual number occurrences))), sum (exact isGram)

            let rec all k (lastOwn: Tensor) (lastOther: Tensor) =
                if k > order then
                    []
                elif k > time then
                    List.replicate (order - k + 1) (constant 0.0 c, constant 0.0 c)
                elif k > length then
                    [
                        for k in k..order do
                            constant 0.0 c, (if k > time then constant 0.0 c else sum (exact (slice 1 (k - 1) time (real c))))
                    ]
                else
                    let nowOwn = if k = 1 then own else longer k time lastOwn own
                    let nowOther = if k = 1 then other else longer k length lastOther other
                    counts k nowOwn nowOther :: all (k + 1) nowOwn nowOther

            let matches, grams = List.unzip (all 1 own other)
            let total x = sum (exact (real x))
            state (stack 0 matches) (stack 0 grams) (total c) (total r)

        let result (s: Params) =
            let matches = s["matches"]
            let isZero = any (equal matches (zerosLike matches))
            let safe (x: Tensor) = maximum x (onesLike x)
            let precision = exp (mean (log (safe matches / safe s["grams"])))
            let ratio: Tensor = 1.0 - s["reference"] / safe s["candidate"]
            let brevity = exp (minimum ratio (zerosLike ratio))
            where isZero (zerosLike precision) (precision * brevity)

        Metric.OfSums(name, (fun () -> state (zeros [ order ]) (zeros [ order ]) (zeros []) (zeros [])), measure, result)
