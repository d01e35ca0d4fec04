using System;

namespace DeepFun;

/// <summary>Estimates how long a training still takes, from the time of the steps seen so far, validation between them included.</summary>
internal sealed class RemainingTime(TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private long before = -1;

    /// <summary>Takes notice of a step; cheap.</summary>
    public void Note(StepNews step)
    {
        // A resumed training starts in the middle: the steps before the first one seen took none of our time.
        if (before < 0)
            before = Position(step) - 1;
    }

    /// <summary>Seconds until the last step of the last epoch.</summary>
    public double Seconds(StepNews step)
    {
        var (position, all) = (Position(step), (long)step.Epochs * step.Batches);
        return time.GetElapsedTime(started).TotalSeconds / Math.Max(1, position - before) * Math.Max(0, all - position);
    }

    private static long Position(StepNews step) => ((step.Epoch - 1L) * step.Batches) + step.Batch;
}
