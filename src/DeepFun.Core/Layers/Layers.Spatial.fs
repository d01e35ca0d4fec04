namespace DeepFun.FSharp

open DeepFun

/// <summary>Layers over channels and space: the module <c>Layers</c>, continued. A batch is [N, channels, sizes…], one example [channels, sizes…].</summary>
[<AutoOpen>]
module SpatialLayers =

    /// <summary>Layers over channels and space.</summary>
    [<RequireQualifiedAccess>]
    module Layers =

        // Convolutions

        /// <summary>A convolution of each channel by itself, with all options.</summary>
        /// <remarks>
        /// Arguments: axes, kernel, multiplier, strides, padding, dilations, bias, activation, initializers.
        /// Input: [C, in…]. Output: [C · multiplier, out…], out as for <c>convolutionOf</c>; the outputs of a channel stand together.
        /// Parameters: weight [C · multiplier, 1, kernel…], bias [C · multiplier]. State: none.
        /// Source: Chollet, arXiv:1610.02357; torch.nn.Conv2d with groups = C.
        /// </remarks>
        let depthwiseConvolutionOf (options: DepthwiseOptions) : Layer = DepthwiseConvolution.layer options

        let private depthwise axes (kernel: int) = depthwiseConvolutionOf (DepthwiseOptions.Of(axes, [| kernel |]))

        /// <summary>A convolution of each channel of sequences by itself: [C, L] → [C, L − kernel + 1]. As <c>depthwiseConvolutionOf</c>.</summary>
        let depthwiseConv1d (kernel: int) : Layer = depthwise 1 kernel

        /// <summary>A convolution of each channel of images by itself: [C, H, W] → [C, H − kernel + 1, W − kernel + 1].</summary>
        let depthwiseConv2d (kernel: int) : Layer = depthwise 2 kernel

        /// <summary>A convolution of each channel of volumes by itself: [C, D, H, W] → [C, D − kernel + 1, …].</summary>
        let depthwiseConv3d (kernel: int) : Layer = depthwise 3 kernel

        /// <summary>A depthwise convolution, then one of kernel 1 that mixes channels; with all options.</summary>
        /// <remarks>
        /// Arguments: filters, options of the depthwise part, bias, activation, initializers. Input: [C, in…]. Output: [filters, out…].
        /// Parameters: depthwise/weight [C · multiplier, 1, kernel…], pointwise/weight [filters, C · multiplier, 1…], pointwise/bias [filters].
        /// State: none. Source: Chollet, arXiv:1610.02357; Keras' SeparableConv2D.
        /// </remarks>
        let separableConvolutionOf (options: SeparableOptions) : Layer = DepthwiseConvolution.separable options

        let private separable axes filters (kernel: int) = separableConvolutionOf (SeparableOptions.Of(axes, filters, [| kernel |]))

        /// <summary>A separable convolution of sequences: [C, L] → [filters, L − kernel + 1]. As <c>separableConvolutionOf</c>.</summary>
        let separableConv1d (filters: int) (kernel: int) : Layer = separable 1 filters kernel

        /// <summary>A separable convolution of images: [C, H, W] → [filters, H − kernel + 1, W − kernel + 1].</summary>
        let separableConv2d (filters: int) (kernel: int) : Layer = separable 2 filters kernel

        /// <summary>A separable convolution of volumes: [C, D, H, W] → [filters, D − kernel + 1, …].</summary>
        let separableConv3d (filters: int) (kernel: int) : Layer = separable 3 filters kernel

        /// <summary>A transposed convolution with all options: each input puts down the kernel, scaled, and overlaps add up.</summary>
        /// <remarks>
        /// Arguments: filters, kernel, strides, padding, output padding, dilations, groups, bias, activation, initializers.
        /// Input: [C, in…]. Output: [filters, out…], out = (in − 1) stride − 2 padding + dilation (kernel − 1) + 1 + output padding; Same: in · stride.
        /// Parameters: weight [C, filters / groups, kernel…], bias [filters]. State: none. Errors: DF0901, DF0902.
        /// Source: Zeiler et al., Deconvolutional networks, CVPR 2010; torch.nn.ConvTranspose2d.
        /// </remarks>
        let transposedConvolutionOf (options: TransposedConvolutionOptions) : Layer = TransposedConvolution.layer options

        let private transposed axes filters (kernel: int) stride =
            transposedConvolutionOf { TransposedConvolutionOptions.Of(axes, filters, [| kernel |]) with Strides = [| stride |] }

        /// <summary>A transposed convolution of sequences: [C, L] → [filters, (L − 1) stride + kernel]. As <c>transposedConvolutionOf</c>.</summary>
        let convTranspose1d (filters: int) (kernel: int) (stride: int) : Layer = transposed 1 filters kernel stride

        /// <summary>A transposed convolution of images: [C, H, W] → [filters, (H − 1) stride + kernel, (W − 1) stride + kernel].</summary>
        let convTranspose2d (filters: int) (kernel: int) (stride: int) : Layer = transposed 2 filters kernel stride

        /// <summary>A transposed convolution of volumes: [C, D, H, W] → [filters, (D − 1) stride + kernel, …].</summary>
        let convTranspose3d (filters: int) (kernel: int) (stride: int) : Layer = transposed 3 filters kernel stride

        // Pooling

        /// <summary>Means of windows chosen so that the spatial axes get these sizes, one for each axis (1 to 3).</summary>
        /// <remarks>
        /// Arguments: sizes. Input: [C, in…]. Output: [C, sizes…]; window i of an axis runs from ⌊i in / size⌋ up to ⌈(i + 1) in / size⌉.
        /// Parameters and state: none. Source: torch.nn.AdaptiveAvgPool2d.
        /// </remarks>
        let adaptiveAveragePool (sizes: int seq) : Layer =
            ShapedPooling.adaptive "AdaptiveAveragePool" MorePooling.adaptiveAveragePool (Array.ofSeq sizes)

        /// <summary>Maxima of windows chosen so that the spatial axes get these sizes, one for each axis (1 to 3).</summary>
        /// <remarks>
        /// Arguments, input, output: as for <c>adaptiveAveragePool</c>. Parameters and state: none. Equal maxima share the derivative.
        /// Source: torch.nn.AdaptiveMaxPool2d.
        /// </remarks>
        let adaptiveMaxPool (sizes: int seq) : Layer =
            ShapedPooling.adaptive "AdaptiveMaxPool" MorePooling.adaptiveMaxPool (Array.ofSeq sizes)

        /// <summary>The p-norm of each window, (Σ |x|ᵖ)^(1/p), with all options.</summary>
        /// <remarks>
        /// Arguments: p, above 0; window and strides (padding: Valid only, neither dilations nor ceiling). Input: [C, in…]. Output: [C, out…]. Parameters and state: none.
        /// Source: torch.nn.LPPool2d. Deviation: |x|, so that odd p have a norm, too.
        /// </remarks>
        let lpPoolOf (p: float) (options: PoolingOptions) : Layer = ShapedPooling.power p options

        /// <summary>The p-norm of neighbouring windows of sequences: [C, L] → [C, L / window].</summary>
        let lpPool1d (p: float) (window: int) : Layer = lpPoolOf p (PoolingOptions.Of(1, [| window |]))

        /// <summary>The p-norm of neighbouring square windows: [C, H, W] → [C, H / window, W / window].</summary>
        let lpPool2d (p: float) (window: int) : Layer = lpPoolOf p (PoolingOptions.Of(2, [| window |]))

        /// <summary>The p-norm of neighbouring cubic windows: [C, D, H, W] → [C, D / window, …].</summary>
        let lpPool3d (p: float) (window: int) : Layer = lpPoolOf p (PoolingOptions.Of(3, [| window |]))

        // Borders, sizes and order

        /// <summary>A border around the last axes: (before, after) for each of them.</summary>
        /// <remarks>
        /// Arguments: what it is filled with; widths. Input: […, n…]. Output: […, before + n + after…]. Parameters and state: none.
        /// Errors: DF0901 axes that are too short to be mirrored. Source: torch.nn.ZeroPad2d, ReflectionPad2d, ReplicationPad2d, CircularPad2d.
        /// </remarks>
        let pad (border: Border) (widths: (int * int) seq) : Layer = Bordering.pad border (Array.ofSeq widths)

        /// <summary>Zeros around images, as many on each side: [C, H, W] → [C, H + 2 width, W + 2 width]. As <c>pad</c>.</summary>
        let zeroPad2d (width: int) : Layer = pad (Border.Constant 0.0) [ width, width; width, width ]

        /// <summary>The last axes without what is cut off them: (before, after) for each of them.</summary>
        /// <remarks>Arguments: widths. Input: […, n…]. Output: […, n − before − after…]. Parameters and state: none. Source: Keras' Cropping2D.</remarks>
        let crop (widths: (int * int) seq) : Layer = Bordering.crop (Array.ofSeq widths)

        /// <summary>The last axes made longer by these factors, one for each (1 to 3).</summary>
        /// <remarks>
        /// Arguments: interpolation; factors. Input: […, n…]. Output: […, n · factor…]. Parameters and state: none.
        /// Dtype: x's; where values are between places, integers give float32.
        /// Source: torch.nn.Upsample (Linear on two axes is its bilinear, on three its trilinear; LinearAligned is align_corners; Cubic on two its
        /// bicubic); cubic: Keys, 1981.
        /// </remarks>
        let upsample (interpolation: Interpolation) (factors: int seq) : Layer = Resizing.upsample interpolation (Array.ofSeq factors)

        /// <summary>The last axes brought to these sizes, one for each (1 to 3).</summary>
        /// <remarks>
        /// Arguments: interpolation; sizes. Input: […, n…]. Output: […, sizes…]. Parameters and state: none. Making axes shorter does not smooth.
        /// Source: torch.nn.functional.interpolate, Keras' Resizing.
        /// </remarks>
        let resize (interpolation: Interpolation) (sizes: int seq) : Layer = Resizing.resize interpolation (Array.ofSeq sizes)

        /// <summary>Channels turned into places: [C · factor², H, W] → [C, H · factor, W · factor].</summary>
        /// <remarks>
        /// Arguments: factor. Input, output: as above. Parameters and state: none.
        /// Source: Shi et al., arXiv:1609.05158; torch.nn.PixelShuffle.
        /// </remarks>
        let pixelShuffle (factor: int) : Layer = Rearranging.pixelShuffle factor

        /// <summary>Places turned into channels: [C, H · factor, W · factor] → [C · factor², H, W], the reverse of <c>pixelShuffle</c>.</summary>
        /// <remarks>Arguments: factor. Input, output: as above. Parameters and state: none. Source: torch.nn.PixelUnshuffle.</remarks>
        let pixelUnshuffle (factor: int) : Layer = Rearranging.pixelUnshuffle factor

        /// <summary>The channels of groups dealt out in turn: [C, …] → [C, …], channel g · (C / groups) + i becomes i · groups + g.</summary>
        /// <remarks>
        /// Arguments: groups. Input, output: as above. Parameters and state: none. Source: Zhang et al., arXiv:1707.01083; torch.nn.ChannelShuffle.
        /// </remarks>
        let channelShuffle (groups: int) : Layer = Rearranging.channelShuffle groups

        /// <summary>The axes of an example in another order: axis i of the output is axis axes[i] of the input.</summary>
        /// <remarks>Arguments: the numbers of all axes of an example. Input, output: as above. Parameters and state: none. Source: Keras' Permute.</remarks>
        let permute (axes: int seq) : Layer = Rearranging.permute (Array.ofSeq axes)

        /// <summary>The input itself.</summary>
        /// <remarks>Arguments: none. Input and output: any shape. Parameters and state: none. Source: torch.nn.Identity.</remarks>
        let identity: Layer = Layer.Function("Identity", id, (fun _ x -> x))
