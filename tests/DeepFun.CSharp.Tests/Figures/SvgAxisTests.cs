using System;
using System.Globalization;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

public class SvgAxisTests
{
    [Theory]
    [InlineData(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 10, 5, "0 2 4 6 8 10")]
    [InlineData(-1, 1, 4, "-1.0 -0.5 0.0 0.5 1.0")]
    [InlineData(0, 0.1, 4, "0.000 0.025 0.050 0.075 0.100")]
    [InlineData(0, 20000, 4, "0 5000 10000 15000 20000")]
    [InlineData(0, 4e7, 4, "0 1e7 2e7 3e7 4e7")]
    [InlineData(0, 2e-5, 4, "0 5e-6 1e-5 1.5e-5 2e-5")]
    public void Ticks_are_round(double minimum, double maximum, int wanted, string expected) =>
        Assert.Equal(expected, string.Join(' ', SvgAxis.Over(minimum, maximum, wanted).Labels));

    [Theory]
    [InlineData(1, 5, "1 2 3 4 5")]
    [InlineData(1, 2, "1 2")]
    [InlineData(1, 20, "5 10 15 20")]
    public void Counts_have_whole_ticks(double minimum, double maximum, string expected) =>
        Assert.Equal(expected, string.Join(' ', SvgAxis.Over(minimum, maximum, 6, whole: true).Labels));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(-3, -3)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(0, 5e-324)]
    [InlineData(0, 1e-300)]
    [InlineData(double.MinValue, double.MaxValue)]
    [InlineData(double.MaxValue, double.MaxValue)]
    [InlineData(1e15, 1e15 + 1)]
    [InlineData(-123.456, 987.654)]
    [InlineData(1e-8, 3e9)]
    public void Any_range_of_doubles_has_a_few_ascending_distinct_ticks_inside(double minimum, double maximum)
    {
        foreach (var extend in new[] { false, true })
        foreach (var wanted in new[] { 3, 6, 9 })
        {
            var axis = SvgAxis.Over(minimum, maximum, wanted, extend: extend);
            Assert.True(axis.Minimum <= minimum && axis.Maximum >= maximum && axis.Minimum < axis.Maximum);
            Assert.InRange(axis.Ticks.Length, 1, wanted + 3);
            Assert.Equal(axis.Ticks.Length, axis.Labels.Distinct().Count());
            Assert.Equal(axis.Ticks.Order(), axis.Ticks);
            foreach (var tick in axis.Ticks)
                Assert.InRange(axis.Place(tick, 0, 100), -0.01, 100.01);
            Assert.Equal(0, axis.Place(axis.Minimum, 0, 100), 1e-9);
            Assert.Equal(100, axis.Place(axis.Maximum, 0, 100), 1e-9);
        }
    }

    [Fact]
    public void A_label_is_its_tick()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var start = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-9, 10));
            var axis = SvgAxis.Over(start, start + (random.NextDouble() * Math.Pow(10, random.Next(-9, 10))), 6);
            var length = axis.Maximum - axis.Minimum;
            foreach (var (tick, label) in axis.Ticks.Zip(axis.Labels))
                Assert.Equal(tick, double.Parse(label, CultureInfo.InvariantCulture), length * 1e-3);
        }
    }

    [Fact]
    public void The_range_skips_what_is_not_finite()
    {
        Assert.Equal((-1, 4), SvgAxis.Range([double.NaN, 4, double.NegativeInfinity, -1, double.PositiveInfinity]));
        Assert.Equal((0, 1), SvgAxis.Range([double.NaN]));
    }
}
