using System;
using System.Globalization;
using System.Text;

namespace DeepFun;

/// <summary>The words of progress lines, the same for terminals and files.</summary>
internal static class ProgressText
{
    /// <summary><c>loss 0.0521  accuracy 0.9833</c></summary>
    public static string Values(EvaluationResult values)
    {
        var text = new StringBuilder("loss ").Append(FigureText.Steady(values.Loss));
        foreach (var (name, value) in values.Metrics)
            text.Append("  ").Append(FigureText.OneLine(name)).Append(' ').Append(FigureText.Steady(value));
        return text.ToString();
    }

    /// <summary><c>epoch  3/10</c>; numbers are padded, so that lines are read below each other.</summary>
    public static string Epoch(int epoch, int epochs)
    {
        var last = epochs.ToString(CultureInfo.InvariantCulture);
        return $"epoch {epoch.ToString(CultureInfo.InvariantCulture).PadLeft(last.Length)}/{last}";
    }

    /// <summary><c>batch  20/469</c></summary>
    public static string Batch(StepNews step)
    {
        var last = step.Batches.ToString(CultureInfo.InvariantCulture);
        return $"batch {step.Batch.ToString(CultureInfo.InvariantCulture).PadLeft(last.Length)}/{last}";
    }

    /// <summary><c>12,345 examples/s</c>; empty when it is not known.</summary>
    public static string Speed(double examplesPerSecond)
    {
        if (!double.IsFinite(examplesPerSecond) || examplesPerSecond <= 0)
            return "";
        var format = examplesPerSecond < 100 ? "0.#" : "#,0";
        return examplesPerSecond.ToString(format, CultureInfo.InvariantCulture) + " examples/s";
    }

    /// <summary><c>0.8 s</c>, <c>1:05</c> (minutes), <c>2:03:04</c> (hours).</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0)
            return "–";
        if (seconds < 59.95)
            return seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
        var whole = (long)Math.Min(Math.Round(seconds), 1e15);
        var (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
        return hours > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{hours}:{minutes:00}:{rest:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{minutes}:{rest:00}");
    }

    /// <summary>What stays on the screen of an epoch.</summary>
    public static string Line(EpochNews epoch)
    {
        var line = $"{Epoch(epoch.Epoch, epoch.Epochs)}  {Duration(epoch.Seconds), 7}  {Values(epoch.Training)}";
        return epoch.Validation is null ? line : $"{line}  | validation {Values(epoch.Validation)}";
    }

    /// <summary>What a file gets within a long epoch.</summary>
    public static string Line(StepNews step)
    {
        var line = $"{Epoch(step.Epoch, step.Epochs)}  {Batch(step)}  {Values(step.Running)}";
        var speed = Speed(step.ExamplesPerSecond);
        return speed.Length == 0 ? line : $"{line}  {speed}";
    }

    /// <summary>Why a training ended early.</summary>
    public static string Line(StoppedNews stopped) => "stopped: " + FigureText.OneLine(stopped.Reason);
}
