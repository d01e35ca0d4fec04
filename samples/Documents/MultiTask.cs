using System.Collections.Generic;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>A shared trunk and two heads: how far a point is from the unit circle (regression), and whether it is outside (classification).</summary>
internal static class MultiTask
{
    public static SampleResult Run(SampleOptions options)
    {
        var network = Network.Define<Tensor, (Tensor Distance, Tensor Side)>(
            "two heads",
            (parts, x) =>
            {
                var trunk = Model.Sequential(Layers.Dense(64, Activation.Tanh), Layers.Dense(64, Activation.Tanh));
                var shared = parts.Apply("trunk", trunk, x);
                return (parts.Apply("distance", Layers.Dense(1), shared), parts.Apply("side", Layers.Dense(2), shared));
            }
        );
        var (crossEntropy, squares) = (Losses.SparseCategoricalCrossEntropy(), Losses.MeanSquaredError());
        var (x, distance, side) = Points(options.Pick(quick: 512, full: 4096), seed: 0);
        var (parameters, state) = network.Initialize(Key.FromSeed(0), x);
        var optimizer = Optimizers.Adam(3e-3);

        // One sum is differentiated; the two losses come along, to be drawn.
        (Tensor Sum, (Tensor, Tensor) Both) Objective(Params p)
        {
            var y = network.Forward(p, state, x);
            var both = (squares.Value(y.Distance, distance), crossEntropy.Value(y.Side, side));
            return (10 * both.Item1 + both.Item2, both);
        }
        var step = Compile.Jit(
            (Params p, Params memory) =>
            {
                var (_, both, gradient) = Differentiate.ValueAndGradAux<Params, (Tensor, Tensor)>(Objective)(p);
                (p, memory) = optimizer.Step(p, gradient, memory);
                return (p, memory, both);
            },
            donate: 2
        );
        var (memory, history) = (optimizer.Start(parameters), new List<(double Squares, double CrossEntropy)>());
        for (var i = 0; i < options.Pick(quick: 300, full: 1500); i++)
        {
            (parameters, memory, var both) = step(parameters, memory);
            history.Add((both.Item1.ToDouble(), both.Item2.ToDouble()));
        }

        var (testX, testDistance, testSide) = Points(2000, seed: 1);
        var found = network.Forward(parameters, state, testX);
        var error = squares.Value(found.Distance, testDistance).Sqrt().ToDouble();
        var accuracy = found.Side.ArgMax().EqualTo(testSide).Cast(DType.Float32).Mean().ToDouble();
        var grid = Tensor.From([.. Enumerable.Range(0, 441).Select(i => (float[])[i % 21 / 5f - 2, 2 - i / 21 / 5f])]);
        double[] steps = [.. Enumerable.Range(0, history.Count).Select(i => (double)i)];
        return new SampleResult(
            new HtmlReport("Two tasks, one trunk", $"sides {accuracy:P1} right, distances {error:F3} off")
                .Add(Figure.Lines("Regression", "step", "squared error", ("training", steps, [.. history.Select(h => h.Squares)])))
                .Add(Figure.Lines("Classification", "step", "loss", ("training", steps, [.. history.Select(h => h.CrossEntropy)])))
                .Add(Map("The distance, as it was learned", network.Forward(parameters, state, grid).Distance)),
            Achievement.AtLeast("accuracy of the side", accuracy, options.Pick(quick: 0.97, full: 0.99)),
            Achievement.AtMost("root mean squared error of the distance", error, options.Pick(quick: 0.06, full: 0.03))
        );
    }

    private static Figure Map(string title, Tensor values) => Figure.Heatmap(title, values.Reshape(21, 21).ToMatrix(), showValues: false);

    private static (Tensor X, Tensor Distance, Tensor Side) Points(int n, long seed)
    {
        var x = 4 * Tensor.Uniform(Key.FromSeed(seed), n, 2) - 2;
        var distance = x.Norm(axes: [1], keepDims: true) - 1;
        return (x, distance, distance.Squeeze(1).Greater(Tensor.Scalar(0)).Cast(DType.Int32));
    }
}
