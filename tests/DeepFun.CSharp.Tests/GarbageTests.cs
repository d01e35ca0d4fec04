using System;
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
}
