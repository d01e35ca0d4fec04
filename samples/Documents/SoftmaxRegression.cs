using System.Globalization;
using System.IO;
using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Tells three species of iris apart by four measures (Fisher 1936; data/iris/SOURCE.md).</summary>
internal static class SoftmaxRegression
{
    private static readonly string[] Species = ["setosa", "versicolor", "virginica"];

    public static SampleResult Run(SampleOptions options)
    {
        var (train, test) = Flowers().Split(0.8, Key.FromSeed(0));
        var (mean, deviation) = (train.Inputs.Mean(0), train.Inputs.Std([0]));
        // The model takes centimetres: that it looks at them in units of their spread is its own affair.
        var model = Model.Sequential(Model.Function("Standardize", x => (x - mean) / deviation), Layers.Dense(Species.Length));

        var run = Trainer
            .For(model, Losses.SparseCategoricalCrossEntropy(), Optimizers.Adam(0.05), Metrics.Accuracy)
            .Fit(train, epochs: options.Pick(quick: 30, full: 100), batchSize: 16, validation: test);
        var reading = ClassificationReport.Of(run.Model, test, Species);

        var report = new HtmlReport("Softmax regression", $"three species of iris: {reading.Accuracy:P1} of {test.Count} test flowers")
            .Heading("Training")
            .Add(run.Plot())
            .Add(run.Plot("accuracy"))
            .Heading("Reading")
            .Add(reading.ConfusionFigure())
            .Heading("Probabilities of six test flowers");
        var probabilities = run.Model.Predict(test.Inputs).Softmax().ToMatrix();
        var labels = test.Targets.ToArray<int>();
        for (var i = 0; i < 6; i++)
            report.Add(
                Figure.Bars(
                    $"A flower that is {Species[labels[i]]}",
                    "probability",
                    [.. Species.Select((name, s) => (name, probabilities[i, s]))]
                )
            );
        return new SampleResult(
            report,
            Achievement.AtLeast("training accuracy", run.Evaluate(train)["accuracy"], 0.95),
            Achievement.AtLeast("test accuracy", reading.Accuracy, 0.93)
        );
    }

    private static Dataset Flowers()
    {
        using var reader = new StreamReader(typeof(SoftmaxRegression).Assembly.GetManifestResourceStream("iris.csv")!);
        var rows = reader.ReadToEnd().Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')).ToArray();
        var measures = rows.SelectMany(row => row[..4].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))).ToArray();
        var species = rows.Select(row => int.Parse(row[4], CultureInfo.InvariantCulture)).ToArray();
        return new Dataset(Tensor.From(measures, rows.Length, 4), Tensor.From(species));
    }
}
