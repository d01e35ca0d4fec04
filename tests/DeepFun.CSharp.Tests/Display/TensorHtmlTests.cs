using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Display;

public sealed class TensorHtmlTests
{
    [Fact]
    public void A_matrix_is_a_table_of_its_rows()
    {
        Assert.Equal(
            ["1.5|-2.|3.", "0.|0.25|1E+10"],
            Rows(
                Tensor.From(
                    new[,]
                    {
                        { 1.5, -2, 3 },
                        { 0, 0.25, 1e10 },
                    }
                )
            )
        );
        Assert.Equal(["0|1|2"], Rows(Tensor.Arange(3)));
        Assert.Equal(["7."], Rows(Tensor.Scalar(7)));
        Assert.Equal(["true|false"], Rows(Tensor.From([true, false])));
        Assert.Equal(["NaN|Infinity"], Rows(Tensor.Vector(double.NaN, double.PositiveInfinity)));
    }

    [Fact]
    public void A_table_says_dtype_and_shape()
    {
        var caption = XElement.Parse(Tensor.Zeros(2, 3).ToHtml()).Element("caption")!.Value;
        Assert.Contains("float32", caption, System.StringComparison.Ordinal);
        Assert.Contains("[2, 3]", caption, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(17, 17)]
    [InlineData(18, 17)]
    [InlineData(1_000_000, 17)]
    public void A_long_axis_shows_its_edges(int size, int cells)
    {
        var row = Rows(Tensor.Arange(size)).Single().Split('|');
        Assert.Equal(cells, row.Length);
        Assert.Equal("0", row[0]);
        Assert.Equal($"{size - 1}", row[^1]);
        Assert.Equal(size > 17, row.Contains("…"));
    }

    [Fact]
    public void A_large_matrix_shows_its_corners()
    {
        var rows = Rows(Tensor.Arange(10_000).Reshape(100, 100));
        Assert.Equal(17, rows.Length);
        Assert.StartsWith("0|1|2|3|4|5|6|7|…|92|", rows[0], System.StringComparison.Ordinal);
        Assert.Equal(string.Join('|', Enumerable.Repeat("⋮", 17)), rows[8]);
        Assert.EndsWith("|9998|9999", rows[16], System.StringComparison.Ordinal);
    }

    [Fact]
    public void More_axes_and_tracers_are_text()
    {
        var cube = Tensor.Arange(8).Reshape(2, 2, 2);
        Assert.Equal(cube.ToString(), Text(cube));
        Tensor? seen = null;
        Differentiate.Vmap((Tensor x) => seen = x)(Tensor.Zeros(3, 2));
        // Escaped: the text of a tracer may hold any character.
        Assert.Equal(seen!.ToString(), Text(seen));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(2, 0, 2)]
    public void Nothing_is_shown_as_nothing(params int[] shape) =>
        Assert.Empty(XElement.Parse(Tensor.Zeros(shape).ToHtml()).Descendants("td"));

    private static string[] Rows(Tensor x) =>
        [.. XElement.Parse(x.ToHtml()).Descendants("tr").Select(row => string.Join('|', row.Elements("td").Select(cell => cell.Value)))];

    private static string Text(Tensor x)
    {
        var block = XElement.Parse(x.ToHtml());
        Assert.Equal("pre", block.Name.LocalName);
        return block.Value;
    }
}
