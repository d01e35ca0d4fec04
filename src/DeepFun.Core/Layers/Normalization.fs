namespace DeepFun

open DeepFun.FSharp

/// <summary>What batch normalization is made of.</summary>
type BatchNormOptions =
    {
        /// The share of the batch in new running statistics. Default: 0.1.
        Momentum: float
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Default = { Momentum = 0.1; Epsilon = 1e-5 }

/// <summary>What layer normalization is made of.</summary>
type LayerNormOptions =
    {
        /// How many trailing axes are normalized together. Default: 1.
        Axes: int
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
        /// Whether scale and bias are learned. Default: true.
        Affine: bool
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Default = { Axes = 1; Epsilon = 1e-5; Affine = true }

module internal Normalization =

    let batchNorm (o: BatchNormOptions) : Layer =
        LayerOptions.epsilon "BatchNorm" o.Epsilon

        if not (o.Momentum >= 0.0 && o.Momentum <= 1.0) then
            Errors.option "momentum of BatchNorm" "between 0 and 1" (string o.Momentum)

        let name = "BatchNorm"

        let outputShape (s: Shape) =
            if s.Rank < 1 then
                Errors.layerInput name "examples [channels, …]" s

            s

        let init _ (s: Shape) =
            let channels = [ (outputShape s)[0] ]

            Params.Of(struct ("scale", Tensor.ones channels), struct ("bias", Tensor.zeros channels)),
            Params.Of(struct ("mean", Tensor.zeros channels), struct ("variance", Tensor.ones channels))

        /// Per channel, against [N, C, …].
        let spread (x: Tensor) (v: Tensor) = if x.Rank = 2 then v else reshape (v.Shape[0] :: List.replicate (x.Rank - 2) 1) v

        let learn (p: Params) (state: Params) (x: Tensor) =
            let axes =
                [|
                    for i in 0 .. x.Rank - 1 do
                        if i <> 1 then
                            i
                |]

            let count = axes |> Array.fold (fun n a -> n * x.Shape[a]) 1

            if count < 2 then
                Errors.batchStatistics name x.Shape

            // Statistics of 16-bit floats are float32's, whose squares fit.
            let wide = if DTypes.IsReducedPrecision x.DType then cast DType.Float32 x else x
            let mean = meanOver axes wide
            let centred = wide - spread x mean
            let variance = meanOver axes (square centred)
            let factor: Tensor = rsqrt (variance + o.Epsilon) * p["scale"]

            // Running statistics keep their dtype, so that the state of a step is of the type of the one before.
            let running (old: Tensor) (batch: Tensor) =
                cast old.DType ((1.0 - o.Momentum) * old + o.Momentum * cast old.DType (stopGradient batch))

            let unbiased = variance * (float count / float (count - 1))

            let state = Params.Of(struct ("mean", running state["mean"] mean), struct ("variance", running state["variance"] unbiased))

            let y: Tensor = centred * spread x factor + spread x p["bias"]
            cast (DTypes.Promote(x.DType, p["scale"].DType)) y, state

        let predict (p: Params) (state: Params) (x: Tensor) =
            // Normalizing and scaling are one line through the data: x · factor + offset.
            let factor = p["scale"] * rsqrt (state["variance"] + o.Epsilon)
            let offset = p["bias"] - state["mean"] * factor
            x * spread x factor + spread x offset

        let apply mode p state (x: Tensor) =
            if x.Rank < 2 then
                Errors.rank name "a batch [N, channels, …]" x.Shape

            match mode with
            | Mode.Training _ -> learn p state x
            | Mode.Evaluation -> predict p state x, state

        Layer(name, outputShape, init, apply, [])

    let layerNorm (o: LayerNormOptions) : Layer =
        LayerOptions.epsilon "LayerNorm" o.Epsilon
        LayerOptions.atLeast 1 "axes of LayerNorm" o.Axes
        let name = if o.Axes = 1 then "LayerNorm" else $"LayerNorm({o.Axes} axes)"

        let outputShape (s: Shape) =
            if s.Rank < o.Axes then
                Errors.layerInput name $"examples of at least {o.Axes} axes" s

            s

        let init _ (s: Shape) =
            let sizes = (outputShape s).ToArray()[s.Rank - o.Axes ..]

            if o.Affine then
                Params.Of(struct ("scale", Tensor.ones sizes), struct ("bias", Tensor.zeros sizes))
            else
                Params.Empty

        let apply (p: Params) (x: Tensor) =
            let axes = [| x.Rank - o.Axes .. x.Rank - 1 |]

            let y: Tensor =
                x
                |> inSingle (fun x ->
                    let centred = x - keepDims axes (meanOver axes x)
                    let variance = keepDims axes (meanOver axes (square centred))
                    centred * rsqrt (variance + o.Epsilon))

            if o.Affine then y * p["scale"] + p["bias"] else y

        Layer.Stateless(name, outputShape, init, apply)
