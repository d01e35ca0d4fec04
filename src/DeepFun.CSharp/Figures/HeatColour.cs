using System;

namespace DeepFun;

/// <summary>The colour of a heat map's values: a hue whose opacity grows with the value, so that it fits light and dark pages.</summary>
internal readonly struct HeatColour
{
    /// <summary>From here on the hue covers the page, and white is the readable colour of a text on it.</summary>
    private const double Covering = 0.7;

    private const double Faintest = 0.04;

    private readonly bool diverging;

    private HeatColour(double minimum, double maximum)
    {
        diverging = minimum < 0;
        Minimum = diverging ? -Math.Max(-minimum, maximum) : minimum;
        Maximum = diverging ? Math.Max(-minimum, maximum) : maximum;
    }

    /// <summary>The value at the lower end of the scale.</summary>
    public double Minimum { get; }

    /// <summary>The value at the upper end of the scale.</summary>
    public double Maximum { get; }

    /// <summary>The scale of the finite values.</summary>
    public static HeatColour Of(double[,] values)
    {
        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (double.IsFinite(value))
                (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        return minimum <= maximum ? new HeatColour(minimum, maximum) : new HeatColour(0, 0);
    }

    /// <summary>Blue for what is not negative, red for what is.</summary>
    public static string Hue(double value) => value < 0 ? "#d9482b" : "#2166d1";

    /// <summary>The parts of <see cref="Hue"/>.</summary>
    public static (byte Red, byte Green, byte Blue) Parts(double value) =>
        value < 0 ? ((byte)0xD9, (byte)0x48, (byte)0x2B) : ((byte)0x21, (byte)0x66, (byte)0xD1);

    /// <summary>From faint to 1; 0 for what is not finite. A matrix of one positive value is strong, one of zeros faint.</summary>
    public double Opacity(double value)
    {
        if (!double.IsFinite(value))
            return 0;
        var share =
            diverging ? Math.Abs(value) / Maximum
            : Maximum > Minimum ? ((value / 2) - (Minimum / 2)) / ((Maximum / 2) - (Minimum / 2))
            : Maximum > 0 ? 1
            : 0;
        return Faintest + ((1 - Faintest) * share);
    }

    /// <summary>The colour of a text on a cell.</summary>
    public string TextColour(double value) => Opacity(value) >= Covering ? "#ffffff" : "currentColor";
}
