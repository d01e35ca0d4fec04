using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Reads handwritten digits with one hidden layer: 784-128-10 on MNIST, 64-128-10 on the embedded digits, and softmax.</summary>
internal static class MultilayerPerceptron
{
    public static SampleResult Run(SampleOptions options)
    {
        var (name, isMnist, train, test) = DigitsData.Of(options);
        // The ten outputs are logits; the loss and whoever wants probabilities apply softmax to them, which is exact for large ones too.
        var model = Model.Sequential(Layers.Flatten(), Layers.Dense(128, Activation.Relu), Layers.Dense(10));

        var run = Trainer
            .For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(isMnist ? 1e-3 : 3e-3), Metrics.Accuracy)
            .Fit(train, epochs: isMnist ? 10 : options.Pick(quick: 8, full: 30), batchSize: isMnist ? 128 : 32, validation: test);
        var reading = ClassificationReport.Of(run.Model, test);

        var first = run.Model.Predict(test.Inputs.Slice(0, 1)).Softmax().ToDoubles();
        var picture = ($"{test.Targets.ToArray<int>()[0]}", test.Inputs.Item(0).Item(0).ToMatrix());
        return new SampleResult(
            new HtmlReport("Multilayer perceptron", $"{name}: {reading.Accuracy:P2} of {test.Count:N0} test digits read right")
                .Heading("Model")
                .Preformatted(model.Summary([.. train.InputShape]))
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("accuracy"))
                .Heading("Reading")
                .Add(reading.ConfusionFigure())
                .Heading("One digit")
                .Add(Figure.Images("The first test digit", [picture]))
                .Add(Figure.Bars("What it may be", "probability", [.. first.Select((p, digit) => ($"{digit}", p))])),
            Achievement.AtLeast($"test accuracy on {name}", reading.Accuracy, isMnist ? 0.97 : options.Pick(quick: 0.93, full: 0.96))
        );
    }
}
