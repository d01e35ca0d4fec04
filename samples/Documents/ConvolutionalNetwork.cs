using DeepFun;

namespace Documents;

/// <summary>The convolutional network 32-64-64 reads handwritten digits: MNIST, or the small ones that are embedded.</summary>
internal static class ConvolutionalNetwork
{
    public static SampleResult Run(SampleOptions options)
    {
        var digits = DigitsData.Of(options);
        var (train, test) = (digits.Train, digits.Test);
        // Of 8×8 pixels nothing would be left without padding.
        var padding = digits.Pick(embedded: WindowPadding.Same, mnist: WindowPadding.Valid);
        var model = Model.Sequential(
            Layers.Conv2D(32, kernel: 3, padding: padding, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Conv2D(64, kernel: 3, padding: padding, activation: Activation.Relu),
            Layers.MaxPool2D(2),
            Layers.Conv2D(64, kernel: 3, padding: padding, activation: Activation.Relu),
            Layers.Flatten(),
            Layers.Dense(64, Activation.Relu),
            Layers.Dense(10)
        );
        var (epochs, batchSize) = digits.Pick(embedded: (10, 32), mnist: (3, 64));
        // At a constant rate the accuracy sways with the last examples that an epoch happens to show; a rate that falls to nothing calms it.
        var rate = Schedules.CosineDecay(1e-3, steps: epochs * ((train.Count + batchSize - 1) / batchSize));
        var run = Trainer
            .For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(rate), Metrics.Accuracy)
            .Fit(train, epochs, batchSize, validation: test);

        var accuracy = run.Evaluate(test)["accuracy"];
        return new SampleResult(
            new HtmlReport("Convolutional network", $"{digits.Name}: {accuracy:P2} of {test.Count:N0} test digits read right")
                .Heading("Model")
                .Preformatted(model.Summary([.. train.InputShape]))
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("accuracy"))
                .Heading("Reading")
                .Add(ClassificationReport.Of(run.Model, test).ConfusionFigure()),
            Achievement.AtLeast($"test accuracy on {digits.Name}", accuracy, digits.Pick(embedded: 0.95, mnist: 0.985))
        );
    }
}
