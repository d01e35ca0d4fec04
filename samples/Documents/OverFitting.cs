using System.Linq;
using DeepFun;

namespace Documents;

/// <summary>Few examples with wrong labels among them, many parameters: what L1, L2 and dropout do against over-fitting.</summary>
internal static class OverFitting
{
    public static SampleResult Run(SampleOptions options)
    {
        var (train, validation) = (Examples(100, seed: 1), Examples(1000, seed: 2));

        Trainer Perceptron(double dropout = 0)
        {
            Layer Block(int units) => Model.Sequential(Layers.Dropout(dropout), Layers.Dense(units, Activation.Relu));
            var model = Model.Sequential(Block(64), Block(32), Layers.Dropout(dropout), Layers.Dense(1), Layers.Reshape());
            return Trainer.For(model, Losses.BinaryCrossEntropy(), Optimizers.Adam(options.Pick(quick: 2e-3, full: 1e-3)));
        }
        (string Name, Trainer Trainer)[] remedies =
        [
            ("nothing", Perceptron()),
            ("L1", Perceptron().WithPenalty(Penalties.L1(5e-3))),
            ("L2", Perceptron().WithPenalty(Penalties.L2(2e-2))),
            ("dropout", Perceptron(dropout: 0.4)),
        ];
        var runs = remedies
            .Select(r => r.Trainer.Fit(train, epochs: options.Pick(quick: 60, full: 200), batchSize: 25, validation: validation))
            .ToArray();

        (string, double[], double[]) Curve(int i, bool isValidation) =>
            (
                remedies[i].Name,
                [.. runs[i].History.Select(e => (double)e.Epoch)],
                [.. runs[i].History.Select(e => (isValidation ? e.Validation! : e.Training).Loss)]
            );
        var all = Enumerable.Range(0, runs.Length);
        double[] losses = [.. runs.Select(run => run.Evaluate(validation).Loss)];
        var report = new HtmlReport("Against over-fitting", $"{train.Count} examples to learn, every tenth label wrong")
            .Heading("Side by side")
            .Add(Figure.Lines("Training loss", "epoch", "loss", [.. all.Select(i => Curve(i, isValidation: false))]))
            .Add(Figure.Lines("Validation loss", "epoch", "loss", [.. all.Select(i => Curve(i, isValidation: true))]))
            .Add(Figure.Bars("Validation loss at the end", "loss", [.. all.Select(i => (remedies[i].Name, losses[i]))]));
        foreach (var i in all)
            report.Heading(remedies[i].Name).Add(runs[i].Plot());

        return new SampleResult(
            report,
            // Without a remedy the loss turns upwards.
            Achievement.AtLeast("loss at the end / best loss, nothing", losses[0] / runs[0].History.Min(e => e.Validation!.Loss), 1.3),
            Achievement.AtMost("validation loss with L1 / with nothing", losses[1] / losses[0], 0.8),
            Achievement.AtMost("validation loss with L2 / with nothing", losses[2] / losses[0], 0.8),
            Achievement.AtMost("validation loss with dropout / with nothing", losses[3] / losses[0], 0.8)
        );
    }

    // Two of 20 features matter.
    private static Dataset Examples(int n, long seed)
    {
        var keys = Key.FromSeed(seed).Split(2);
        var x = Tensor.Normal(keys[0], n, 20);
        var isWrong = Tensor.Uniform(keys[1], n).Less(Tensor.Scalar(0.1));
        var isPositive = (x.Item(0, axis: 1) + x.Item(1, axis: 1)).Greater(Tensor.Scalar(0));
        return new Dataset(x, isPositive.Xor(isWrong).Cast(DType.Float32));
    }
}
