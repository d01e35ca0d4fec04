using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Pooling over three axes, to sizes that are given, and of powers.</summary>
public static partial class Layers
{
    /// <summary>The maximum of each window over the last three axes.</summary>
    /// <inheritdoc cref="MaxPool2D"/>
    public static Layer MaxPool3D(int window, int? stride = null, WindowPadding? padding = null, int dilation = 1, bool ceiling = false) =>
        FSharp.Layers.maxPoolOf(Pool(3, window, stride, padding, dilation, ceiling: ceiling));

    /// <summary>The mean of each window over the last three axes.</summary>
    /// <inheritdoc cref="AveragePool2D"/>
    public static Layer AveragePool3D(
        int window,
        int? stride = null,
        WindowPadding? padding = null,
        int dilation = 1,
        bool countPadding = true,
        bool ceiling = false
    ) => FSharp.Layers.averagePoolOf(Pool(3, window, stride, padding, dilation, countPadding, ceiling));

    /// <summary>The p-norm of each window over the last axis, (Σ |x|ᵖ)^(1/p).</summary>
    /// <param name="p">The power, above 0.</param>
    /// <param name="window">Size of the window.</param>
    /// <param name="stride">Step between windows; default: the window's size.</param>
    /// <exception cref="DeepFunException">DF0902 a power of 0 or below.</exception>
    public static Layer LpPool1D(double p, int window, int? stride = null) =>
        FSharp.SpatialLayers.Layers.lpPoolOf(p, Pool(1, window, stride, null));

    /// <summary>The p-norm of each window over the last two axes.</summary>
    /// <inheritdoc cref="LpPool1D"/>
    public static Layer LpPool2D(double p, int window, int? stride = null) =>
        FSharp.SpatialLayers.Layers.lpPoolOf(p, Pool(2, window, stride, null));

    /// <summary>The p-norm of each window over the last three axes.</summary>
    /// <inheritdoc cref="LpPool1D"/>
    public static Layer LpPool3D(double p, int window, int? stride = null) =>
        FSharp.SpatialLayers.Layers.lpPoolOf(p, Pool(3, window, stride, null));

    /// <summary>Means of windows chosen so that the spatial axes get these sizes: [C, …] → [C, sizes…].</summary>
    /// <param name="sizes">One for each spatial axis, 1 to 3.</param>
    /// <example><code>
    /// var pool = Layers.AdaptiveAveragePool(2);
    /// var (parameters, state) = pool.Initialize(Key.FromSeed(0), 1, 4);
    /// Console.WriteLine(pool.Forward(parameters, state, Tensor.Vector(1, 3, 5, 7).Reshape(1, 1, 4))); // tensor([[[2., 6.]]], float32, shape [1, 1, 2])
    /// </code></example>
    public static Layer AdaptiveAveragePool(params int[] sizes) => FSharp.SpatialLayers.Layers.adaptiveAveragePool(sizes);

    /// <summary>Maxima of windows chosen so that the spatial axes get these sizes: [C, …] → [C, sizes…].</summary>
    /// <param name="sizes">One for each spatial axis, 1 to 3.</param>
    public static Layer AdaptiveMaxPool(params int[] sizes) => FSharp.SpatialLayers.Layers.adaptiveMaxPool(sizes);
}
