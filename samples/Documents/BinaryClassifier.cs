using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Decides with 10-64-32-1 and sigmoid which half of ten numbers is longer as a vector: no plane can.</summary>
internal static class BinaryClassifier
{
    public static SampleResult Run(SampleOptions options)
    {
        var n = options.Pick(quick: 2000, full: 20000);
        var x = Tensor.Normal(Key.FromSeed(5), n, 10);
        var isFirstLonger = x.Slice(0, 5, axis: 1).Square().Sum(1).Greater(x.Slice(5, 10, axis: 1).Square().Sum(1));
        var (train, test) = new Dataset(x, isFirstLonger.Cast(DType.Float32).Reshape(n, 1)).Split(0.8, Key.FromSeed(6));

        // The output is a logit; the loss applies sigmoid to it, and so does whoever wants a probability.
        var model = Model.Sequential(Layers.Dense(64, Activation.Relu), Layers.Dense(32, Activation.Relu), Layers.Dense(1));
        var run = Learn(model);
        var result = run.Evaluate(test);
        var line = Learn(Layers.Dense(1)).Evaluate(test)["binaryAccuracy"];

        var probability = run.Model.Predict(test.Inputs).Sigmoid().ToDoubles();
        var positive = test.Targets.ToDoubles();
        var bars = Enumerable
            .Range(0, 10)
            .Select(tenth =>
            {
                var inside = Enumerable.Range(0, test.Count).Where(i => (int)(probability[i] * 9.999) == tenth).ToArray();
                return ($"{tenth / 10.0:F1}–{(tenth + 1) / 10.0:F1}", inside.Length == 0 ? double.NaN : inside.Average(i => positive[i]));
            })
            .ToArray();
        return new SampleResult(
            new HtmlReport("Binary classifier", $"10-64-32-1 and sigmoid: {result["binaryAccuracy"]:P1} of {test.Count:N0} test examples")
                .Heading("Model")
                .Preformatted(model.Summary(10))
                .Heading("Training")
                .Add(run.Plot())
                .Add(run.Plot("binaryAccuracy"))
                .Heading("Probabilities")
                .Add(Figure.Bars("How often the answer was yes, by the probability given to it", "share", bars)),
            Achievement.AtLeast("test accuracy", result["binaryAccuracy"], options.Pick(quick: 0.85, full: 0.95)),
            Achievement.AtLeast("F1", result["f1"], options.Pick(quick: 0.85, full: 0.95)),
            Achievement.AtMost("test accuracy of a plane", line, 0.6)
        );

        TrainingRun Learn(Layer layer) =>
            Trainer
                .For(layer, Losses.BinaryCrossEntropy(), Optimizers.Adam(3e-3), Metrics.BinaryAccuracy, Metrics.BinaryF1)
                .Fit(train, epochs: options.Pick(quick: 20, full: 15), batchSize: options.Pick(quick: 32, full: 64), validation: test);
    }
}
