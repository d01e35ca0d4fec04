namespace DeepFun;

/// <summary>Layers that disturb while training and do nothing otherwise.</summary>
public static partial class Layers
{
    /// <summary>Zeroes a share of the channels of sequences, [C, L], while training and scales the others.</summary>
    /// <param name="rate">The share, in [0, 1).</param>
    public static Layer Dropout1D(double rate) => FSharp.NormalizationLayers.Layers.dropout1d(rate);

    /// <summary>Zeroes a share of the channels of images, [C, H, W], while training and scales the others.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer Dropout2D(double rate) => FSharp.NormalizationLayers.Layers.dropout2d(rate);

    /// <summary>Zeroes a share of the channels of volumes, [C, D, H, W], while training and scales the others.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer Dropout3D(double rate) => FSharp.NormalizationLayers.Layers.dropout3d(rate);

    /// <summary>Dropout for selu: a share of the elements becomes selu's value at −∞, mean 0 and variance 1 are kept.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer AlphaDropout(double rate) => FSharp.NormalizationLayers.Layers.alphaDropout(rate);

    /// <summary>As AlphaDropout, with whole channels.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer FeatureAlphaDropout(double rate) => FSharp.NormalizationLayers.Layers.featureAlphaDropout(rate);

    /// <summary>Zeroes a share of whole examples while training and scales the others: stochastic depth, at the end of a residual part.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer DropPath(double rate) => FSharp.NormalizationLayers.Layers.dropPath(rate);

    /// <summary>Multiplies by normal numbers of mean 1 and variance rate / (1 − rate) while training.</summary>
    /// <inheritdoc cref="Dropout1D"/>
    public static Layer GaussianDropout(double rate) => FSharp.NormalizationLayers.Layers.gaussianDropout(rate);

    /// <summary>Adds normal numbers of mean 0 while training.</summary>
    /// <param name="deviation">Their standard deviation.</param>
    public static Layer GaussianNoise(double deviation) => FSharp.NormalizationLayers.Layers.gaussianNoise(deviation);
}
