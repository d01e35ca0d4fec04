using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Models of several tensors from C#.</summary>
public class NetworkTests
{
    private static readonly Initializer One = Initializers.Constant(1);

    private sealed record Pair(Tensor Left, Tensor Right);

    [Fact]
    public void Two_heads_are_trained_together()
    {
        var model = Network.Define(
            "two heads",
            (Parts parts, Tensor x) =>
            {
                var trunk = parts.Apply("trunk", Layers.Dense(8, Activation.Tanh), x);
                return (Sum: parts.Apply("sum", Layers.Dense(1), trunk), Difference: parts.Apply("difference", Layers.Dense(1), trunk));
            }
        );
        var x = Tensor.From([0.1f, 0.2f, 0.5f, -0.3f, -0.4f, 0.6f], 3, 2);
        var (sums, differences) = (x.Sum(1).Reshape(3, 1), x.Slice(0, 1, axis: 1) - x.Slice(1, 2, axis: 1));
        var (parameters, state) = model.Initialize(Key.FromSeed(0), x);
        Assert.Equal(
            [
                [3, 1],
                [3, 1],
            ],
            model.OutputShapes(x).Select(e => e.Value.ToArray())
        );
        Tensor Loss(Params p)
        {
            var (sum, difference) = model.Forward(p, state, x);
            return (sum - sums).Square().Mean() + (difference - differences).Square().Mean();
        }
        var first = Loss(parameters).ToDouble();
        for (var step = 0; step < 100; step++)
        {
            var gradients = Differentiate.Grad<Params>(Loss)(parameters);
            parameters = Trees.Map(parameters, gradients, (w, g) => w - 0.1 * g);
        }
        Assert.InRange(Loss(parameters).ToDouble(), 0, first / 20);
    }

    [Fact]
    public void A_name_used_twice_shares_and_records_are_inputs()
    {
        var twin = Network.Define(
            "twin",
            (Parts parts, Pair pair) =>
                parts.Apply("encoder", Layers.Dense(1, initializer: One), pair.Left)
                - parts.Apply("encoder", Layers.Dense(1, initializer: One), pair.Right)
        );
        var pair = new Pair(Tensor.From([1.0, 2.0], 1, 2), Tensor.From([0.5, 1.0], 1, 2));
        var (parameters, state) = twin.Initialize(Key.FromSeed(0), pair);
        Assert.Equal(["encoder/weight", "encoder/bias"], parameters.Entries.Select(e => e.Key));
        Close.Assert(twin.Forward(parameters, state, pair), [1, 1], [1.5]);
        var (trained, _) = twin.ForwardTraining(Key.FromSeed(1), parameters, state, pair);
        Close.Assert(trained, [1, 1], [1.5]);
    }

    [Fact]
    public void Masks_lengths_and_memories_are_inputs()
    {
        var x = Tensor.Ones(2, 3, 4);
        var lstm = Network.Recurrent(RecurrentKind.Lstm, 5);
        var sequences = new RecurrentInput(x, Tensor.From([1, 3], 2), Params.Empty);
        var (parameters, state) = lstm.Initialize(Key.FromSeed(0), sequences);
        var output = lstm.Forward(parameters, state, sequences);
        Assert.Equal([2, 3, 5], output.Outputs.Shape);
        Close.Assert(output.Outputs.Slice(0, 1).Slice(1, 3, axis: 1), [1, 2, 5], new double[10]);
        Assert.Equal([2, 5], output.State["0/forward/cell"].Shape);

        var mask = Attention.LengthMask(Tensor.From([1, 2], 2), 3);
        var attention = Network.MultiHeadAttention(heads: 2);
        Assert.Equal([2, 3, 4], Run(attention, new AttentionInput(x, x, mask)).Shape);
        var encoder = Network.TransformerEncoder(heads: 2, feedForward: 3, layers: 2);
        Assert.Equal([2, 3, 4], Run(encoder, new MaskedSequence(x, mask)).Shape);
        var decoder = Network.TransformerDecoder(heads: 2, feedForward: 3);
        Assert.Equal([2, 3, 4], Run(decoder, DecoderInput.Of(x, Tensor.Ones(2, 5, 4))).Shape);
    }

    private static TOutput Run<TInput, TOutput>(Network<TInput, TOutput> network, TInput input)
    {
        var (parameters, state) = network.Initialize(Key.FromSeed(0), input);
        return network.Forward(parameters, state, input);
    }

    [Fact]
    public void Maxima_go_back_where_they_stood()
    {
        var x = Tensor.From([1f, 4f, 3f, 2f, 9f, 5f], 1, 1, 6);
        var pooled = Network.MaxPoolWithIndices(1, 2).Forward(Params.Empty, Params.Empty, x);
        Assert.Equal([4.0, 3, 9], pooled.Values.ToDoubles());
        Assert.Equal([1.0, 2, 4], pooled.Indices.ToDoubles());
        var back = Network.MaxUnpool(6).Forward(Params.Empty, Params.Empty, pooled);
        Assert.Equal([0.0, 4, 3, 0, 9, 0], back.ToDoubles());
    }

    [Fact]
    public void Layers_and_functions_are_networks()
    {
        var x = Tensor.From([1.0, 2.0], 1, 2);
        Close.Assert(Run(Network.Of(Layers.Dense(1, initializer: One)), x), [1, 1], [3]);
        var scaled = Network.Custom<Tensor, Tensor>(
            "scale",
            (key, sample) => Params.Of(("factor", Tensor.Full(3, [sample.Shape[1]]))),
            (p, inputs) => inputs * p["factor"]
        );
        Close.Assert(Run(scaled, x), [1, 2], [3, 6]);
    }

    [Fact]
    public void A_defined_layer_stands_in_a_sequence()
    {
        var model = Model.Sequential(
            Model.Define("square", (parts, x) => parts.Apply("dense", Layers.Dense(2, initializer: One), x).Square()),
            Layers.Dense(1, initializer: One)
        );
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 2);
        Close.Assert(model.Forward(parameters, state, Tensor.From([1.0, 2.0], 1, 2)), [1, 1], [18]);
    }
}
