namespace DeepFun

open DeepFun.FSharp

/// <summary>What batch normalization is made of.</summary>
type BatchNormOptions =
    {
        /// The share of the batch in new running statistics. Default: 0.1.
        Momentum: float
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
        /// Whether scale and bias of each channel are learned. Default: true.
        Affine: bool
        /// Whether running statistics are kept, and predicting uses them; otherwise it uses the batch's, as learning does. Default: true.
        RunningStatistics: bool
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Default = { Momentum = 0.1; Epsilon = 1e-5; Affine = true; RunningStatistics = true }

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

    /// Per channel, against [N, C, …].
    let spread (x: Tensor) (v: Tensor) : Tensor = if x.Rank = 2 then v else reshape (v.Shape[0] :: List.replicate (x.Rank - 2) 1) v

    /// Refuses shares of a batch in running statistics that are none.
    let momentum (kind: string) (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            Errors.option $"momentum of {kind}" "between 0 and 1" (LayerOptions.number value)

    /// Scale and bias of each channel, or nothing.
    let channels (affine: bool) (s: Shape) : Params =
        if affine then
            Params.Of(struct ("scale", Tensor.ones [ s[0] ]), struct ("bias", Tensor.zeros [ s[0] ]))
        else
            Params.Empty

    /// Running statistics of each channel before any batch, or nothing.
    let statistics (kept: bool) (s: Shape) : Params =
        if kept then
            Params.Of(struct ("mean", Tensor.zeros [ s[0] ]), struct ("variance", Tensor.ones [ s[0] ]))
        else
            Params.Empty

    /// Running statistics with a share of a batch's. They keep their dtype, so that the state of a step is of the type of the one before.
    let running (momentum: float) (state: Params) (mean: Tensor) (variance: Tensor) : Params =
        let next (old: Tensor) (batch: Tensor) = cast old.DType ((1.0 - momentum) * old + momentum * cast old.DType (stopGradient batch))
        Params.Of(struct ("mean", next state["mean"] mean), struct ("variance", next state["variance"] variance))

    /// x normalized by running statistics, then scale and bias, if there are: one line through the data, x · factor + offset.
    let byRunning (epsilon: float) (p: Params) (state: Params) (x: Tensor) : Tensor =
        let scale: Tensor = rsqrt (state["variance"] + epsilon)
        let factor = if p.Names.Count = 0 then scale else p["scale"] * scale
        let shift = state["mean"] * factor

        if p.Names.Count = 0 then
            cast x.DType (x * spread x factor - spread x shift)
        else
            x * spread x factor + spread x (p["bias"] - shift)

    let batchNorm (o: BatchNormOptions) : Layer =
        LayerOptions.epsilon "BatchNorm" o.Epsilon
        momentum "BatchNorm" o.Momentum

        let name =
            match o.Affine, o.RunningStatistics with
            | true, true -> "BatchNorm"
            | affine, kept ->
                LayerOptions.title "BatchNorm" [ (if affine then "" else "not affine"); (if kept then "" else "no running statistics") ]

        let outputShape (s: Shape) =
            if s.Rank < 1 then
                Errors.layerInput name "examples [channels, …]" s

            s

        let init _ (s: Shape) =
            let s = outputShape s
            channels o.Affine s, statistics o.RunningStatistics s

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
            let size: Tensor = rsqrt (variance + o.Epsilon)
            let unbiased = variance * (float count / float (count - 1))
            let state = if o.RunningStatistics then running o.Momentum state mean unbiased else state

            if o.Affine then
                let y: Tensor = centred * spread x (size * p["scale"]) + spread x p["bias"]
                cast (DTypes.Promote(x.DType, p["scale"].DType)) y, state
            else
                cast x.DType (centred * spread x size), state

        let apply mode p state (x: Tensor) =
            if x.Rank < 2 then
                Errors.rank name "a batch [N, channels, …]" x.Shape

            match mode with
            | Mode.Evaluation when o.RunningStatistics -> byRunning o.Epsilon p state (floats x), state
            | Mode.Evaluation
            | Mode.Training _ -> learn p state (floats x)

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
