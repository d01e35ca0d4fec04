using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Embeddings and positions.</summary>
public static partial class Layers
{
    /// <summary>A row of numbers for each index: integers […] → […, features].</summary>
    /// <param name="count">How many things are embedded: indices are 0 … count − 1.</param>
    /// <param name="features">Numbers for each.</param>
    /// <param name="padding">The index that means nothing: its row is zeros and learns nothing; default: none.</param>
    /// <param name="initializer">Default: as in PyTorch, normal with variance 1.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option; DF0941 indices that are not integers; DF0103 an index that is none of count.</exception>
    /// <example><code>
    /// var model = Model.Sequential(Layers.Embedding(1000, 16), Layers.Lstm(32, sequences: false), Layers.Dense(2));
    /// var (parameters, state) = model.Initialize(Key.FromSeed(0), 20);
    /// Console.WriteLine(model.Forward(parameters, state, Tensor.Zeros(8, 20).Cast(DType.Int32)).Shape); // [8, 2]
    /// </code></example>
    public static Layer Embedding(int count, int features, int? padding = null, Initializer? initializer = null) =>
        SequenceLayers.Layers.embeddingOf(SequenceInterop.Embedding(count, features, padding, initializer));

    /// <summary>One row for a bag of indices: integers […, size] → […, features].</summary>
    /// <param name="count">How many things are embedded: indices are 0 … count − 1.</param>
    /// <param name="features">Numbers for each.</param>
    /// <param name="reduction">How the rows become one; default: their mean.</param>
    /// <param name="padding">The index that fills up smaller bags; default: none.</param>
    /// <param name="initializer">Default: as in PyTorch, normal with variance 1.</param>
    /// <exception cref="DeepFunException">DF0902 a bad option; DF0941 indices that are not integers; DF0103 an index that is none of count.</exception>
    public static Layer EmbeddingBag(
        int count,
        int features,
        BagReduction? reduction = null,
        int? padding = null,
        Initializer? initializer = null
    ) =>
        SequenceLayers.Layers.embeddingBagOf(
            reduction ?? BagReduction.Mean,
            SequenceInterop.Embedding(count, features, padding, initializer)
        );

    /// <summary>Adds sines and cosines of the place: [T, features] → [T, features].</summary>
    /// <param name="continued">Whether each application goes on where the last one ended, as attention with a cache does.</param>
    public static Layer SinusoidalPositions(bool continued = false) => SequenceLayers.Layers.sinusoidalPositionsOf(continued);

    /// <summary>Adds a learned row for each place: [T, features] → [T, features].</summary>
    /// <param name="capacity">How many places there are.</param>
    /// <param name="continued">Whether each application goes on where the last one ended, as attention with a cache does.</param>
    /// <exception cref="DeepFunException">DF0902 a capacity below 1; DF0901 a longer sequence.</exception>
    public static Layer PositionEmbedding(int capacity, bool continued = false) =>
        SequenceLayers.Layers.positionEmbeddingOf(continued, capacity);
}
