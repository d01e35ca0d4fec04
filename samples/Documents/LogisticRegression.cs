using System;
using DeepFun;

namespace Documents;

/// <summary>Finds a threshold behind noise, and how sure one can be on either side of it.</summary>
internal static class LogisticRegression
{
    private const double Threshold = 0.5;

    public static SampleResult Run(SampleOptions options)
    {
        var n = options.Pick(quick: 500, full: 5000);
        var keys = Key.FromSeed(2).Split(3);
        var x = keys[0].Uniform(-3, 3, n, 1);
        var noisy = x + 0.5 * Tensor.Normal(keys[1], n, 1);
        var labels = noisy.Greater(Tensor.Scalar(Threshold)).Cast(DType.Float32);
        var (train, test) = new Dataset(x, labels).Split(0.8, keys[2]);

        var run = Trainer
            .For(Layers.Dense(1), Losses.BinaryCrossEntropy(), Optimizers.Adam(0.1), Metrics.BinaryAccuracy)
            .Fit(train, epochs: options.Pick(quick: 30, full: 10), validation: test);
        var found = -run.Model.Parameters["bias"].ToDouble() / run.Model.Parameters["weight"].ToDouble();

        var grid = Tensor.Linspace(-3, 3, 121);
        var probability = run.Model.Predict(grid.Reshape(121, 1)).Sigmoid().ToDoubles();
        var dots = ("examples", test.Inputs.ToDoubles()[..100], test.Targets.ToDoubles()[..100]);
        return new SampleResult(
            new HtmlReport("Logistic regression", $"a noisy threshold at {Threshold}; found at {found:F3}")
                .Heading("Fit")
                .Add(Figure.Scatter("The fitted curve", "x", "probability", [dots], [("P(1 | x)", grid.ToDoubles(), probability)]))
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("binaryAccuracy")),
            Achievement.AtMost("distance of the threshold", Math.Abs(found - Threshold), options.Pick(quick: 0.15, full: 0.05)),
            // Even the true threshold is right in 1 − 2 · 0.5 / √(2π) / 6 = 93.4 % only: the noise puts the others on the wrong side.
            Achievement.AtLeast("test accuracy", run.Evaluate(test)["binaryAccuracy"], options.Pick(quick: 0.88, full: 0.92))
        );
    }
}
