using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace DeepFun;

/// <summary>Where a text is held.</summary>
internal enum SvgAnchor
{
    /// <summary>At its left end.</summary>
    Start,

    /// <summary>At its middle.</summary>
    Middle,

    /// <summary>At its right end.</summary>
    End,
}

/// <summary>Appends SVG elements. Texts are escaped here; numbers are written in the invariant culture.</summary>
internal sealed class SvgWriter
{
    /// <summary>The colours of series: of middle lightness, so that they stand out from white and from black.</summary>
    private static readonly string[] Colours = ["#3b8ed8", "#e8833a", "#2aa876", "#cc5fa0", "#8b7ae0", "#c9a227", "#2ba8b8", "#de5650"];

    /// <summary>The size that a heading's width is reckoned with: semi-bold letters of 15 are wider than regular ones.</summary>
    public const double HeadingSize = 17.5;

    private readonly StringBuilder body = new();

    /// <summary>The colour of a series; they repeat after eight.</summary>
    public static string Colour(int series) => Colours[series % Colours.Length];

    /// <summary>The dashes of a series: different when its colour was used before.</summary>
    public static string Dashes(int series) =>
        (series / Colours.Length % 3) switch
        {
            0 => "",
            1 => " stroke-dasharray=\"6 3\"",
            _ => " stroke-dasharray=\"2 3\"",
        };

    /// <summary>Appends markup; interpolated numbers are written in the invariant culture, texts must be escaped before.</summary>
    public void Add(FormattableString markup) => body.Append(markup.ToString(CultureInfo.InvariantCulture));

    /// <summary>Appends markup that is ready.</summary>
    public void AddRaw(string markup) => body.Append(markup);

    /// <summary>A text.</summary>
    public void Text(
        double x,
        double y,
        string text,
        SvgAnchor anchor = SvgAnchor.Start,
        double size = 11,
        string attributes = "",
        string? tooltip = null
    )
    {
        var held = anchor switch
        {
            SvgAnchor.Middle => " text-anchor=\"middle\"",
            SvgAnchor.End => " text-anchor=\"end\"",
            _ => "",
        };
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\"{held}{attributes}>");
        if (tooltip is not null)
            Add($"<title>{FigureText.Escape(tooltip)}</title>");
        Add($"{FigureText.Escape(text)}</text>");
    }

    /// <summary>A text that runs upwards, with its middle at a point.</summary>
    public void UpwardText(double x, double y, string text) =>
        Text(
            x,
            y,
            text,
            SvgAnchor.Middle,
            12,
            string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:0.##} {y:0.##})\"")
        );

    /// <summary>A straight line in the colour of the text.</summary>
    public void Line(double x1, double y1, double x2, double y2, double opacity) =>
        Add(
            $"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"currentColor\" stroke-opacity=\"{opacity:0.##}\"/>"
        );

    /// <summary>The title of the figure at its top left.</summary>
    public void Heading(string title, double width) =>
        Text(16, 26, FigureText.Fit(title, (width - 32) / HeadingSize), size: 15, attributes: " font-weight=\"600\"", tooltip: title);

    /// <summary>The colour swatches and names in rows that start at a height; returns the height below them.</summary>
    public double Legend(IReadOnlyList<string> names, double top, double width)
    {
        const double Swatch = 26;
        var (x, y) = (16.0, top + 12);
        for (var i = 0; i < names.Count; i++)
        {
            var name = FigureText.Fit(names[i], Math.Min(28, (width - 32 - Swatch) / 12));
            var needed = Swatch + (FigureText.Width(name) * 12) + 14;
            if (x > 16 && x + needed > width - 2)
                (x, y) = (16, y + 18);
            Add(
                $"<line x1=\"{x:0.##}\" y1=\"{y - 4:0.##}\" x2=\"{x + 20:0.##}\" y2=\"{y - 4:0.##}\" stroke=\"{Colour(i)}\" stroke-width=\"3\"{Dashes(i)}/>"
            );
            Text(x + Swatch, y, name, size: 12, tooltip: names[i]);
            x += needed;
        }

        return y + 6;
    }

    /// <summary>The whole document. The title comes first, where screen readers and tooltips look for it.</summary>
    public string Finish(string title, double width, double height)
    {
        var name = FigureText.Escape(title);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0.##}\" height=\"{height:0.##}\" viewBox=\"0 0 {width:0.##} {height:0.##}\" role=\"img\" aria-label=\"{name}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif\" fill=\"currentColor\" style=\"max-width:100%;height:auto\"><title>{name}</title>{body}</svg>"
        );
    }
}
