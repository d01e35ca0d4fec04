using System;

namespace DeepFun;

/// <summary>The values that are shown as black and as white.</summary>
internal readonly struct GrayRange
{
    private readonly double black;
    private readonly double white;

    private GrayRange(double black, double white)
    {
        this.black = black;
        this.white = white;
    }

    /// <summary>The given range, or the one from the smallest to the largest finite pixel.</summary>
    public static GrayRange Of(string operation, double[,] pixels, (double Black, double White)? range)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (range is var (black, white))
        {
            if (!(double.IsFinite(black) && double.IsFinite(white) && black < white))
                FigureThrowHelper.Range(operation, black, white);
            return new GrayRange(black, white);
        }

        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var pixel in pixels)
            if (double.IsFinite(pixel))
                (minimum, maximum) = (Math.Min(minimum, pixel), Math.Max(maximum, pixel));
        return new GrayRange(minimum, maximum);
    }

    /// <summary>From 0 for black to 1 for white; NaN for what is not finite. An image of one value is black.</summary>
    public double Brightness(double pixel)
    {
        if (!double.IsFinite(pixel))
            return double.NaN;
        // Halved before subtracting: the length of the full range of doubles is infinite.
        return white > black ? Math.Clamp(((pixel / 2) - (black / 2)) / ((white / 2) - (black / 2)), 0, 1) : 0;
    }
}
