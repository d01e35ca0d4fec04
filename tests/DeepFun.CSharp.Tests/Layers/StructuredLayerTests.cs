using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Special convolutions, pooling, normalization, regularization and shapes through the façade; values worked out by hand.</summary>
public class StructuredLayerTests
{
    private static readonly Initializer One = Initializers.Constant(1);

    private static Tensor Count(params int[] sizes) =>
        Tensor.Arange(sizes.Aggregate(1, (a, b) => a * b)).Cast(DType.Float32).Reshape(sizes);

    private static readonly double Root5 = Math.Sqrt(5);

    private static readonly (string Name, Func<Layer> Layer, Func<Tensor> Inputs, int[] Shape, double[] Values)[] Rows =
    [
        ("Bilinear", () => Layers.Bilinear(1, 1, initializer: One), () => Count(1, 3) + 1, [1, 1], [5]),
        ("DepthwiseConv1D", () => Layers.DepthwiseConv1D(2, initializer: One), () => Count(1, 2, 3), [1, 2, 2], [1, 3, 7, 9]),
        (
            "DepthwiseConv2D",
            () => Layers.DepthwiseConv2D(2, multiplier: 2, initializer: One),
            () => Count(1, 1, 2, 2),
            [1, 2, 1, 1],
            [6, 6]
        ),
        ("DepthwiseConv3D", () => Layers.DepthwiseConv3D(2, initializer: One), () => Count(1, 1, 2, 2, 2), [1, 1, 1, 1, 1], [28]),
        ("SeparableConv1D", () => Layers.SeparableConv1D(1, 2, initializer: One), () => Count(1, 2, 2), [1, 1, 1], [6]),
        ("SeparableConv2D", () => Layers.SeparableConv2D(2, 2, initializer: One), () => Count(1, 1, 2, 2), [1, 2, 1, 1], [6, 6]),
        (
            "SeparableConv3D",
            () => Layers.SeparableConv3D(1, 2, multiplier: 2, initializer: One),
            () => Count(1, 1, 2, 2, 2),
            [1, 1, 1, 1, 1],
            [56]
        ),
        ("ConvTranspose1D", () => Layers.ConvTranspose1D(1, 2, initializer: One), () => Count(1, 1, 3), [1, 1, 4], [0, 1, 3, 2]),
        (
            "ConvTranspose2D",
            () => Layers.ConvTranspose2D(1, 2, stride: 2, initializer: One),
            () => Count(1, 1, 1, 2),
            [1, 1, 2, 4],
            [0, 0, 1, 1, 0, 0, 1, 1]
        ),
        (
            "ConvTranspose3D",
            () => Layers.ConvTranspose3D(1, 1, stride: 2, outputPadding: 1, initializer: One),
            () => Count(1, 1, 1, 1, 1) + 3,
            [1, 1, 2, 2, 2],
            [3, 0, 0, 0, 0, 0, 0, 0]
        ),
        ("MaxPool3D", () => Layers.MaxPool3D(2), () => Count(1, 1, 2, 2, 2), [1, 1, 1, 1, 1], [7]),
        ("AveragePool3D", () => Layers.AveragePool3D(2), () => Count(1, 1, 2, 2, 2), [1, 1, 1, 1, 1], [3.5]),
        ("LpPool1D", () => Layers.LpPool1D(1, 2), () => Count(1, 1, 4), [1, 1, 2], [1, 5]),
        ("LpPool2D", () => Layers.LpPool2D(2, 2), () => Count(1, 1, 2, 2), [1, 1, 1, 1], [Math.Sqrt(14)]),
        ("LpPool3D", () => Layers.LpPool3D(1, 2, stride: 1), () => Count(1, 1, 2, 2, 2), [1, 1, 1, 1, 1], [28]),
        ("AdaptiveAveragePool", () => Layers.AdaptiveAveragePool(1, 2), () => Count(1, 1, 2, 2), [1, 1, 1, 2], [1, 2]),
        ("AdaptiveMaxPool", () => Layers.AdaptiveMaxPool(2), () => Count(1, 1, 5), [1, 1, 2], [2, 4]),
        ("Pad", () => Layers.Pad(Border.Circular, (1, 0)), () => Count(1, 3), [1, 4], [2, 0, 1, 2]),
        ("ZeroPad", () => Layers.ZeroPad(1), () => Count(1, 1, 1) + 5, [1, 3, 3], [0, 0, 0, 0, 5, 0, 0, 0, 0]),
        ("Crop", () => Layers.Crop((1, 1)), () => Count(1, 4), [1, 2], [1, 2]),
        ("Upsample", () => Layers.Upsample(2, axes: 1), () => Count(1, 2), [1, 4], [0, 0, 1, 1]),
        ("Resize", () => Layers.Resize(Interpolation.Linear, 4), () => Count(1, 2), [1, 4], [0, 0.25, 0.75, 1]),
        ("PixelShuffle", () => Layers.PixelShuffle(2), () => Count(1, 4, 1, 1), [1, 1, 2, 2], [0, 1, 2, 3]),
        ("PixelUnshuffle", () => Layers.PixelUnshuffle(2), () => Count(1, 1, 2, 2), [1, 4, 1, 1], [0, 1, 2, 3]),
        ("ChannelShuffle", () => Layers.ChannelShuffle(2), () => Count(1, 4), [1, 4], [0, 2, 1, 3]),
        ("Permute", () => Layers.Permute(1, 0), () => Count(1, 2, 2), [1, 2, 2], [0, 2, 1, 3]),
        ("Identity", Layers.Identity, () => Count(1, 2), [1, 2], [0, 1]),
        ("GroupNorm", () => Layers.GroupNorm(2, epsilon: 1e-9), () => Count(1, 4), [1, 4], [-1, 1, -1, 1]),
        ("InstanceNorm", () => Layers.InstanceNorm(epsilon: 1e-9), () => Count(1, 2, 2), [1, 2, 2], [-1, 1, -1, 1]),
        ("InstanceNorm", () => Layers.InstanceNorm(epsilon: 3, runningStatistics: true), () => Count(1, 1, 2), [1, 1, 2], [0, 0.5]),
        ("RmsNorm", () => Layers.RmsNorm(epsilon: 4.5), () => Count(1, 2), [1, 2], [0, 1 / Root5]),
        ("LocalResponseNorm", () => Layers.LocalResponseNorm(1, alpha: 1, beta: 1), () => Count(1, 3), [1, 3], [0, 0.5, 0.4]),
        ("WeightNorm", () => Layers.WeightNorm(Layers.Dense(1, initializer: One)), () => Count(1, 3), [1, 1], [3]),
        ("SpectralNorm", () => Layers.SpectralNorm(Layers.Dense(1, initializer: One)), () => Count(1, 4), [1, 1], [3]),
        ("Dropout1D", () => Layers.Dropout1D(0.5), () => Count(1, 1, 2), [1, 1, 2], [0, 1]),
        ("Dropout2D", () => Layers.Dropout2D(0.5), () => Count(1, 1, 1, 2), [1, 1, 1, 2], [0, 1]),
        ("Dropout3D", () => Layers.Dropout3D(0.5), () => Count(1, 1, 1, 1, 2), [1, 1, 1, 1, 2], [0, 1]),
        ("AlphaDropout", () => Layers.AlphaDropout(0.5), () => Count(1, 2), [1, 2], [0, 1]),
        ("FeatureAlphaDropout", () => Layers.FeatureAlphaDropout(0.5), () => Count(1, 1, 2), [1, 1, 2], [0, 1]),
        ("DropPath", () => Layers.DropPath(0.5), () => Count(1, 2), [1, 2], [0, 1]),
        ("GaussianDropout", () => Layers.GaussianDropout(0.5), () => Count(1, 2), [1, 2], [0, 1]),
        ("GaussianNoise", () => Layers.GaussianNoise(0.5), () => Count(1, 2), [1, 2], [0, 1]),
        ("PRelu", () => Layers.PRelu(perChannel: true), () => Count(1, 2) - 1, [1, 2], [-0.25, 0]),
        ("RRelu", () => Layers.RRelu(0.1, 0.3), () => Count(1, 2) - 1, [1, 2], [-0.2, 0]),
        ("Glu", () => Layers.Glu(), () => (Count(1, 2) * 0) + 3, [1, 1], [3 / (1 + Math.Exp(-3))]),
    ];

