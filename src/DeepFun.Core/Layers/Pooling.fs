namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>What a pooling layer is made of. Arrays have one number for all axes, or one each.</summary>
type PoolingOptions =
    {
        /// Number of spatial axes, 1 to 3.
        Axes: int
        /// Sizes of the window.
        Window: int[]
        /// Step between windows. Default: the window's sizes.
        Strides: int[]
        /// What surrounds the input. Maxima ignore it. Default: none (valid).
        Padding: WindowPadding
        /// Step between a window's places. Default: 1.
        Dilations: int[]
        /// Whether averages count padding as zeros (PyTorch's default), or are those of what is inside (Keras' Same). Default: true.
        CountPadding: bool
        /// Whether the number of windows is rounded up: one more where the last would leave elements that no window sees. What a window has beyond the
        /// padding never counts. Same rounds up by itself. Default: false.
        Ceiling: bool
    }

    /// <summary>The defaults.</summary>
    static member Of(axes: int, window: int[]) =
        {
            Axes = axes
            Window = window
            Strides = window
            Padding = WindowPadding.Valid
            Dilations = [| 1 |]
            CountPadding = true
            Ceiling = false
        }

module internal Pooling =

    /// Refuses inputs beside which a window stands: one with steps between its places can see nothing but padding.
    let private sees (name: string) (s: Shape) (spec: WindowSpec) =
        let outputs = spec.OutputSize()

        for a in 0 .. outputs.Length - 1 do
            let inside i k = (let at = i * spec.Strides[a] - spec.PadLow[a] + k * spec.Dilations[a] in at >= 0 && at < spec.InputSize[a])

            if not (Seq.forall (fun i -> Seq.exists (inside i) (seq { 0 .. spec.WindowSize[a] - 1 })) (seq { 0 .. outputs[a] - 1 })) then
                Errors.layerInput name "examples of which every window sees a part" s

    /// Whether windows are rounded up; as many as Same asks for already are.
    let private roundsUp (o: PoolingOptions) = o.Ceiling && o.Padding <> WindowPadding.Same

    /// What windows are called, the shape of an example's output, and where they stand in a batch.
    let windows kind shown (o: PoolingOptions) : struct (string * (Shape -> Shape) * (Tensor -> WindowSpec)) =
        let kind = $"{kind}{o.Axes}D"
        let all what values = LayerOptions.perAxis $"{what} of {kind}" o.Axes values
        let window, strides, dilations = all "window" o.Window, all "strides" o.Strides, all "dilations" o.Dilations
        WindowGeometry.check kind o.Axes window strides o.Padding
        LayerOptions.allAtLeast 1 $"dilations of {kind}" dilations

        match o.Padding with
        | WindowPadding.Explicit sizes ->
            // A window that sees nothing but padding has no maximum.
            Array.iter2
                (fun p w ->
                    if 2 * p > w then
                        Errors.option $"padding of {kind}" $"at most half the window ({LayerOptions.brief window})" (string p))
                (LayerOptions.perAxis "padding" o.Axes sizes)
                window
        | WindowPadding.Valid
        | WindowPadding.Same -> ()

        let name =
            LayerOptions.title
                kind
                [
                    LayerOptions.brief window
                    (if strides = window then "" else $"stride {LayerOptions.brief strides}")
                    WindowGeometry.paddingTitle o.Padding
                    LayerOptions.unless 1 "dilation" dilations
                    (if o.Ceiling then "ceiling" else "")
                    shown
                ]

        let spec (input: int[]) =
            let low, high = WindowGeometry.padding o.Padding input window strides dilations
            let after i = paddingRoundedUp input[i] low[i] strides[i] (dilations[i] * (window[i] - 1) + 1)
            let high = if roundsUp o then Array.init o.Axes after else high
            WindowSpec(input, window, strides, low, high, dilations)

        let outputShape (s: Shape) =
            let spec = spec (WindowGeometry.spatial name o.Axes s)
            let outputs = WindowGeometry.fits name s (spec.OutputSize())
            sees name s spec
            Shape.Adopt(Array.append [| s[0] |] outputs)

        let over (x: Tensor) =
            WindowGeometry.batch name o.Axes x
            spec (x.Shape.ToArray()[2..])

        struct (name, outputShape, over)

    let private layer kind shown (pool: WindowSpec -> Tensor -> Tensor) (o: PoolingOptions) : Layer =
        let struct (name, outputShape, over) = windows kind shown o
        Layer.Function(name, outputShape, (fun _ x -> pool (over x) x))

    let maximum o = layer "MaxPool" "" (fun spec x -> takeWindows spec x (bindWindow (Window.ArgMax spec) x)) o

    let average o =
        let mean (spec: WindowSpec) (x: Tensor) =
            if o.CountPadding && not (roundsUp o) then
                bindWindow (Window.Sum spec) x * (1.0 / float (Array.fold (*) 1 spec.WindowSize))
            else
                meanRoundedUp o.CountPadding spec x

        let mean (spec: WindowSpec) (x: Tensor) = floats x |> inSingle (mean spec)
        layer "AveragePool" (if o.CountPadding then "" else "padding not counted") mean o

    /// Everything but batch and channels reduced.
    let overall name (reduce: int[] -> Tensor -> Tensor) : Layer =
        let outputShape (s: Shape) =
            if s.Rank < 2 || s.ToArray()[1..] |> Array.contains 0 then
                Errors.layerInput name "examples [channels, sizes] with at least one spatial axis" s

            Shape.Adopt [| s[0] |]

        Layer.Function(
            name,
            outputShape,
            (fun _ x ->
                LayerOptions.hasAxes name 2 x
                reduce [| 2 .. x.Rank - 1 |] x)
        )
