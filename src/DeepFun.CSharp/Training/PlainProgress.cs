using System;
using System.Collections.Generic;
using System.IO;

namespace DeepFun;

/// <summary>Progress as lines of text, for files, pipes and notebooks.</summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time) : TrainingProgress
{
    /// <summary>Lines within an epoch come only where nothing was written for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override void Follow(IEnumerable<TrainingNews> news)
    {
        ArgumentNullException.ThrowIfNull(news);
        var written = time.GetTimestamp();
        foreach (var item in news)
        {
            var line = item switch
            {
                StepNews step when EndsQuarter(step) && time.GetElapsedTime(written) >= Quiet => ProgressText.Line(step),
                EpochNews epoch => ProgressText.Line(epoch),
                StoppedNews stopped => ProgressText.Line(stopped),
                _ => null,
            };
            if (line is null)
                continue;
            writer.WriteLine(line);
            writer.Flush();
            written = time.GetTimestamp();
        }
    }

    /// <summary>The end of the epoch itself is left to the epoch's line.</summary>
    private static bool EndsQuarter(StepNews step) =>
        step.Batch < step.Batches && step.Batch * 4L / step.Batches > (step.Batch - 1) * 4L / step.Batches;
}
