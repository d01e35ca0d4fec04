using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepFun;

/// <summary>Draws a matrix as coloured cells.</summary>
internal static class SvgHeatmap
{
    /// <summary>The largest side of the whole matrix.</summary>
    private const double LongestSide = 480;

    private const double LargestCell = 44;

    /// <summary>Above this many cells the matrix is one small image: an element a cell would make pages slow.</summary>
    private const int MostElements = 2500;

    public static string Draw(
        string title,
        double[,] values,
        IReadOnlyList<string>? rowLabels,
        IReadOnlyList<string>? columnLabels,
        bool showValues,
        string? rowTitle,
        string? columnTitle
    )
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(values);
        var (rows, columns) = (values.GetLength(0), values.GetLength(1));
        var rowNames = Names("row", rowLabels, rows);
        var columnNames = Names("column", columnLabels, columns);

        var cell = Math.Min(LargestCell, LongestSide / Math.Max(1, Math.Max(rows, columns)));
        var labelWidth = Math.Min(rowNames.Select(FigureText.Width).DefaultIfEmpty(0).Max() * 11, 150);
        var left = Math.Max(44, 16 + labelWidth + 8 + (string.IsNullOrWhiteSpace(rowTitle) ? 0 : 20));
        const double Top = 46;
        var (right, bottom) = (left + (columns * cell), Top + (rows * cell));
        var width = Math.Max(right + 84, Math.Min(640, (FigureText.Width(title) * SvgWriter.HeadingSize) + 32));

        var svg = new SvgWriter();
        svg.Heading(title, width);
        var colour = HeatColour.Of(values);
        if (values.Length == 0)
            svg.Text(left, Top + 20, "no data", size: 13, attributes: " fill-opacity=\"0.6\"");
        else if (values.Length > MostElements)
            DrawImage(svg, values, colour, left, Top, cell);
        else
            DrawCells(svg, values, colour, left, Top, cell, rowNames, columnNames, showValues);

        for (var i = 0; i < rows; i += SvgLabels.Stride(cell))
            svg.Text(left - 6, Top + ((i + 0.5) * cell) + 4, FigureText.Fit(rowNames[i], 150.0 / 11), SvgAnchor.End, tooltip: rowNames[i]);
        var under = SvgLabels.Draw(svg, columnNames, i => left + ((i + 0.5) * cell), bottom + 5, cell, left);
        var end = bottom + 5 + under;
        if (!string.IsNullOrWhiteSpace(rowTitle))
            svg.UpwardText(20, Top + (rows * cell / 2), rowTitle);
        if (!string.IsNullOrWhiteSpace(columnTitle))
        {
            end += 16;
            svg.Text((left + right) / 2, end, columnTitle, SvgAnchor.Middle, 12);
        }

        if (values.Length > 0)
            DrawScale(svg, colour, right + 18, Top, Math.Max(rows * cell, 60));
        return svg.Finish(title, width, Math.Max(end + 12, Top + 76));
    }

    private static string[] Names(string axis, IReadOnlyList<string>? labels, int size)
    {
        if (labels is null)
            return [.. Enumerable.Range(0, size).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (labels.Count != size)
            FigureThrowHelper.LabelCount("Figure.Heatmap", axis, labels.Count, size);
        return [.. labels.Select(FigureText.OneLine)];
    }

    /// <summary>Two decimals are enough to read a cell; the tooltip has more.</summary>
    private static string CellText(double value) =>
        !double.IsFinite(value) ? "–"
        : value != Math.Truncate(value) && Math.Abs(value) is >= 0.005 and < 10 ? value.ToString("0.00", CultureInfo.InvariantCulture)
        : FigureText.Number(value);

    private static void DrawCells(
        SvgWriter svg,
        double[,] values,
        HeatColour colour,
        double left,
        double top,
        double cell,
        string[] rowNames,
        string[] columnNames,
        bool showValues
    )
    {
        var widest = 0.0;
        foreach (var value in values)
            widest = Math.Max(widest, FigureText.Width(CellText(value)));
        var size = Math.Min(12, (cell - 4) / widest);
        var gap = cell >= 12 ? 1 : 0;
        for (var row = 0; row < rowNames.Length; row++)
        for (var column = 0; column < columnNames.Length; column++)
        {
            var value = values[row, column];
            var number = double.IsFinite(value) ? FigureText.Number(value) : "–";
            var (x, y) = (left + (column * cell), top + (row * cell));
            svg.Add(
                $"<rect x=\"{x + (gap / 2.0):0.##}\" y=\"{y + (gap / 2.0):0.##}\" width=\"{cell - gap:0.##}\" height=\"{cell - gap:0.##}\" rx=\"{gap * 2}\" fill=\"{HeatColour.Hue(value)}\" fill-opacity=\"{colour.Opacity(value):0.###}\"><title>{FigureText.Escape($"{rowNames[row]}, {columnNames[column]}: {number}")}</title></rect>"
            );
            if (showValues && size >= 7)
                svg.Text(
                    x + (cell / 2),
                    y + (cell / 2) + (size * 0.36),
                    CellText(value),
                    SvgAnchor.Middle,
                    size,
                    $" fill=\"{colour.TextColour(value)}\" pointer-events=\"none\"" + (value == 0 ? " fill-opacity=\"0.45\"" : "")
                );
        }
    }

    private static void DrawImage(SvgWriter svg, double[,] values, HeatColour colour, double left, double top, double cell)
    {
        var (rows, columns) = (values.GetLength(0), values.GetLength(1));
        var bytes = new byte[values.Length * PngImage.Colour];
        var next = 0;
        foreach (var value in values)
        {
            (bytes[next], bytes[next + 1], bytes[next + 2]) = HeatColour.Parts(value);
            bytes[next + 3] = (byte)Math.Round(colour.Opacity(value) * 255);
            next += PngImage.Colour;
        }

        svg.Add(
            $"<image x=\"{left:0.##}\" y=\"{top:0.##}\" width=\"{columns * cell:0.##}\" height=\"{rows * cell:0.##}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"{PngImage.ToDataAddress(columns, rows, PngImage.Colour, bytes)}\"/>"
        );
    }

    /// <summary>The colours beside the values at their ends. Stripes, not a gradient: a gradient needs an id, and pages hold many figures.</summary>
    private static void DrawScale(SvgWriter svg, HeatColour colour, double left, double top, double height)
    {
        const int Stripes = 32;
        var shown = Math.Min(height, 220);
        for (var i = 0; i < Stripes; i++)
        {
            var share = 1 - ((i + 0.5) / Stripes);
            var value = (colour.Minimum * (1 - share)) + (colour.Maximum * share);
            svg.Add(
                $"<rect x=\"{left:0.##}\" y=\"{top + (i * shown / Stripes):0.##}\" width=\"12\" height=\"{shown / Stripes:0.##}\" fill=\"{HeatColour.Hue(value)}\" fill-opacity=\"{colour.Opacity(value):0.###}\" shape-rendering=\"crispEdges\"/>"
            );
        }

        svg.Text(left + 17, top + 9, FigureText.Number(colour.Maximum), size: 10);
        svg.Text(left + 17, top + shown, FigureText.Number(colour.Minimum), size: 10);
    }
}
