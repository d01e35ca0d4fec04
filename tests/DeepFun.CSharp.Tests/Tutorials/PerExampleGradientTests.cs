using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>Tutorial: the gradient of every example of a batch, from one call.</summary>
public class PerExampleGradientTests
{
    public sealed record Network(Tensor Hidden, Tensor Bias, Tensor Output);

    public sealed record Examples(Tensor Inputs, Tensor Labels);

    /// <summary>Cross-entropy of one example, or the mean over a batch: the same function.</summary>
    private static Tensor Loss(Network network, Examples examples)
    {
        var hidden = (examples.Inputs.MatMul(network.Hidden) + network.Bias).Tanh();
        return -(examples.Labels * hidden.MatMul(network.Output).LogSoftmax()).Sum(-1).Mean();
    }

    private static Tensor Normal(long seed, params int[] sizes) => Tensor.Normal(Key.FromSeed(seed), sizes).Cast(DType.Float64);

    private static readonly Network Model = new(Normal(0, 4, 8), Normal(1, 8), Normal(2, 8, 3));

    private static readonly Examples Batch = new(Normal(3, 6, 4), Tensor.From([0, 2, 1, 1, 0, 2], 6).OneHot(3).Cast(DType.Float64));

    [Fact]
    public void Gradients_of_examples_are_those_of_a_loop_and_average_to_the_gradient_of_the_batch()
    {
        // The network is the same for all examples; axis 0 of inputs and labels is mapped.
        var perExample = Differentiate.Vmap(
            ((Network Network, Examples Example) p) => Differentiate.Grad((Network n) => Loss(n, p.Example))(p.Network),
            inAxes: Axes.Each(Axes.Unmapped, 0)
        )((Model, Batch));
        Assert.Equal([6, 4, 8], perExample.Hidden.Shape.ToArray());

        for (var i = 0; i < 6; i++)
        {
            var example = Trees.Map(Batch, t => t.Item(i));
            Same(Differentiate.Grad((Network n) => Loss(n, example))(Model), Trees.Map(perExample, g => g.Item(i)));
        }

        Same(Differentiate.Grad((Network n) => Loss(n, Batch))(Model), Trees.Map(perExample, g => g.Mean(0)));
    }

    private static void Same(Network expected, Network actual)
    {
        foreach (var (e, a) in Trees.Tensors(expected).Zip(Trees.Tensors(actual)))
            Close.Assert(a.Value, e.Value.Shape.ToArray(), e.Value.ToDoubles(), 1e-13);
    }
}
