using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Every layer of the façade on small inputs, with values worked out by hand.</summary>
public class LayerTests
{
    private static readonly Initializer One = Initializers.Constant(1);

    private static Tensor Count(params int[] sizes) =>
        Tensor.Arange(sizes.Aggregate(1, (a, b) => a * b)).Cast(DType.Float32).Reshape(sizes);

    private static Tensor Run(Layer layer, Tensor inputs)
    {
        int[] shape = [.. inputs.Shape.Skip(1)];
        var (parameters, state) = layer.Initialize(Key.FromSeed(0), shape);
        return layer.Forward(parameters, state, inputs);
    }

    private static readonly (string Name, Func<Layer> Layer, Func<Tensor> Inputs, int[] Shape, double[] Values)[] Rows =
    [
        ("Dense", () => Layers.Dense(2, initializer: One), () => Count(1, 3), [1, 2], [3, 3]),
        ("Dense", () => Layers.Dense(1, Activation.Relu, bias: false, Initializers.Constant(-1)), () => Count(1, 3), [1, 1], [0]),
        ("Conv1D", () => Layers.Conv1D(1, 2, initializer: One), () => Count(1, 1, 4), [1, 1, 3], [1, 3, 5]),
        ("Conv1D", () => Layers.Conv1D(2, 1, groups: 2, initializer: One), () => Count(1, 2, 2), [1, 2, 2], [0, 1, 2, 3]),
        ("Conv2D", () => Layers.Conv2D(1, 2, initializer: One), () => Count(1, 1, 3, 3), [1, 1, 2, 2], [8, 12, 20, 24]),
        ("Conv2D", () => Layers.Conv2D(1, 2, stride: 2, initializer: One), () => Count(1, 1, 3, 3), [1, 1, 1, 1], [8]),
        ("Conv2D", () => Layers.Conv2D(1, 2, dilation: 2, initializer: One), () => Count(1, 1, 3, 3), [1, 1, 1, 1], [16]),
        (
            "Conv2D",
            () => Layers.Conv2D(1, 3, padding: WindowPadding.Same, initializer: One),
            () => Tensor.Ones(1, 1, 3, 3),
            [1, 1, 3, 3],
            [4, 6, 4, 6, 9, 6, 4, 6, 4]
        ),
        ("Conv3D", () => Layers.Conv3D(1, 2, initializer: One), () => Count(1, 1, 2, 2, 2), [1, 1, 1, 1, 1], [28]),
        ("MaxPool2D", () => Layers.MaxPool2D(2), () => Count(1, 1, 4, 4), [1, 1, 2, 2], [5, 7, 13, 15]),
        ("MaxPool2D", () => Layers.MaxPool2D(2, stride: 1), () => Count(1, 1, 3, 3), [1, 1, 2, 2], [4, 5, 7, 8]),
        ("AveragePool2D", () => Layers.AveragePool2D(2), () => Count(1, 1, 4, 4), [1, 1, 2, 2], [2.5, 4.5, 10.5, 12.5]),
        ("MaxPool1D", () => Layers.MaxPool1D(2), () => Count(1, 1, 4), [1, 1, 2], [1, 3]),
        ("AveragePool1D", () => Layers.AveragePool1D(2), () => Count(1, 1, 4), [1, 1, 2], [0.5, 2.5]),
        ("MaxPool1D", () => Layers.MaxPool1D(2, stride: 1, dilation: 2), () => Count(1, 1, 4), [1, 1, 2], [2, 3]),
        (
            "AveragePool1D",
            () => Layers.AveragePool1D(3, stride: 1, WindowPadding.Same, countPadding: false),
            () => Count(1, 1, 3),
            [1, 1, 3],
            [0.5, 1, 1.5]
        ),
        ("GlobalAveragePool", Layers.GlobalAveragePool, () => Count(1, 2, 2, 2), [1, 2], [1.5, 5.5]),
        ("MaxPool1D", () => Layers.MaxPool1D(2, ceiling: true), () => Count(1, 1, 3), [1, 1, 2], [1, 2]),
        ("MaxPool2D", () => Layers.MaxPool2D(2, ceiling: true), () => Count(1, 1, 3, 3), [1, 1, 2, 2], [4, 5, 7, 8]),
        ("MaxPool3D", () => Layers.MaxPool3D(2, ceiling: true), () => Count(1, 1, 2, 2, 3), [1, 1, 1, 1, 2], [10, 11]),
        ("AveragePool1D", () => Layers.AveragePool1D(2, ceiling: true), () => Count(1, 1, 3), [1, 1, 2], [0.5, 2]),
        ("AveragePool2D", () => Layers.AveragePool2D(2, ceiling: true), () => Count(1, 1, 3, 3), [1, 1, 2, 2], [2, 3.5, 6.5, 8]),
        ("AveragePool3D", () => Layers.AveragePool3D(2, ceiling: true), () => Count(1, 1, 2, 2, 3), [1, 1, 1, 1, 2], [5, 6.5]),
        ("GlobalMaxPool", Layers.GlobalMaxPool, () => Count(1, 2, 2, 2), [1, 2], [3, 7]),
        ("Flatten", Layers.Flatten, () => Count(1, 2, 2), [1, 4], [0, 1, 2, 3]),
        ("Reshape", () => Layers.Reshape(2, 2), () => Count(1, 4), [1, 2, 2], [0, 1, 2, 3]),
        ("Activate", () => Layers.Activate(Activation.LeakyRelu(0.1)), () => Count(1, 3) - 1, [1, 3], [-0.1, 0, 1]),
        ("Dropout", () => Layers.Dropout(0.5), () => Count(1, 3), [1, 3], [0, 1, 2]),
        ("BatchNorm", () => Layers.BatchNorm(epsilon: 3), () => Count(1, 3), [1, 3], [0, 0.5, 1]),
        ("BatchNorm", () => Layers.BatchNorm(epsilon: 3, affine: false), () => Count(1, 3), [1, 3], [0, 0.5, 1]),
        ("BatchNorm", () => Layers.BatchNorm(epsilon: 1e-12, runningStatistics: false), () => Count(2, 1), [2, 1], [-1, 1]),
        ("LayerNorm", () => Layers.LayerNorm(epsilon: 1e-9), () => Count(2, 2), [2, 2], [-1, 1, -1, 1]),
        (
            "LayerNorm",
            () => Layers.LayerNorm(axes: 2, epsilon: 0.75),
            () => Count(1, 2, 2),
            [1, 2, 2],
            [.. new[] { -1.5, -0.5, 0.5, 1.5 }.Select(d => d / Math.Sqrt(2))]
        ),
        ("Sequential", () => Model.Sequential(Layers.Flatten(), Layers.Dense(1, initializer: One)), () => Count(1, 2, 2), [1, 1], [6]),
        ("Residual", () => Model.Residual(Layers.Dense(2, initializer: One)), () => Count(1, 2), [1, 2], [1, 2]),
        (
            "Branch",
            () => Model.Branch(Layers.Dense(1, initializer: One), Layers.Activate(Activation.Linear)),
            () => Count(1, 2),
            [1, 3],
            [1, 0, 1]
        ),
        ("Function", () => Model.Function("Twice", x => x * 2), () => Count(1, 2), [1, 2], [0, 2]),
        (
            "Custom",
            () => Model.Custom("Shift", (key, shape) => Params.Of(("shift", Tensor.Full(3, [.. shape]))), (p, x) => x + p["shift"]),
            () => Count(1, 2),
            [1, 2],
            [3, 4]
        ),
    ];

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
    public void Gives_what_is_worked_out_by_hand(int row, string name)
    {
        Assert.Equal(name, Rows[row].Name);
        Close.Assert(Run(Rows[row].Layer(), Rows[row].Inputs()), Rows[row].Shape, Rows[row].Values);
    }

