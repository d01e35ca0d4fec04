namespace DeepFun

open DeepFun.FSharp

/// <summary>What group normalization is made of.</summary>
type GroupNormOptions =
    {
        /// Groups of channels that are normalized together.
        Groups: int
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
        /// Whether scale and bias of each channel are learned. Default: true.
        Affine: bool
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Of(groups: int) = { Groups = groups; Epsilon = 1e-5; Affine = true }

/// <summary>What instance normalization is made of.</summary>
type InstanceNormOptions =
    {
        /// Added to the variance. Default: 1e-5.
        Epsilon: float
        /// Whether scale and bias of each channel are learned. Default: false.
        Affine: bool
        /// Whether running statistics are kept, and predicting uses them instead of the example's own. Default: false.
        RunningStatistics: bool
        /// The share of the batch in new running statistics. Default: 0.1.
        Momentum: float
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Default = { Epsilon = 1e-5; Affine = false; RunningStatistics = false; Momentum = 0.1 }

/// <summary>What normalization by the root mean square is made of.</summary>
type RmsNormOptions =
    {
        /// How many trailing axes are normalized together. Default: 1.
        Axes: int
        /// Added to the mean square. Default: 1e-6.
        Epsilon: float
        /// Whether a scale is learned. Default: true.
        Affine: bool
    }

    /// <summary>The defaults.</summary>
    static member Default = { Axes = 1; Epsilon = 1e-6; Affine = true }

/// <summary>What local response normalization is made of: y = x / (k + α mean(x²))^β over neighbouring channels.</summary>
type LocalResponseNormOptions =
    {
        /// Channels of a neighbourhood.
        Size: int
        /// α. Default: 1e-4.
        Alpha: float
        /// β. Default: 0.75.
        Beta: float
        /// k. Default: 1.
        K: float
    }

    /// <summary>The defaults, PyTorch's.</summary>
    static member Of(size: int) = { Size = size; Alpha = 1e-4; Beta = 0.75; K = 1.0 }

/// Normalizations of each example by itself, over channels and space.
module internal GroupNormalization =

    /// Each of so many groups of axis 1 gets mean 0 and variance 1.
    let private normalize (groups: int) (epsilon: float) (x: Tensor) : Tensor =
        let n = x.Shape[0]
        let each = (x.Shape.ToArray()[1..] |> Array.fold (*) 1) / groups

        floats x
        |> inSingle (fun x ->
            let grouped = reshape [ n; groups; each ] x
            let centred = grouped - expandDims 2 (meanOver [ 2 ] grouped)
            let variance: Tensor = expandDims 2 (meanOver [ 2 ] (square centred))
            reshape (x.Shape.ToArray()) (centred * rsqrt (variance + epsilon)))

    let private affinely (p: Params) (y: Tensor) : Tensor =
        if p.Children.Count = 0 then
            y
        else
            y * Normalization.spread y p["scale"] + Normalization.spread y p["bias"]

    let groupNorm (o: GroupNormOptions) : Layer =
        LayerOptions.epsilon "GroupNorm" o.Epsilon
        LayerOptions.atLeast 1 "groups of GroupNorm" o.Groups
        let name = LayerOptions.title "GroupNorm" [ string o.Groups; (if o.Affine then "" else "not affine") ]

        let outputShape (s: Shape) =
            if s.Rank < 1 || s[0] % o.Groups <> 0 || s.Size = 0 then
                Errors.layerInput name $"examples [channels, …] with a number of channels that {o.Groups} groups divide" s

            s

        Layer.Stateless(
            name,
            outputShape,
            (fun _ s -> Normalization.channels o.Affine (outputShape s)),
            (fun p x -> affinely p (normalize o.Groups o.Epsilon x))
        )

    let instanceNorm (o: InstanceNormOptions) : Layer =
        LayerOptions.epsilon "InstanceNorm" o.Epsilon
        Normalization.momentum "InstanceNorm" o.Momentum

        let name =
            match o.Affine, o.RunningStatistics with
            | false, false -> "InstanceNorm"
            | affine, kept ->
                LayerOptions.title "InstanceNorm" [ (if affine then "affine" else ""); (if kept then "running statistics" else "") ]

        let outputShape (s: Shape) =
            if s.Rank < 2 || s[0] < 1 || s.Size / max 1 s[0] < 2 then
                Errors.layerInput name "examples [channels, sizes…] with at least two values of each channel" s

            s

        let init _ s =
            let s = outputShape s
            Normalization.channels o.Affine s, Normalization.statistics o.RunningStatistics s

        /// Running statistics with the mean of the examples' own.
        let updated (state: Params) (x: Tensor) : Params =
            let grouped = reshape [ x.Shape[0]; x.Shape[1]; -1 ] (if DTypes.IsReducedPrecision x.DType then cast DType.Float32 x else x)
            let mean: Tensor = meanOver [ 2 ] grouped
            let variance = sumOver [ 2 ] (square (grouped - expandDims 2 mean)) / float (grouped.Shape[2] - 1)
            Normalization.running o.Momentum state (meanOver [ 0 ] mean) (meanOver [ 0 ] variance)

        let apply (mode: Mode) p state (x: Tensor) =
            let own () = affinely p (normalize x.Shape[1] o.Epsilon x)

            match mode with
            | Mode.Evaluation when o.RunningStatistics -> Normalization.byRunning o.Epsilon p state (floats x), state
            | Mode.Training _ when o.RunningStatistics -> own (), updated state (floats x)
            | Mode.Evaluation
            | Mode.Training _ -> own (), state

        Layer(name, outputShape, init, apply, [])

    let rmsNorm (o: RmsNormOptions) : Layer =
        LayerOptions.epsilon "RmsNorm" o.Epsilon
        LayerOptions.atLeast 1 "axes of RmsNorm" o.Axes

        let name =
            match (if o.Axes = 1 then "" else $"{o.Axes} axes"), (if o.Affine then "" else "not affine") with
            | "", "" -> "RmsNorm"
            | axes, affine -> LayerOptions.title "RmsNorm" [ axes; affine ]

        let outputShape (s: Shape) =
            if s.Rank < o.Axes then
                Errors.layerInput name $"examples of at least {o.Axes} axes" s

            s

        let init _ (s: Shape) =
            if o.Affine then
                Params.Of(struct ("scale", Tensor.ones ((outputShape s).ToArray()[s.Rank - o.Axes ..])))
            else
                Params.Empty

        let apply (p: Params) (x: Tensor) =
            let axes = [| x.Rank - o.Axes .. x.Rank - 1 |]

            let y: Tensor =
                floats x
                |> inSingle (fun x ->
                    let size: Tensor = keepDims axes (meanOver axes (square x))
                    x * rsqrt (size + o.Epsilon))

            if o.Affine then y * p["scale"] else y

        Layer.Stateless(name, outputShape, init, apply)

    let localResponse (o: LocalResponseNormOptions) : Layer =
        LayerOptions.atLeast 1 "the size of LocalResponseNorm" o.Size

        if not (o.K > 0.0 && o.Alpha >= 0.0) then
            Errors.option "k and α of LocalResponseNorm" "above 0, and at least 0" $"{o.K} and {o.Alpha}"

        let name = $"LocalResponseNorm({o.Size})"

        let outputShape (s: Shape) =
            if s.Rank < 1 then
                Errors.layerInput name "examples [channels, …]" s

            s

        let apply (x: Tensor) : Tensor =
            floats x
            |> inSingle (fun x ->
                let around = [ for a in 0 .. x.Rank - 1 -> if a = 1 then o.Size / 2, (o.Size - 1) / 2 else 0, 0 ]
                let squares = pad 0.0 around (square x)
                let neighbours = [ for i in 0 .. o.Size - 1 -> slice 1 i (i + x.Shape[1]) squares ]
                let total: Tensor = List.reduce (fun (a: Tensor) b -> a + b) neighbours
                x * Tensor.Pow(o.K + total * (o.Alpha / float o.Size), -o.Beta))

        Layer.Function(name, outputShape, (fun _ x -> apply x))
