using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The doors of all optimizers: options arrive, and what is composed does what it says. The mathematics is tested in F#.</summary>
public class OptimizerFamilyTests
{
    private static readonly Params Start = Params.Of(
        ("matrix", Tensor.Vector(1, -2, 3, 0.5).Reshape(2, 2)),
        ("vector", Tensor.Vector(1, 2))
    );

    private static readonly Params Gradient = Params.Of(
        ("matrix", Tensor.Vector(0.5, 1, -0.25, 2).Reshape(2, 2)),
        ("vector", Tensor.Vector(-1, 0.5))
    );

    private static double[] After(Optimizer optimizer, int steps = 12)
    {
        var (parameters, memory) = (Start, optimizer.Start(Start));
        for (var step = 0; step < steps; step++)
            (parameters, memory) = optimizer.Step(parameters, Trees.Map(Gradient, g => g * Math.Cos(step * step)), memory);
        return [.. parameters["matrix"].ToDoubles(), .. parameters["vector"].ToDoubles()];
    }

    private static bool NoMatrix(string path) => path != "matrix";

    /// <summary>Each with its defaults, and with each of its options changed.</summary>
    private static readonly Dictionary<string, Optimizer[]> Variants = new()
    {
        ["AdaGrad"] = [Optimizers.AdaGrad(0.1), Optimizers.AdaGrad(0.1, initial: 1), Optimizers.AdaGrad(0.1, epsilon: 1)],
        ["AdaDelta"] = [Optimizers.AdaDelta(1), Optimizers.AdaDelta(1, rho: 0.5), Optimizers.AdaDelta(1, epsilon: 1)],
        ["AmsGrad"] =
        [
            Optimizers.AmsGrad(0.1),
            Optimizers.AmsGrad(0.1, beta1: 0.5),
            Optimizers.AmsGrad(0.1, beta2: 0.5),
            Optimizers.AmsGrad(0.1, epsilon: 1),
            Optimizers.AmsGrad(0.1, weightDecay: 1),
            Optimizers.AmsGrad(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["AdaMax"] =
        [
            Optimizers.AdaMax(0.1),
            Optimizers.AdaMax(0.1, beta1: 0.5),
            Optimizers.AdaMax(0.1, beta2: 0.2),
            Optimizers.AdaMax(0.1, epsilon: 1),
        ],
        ["NAdam"] =
        [
            Optimizers.NAdam(0.1),
            Optimizers.NAdam(0.1, beta1: 0.5),
            Optimizers.NAdam(0.1, beta2: 0.5),
            Optimizers.NAdam(0.1, epsilon: 1),
            Optimizers.NAdam(0.1, momentumDecay: 1),
            Optimizers.NAdam(0.1, weightDecay: 1),
            Optimizers.NAdam(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["RAdam"] =
        [
            Optimizers.RAdam(0.1, beta2: 0.8),
            Optimizers.RAdam(0.1),
            Optimizers.RAdam(0.1, beta1: 0.5, beta2: 0.8),
            Optimizers.RAdam(0.1, beta2: 0.8, epsilon: 1),
            Optimizers.RAdam(0.1, beta2: 0.8, weightDecay: 1),
            Optimizers.RAdam(0.1, beta2: 0.8, weightDecay: 1, mask: NoMatrix),
        ],
        ["AdaBelief"] =
        [
            Optimizers.AdaBelief(0.1),
            Optimizers.AdaBelief(0.1, beta1: 0.5),
            Optimizers.AdaBelief(0.1, beta2: 0.5),
            Optimizers.AdaBelief(0.1, epsilon: 1),
            Optimizers.AdaBelief(0.1, weightDecay: 1),
            Optimizers.AdaBelief(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["Yogi"] =
        [
            Optimizers.Yogi(0.1),
            Optimizers.Yogi(0.1, beta1: 0.5),
            Optimizers.Yogi(0.1, beta2: 0.5),
            Optimizers.Yogi(0.1, epsilon: 1),
            Optimizers.Yogi(0.1, initial: 1),
            Optimizers.Yogi(0.1, corrected: false),
        ],
        ["Adan"] =
        [
            Optimizers.Adan(0.1),
            Optimizers.Adan(0.1, beta1: 0.5),
            Optimizers.Adan(0.1, beta2: 0.5),
            Optimizers.Adan(0.1, beta3: 0.5),
            Optimizers.Adan(0.1, epsilon: 1),
            Optimizers.Adan(0.1, weightDecay: 1),
            Optimizers.Adan(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["Lion"] =
        [
            Optimizers.Lion(0.1),
            Optimizers.Lion(0.1, beta1: 0),
            Optimizers.Lion(0.1, beta1: 0.9, beta2: 0.2),
            Optimizers.Lion(0.1, weightDecay: 1),
            Optimizers.Lion(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["Rprop"] =
        [
            Optimizers.Rprop(),
            Optimizers.Rprop(initial: 0.1),
            Optimizers.Rprop(shrink: 0.2),
            Optimizers.Rprop(smallest: 0.008),
            Optimizers.Rprop(largest: 0.005),
        ],
        ["Lamb"] =
        [
            Optimizers.Lamb(0.1),
            Optimizers.Lamb(0.1, weightDecay: 1),
            Optimizers.Lamb(0.1, weightDecay: 1, mask: NoMatrix),
            Optimizers.Lamb(0.1, beta1: 0.5),
            Optimizers.Lamb(0.1, beta2: 0.5),
            Optimizers.Lamb(0.1, epsilon: 1),
        ],
        ["Lars"] =
        [
            Optimizers.Lars(1),
            Optimizers.Lars(1, momentum: 0.5),
            Optimizers.Lars(1, weightDecay: 1),
            Optimizers.Lars(1, coefficient: 0.01),
            Optimizers.Lars(1, coefficient: 0.01, mask: NoMatrix),
        ],
        ["Adafactor"] =
        [
            Optimizers.Adafactor(),
            Optimizers.Adafactor(0.1),
            Optimizers.Adafactor(decay: 0.2),
            Optimizers.Adafactor(epsilon1: 1),
            Optimizers.Adafactor(epsilon2: 100),
            Optimizers.Adafactor(clip: 0.5),
            Optimizers.Adafactor(relative: false),
        ],
        ["Muon"] =
        [
            Optimizers.Muon(0.1),
            Optimizers.Muon(0.1, momentum: 0.5),
            Optimizers.Muon(0.1, nesterov: false),
            Optimizers.Muon(0.1, steps: 2),
            Optimizers.Muon(0.1, weightDecay: 1),
            Optimizers.Muon(0.1, otherRate: 0.5),
            Optimizers.Muon(0.1, mask: NoMatrix),
        ],
        ["ScheduleFreeSgd"] = [Optimizers.ScheduleFreeSgd(0.1), Optimizers.ScheduleFreeSgd(0.1, beta: 0.5)],
        ["ScheduleFreeAdamW"] =
        [
            Optimizers.ScheduleFreeAdamW(0.1),
            Optimizers.ScheduleFreeAdamW(0.1, beta1: 0.5),
            Optimizers.ScheduleFreeAdamW(0.1, beta2: 0.5),
            Optimizers.ScheduleFreeAdamW(0.1, epsilon: 1),
            Optimizers.ScheduleFreeAdamW(0.1, weightDecay: 1),
            Optimizers.ScheduleFreeAdamW(0.1, weightDecay: 1, mask: NoMatrix),
        ],
        ["Prodigy"] =
        [
            Optimizers.Prodigy(distance: 0.1),
            Optimizers.Prodigy(),
            Optimizers.Prodigy(0.5, distance: 0.1),
            Optimizers.Prodigy(beta1: 0.5, distance: 0.1),
            Optimizers.Prodigy(beta2: 0.5, distance: 0.1),
            Optimizers.Prodigy(epsilon: 1, distance: 0.1),
            Optimizers.Prodigy(weightDecay: 1, distance: 0.1),
        ],
        ["composed"] =
        [
            Optimizers.Sgd(0.1),
            Optimizers.Sgd(0.1).WithWeightDecay(1),
            Optimizers.Sgd(0.1).WithWeightDecay(1, NoMatrix),
            Optimizers.Sgd(0.1).Masked(NoMatrix),
            Optimizers.Sgd(0.1).ClipByNorm(0.1),
            Optimizers.Sgd(0.1).ClipByGlobalNorm(0.1),
            Optimizers.Sgd(0.1).ClipAdaptively(),
            Optimizers.Sgd(0.1).ClipAdaptively(share: 0.1),
            Optimizers.Sgd(0.1).WithNoise(0.1, Key.FromSeed(1)),
            Optimizers.Sgd(0.1).WithNoise(0.1, Key.FromSeed(1), gamma: 2),
            Optimizers.Sgd(0.1).Accumulate(3),
            Optimizers.Sgd(0.1).Lookahead(every: 2),
            Optimizers.Sgd(0.1).Lookahead(every: 2, share: 0.2),
            Optimizers.Sgd(0.1).ScheduleFree(0.1, beta: 0.3),
            Optimizers.Chain(Optimizers.Sgd(0.1), Optimizers.Sgd(0.1)),
        ],
    };

    public static TheoryData<string> Names => [.. Variants.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_changes_what_is_learned(string name)
    {
        var results = Variants[name].Select(o => After(o)).ToArray();
        Assert.All(results, r => Assert.All(r, x => Assert.True(double.IsFinite(x))));
        Assert.All(results, r => Assert.NotEqual(After(Optimizers.Frozen), r));
        Assert.Equal(results.Length, results.Select(r => string.Join(' ', r)).Distinct().Count());
    }

    [Fact]
    public void Gradients_that_are_not_finite_are_left_out()
    {
        var optimizer = Optimizers.Sgd(0.1).ApplyIfFinite(limit: 1);
        var bad = Trees.Map(Gradient, g => g / 0);
        var (parameters, memory) = optimizer.Step(Start, bad, optimizer.Start(Start));
        Assert.Equal(Start["matrix"].ToDoubles(), parameters["matrix"].ToDoubles());
        (parameters, _) = optimizer.Step(parameters, bad, memory);
        Assert.DoesNotContain(parameters["matrix"].ToDoubles(), double.IsFinite);
    }

    [Fact]
    public void Averages_are_read_from_the_memory()
    {
        foreach (
            var (optimizer, share) in new[] { (Optimizers.Sgd(0.1).WithMovingAverage(0.75), 0.25), (Optimizers.Sgd(0.1).WithMean(), 1) }
        )
        {
            var (parameters, memory) = optimizer.Step(Start, Gradient, optimizer.Start(Start));
            var expected = Start["vector"] + (parameters["vector"] - Start["vector"]) * share;
            foreach (var (e, a) in expected.ToDoubles().Zip(memory.Averaged()["vector"].ToDoubles()))
                Close.Assert(e, a);
        }
    }

    [Fact]
    public void Updates_shrink_after_losses_that_do_not_fall()
    {
        var optimizer = Optimizers.Sgd(1).ReduceOnPlateau(factor: 0.5, patience: 0, threshold: 0.1, cooldown: 1, minimum: 0.4);
        var memory = optimizer.Start(Start);
        double Rate() => 1 - optimizer.Step(Start, Start, memory).Parameters["vector"].ToDoubles()[0];
        Close.Assert(1, Rate());
        // First, not better enough, cooling, worse.
        foreach (var (loss, rate) in new[] { (1.0, 1.0), (0.95, 0.5), (2, 0.5), (2, 0.4) })
        {
            memory = memory.Observe(Tensor.Scalar(loss));
            Close.Assert(rate, Rate());
            Close.Assert(rate, memory.PlateauScale().ToDouble());
        }
    }

    [Fact]
    public void Schedules_of_the_family()
    {
        Close.Assert(0.25, Schedules.Polynomial(1, 0, 2, 10).ValueAt(5));
        Close.Assert(0.5, Schedules.Linear(1, 0, 10).ValueAt(5));
        Close.Assert(3, Schedules.Join(1, (5, 2), (8, 3)).ValueAt(9));
        Close.Assert(6, Schedules.Product(2, 3).ValueAt(1));
        Close.Assert(0.06, Schedules.PiecewiseConstant(1, (2, 0.2), (4, 0.3)).ValueAt(4));
        Close.Assert(1.5, Schedules.PiecewiseLinear((0, 1), (4, 3)).ValueAt(1));
        Close.Assert(0.5, Schedules.InverseTime(1, 0.5).ValueAt(2));
        Close.Assert(0.5, Schedules.InverseSqrt(1, 4).ValueAt(15));
        Close.Assert(1, Schedules.CosineRestarts(1, 4, multiplier: 2).ValueAt(12));
        Close.Assert(0.55, Schedules.CosineRestarts(1, 4, last: 0.1).ValueAt(2));
        Close.Assert(0.04, Schedules.OneCycle(1, 20).ValueAt(0));
        Close.Assert(1, Schedules.OneCycle(1, 20).ValueAt(5));
        Close.Assert(0.55, Schedules.OneCycle(1, 20, share: 0.25, startDivisor: 10, cosine: false).ValueAt(2));
        Close.Assert(1.5, Schedules.Cyclic(1, 2, 2).ValueAt(5));
        Close.Assert(1.25, Schedules.Cyclic(1, 2, 2, perCycle: 0.5).ValueAt(5));
        Close.Assert(1.75, Schedules.Cyclic(1, 2, 2, down: 4).ValueAt(3));
    }
}
