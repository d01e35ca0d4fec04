using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>The layers. Shapes are those of one example: images are [channels, height, width].</summary>
public static partial class Layers
{
    private static int[] Each(int size, int axes)
    {
        var sizes = new int[axes];
        Array.Fill(sizes, size);
        return sizes;
    }

    /// <summary>What biases begin with: what is chosen, zeros beside chosen weights, or the standard.</summary>
    private static Initializer OfBias(Initializer? chosen, Initializer? weights, Initializer standard) =>
        chosen ?? (weights is null ? standard : Initializers.Constant(0));

    /// <summary>x W + b on the last axis: [… , in] → [… , units].</summary>
    /// <param name="units">Outputs.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether b is learned.</param>
    /// <param name="initializer">Of W, while b begins at 0; default: PyTorch's, U(±1/√in) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    /// <exception cref="DeepFunException">DF0902 units below 1.</exception>
    /// <example><code>
    /// var layer = Layers.Dense(2, Activation.Relu, initializer: Initializers.Constant(0.5));
    /// var (parameters, state) = layer.Initialize(Key.FromSeed(0), 3);
    /// Console.WriteLine(layer.Forward(parameters, state, Tensor.Ones(1, 3))); // tensor([[1.5, 1.5]], float32, shape [1, 2])
    /// </code></example>
    public static Layer Dense(
        int units,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) =>
        FSharp.Layers.denseOf(
            new DenseOptions(
                units,
                activation ?? Activation.Linear,
                bias,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );

    /// <summary>Convolution over one axis: [C, L] → [filters, L′].</summary>
    /// <param name="filters">Output channels.</param>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between the kernel's taps.</param>
    /// <param name="groups">Channel groups that do not see each other.</param>
    /// <param name="activation">What follows; default: nothing.</param>
    /// <param name="bias">Whether a bias is added to each channel.</param>
    /// <param name="initializer">Of the kernel, while the bias begins at 0; default: PyTorch's, U(±1/√n) for both.</param>
    /// <param name="biasInitializer">Of the biases; default: zeros beside an initializer of the weights, else PyTorch's.</param>
    public static Layer Conv1D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Convolution(1, filters, kernel, stride, padding, dilation, groups, activation, bias, initializer, biasInitializer);

    /// <summary>Convolution over two axes: [C, H, W] → [filters, H′, W′].</summary>
    /// <inheritdoc cref="Conv1D"/>
    /// <example><code>
    /// var model = Model.Sequential(
    ///     Layers.Conv2D(32, kernel: 3, padding: WindowPadding.Same, activation: Activation.Relu),
    ///     Layers.MaxPool2D(2), Layers.Flatten(), Layers.Dense(10));
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), 1, 28, 28);
    /// Console.WriteLine(model.Forward(parameters, state, Tensor.Zeros(5, 1, 28, 28)).Shape); // [5, 10]
    /// </code></example>
    public static Layer Conv2D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Convolution(2, filters, kernel, stride, padding, dilation, groups, activation, bias, initializer, biasInitializer);

    /// <summary>Convolution over three axes: [C, D, H, W] → [filters, D′, H′, W′].</summary>
    /// <inheritdoc cref="Conv1D"/>
    public static Layer Conv3D(
        int filters,
        int kernel,
        int stride = 1,
        WindowPadding? padding = null,
        int dilation = 1,
        int groups = 1,
        Activation? activation = null,
        bool bias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null
    ) => Convolution(3, filters, kernel, stride, padding, dilation, groups, activation, bias, initializer, biasInitializer);

    private static Layer Convolution(
        int axes,
        int filters,
        int kernel,
        int stride,
        WindowPadding? padding,
        int dilation,
        int groups,
        Activation? activation,
        bool bias,
        Initializer? initializer,
        Initializer? biasInitializer
    ) =>
        FSharp.Layers.convolutionOf(
            new ConvolutionLayerOptions(
                axes,
                filters,
                Each(kernel, axes),
                Each(stride, axes),
                padding ?? WindowPadding.Valid,
                Each(dilation, axes),
                groups,
                bias,
                activation ?? Activation.Linear,
                initializer ?? Initializers.PyTorch,
                OfBias(biasInitializer, initializer, Initializers.PyTorch)
            )
        );

    /// <summary>The maximum of each window over the last two axes.</summary>
    /// <param name="window">Size of the window.</param>
    /// <param name="stride">Step between windows; default: the window's size.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between a window's places.</param>
    /// <param name="ceiling">
    /// Whether the number of windows is rounded up: one more where the last would leave elements that no window sees; what it has beyond the padding
    /// never counts.
    /// </param>
    public static Layer MaxPool2D(int window, int? stride = null, WindowPadding? padding = null, int dilation = 1, bool ceiling = false) =>
        FSharp.Layers.maxPoolOf(Pool(2, window, stride, padding, dilation, ceiling: ceiling));

    /// <summary>The mean of each window over the last two axes.</summary>
    /// <param name="window">Size of the window.</param>
    /// <param name="stride">Step between windows; default: the window's size.</param>
    /// <param name="padding">Default: none.</param>
    /// <param name="dilation">Step between a window's places.</param>
    /// <param name="countPadding">Whether padding counts as zeros, as in PyTorch; false: means are those of what is inside, as in Keras.</param>
    /// <param name="ceiling">
    /// Whether the number of windows is rounded up: one more where the last would leave elements that no window sees; what it has beyond the padding
    /// never counts.
    /// </param>
    public static Layer AveragePool2D(
        int window,
        int? stride = null,
        WindowPadding? padding = null,
        int dilation = 1,
        bool countPadding = true,
        bool ceiling = false
    ) => FSharp.Layers.averagePoolOf(Pool(2, window, stride, padding, dilation, countPadding, ceiling));

    /// <summary>The maximum of each window over the last axis.</summary>
    /// <inheritdoc cref="MaxPool2D"/>
    public static Layer MaxPool1D(int window, int? stride = null, WindowPadding? padding = null, int dilation = 1, bool ceiling = false) =>
        FSharp.Layers.maxPoolOf(Pool(1, window, stride, padding, dilation, ceiling: ceiling));

    /// <summary>The mean of each window over the last axis.</summary>
    /// <inheritdoc cref="AveragePool2D"/>
    public static Layer AveragePool1D(
        int window,
        int? stride = null,
        WindowPadding? padding = null,
        int dilation = 1,
        bool countPadding = true,
        bool ceiling = false
    ) => FSharp.Layers.averagePoolOf(Pool(1, window, stride, padding, dilation, countPadding, ceiling));

    internal static PoolingOptions Pool(
        int axes,
        int window,
        int? stride,
        WindowPadding? padding,
        int dilation = 1,
        bool countPadding = true,
        bool ceiling = false
    ) =>
        new(
            axes,
            Each(window, axes),
            Each(stride ?? window, axes),
            padding ?? WindowPadding.Valid,
            Each(dilation, axes),
            countPadding,
            ceiling
        );

    /// <summary>The mean over all spatial axes: [C, …] → [C].</summary>
    public static Layer GlobalAveragePool() => FSharp.Layers.globalAveragePool;

    /// <summary>The maximum over all spatial axes: [C, …] → [C].</summary>
    public static Layer GlobalMaxPool() => FSharp.Layers.globalMaxPool;

    /// <summary>All axes as one.</summary>
    public static Layer Flatten() => FSharp.Layers.flatten;

    /// <summary>The same elements under another shape (of one example).</summary>
    public static Layer Reshape(params int[] sizes) => FSharp.Layers.reshape(sizes);

    /// <summary>An activation as a layer of its own.</summary>
    public static Layer Activate(Activation activation) => FSharp.Layers.activation(activation);

    /// <summary>Zeroes a share of the elements while training and scales the others; does nothing otherwise.</summary>
    /// <param name="rate">The share, in [0, 1).</param>
    public static Layer Dropout(double rate) => FSharp.Layers.dropout(rate);

    /// <summary>Normalizes each channel (axis 1 of a batch) over batch and space, then scales and shifts.</summary>
    /// <param name="momentum">Weight of a new batch in the running statistics.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether scale and shift of each channel are learned.</param>
    /// <param name="runningStatistics">Whether running statistics are kept for predicting; false: it uses the batch's.</param>
    public static Layer BatchNorm(double momentum = 0.1, double epsilon = 1e-5, bool affine = true, bool runningStatistics = true) =>
        FSharp.Layers.batchNormOf(new BatchNormOptions(momentum, epsilon, affine, runningStatistics));

    /// <summary>Normalizes the last axes of each example, then scales and shifts.</summary>
    /// <param name="axes">How many of the last axes are normalized together.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether scale and shift are learned.</param>
    public static Layer LayerNorm(int axes = 1, double epsilon = 1e-5, bool affine = true) =>
        FSharp.Layers.layerNormOf(new LayerNormOptions(axes, epsilon, affine));
}
