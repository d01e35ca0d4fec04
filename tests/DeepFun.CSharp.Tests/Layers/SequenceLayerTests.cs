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
    ];

    /// <summary>The doors that have a row or a test here.</summary>
    internal static IEnumerable<string> Names => Rows.Select(row => row.Name);

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
        double h = 0, c = 0;
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
    public void An_option_that_cannot_be_is_refused()
    {
        Close.Fails("DF0902", () => Layers.Lstm(0));
        Close.Fails("DF0902", () => Layers.Gru(2, initializer: Zero, dropout: 1));
        Close.Fails("DF0902", () => Layers.MultiHeadAttention(4, keyValueHeads: 3));
        Close.Fails("DF0901", () => Layers.TransformerEncoder(3, 8).Summary(5, 8));
    }
}
