using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Normalization of examples and of weights.</summary>
public static partial class Layers
{
    /// <summary>Each group of channels of an example gets mean 0 and variance 1, then scale and shift: [C, …] → [C, …].</summary>
    /// <param name="groups">Groups; they divide the channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether scale and shift of each channel are learned.</param>
    public static Layer GroupNorm(int groups, double epsilon = 1e-5, bool affine = true) =>
        FSharp.NormalizationLayers.Layers.groupNormOf(new GroupNormOptions(groups, epsilon, affine));

    /// <summary>Each channel of an example gets mean 0 and variance 1 over its space: [C, sizes…] → [C, sizes…].</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether scale and shift of each channel are learned.</param>
    /// <param name="runningStatistics">Whether running statistics are kept, and predicting uses them.</param>
    /// <param name="momentum">Weight of a new batch in the running statistics.</param>
    public static Layer InstanceNorm(double epsilon = 1e-5, bool affine = false, bool runningStatistics = false, double momentum = 0.1) =>
        FSharp.NormalizationLayers.Layers.instanceNormOf(new InstanceNormOptions(epsilon, affine, runningStatistics, momentum));

    /// <summary>The last axes of each example divided by their root mean square, then scaled.</summary>
    /// <param name="axes">How many of the last axes are normalized together.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="affine">Whether a scale is learned.</param>
    public static Layer RmsNorm(int axes = 1, double epsilon = 1e-6, bool affine = true) =>
        FSharp.NormalizationLayers.Layers.rmsNormOf(new RmsNormOptions(axes, epsilon, affine));

    /// <summary>Each channel divided by the size of its neighbours, (k + α mean(x²))^β: [C, …] → [C, …].</summary>
    /// <param name="size">Channels of a neighbourhood.</param>
    /// <param name="alpha">α.</param>
    /// <param name="beta">β.</param>
    /// <param name="k">k.</param>
    public static Layer LocalResponseNorm(int size, double alpha = 1e-4, double beta = 0.75, double k = 1) =>
        FSharp.NormalizationLayers.Layers.localResponseNormOf(new LocalResponseNormOptions(size, alpha, beta, k));

    /// <summary>The layer with direction and length of its weights learned apart: w = length · direction / |direction|.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="pattern">Paths of the weights, as for <c>Params.Matching</c>.</param>
    /// <exception cref="DeepFunException">DF0960 no path has the pattern (at Initialize).</exception>
    /// <example><code>
    /// var layer = Layers.WeightNorm(Layers.Dense(3));
    /// var (parameters, _) = layer.Initialize(Key.FromSeed(0), 4);
    /// Console.WriteLine(string.Join(", ", parameters.Entries.Select(e => e.Key))); // weight/direction, weight/length, bias
    /// </code></example>
    public static Layer WeightNorm(Layer layer, string pattern = "**/weight") =>
        FSharp.NormalizationLayers.Layers.weightNormOf(pattern, layer);

    /// <summary>The layer with its weights divided by their largest singular value.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="iterations">Iterations of the power method in each step of training.</param>
    /// <param name="pattern">Paths of the weights, as for <c>Params.Matching</c>.</param>
    /// <exception cref="DeepFunException">DF0960 no path has the pattern (at Initialize).</exception>
    public static Layer SpectralNorm(Layer layer, int iterations = 1, string pattern = "**/weight") =>
        FSharp.NormalizationLayers.Layers.spectralNormOf(iterations, pattern, layer);
}
