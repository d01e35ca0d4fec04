using System;
using System.Collections.Generic;
using System.Linq;
using DeepFun;
using Spectre.Console;

namespace Digits;

/// <summary>What a model reads in the test digits, and how to show it.</summary>
internal sealed class Reading
{
    private const int Classes = 10;
    private readonly Dataset test;
    private readonly int[] labels;
    private readonly int[] read;
    private readonly int[,] confusion;

    public Reading(FittedModel model, Dataset test)
    {
        this.test = test;
        var outputs = model.Predict(test.Inputs);
        labels = test.Targets.ToArray<int>();
        read = outputs.ArgMax().ToArray<int>();
        confusion = Metrics.ConfusionMatrix(Classes, outputs, test.Targets);
    }

    public void ShowPerClass()
    {
        var table = new Table().AddColumns("digit", "examples", "read right", "found", "trusted");
        foreach (var c in Enumerable.Range(0, Classes))
            table.AddRow([.. Row(c)]);
        AnsiConsole.Write(table);
    }

    /// <summary>Found: share of these digits that were read as such (recall). Trusted: share of such readings that were right (precision).</summary>
    private string[] Row(int c)
    {
        var examples = Enumerable.Range(0, Classes).Sum(j => confusion[c, j]);
        var readings = Enumerable.Range(0, Classes).Sum(i => confusion[i, c]);
        return
        [
            $"{c}",
            $"{examples}",
            $"{confusion[c, c]}",
            $"{confusion[c, c] / (double)examples:P1}",
            $"{confusion[c, c] / (double)readings:P1}",
        ];
    }

    public string Misread(int most) => ConsolePicture.Draw([.. MisreadImages(most)]);

    private IEnumerable<(string Caption, double[,] Pixels)> MisreadImages(int most) =>
        Enumerable
            .Range(0, labels.Length)
            .Where(i => labels[i] != read[i])
            .Take(most)
            .Select(i => ($"{labels[i]} read as {read[i]}", Pixels(i)));

    private double[,] Pixels(int example)
    {
        var image = test.Inputs.Item(example).Item(0);
        var values = image.ToDoubles();
        var pixels = new double[image.Shape[0], image.Shape[1]];
        Buffer.BlockCopy(values, 0, pixels, 0, values.Length * sizeof(double));
        return pixels;
    }

    public HtmlReport Report(string title, Layer model, TrainingRun run)
    {
        var epochs = run.History.Select(e => (double)e.Epoch).ToArray();
        (string, double[], double[]) Curve(string name, Func<EpochNews, double> value) => (name, epochs, [.. run.History.Select(value)]);
        var names = Enumerable.Range(0, Classes).Select(c => $"{c}").ToArray();
        var counts = new double[Classes, Classes];
        Array.Copy(confusion, counts, confusion.Length);
        return new HtmlReport(title, "DeepFun")
            .Heading("Model")
            .Preformatted(model.Summary([.. run.Model.InputShape]))
            .Heading("Training")
            .Add(Figure.Lines("Loss", "epoch", "loss", Curve("training", e => e.Training.Loss), Curve("test", e => e.Validation!.Loss)))
            .Add(
                Figure.Lines(
                    "Accuracy",
                    "epoch",
                    "accuracy",
                    Curve("training", e => e.Training["accuracy"]),
                    Curve("test", e => e.Validation!["accuracy"])
                )
            )
            .Heading("Reading")
            .Add(Figure.Heatmap("Confusion matrix", counts, names, names, rowTitle: "digit", columnTitle: "read as"))
            .Table(["digit", "examples", "read right", "found", "trusted"], [.. Enumerable.Range(0, Classes).Select(Row)])
            .Add(Figure.Images("Misread digits", [.. MisreadImages(24)]));
    }
}
