using System;
using System.Collections.Generic;
using System.Text;

namespace DeepFun;

/// <summary>A static figure: one self-contained SVG, readable on light and dark backgrounds, without scripts or outside references.</summary>
/// <remarks>
/// Text and grid take the colour of the surrounding text, the background is transparent; exact values appear when the pointer rests on a mark.
/// Texts are escaped, numbers are written the same in every culture.
/// </remarks>
/// <example><code>
/// var x = Enumerable.Range(0, 63).Select(i => i / 10.0).ToArray();
/// var figure = Figure.Lines("A sine", "x", "sin x", ("sin", x, x.Select(Math.Sin).ToArray()));
/// Console.WriteLine(figure.Svg.StartsWith("&lt;svg")); // True
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatterSource))]
public sealed class Figure : IDisplayed
{
    internal Figure(string title, string svg)
    {
        Title = title;
        Svg = svg;
    }

    /// <summary>The title, as it was given.</summary>
    public string Title { get; }

    /// <summary>The figure as an <c>svg</c> element: a file of its own, or part of a page.</summary>
    public string Svg { get; }

    /// <summary>Lines over a common horizontal axis, with ticks, grid and legend.</summary>
    /// <param name="title">The title above the figure.</param>
    /// <param name="xLabel">What the horizontal axis measures; may be empty.</param>
    /// <param name="yLabel">What the vertical axis measures; may be empty.</param>
    /// <param name="series">Name and points of each line. Values that are not finite make a gap; a point alone becomes a dot.</param>
    /// <remarks>Errors: DF1001 if a series has not one y for each x.</remarks>
    public static Figure Lines(string title, string xLabel, string yLabel, params (string Name, double[] X, double[] Y)[] series) =>
        new(title, SvgLines.Draw(title, xLabel, yLabel, series));

    /// <summary>Points, in one colour a series, and lines over them.</summary>
    /// <param name="title">The title above the figure.</param>
    /// <param name="xLabel">What the horizontal axis measures; may be empty.</param>
    /// <param name="yLabel">What the vertical axis measures; may be empty.</param>
    /// <param name="points">Name and points of each series. Points that are not finite are left out.</param>
    /// <param name="lines">Name and points of each line, as in <see cref="Lines"/>; null for none.</param>
    /// <param name="labels">What is written beside each point, series after series; null for nothing.</param>
    /// <remarks>Errors: DF1001 if a series has not one y for each x; DF1002 if the labels are not as many as the points.</remarks>
    /// <example><code>
    /// (string, double[], double[])[] cities = [("coast", [0, 1], [3, 1]), ("inland", [2], [2])];
    /// var figure = Figure.Scatter("Cities", "east", "north", cities, labels: ["A", "B", "C"]);
    /// Console.WriteLine(figure.Svg.Split("&lt;circle").Length - 1); // 3
    /// </code></example>
    public static Figure Scatter(
        string title,
        string xLabel,
        string yLabel,
        IReadOnlyList<(string Name, double[] X, double[] Y)> points,
        IReadOnlyList<(string Name, double[] X, double[] Y)>? lines = null,
        IReadOnlyList<string>? labels = null
    ) => new(title, SvgLines.Draw(title, xLabel, yLabel, [.. points, .. lines ?? []], points.Count, labels));

    /// <summary>Upright bars from zero, one a name.</summary>
    /// <param name="title">The title above the figure.</param>
    /// <param name="yLabel">What the vertical axis measures; may be empty.</param>
    /// <param name="bars">Name and value of each bar, left to right. A value that is not finite leaves its place empty.</param>
    public static Figure Bars(string title, string yLabel, params (string Name, double Value)[] bars) =>
        new(title, SvgBars.Draw(title, yLabel, bars));

    /// <summary>A matrix as coloured cells; confusion matrices, attention weights, correlations.</summary>
    /// <param name="title">The title above the figure.</param>
    /// <param name="values">The matrix; its first row is drawn on top. Values that are not finite leave their cell empty.</param>
    /// <param name="rowLabels">One label a row; null for indices.</param>
    /// <param name="columnLabels">One label a column; null for indices.</param>
    /// <param name="showValues">Writes each value into its cell, where it is large enough to be read.</param>
    /// <param name="rowTitle">What the rows are, for example <c>true digit</c>.</param>
    /// <param name="columnTitle">What the columns are, for example <c>predicted digit</c>.</param>
    /// <remarks>
    /// Colours: one hue from the smallest value (faint) to the largest; a matrix with negative values takes two hues that are faint at zero.
    /// Errors: DF1002 if the labels are not as many as the rows or columns.
    /// </remarks>
    public static Figure Heatmap(
        string title,
        double[,] values,
        IReadOnlyList<string>? rowLabels = null,
        IReadOnlyList<string>? columnLabels = null,
        bool showValues = true,
        string? rowTitle = null,
        string? columnTitle = null
    ) => new(title, SvgHeatmap.Draw(title, values, rowLabels, columnLabels, showValues, rowTitle, columnTitle));

    /// <summary>Grayscale images side by side, row after row, their pixels enlarged without blur.</summary>
    /// <param name="title">The title above the figure.</param>
    /// <param name="images">Caption and pixels (row, column) of each image. Sizes may differ; a pixel that is not finite is transparent.</param>
    /// <param name="range">The values of black and white for all images; null gives each image its own, from its smallest to its largest value.</param>
    /// <remarks>Errors: DF1005 if the range has no length or is not finite.</remarks>
    public static Figure Images(
        string title,
        IReadOnlyList<(string Caption, double[,] Pixels)> images,
        (double Black, double White)? range = null
    ) => new(title, SvgImages.Draw(title, images, range));

    /// <summary>The figure for a notebook's or a page's HTML.</summary>
    public string ToHtml() => $"<div class=\"deepfun-figure\">{Svg}</div>";

    string IDisplayed.Html() => ToHtml();

    /// <summary>Writes the SVG into a file, creating its folder; an older file is replaced at once or, if writing fails, kept.</summary>
    /// <param name="path">The file, by custom with the extension <c>.svg</c>.</param>
    /// <exception cref="DeepFunException">DF0543 the file or its folder cannot be written.</exception>
    public void Save(string path) =>
        DataErrors.Writing(path, () => FileReplacement.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Svg))));

    /// <summary>The SVG.</summary>
    public override string ToString() => Svg;
}
