using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Each method of the later groups of operations once, against what is worked out by hand; values of float32.</summary>
public sealed class OperationDoorTests
{
    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static Tensor I(params int[] values) => Tensor.From(values);

    private static Tensor B(params bool[] values) => Tensor.From(values);

    private static Tensor M() =>
        Tensor.From(
            new float[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );

    private static readonly (string Name, Func<Tensor> Result, int[] Shape, double[] Values)[] Rows =
    [
        ("Expm1", () => V(0, Math.Log(3)).Expm1(), [2], [0, 2]),
        ("Log1p", () => V(0, Math.E - 1).Log1p(), [2], [0, 1]),
        ("Exp2", () => V(3, -1).Exp2(), [2], [8, 0.5]),
        ("Rsqrt", () => V(4).Rsqrt(), [1], [0.5]),
        ("Reciprocal", () => V(4).Reciprocal(), [1], [0.25]),
        ("SafeReciprocal", () => V(0, 4).SafeReciprocal(), [2], [0, 0.25]),
        ("Sign", () => V(-3, 0, 5).Sign(), [3], [-1, 0, 1]),
        ("SignBit", () => V(-3, -0.0, 5).SignBit(), [3], [1, 1, 0]),
        ("NextAfter", () => V(1, 0).NextAfter(V(2, 0)) - V(1, 0), [2], [Math.ScaleB(1, -23), 0]),
        ("CopySign", () => V(3, -3).CopySign(V(-1, 1)), [2], [-3, 3]),
        ("Asin", () => V(0.5).Asin(), [1], [Math.PI / 6]),
        ("Acos", () => V(0.5).Acos(), [1], [Math.PI / 3]),
        ("Atan", () => V(1).Atan(), [1], [Math.PI / 4]),
        ("Atan2", () => V(1).Atan2(V(-1)), [1], [3 * Math.PI / 4]),
        ("Sinh", () => V(Math.Log(2)).Sinh(), [1], [0.75]),
        ("Cosh", () => V(Math.Log(2)).Cosh(), [1], [1.25]),
        ("Sinc", () => V(0, 0.5, 1).Sinc(), [3], [1, 2 / Math.PI, 0]),
        ("Floor", () => V(-1.5).Floor(), [1], [-2]),
        ("Ceiling", () => V(-1.5).Ceiling(), [1], [-1]),
        ("Round", () => V(2.5, 3.5).Round(), [2], [2, 4]),
        ("Truncate", () => V(-1.5).Truncate(), [1], [-1]),
        ("Frac", () => V(-1.5).Frac(), [1], [-0.5]),
        ("FloorDivide", () => I(7, -7).FloorDivide(I(2)), [2], [3, -4]),
        ("Fmod", () => I(7, -7).Fmod(I(4)), [2], [3, -3]),
        ("Logit", () => V(0.75).Logit(), [1], [Math.Log(3)]),
        ("XLog1pY", () => V(0, 2).XLog1pY(V(-1, Math.E - 1)), [2], [0, 2]),
        ("Clamp", () => V(0, 5, 9).Clamp(V(1, 1, 1), V(8)), [3], [1, 5, 8]),
        ("Fmax", () => V(1, double.NaN).Fmax(V(2, 3)), [2], [2, 3]),
        ("Fmin", () => V(1, double.NaN).Fmin(V(2, 3)), [2], [1, 3]),
        ("IsNaN", () => V(1, double.NaN).IsNaN(), [2], [0, 1]),
        ("IsInfinite", () => V(1, double.NegativeInfinity).IsInfinite(), [2], [0, 1]),
        ("IsPositiveInfinite", () => V(double.PositiveInfinity, double.NegativeInfinity).IsPositiveInfinite(), [2], [1, 0]),
        ("IsNegativeInfinite", () => V(double.PositiveInfinity, double.NegativeInfinity).IsNegativeInfinite(), [2], [0, 1]),
        ("IsClose", () => V(1, 2).IsClose(V(1.000001, 2.1)), [2], [1, 0]),
        ("NotEqualTo", () => V(1, 2).NotEqualTo(V(1, 3)), [2], [0, 1]),
        ("LessOrEqual", () => V(1, 2).LessOrEqual(V(1, 1)), [2], [1, 0]),
        ("GreaterOrEqual", () => V(1, 2).GreaterOrEqual(V(1, 3)), [2], [1, 0]),
        ("LogicalNot", () => B(true, false).LogicalNot(), [2], [0, 1]),
        ("And", () => I(6).And(I(3)), [1], [2]),
        ("Or", () => I(6).Or(I(3)), [1], [7]),
        ("Xor", () => I(6).Xor(I(3)), [1], [5]),
        ("BitwiseNot", () => I(6).BitwiseNot(), [1], [-7]),
        ("ShiftLeft", () => I(3).ShiftLeft(I(2)), [1], [12]),
        ("ShiftRight", () => I(-3).ShiftRight(I(1)), [1], [-2]),
        ("ZerosLike", () => V(1, 2).ZerosLike(), [2], [0, 0]),
        ("OnesLike", () => V(1, 2).OnesLike(), [2], [1, 1]),
        ("FullLike", () => V(1, 2).FullLike(7), [2], [7, 7]),
        ("Softplus", () => V(0).Softplus(), [1], [Math.Log(2)]),
        ("LogSigmoid", () => V(0).LogSigmoid(), [1], [-Math.Log(2)]),
        ("Silu", () => V(Math.Log(3)).Silu(), [1], [Math.Log(3) * 0.75]),
        ("Gelu", () => V(0, 1).Gelu(), [2], [0, 0.8413447460685429]),
        ("Gelu", () => V(1).Gelu(tanh: true), [1], [0.8411919906082768]),
        ("Elu", () => V(2, -Math.Log(2)).Elu(), [2], [2, -0.5]),
        ("LeakyRelu", () => V(2, -2).LeakyRelu(0.25), [2], [2, -0.5]),
        ("Prelu", () => V(2, -2).Prelu(Tensor.Scalar(0.25)), [2], [2, -0.5]),
        ("HardSwish", () => V(-4, 1, 4).HardSwish(), [3], [0, 2.0 / 3, 4]),
        ("Softshrink", () => V(-2, 0.25, 2).Softshrink(), [3], [-1.5, 0, 1.5]),
        ("Hardshrink", () => V(-2, 0.25, 2).Hardshrink(), [3], [-2, 0, 2]),
        ("Threshold", () => V(1, 3).Threshold(2, 9), [2], [9, 3]),
        ("Glu", () => V(2, 4, 0, Math.Log(3)).Glu(), [2], [1, 3]),
        ("Any", () => B(false, true).Any(), [], [1]),
        ("Any", () => B(false, true).Reshape(2, 1).Any([1], keepDims: true), [2, 1], [0, 1]),
        ("All", () => B(false, true).All(), [], [0]),
        ("All", () => B(false, true).Reshape(1, 2).All([1], keepDims: true), [1, 1], [0]),
        ("Max", () => M().Max([1], keepDims: true), [2, 1], [3, 6]),
        ("Min", () => M().Min([0], keepDims: true), [1, 3], [1, 2, 3]),
        ("Prod", () => M().Prod([1], keepDims: true), [2, 1], [6, 120]),
        ("ArgMax", () => M().ArgMax(1, keepDims: true), [2, 1], [2, 2]),
        ("ArgMin", () => M().ArgMin(0, keepDims: true), [1, 3], [0, 0, 0]),
        ("Variance", () => M().Variance([1], correction: 0, keepDims: true), [2, 1], [2.0 / 3, 2.0 / 3]),
        ("Std", () => V(2, 4, 4, 4, 5, 5, 7, 9).Std(correction: 0), [], [2]),
        ("LogSumExp", () => V(1000, 1000).LogSumExp(), [], [1000 + Math.Log(2)]),
        ("LogSumExp", () => M().LogSumExp([1], keepDims: true), [2, 1], [3.4076059644443806, 6.4076059644443806]),
        ("Norm", () => V(3, 4).Norm(), [], [5]),
        ("Norm", () => M().Norm(1, [1], keepDims: true), [2, 1], [6, 15]),
        ("MatrixNorm", () => M().MatrixNorm(1), [], [9]),
        ("NanSum", () => V(1, double.NaN, 2).NanSum(), [], [3]),
        ("NanMean", () => V(1, double.NaN, 2).NanMean([0], keepDims: true), [1], [1.5]),
        ("Quantile", () => V(1, 2, 3, 4).Quantile(0.5, 0, QuantileMethod.Lower), [], [2]),
        ("CumProd", () => V(1, 2, 3).CumProd(), [3], [1, 2, 6]),
        ("CumMax", () => V(1, 3, 2).CumMax(), [3], [1, 3, 3]),
        ("CumMin", () => V(3, 1, 2).CumMin(), [3], [3, 1, 1]),
        ("CumMaxWithIndices", () => V(1, 3, 2).CumMaxWithIndices().Indices, [3], [0, 1, 1]),
        ("CumMinWithIndices", () => V(3, 1, 2).CumMinWithIndices().Values, [3], [3, 1, 1]),
        ("Cov", () => M().Cov(), [2, 2], [1, 1, 1, 1]),
        ("Cov", () => M().Cov(frequencies: I(1, 1, 2)), [2, 2], [11.0 / 12, 11.0 / 12, 11.0 / 12, 11.0 / 12]),
        ("CorrCoef", () => M().CorrCoef(), [2, 2], [1, 1, 1, 1]),
        ("Standardize", () => V(1, 2, 3).Standardize(), [3], [-1, 0, 1]),
        ("BroadcastAll", () => Tensor.BroadcastAll(V(1, 2), Tensor.Zeros(2, 1))[0], [2, 2], [1, 2, 1, 2]),
        ("SwapAxes", () => M().SwapAxes(0, 1), [3, 2], [1, 4, 2, 5, 3, 6]),
        ("MoveAxis", () => M().MoveAxis(0, -1), [3, 2], [1, 4, 2, 5, 3, 6]),
        ("Squeeze", () => M().Reshape(1, 2, 1, 3).Squeeze(2), [1, 2, 3], [1, 2, 3, 4, 5, 6]),
        ("Flatten", () => M().Reshape(1, 2, 3).Flatten(1), [1, 6], [1, 2, 3, 4, 5, 6]),
        ("Unflatten", () => V(1, 2, 3, 4).Unflatten(0, 2, -1), [2, 2], [1, 2, 3, 4]),
        ("Pad", () => V(1, 2).Pad(9, (1, 2)), [5], [9, 1, 2, 9, 9]),
        ("PadSymmetric", () => V(1, 2).PadSymmetric((1, 2)), [5], [1, 1, 2, 2, 1]),
        ("Split", () => V(1, 2, 3, 4).Split(2)[1], [2], [3, 4]),
        ("SplitSizes", () => V(1, 2, 3, 4).SplitSizes([1, 3])[1], [3], [2, 3, 4]),
        ("Unstack", () => M().Unstack(1)[2], [2], [3, 6]),
        ("Repeat", () => V(1, 2).Repeat(2), [4], [1, 1, 2, 2]),
        ("RepeatEach", () => V(1, 2).RepeatEach([0, 3]), [3], [2, 2, 2]),
        ("Tile", () => V(1, 2).Tile(2), [4], [1, 2, 1, 2]),
        ("Dilate", () => V(1, 2).Dilate(3), [4], [1, 0, 0, 2]),
        ("Diagonal", () => M().Diagonal(1), [2], [2, 6]),
        ("Trace", () => M().Trace(), [], [6]),
        ("Tril", () => M().Tril(), [2, 3], [1, 0, 0, 4, 5, 0]),
        ("Triu", () => M().Triu(1), [2, 3], [0, 2, 3, 0, 0, 6]),
        ("Fold", () => Tensor.Ones(3, 2).Fold(4), [4], [1, 2, 2, 1]),
        ("UnfoldWindows", () => V(1, 2, 3).UnfoldWindows([2]), [2, 2], [1, 2, 2, 3]),
        ("FoldWindows", () => Tensor.Ones(3, 2).FoldWindows([4]), [4], [1, 2, 2, 1]),
        ("ReplaceSlice", () => V(1, 2, 3).ReplaceSlice(V(9), 1), [3], [1, 9, 3]),
        ("TakeAt", () => M().TakeAt(I(0, 1), I(2, 0)), [2], [3, 4]),
        ("ScatterSet", () => V(1, 2, 3).ScatterSet(I(2, 2), V(7, 8)), [3], [1, 2, 8]),
        ("ScatterAdd", () => V(1, 2, 3).ScatterAdd(I(2, 2), V(7, 8)), [3], [1, 2, 18]),
        ("ScatterMax", () => V(1, 2, 9).ScatterMax(I(0, 2), V(7, 8)), [3], [7, 2, 9]),
        ("ScatterMin", () => V(1, 2, 9).ScatterMin(I(0, 2), V(7, 8)), [3], [1, 2, 8]),
        ("ScatterSetAlong", () => M().ScatterSetAlong(I(0, 2).Reshape(2, 1), V(7, 8).Reshape(2, 1)), [2, 3], [7, 2, 3, 4, 5, 8]),
        ("ScatterAddAlong", () => M().ScatterAddAlong(I(0, 2).Reshape(2, 1), V(7, 8).Reshape(2, 1)), [2, 3], [8, 2, 3, 4, 5, 14]),
        ("ScatterMaxAlong", () => M().ScatterMaxAlong(I(0, 2).Reshape(2, 1), V(7, 0).Reshape(2, 1)), [2, 3], [7, 2, 3, 4, 5, 6]),
        ("ScatterMinAlong", () => M().ScatterMinAlong(I(0, 2).Reshape(2, 1), V(7, 0).Reshape(2, 1)), [2, 3], [1, 2, 3, 4, 5, 0]),
        ("ScatterSetAt", () => M().ScatterSetAt([I(0, 1), I(2, 0)], Tensor.Scalar(9)), [2, 3], [1, 2, 9, 9, 5, 6]),
        ("ScatterAddAt", () => M().ScatterAddAt([I(0, 0), I(2, 2)], V(1, 10)), [2, 3], [1, 2, 14, 4, 5, 6]),
        ("TopK", () => V(1, 3, 2).TopK(2).Values, [2], [3, 2]),
        ("BottomK", () => V(1, 3, 2).BottomK(2).Indices, [2], [0, 2]),
        ("SortDescending", () => V(1, 3, 2).SortDescending(), [3], [3, 2, 1]),
        ("ArgSortDescending", () => V(1, 3, 2).ArgSortDescending(), [3], [1, 2, 0]),
        ("SearchSorted", () => V(1, 2, 2, 3).SearchSorted(V(2)), [1], [1]),
        ("SearchSorted", () => V(1, 2, 2, 3).SearchSorted(V(2), right: true), [1], [3]),
        ("Bucketize", () => V(0.5, 2).Bucketize(V(1, 2, 3)), [2], [0, 1]),
        ("MaskSelect", () => V(1, 2, 3).MaskSelect(B(true, false, true)), [2], [1, 3]),
        ("Compress", () => M().Compress(B(true, false, true), axis: 1), [2, 2], [1, 3, 4, 6]),
        ("NonZero", () => V(0, 5, 6).NonZero(), [2, 1], [1, 2]),
        ("Unique", () => V(3, 1, 3).Unique(), [2], [1, 3]),
        ("UniqueWithCounts", () => V(3, 1, 3).UniqueWithCounts().Counts, [2], [1, 2]),
        ("BinCount", () => I(2, 0, 2).BinCount(4), [4], [1, 0, 2, 0]),
        ("Histogram", () => V(0, 1.5, 4).Histogram(V(0, 1, 4)), [2], [1, 2]),
        ("Histogram", () => V(0, 1.5, 4).Histogram(V(0, 1, 4), V(3, 1, 2), density: true), [2], [0.5, 1.0 / 6]),
        ("SegmentMax", () => V(1, 5, 3).SegmentMax(I(0, 1, 0), 2), [2], [3, 5]),
        ("SegmentMin", () => V(1, 5, 3).SegmentMin(I(0, 1, 0), 2), [2], [1, 5]),
        ("SegmentMean", () => V(1, 5, 3).SegmentMean(I(0, 1, 0), 2), [2], [2, 5]),
        ("TensorDot", () => M().TensorDot(M(), [1], [1]), [2, 2], [14, 32, 32, 77]),
        ("Outer", () => V(1, 2).Outer(V(3, 4)), [2, 2], [3, 4, 6, 8]),
        ("Convolution", () => V(1, 2, 3).Reshape(1, 1, 3).Convolution(V(1, 10).Reshape(1, 1, 2)), [1, 1, 2], [21, 32]),
        ("Convolution", () => V(1, 2, 3).Reshape(1, 1, 3).Convolution(V(1, 10).Reshape(1, 1, 2), [2], [1]), [1, 1, 2], [10, 32]),
        ("ConvolutionTranspose", () => V(1, 2).Reshape(1, 1, 2).ConvolutionTranspose(V(1, 10).Reshape(1, 1, 2)), [1, 1, 3], [1, 12, 20]),
        ("MaxPool", () => M().MaxPool([1, 2], strides: [1, 1]), [2, 2], [2, 3, 5, 6]),
        ("MaxPoolWithIndices", () => V(1, 3, 2, 0).MaxPoolWithIndices([2]).Indices, [2], [1, 2]),
        ("MaxUnpool", () => V(3, 2).MaxUnpool(I(1, 2), 4), [4], [0, 3, 2, 0]),
        ("MaxPool", () => V(1, 3, 2, 0, 5).MaxPool([2], ceiling: true), [3], [3, 2, 5]),
        ("AveragePool", () => V(1, 3, 5).AveragePool([2], ceiling: true), [2], [2, 5]),
        ("AveragePool", () => V(1, 3, 5).AveragePool([2], [3], [1], countPadding: false, ceiling: true), [2], [1, 5]),
        ("SumPool", () => V(1, 2, 3, 4).SumPool([2]), [2], [3, 7]),
        ("AveragePool", () => V(1, 2, 3).AveragePool([2], [1], [1]), [4], [0.5, 1.5, 2.5, 1.5]),
        ("AveragePool", () => V(1, 2, 3).AveragePool([2], [1], [1], countPadding: false), [4], [1, 1.5, 2.5, 3]),
        ("LpPool", () => V(3, 4).LpPool(2, [2]), [1], [5]),
        ("AdaptiveAveragePool", () => V(1, 2, 3).AdaptiveAveragePool(2), [2], [1.5, 2.5]),
        ("AdaptiveMaxPool", () => V(1, 2, 3).AdaptiveMaxPool(2), [2], [2, 3]),
    ];

    [Fact]
    public void Gives_what_is_worked_out_by_hand()
    {
        foreach (var (name, result, shape, values) in Rows)
        {
            var actual = result();
            Assert.True(shape.AsSpan().SequenceEqual(actual.Shape.AsSpan()), $"{name}: shape {actual.Shape}");
            foreach (var (expected, came) in values.Zip(actual.ToDoubles()))
                Assert.True(Math.Abs(expected - came) <= 1e-6 * (1 + Math.Abs(expected)), $"{name}: expected {expected}, came {came}");
        }
    }

    [Fact]
    public void Every_method_has_a_row()
    {
        HashSet<string> elsewhere = ["AllClose"];
        var methods = new[]
        {
            typeof(TensorElementwise),
            typeof(TensorReductions),
            typeof(TensorMovement),
            typeof(TensorSelection),
            typeof(TensorWindows),
        }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(method => method.Name);
        Assert.Equal([], methods.Except(Rows.Select(row => row.Name)).Except(elsewhere));
    }

    [Fact]
    public void Closeness_is_a_bool()
    {
        Assert.True(V(1, 2).AllClose(V(1, 2.00001)));
        Assert.False(V(1, 2).AllClose(V(1, 2.1)));
    }

    [Fact]
    public void Masks_need_values()
    {
        Close.Fails("DF0151", () => Differentiate.Vmap((Tensor x) => x.MaskSelect(x.Greater(x.ZerosLike())))(M()));
        Close.Fails("DF0152", () => M().TakeAt());
    }
}
