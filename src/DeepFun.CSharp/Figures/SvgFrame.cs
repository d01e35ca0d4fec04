using System;

namespace DeepFun;

/// <summary>The part that lines and bars share: the plot's rectangle, the vertical axis with its grid, the axes' names.</summary>
internal sealed class SvgFrame
{
    /// <summary>The width of every figure with axes.</summary>
    public const double Width = 640;

    private readonly SvgAxis y;

    private SvgFrame(SvgAxis y, double left, double top, double bottom)
    {
        this.y = y;
        Left = left;
        Top = top;
        Bottom = bottom;
    }

    /// <summary>The left edge of the plot.</summary>
    public double Left { get; }

    /// <summary>The right edge of the plot.</summary>
    public double Right => Width - 28;

    /// <summary>The top edge of the plot.</summary>
    public double Top { get; }

    /// <summary>The bottom edge of the plot.</summary>
    public double Bottom { get; }

    /// <summary>Draws the vertical axis and its grid; the plot is as wide as its labels leave.</summary>
    public static SvgFrame Draw(SvgWriter svg, SvgAxis y, string? yLabel, double top, double height)
    {
        var labels = 0.0;
        foreach (var label in y.Labels)
            labels = Math.Max(labels, FigureText.Width(label) * 11);
        var left = 18 + labels + (string.IsNullOrWhiteSpace(yLabel) ? 0 : 20);
        var frame = new SvgFrame(y, left, top, top + height);
        for (var i = 0; i < y.Ticks.Length; i++)
        {
            var at = frame.Y(y.Ticks[i]);
            svg.Line(left, at, frame.Right, at, y.Ticks[i] == 0 ? 0.4 : 0.13);
            svg.Text(left - 7, at + 4, y.Labels[i], SvgAnchor.End, attributes: " fill-opacity=\"0.8\"");
        }

        if (!string.IsNullOrWhiteSpace(yLabel))
            svg.UpwardText(20, top + (height / 2), FigureText.Fit(yLabel, height / 12));
        return frame;
    }

    /// <summary>The height of a value.</summary>
    public double Y(double value) => y.Place(value, Bottom, Top);

    /// <summary>The words in the middle of a plot that has nothing to show.</summary>
    public void NoData(SvgWriter svg) =>
        svg.Text((Left + Right) / 2, (Top + Bottom) / 2, "no data", SvgAnchor.Middle, 13, " fill-opacity=\"0.6\"");
}
