namespace DeepFun

open DeepFun.FSharp

/// Losses of vectors that stand for examples: what belongs together shall be near, and the rest far.
module internal EmbeddingLosses =

    let private smallestLength = 1e-8

    /// Vectors along the last axis of length 1; shorter ones than 10⁻⁸ are divided by that.
    let normalized (x: Tensor) : Tensor =
        let squares = keepDims [ -1 ] (sumOver [ -1 ] (square x))
        x / sqrt (maximum squares (fullLike (smallestLength * smallestLength) squares))

    let cosine: Loss =
        let name = "cosine"

        Loss(
            name,
            fun p targets ->
                PerExample.floating name p
                PerExample.same name p targets

                if p.Rank < 2 then
                    Errors.targets name "predictions and targets [N, …, features]" p.Shape targets.Shape

                PerExample.mean (1.0 - sumOver [ -1 ] (normalized p * normalized (cast p.DType targets)))
        )

    let private checkMargin name margin =
        if not (margin > 0.0) then
            Errors.option $"margin of {name}" "above 0" (string margin)

    let triplet (margin: float) (anchor: Tensor) (positive: Tensor) (negative: Tensor) : Tensor =
        let name = "triplet"
        checkMargin name margin
        PerExample.floating name anchor

        if anchor.Rank <> 2 || positive.Shape <> anchor.Shape || negative.Shape <> anchor.Shape then
            LossErrors.embeddings
                name
                "anchors, positives and negatives of equal shape [N, features]"
                [ anchor.Shape; positive.Shape; negative.Shape ]

        let distance (other: Tensor) : Tensor = safeSqrt (sumOver [ -1 ] (square (anchor - other)))
        relu (distance positive - distance negative + margin)

    let batchHardTriplet (margin: float) : Loss =
        let name = "batchHardTriplet"
        checkMargin name margin

        let pairs (x: Tensor) (targets: Tensor) =
            PerExample.floating name x
            let labels = PerExample.labels name x targets

            if x.Rank <> 2 then
                Errors.targets name "embeddings [N, features] and labels [N]" x.Shape targets.Shape

            let alike = equal (expandDims 1 labels) (expandDims 0 labels)
            let n = indices x.Shape[0] x
            logicalAnd alike (notEqual (expandDims 1 n) (expandDims 0 n)), logicalNot alike

        let losses (x: Tensor) targets =
            let alike, different = pairs x targets
            let distances = safeSqrt (sumOver [ -1 ] (square (expandDims 1 x - expandDims 0 x)))
            let counts = logicalAnd (anyOver [ -1 ] alike) (anyOver [ -1 ] different)
            let farthest = amaxOver [ -1 ] (where alike distances (zerosLike distances))
            // Where an example has no counterpart no distance is taken: nothing infinite comes near a derivative.
            let far = where (expandDims -1 counts) (fullLike infinity distances) (zerosLike distances)
            let nearest = aminOver [ -1 ] (where different distances far)
            let over = relu (farthest - nearest + margin)
            where counts over (zerosLike over)

        let weights (x: Tensor) targets =
            let alike, different = pairs x targets
            cast x.DType (logicalAnd (anyOver [ -1 ] alike) (anyOver [ -1 ] different))

        Loss(name, losses, Some weights)

    let contrastive (temperature: float) : Loss =
        let name = "contrastive"

        if not (temperature > 0.0) then
            Errors.option $"temperature of {name}" "above 0" (string temperature)

        Loss(
            name,
            fun first second ->
                PerExample.floating name first
                PerExample.same name first second

                if first.Rank <> 2 then
                    Errors.targets name "two views of examples, both [N, features]" first.Shape second.Shape

                let a, b = normalized first, normalized (cast first.DType second)
                let n = indices first.Shape[0] first
                let isSelf = equal (expandDims 1 n) (expandDims 0 n)
                let similar (x: Tensor) (y: Tensor) : Tensor = matmul x (transpose y) / temperature
                let others (x: Tensor) : Tensor = let s = similar x x in where isSelf (fullLike -infinity s) s

                // The loss of each row's own pair among its pairs and all others of its view.
                let ofView x y = concat 1 [ similar x y; others x ] |> logSoftmax -1 |> PerExample.own n
                -0.5 * (ofView a b + ofView b a)
        )
