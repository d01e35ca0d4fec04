using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Walks down y = x² from 5, by gradient descent and with momentum.</summary>
internal static class Parabola
{
    private const double Start = 5;
    private const double Rate = 0.01;

    public static SampleResult Run(SampleOptions options)
    {
        const int steps = 200;
        var plain = Descend(Optimizers.Sgd(Rate), steps);
        var momentum = Descend(Optimizers.Sgd(Rate, momentum: 0.9), steps);
        // The gradient is 2x: each step of gradient descent leaves 1 − 2 · rate of x.
        var exact = Start * Math.Pow(1 - 2 * Rate, steps);

        double[] step = [.. Enumerable.Range(0, steps + 1)];
        double[] x = [.. Enumerable.Range(-50, 101).Select(i => i / 10.0)];
        return new SampleResult(
            new HtmlReport(
                "y = x²",
                $"after {steps} steps from {Start}: {plain[^1]:F4} by gradient descent, {momentum[^1]:E1} with momentum"
            )
                .Heading("Paths")
                .Add(Figure.Lines("x at each step", "step", "x", ("gradient descent", step, plain), ("momentum 0.9", step, momentum)))
                .Heading("On the parabola")
                .Add(
                    Figure.Scatter(
                        "Where they walk",
                        "x",
                        "y",
                        points: [On("gradient descent", plain), On("momentum 0.9", momentum)],
                        lines: [("y = x²", x, Squares(x))]
                    )
                ),
            Achievement.AtMost("distance of gradient descent from its formula", Math.Abs(plain[^1] - exact), 1e-4),
            Achievement.AtMost("distance from the minimum with momentum", Math.Abs(momentum[^1]), 1e-3),
            Achievement.AtLeast("how many times nearer momentum comes", Math.Abs(plain[^1] / momentum[^1]), 50)
        );
    }

    private static double[] Descend(Optimizer optimizer, int steps)
    {
        var gradient = Differentiate.Grad((Params p) => p["x"].Square());
        var parameters = Params.Of(("x", Tensor.Scalar(Start)));
        var memory = optimizer.Start(parameters);
        var path = new List<double> { Start };
        for (var i = 0; i < steps; i++)
        {
            (parameters, memory) = optimizer.Step(parameters, gradient(parameters), memory);
            path.Add(parameters["x"].ToDouble());
        }

        return [.. path];
    }

    private static double[] Squares(double[] x) => [.. x.Select(value => value * value)];

    private static (string, double[], double[]) On(string name, double[] path) => (name, path, Squares(path));
}
