using DeepFun.FSharp;

namespace DeepFun;

/// <content>More schedules.</content>
public static partial class Schedules
{
    /// <summary>From one value to another along a power of the time that is left.</summary>
    public static Schedule Polynomial(double initial, double final, double power, int steps) =>
        ScheduleModule.polynomial(initial, final, power, steps);

    /// <summary>From one value to another along a line.</summary>
    public static Schedule Linear(double initial, double final, int steps) => ScheduleModule.linear(initial, final, steps);

    /// <summary>One schedule after another: each begins at its step, with its own step 0.</summary>
    public static Schedule Join(Schedule first, params (int Start, Schedule Schedule)[] later) => OptimizerInterop.Join(first, later);

    /// <summary>The product of schedules.</summary>
    public static Schedule Product(params Schedule[] schedules) => OptimizerInterop.Product(schedules);

    /// <summary>A value times a factor at each of some steps.</summary>
    public static Schedule PiecewiseConstant(double initial, params (int Step, double Factor)[] factors) =>
        OptimizerInterop.PiecewiseConstant(initial, factors);

    /// <summary>Lines between points; constant before the first and after the last.</summary>
    public static Schedule PiecewiseLinear(params (int Step, double Value)[] points) => OptimizerInterop.PiecewiseLinear(points);

    /// <summary>initial / (1 + decay · step)</summary>
    public static Schedule InverseTime(double initial, double decay) => ScheduleModule.inverseTime(initial, decay);

    /// <summary>Linear to the peak, then as one over the root of the step: the transformer's.</summary>
    public static Schedule InverseSqrt(double peak, int warmupSteps) => ScheduleModule.inverseSqrt(peak, warmupSteps);

    /// <summary>Half cosines again and again.</summary>
    /// <param name="initial">Value after a restart.</param>
    /// <param name="steps">Length of the first one.</param>
    /// <param name="multiplier">How many times longer each is than the one before.</param>
    /// <param name="last">Value before a restart.</param>
    public static Schedule CosineRestarts(double initial, int steps, int multiplier = 1, double last = 0) =>
        ScheduleModule.cosineRestarts(initial, steps, multiplier, last);

    /// <summary>One cycle: up to the peak, then down to almost nothing.</summary>
    /// <param name="peak">Largest value.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="share">Share of the steps that rise.</param>
    /// <param name="startDivisor">The first value is peak / startDivisor.</param>
    /// <param name="endDivisor">The last value is the first / endDivisor.</param>
    /// <param name="cosine">Half cosines; else lines.</param>
    /// <param name="threePhases">Down to the first value as fast as up, then on to the last.</param>
    public static Schedule OneCycle(
        double peak,
        int steps,
        double share = 0.3,
        double startDivisor = 25,
        double endDivisor = 1e4,
        bool cosine = true,
        bool threePhases = false
    ) => ScheduleModule.oneCycle(peak, steps, share, startDivisor, endDivisor, cosine, threePhases);

    /// <summary>Lines up and down between two values.</summary>
    /// <param name="low">Lower value.</param>
    /// <param name="high">Upper value.</param>
    /// <param name="up">Steps up.</param>
    /// <param name="down">Steps down; default: as many.</param>
    /// <param name="perCycle">Factor of the height after each cycle.</param>
    /// <param name="perStep">Factor of the height after each step.</param>
    public static Schedule Cyclic(double low, double high, int up, int? down = null, double perCycle = 1, double perStep = 1) =>
        ScheduleModule.cyclic(low, high, up, down ?? up, perCycle, perStep);
}
