using System.Collections.Generic;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Training without a trainer: the gradient of a loss and the optimizer's step, in one compiled function.</summary>
internal static class TrainingLoop
{
    public static SampleResult Run(SampleOptions options)
    {
        const int size = 32;
        var (train, test) = Datasets.Digits();
        var model = Model.Sequential(Layers.Flatten(), Layers.Dense(128, Activation.Relu), Layers.Dense(10));
        var loss = Losses.SparseCategoricalCrossEntropy();
        var optimizer = Optimizers.Adam(1e-3);

        // Parameters and memory are used up by each step: what comes back takes their place.
        var (parameters, state) = model.Initialize(Key.FromSeed(0), [.. train.InputShape]);
        var memory = optimizer.Start(parameters);
        var step = Compile.Jit(
            (Params parameters, Params memory, Tensor x, Tensor y) =>
            {
                var slope = Differentiate.ValueAndGrad((Params p) => loss.Value(model.Forward(p, state, x), y));
                var (value, gradient) = slope(parameters);
                (parameters, memory) = optimizer.Step(parameters, gradient, memory);
                return (parameters, memory, value);
            },
            donate: 2
        );

        var (losses, accuracies) = (new List<double>(), new List<double>());
        for (var epoch = 0; epoch < options.Pick(quick: 15, full: 40); epoch++)
        {
            var order = Key.FromSeed(1).Fold(epoch).Permutation(train.Count);
            var values = new List<double>();
            for (var start = 0; start + size <= train.Count; start += size)
            {
                var batch = train.Take(order.Slice(start, start + size));
                (parameters, memory, var value) = step(parameters, memory, batch.Inputs, batch.Targets);
                values.Add(value.ToDouble());
            }
            losses.Add(values.Average());
            var guess = model.Forward(parameters, state, test.Inputs).ArgMax();
            accuracies.Add(guess.EqualTo(test.Targets).Cast(DType.Float32).Mean().ToDouble());
        }

        double[] epochs = [.. Enumerable.Range(1, losses.Count).Select(e => (double)e)];
        return new SampleResult(
            new HtmlReport("A training loop of one's own", $"{accuracies[^1]:P2} of {test.Count:N0} test digits read right")
                .Add(Figure.Lines("Loss", "epoch", "loss", ("training", epochs, [.. losses])))
                .Add(Figure.Lines("Accuracy", "epoch", "accuracy", ("test", epochs, [.. accuracies]))),
            Achievement.AtLeast("test accuracy", accuracies[^1], options.Pick(quick: 0.96, full: 0.97)),
            Achievement.AtMost("training loss", losses[^1], options.Pick(quick: 0.2, full: 0.05))
        );
    }
}
