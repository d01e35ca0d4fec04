using System.Globalization;
using System.IO;
using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

/// <summary>A comma for the decimal point would make broken SVG, and lines that programs cannot read.</summary>
public class CultureTests
{
    [Fact]
    public void Everything_is_written_the_same_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        var foreign = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        foreign.NumberFormat.NumberDecimalSeparator = ",";
        foreign.NumberFormat.NumberGroupSeparator = "_";
        foreign.NumberFormat.NegativeSign = "minus";
        var expected = Everything();
        CultureInfo.CurrentCulture = foreign;
        try
        {
            Assert.Equal("0,5", $"{0.5}");
            Assert.Equal(expected, Everything());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string Everything()
    {
        var values = new EvaluationResult(-0.5, [new("accuracy", 0.25)], 3);
        var progress = new StringWriter();
        ConsoleProgress
            .To(progress)
            .Follow([new StepNews(1, 1, 1, 2, values, values, 12345.6), new EpochNews(1, 1, values, values, 12.3), new StoppedNews("why")]);
        return string.Join(
            '\n',
            Figure.Lines("t", "x", "y", ("a", [-1.5, 2.25], [0.125, -1e-9])),
            Figure.Bars("t", "y", ("a", -1.5), ("a name that needs to be slanted because it is long", 1e9)),
            Figure.Heatmap(
                "t",
                new[,]
                {
                    { -1.5, 2.25 },
                },
                ["a"],
                ["a long name of a column", "b"],
                true,
                "rows",
                "columns"
            ),
            Figure.Images(
                "t",
                [
                    (
                        "c",
                        new[,]
                        {
                            { -1.5, 2.25 },
                        }
                    ),
                ]
            ),
            new HtmlReport("t")
                .Heading("a", 3)
                .Table(
                    ["a"],
                    [
                        ["-1.5"],
                    ]
                ),
            ProgressText.Line(new StepNews(1, 1, 1, 2, values, values, 12345.6)),
            values,
            progress
        );
    }
}
