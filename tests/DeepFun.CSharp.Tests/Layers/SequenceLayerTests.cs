using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Layers over sequences from C#: shapes, parameters, and values worked out by hand.</summary>
public class SequenceLayerTests
{
    private static readonly Initializer Zero = Initializers.Constant(0);

    /// <summary>The door, a layer made by it, an example's shape, the output's, and paths of some parameters with their shapes.</summary>
    private static readonly (string Name, Layer Layer, int[] Input, int[] Output, (string Path, int[] Shape)[] Parameters)[] Rows =
    [
        ("Lstm", Layers.Lstm(5), [7, 3], [7, 5], [("0/forward/input/weight", [3, 20]), ("0/forward/state/weight", [5, 20])]),
        (
            "Lstm",
            Layers.Lstm(5, layers: 2, bidirectional: true, sequences: false, dropout: 0.1),
            [7, 3],
            [10],
            [("1/backward/input/weight", [10, 20]), ("1/backward/input/bias", [20])]
        ),
        ("Gru", Layers.Gru(4), [7, 3], [7, 4], [("0/forward/input/bias", [12]), ("0/forward/state/bias", [4])]),
        ("Rnn", Layers.Rnn(4, Activation.Relu, bias: false), [7, 3], [7, 4], [("0/forward/state/weight", [4, 4])]),
        (
            "MultiHeadAttention",
            Layers.MultiHeadAttention(heads: 4, keyValueHeads: 2, causal: true, rotary: true),
            [5, 16],
            [5, 16],
            [("query/weight", [16, 16]), ("key/weight", [16, 8]), ("output/bias", [16])]
        ),
        (
            "TransformerEncoder",
            Layers.TransformerEncoder(heads: 4, feedForward: 12),
            [5, 8],
            [5, 8],
            [("attention/query/weight", [8, 8]), ("feedForward/hidden/weight", [8, 12]), ("attentionNorm/scale", [8])]
        ),
        (
            "TransformerEncoder",
            Layers.TransformerEncoder(heads: 2, feedForward: 12, layers: 3, dropout: 0.1, causal: true),
            [5, 8],
            [5, 8],
            [("attention/query/weight", [3, 8, 8])]
        ),
        ("SinusoidalPositions", Layers.SinusoidalPositions(), [5, 8], [5, 8], []),
        ("PositionEmbedding", Layers.PositionEmbedding(6), [5, 8], [5, 8], [("weight", [6, 8])]),
        ("Repeat", Model.Repeat(3, Layers.Dense(4, Activation.Tanh)), [4], [4], [("weight", [3, 4, 4]), ("bias", [3, 4])]),
        (
            "Define",
            Model.Define("gate", (parts, x) => parts.Apply("a", Layers.Dense(3), x) * parts.Apply("b", Layers.Dense(3), x)),
            [4],
            [3],
            [("a/weight", [4, 3]), ("b/bias", [3])]
        ),
    ];

    /// <summary>The doors that have a row or a test here.</summary>
    internal static IEnumerable<string> Names => Rows.Select(row => row.Name).Concat(["Embedding", "EmbeddingBag", "Continue"]);

