using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

/// <summary>Figures are read back as XML: what a browser sees, not how it was written.</summary>
public class FigureTests
{
    private const string Hostile = "a<b & \"c\" 'd'> \0\u001b[2J\ud800 <script>alert(1)</script> ]]>";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string, Figure> HostileFigures() =>
        new()
        {
            { "lines", Figure.Lines(Hostile, Hostile, Hostile, (Hostile, [1, 2], [3, 4])) },
            {
                "points",
                Figure.Scatter(Hostile, Hostile, Hostile, [(Hostile, [1, 2], [3, 4])], [(Hostile, [1, 2], [3, 4])], [Hostile, ""])
            },
            { "bars", Figure.Bars(Hostile, Hostile, (Hostile, 1), (Hostile, double.NaN)) },
            {
                "heatmap",
                Figure.Heatmap(
                    Hostile,
                    new double[,]
                    {
                        { 1 },
                    },
                    [Hostile],
                    [Hostile],
                    true,
                    Hostile,
                    Hostile
                )
            },
            {
                "images",
                Figure.Images(
                    Hostile,
                    [
                        (
                            Hostile,
                            new double[,]
                            {
                                { 0, 1 },
                            }
                        ),
                    ]
                )
            },
        };

    public static TheoryData<string, Figure> EmptyFigures() =>
        new()
        {
            { "no series", Figure.Lines("t", "x", "y") },
            { "no points", Figure.Lines("t", "x", "y", ("a", [], [])) },
            { "no finite point", Figure.Lines("t", "x", "y", ("a", [1, 2], [double.NaN, double.PositiveInfinity])) },
            { "no clouds", Figure.Scatter("t", "x", "y", []) },
            { "no finite points", Figure.Scatter("t", "x", "y", [("a", [1, 2], [double.NaN, double.PositiveInfinity])]) },
            { "no bars", Figure.Bars("t", "y") },
            { "no cells", Figure.Heatmap("t", new double[0, 0]) },
            { "no columns", Figure.Heatmap("t", new double[3, 0]) },
            { "no images", Figure.Images("t", []) },
            { "no pixels", Figure.Images("t", [("c", new double[0, 0])]) },
            { "no texts", Figure.Lines("", "", "", ("", [1], [1])) },
            {
                "no finite cell",
                Figure.Heatmap(
                    "t",
                    new[,]
                    {
                        { double.NaN },
                    }
                )
            },
        };

