using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Convolutions in special forms, and products of two inputs.</summary>
public static partial class Layers
{
    /// <summary>Σ xᵢ Wᵤᵢⱼ zⱼ + b of two vectors that stand one behind the other: [… , left + right] → [… , units].</summary>
    /// <param name="left">Size of the first vector.</param>
    /// <param name="units">Outputs.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether b is learned.</param>
    /// <param name="initializer">Of W, while b begins at 0; default: PyTorch's, U(±1/√left) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    /// <exception cref="DeepFunException">DF0902 left or units below 1; DF0901 no second vector.</exception>
    public static Layer Bilinear(
        int left,
        int units,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        FSharp.ActivationLayers.Layers.bilinearOf(
            new BilinearOptions(
                left,
                units,
                activation ?? Activation.Linear,
                bias,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );

    /// <summary>A convolution of each channel of sequences by itself: [C, L] → [C · multiplier, L′].</summary>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="multiplier">Outputs of each channel.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between the kernel's taps.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether a bias is added to each channel.</param>
    /// <param name="initializer">Of the kernel, while the bias begins at 0; default: PyTorch's, U(±1/√n) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    public static Layer DepthwiseConv1D(
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Depthwise(1, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    /// <summary>A convolution of each channel of images by itself: [C, H, W] → [C · multiplier, H′, W′].</summary>
    /// <inheritdoc cref="DepthwiseConv1D"/>
    /// <example><code>
    /// // As in MobileNet: each channel by itself, then all channels of each place.
    /// var block = Model.Sequential(Layers.DepthwiseConv2D(3, padding: WindowPadding.Same), Layers.Conv2D(8, 1, activation: Activation.Relu));
    /// Console.WriteLine(block.ShapeAfter(4, 16, 16)); // [8, 16, 16]
    /// </code></example>
    public static Layer DepthwiseConv2D(
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Depthwise(2, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    /// <summary>A convolution of each channel of volumes by itself: [C, D, H, W] → [C · multiplier, D′, H′, W′].</summary>
    /// <inheritdoc cref="DepthwiseConv1D"/>
    public static Layer DepthwiseConv3D(
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Depthwise(3, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    private static Layer Depthwise(
        int axes,
        int kernel,
        int multiplier,
        int stride,
        WindowPadding? padding,
        int dilation,
        Activation? activation,
        bool bias,
        Initializer? initializer,
        Initializer? biasInitializer
    ) =>
        FSharp.SpatialLayers.Layers.depthwiseConvolutionOf(
            new DepthwiseOptions(
                axes,
                Each(kernel, axes),
                multiplier,
                Each(stride, axes),
                padding ?? WindowPadding.Valid,
                Each(dilation, axes),
                bias,
                activation ?? Activation.Linear,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );

    /// <summary>A depthwise convolution of sequences, then one of kernel 1 that mixes channels: [C, L] → [filters, L′].</summary>
    /// <param name="filters">Output channels.</param>
    /// <param name="kernel">Size of the depthwise kernel.</param>
    /// <param name="multiplier">Outputs of each channel between the two.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between the kernel's taps.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether a bias is added to each filter.</param>
    /// <param name="initializer">Of both kernels, while the bias begins at 0; default: PyTorch's for all.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    public static Layer SeparableConv1D(
        int filters,
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Separable(1, filters, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    /// <summary>A depthwise convolution of images, then one of kernel 1 that mixes channels: [C, H, W] → [filters, H′, W′].</summary>
    /// <inheritdoc cref="SeparableConv1D"/>
    public static Layer SeparableConv2D(
        int filters,
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Separable(2, filters, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    /// <summary>A depthwise convolution of volumes, then one of kernel 1 that mixes channels: [C, D, H, W] → [filters, D′, H′, W′].</summary>
    /// <inheritdoc cref="SeparableConv1D"/>
    public static Layer SeparableConv3D(
        int filters,
        int kernel,
        int multiplier = 1,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Separable(3, filters, kernel, multiplier, stride, padding, dilation, activation, bias, initializer, biasInitializer);

    private static Layer Separable(
        int axes,
        int filters,
        int kernel,
        int multiplier,
        int stride,
        WindowPadding? padding,
        int dilation,
        Activation? activation,
        bool bias,
        Initializer? initializer,
        Initializer? biasInitializer
    ) =>
        FSharp.SpatialLayers.Layers.separableConvolutionOf(
            new SeparableOptions(
                filters,
                new DepthwiseOptions(
                    axes,
                    Each(kernel, axes),
                    multiplier,
                    Each(stride, axes),
                    padding ?? WindowPadding.Valid,
                    Each(dilation, axes),
                    bias: false,
                    Activation.Linear,
                    initializer ?? Initializers.PyTorch,
                    Initializers.PyTorch
                ),
                bias,
                activation ?? Activation.Linear,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );

    /// <summary>A transposed convolution of sequences, each input puts down the kernel: [C, L] → [filters, L′].</summary>
    /// <param name="filters">Output channels.</param>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="stride">Step between the places where the kernel is put down.</param>
    /// <param name="padding">What is cut off the output; Same: as much as makes it input · stride long. Default: nothing.</param>
    /// <param name="outputPadding">Zeros added behind, less than the stride.</param>
    /// <param name="dilation">Step between the kernel's taps.</param>
    /// <param name="groups">Channel groups that do not see each other.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether a bias is added to each channel.</param>
    /// <param name="initializer">Of the kernel, while the bias begins at 0; default: PyTorch's, U(±1/√n) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    public static Layer ConvTranspose1D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int outputPadding = 0,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Transposed(1, filters, kernel, stride, padding, outputPadding, dilation, groups, activation, bias, initializer, biasInitializer);

    /// <summary>A transposed convolution of images: [C, H, W] → [filters, H′, W′].</summary>
    /// <inheritdoc cref="ConvTranspose1D"/>
    /// <example><code>
    /// var larger = Layers.ConvTranspose2D(3, kernel: 4, stride: 2, padding: WindowPadding.Same);
    /// Console.WriteLine(larger.ShapeAfter(8, 7, 7)); // [3, 14, 14]
    /// </code></example>
    public static Layer ConvTranspose2D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int outputPadding = 0,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Transposed(2, filters, kernel, stride, padding, outputPadding, dilation, groups, activation, bias, initializer, biasInitializer);

    /// <summary>A transposed convolution of volumes: [C, D, H, W] → [filters, D′, H′, W′].</summary>
    /// <inheritdoc cref="ConvTranspose1D"/>
    public static Layer ConvTranspose3D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int outputPadding = 0,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Transposed(3, filters, kernel, stride, padding, outputPadding, dilation, groups, activation, bias, initializer, biasInitializer);

    private static Layer Transposed(
        int axes,
        int filters,
        int kernel,
        int stride,
        WindowPadding? padding,
        int outputPadding,
        int dilation,
        int groups,
        Activation? activation,
        bool bias,
        Initializer? initializer,
        Initializer? biasInitializer
    ) =>
        FSharp.SpatialLayers.Layers.transposedConvolutionOf(
            new TransposedConvolutionOptions(
                axes,
                filters,
                Each(kernel, axes),
                Each(stride, axes),
                padding ?? WindowPadding.Valid,
                Each(outputPadding, axes),
                Each(dilation, axes),
                groups,
                bias,
                activation ?? Activation.Linear,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );
}
