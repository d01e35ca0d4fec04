using System;
using System.Linq;

namespace DeepFun;

/// <summary>Draws upright bars from zero.</summary>
internal static class SvgBars
{
    private const double PlotHeight = 260;

    public static string Draw(string title, string yLabel, (string Name, double Value)[] bars)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(bars);

        var svg = new SvgWriter();
        svg.Heading(title, SvgFrame.Width);
        var finite = bars.Select(bar => bar.Value).Where(double.IsFinite).ToArray();
        // A bar's length is its value, so zero belongs to the axis.
        var (minimum, maximum) = finite.Length == 0 ? (0, 1) : SvgAxis.Range(finite.Append(0));
        if (minimum == 0 && maximum == 0)
            maximum = 1;
        var frame = SvgFrame.Draw(svg, SvgAxis.Over(minimum, maximum, 6, extend: true), yLabel, 46, PlotHeight);
        if (bars.Length == 0)
            frame.NoData(svg);

        var slot = (frame.Right - frame.Left) / Math.Max(1, bars.Length);
        // All values or none: a few alone would seem to be special.
        var valued = finite.All(value => FigureText.Width(FigureText.Number(value)) * 10 <= slot);
        for (var i = 0; i < bars.Length; i++)
            DrawBar(svg, frame, bars[i], frame.Left + (i * slot), slot, valued);
        var labels = SvgLabels.Draw(
            svg,
            [.. bars.Select(bar => bar.Name)],
            i => frame.Left + ((i + 0.5) * slot),
            frame.Bottom + 6,
            slot,
            frame.Left
        );
        return svg.Finish(title, SvgFrame.Width, frame.Bottom + labels + 18);
    }

    private static void DrawBar(SvgWriter svg, SvgFrame frame, (string Name, double Value) bar, double left, double slot, bool valued)
    {
        var width = Math.Min(slot * 0.72, 64);
        var middle = left + (slot / 2);
        if (!double.IsFinite(bar.Value))
        {
            svg.Text(middle, frame.Y(0) - 5, "–", SvgAnchor.Middle, attributes: " fill-opacity=\"0.6\"", tooltip: bar.Name);
            return;
        }

        var (zero, end) = (frame.Y(0), frame.Y(bar.Value));
        var number = FigureText.Number(bar.Value);
        svg.Add(
            $"<rect x=\"{middle - (width / 2):0.##}\" y=\"{Math.Min(zero, end):0.##}\" width=\"{width:0.##}\" height=\"{Math.Abs(zero - end):0.##}\" rx=\"2\" fill=\"{SvgWriter.Colour(0)}\"><title>{FigureText.Escape($"{bar.Name}: {number}")}</title></rect>"
        );
        if (valued)
            svg.Text(middle, bar.Value < 0 ? end + 13 : end - 5, number, SvgAnchor.Middle, 10);
    }
}
