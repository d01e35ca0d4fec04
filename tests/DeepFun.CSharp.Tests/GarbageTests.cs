using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>What compiled steps of training leave to the garbage collector.</summary>
public class GarbageTests
{
    private const int Steps = 100;

    [Fact]
    public void A_compiled_step_of_training_takes_four_kilobytes_of_objects()
    {
        var model = Model.Sequential(Layers.Dense(128, Activation.Relu), Layers.Dense(10));
        var inputs = Tensor.Normal(Key.FromSeed(1), 64, 784);
        var targets = Tensor.Vector([.. Enumerable.Range(0, 64).Select(i => (double)(i * 7 % 10))]).Cast(DType.Int32);
        var (loss, optimizer) = (Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-3));
        var (parameters, state) = model.Initialize(Key.FromSeed(0), 784);
        var memory = optimizer.Start(parameters);
        var step = Compile.Jit(
            (Params p, Params m, Tensor x, Tensor y) =>
                optimizer.Step(p, Differentiate.Grad((Params q) => loss.Value(model.Forward(q, state, x), y))(p), m),
            donate: 2
        );
        for (var i = 0; i < Steps; i++)
            (parameters, memory) = step(parameters, memory, inputs, targets);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Steps; i++)
            (parameters, memory) = step(parameters, memory, inputs, targets);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Steps, 0, 4096);
    }

    [Theory]
    [InlineData(false, 5632)]
    [InlineData(true, 6144)]
    public void A_step_of_Fit_takes_a_few_kilobytes_of_objects(bool shuffle, int most)
    {
        var model = Model.Sequential(Layers.Dense(128, Activation.Relu), Layers.Dense(10));
        var data = new Dataset(
            Tensor.Normal(Key.FromSeed(1), 1000, 784),
            Tensor.Vector([.. Enumerable.Range(0, 1000).Select(i => (double)(i * 7 % 10))]).Cast(DType.Int32)
        );
        var bytes = new long[251];
        TrainingProgress progress = new Watching(step => bytes[step.Batch] = GC.GetAllocatedBytesForCurrentThread());
        Trainer
            .For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(1e-3))
            .Fit(data, batchSize: 4, shuffle: shuffle, progress: progress);
        Assert.InRange((bytes[240] - bytes[140]) / 100, 0, most);
    }

    private sealed class Watching(Action<StepNews> watch) : TrainingProgress
    {
        public override void Follow(IEnumerable<TrainingNews> news)
        {
            foreach (var step in news.OfType<StepNews>())
                watch(step);
        }
    }
}
