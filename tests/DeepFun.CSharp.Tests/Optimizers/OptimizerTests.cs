using System;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Optimizers and schedules, with steps worked out by hand: w = 1, gradient 0.5, rate 0.1.</summary>
public class OptimizerTests
{
    private static double After(int steps, Optimizer optimizer, double gradient = 0.5)
    {
        var parameters = Params.Of(("w", Tensor.Scalar(1)));
        var memory = optimizer.Start(parameters);
        for (var step = 0; step < steps; step++)
            (parameters, memory) = optimizer.Step(parameters, Params.Of(("w", Tensor.Scalar(gradient))), memory);
        return parameters["w"].ToDouble();
    }

    [Fact]
    public void Gradient_descent_with_and_without_momentum()
    {
        Close.Assert(0.95, After(1, Optimizers.Sgd(0.1)));
        Close.Assert(0.9, After(2, Optimizers.Sgd(0.1)));
        // m: 0.5, 0.95
        Close.Assert(1 - 0.05 - 0.095, After(2, Optimizers.Sgd(0.1, momentum: 0.9)));
        // g + 0.9 m: 0.95, 1.355
        Close.Assert(1 - 0.095 - 0.1355, After(2, Optimizers.Sgd(0.1, momentum: 0.9, nesterov: true)));
        // Without momentum nothing is taken ahead.
        Close.Assert(0.95, After(1, Optimizers.Sgd(0.1, nesterov: true)));
    }

    [Fact]
    public void RmsProp_plain_with_momentum_and_centered()
    {
        // v: 0.0025, 0.004975; updates 0.5 / √v
        var (first, second) = (0.5 / Math.Sqrt(0.0025), 0.5 / Math.Sqrt(0.004975));
        Close.Assert(1 - 0.1 * (first + second), After(2, Optimizers.RmsProp(0.1)));
        Close.Assert(1 - 0.1 * (first + 0.5 * first + second), After(2, Optimizers.RmsProp(0.1, momentum: 0.5)));
        Close.Assert(1 - 0.1 * 0.5 / Math.Sqrt(0.0025 - 0.005 * 0.005), After(1, Optimizers.RmsProp(0.1, centered: true)));
        Close.Assert(1 - 0.1 * 0.5 / (0.5 * Math.Sqrt(0.5) + 1), After(1, Optimizers.RmsProp(0.1, alpha: 0.5, epsilon: 1)));
    }

    [Fact]
    public void Adam_and_AdamW()
    {
        // The bias-corrected first step is the sign of the gradient.
        Close.Assert(0.9, After(1, Optimizers.Adam(0.1)));
        Close.Assert(0.8, After(2, Optimizers.Adam(0.1)));
        Close.Assert(1 - 0.1 * 0.5 / 1.5, After(1, Optimizers.Adam(0.1, epsilon: 1)));
        Close.Assert(0.9 - 0.1 * 0.2, After(1, Optimizers.AdamW(0.1, weightDecay: 0.2)));
        Close.Assert(0.9, After(1, Optimizers.AdamW(0.1, weightDecay: 0.2, mask: path => path != "w")));
    }

    [Fact]
    public void Gradients_are_clipped_by_value_and_by_the_norm_of_all()
    {
        Close.Assert(0.98, After(1, Optimizers.Sgd(0.1).ClipByValue(0.2)));
        Close.Assert(1.02, After(1, Optimizers.Sgd(0.1).ClipByValue(0.2), gradient: -0.5));
        var optimizer = Optimizers.Sgd(0.1).ClipByGlobalNorm(1);
        var zero = Params.Of(("a", Tensor.Scalar(0)), ("b", Tensor.Scalar(0)));
        var gradients = Params.Of(("a", Tensor.Scalar(3)), ("b", Tensor.Scalar(4)));
        var (parameters, _) = optimizer.Step(zero, gradients, optimizer.Start(zero));
        Close.Assert(-0.06, parameters["a"]);
        Close.Assert(-0.08, parameters["b"]);
        Close.Fails("DF0902", () => Optimizers.Sgd(0.1).ClipByValue(0));
    }

    [Fact]
    public void A_schedule_is_followed_from_step_0()
    {
        // Rates 0, 0.05, 0.1, 0.1
        Close.Assert(1 - 0.5 * 0.25, After(4, Optimizers.Sgd(Schedules.Warmup(2, 0.1))));
    }

    [Fact]
    public void Schedules_have_their_values()
    {
        At(Schedules.Constant(0.3), (0, 0.3), (1000, 0.3));
        At(Schedules.ExponentialDecay(1, 0.25, 10), (0, 1), (5, 0.5), (20, 0.0625));
        At(Schedules.StepDecay(1, 0.5, 10), (9, 1), (10, 0.5), (25, 0.25));
        At(Schedules.CosineDecay(1, 10, alpha: 0.1), (0, 1), (5, 0.55), (10, 0.1), (20, 0.1));
        At(Schedules.Warmup(4, Schedules.StepDecay(0.8, 0.5, 2)), (0, 0), (1, 0.2), (4, 0.8), (6, 0.4));
        At(Schedules.WarmupCosine(1, 10, 30), (0, 0), (5, 0.5), (10, 1), (20, 0.5), (30, 0), (50, 0));
        At(Schedules.Custom("line", step => step * 2), (3, 6));
        Close.Fails("DF0902", () => Schedules.CosineDecay(1, 0));
    }

    private static void At(Schedule schedule, params (int Step, double Rate)[] expected)
    {
        foreach (var (step, rate) in expected)
            Close.Assert(rate, schedule.ValueAt(step));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Close.Fails("DF0902", () => Optimizers.Sgd(0.1, momentum: 1));
        Close.Fails("DF0902", () => Optimizers.Adam(0.1, beta1: 1));
        Close.Fails("DF0902", () => Optimizers.RmsProp(0.1, epsilon: -1));
        Close.Fails("DF0902", () => Optimizers.AdamW(0.1, weightDecay: -1));
    }
}