    [Theory]
    [MemberData(nameof(HostileFigures))]
    public void Texts_are_escaped(string kind, Figure figure)
    {
        Assert.NotEmpty(kind);
        var root = XDocument.Parse(figure.Svg).Root!;
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName == "script");
        // The control characters and the lone surrogate have no place in XML; all else comes back.
        Assert.Equal("a<b & \"c\" 'd'> \uFFFD\uFFFD[2J\uFFFD <script>alert(1)</script> ]]>", root.Element(Svg + "title")!.Value);
    }

    [Theory]
    [MemberData(nameof(HostileFigures))]
    [MemberData(nameof(EmptyFigures))]
    public void Every_figure_is_accessible_finite_and_without_outside_references(string kind, Figure figure)
    {
        Assert.NotEmpty(kind);
        var root = XDocument.Parse(figure.ToString()).Root!;
        Assert.Equal(Svg + "svg", root.Name);
        Assert.Equal("title", root.Elements().First().Name.LocalName);
        Assert.Equal("img", root.Attribute("role")!.Value);
        Assert.DoesNotContain(root.Descendants().Attributes(), attribute => attribute.Value.Contains("://", StringComparison.Ordinal));
        Assert.Empty(root.DescendantsAndSelf().Attributes("id"));
        foreach (var element in root.DescendantsAndSelf())
        foreach (var name in new[] { "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height", "font-size" })
            if (element.Attribute(name) is { } attribute)
                Assert.True(
                    double.TryParse(attribute.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                        && double.IsFinite(value)
                        && Math.Abs(value) < 5000,
                    $"{element.Name.LocalName} {attribute}"
                );
    }

    [Fact]
    public void A_gap_splits_a_line_and_a_lone_point_becomes_a_dot()
    {
        var x = Enumerable.Range(0, 100).Select(i => (double)i).ToArray();
        var y = x.Select(value => value is 50 or 60 or 62 ? double.NaN : value).ToArray();
        var root = XDocument.Parse(Figure.Lines("t", "x", "y", ("a", x, y)).Svg).Root!;
        var path = Assert.Single(root.Elements(Svg + "path")).Attribute("d")!.Value;
        // 0–49, 51–59 and 63–99 are lines; 61 stands alone.
        Assert.Equal(3, path.Count(letter => letter == 'M'));
        var dot = Assert.Single(root.Elements(Svg + "circle"));
        Assert.Equal("a (61, 61)", dot.Element(Svg + "title")!.Value);
    }

    [Fact]
    public void Points_are_dots_of_their_seriess_colour_with_lines_over_them_and_labels_beside()
    {
        var many = Enumerable.Range(0, 100).Select(i => (double)i).ToArray();
        var figure = Figure.Scatter("t", "x", "y", [("a", many, many), ("b", [1, 50, 99], [9, double.NaN, 7])], [("line", many, many)]);
        var root = XDocument.Parse(figure.Svg).Root!;
        var dots = root.Elements(Svg + "circle").ToArray();
        Assert.Equal(102, dots.Length);
        var line = Assert.Single(root.Elements(Svg + "path"));
        string?[] colours = [dots[0].Attribute("fill")!.Value, dots[^1].Attribute("fill")!.Value, line.Attribute("stroke")!.Value];
        Assert.Equal(3, colours.Distinct().Count());
        Assert.All(dots[..100], dot => Assert.Equal(colours[0], dot.Attribute("fill")!.Value));
        Assert.Equal("b (99, 7)", dots[^1].Element(Svg + "title")!.Value);
        // The line is drawn after the points: over them.
        Assert.True(root.Elements().ToList().IndexOf(line) > root.Elements().ToList().IndexOf(dots[^1]));

        var labelled = XDocument.Parse(Figure.Scatter("t", "", "", [("a", [0, 10], [1, 2])], labels: ["left", "right"]).Svg).Root!;
        var places = labelled.Elements(Svg + "circle").ToArray();
        Assert.Equal("left (0, 1)", places[0].Element(Svg + "title")!.Value);
        var texts = labelled.Elements(Svg + "text").Where(text => text.Value is "left" or "right").ToArray();
        Assert.True(Number(texts[0], "x") > Number(places[0], "cx"));
        // Beside the last point there is no room on the right.
        Assert.True(Number(texts[1], "x") < Number(places[1], "cx"));

        Assert.Equal("DF1001", Code(() => Figure.Scatter("t", "x", "y", [("a", [1], [1, 2])])));
        Assert.Equal("DF1002", Code(() => Figure.Scatter("t", "x", "y", [("a", [1], [1])], labels: ["one", "two"])));

        static string Code(Func<Figure> draw) => Assert.Throws<DeepFunException>(draw).Code;
    }

    [Fact]
    public void Points_lie_where_the_axes_say()
    {
        var root = XDocument.Parse(Figure.Lines("t", "x", "y", ("a", [0, 5, 10], [0, 40, 100])).Svg).Root!;
        var dots = root.Elements(Svg + "circle").Select(dot => (X: Number(dot, "cx"), Y: Number(dot, "cy"))).ToArray();
        Assert.Equal(dots[0].X + ((dots[2].X - dots[0].X) * 0.5), dots[1].X, 0.02);
        Assert.Equal(dots[0].Y + ((dots[2].Y - dots[0].Y) * 0.4), dots[1].Y, 0.02);
        Assert.True(dots[2].Y < dots[0].Y, "larger values are higher");
    }

    [Fact]
    public void Many_points_stay_a_small_file_that_keeps_the_extremes()
    {
        var x = Enumerable.Range(0, 200_000).Select(i => (double)i).ToArray();
        var y = x.Select(i =>
                i == 77_777 ? 100
                : i == 77_778 ? -100
                : Math.Sin(i)
            )
            .ToArray();
        var figure = Figure.Lines("t", "x", "y", ("a", x, y));
        Assert.True(figure.Svg.Length < 100_000, $"{figure.Svg.Length} characters");
        var path = XDocument.Parse(figure.Svg).Root!.Elements(Svg + "path").Single().Attribute("d")!.Value;
        var heights = Regex
            .Matches(path, @"[ML][\d.]+ ([\d.]+)")
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .ToArray();
        // The axis runs from -100 to 100, and the peaks use all of it.
        Assert.Equal(280, heights.Max() - heights.Min(), 0.1);
    }

    [Fact]
    public void Bars_start_at_zero_and_are_as_long_as_their_values()
    {
        var root = XDocument.Parse(Figure.Bars("t", "y", ("a", 10), ("b", -5), ("c", double.NaN)).Svg).Root!;
        var bars = root.Elements(Svg + "rect").ToArray();
        Assert.Equal(2, bars.Length);
        Assert.Equal(2, Number(bars[0], "height") / Number(bars[1], "height"), 0.01);
        Assert.Equal(Number(bars[0], "y") + Number(bars[0], "height"), Number(bars[1], "y"), 0.02);
        Assert.Equal("b: -5", bars[1].Element(Svg + "title")!.Value);
    }

    [Fact]
    public void A_heatmap_shows_each_value_and_larger_ones_stronger()
    {
        var root = XDocument
            .Parse(
                Figure
                    .Heatmap(
                        "t",
                        new double[,]
                        {
                            { 50, 3 },
                            { 0, 41 },
                        },
                        ["cat", "dog"],
                        ["cat", "dog"]
                    )
                    .Svg
            )
            .Root!;
        var cells = root.Elements(Svg + "rect").Where(cell => cell.Element(Svg + "title") is not null).ToArray();
        Assert.Equal(["cat, cat: 50", "cat, dog: 3", "dog, cat: 0", "dog, dog: 41"], cells.Select(cell => cell.Value));
        var opacity = cells.Select(cell => Number(cell, "fill-opacity")).ToArray();
        Assert.True(opacity[0] > opacity[3] && opacity[3] > opacity[1] && opacity[1] > opacity[2], string.Join(' ', opacity));
        var texts = root.Elements(Svg + "text").Select(text => text.Value).ToArray();
        foreach (var number in new[] { "50", "3", "0", "41" })
            Assert.Contains(number, texts);
    }

    [Fact]
    public void A_heatmap_may_hide_its_values()
    {
        var texts = XDocument
            .Parse(
                Figure
                    .Heatmap(
                        "t",
                        new double[,]
                        {
                            { 17, 3 },
                        },
                        showValues: false
                    )
                    .Svg
            )
            .Root!.Elements(Svg + "text")
            .Where(text => text.Attribute("pointer-events") is not null);
        Assert.Empty(texts);
    }

    [Fact]
    public void Negative_values_of_a_heatmap_have_another_hue_of_equal_strength()
    {
        var cells = XDocument
            .Parse(
                Figure
                    .Heatmap(
                        "t",
                        new double[,]
                        {
                            { -2, 2, 0 },
                        }
                    )
                    .Svg
            )
            .Root!.Elements(Svg + "rect")
            .Where(cell => cell.Element(Svg + "title") is not null)
            .ToArray();
        Assert.NotEqual(cells[0].Attribute("fill")!.Value, cells[1].Attribute("fill")!.Value);
        Assert.Equal(Number(cells[0], "fill-opacity"), Number(cells[1], "fill-opacity"));
        Assert.True(Number(cells[2], "fill-opacity") < 0.1);
    }

    [Fact]
    public void A_large_heatmap_is_one_image()
    {
        var figure = Figure.Heatmap("t", new double[200, 300]);
        Assert.True(figure.Svg.Length < 30_000, $"{figure.Svg.Length} characters");
        Assert.Single(XDocument.Parse(figure.Svg).Root!.Elements(Svg + "image"));
    }

    [Fact]
    public void Wrong_counts_are_told()
    {
        AssertCode("DF1001", () => Figure.Lines("t", "x", "y", ("a", [1, 2], [1])));
        AssertCode("DF1002", () => Figure.Heatmap("t", new double[2, 2], ["only one"]));
        AssertCode("DF1002", () => Figure.Heatmap("t", new double[2, 2], null, ["a", "b", "c"]));
        AssertCode("DF1005", () => Figure.Images("t", [("c", new double[1, 1])], (1, 1)));
    }

    [Fact]
    public void A_saved_figure_is_its_svg()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var figure = Figure.Lines("Größe", "x", "y", ("a", [1, 2], [1, 2]));
            var path = Path.Combine(folder, "new", "folder", "figure.svg");
            figure.Save(path);
            Assert.Equal(figure.Svg, File.ReadAllText(path));
            Assert.Contains(figure.Svg, figure.ToHtml(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static void AssertCode(string code, Action action) => Assert.Equal(code, Assert.Throws<DeepFunException>(action).Code);

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
