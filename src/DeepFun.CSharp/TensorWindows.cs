using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Products over axes, convolutions and windows over the trailing axes, as methods. An array has one number for all axes, or one for each.</summary>
public static class TensorWindows
{
    /// <summary>Sums products over pairs of axes: x's and y's axes in these lists meet, in order.</summary>
    /// <exception cref="DeepFunException">DF0129 axes that do not fit.</exception>
    public static Tensor TensorDot(this Tensor x, Tensor y, int[] xAxes, int[] yAxes) => Contraction.tensordot(xAxes, yAxes, x, y);

    /// <summary>xᵢ yⱼ of two vectors, also in batches.</summary>
    public static Tensor Outer(this Tensor x, Tensor y) => Contraction.outer(x, y);

    /// <summary>Convolution over 1 to 3 spatial axes, the kernel not flipped: x [N, C, in…], weight [O, C / groups, kernel…].</summary>
    /// <exception cref="DeepFunException">DF0121 channels that do not fit; DF0125 ranks.</exception>
    /// <example><code>
    /// var image = Tensor.Arange(9).Cast(DType.Float32).Reshape(1, 1, 3, 3);
    /// Console.WriteLine(image.Convolution(Tensor.Ones(1, 1, 2, 2)).Flatten()); // tensor([ 8., 12., 20., 24.], float32, shape [4])
    /// Console.WriteLine(image.MaxPool([2], strides: [1]).Shape); // [1, 1, 3, 2]
    /// </code></example>
    public static Tensor Convolution(
        this Tensor x,
        Tensor weight,
        int[]? strides = null,
        int[]? padding = null,
        int[]? dilations = null,
        int groups = 1
    ) => Contraction.convolution(Options(strides, padding, dilations, groups), x, weight);

    /// <summary>The transpose of a convolution in its input: x [N, O, in…], weight [O, C / groups, kernel…] → [N, C, out…].</summary>
    /// <exception cref="DeepFunException">DF0121 channels that do not fit; DF0125 ranks; DF0126 an output padding of the stride or more.</exception>
    public static Tensor ConvolutionTranspose(
        this Tensor x,
        Tensor weight,
        int[]? strides = null,
        int[]? padding = null,
        int[]? outputPadding = null,
        int[]? dilations = null,
        int groups = 1
    ) => Contraction.convolutionTranspose(Options(strides, padding, dilations, groups), outputPadding ?? [0], x, weight);

    private static Contraction.ConvolutionOptions Options(int[]? strides, int[]? padding, int[]? dilations, int groups) =>
        new(strides ?? [1], padding ?? [0], dilations ?? [1], groups);

    /// <summary>
    /// The maximum of each window; strides are the window's sizes unless given. NaN wins, padding never. With ceiling the number of windows is
    /// rounded up, as in PyTorch's ceil_mode.
    /// </summary>
    /// <exception cref="DeepFunException">DF0122 a window that does not fit.</exception>
    public static Tensor MaxPool(
        this Tensor x,
        int[] window,
        int[]? strides = null,
        int[]? padding = null,
        int[]? dilations = null,
        bool ceiling = false
    ) => x.MaxPoolWithIndices(window, strides, padding, dilations, ceiling).Values;

    /// <summary>The maximum of each window, and the flat index (int32) of each within the spatial axes.</summary>
    /// <exception cref="DeepFunException">DF0122 a window that does not fit.</exception>
    public static (Tensor Values, Tensor Indices) MaxPoolWithIndices(
        this Tensor x,
        int[] window,
        int[]? strides = null,
        int[]? padding = null,
        int[]? dilations = null,
        bool ceiling = false
    ) =>
        (
            ceiling
                ? MorePooling.maxPoolCeiling(window, strides ?? window, padding ?? [0], dilations ?? [1], x)
                : MorePooling.maxPoolDilated(window, strides ?? window, padding ?? [0], dilations ?? [1], x)
        ).ToValueTuple();

    /// <summary>Maxima put back where they came from, zeros elsewhere.</summary>
    /// <exception cref="DeepFunException">DF0154 shapes that do not fit.</exception>
    public static Tensor MaxUnpool(this Tensor x, Tensor indices, params int[] sizes) => MorePooling.maxUnpool(sizes, indices, x);

    /// <summary>The sum of each window; strides are the window's sizes unless given.</summary>
    public static Tensor SumPool(this Tensor x, int[] window, int[]? strides = null, int[]? padding = null) =>
        Windows.sumPool(window, strides ?? window, padding ?? [0], x);

    /// <summary>The mean of each window; padding counts as zeros, or not at all. With ceiling the number of windows is rounded up, as in PyTorch's ceil_mode.</summary>
    /// <exception cref="DeepFunException">DF0122 a window that does not fit.</exception>
    public static Tensor AveragePool(
        this Tensor x,
        int[] window,
        int[]? strides = null,
        int[]? padding = null,
        bool countPadding = true,
        bool ceiling = false
    ) =>
        ceiling ? MorePooling.averagePoolCeiling(countPadding, window, strides ?? window, padding ?? [0], x)
        : countPadding ? Windows.averagePool(window, strides ?? window, padding ?? [0], x)
        : MorePooling.averagePoolInside(window, strides ?? window, padding ?? [0], x);

    /// <summary>The p-norm of each window; strides are the window's sizes unless given.</summary>
    /// <exception cref="DeepFunException">DF0126 p of 0 or below.</exception>
    public static Tensor LpPool(this Tensor x, double p, int[] window, int[]? strides = null) =>
        MorePooling.lpPool(p, window, strides ?? window, x);

    /// <summary>Means of windows chosen so that the trailing axes get these sizes.</summary>
    public static Tensor AdaptiveAveragePool(this Tensor x, params int[] sizes) => MorePooling.adaptiveAveragePool(sizes, x);

    /// <summary>Maxima of windows chosen so that the trailing axes get these sizes.</summary>
    public static Tensor AdaptiveMaxPool(this Tensor x, params int[] sizes) => MorePooling.adaptiveMaxPool(sizes, x);
}
