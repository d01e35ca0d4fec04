using System.Collections.Generic;
using System.Globalization;

namespace DeepFun;

/// <summary>Loss and metrics over examples.</summary>
/// <param name="Loss">Mean loss, in which its weights count.</param>
/// <param name="Metrics">Each metric by name, in the trainer's order; one of several numbers is listed as <c>name[0]</c>, <c>name[1]</c>, ….</param>
/// <param name="Examples">Number of examples.</param>
public sealed record EvaluationResult(double Loss, IReadOnlyList<KeyValuePair<string, double>> Metrics, int Examples)
{
    /// <summary>The value of a metric; NaN when it was not measured.</summary>
    public double this[string metric]
    {
        get
        {
            foreach (var (name, value) in Metrics)
                if (name == metric)
                    return value;
            return double.NaN;
        }
    }

    /// <summary><c>loss 0.0521, accuracy 0.9833</c></summary>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"loss {Loss:F4}");
        foreach (var (name, value) in Metrics)
            text += string.Create(CultureInfo.InvariantCulture, $", {name} {value:F4}");
        return text;
    }
}

/// <summary>What happens while a model trains, in order.</summary>
public abstract record TrainingNews;

/// <summary>A batch was learned.</summary>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Batch">Batches of this epoch done.</param>
/// <param name="Batches">Batches of an epoch.</param>
/// <param name="Values">Loss and metrics of this batch.</param>
/// <param name="Running">Over the epoch so far.</param>
/// <param name="ExamplesPerSecond">Speed over the epoch so far.</param>
public sealed record StepNews(
    int Epoch,
    int Epochs,
    int Batch,
    int Batches,
    EvaluationResult Values,
    EvaluationResult Running,
    double ExamplesPerSecond
) : TrainingNews;

/// <summary>An epoch was done.</summary>
/// <param name="Epoch">Which, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Training">Over the epoch's batches.</param>
/// <param name="Validation">Over the validation data after the epoch; null without them.</param>
/// <param name="Seconds">Seconds of the epoch's steps.</param>
public sealed record EpochNews(int Epoch, int Epochs, EvaluationResult Training, EvaluationResult? Validation, double Seconds)
    : TrainingNews;

/// <summary>Training ended before its epochs were done.</summary>
/// <param name="Reason">Why.</param>
public sealed record StoppedNews(string Reason) : TrainingNews;
