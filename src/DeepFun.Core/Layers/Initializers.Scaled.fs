namespace DeepFun

/// <summary>What a variance is divided by: how many numbers an output is summed from, how many outputs an input goes to, or the mean of both.</summary>
[<RequireQualifiedAccess>]
type FanMode =
    /// Inputs of one output: keeps the variance of what goes forward.
    | In
    /// Outputs of one input: keeps the variance of derivatives going backward.
    | Out
    /// (in + out) / 2: a compromise.
    | Average

/// <summary>The distribution that first values are drawn from.</summary>
[<RequireQualifiedAccess>]
type DrawnFrom =
    /// Normal.
    | Normal
    /// Normal, cut off at two deviations, with the deviation that makes up for it.
    | TruncatedNormal
    /// Uniform in ±√(3 · variance).
    | Uniform

namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>The module <c>Initializers</c>, continued: scaled, truncated, orthogonal and identical first values.</summary>
[<AutoOpen>]
module ScaledInitializers =

    /// <summary>Scaled, truncated, orthogonal and identical first values.</summary>
    [<RequireQualifiedAccess>]
    module Initializers =

        /// Within two deviations, of deviation 1 before it is cut.
        let private within2 (shape: Shape) (key: Key) : Tensor = Random.truncatedNormal (Tensor.scalar -2.0) (Tensor.scalar 2.0) shape key

        /// The deviation of a standard normal cut off at ±2: √(1 − 4 φ(2) / (2 Φ(2) − 1)).
        let private deviationWithin2 = 0.87962566103423978

        /// <summary>Normal with this mean and deviation, drawn anew beyond two deviations; its own deviation is 0.88 times that.</summary>
        /// <remarks>Source: Keras' TruncatedNormal, torch.nn.init.trunc_normal_ (whose bounds are ±2, whatever the deviation).</remarks>
        let truncatedNormal (mean: float) (deviation: float) : Initializer =
            Initializer(
                $"truncatedNormal({LayerOptions.number mean}, {LayerOptions.number deviation})",
                (fun key _ shape -> mean + deviation * within2 shape key)
            )

        /// <summary>Variance scale / n, where n is the number of inputs, of outputs, or their mean: what the famous initializers are cases of.</summary>
        /// <remarks>
        /// Glorot: 1, Average. He: 2, In. LeCun: 1, In. With TruncatedNormal they are Keras' normal ones. Errors: DF0902 a scale of 0 or below.
        /// Source: Keras' VarianceScaling.
        /// </remarks>
        let varianceScaling (scale: float) (mode: FanMode) (distribution: DrawnFrom) : Initializer =
            if not (scale > 0.0) then
                Errors.option "the scale of varianceScaling" "above 0" (LayerOptions.number scale)

            let draw key (fans: Fans) (shape: Shape) : Tensor =
                let n =
                    match mode with
                    | FanMode.In -> float fans.In
                    | FanMode.Out -> float fans.Out
                    | FanMode.Average -> float (fans.In + fans.Out) / 2.0

                // A layer without inputs has no weights that this could scale.
                let deviation = Math.Sqrt(scale / max 1.0 n)

                match distribution with
                | DrawnFrom.Normal -> deviation * Random.normal shape key
                | DrawnFrom.TruncatedNormal -> deviation / deviationWithin2 * within2 shape key
                | DrawnFrom.Uniform -> Random.uniform (-deviation * Math.Sqrt 3.0) (deviation * Math.Sqrt 3.0) shape key

            Initializer($"varianceScaling({LayerOptions.number scale}, {mode}, {distribution})", draw)

        /// <summary>U(±√(3 / n)). Source: LeCun et al., Efficient BackProp, 1998.</summary>
        let lecunUniform: Initializer =
            let scaled = varianceScaling 1.0 FanMode.In DrawnFrom.Uniform
            Initializer("lecunUniform", (fun key fans shape -> scaled.Draw(key, fans, shape)))

        let private matrix (shape: Shape) =
            let sizes = shape.ToArray()
            sizes[0], Array.fold (*) 1 sizes[1..]

        let private needsMatrix (kind: string) (shape: Shape) =
            if shape.Rank < 2 then
                Errors.layerInput kind "weights of at least two axes" shape

        /// <summary>A matrix whose rows (or columns, if they are fewer) are orthogonal and of length gain; a kernel counts as [outputs, rest].</summary>
        /// <remarks>Errors: DF0901 a weight of fewer than two axes. Source: Saxe et al., arXiv:1312.6120; torch.nn.init.orthogonal_.</remarks>
        let orthogonal (gain: float) : Initializer =
            let draw key _ (shape: Shape) : Tensor =
                needsMatrix "orthogonal" shape
                let rows, columns = matrix shape
                let normal = Random.normal64 [ max rows columns; min rows columns ] key
                // R's diagonal is positive, which makes Q uniform over all orthogonal matrices.
                let q, _ = qr normal
                gain * reshape shape (if rows < columns then transpose q else q) |> cast DType.Float32

            Initializer($"orthogonal({LayerOptions.number gain})", draw)

        /// <summary>gain on the diagonal, zeros elsewhere: a dense layer that begins as the identity.</summary>
        /// <remarks>Errors: DF0901 a weight that is no matrix. Source: Keras' Identity, torch.nn.init.eye_.</remarks>
        let identity (gain: float) : Initializer =
            let draw _ _ (shape: Shape) : Tensor =
                if shape.Rank <> 2 then
                    Errors.layerInput "identity" "weights that are matrices" shape

                gain * cast DType.Float32 (equal (expandDims 1 (Tensor.arange shape[0])) (expandDims 0 (Tensor.arange shape[1])))

            Initializer($"identity({LayerOptions.number gain})", draw)

        /// <summary>Normal with this deviation, where a share of what each input goes to, rounded up, is 0.</summary>
        /// <remarks>
        /// Weight: [inputs, outputs]; ⌈sparsity · outputs⌉ numbers of each row, drawn at random, are 0. PyTorch's deviation is 0.01.
        /// Errors: DF0901 a weight that is no matrix; DF0902 a sparsity outside 0 to 1.
        /// Source: Martens, Deep learning via Hessian-free optimization, ICML 2010; torch.nn.init.sparse_, whose weights are [outputs, inputs].
        /// </remarks>
        let sparse (sparsity: float) (deviation: float) : Initializer =
            if not (sparsity >= 0.0 && sparsity <= 1.0) then
                Errors.option "the sparsity" "between 0 and 1" (LayerOptions.number sparsity)

            let draw key _ (shape: Shape) : Tensor =
                if shape.Rank <> 2 then
                    Errors.layerInput "sparse" "weights that are matrices" shape

                let valueKey, placeKey = Key.split2 key
                // Where each number stands in a random order of its row.
                let order = argsort 1 (argsort 1 (Random.uniform 0.0 1.0 shape placeKey))
                let values: Tensor = deviation * Random.normal shape valueKey
                where (less order (fullLike (Math.Ceiling(sparsity * float shape[1])) order)) (zerosLike values) values

            Initializer($"sparse({LayerOptions.number sparsity}, {LayerOptions.number deviation})", draw)

        /// <summary>A kernel that passes as many channels of each group on as there are: 1 at its centre, zeros elsewhere.</summary>
        /// <remarks>Errors: DF0901 a weight of other than 3 to 5 axes; DF0902 groups that do not divide the outputs. Source: torch.nn.init.dirac_.</remarks>
        let dirac (groups: int) : Initializer =
            LayerOptions.atLeast 1 "groups of dirac" groups

            let draw _ _ (shape: Shape) : Tensor =
                if shape.Rank < 3 || shape.Rank > 5 then
                    Errors.layerInput "dirac" "weights of convolutions, [outputs, inputs, kernel]" shape

                if shape[0] % groups <> 0 then
                    Errors.option "the number of groups of dirac" $"a divisor of {shape[0]} outputs" (string groups)

                let sizes = shape.ToArray()
                let each = sizes[0] / groups
                let kernel = sizes[2..]
                let centre = (0, kernel) ||> Array.fold (fun at k -> at * k + k / 2)
                let taps = Array.fold (*) 1 kernel
                let values: float32[] = Array.zeroCreate (Array.fold (*) 1 sizes)

                for g in 0 .. groups - 1 do
                    for c in 0 .. min each sizes[1] - 1 do
                        values[((g * each + c) * sizes[1] + c) * taps + centre] <- 1f

                Tensor.ofArray sizes values

            Initializer((if groups = 1 then "dirac" else $"dirac({groups} groups)"), draw)
