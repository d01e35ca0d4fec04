namespace DeepFun

open DeepFun.FSharp

/// Dropout of elements, of channels, of whole examples, and in other ways than by zeros.
module internal StructuredDropout =

    /// kind(rate); refuses rates that are none.
    let private named (kind: string) (rate: float) : string =
        LayerOptions.rate $"the rate of {kind}" rate
        $"{kind}({LayerOptions.number rate})"

    /// Learning with a rate above 0: f key x; else x.
    let private learning (rate: float) (f: Key -> Tensor -> Tensor) (mode: Mode) (x: Tensor) : Tensor =
        match mode with
        | Mode.Training key when rate > 0.0 -> f key (floats x)
        | Mode.Training _
        | Mode.Evaluation -> x

    let private layer (name: string) (rate: float) (outputShape: Shape -> Shape) (f: Key -> Tensor -> Tensor) : Layer =
        Layer.Function(name, outputShape, learning rate f)

    /// One draw for each of the first axes, and the others together.
    let private kept (rate: float) (axes: int) (x: Tensor) (key: Key) : Tensor =
        let sizes = x.Shape.ToArray() |> Array.mapi (fun a n -> if a < axes then n else 1)
        Random.bernoulli (1.0 - rate) sizes key

    /// The others are scaled up while learning, so that predicting needs nothing.
    let private zeroed (rate: float) (axes: int) (key: Key) (x: Tensor) : Tensor =
        where (kept rate axes x key) (x * (1.0 / (1.0 - rate))) (zerosLike x)

    /// Dropout of elements, as a part of other layers.
    let drop (rate: float) (mode: Mode) (x: Tensor) : Tensor = learning rate (zeroed rate x.Rank) mode x

    let elements (rate: float) : Layer = Layer.Function(named "Dropout" rate, id, drop rate)

    let channels (axes: int) (rate: float) : Layer =
        let name = named $"Dropout{axes}D" rate

        layer
            name
            rate
            (fun s ->
                WindowGeometry.spatial name axes s |> ignore
                s)
            (zeroed rate 2)

    let path (rate: float) : Layer = layer (named "DropPath" rate) rate id (zeroed rate 1)

    /// selu's value at −∞, −λα.
    let private lowest = -1.7580993408473766

    let private alphaOver (rate: float) (axes: int -> int) (key: Key) (x: Tensor) : Tensor =
        let keep = 1.0 - rate
        // What keeps mean 0 and variance 1.
        let scale = 1.0 / sqrt ((rate * lowest * lowest + 1.0) * keep)
        let shift = -scale * lowest * rate
        where (kept rate (axes x.Rank) x key) (x * scale + shift) (fullLike (lowest * scale + shift) x)

    let alpha (rate: float) : Layer = layer (named "AlphaDropout" rate) rate id (alphaOver rate id)

    let featureAlpha (rate: float) : Layer =
        let name = named "FeatureAlphaDropout" rate

        let outputShape (s: Shape) =
            if s.Rank < 2 then
                Errors.layerInput name "examples [channels, sizes…]" s

            s

        layer name rate outputShape (alphaOver rate (fun _ -> 2))

    let gaussian (rate: float) : Layer =
        let deviation = sqrt (rate / (1.0 - rate))

        layer (named "GaussianDropout" rate) rate id (fun key x -> x * (1.0 + deviation * cast x.DType (Random.normal x.Shape key)))

    let noise (deviation: float) : Layer =
        let text = LayerOptions.number deviation

        if not (deviation >= 0.0) then
            Errors.option "the deviation of GaussianNoise" "at least 0" text

        layer $"GaussianNoise({text})" deviation id (fun key x -> x + deviation * cast x.DType (Random.normal x.Shape key))
