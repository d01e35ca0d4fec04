using System;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Special functions of several tensors, with values worked out by hand.</summary>
public class SpecialFunctionTests
{
    private static Tensor V(params double[] values) => Tensor.Vector(values);

    [Fact]
    public void Functions_give_their_values()
    {
        // P(1, x) = 1 − e⁻ˣ, P(2, x) = 1 − (1 + x) e⁻ˣ
        Close.Assert(SpecialFunctions.GammaInc(V(1, 2), Tensor.Scalar(2)), [2], [1 - Math.Exp(-2), 1 - 3 * Math.Exp(-2)]);
        Close.Assert(SpecialFunctions.GammaIncC(V(1, 2), Tensor.Scalar(2)), [2], [Math.Exp(-2), 3 * Math.Exp(-2)]);
        // I(1, b) = 1 − (1 − x)ᵇ, I(2, 2) = x² (3 − 2x)
        Close.Assert(SpecialFunctions.BetaInc(V(1, 2), V(3, 2), Tensor.Scalar(0.1)), [2], [1 - 0.729, 0.028]);
        Close.Assert(SpecialFunctions.LogBeta(V(2, 0.5), V(3, 0.5)), [2], [Math.Log(1.0 / 12), Math.Log(Math.PI)]);
        Close.Assert(V(1).ErfcInv(), [1], [0]);
        Assert.True(double.IsPositiveInfinity(V(0).ErfcInv().Item(0).ToDouble()));
    }
}
