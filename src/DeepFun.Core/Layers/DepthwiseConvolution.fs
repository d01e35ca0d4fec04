namespace DeepFun

open DeepFun.FSharp

/// <summary>What a depthwise convolution is made of. Arrays have one number for all axes, or one each.</summary>
[<NoComparison; ReferenceEquality>]
type DepthwiseOptions =
    {
        /// Number of spatial axes, 1 to 3.
        Axes: int
        /// Sizes of the kernel.
        Kernel: int[]
        /// Outputs of each channel. Default: 1.
        Multiplier: int
        /// Step between windows. Default: 1.
        Strides: int[]
        /// Zeros around the input. Default: none (valid).
        Padding: WindowPadding
        /// Step between the kernel's taps. Default: 1.
        Dilations: int[]
        /// Whether a bias is added to each output channel. Default: true.
        Bias: bool
        /// What follows. Default: linear.
        Activation: Activation
        /// First weights. Default: as in PyTorch, U(±1/√n) with n the kernel's size.
        WeightInitializer: Initializer
        /// First biases. Default: as the weights.
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(axes: int, kernel: int[]) =
        {
            Axes = axes
            Kernel = kernel
            Multiplier = 1
            Strides = [| 1 |]
            Padding = WindowPadding.Valid
            Dilations = [| 1 |]
            Bias = true
            Activation = Activation.Linear
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

/// <summary>What a separable convolution is made of: a depthwise one, and one of kernel 1 that mixes channels.</summary>
[<NoComparison; ReferenceEquality>]
type SeparableOptions =
    {
        /// Channels of the output.
        Filters: int
        /// The first part. Its bias and activation are its own. Default: no bias, since the second part has one.
        Depthwise: DepthwiseOptions
        /// Whether a bias is added to each filter. Default: true.
        Bias: bool
        /// What follows. Default: linear.
        Activation: Activation
        /// First weights of the second part. Default: as in PyTorch, U(±1/√n) with n = C · multiplier.
        WeightInitializer: Initializer
        /// First biases of the second part. Default: as the weights.
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(axes: int, filters: int, kernel: int[]) =
        {
            Filters = filters
            Depthwise = { DepthwiseOptions.Of(axes, kernel) with Bias = false }
            Bias = true
            Activation = Activation.Linear
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

module internal DepthwiseConvolution =

    let private title (kind: string) (first: string list) (o: DepthwiseOptions) (last: string list) =
        let multiplier = if o.Multiplier = 1 then "" else $"multiplier {o.Multiplier}"

        LayerOptions.title
            $"{kind}{o.Axes}D"
            (first
             @ [
                 LayerOptions.sizes (LayerOptions.perAxis $"kernel of {kind}" o.Axes o.Kernel)
                 multiplier
                 LayerOptions.unless 1 "stride" o.Strides
                 WindowGeometry.paddingTitle o.Padding
                 LayerOptions.unless 1 "dilation" o.Dilations
             ]
             @ last)

    /// The convolution with as many groups as there are channels.
    let private grouped (o: DepthwiseOptions) (channels: int) : Layer =
        Convolutional.layer
            {
                Axes = o.Axes
                Filters = o.Multiplier * channels
                Kernel = o.Kernel
                Strides = o.Strides
                Padding = o.Padding
                Dilations = o.Dilations
                Groups = channels
                Bias = o.Bias
                Activation = o.Activation
                WeightInitializer = o.WeightInitializer
                BiasInitializer = o.BiasInitializer
            }

    let layer (o: DepthwiseOptions) : Layer =
        LayerOptions.atLeast 1 "the multiplier of a depthwise convolution" o.Multiplier
        // The options are checked now, not when channels are known.
        grouped o 1 |> ignore
        let name = title "DepthwiseConv" [] o [ LayerOptions.activation o.Activation; (if o.Bias then "" else "no bias") ]

        let forInput (s: Shape) =
            WindowGeometry.spatial name o.Axes s |> ignore

            if s[0] < 1 then
                Errors.layerInput name "examples with at least one channel" s

            grouped o s[0]

        let apply mode p state (x: Tensor) =
            WindowGeometry.batch name o.Axes x
            (grouped o x.Shape[1]).Apply mode p state x

        Layer(name, (fun s -> (forInput s).OutputShape s), (fun key s -> (forInput s).Init key s), apply, [])

    let separable (o: SeparableOptions) : Layer =
        let pointwise =
            Convolutional.layer
                { ConvolutionLayerOptions.Of(o.Depthwise.Axes, o.Filters, [| 1 |]) with
                    Bias = o.Bias
                    Activation = o.Activation
                    WeightInitializer = o.WeightInitializer
                    BiasInitializer = o.BiasInitializer
                }

        let both = Layer.named [ "depthwise", layer o.Depthwise; "pointwise", pointwise ]
        let last = [ LayerOptions.activation o.Activation; (if o.Bias then "" else "no bias") ]
        Layer(title "SeparableConv" [ string o.Filters ] o.Depthwise last, both.OutputShape, both.Init, both.Apply, both.Children)
