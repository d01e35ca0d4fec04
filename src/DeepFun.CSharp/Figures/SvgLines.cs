using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace DeepFun;

/// <summary>Draws lines, and points, over a common horizontal axis.</summary>
internal static class SvgLines
{
    private const double PlotHeight = 280;

    /// <summary>Up to this many points each gets a dot with its values as a tooltip.</summary>
    private const int DottedPoints = 40;

    /// <param name="title">The title.</param>
    /// <param name="xLabel">What the horizontal axis measures.</param>
    /// <param name="yLabel">What the vertical axis measures.</param>
    /// <param name="series">The series.</param>
    /// <param name="scattered">So many of them, the first, are points without a line.</param>
    /// <param name="labels">What stands beside each of the points, in their order; null for nothing.</param>
    public static string Draw(
        string title,
        string xLabel,
        string yLabel,
        (string Name, double[] X, double[] Y)[] series,
        int scattered = 0,
        IReadOnlyList<string>? labels = null
    )
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(series);
        foreach (var (name, x, y) in series)
            if (x.Length != y.Length)
                FigureThrowHelper.SeriesLength(scattered > 0 ? "Figure.Scatter" : "Figure.Lines", name, x.Length, y.Length);
        var points = series.Take(scattered).Sum(s => s.X.Length);
        if (labels is not null && labels.Count != points)
            FigureThrowHelper.LabelCount("Figure.Scatter", "point", labels.Count, points);

        var svg = new SvgWriter();
        svg.Heading(title, SvgFrame.Width);
        var named = series.Any(line => !string.IsNullOrWhiteSpace(line.Name));
        var top = named ? svg.Legend([.. series.Select(line => line.Name ?? "")], 38, SvgFrame.Width) + 12 : 46;

        var shown = series.SelectMany(line => line.X.Zip(line.Y)).Where(point => IsShown(point.First, point.Second)).ToArray();
        var xs = SvgAxis.Range(shown.Select(point => point.First));
        var ys = SvgAxis.Range(shown.Select(point => point.Second));
        var whole = shown.Length > 0 && shown.All(point => point.First == Math.Truncate(point.First));
        var xAxis = SvgAxis.Over(xs.Minimum, xs.Maximum, 8, whole);
        var yAxis = SvgAxis.Over(ys.Minimum, ys.Maximum, 6, extend: true);

