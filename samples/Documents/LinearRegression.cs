using System;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Finds the line behind y = 2x + noise.</summary>
internal static class LinearRegression
{
    public static SampleResult Run(SampleOptions options)
    {
        var n = options.Pick(quick: 200, full: 2000);
        var keys = Key.FromSeed(1).Split(2);
        var x = keys[0].Uniform(-1, 1, n, 1);
        var data = new Dataset(x, 2 * x + 0.1 * Tensor.Normal(keys[1], n, 1));

        var run = Trainer
            .For(Layers.Dense(1), Losses.MeanSquaredError(), Optimizers.Sgd(0.1))
            .Fit(data, epochs: options.Pick(quick: 30, full: 10));
        var slope = run.Model.Parameters["weight"].ToDouble();
        var intercept = run.Model.Parameters["bias"].ToDouble();

        var (xs, ys) = (data.Inputs.ToDoubles(), data.Targets.ToDoubles());
        return new SampleResult(
            new HtmlReport("Linear regression", $"y = 2x + noise; found y = {slope:F3}x {intercept:+0.000;-0.000}")
                .Heading("Fit")
                .Add(
                    Figure.Scatter(
                        "The fitted line",
                        "x",
                        "y",
                        points: [("examples", xs[..200], ys[..200])],
                        lines: [("fitted line", [-1, 1], [intercept - slope, intercept + slope])]
                    )
                )
                .Heading("Training")
                .Add(run.Plot()),
            Achievement.AtMost("distance of the slope from 2", Math.Abs(slope - 2), 0.05),
            Achievement.AtMost("distance of the slope from that of least squares", Math.Abs(slope - LeastSquares(xs, ys)), 0.02),
            // The noise alone has a mean square of 0.01.
            Achievement.AtMost("mean squared error", run.Evaluate(data).Loss, 0.0125)
        );
    }

    private static double LeastSquares(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
