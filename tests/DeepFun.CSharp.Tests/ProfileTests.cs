using System;
using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Costs and profiles as C# sees them.</summary>
public class ProfileTests
{
    [Fact]
    public void A_cost_counts_the_operations_and_bytes_of_a_product()
    {
        var cost = Cost.Of(((Tensor X, Tensor W) a) => a.X.MatMul(a.W), (Tensor.Zeros(3, 4), Tensor.Zeros(4, 5)));
        Assert.Equal(2 * 3 * 4 * 5, cost.Operations);
        Assert.Equal(4 * (12 + 20 + 15), cost.BytesMoved);
        Assert.Equal(32, cost.Parameters);
        Assert.Equal(4 * 15, cost.PeakBytes);
        Assert.Contains("120 FLOP", cost.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_has_a_row_for_each_step_and_a_page()
    {
        var x = Tensor.Ones(64, 64);
        var profile = Profile.Run((Tensor t) => t.MatMul(t).Tanh().Sum(), x, seconds: 0.02);
        Assert.Equal(profile.Cost.Steps, profile.Rows.Length);
        Assert.True(profile.Runs >= 3);
        Assert.Contains(profile.Rows, row => row.Title.StartsWith("matmul", StringComparison.Ordinal) && row.GigaflopsPerSecond > 0);
        Assert.InRange(profile.Rows.Sum(row => row.Share), 0.1, 1.000001);
        Assert.NotNull(XDocument.Parse(profile.ToHtml()).Root);
        // The argument is as it was.
        Assert.Equal(4096, x.Sum().ToDouble());
    }

    [Fact]
    public void A_profile_is_refused_without_time()
    {
        Close.Fails("DF0902", () => Profile.Run((Tensor t) => t * 2, Tensor.Ones(2), seconds: -1));
    }
}
