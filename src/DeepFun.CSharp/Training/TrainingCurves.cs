using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace DeepFun;

/// <summary>Draws what a training reported over its epochs.</summary>
internal static class TrainingCurves
{
    public static Figure Draw(IReadOnlyList<EpochNews> history, string? metric, string? title)
    {
        var name = metric ?? "loss";
        var validated = history.Where(e => e.Validation is not null).ToArray();
        var training = Curve("training", history, e => e.Training);
        title ??= Words(name);
        return validated.Length == 0
            ? Figure.Lines(title, "epoch", name, training)
            : Figure.Lines(title, "epoch", name, training, Curve("validation", validated, e => e.Validation!));

        (string, double[], double[]) Curve(string label, IReadOnlyList<EpochNews> epochs, Func<EpochNews, EvaluationResult> part) =>
            (label, [.. epochs.Select(e => (double)e.Epoch)], [.. epochs.Select(e => metric is null ? part(e).Loss : part(e)[metric])]);
    }

    /// <summary>A name as words: binaryAccuracy is Binary accuracy.</summary>
    private static string Words(string name)
    {
        var words = new StringBuilder();
        foreach (var c in name)
            if (words.Length == 0)
                words.Append(char.ToUpperInvariant(c));
            else if (char.IsAsciiLetterUpper(c))
                words.Append(' ').Append(char.ToLowerInvariant(c));
            else
                words.Append(c);
        return words.ToString();
    }
}
