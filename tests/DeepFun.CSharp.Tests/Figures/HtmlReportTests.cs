using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

public sealed class HtmlReportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_page_needs_nothing_else()
    {
        var page = Everything("Digits").ToHtml();
        Assert.DoesNotContain(
            "://",
            page.Replace("xmlns=\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.DoesNotMatch(new Regex("<(script|link|iframe|object|embed)|@import|url\\("), page);
    }

    [Fact]
    public void A_page_is_well_formed_and_holds_every_part_as_text()
    {
        const string Hostile = "1 < 2 & \"three\" </p></td></pre><script>x</script>";
        var root = Parse(Everything(Hostile));
        Assert.Empty(root.Descendants("script"));
        foreach (var name in new[] { "title", "h1", "h2", "h3", "p", "pre", "caption", "th", "td", "dt", "dd", "figcaption" })
            Assert.Contains(root.Descendants(name), element => element.Value == Hostile);
    }

    [Fact]
    public void Columns_of_numbers_are_aligned_to_the_right()
    {
        var report = new HtmlReport("t").Table(
            ["class", "share", "mixed"],
            [
                ["cat", "97.5 %", "1"],
                ["dog", "–", "one"],
            ]
        );
        var heads = Parse(report).Descendants("th").Select(head => head.Attribute("class")?.Value);
        Assert.Equal([null, "number", null], heads);
    }

    [Fact]
    public void Contents_come_with_three_sections_and_their_links_lead_somewhere()
    {
        Assert.Empty(Parse(new HtmlReport("t").Heading("a").Heading("b")).Descendants("nav"));
        var root = Parse(new HtmlReport("t").Heading("a").Heading("b").Heading("part", 3).Heading("a"));
        var links = root.Descendants("a").Select(link => link.Attribute("href")!.Value).ToArray();
        Assert.Equal(root.Descendants("h2").Select(head => "#" + head.Attribute("id")!.Value), links);
        Assert.Equal(3, links.Distinct().Count());
    }

    [Fact]
    public void Wrong_tables_and_levels_are_told()
    {
        FigureTests.AssertCode(
            "DF1003",
            () =>
                new HtmlReport("t").Table(
                    ["a", "b"],
                    [
                        ["1"],
                    ]
                )
        );
        FigureTests.AssertCode("DF1004", () => new HtmlReport("t").Heading("a", 1));
        FigureTests.AssertCode("DF1004", () => new HtmlReport("t").Heading("a", 5));
    }

    [Fact]
    public void Saving_makes_folders_and_replaces_an_older_report()
    {
        var path = Path.Combine(folder, "runs", "7", "report.html");
        new HtmlReport("old").Save(path);
        var report = new HtmlReport("new");
        report.Save(path);
        Assert.Equal(report.ToHtml(), File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_failed_save_leaves_the_older_file_and_nothing_beside_it()
    {
        var path = Path.Combine(folder, "report.html");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() =>
            FileReplacement.Write(
                path,
                stream =>
                {
                    stream.Write("half of the n"u8);
                    throw new IOException("disk full");
                }
            )
        );
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_rename_that_fails_leaves_nothing_beside()
    {
        var path = Path.Combine(folder, "report.html");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => new HtmlReport("t").Save(path));
        Assert.True(Directory.Exists(path));
        Assert.Empty(Directory.GetFiles(folder));
    }

    private static HtmlReport Everything(string text) =>
        new HtmlReport(text, text)
            .Heading(text)
            .Heading(text, 3)
            .Paragraph(text)
            .KeyValues((text, text))
            .Preformatted(text)
            .Table(
                [text],
                [
                    [text],
                ],
                text
            )
            .Add(Figure.Lines(text, text, text, (text, [1, 2], [1, 2])), text)
            .Add(
                Figure.Images(
                    text,
                    [
                        (
                            text,
                            new double[,]
                            {
                                { 0, 1 },
                            }
                        ),
                    ]
                )
            );

    private static XElement Parse(HtmlReport report) => XDocument.Parse(report.ToHtml()).Root!;
}
