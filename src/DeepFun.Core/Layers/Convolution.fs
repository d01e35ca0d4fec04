namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>What surrounds the input of a convolution or pooling.</summary>
[<RequireQualifiedAccess>]
type WindowPadding =
    /// Nothing: windows lie inside the input.
    | Valid
    /// As much as makes the output ⌈input / stride⌉ long; where it is odd, the end has one more.
    | Same
    /// This many on both sides of each axis: one number for all axes, or one each.
    | Explicit of sizes: int[]

/// <summary>What a convolution layer is made of. Arrays have one number for all axes, or one each.</summary>
[<NoComparison; ReferenceEquality>]
type ConvolutionLayerOptions =
    {
        /// Number of spatial axes, 1 to 3.
        Axes: int
        /// Channels of the output.
        Filters: int
        /// Sizes of the kernel.
        Kernel: int[]
        /// Step between windows. Default: 1.
        Strides: int[]
        /// Zeros around the input. Default: none (valid).
        Padding: WindowPadding
        /// Step between the kernel's taps. Default: 1.
        Dilations: int[]
        /// Channel groups that do not see each other. Default: 1.
        Groups: int
        /// Whether a bias is added to each channel. Default: true.
        Bias: bool
        /// What follows. Default: linear.
        Activation: Activation
        /// First weights. Default: as in PyTorch, U(±1/√n) with n = channels / groups · kernel size.
        WeightInitializer: Initializer
        /// First biases. Default: as the weights.
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(axes: int, filters: int, kernel: int[]) =
        {
            Axes = axes
            Filters = filters
            Kernel = kernel
            Strides = [| 1 |]
            Padding = WindowPadding.Valid
            Dilations = [| 1 |]
            Groups = 1
            Bias = true
            Activation = Activation.Linear
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

module internal WindowGeometry =

    /// Padding before and after each axis, for spatial input sizes.
    let padding (p: WindowPadding) (input: int[]) (window: int[]) (strides: int[]) (dilations: int[]) : int[] * int[] =
        match p with
        | WindowPadding.Valid -> Array.zeroCreate input.Length, Array.zeroCreate input.Length
        | WindowPadding.Explicit sizes ->
            let all = LayerOptions.perAxis "padding" input.Length sizes
            all, all
        | WindowPadding.Same ->
            let total =
                Array.init input.Length (fun i ->
                    let outputs = (input[i] + strides[i] - 1) / strides[i]
                    max 0 ((outputs - 1) * strides[i] + dilations[i] * (window[i] - 1) + 1 - input[i]))

            total |> Array.map (fun t -> t / 2), total |> Array.map (fun t -> t - t / 2)

    let paddingTitle (p: WindowPadding) =
        match p with
        | WindowPadding.Valid -> ""
        | WindowPadding.Same -> "same"
        | WindowPadding.Explicit sizes -> LayerOptions.unless 0 "padding" sizes

    /// Refuses axes, window, strides and padding that no input fits.
    let check (kind: string) (axes: int) (window: int[]) (strides: int[]) (padding: WindowPadding) =
        if axes < 1 || axes > 3 then
            Errors.option $"the number of spatial axes of {kind}" "1, 2 or 3" (string axes)

        LayerOptions.allAtLeast 1 $"the window's sizes of {kind}" window
        LayerOptions.allAtLeast 1 $"strides of {kind}" strides

        match padding with
        | WindowPadding.Explicit sizes ->
            LayerOptions.perAxis $"padding of {kind}" axes sizes |> LayerOptions.allAtLeast 0 $"padding of {kind}"
        | WindowPadding.Valid
        | WindowPadding.Same -> ()

    /// The spatial sizes of one example [C, sizes…]; refuses other ranks.
    let spatial (name: string) (axes: int) (s: Shape) : int[] =
        if s.Rank <> axes + 1 then
            Errors.layerInput name $"examples [channels, sizes] with {axes} spatial axes" s

        s.ToArray()[1..]

    /// Refuses batches of other than [N, C, sizes…].
    let batch (name: string) (axes: int) (x: Tensor) =
        if x.Rank <> axes + 2 then
            Errors.rank name $"a batch [N, channels, sizes] with {axes} spatial axes" x.Shape

    /// Refuses windows that do not fit anywhere.
    let fits (name: string) (s: Shape) (output: int[]) =
        if output |> Array.exists (fun n -> n < 1) then
            Errors.layerInput name "examples at least as large as the window (with padding)" s

        output

module internal Convolutional =

    let layer (o: ConvolutionLayerOptions) : Layer =
        let kind = $"Conv{o.Axes}D"
        let all what values = LayerOptions.perAxis $"{what} of {kind}" o.Axes values
        let kernel, strides, dilations = all "kernel" o.Kernel, all "strides" o.Strides, all "dilations" o.Dilations
        WindowGeometry.check kind o.Axes kernel strides o.Padding
        LayerOptions.allAtLeast 1 $"dilations of {kind}" dilations
        LayerOptions.atLeast 1 $"filters of {kind}" o.Filters
        LayerOptions.atLeast 1 $"groups of {kind}" o.Groups

        if o.Filters % o.Groups <> 0 then
            Errors.option $"filters of {kind}" $"a multiple of groups ({o.Groups})" (string o.Filters)

        let name =
            LayerOptions.title
                kind
                [
                    string o.Filters
                    LayerOptions.sizes kernel
                    LayerOptions.unless 1 "stride" strides
                    WindowGeometry.paddingTitle o.Padding
                    LayerOptions.unless 1 "dilation" dilations
                    LayerOptions.unless 1 "groups" [| o.Groups |]
                    LayerOptions.activation o.Activation
                    (if o.Bias then "" else "no bias")
                ]

        let spec (input: int[]) =
            let low, high = WindowGeometry.padding o.Padding input kernel strides dilations
            ConvolutionSpec(input, kernel, strides, low, high, dilations, o.Groups)

        let outputShape (s: Shape) =
            let input = WindowGeometry.spatial name o.Axes s

            if s[0] % o.Groups <> 0 then
                Errors.layerInput name $"a number of channels (the first axis) that {o.Groups} groups divide" s

            Shape.Adopt(Array.append [| o.Filters |] (WindowGeometry.fits name s ((spec input).OutputSize())))

        let init key (s: Shape) =
            outputShape s |> ignore
            let shape = Shape.Adopt(Array.append [| o.Filters; s[0] / o.Groups |] kernel)
            let fans = Fans.OfConvolution shape
            let weightKey, biasKey = Key.split2 key
            let weight = o.WeightInitializer.Draw(weightKey, fans, shape)

            if o.Bias then
                let bias = o.BiasInitializer.Draw(biasKey, fans, Shape.Adopt [| o.Filters |])
                Params.Of(struct ("weight", weight), struct ("bias", bias))
            else
                Params.Of(struct ("weight", weight))

        let perChannel = Array.append [| 1; o.Filters |] (Array.replicate o.Axes 1)

        let apply (p: Params) (x: Tensor) =
            WindowGeometry.batch name o.Axes x
            let weight = p["weight"]
            let dtype = DTypes.Promote(x.DType, weight.DType)
            let y = bindConvolution ConvolutionOp.Forward (spec (x.Shape.ToArray()[2..])) (cast dtype x) (cast dtype weight)
            o.Activation.Apply(if o.Bias then y + reshape perChannel p["bias"] else y)

        Layer.Stateless(name, outputShape, init, apply)
