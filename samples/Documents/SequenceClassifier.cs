using DeepFun;

namespace Documents;

/// <summary>An LSTM reads a digit as a sequence, one row of pixels a step, and says which digit it was when the last row has come.</summary>
internal static class SequenceClassifier
{
    public static SampleResult Run(SampleOptions options)
    {
        var digits = DigitsData.Of(options);
        var (train, test) = (digits.Train, digits.Test);
        var (steps, features) = (train.InputShape[1], train.InputShape[2]);
        var model = Model.Sequential(Layers.Reshape(steps, features), Layers.Lstm(128, sequences: false), Layers.Dense(10));
        var run = Trainer
            .For(
                model,
                Losses.SparseCategoricalCrossEntropy(),
                Optimizers.Adam(digits.Pick(embedded: 3e-3, mnist: 1e-3)).ClipByGlobalNorm(1),
                Metrics.Accuracy
            )
            .Fit(train, epochs: digits.Pick(embedded: 12, mnist: 3), batchSize: digits.Pick(embedded: 32, mnist: 64), validation: test);

        var accuracy = run.Evaluate(test)["accuracy"];
        return new SampleResult(
            new HtmlReport("LSTM", $"{digits.Name}: {accuracy:P2} of {test.Count:N0} sequences of {steps} steps classified right")
                .Heading("Model")
                .Preformatted(model.Summary([.. train.InputShape]))
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("accuracy"))
                .Heading("Reading")
                .Add(ClassificationReport.Of(run.Model, test).ConfusionFigure()),
            Achievement.AtLeast($"test accuracy on {digits.Name}", accuracy, digits.Pick(embedded: 0.93, mnist: 0.97))
        );
    }
}
