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
        /// What surrounds the input. Maxima ignore it; averages count it as zeros, as in PyTorch. Default: none (valid).
        Padding: WindowPadding
    }

    /// <summary>The defaults.</summary>
    static member Of(axes: int, window: int[]) = { Axes = axes; Window = window; Strides = window; Padding = WindowPadding.Valid }

module internal Pooling =

    let private layer kind (pool: WindowSpec -> Tensor -> Tensor) (o: PoolingOptions) : Layer =
        let kind = $"{kind}{o.Axes}D"
        let window = LayerOptions.perAxis $"window of {kind}" o.Axes o.Window
        let strides = LayerOptions.perAxis $"strides of {kind}" o.Axes o.Strides
        WindowGeometry.check kind o.Axes window strides o.Padding

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
                ]

        let ones = Array.replicate o.Axes 1

        let spec (input: int[]) =
            let low, high = WindowGeometry.padding o.Padding input window strides ones
            WindowSpec(input, window, strides, low, high, ones)

        let outputShape (s: Shape) =
            let input = WindowGeometry.spatial name o.Axes s
            Shape.Adopt(Array.append [| s[0] |] (WindowGeometry.fits name s ((spec input).OutputSize())))

        let apply (x: Tensor) =
            WindowGeometry.batch name o.Axes x
            pool (spec (x.Shape.ToArray()[2..])) x

        Layer.Function(name, outputShape, (fun _ x -> apply x))

    let maximum o = layer "MaxPool" (fun spec x -> takeWindows spec x (bindWindow (Window.ArgMax spec) x)) o

    let average o =
        let mean (spec: WindowSpec) (x: Tensor) =
            let count = Array.fold (*) 1 spec.WindowSize
            let x = if DTypes.IsFloating x.DType then x else cast DType.Float32 x
            bindWindow (Window.Sum spec) x * (1.0 / float count)

        layer "AveragePool" mean o

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