    /// <summary>The layers that have a row here.</summary>
    public static IEnumerable<string> Names => Rows.Select(row => row.Name);

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
        var (rowName, make, inputs, expectedShape, values) = Rows[row];
        Assert.Equal(name, rowName);
        var x = inputs();
        int[] shape = [.. x.Shape.Skip(1)];
        var layer = make();
        var (parameters, state) = layer.Initialize(Key.FromSeed(0), shape);
        Close.Assert(layer.Forward(parameters, state, x), expectedShape, values);
        Assert.Equal(expectedShape[1..], layer.ShapeAfter(shape).ToArray());
    }

    [Fact]
    public void Regularizers_act_in_training()
    {
        Layer[] all =
        [
            Layers.AlphaDropout(0.5),
            Layers.DropPath(0.5),
            Layers.GaussianDropout(0.5),
            Layers.GaussianNoise(0.5),
            Layers.RRelu(),
        ];
        var x = -Tensor.Ones(8, 3);
        foreach (var layer in all)
        {
            var (parameters, state) = layer.Initialize(Key.FromSeed(0), 3);
            var (learning, _) = layer.ForwardTraining(Key.FromSeed(1), parameters, state, x);
            Assert.False(Close.SameBits(layer.Forward(parameters, state, x), learning));
        }
    }

    [Fact]
    public void Frozen_and_tied_parameters_are_not_learned()
    {
        var model = Model.Sequential(("a", Layers.Dense(3)), ("b", Layers.Dense(3)));
        var (parameters, state) = model.Freeze("a/*").Initialize(Key.FromSeed(0), 3);
        Assert.Equal(["b/weight", "b/bias"], parameters.Entries.Select(e => e.Key));
        Assert.Equal([3, 3], state["frozen/a/weight"].Shape.ToArray());
        (parameters, _) = model.Tie("a/weight", "b/weight").Initialize(Key.FromSeed(0), 3);
        Assert.Equal(["a/weight", "a/bias", "b/bias"], parameters.Entries.Select(e => e.Key));
        Close.Fails("DF0960", () => model.Freeze("c/*").Initialize(Key.FromSeed(0), 3));
    }

    [Fact]
    public void Parameters_are_counted_mapped_and_split_by_pattern()
    {
        var (parameters, _) = Model.Sequential(Layers.Dense(4), Layers.Dense(2)).Initialize(Key.FromSeed(0), 3);
        Assert.Equal(6, parameters.CountOf("**/bias"));
        var mapped = parameters.MapMatching("0/*", (path, t) => path == "0/bias" ? t * 0 + 1 : t);
        Close.Assert(mapped["0/bias"], [4], [1, 1, 1, 1]);
        Assert.Same(parameters["1/bias"], mapped["1/bias"]);
        var (biases, rest) = parameters.Partition("**/bias");
        Assert.Equal(parameters.Entries.Select(e => e.Key), rest.Merge(biases).Entries.Select(e => e.Key));
        Assert.Same(mapped["0/bias"], parameters.Replace("0", mapped.Part("0"))["0/bias"]);
    }

    [Fact]
    public void Initializers_by_name_have_their_values()
    {
        Tensor Weight(Initializer initializer) =>
            Layers.Dense(4, initializer: initializer).Initialize(Key.FromSeed(3), 4).Parameters["weight"];
        Close.Assert(Weight(Initializers.Identity(2)), [4, 4], [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2]);
        var orthogonal = Weight(Initializers.Orthogonal());
        Close.Assert(0, (orthogonal.MatMul(orthogonal.Transpose()) - Tensor.Eye(4)).Abs().Max().ToDouble(), 1e-6);
        Assert.InRange(Weight(Initializers.TruncatedNormal(0, 0.5)).Abs().Max().ToDouble(), 0, 1);
        Assert.InRange(Weight(Initializers.LecunUniform).Abs().Max().ToDouble(), 0, Math.Sqrt(0.75));
        Assert.InRange(
            Weight(Initializers.VarianceScaling(2, FanMode.Average, DrawnFrom.Uniform)).Abs().Max().ToDouble(),
            0,
            Math.Sqrt(1.5)
        );
        var kernel = Layers.Conv1D(2, 3, initializer: Initializers.Dirac()).Initialize(Key.FromSeed(0), 2, 5).Parameters["weight"];
        Close.Assert(kernel, [2, 2, 3], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    [Fact]
    public void The_summary_as_html_is_well_formed()
    {
        var table = XElement.Parse(Model.Sequential(Layers.Dense(16), Layers.Dense(3)).SummaryHtml(4));
        Assert.Equal("131 parameters, input [4]", table.Element("caption")!.Value);
        Assert.Equal(3, table.Descendants("tr").Count());
    }
}
