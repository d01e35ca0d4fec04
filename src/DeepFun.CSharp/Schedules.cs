using System;

namespace DeepFun;

/// <summary>Learning rates that change with the step, counted from 0. A plain number is a schedule too.</summary>
/// <example><code>
/// var rate = Schedules.WarmupCosine(peak: 0.1, warmupSteps: 10, steps: 110);
/// Console.WriteLine($"{rate.ValueAt(0):F3} {rate.ValueAt(5):F3} {rate.ValueAt(10):F3} {rate.ValueAt(60):F3} {rate.ValueAt(110):F3}"); // 0.000 0.050 0.100 0.050 0.000
/// var optimizer = Optimizers.Adam(rate);
/// </code></example>
public static partial class Schedules
{
    /// <summary>Always the same.</summary>
    public static Schedule Constant(double rate) => FSharp.ScheduleModule.constant(rate);

    /// <summary>initial · factor^(step / steps)</summary>
    public static Schedule ExponentialDecay(double initial, double factor, int steps) =>
        FSharp.ScheduleModule.exponentialDecay(initial, factor, steps);

    /// <summary>Times factor every so many steps.</summary>
    public static Schedule StepDecay(double initial, double factor, int steps) => FSharp.ScheduleModule.stepDecay(initial, factor, steps);

    /// <summary>Half a cosine from initial to alpha · initial.</summary>
    public static Schedule CosineDecay(double initial, int steps, double alpha = 0) =>
        FSharp.ScheduleModule.cosineDecay(initial, steps, alpha);

    /// <summary>Linear from 0 over the first steps, then another schedule from its beginning.</summary>
    public static Schedule Warmup(int steps, Schedule after) => FSharp.ScheduleModule.warmup(steps, after);

    /// <summary>Linear to the peak, then half a cosine to alpha · peak at the last step.</summary>
    public static Schedule WarmupCosine(double peak, int warmupSteps, int steps, double alpha = 0) =>
        FSharp.ScheduleModule.warmupCosine(peak, warmupSteps, steps, alpha);

    /// <summary>A schedule of one's own.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="at">step (float32, no axes) → rate (no axes).</param>
    /// <example><code>
    /// var rate = Schedules.Custom("inverse root", step => 0.1 / (step + 1).Sqrt());
    /// Console.WriteLine($"{rate.ValueAt(0):F3} {rate.ValueAt(3):F3}"); // 0.100 0.050
    /// </code></example>
    public static Schedule Custom(string name, Func<Tensor, Tensor> at) => new(name, at);
}
