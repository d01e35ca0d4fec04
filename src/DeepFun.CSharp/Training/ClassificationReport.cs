using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace DeepFun;

/// <summary>How well one class is read.</summary>
/// <param name="Name">The class.</param>
/// <param name="Examples">How many examples are of this class.</param>
/// <param name="Right">How many of them were read as it.</param>
/// <param name="Readings">How many examples were read as it, rightly or not.</param>
public sealed record ClassScore(string Name, int Examples, int Right, int Readings)
{
    /// <summary>The share of the class's examples that were found; NaN without examples.</summary>
    public double Recall => (double)Right / Examples;

    /// <summary>The share of readings as this class that were right; NaN without readings.</summary>
    public double Precision => (double)Right / Readings;

    /// <summary>The harmonic mean of recall and precision, 2 · right / (examples + readings); NaN without both.</summary>
    public double F1 => 2.0 * Right / (Examples + Readings);
}

/// <summary>An example that was read as another class.</summary>
/// <param name="Index">Its place in the data.</param>
/// <param name="Label">What it is.</param>
/// <param name="Prediction">What it was read as.</param>
public sealed record Misreading(int Index, int Label, int Prediction);

/// <summary>What a classifier reads in examples: a score for each class, the confusion matrix, the mistakes.</summary>
/// <example><code>
/// var outputs = Tensor.From(new float[,] { { 5, 1 }, { 2, 3 }, { 4, 0 } });
/// var report = new ClassificationReport(outputs, Tensor.From([0, 1, 1]), ["cat", "dog"]);
/// Console.WriteLine(report.Mistakes[0]); // Misreading { Index = 2, Label = 1, Prediction = 0 }
/// Console.WriteLine(report);
/// // class  examples  right  recall  precision     F1
/// // cat           1      1  100.0%      50.0%  66.7%
/// // dog           2      1   50.0%     100.0%  66.7%
/// // all           3      2   66.7%
/// </code></example>
public sealed class ClassificationReport
{
    /// <summary>A report on outputs.</summary>
    /// <param name="predictions">Scores [N, classes]; the largest wins.</param>
    /// <param name="labels">[N], of an integer dtype.</param>
    /// <param name="names">One a class; default: 0, 1, ….</param>
    /// <exception cref="DeepFunException">DF0125 the predictions are no matrix; DF0902 a label that is no class, or other than one name a class; DF0922 shapes.</exception>
    public ClassificationReport(Tensor predictions, Tensor labels, IReadOnlyList<string>? names = null)
    {
        if (predictions.Rank != 2)
            Errors.rank<int>("ClassificationReport", "predictions [N, classes]", predictions.Shape);
        var classes = predictions.Shape[1];
        if (names is not null && names.Count != classes)
            Errors.option<int>("ClassificationReport: names", $"{classes}, one for each class", $"{names.Count}");
        Confusion = DeepFun.Metrics.ConfusionMatrix(classes, predictions, labels);
        var all = Enumerable.Range(0, classes).ToArray();
        Classes =
        [
            .. all.Select(c => new ClassScore(
                names?[c] ?? c.ToString(CultureInfo.InvariantCulture),
                all.Sum(other => Confusion[c, other]),
                Confusion[c, c],
                all.Sum(other => Confusion[other, c])
            )),
        ];
        var read = predictions.ArgMax().ToArray<int>();
        Mistakes = [.. labels.ToDoubles().Select((label, i) => new Misreading(i, (int)label, read[i])).Where(m => m.Label != m.Prediction)];
    }

    /// <summary>A report on a model.</summary>
    /// <param name="model">The model; its outputs are scores, one a class.</param>
    /// <param name="data">Examples with labels.</param>
    /// <param name="names">One a class; default: 0, 1, ….</param>
    public static ClassificationReport Of(FittedModel model, Dataset data, IReadOnlyList<string>? names = null) =>
        new(model.Predict(data.Inputs), data.Targets, names);

    /// <summary>A score for each class.</summary>
    public IReadOnlyList<ClassScore> Classes { get; }

    /// <summary>How often class i (row) was read as class j (column).</summary>
    public int[,] Confusion { get; }

    /// <summary>The examples that were read as another class, in the data's order.</summary>
    public IReadOnlyList<Misreading> Mistakes { get; }

    /// <summary>The share of examples that were read right; NaN without examples.</summary>
    public double Accuracy => (double)Classes.Sum(c => c.Right) / Classes.Sum(c => c.Examples);

    /// <summary>The confusion matrix as a figure.</summary>
    public Figure ConfusionFigure(string title = "Confusion matrix")
    {
        var counts = new double[Classes.Count, Classes.Count];
        Array.Copy(Confusion, counts, counts.Length);
        string[] names = [.. Classes.Select(c => c.Name)];
        return Figure.Heatmap(title, counts, names, names, rowTitle: "class", columnTitle: "read as");
    }

    /// <summary>Heads of the columns of <see cref="Rows"/>, for <see cref="HtmlReport.Table"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["class", "examples", "right", "recall", "precision", "F1"];

    /// <summary>The cells of a table, one row a class.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows =>
        [.. Classes.Select(c => (string[])[c.Name, $"{c.Examples}", $"{c.Right}", Percent(c.Recall), Percent(c.Precision), Percent(c.F1)])];

    /// <summary>The table as text, with a last line for all classes.</summary>
    public override string ToString()
    {
        string[] total = ["all", $"{Classes.Sum(c => c.Examples)}", $"{Classes.Sum(c => c.Right)}", Percent(Accuracy), "", ""];
        IReadOnlyList<string>[] lines = [Columns, .. Rows, total];
        var widths = Columns.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(string.Join("  ", line.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd())
                .Append('\n');
        return text.ToString(0, text.Length - 1);
    }

    private static string Percent(double share) =>
        double.IsNaN(share) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{share * 100:F1}%");
}
