namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// <summary>What a transposed convolution is made of. Arrays have one number for all axes, or one each.</summary>
[<NoComparison; ReferenceEquality>]
type TransposedConvolutionOptions =
    {
        /// Number of spatial axes, 1 to 3.
        Axes: int
        /// Channels of the output.
        Filters: int
        /// Sizes of the kernel.
        Kernel: int[]
        /// Step between the places where the kernel is put down. Default: 1.
        Strides: int[]
        /// What is cut off the output; Same: as much as makes it input · stride long. Default: nothing (valid).
        Padding: WindowPadding
        /// Zeros added behind, less than the stride, for sizes that a convolution of this stride maps to the input's. Default: 0.
        OutputPadding: int[]
        /// Step between the kernel's taps. Default: 1.
        Dilations: int[]
        /// Channel groups that do not see each other. Default: 1.
        Groups: int
        /// Whether a bias is added to each channel. Default: true.
        Bias: bool
        /// What follows. Default: linear.
        Activation: Activation
        /// First weights. Default: as in PyTorch, U(±1/√n) with n = filters / groups · kernel size.
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
            OutputPadding = [| 0 |]
            Dilations = [| 1 |]
            Groups = 1
            Bias = true
            Activation = Activation.Linear
            WeightInitializer = Initializers.pytorch
            BiasInitializer = Initializers.pytorch
        }

module internal TransposedConvolution =

    let layer (o: TransposedConvolutionOptions) : Layer =
        let kind = $"ConvTranspose{o.Axes}D"
        let all what values = LayerOptions.perAxis $"{what} of {kind}" o.Axes values
        let kernel, strides, dilations = all "kernel" o.Kernel, all "strides" o.Strides, all "dilations" o.Dilations
        let extra = all "output padding" o.OutputPadding
        WindowGeometry.check kind o.Axes kernel strides o.Padding
        LayerOptions.allAtLeast 1 $"dilations of {kind}" dilations
        LayerOptions.allAtLeast 0 $"output padding of {kind}" extra
        LayerOptions.atLeast 1 $"filters of {kind}" o.Filters
        LayerOptions.atLeast 1 $"groups of {kind}" o.Groups

        if Array.exists2 (fun e s -> e >= s) extra strides then
            Errors.option $"output padding of {kind}" $"below the stride ({LayerOptions.brief strides})" (LayerOptions.brief extra)

        if o.Filters % o.Groups <> 0 then
            Errors.option $"filters of {kind}" $"a multiple of groups ({o.Groups})" (string o.Filters)

        let same =
            match o.Padding with
            | WindowPadding.Same -> true
            | WindowPadding.Valid
            | WindowPadding.Explicit _ -> false

        if same && Array.exists ((<>) 0) extra then
            Errors.option $"output padding of {kind} with padding Same" "0" (LayerOptions.brief extra)

        let name =
            LayerOptions.title
                kind
                [
                    string o.Filters
                    LayerOptions.sizes kernel
                    LayerOptions.unless 1 "stride" strides
                    WindowGeometry.paddingTitle o.Padding
                    LayerOptions.unless 0 "output padding" extra
                    LayerOptions.unless 1 "dilation" dilations
                    LayerOptions.unless 1 "groups" [| o.Groups |]
                    LayerOptions.activation o.Activation
                    (if o.Bias then "" else "no bias")
                ]

        /// The convolution that this transposes: from our output to our input.
        let spec (input: int[]) =
            let reach i = dilations[i] * (kernel[i] - 1) + 1

            let output, low, high =
                if same then
                    // Where the kernel does not reach the next place, the output keeps the zeros behind it.
                    let cut = Array.init o.Axes (fun i -> max 0 (reach i - strides[i]))
                    Array.map2 (*) input strides, cut |> Array.map (fun c -> c / 2), cut |> Array.map (fun c -> c - c / 2)
                else
                    let low, high = WindowGeometry.padding o.Padding input kernel strides dilations
                    Array.init o.Axes (fun i -> (input[i] - 1) * strides[i] - low[i] - high[i] + reach i + extra[i]), low, high

            output, (fun () -> ConvolutionSpec(output, kernel, strides, low, high, dilations, o.Groups))

        let outputShape (s: Shape) =
            let input = WindowGeometry.spatial name o.Axes s

            if s[0] < 1 || s[0] % o.Groups <> 0 then
                Errors.layerInput name $"a number of channels (the first axis) that {o.Groups} groups divide" s

            if Array.exists (fun n -> n < 1) input then
                Errors.layerInput name "examples with elements" s

            let output = fst (spec input)

            if output |> Array.exists (fun n -> n < 1) then
                Errors.layerInput name "examples of which the padding leaves something" s

            Shape.Adopt(Array.append [| o.Filters |] output)

        let init key (s: Shape) =
            outputShape s |> ignore
            let shape = Shape.Adopt(Array.append [| s[0]; o.Filters / o.Groups |] kernel)
            let fans = Fans.OfConvolution shape
            let weightKey, biasKey = Key.split2 key
            let weight = o.WeightInitializer.Draw(weightKey, fans, shape)

            if o.Bias then
                Params.Of(struct ("weight", weight), struct ("bias", o.BiasInitializer.Draw(biasKey, fans, Shape.Adopt [| o.Filters |])))
            else
                Params.Of(struct ("weight", weight))

        let perChannel = Array.append [| 1; o.Filters |] (Array.replicate o.Axes 1)

        let apply (p: Params) (x: Tensor) =
            WindowGeometry.batch name o.Axes x
            let weight = p["weight"]
            let dtype = DTypes.Promote(x.DType, weight.DType)
            let _, geometry = spec (x.Shape.ToArray()[2..])
            let y = bindConvolution ConvolutionOp.InputGradient (geometry ()) (cast dtype x) (cast dtype weight)
            o.Activation.Apply(if o.Bias then y + reshape perChannel p["bias"] else y)

        Layer.Stateless(name, outputShape, init, apply)
