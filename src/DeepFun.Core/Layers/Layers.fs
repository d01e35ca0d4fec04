namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// The layers. Images and sequences are [N, channels, sizes…]; a layer's shapes are those of one example, without N. Each has a short form,
/// one with an activation behind (<c>With</c>) where that is usual, and one with all options (<c>Of</c>).
/// </summary>
/// <example><c>Layers.conv2d 32 3 --&gt; Layers.relu --&gt; Layers.maxPool2d 2 --&gt; Layers.flatten --&gt; Layers.dense 10</c></example>
[<RequireQualifiedAccess>]
module Layers =

    // Linear maps

    /// <summary>A dense layer with all options: y = activation(x W + b) over the last axis.</summary>
    /// <remarks>
    /// Arguments: units, activation, bias, initializers. Input: […, inputs]. Output: […, units].
    /// Parameters: weight [inputs, units], bias [units]. State: none.
    /// </remarks>
    let denseOf (options: DenseOptions) : Layer = Dense.layer options

    /// <summary>y = x W + b over the last axis: [inputs] → [units]. Parameters: weight [inputs, units], bias [units].</summary>
    let dense (units: int) : Layer = denseOf (DenseOptions.Of units)

    /// <summary>y = activation(x W + b): [inputs] → [units]. Parameters: weight [inputs, units], bias [units].</summary>
    let denseWith (activation: Activation) (units: int) : Layer = denseOf { DenseOptions.Of units with Activation = activation }

    /// <summary>A convolution with all options, over 1 to 3 spatial axes: each filter slides over the input and sums products (the kernel is not flipped).</summary>
    /// <remarks>
    /// Arguments: filters, kernel, strides, padding, dilations, groups, bias, activation, initializers.
    /// Input: [C, in…]. Output: [filters, out…], out = ⌊(in + padding − dilation (kernel − 1) − 1) / stride⌋ + 1.
    /// Parameters: weight [filters, C / groups, kernel…], bias [filters]. State: none.
    /// Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.
    /// </remarks>
    let convolutionOf (options: ConvolutionLayerOptions) : Layer = Convolutional.layer options

    let private convolution axes filters kernel activation =
        convolutionOf { ConvolutionLayerOptions.Of(axes, filters, [| kernel |]) with Activation = activation }

    /// <summary>Convolution of sequences, stride 1, no padding: [C, L] → [filters, L − kernel + 1]. Parameters: weight [filters, C, kernel], bias [filters].</summary>
    let conv1d (filters: int) (kernel: int) : Layer = convolution 1 filters kernel Activation.Linear

    /// <summary>Convolution of images, stride 1, no padding: [C, H, W] → [filters, H − kernel + 1, W − kernel + 1]. Parameters: weight [filters, C, kernel, kernel], bias [filters].</summary>
    let conv2d (filters: int) (kernel: int) : Layer = convolution 2 filters kernel Activation.Linear

    /// <summary>Convolution of volumes, stride 1, no padding: [C, D, H, W] → [filters, D − kernel + 1, …]. Parameters: weight [filters, C, kernel, kernel, kernel], bias [filters].</summary>
    let conv3d (filters: int) (kernel: int) : Layer = convolution 3 filters kernel Activation.Linear

    /// <summary>As <c>conv1d</c>, with an activation behind.</summary>
    let conv1dWith (activation: Activation) (filters: int) (kernel: int) : Layer = convolution 1 filters kernel activation

    /// <summary>As <c>conv2d</c>, with an activation behind.</summary>
    let conv2dWith (activation: Activation) (filters: int) (kernel: int) : Layer = convolution 2 filters kernel activation

    /// <summary>As <c>conv3d</c>, with an activation behind.</summary>
    let conv3dWith (activation: Activation) (filters: int) (kernel: int) : Layer = convolution 3 filters kernel activation

    // Pooling

    /// <summary>The maximum of each window, with all options; the derivative goes to the first of equal maxima.</summary>
    /// <remarks>
    /// Arguments: window, strides, padding (which never wins), dilations, ceiling. Input: [C, in…]. Output: [C, out…],
    /// out = ⌊(in + padding − dilation (window − 1) − 1) / stride⌋ + 1; with ceiling ⌈…⌉ + 1, less one if the last window would start behind the input.
    /// Parameters and state: none.
    /// Errors: DF0902 options; DF0901 inputs beside which a window stands. Source: torch.nn.MaxPool2d.
    /// </remarks>
    let maxPoolOf (options: PoolingOptions) : Layer = Pooling.maximum options

    /// <summary>The mean of each window, with all options.</summary>
    /// <remarks>
    /// Arguments: window, strides, padding, dilations, whether padding counts as zeros (the default, as in PyTorch) or means are those of what is
    /// inside (count_include_pad = False; what Keras' Same does), ceiling. Input, output, errors: as <c>maxPoolOf</c>. Parameters and state: none.
    /// Source: torch.nn.AvgPool2d.
    /// </remarks>
    let averagePoolOf (options: PoolingOptions) : Layer = Pooling.average options

    /// <summary>The maximum of neighbouring windows: [C, L] → [C, L / window].</summary>
    let maxPool1d (window: int) : Layer = maxPoolOf (PoolingOptions.Of(1, [| window |]))

    /// <summary>The maximum of neighbouring square windows: [C, H, W] → [C, H / window, W / window].</summary>
    let maxPool2d (window: int) : Layer = maxPoolOf (PoolingOptions.Of(2, [| window |]))

    /// <summary>The maximum of neighbouring cubic windows: [C, D, H, W] → [C, D / window, …].</summary>
    let maxPool3d (window: int) : Layer = maxPoolOf (PoolingOptions.Of(3, [| window |]))

    /// <summary>The mean of neighbouring windows: [C, L] → [C, L / window].</summary>
    let averagePool1d (window: int) : Layer = averagePoolOf (PoolingOptions.Of(1, [| window |]))

    /// <summary>The mean of neighbouring square windows: [C, H, W] → [C, H / window, W / window].</summary>
    let averagePool2d (window: int) : Layer = averagePoolOf (PoolingOptions.Of(2, [| window |]))

    /// <summary>The mean of neighbouring cubic windows: [C, D, H, W] → [C, D / window, …].</summary>
    let averagePool3d (window: int) : Layer = averagePoolOf (PoolingOptions.Of(3, [| window |]))

    /// <summary>The mean of each channel: [C, sizes…] → [C].</summary>
    let globalAveragePool: Layer = Pooling.overall "GlobalAveragePool" (fun axes x -> meanOver axes x)

    /// <summary>The maximum of each channel: [C, sizes…] → [C]. Equal maxima share the derivative.</summary>
    let globalMaxPool: Layer = Pooling.overall "GlobalMaxPool" (fun axes x -> amaxOver axes x)

    // Shapes and functions

    /// <summary>All of an example along one axis: [C, H, W] → [C · H · W].</summary>
    let flatten: Layer = Structure.flatten

    /// <summary>The elements of an example under another shape; one size may be −1 and is computed.</summary>
    let reshape (sizes: int seq) : Layer = Structure.reshape (Array.ofSeq sizes)

    /// <summary>A function as a layer.</summary>
    /// <remarks>
    /// Arguments: name, for summaries; outputShape, from the shape of one example to the shape of one result; f, of the whole batch.
    /// Parameters and state: none.
    /// </remarks>
    let lambda (name: string) (outputShape: Shape -> Shape) (f: Tensor -> Tensor) : Layer =
        Layer.Function(name, outputShape, (fun _ x -> f x))

    /// <summary>An activation as a layer of its own.</summary>
    let activation (activation: Activation) : Layer = Structure.activation activation

    /// <summary>max(x, 0)</summary>
    let relu: Layer = activation Activation.Relu
    /// <summary>1 / (1 + e⁻ˣ)</summary>
    let sigmoid: Layer = activation Activation.Sigmoid
    /// <summary>tanh x</summary>
    let tanh: Layer = activation Activation.Tanh
    /// <summary>x Φ(x)</summary>
    let gelu: Layer = activation Activation.Gelu
    /// <summary>x · sigmoid x</summary>
    let silu: Layer = activation Activation.Silu
    /// <summary>log(1 + eˣ)</summary>
    let softplus: Layer = activation Activation.Softplus
    /// <summary>exp(x) / Σ exp(x) along the last axis. For a loss from logits leave it out.</summary>
    let softmax: Layer = activation Activation.Softmax
    /// <summary>log softmax along the last axis.</summary>
    let logSoftmax: Layer = activation Activation.LogSoftmax
    /// <summary>x where x &gt; 0, elsewhere slope · x.</summary>
    let leakyRelu (slope: float) : Layer = activation (Activation.LeakyRelu slope)
    /// <summary>x where x &gt; 0, elsewhere α (eˣ − 1).</summary>
    let elu (alpha: float) : Layer = activation (Activation.Elu alpha)

    // Normalization and regularization

    /// <summary>Batch normalization with all options: each channel (axis 1 of [N, C, …]) gets mean 0 and variance 1, then scale and bias.</summary>
    /// <remarks>
    /// Arguments: momentum (the share of the new batch in running statistics), epsilon, affine, whether running statistics are kept.
    /// Input and output: [C, …]. Parameters: scale [C] (1) and bias [C] (0), if affine. State: mean [C] (0) and variance [C] (1), running, if kept.
    /// While learning the batch's own mean and population variance are used, and the running ones updated (with the unbiased variance);
    /// predicting uses the running ones; without them, the batch's. Errors: DF0902 options; DF0921 fewer than 2 values of a channel in a batch.
    /// Source: Ioffe and Szegedy, arXiv:1502.03167; statistics as PyTorch keeps them.
    /// </remarks>
    let batchNormOf (options: BatchNormOptions) : Layer = Normalization.batchNorm options

    /// <summary>Batch normalization, momentum 0.1, epsilon 1e-5. Parameters: scale, bias [C]. State: mean, variance [C].</summary>
    let batchNorm: Layer = batchNormOf BatchNormOptions.Default

    /// <summary>Layer normalization with all options: the trailing axes of each example get mean 0 and variance 1, then scale and bias.</summary>
    /// <remarks>
    /// Arguments: number of trailing axes, epsilon, affine. Input and output: any shape with these axes.
    /// Parameters: scale (1) and bias (0) of the shape of these axes, if affine. State: none.
    /// Source: Ba, Kiros and Hinton, arXiv:1607.06450.
    /// </remarks>
    let layerNormOf (options: LayerNormOptions) : Layer = Normalization.layerNorm options

    /// <summary>Layer normalization over the last axis, epsilon 1e-5. Parameters: scale and bias, as long as that axis.</summary>
    let layerNorm: Layer = layerNormOf LayerNormOptions.Default

    /// <summary>While learning, each element is 0 with this probability, the others are scaled by 1 / (1 − rate); predicting changes nothing.</summary>
    /// <remarks>
    /// Arguments: rate, in [0, 1). Input and output: any shape. Parameters and state: none. Random numbers: the key of Mode.Training.
    /// Source: Srivastava et al., JMLR 2014, in its inverted form.
    /// </remarks>
    let dropout (rate: float) : Layer = StructuredDropout.elements rate
