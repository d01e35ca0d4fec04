using System;
using System.Collections.Generic;
using System.Globalization;

namespace DeepFun;

/// <summary>A linear axis: the range it shows, and round numbers within it.</summary>
internal sealed class SvgAxis
{
    private SvgAxis(double minimum, double maximum, double[] ticks, string[] labels)
    {
        Minimum = minimum;
        Maximum = maximum;
        Ticks = ticks;
        Labels = labels;
    }

    /// <summary>The value at the axis's beginning.</summary>
    public double Minimum { get; }

    /// <summary>The value at the axis's end; above the minimum.</summary>
    public double Maximum { get; }

    /// <summary>Round values between the ends, ascending.</summary>
    public double[] Ticks { get; }

    /// <summary>The text of each tick.</summary>
    public string[] Labels { get; }

    /// <summary>An axis over finite values, with steps of 1, 2, 2.5 or 5 times a power of ten.</summary>
    /// <param name="minimum">The smallest value to show.</param>
    /// <param name="maximum">The largest value to show.</param>
    /// <param name="wanted">About how many steps.</param>
    /// <param name="whole">Ticks at whole numbers only, for counts such as epochs.</param>
    /// <param name="extend">Lengthens the axis to the next ticks outside.</param>
    public static SvgAxis Over(double minimum, double maximum, int wanted, bool whole = false, bool extend = false)
    {
        // Below this length the ticks would differ in digits that a double does not have.
        var shortest = Math.Max(Math.Max(Math.Abs(minimum), Math.Abs(maximum)) * 1e-12, 1e-290);
        if (maximum - minimum < shortest)
        {
            var margin = minimum == 0 ? 1 : Math.Abs(minimum) / 2;
            (minimum, maximum) = (Finite(minimum - margin), Finite(maximum + margin));
        }

        // Divided before subtracting: the length of the full range of doubles is infinite.
        var (mantissa, exponent) = RoundStep((maximum / wanted) - (minimum / wanted), whole);
        var step = mantissa * Math.Pow(10, exponent);
        if (extend)
        {
            minimum = Finite(Math.Floor((minimum / step) + 1e-9) * step, minimum);
            maximum = Finite(Math.Ceiling((maximum / step) - 1e-9) * step, maximum);
        }

        var ticks = new List<double>();
        for (var i = Math.Ceiling((minimum / step) - 1e-9); i <= (maximum / step) + 1e-9; i++)
            // Dividing by a power of ten gives the double nearest to the decimal; multiplying by 0.1 does not.
            ticks.Add((exponent < 0 ? i * mantissa / Math.Pow(10, -exponent) : i * mantissa * Math.Pow(10, exponent)) + 0.0);
        return new SvgAxis(minimum, maximum, [.. ticks], LabelsOf(ticks, mantissa, exponent));
    }

    /// <summary>The smallest and largest finite value; 0 and 1 where there is none.</summary>
    public static (double Minimum, double Maximum) Range(IEnumerable<double> values)
    {
        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (double.IsFinite(value))
                (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        return minimum <= maximum ? (minimum, maximum) : (0, 1);
    }

    /// <summary>Where a value lies between two coordinates.</summary>
    public double Place(double value, double start, double end) =>
        start + (((value / 2) - (Minimum / 2)) / ((Maximum / 2) - (Minimum / 2)) * (end - start));

    private static double Finite(double value) => Math.Clamp(value, double.MinValue, double.MaxValue);

    private static double Finite(double value, double otherwise) => double.IsFinite(value) ? value : otherwise;

    private static (double Mantissa, int Exponent) RoundStep(double rough, bool whole)
    {
        if (whole && rough <= 1)
            return (1, 0);
        var exponent = (int)Math.Floor(Math.Log10(rough));
        // A length that is round up to the last bits keeps the round step.
        var fraction = rough / Math.Pow(10, exponent) * (1 - 1e-12);
        return fraction switch
        {
            <= 1 => (1, exponent),
            <= 2 => (2, exponent),
            <= 2.5 when !whole || exponent > 0 => (2.5, exponent),
            <= 5 => (5, exponent),
            _ => (1, exponent + 1),
        };
    }

    private static string[] LabelsOf(List<double> ticks, double mantissa, int exponent)
    {
        var last = mantissa == 2.5 ? exponent - 1 : exponent;
        var largest = 0.0;
        foreach (var tick in ticks)
            largest = Math.Max(largest, Math.Abs(tick));
        var scientific = largest is >= 1e6 or < 1e-3;
        var labels = new string[ticks.Count];
        for (var i = 0; i < labels.Length; i++)
            if (!scientific)
                labels[i] = ticks[i].ToString("F" + Math.Max(0, -last), CultureInfo.InvariantCulture);
            else if (ticks[i] == 0)
                labels[i] = "0";
            else
            {
                var digits = Math.Max(0, (int)Math.Floor(Math.Log10(Math.Abs(ticks[i])) + 1e-9) - last);
                labels[i] = ticks[i].ToString("0." + new string('#', digits) + "e0", CultureInfo.InvariantCulture);
            }

        return labels;
    }
}