        var frame = SvgFrame.Draw(svg, yAxis, yLabel, top, PlotHeight);
        DrawHorizontalAxis(svg, frame, xAxis, xLabel);
        if (shown.Length == 0)
            frame.NoData(svg);
        // Lines over points: a line must not vanish in a cloud.
        var first = 0;
        for (var i = 0; i < scattered; first += series[i++].X.Length)
            DrawPoints(svg, frame, xAxis, series[i], i, labels, first);
        for (var i = scattered; i < series.Length; i++)
            DrawSeries(svg, frame, xAxis, series[i], i);
        return svg.Finish(title, SvgFrame.Width, frame.Bottom + (string.IsNullOrWhiteSpace(xLabel) ? 32 : 50));
    }

    private static bool IsShown(double x, double y) => double.IsFinite(x) && double.IsFinite(y);

    private static void DrawHorizontalAxis(SvgWriter svg, SvgFrame frame, SvgAxis axis, string? label)
    {
        svg.Line(frame.Left, frame.Bottom, frame.Right, frame.Bottom, 0.4);
        for (var i = 0; i < axis.Ticks.Length; i++)
        {
            var at = axis.Place(axis.Ticks[i], frame.Left, frame.Right);
            svg.Line(at, frame.Bottom, at, frame.Bottom + 4, 0.4);
            svg.Text(at, frame.Bottom + 18, axis.Labels[i], SvgAnchor.Middle, attributes: " fill-opacity=\"0.8\"");
        }

        if (!string.IsNullOrWhiteSpace(label))
            svg.Text(
                (frame.Left + frame.Right) / 2,
                frame.Bottom + 38,
                FigureText.Fit(label, (frame.Right - frame.Left) / 12),
                SvgAnchor.Middle,
                12
            );
    }

    private static void DrawSeries(SvgWriter svg, SvgFrame frame, SvgAxis axis, (string Name, double[] X, double[] Y) line, int index)
    {
        var colour = SvgWriter.Colour(index);
        var path = new StringBuilder();
        var dots = new List<int>();
        var run = new List<(double X, double Y)>();
        var shown = 0;
        for (var i = 0; i <= line.X.Length; i++)
        {
            if (i < line.X.Length && IsShown(line.X[i], line.Y[i]))
            {
                run.Add((axis.Place(line.X[i], frame.Left, frame.Right), frame.Y(line.Y[i])));
                shown++;
                continue;
            }

            // A point between two gaps has no line through it; without a dot it would not be seen.
            if (run.Count == 1)
                dots.Add(i - 1);
            else
                AppendPath(path, run);
            run.Clear();
        }

        if (path.Length > 0)
            svg.Add(
                $"<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{SvgWriter.Dashes(index)}/>"
            );
        if (shown <= DottedPoints)
            dots = [.. Enumerable.Range(0, line.X.Length).Where(i => IsShown(line.X[i], line.Y[i]))];
        foreach (var i in dots)
            DrawDot(svg, frame, axis, line.Name, line.X[i], line.Y[i], colour, 3, 1);
    }

    private static void DrawPoints(
        SvgWriter svg,
        SvgFrame frame,
        SvgAxis axis,
        (string Name, double[] X, double[] Y) cloud,
        int index,
        IReadOnlyList<string>? labels,
        int first
    )
    {
        for (var i = 0; i < cloud.X.Length; i++)
        {
            if (!IsShown(cloud.X[i], cloud.Y[i]))
                continue;
            var label = labels?[first + i];
            DrawDot(svg, frame, axis, label ?? cloud.Name, cloud.X[i], cloud.Y[i], SvgWriter.Colour(index), 2.5, 0.7);
            if (!string.IsNullOrWhiteSpace(label))
            {
                var at = axis.Place(cloud.X[i], frame.Left, frame.Right);
                // What would leave the plot on the right stands on the left.
                var fits = at + 6 + FigureText.Width(label) * 10 <= frame.Right;
                svg.Text(at + (fits ? 6 : -6), frame.Y(cloud.Y[i]) + 4, label, fits ? SvgAnchor.Start : SvgAnchor.End, 10);
            }
        }
    }

    private static void DrawDot(
        SvgWriter svg,
        SvgFrame frame,
        SvgAxis axis,
        string? name,
        double x,
        double y,
        string colour,
        double radius,
        double opacity
    )
    {
        var tooltip = $"{name} ({FigureText.Number(x)}, {FigureText.Number(y)})".TrimStart();
        var faint = opacity < 1 ? FormattableString.Invariant($" fill-opacity=\"{opacity:0.##}\"") : "";
        svg.Add(
            $"<circle cx=\"{axis.Place(x, frame.Left, frame.Right):0.##}\" cy=\"{frame.Y(y):0.##}\" r=\"{radius:0.##}\" fill=\"{colour}\"{faint}><title>{FigureText.Escape(tooltip)}</title></circle>"
        );
    }

    /// <summary>
    /// Appends one unbroken line. Of the points within one pixel column only the first, lowest, highest and last are kept:
    /// the picture is the same, and a hundred thousand steps stay a small file.
    /// </summary>
    private static void AppendPath(StringBuilder path, List<(double X, double Y)> points)
    {
        var kept = new List<int>();
        for (var first = 0; first < points.Count; )
        {
            var (low, high, next) = (first, first, first);
            for (; next < points.Count && (int)points[next].X == (int)points[first].X; next++)
            {
                low = points[next].Y < points[low].Y ? next : low;
                high = points[next].Y > points[high].Y ? next : high;
            }

            kept.AddRange(new SortedSet<int> { first, low, high, next - 1 });
            first = next;
        }

        for (var i = 0; i < kept.Count; i++)
            path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{points[kept[i]].X:0.##} {points[kept[i]].Y:0.##}");
    }
}
