using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The doors of the minimizers.</summary>
public class MinimizerTests
{
    private static readonly Params Start = Params.Of(("x", Tensor.Scalar(-1.2)), ("y", Tensor.Scalar(1)));

    private static Tensor Valley(Params p) => 100 * (p["y"] - p["x"].Square()).Square() + (1 - p["x"]).Square();

    private static Tensor Residuals(Params p) => Tensor.Stack([(p["y"] - p["x"].Square()) * Math.Sqrt(200), (1 - p["x"]) * Math.Sqrt(2)]);

    private static Tensor Bowl(Params p) => (p["x"] - 1).Square() + 3 * (p["y"] - 1).Square();

    public static TheoryData<string> Names => [.. All.Keys];

    private static readonly Dictionary<string, (Minimizer Minimizer, Func<Params, Tensor> Function, int Steps, double Tolerance)> All =
        new()
        {
            ["Lbfgs"] = (Minimizers.Lbfgs(), Valley, 60, 1e-3),
            ["Lbfgs without line search"] = (Minimizers.Lbfgs(rate: 0.5, memory: 3, lineSearch: false, tolerance: 1e-12), Bowl, 60, 1e-3),
            ["Newton"] = (Minimizers.Newton(damping: 1e-4, iterations: 50), Bowl, 40, 1e-2),
            ["GaussNewton"] = (Minimizers.GaussNewton(damping: 1e-6, iterations: 50), Residuals, 40, 1e-3),
            ["LevenbergMarquardt"] = (Minimizers.LevenbergMarquardt(damping: 1e-2, iterations: 50), Residuals, 60, 1e-3),
            ["Sam"] = (Minimizers.Sam(Optimizers.Sgd(0.1), radius: 0.01), Bowl, 60, 0.1),
            ["Sam adaptive"] = (Minimizers.Sam(Optimizers.Sgd(0.1), radius: 0.01, adaptive: true), Bowl, 60, 0.1),
            ["Sophia"] = (
                Minimizers.Sophia(0.05, Key.FromSeed(1), beta1: 0.9, beta2: 0.9, gamma: 0.1, epsilon: 1e-8, every: 2, weightDecay: 1e-4),
                Bowl,
                200,
                0.1
            ),
            ["Of"] = (Minimizers.Of(Optimizers.Sgd(0.1)), Bowl, 60, 1e-3),
            ["ReduceOnPlateau"] = (Minimizers.ReduceOnPlateau(Optimizers.Sgd(0.1), factor: 0.5, patience: 3), Bowl, 60, 1e-3),
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_minimum_is_found(string name)
    {
        var (minimizer, function, steps, tolerance) = All[name];
        var (found, memory) = minimizer.Run(function, Start, steps);
        Close.Assert(1, found["x"].ToDouble(), tolerance);
        Close.Assert(1, found["y"].ToDouble(), tolerance);
        Assert.True(memory["value"].ToDouble() < 0.1);
    }

    [Fact]
    public void A_loop_of_ones_own_is_the_run()
    {
        var minimizer = Minimizers.Lbfgs();
        var (parameters, memory) = (Start, minimizer.Start(Start));
        for (var step = 0; step < 5; step++)
            (parameters, memory) = minimizer.Step(Valley, parameters, memory);
        var (found, _) = minimizer.Run(Valley, Start, steps: 5);
        Assert.Equal(found["x"].ToDouble(), parameters["x"].ToDouble());
    }
}
