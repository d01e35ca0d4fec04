using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The checkers of derivatives and of values that are not finite, through the doors of C#.</summary>
public class CheckTests
{
    public sealed record Line(Tensor Slope, Tensor Offset);

    private static readonly Line Point = new(Tensor.Vector(1, 2), Tensor.Scalar(0.5));

    private static Tensor Wrong(Line line) => line.Slope.Square().Sum() + line.Offset.StopGradient() * line.Slope.Sum();

    [Fact]
    public void CheckGrad_names_the_leaf_that_fails()
    {
        var report = Differentiate.CheckGrad<Line, Tensor>(Wrong, Point);
        Assert.False(report.Passed);
        var first = report.Mismatches[0];
        Assert.Equal(("Offset", "forward", 1), (first.Path, first.Modes, first.Order));
        Assert.Empty(first.Index);
        Assert.Equal(0, first.Derivative);
        Assert.Equal(3, first.Difference, 1e-2);
        Assert.True(first.Allowed > 0);
        Assert.Equal(6, report.Compared);
        Close.Fails("DF0440", () => Differentiate.AssertGrad<Line, Tensor>(Wrong, Point));
        Assert.True(Differentiate.CheckGrad<Line, Tensor>(Wrong, Point, tolerance: 10).Passed);
        Differentiate.AssertGrad((Line line) => (line.Slope * line.Offset).Sin(), Point, order: 2, elements: 1);
        Close.Fails("DF0439", () => Differentiate.CheckGrad<Line, Tensor>(Wrong, Point, step: 0));
    }

    [Fact]
    public void CheckGrad_takes_complex_steps_in_float64()
    {
        var x = Tensor.Vector(1, 2);
        var single = Differentiate.CheckGrad((Tensor t) => t.Sin().Sum(), x);
        Assert.Equal((4, 0, "they need float64, and there is float32"), (single.Compared, single.ComplexSteps, single.WithoutComplexSteps));
        var wide = x.Cast(DType.Float64);
        var report = Differentiate.CheckGrad((Tensor t) => t.Sin().Sum(), wide, order: 2);
        Assert.Equal("12 derivatives up to order 2 agree with finite differences and complex steps", report.ToString());
        Assert.Equal(0, Differentiate.CheckGrad((Tensor t) => t.Sin().Sum(), wide, complexSteps: false).ComplexSteps);
        Differentiate.AssertGrad((Tensor t) => t.Exp(), wide, complexSteps: false);
    }

    [Fact]
    public void CheckNaN_names_the_operation()
    {
        var found = Differentiate.CheckNaN(
            (Line line) => (line.Offset / line.Slope).Sum(),
            new Line(Tensor.Vector(1, 0), Tensor.Scalar(1))
        );
        Assert.NotNull(found);
        Assert.Equal(("div", ComputationPass.Forward, false), (found.Operation, found.Pass, found.IsNaN));
        Assert.Equal(2, found.Operands.Count);
        Assert.Contains("first at [1]", found.Result);
        Assert.Null(Differentiate.CheckNaN((Line line) => line.Slope * 2, Point));
        var behind = Differentiate.CheckNaN((Tensor x) => x.Sqrt().Sum(), Tensor.Vector(0));
        Assert.Equal(ComputationPass.Derivative, behind?.Pass);
        Close.Assert(2, Differentiate.AssertFinite((Tensor x) => x.Sqrt(), Tensor.Scalar(4)));
        Close.Fails("DF0441", () => Differentiate.AssertFinite((Tensor x) => x.Log(), Tensor.Scalar(0)));
    }
}