    [Fact]
    public void Every_layer_has_a_row()
    {
        HashSet<string> noLayers = ["Summary", "Initialize", "Forward", "ForwardTraining"];
        var all = new[] { typeof(DeepFun.Layers), typeof(Model) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(method => method.Name);
        Assert.Equal(
            [],
            all.Except(Rows.Select(row => row.Name)).Except(StructuredLayerTests.Names).Except(SequenceLayerTests.Names).Except(noLayers)
        );
    }

    [Fact]
    public void Dropout_drops_only_in_training_and_keeps_the_mean()
    {
        var dropout = Layers.Dropout(0.75);
        var (parameters, state) = dropout.Initialize(Key.FromSeed(0), 1000);
        var x = Tensor.Ones(100, 1000);
        var (first, _) = dropout.ForwardTraining(Key.FromSeed(1), parameters, state, x);
        Assert.Equal([0.0, 4.0], first.ToDoubles().Distinct().Order());
        Close.Assert(1, first.Mean().ToDouble(), 5 * Math.Sqrt(3 / 1e5));
        var (again, _) = dropout.ForwardTraining(Key.FromSeed(1), parameters, state, x);
        var (other, _) = dropout.ForwardTraining(Key.FromSeed(2), parameters, state, x);
        Assert.True(Close.SameBits(first, again));
        Assert.False(Close.SameBits(first, other));
    }

    [Fact]
    public void BatchNorm_learns_running_statistics_in_training()
    {
        var layer = Layers.BatchNorm(momentum: 0.1, epsilon: 1e-12);
        var (parameters, state) = layer.Initialize(Key.FromSeed(0), 1);
        var (output, next) = layer.ForwardTraining(Key.FromSeed(1), parameters, state, Tensor.From([1f, 3f], 2, 1));
        Close.Assert(output, [2, 1], [-1, 1]);
        // Mean 0.9 · 0 + 0.1 · 2; variance 0.9 · 1 + 0.1 · 2 (divided by n − 1, as in PyTorch).
        Assert.Equal([0.2, 1.1], next.Entries.Where(e => e.Value.DType == DType.Float32).Select(e => Math.Round(e.Value.ToDouble(), 6)));
    }

    [Fact]
    public void A_part_of_a_model_that_does_not_fit_is_named_by_its_path()
    {
        var model = Model.Sequential(("body", Model.Sequential(Layers.Flatten(), Layers.Conv2D(1, 3))), ("head", Layers.Dense(2)));
        var error = Close.Fails("DF0901", () => model.Summary(1, 8, 8));
        Assert.Contains("layer body/1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("[64]", error.Message, StringComparison.Ordinal);
        Close.Fails("DF0901", () => Model.Residual(Layers.Dense(3)).Summary(4));
    }

    [Fact]
    public void A_residual_block_keeps_its_parameters_and_its_shape()
    {
        var block = Model.Residual(Model.Sequential(("up", Layers.Dense(8)), ("down", Layers.Dense(4))));
        var (parameters, _) = block.Initialize(Key.FromSeed(0), 4);
        Assert.Equal(["up/weight", "up/bias", "down/weight", "down/bias"], parameters.Entries.Select(e => e.Key));
        Assert.Equal(4 * 8 + 8 + 8 * 4 + 4, parameters.Count);
    }

    [Fact]
    public void Biases_begin_as_they_are_told()
    {
        var two = Initializers.Constant(2);
        (Layer Layer, int[] Shape)[] told =
        [
            (Layers.Dense(2, initializer: One, biasInitializer: two), [3]),
            (Layers.Dense(2, biasInitializer: two), [3]),
            (Layers.Bilinear(2, 2, biasInitializer: two), [3]),
            (Layers.Conv2D(2, 2, biasInitializer: two), [1, 3, 3]),
            (Layers.DepthwiseConv1D(2, initializer: One, biasInitializer: two), [1, 3]),
            (Layers.SeparableConv3D(2, 2, biasInitializer: two), [1, 3, 3, 3]),
            (Layers.ConvTranspose2D(2, 2, biasInitializer: two), [1, 3, 3]),
            (Layers.Gru(2, layers: 2, biasInitializer: two), [3, 4]),
            (Layers.Lstm(2, initializer: One, biasInitializer: two), [3, 4]),
            (Layers.Rnn(2, biasInitializer: two), [3, 4]),
            (Layers.MultiHeadAttention(2, initializer: One, biasInitializer: two), [3, 4]),
        ];
        foreach (var (layer, shape) in told)
        {
            var (parameters, _) = layer.Initialize(Key.FromSeed(0), shape);
            var biases = parameters.Matching("**/bias");
            Assert.NotEmpty(biases);
            Assert.All(biases, bias => Assert.All(bias.Value.ToDoubles(), value => Assert.Equal(2, value)));
        }

        Assert.All(
            Layers.Dense(2, initializer: One).Initialize(Key.FromSeed(0), 3).Parameters["bias"].ToDoubles(),
            b => Assert.Equal(0, b)
        );
        Assert.All(Layers.Dense(2).Initialize(Key.FromSeed(0), 3).Parameters["bias"].ToDoubles(), b => Assert.NotEqual(0, b));
    }

    [Fact]
    public void Who_has_a_bias_has_its_initializer()
    {
        var without = new[] { typeof(DeepFun.Layers), typeof(Network) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(p => p.Name == "bias"))
            .Where(method =>
                method.GetParameters().All(p => p.Name != "initializer") || method.GetParameters().All(p => p.Name != "biasInitializer")
            )
            .Select(method => method.Name);
        Assert.Equal([], without);
    }

    [Fact]
    public void Initializers_have_their_spread()
    {
        // 300 → 500: n = 300, m = 500; 150,000 draws.
        (Initializer Initializer, double Variance)[] all =
        [
            (Initializers.GlorotUniform, 2.0 / 800),
            (Initializers.GlorotNormal, 2.0 / 800),
            (Initializers.HeUniform, 2.0 / 300),
            (Initializers.HeNormal, 2.0 / 300),
            (Initializers.LecunNormal, 1.0 / 300),
            (Initializers.PyTorch, 1.0 / 900),
            (Initializers.Normal(5, 2), 4),
            (Initializers.Uniform(-1, 3), 16.0 / 12),
        ];
        foreach (var (initializer, variance) in all)
        {
            var (parameters, _) = Layers.Dense(500, initializer: initializer).Initialize(Key.FromSeed(3), 300);
            Close.Assert(1, parameters["weight"].Variance().ToDouble() / variance, 0.02);
            Close.Assert(0, parameters["bias"].Abs().Max());
        }
    }
}