    public static TheoryData<int, string> Numbered
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (var (row, i) in Rows.Select((row, i) => (row, i)))
                data.Add(i, row.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbered))]
    public void Has_the_announced_shapes(int row, string name)
    {
        var (door, layer, input, output, paths) = Rows[row];
        Assert.Equal(door, name);
        var (parameters, state) = layer.Initialize(Key.FromSeed(0), input);
        int[] batch = [2, .. input];
        var x = Tensor.Ones(batch);
        int[] expected = [2, .. output];
        Assert.Equal(expected, layer.Forward(parameters, state, x).Shape);
        var (trained, _) = layer.ForwardTraining(Key.FromSeed(1), parameters, state, x);
        Assert.Equal(expected, trained.Shape);
        foreach (var (path, shape) in paths)
            Assert.Equal(shape, parameters[path].Shape);
    }

    [Fact]
    public void An_lstm_by_hand()
    {
        // One unit, weights 0.5, biases 0, x = 1: i = f = o = σ(0.5), g = tanh(0.5), c = i g, h = o tanh(c); then with h and c of before.
        var layer = Layers.Lstm(1, initializer: Initializers.Constant(0.5));
        var (parameters, state) = layer.Initialize(Key.FromSeed(0), 2, 1);
        double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));
        double h = 0,
            c = 0;
        var expected = new double[2];
        for (var step = 0; step < 2; step++)
        {
            var a = 0.5 + 0.5 * h;
            c = Sigmoid(a) * c + Sigmoid(a) * Math.Tanh(a);
            h = Sigmoid(a) * Math.Tanh(c);
            expected[step] = h;
        }
        Close.Assert(layer.Forward(parameters, state, Tensor.Ones(1, 2, 1)), [1, 2, 1], expected);
    }

    [Fact]
    public void Embeddings_are_rows_of_a_table()
    {
        var table = Tensor.From([9.0, 9.0, 1.0, -2.0, 3.0, 4.0], 3, 2);
        var indices = Tensor.From([1, 2, 0], 1, 3);
        var parameters = Params.Of(("weight", table));
        Tensor Run(Layer layer) => layer.Forward(parameters, Params.Empty, indices);
        Close.Assert(Run(Layers.Embedding(3, 2)), [1, 3, 2], [1, -2, 3, 4, 9, 9]);
        Close.Assert(Run(Layers.Embedding(3, 2, padding: 0)), [1, 3, 2], [1, -2, 3, 4, 0, 0]);
        Close.Assert(Run(Layers.EmbeddingBag(3, 2)), [1, 2], [13.0 / 3, 11.0 / 3]);
        Close.Assert(Run(Layers.EmbeddingBag(3, 2, BagReduction.Sum, padding: 0)), [1, 2], [4, 2]);
        Close.Assert(Run(Layers.EmbeddingBag(3, 2, BagReduction.Max, padding: 0)), [1, 2], [3, 4]);
        var (own, _) = Layers.Embedding(3, 2, initializer: Zero).Initialize(Key.FromSeed(0), 4);
        Close.Assert(own["weight"], [3, 2], new double[6]);
    }

    [Fact]
    public void A_model_with_a_cache_continues()
    {
        Layer Build(int cache) =>
            Model.Sequential(
                Layers.Embedding(5, 8),
                Layers.SinusoidalPositions(continued: cache > 0),
                Layers.TransformerEncoder(heads: 2, feedForward: 6, layers: 2, causal: true, cache: cache),
                Layers.Dense(5)
            );
        var tokens = Tensor.From([0, 3, 4, 1], 1, 4);
        var continued = Build(cache: 4);
        var (parameters, state) = continued.Initialize(Key.FromSeed(0), 4);
        var whole = Build(cache: 0);
        var expected = whole.Forward(parameters, whole.Initialize(Key.FromSeed(0), 4).State, tokens);
        for (var place = 0; place < 4; place++)
        {
            (var next, state) = continued.Continue(parameters, state, tokens.Slice(place, place + 1, axis: 1));
            Close.Assert(next, [1, 1, 5], expected.Slice(place, place + 1, axis: 1).ToDoubles(), 1e-5);
        }
    }

    [Fact]
    public void Attention_by_hand()
    {
        // Two keys, the first of which fits ln 3 better: weights 3/4 and 1/4.
        var queries = Tensor.From([Math.Log(3)], 1, 1);
        var keys = Tensor.From([1.0, 0.0], 2, 1);
        var values = Tensor.From([4.0, 8.0], 2, 1);
        Close.Assert(Attention.ScaledDotProduct(queries, keys, values), [1, 1], [5]);
        Close.Assert(Attention.ScaledDotProduct(queries, keys, values, scale: 0), [1, 1], [6]);
        Close.Assert(Attention.ScaledDotProduct(queries, keys, values, mask: Tensor.From([false, true], 1, 2)), [1, 1], [8]);
        Close.Assert(Attention.ScaledDotProduct(keys, keys, values, causal: true).Slice(0, 1), [1, 1], [4]);
        Close.Assert(Attention.Weights(queries, keys), [1, 2], [0.75, 0.25]);
        Close.Assert(Attention.LengthMask(Tensor.From([1, 0], 2), 2).Cast(DType.Float32), [2, 2], [1, 0, 0, 0]);
        Close.Assert(Attention.Sinusoidal(Tensor.From([0, 1], 2), 2), [2, 2], [0, 1, Math.Sin(1), Math.Cos(1)]);
        Close.Assert(Attention.Rotary(Tensor.From([1.0, 0.0], 1, 2), Tensor.From([1], 1)), [1, 2], [Math.Cos(1), Math.Sin(1)]);
    }

    [Fact]
    public void An_option_that_cannot_be_is_refused()
    {
        Close.Fails("DF0902", () => Layers.Lstm(0));
        Close.Fails("DF0902", () => Layers.Gru(2, initializer: Zero, dropout: 1));
        Close.Fails("DF0902", () => Layers.MultiHeadAttention(4, keyValueHeads: 3));
        Close.Fails("DF0901", () => Layers.TransformerEncoder(3, 8).Summary(5, 8));
    }
}
