using System;
using System.Linq;
using DeepFun;
using Answer = (DeepFun.Tensor Distance, DeepFun.Tensor Side);

namespace Documents;

/// <summary>A shared trunk and two heads: how far a point is from the unit circle (regression), and whether it is outside (classification).</summary>
internal static class MultiTask
{
    public static SampleResult Run(SampleOptions options)
    {
        var network = Network.Define<Tensor, Answer>(
            "two heads",
            (parts, x) =>
            {
                var trunk = Model.Sequential(Layers.Dense(64, Activation.Tanh), Layers.Dense(64, Activation.Tanh));
                var shared = parts.Apply("trunk", trunk, x);
                return (parts.Apply("distance", Layers.Dense(1), shared), parts.Apply("side", Layers.Dense(2), shared));
            }
        );
        var (data, test) = (Points(options.Pick(quick: 512, full: 4096), seed: 0), Points(2000, seed: 1));
        var loss =
            10 * Losses.On<Answer, Answer>("distance", Losses.MeanSquaredError(), y => y.Distance, t => t.Distance)
            + Losses.On<Answer, Answer>("side", Losses.SparseCategoricalCrossEntropy(), y => y.Side, t => t.Side);
        var run = Trainer
            .For(network, loss, Optimizers.Adam(3e-3), Metrics.On<Answer, Answer>(Metrics.Accuracy, y => y.Side, t => t.Side))
            .Fit(data, epochs: options.Pick(quick: 300, full: 1500), batchSize: data.Count);

        var result = run.Evaluate(test);
        var (error, accuracy) = (Math.Sqrt(result["distance"]), result["accuracy"]);
        var grid = Tensor.From([.. Enumerable.Range(0, 441).Select(i => (float[])[(float)(i % 21 / 5.0 - 2), (float)(2 - i / 21 / 5.0)])]);
        return new SampleResult(
            new HtmlReport("Two tasks, one trunk", $"sides {accuracy:P1} right, distances {error:F3} off")
                .Add(run.Plot("distance", title: "Regression"))
                .Add(run.Plot("side", title: "Classification"))
                .Add(Map("The distance, as it was learned", run.Predict(grid).Distance)),
            Achievement.AtLeast("accuracy of the side", accuracy, options.Pick(quick: 0.97, full: 0.99)),
            Achievement.AtMost("root mean squared error of the distance", error, options.Pick(quick: 0.06, full: 0.03))
        );
    }

    private static Figure Map(string title, Tensor values) => Figure.Heatmap(title, values.Reshape(21, 21).ToMatrix(), showValues: false);

    private static Examples<Tensor, Answer> Points(int n, long seed)
    {
        var x = Key.FromSeed(seed).Uniform(-2, 2, n, 2);
        var distance = x.Norm(axes: [1], keepDims: true) - 1;
        return Examples.Of(x, (distance, distance.Squeeze(1).Greater(Tensor.Scalar(0)).Cast(DType.Int32)));
    }
}
