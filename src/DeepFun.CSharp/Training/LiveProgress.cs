using System;
using System.Collections.Generic;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DeepFun;

/// <summary>Progress as a bar that is drawn over itself, and a line that stays for each epoch.</summary>
/// <remarks>
/// Drawn between the steps, on the training's own thread: Spectre's progress display would start a thread of its own, and what a step
/// holds by thread would be lost. Most steps cost only a look at the clock.
/// </remarks>
internal sealed class LiveProgress(IAnsiConsole console, TimeProvider time) : TrainingProgress
{
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(100);

    private static readonly Style Dim = new(decoration: Decoration.Dim);
    private static readonly Style Done = new(Color.Green);

    /// <inheritdoc/>
    public override void Follow(IEnumerable<TrainingNews> news)
    {
        ArgumentNullException.ThrowIfNull(news);
        console.Live(new Text("")).AutoClear(true).Start(display => Show(news, display));
    }

    private void Show(IEnumerable<TrainingNews> news, LiveDisplayContext display)
    {
        var remaining = new RemainingTime(time);
        var drawn = long.MinValue;
        foreach (var item in news)
            switch (item)
            {
                case StepNews step:
                    remaining.Note(step);
                    var now = time.GetTimestamp();
                    // The last batch is always drawn: the validation after it may take long, without news.
                    var last = step.Batch == step.Batches && step.Batches > 1;
                    if (!last && drawn != long.MinValue && time.GetElapsedTime(drawn, now) < BetweenDrawings)
                        break;
                    drawn = now;
                    display.UpdateTarget(Bar(step, remaining.Seconds(step)));
                    break;
                case EpochNews epoch:
                    WriteLine(ProgressText.Line(epoch));
                    break;
                case StoppedNews stopped:
                    WriteLine(ProgressText.Line(stopped));
                    break;
            }
    }

    /// <summary>A line above the bar.</summary>
    private void WriteLine(string line) => console.Write(new ErasingLine(line));

    /// <summary>One line that fits the console: first the bar shrinks, then it goes, then the text is cut.</summary>
    private IRenderable Bar(StepNews step, double remaining)
    {
        const int Longest = 32;
        const int Shortest = 8;
        var head = ProgressText.Epoch(step.Epoch, step.Epochs) + " ";
        var speed = ProgressText.Speed(step.ExamplesPerSecond);
        var tail = $" {ProgressText.Batch(step)}  {ProgressText.Values(step.Running)}";
        var rest = (speed.Length == 0 ? "" : "  " + speed) + "  ETA " + ProgressText.Duration(remaining);

        // The last column stays free: some terminals wrap when it is written.
        var width = Math.Max(1, console.Profile.Width - 1);
        var free = width - head.Length - tail.Length;
        if (free - rest.Length < Shortest)
            rest = "";
        var bar = Math.Min(Longest, free - rest.Length);
        if (bar < Shortest)
            return new Text(FigureText.Shorten(head + tail.TrimStart(), width));

        var share = step.Batches > 0 ? Math.Clamp((double)step.Batch / step.Batches, 0, 1) : 0;
        var full = (int)Math.Round(share * bar);
        var mark = console.Profile.Capabilities.Unicode ? '━' : '#';
        var empty = console.Profile.Capabilities.Unicode ? '─' : '-';
        return new Paragraph(head)
            .Append(new string(mark, full), Done)
            .Append(new string(empty, bar - full), Dim)
            .Append(tail)
            .Append(rest, Dim);
    }

    /// <summary>A line that is written over the bar: Spectre puts the cursor to the bar's beginning but leaves the bar's text.</summary>
    private sealed class ErasingLine(string line) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            yield return Segment.Control("\e[2K");
            foreach (var segment in ((IRenderable)new Text(line)).Render(options, maxWidth))
                yield return segment;
            yield return Segment.LineBreak;
        }
    }
}
