using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace DeepFun;

/// <summary>Builds one HTML file that needs nothing else: style and figures are inside it, scripts and outside references are not.</summary>
/// <remarks>
/// Each method appends a part and returns the report. Texts are plain and are escaped. The page follows the reader's light or dark
/// preference, fits narrow screens and prints.
/// </remarks>
/// <example><code>
/// var report = new HtmlReport("My experiment", "first try")
///     .Heading("Result")
///     .KeyValues(("accuracy", "98.1 %"), ("epochs", "30"))
///     .Add(Figure.Bars("Found", "share", ("zero", 0.99), ("one", 0.97)), caption: "Recall by digit");
/// Console.WriteLine(report.ToHtml().Contains("&lt;h1>My experiment&lt;/h1>")); // True
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatterSource))]
public sealed class HtmlReport : IDisplayed
{
    private readonly string title;
    private readonly string? subtitle;
    private readonly StringBuilder body = new();
    private readonly List<(string Text, string Anchor)> sections = [];

    /// <summary>A report without parts.</summary>
    /// <param name="title">The title of the page and its first heading.</param>
    /// <param name="subtitle">A line under the title, for example the date or the model's name.</param>
    public HtmlReport(string title, string? subtitle = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        this.title = title;
        this.subtitle = subtitle;
    }

    /// <summary>A heading. From three headings of level 2 on the page begins with a list of them.</summary>
    /// <param name="text">The heading.</param>
    /// <param name="level">2 for a section, 3 and 4 for parts of it.</param>
    /// <remarks>Errors: DF1004 if the level is another.</remarks>
    public HtmlReport Heading(string text, int level = 2)
    {
        if (level is < 2 or > 4)
            FigureThrowHelper.HeadingLevel(level);
        if (level > 2)
            return Append($"<h{level}>{FigureText.Escape(text)}</h{level}>");
        var anchor = $"section-{sections.Count + 1}";
        sections.Add((text, anchor));
        return Append($"<h2 id=\"{anchor}\">{FigureText.Escape(text)}</h2>");
    }

    /// <summary>A paragraph of text.</summary>
    public HtmlReport Paragraph(string text) => Append($"<p>{FigureText.Escape(text)}</p>");

    /// <summary>Text whose spaces and line ends are kept: a model's summary, a log, code.</summary>
    public HtmlReport Preformatted(string text) => Append($"<pre tabindex=\"0\">{FigureText.Escape(text)}</pre>");

    /// <summary>A figure.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="caption">A text below it.</param>
    public HtmlReport Add(Figure figure, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var below = string.IsNullOrWhiteSpace(caption) ? "" : $"<figcaption>{FigureText.Escape(caption)}</figcaption>";
        return Append($"<figure>{figure.Svg}{below}</figure>");
    }

    /// <summary>Names with their values: settings, results, versions.</summary>
    public HtmlReport KeyValues(params (string Key, string Value)[] pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var items = pairs.Select(pair => $"<div><dt>{FigureText.Escape(pair.Key)}</dt><dd>{FigureText.Escape(pair.Value)}</dd></div>");
        return Append($"<dl>{string.Concat(items)}</dl>");
    }

    /// <summary>A table; a column of numbers only is aligned to the right.</summary>
    /// <param name="columns">The heads of the columns.</param>
    /// <param name="rows">The cells of each row.</param>
    /// <param name="caption">A text above the table.</param>
    /// <remarks>Errors: DF1003 if a row has not one cell for each column.</remarks>
    public HtmlReport Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        IReadOnlyList<string>[] all = [.. rows];
        for (var i = 0; i < all.Length; i++)
            if (all[i].Count != columns.Count)
                FigureThrowHelper.ColumnCount(i, all[i].Count, columns.Count);
        var aligned = Enumerable
            .Range(0, columns.Count)
            .Select(column => all.Length > 0 && all.All(row => IsNumber(row[column])) ? " class=\"number\"" : "")
            .ToArray();

        var table = new StringBuilder("<div class=\"table\" tabindex=\"0\"><table>");
        if (!string.IsNullOrWhiteSpace(caption))
            table.Append($"<caption>{FigureText.Escape(caption)}</caption>");
        table.Append("<thead><tr>");
        for (var i = 0; i < columns.Count; i++)
            table.Append($"<th scope=\"col\"{aligned[i]}>{FigureText.Escape(columns[i])}</th>");
        table.Append("</tr></thead><tbody>");
        foreach (var row in all)
        {
            table.Append("<tr>");
            for (var i = 0; i < columns.Count; i++)
                table.Append($"<td{aligned[i]}>{FigureText.Escape(row[i])}</td>");
            table.Append("</tr>");
        }

        return Append(table.Append("</tbody></table></div>").ToString());
    }

    /// <summary>The whole page.</summary>
    public string ToHtml()
    {
        var name = FigureText.Escape(title);
        var lead = string.IsNullOrWhiteSpace(subtitle) ? "" : $"<p class=\"subtitle\">{FigureText.Escape(subtitle)}</p>\n";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>{name}</title>
            <style>{HtmlStyle.Sheet}</style>
            </head>
            <body>
            <main>
            <header>
            <h1>{name}</h1>
            {lead}</header>
            {Contents()}{body}</main>
            </body>
            </html>

            """;
    }

    /// <summary>The page in a frame of its own, which keeps its style from the notebook around it.</summary>
    string IDisplayed.Html() =>
        $"<iframe title=\"{FigureText.Escape(title)}\" sandbox=\"\" style=\"width:100%;height:40em;border:0\" srcdoc=\"{FigureText.Escape(ToHtml())}\"></iframe>";

    /// <summary>Writes the page into a file, creating its folder; an older file is replaced at once or, if writing fails, kept.</summary>
    /// <param name="path">The file, by custom with the extension <c>.html</c>.</param>
    /// <exception cref="DeepFunException">DF0543 the file or its folder cannot be written.</exception>
    public void Save(string path) =>
        DataErrors.Writing(path, () => FileReplacement.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToHtml()))));

    /// <summary>The whole page, for notebooks and logs.</summary>
    public override string ToString() => ToHtml();

    private static bool IsNumber(string? cell)
    {
        var text = cell.AsSpan().Trim().TrimEnd('%').TrimEnd();
        return text is "" or "–" or "-" || double.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture, out _);
    }

    private string Contents()
    {
        if (sections.Count < 3)
            return "";
        var items = sections.Select(section => $"<li><a href=\"#{section.Anchor}\">{FigureText.Escape(section.Text)}</a></li>");
        return $"<nav aria-label=\"Contents\"><ul>{string.Concat(items)}</ul></nav>\n";
    }

    private HtmlReport Append(string markup)
    {
        body.Append(markup).Append('\n');
        return this;
    }
}
