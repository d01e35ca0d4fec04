using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The compiler as C# sees it.</summary>
public class CompileTests
{
    [Fact]
    public void Functions_of_one_to_four_arguments_give_what_they_give_uncompiled()
    {
        var (a, b, c, d) = (Tensor.Vector(1, 2), Tensor.Vector(3, 4), Tensor.Vector(5, 6), Tensor.Vector(7, 8));
        Assert.Equal([2.0, 5.0], Compile.Jit((Tensor x) => x * x + 1)(a).ToDoubles());
        Assert.Equal([4.0, 10.0], Compile.Jit((Tensor x, Tensor y) => x * y + x)(a, b).ToDoubles());
        Assert.Equal([8.0, 14.0], Compile.Jit((Tensor x, Tensor y, Tensor z) => x * y + z)(a, b, c).ToDoubles());
        Assert.Equal([15.0, 22.0], Compile.Jit((Tensor x, Tensor y, Tensor z, Tensor w) => x * y + z + w)(a, b, c, d).ToDoubles());
    }

    [Fact]
    public void A_compiled_function_shows_what_was_compiled_and_why_again()
    {
        var function = Compile.Function((Tensor x) => (x * 2).Tanh().Sum());
        var said = new List<string>();
        function.Recompiled += (_, compilation) => said.Add(compilation.Difference);
        for (var n = 2; n <= 4; n++)
            function.Invoke(Tensor.Ones(n));
        function.Invoke(Tensor.Ones(4));
        Assert.Equal([1, 2, 3], function.Compilations.Select(c => c.Number));
        Assert.Equal(1, function.Compilations[0].Steps);
        Assert.Contains("tanh", function.Compilations[0].Graph, StringComparison.Ordinal);
        Assert.Contains("loop", function.Compilations[0].Plan, StringComparison.Ordinal);
        Assert.Equal(["the argument was float32[3] and is float32[4]"], said);
    }

    [Fact]
    public void Compiled_training_learns_what_training_learns()
    {
        var (train, test) = Datasets.Digits();
        var trainer = Trainer.For(
            Model.Sequential(Layers.Flatten(), Layers.Dense(16, Activation.Relu), Layers.Dense(10)),
            Losses.SparseCategoricalCrossEntropy(),
            Optimizers.Adam(1e-2),
            Metrics.Accuracy
        );
        var plain = trainer.Fit(train, epochs: 1, seed: 3);
        var compiled = trainer.Fit(train, epochs: 1, seed: 3, compile: true);
        Assert.Equal(plain.Evaluate(test)["accuracy"], compiled.Evaluate(test)["accuracy"], 0.01);
        Assert.True(compiled.Evaluate(test)["accuracy"] > 0.7);
    }
}
