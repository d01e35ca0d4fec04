using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Training through the façade: it learns, it is repeatable to the bit, it goes on where it ended.</summary>
public class TrainingTests
{
    private static readonly (Dataset Train, Dataset Test) Digits = Datasets.Digits();

    private static readonly Dataset Small = Digits.Train.Slice(0, 300);

    // Dropout draws from the keys, batch norm has a state, Adam a memory, the schedule a step: all must go on.
    private static Layer Network() =>
        Model.Sequential(
            Layers.Flatten(),
            Layers.Dense(16),
            Layers.BatchNorm(),
            Layers.Activate(Activation.Relu),
            Layers.Dropout(0.2),
            Layers.Dense(10)
        );

    private static Trainer Trainer() =>
        DeepFun.Trainer.For(
            Network(),
            Losses.SparseCategoricalCrossEntropy(),
            Optimizers.Adam(Schedules.CosineDecay(0.01, 40)),
            Metrics.Accuracy,
            Metrics.TopK(3)
        );

    [Fact]
    public void Equal_seeds_give_equal_bits_and_others_do_not()
    {
        var (a, b, c) = (Trainer().Fit(Small, 2, seed: 5), Trainer().Fit(Small, 2, seed: 5), Trainer().Fit(Small, 2, seed: 6));
        Assert.True(Close.SameBits(a.Model.Parameters, b.Model.Parameters));
        Assert.True(Close.SameBits(a.Model.State, b.Model.State));
        Assert.Equal(a.History.Select(e => e.Training.Loss), b.History.Select(e => e.Training.Loss));
        Assert.False(Close.SameBits(a.Model.Parameters, c.Model.Parameters));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Going_on_gives_the_bits_of_one_long_run(bool shuffle)
    {
        var whole = Trainer().Fit(Small, epochs: 4, batchSize: 64, shuffle: shuffle);
        var parts = Trainer().Fit(Small, epochs: 2, batchSize: 64, shuffle: shuffle).Continue(Small).Continue(Small);
        Assert.True(Close.SameBits(whole.Model.Parameters, parts.Model.Parameters));
        Assert.True(Close.SameBits(whole.Model.State, parts.Model.State));
        Assert.Equal(whole.History[^1].Training.Loss, parts.History[^1].Training.Loss);
        Assert.Equal([1, 2, 3, 4], whole.History.Select(e => e.Epoch));
        Assert.Equal([4], parts.History.Select(e => e.Epoch));
    }

    [Fact]
    public void A_run_that_was_interrupted_goes_on_from_its_checkpoint()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");
        try
        {
            var whole = Trainer().Fit(Small, epochs: 4, batchSize: 64);
            Trainer().Fit(Small, epochs: 2, batchSize: 64, checkpoint: path);
            var resumed = Trainer().Fit(Small, epochs: 4, batchSize: 64, checkpoint: path);
            Assert.True(Close.SameBits(whole.Model.Parameters, resumed.Model.Parameters));
            Assert.Equal([3, 4], resumed.History.Select(e => e.Epoch));
            var other = DeepFun.Trainer.For(Network(), Losses.SparseCategoricalCrossEntropy(), Optimizers.Sgd(0.1));
            Assert.Equal("DF0516", Assert.Throws<DeepFunException>(() => other.Fit(Small, epochs: 5, checkpoint: path)).Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_run_is_a_value_that_later_runs_do_not_change()
    {
        var first = Trainer().Fit(Small);
        var before = first.Evaluate(Digits.Test).Loss;
        var (left, right) = (first.Continue(Small, 2), first.Continue(Small, 2));
        Assert.True(Close.SameBits(left.Model.Parameters, right.Model.Parameters));
        Assert.Equal(before, first.Evaluate(Digits.Test).Loss);
    }

    [Fact]
    public void News_come_in_order_with_their_numbers()
    {
        var news = new Recorder();
        var run = Trainer().Fit(Small, epochs: 2, batchSize: 128, validation: Digits.Test, progress: news);
        // 300 examples: batches of 128, 128 and 44.
        Assert.Equal(
            ["step 1.1", "step 1.2", "step 1.3", "epoch 1", "step 2.1", "step 2.2", "step 2.3", "epoch 2"],
            news.All.Select(n => n is StepNews s ? $"step {s.Epoch}.{s.Batch}" : $"epoch {((EpochNews)n).Epoch}")
        );
        var steps = news.All.OfType<StepNews>().Take(3).ToArray();
        Assert.Equal([128, 128, 44], steps.Select(s => s.Values.Examples));
        Assert.All(steps, s => Assert.Equal((3, 2), (s.Batches, s.Epochs)));
        Close.Assert((steps[0].Values.Loss * 128 + steps[1].Values.Loss * 128 + steps[2].Values.Loss * 44) / 300, steps[2].Running.Loss);
        var last = (EpochNews)news.All[^1];
        Assert.Same(run.History[1], last);
        // The epoch's validation is what evaluation says afterwards.
        var evaluation = run.Evaluate(Digits.Test);
        Close.Assert(evaluation.Loss, last.Validation!.Loss);
        Close.Assert(evaluation["accuracy"], last.Validation["accuracy"]);
        Assert.True(evaluation["top3"] >= evaluation["accuracy"]);
        Assert.Equal(double.NaN, evaluation["unknown"]);
        Assert.Equal(359, evaluation.Examples);
    }

    [Fact]
    public void Evaluation_is_the_mean_over_examples_whatever_the_batches()
    {
        var run = Trainer().Fit(Small);
        var labels = Digits.Test.Targets.ToArray<int>();
        var read = run.Model.Predict(Digits.Test.Inputs).ArgMax().ToArray<int>();
        var right = labels.Zip(read).Count(pair => pair.First == pair.Second) / 359.0;
        foreach (var batchSize in new[] { 7, 359, 1000 })
            Close.Assert(right, run.Evaluate(Digits.Test, batchSize)["accuracy"]);
        Close.Assert(right, run.Model.Evaluate(Digits.Test, Losses.SparseCategoricalCrossEntropy(), Metrics.Accuracy)["accuracy"]);
    }

    [Fact]
    public void Patience_ends_a_training_that_gets_no_better()
    {
        var news = new Recorder();
        // At rate 0 the loss never falls: the first epoch is the best, two more are waited for.
        var model = Model.Sequential(Layers.Flatten(), Layers.Dense(10));
        var trainer = DeepFun.Trainer.For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Sgd(0));
        var run = trainer.Fit(Small, epochs: 10, validation: Digits.Test, progress: news, patience: 2);
        Assert.Equal(3, run.History.Count);
        Assert.Contains("2 epochs", Assert.IsType<StoppedNews>(news.All[^1]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_penalty_makes_weights_smaller()
    {
        var trainer = DeepFun.Trainer.For(Layers.Dense(1), Losses.MeanSquaredError(), Optimizers.Sgd(0.1));
        // y = 2 x over x = ±1: the loss (w − 2)² + s w² is least at w = 2 / (1 + s).
        var data = new Dataset(Tensor.From([-1f, 1], 2, 1), Tensor.From([-2f, 2], 2, 1));
        Close.Assert(2, trainer.Fit(data, 100).Model.Parameters["weight"].ToDouble(), 1e-4);
        var penalized = trainer.WithPenalty(Penalties.L2(0.25)).Fit(data, 100);
        Close.Assert(1.6, penalized.Model.Parameters["weight"].ToDouble(), 1e-4);
    }

    [Fact]
    public void A_loop_of_ones_own_trains_a_layer_of_ones_own()
    {
        var scale = Model.Custom("Scale", (key, shape) => Params.Of(("by", Tensor.Ones([.. shape]))), (p, x) => x * p["by"]);
        var model = Model.Sequential(("norm", Layers.BatchNorm()), ("scale", scale), ("dense", Layers.Dense(1)));
        var x = Tensor.Normal(Key.FromSeed(1), 64, 3);
        var y = x.MatMul(Tensor.From([1f, -2, 3], 3, 1)) + 0.5;
        var optimizer = Optimizers.Adam(0.05).ClipByGlobalNorm(10);
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 3);
        var memory = optimizer.Start(parameters);
        var losses = new List<double>();
        for (var step = 0; step < 300; step++)
        {
            var key = Key.FromSeed(2).Fold(step);
            var (loss, next, gradients) = Differentiate.ValueAndGradAux(
                (Params p) =>
                {
                    var (output, after) = model.ForwardTraining(key, p, state, x);
                    return ((output - y).Square().Mean(), after);
                }
            )(parameters);
            (parameters, memory) = optimizer.Step(parameters, gradients, memory);
            state = next;
            losses.Add(loss.ToDouble());
        }
        Assert.True(losses[0] > 1 && losses[^1] < 1e-3, $"loss {losses[0]} → {losses[^1]}");
        // The running statistics are those of x, for the batch was always the same.
        Close.Assert(state["norm/mean"], [3], x.Mean(0).ToDoubles(), 1e-5);
        Assert.True((model.Forward(parameters, state, x) - y).Abs().Max().ToDouble() < 0.3);
    }

    [Fact]
    public void Data_that_do_not_fit_and_options_out_of_range_are_refused()
    {
        var deep = DeepFun.Trainer.For(
            Model.Sequential(Layers.Conv2D(4, 9), Layers.Flatten()),
            Losses.MeanSquaredError(),
            Optimizers.Sgd(0.1)
        );
        Assert.Contains("layer 0", Close.Fails("DF0901", () => deep.Fit(Small)).Message, StringComparison.Ordinal);
        Close.Fails("DF0902", () => Trainer().Fit(Small, epochs: -1));
        Close.Fails("DF0902", () => Trainer().Fit(Small, batchSize: 0));
        Close.Fails("DF0911", () => Trainer().Fit(Small.Slice(0, 0)));
        Close.Fails("DF0910", () => new Dataset(Tensor.Zeros(3, 2), Tensor.Zeros(2)).ToString());
        Close.Fails("DF0902", () => Small.Split(1.5, Key.FromSeed(0)));
    }

    [Fact]
    public void The_curves_of_a_run_are_figures()
    {
        var run = Trainer().Fit(Small, 2, validation: Digits.Test);
        Assert.Contains("validation", run.Plot().Svg, StringComparison.Ordinal);
        Assert.Equal("Accuracy", run.Plot("accuracy").Title);
        Assert.DoesNotContain("validation", Trainer().Fit(Small, 2).Plot().Svg, StringComparison.Ordinal);
        Assert.Contains("<svg", Trainer().Fit(Small, 0, validation: Digits.Test).Plot().Svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scope_returns_memory_and_keeps_what_is_kept()
    {
        Tensor? kept = null;
        Tensor? lost = null;
        var result = Memory.Scope(() =>
        {
            // Small tensors live in managed memory, which no scope returns.
            lost = Tensor.Linspace(1, 1, 1000);
            kept = Memory.Keep(Tensor.Ones(1000) * 2);
            return new[] { lost + 2 };
        });
        Close.Assert(3000, result[0].Sum());
        Close.Assert(2000, kept!.Sum());
        Close.Fails("DF0601", () => lost!.Sum());
        Assert.True(Memory.Statistics.LiveBytes > 0);
    }

    private sealed class Recorder : TrainingProgress
    {
        public List<TrainingNews> All { get; } = [];

        public override void Follow(IEnumerable<TrainingNews> news) => All.AddRange(news);
    }
}
