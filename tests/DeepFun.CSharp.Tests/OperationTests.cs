using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Every operation and every way to make a tensor, each with values worked out by hand.</summary>
public class OperationTests
{
    private static readonly double E = Math.E;

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static Tensor M() =>
        Tensor.From(
            new float[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );

    /// <summary>Name of the method, result, shape, values.</summary>
    private static readonly (string Name, Func<Tensor> Result, int[] Shape, double[] Values)[] Rows =
    [
        ("Exp", () => V(0, 1, -1).Exp(), [3], [1, E, 1 / E]),
        ("Log", () => V(1, E, 0).Log(), [3], [0, 1, double.NegativeInfinity]),
        ("Sqrt", () => V(0, 4, 2).Sqrt(), [3], [0, 2, Math.Sqrt(2)]),
        ("Square", () => V(-3, 0.5).Square(), [2], [9, 0.25]),
        ("Abs", () => V(-3, 0.5).Abs(), [2], [3, 0.5]),
        ("Pow", () => V(2, 9).Pow(0.5), [2], [Math.Sqrt(2), 3]),
        ("Pow", () => V(2, 3).Pow(V(3, 2)), [2], [8, 9]),
        ("Sin", () => V(0, Math.PI / 6).Sin(), [2], [0, 0.5]),
        ("Cos", () => V(0, Math.PI / 3).Cos(), [2], [1, 0.5]),
        ("Tan", () => V(0, Math.PI / 4).Tan(), [2], [0, 1]),
        ("Tanh", () => V(0, Math.Log(2)).Tanh(), [2], [0, 0.6]),
        ("Sigmoid", () => V(0, Math.Log(3)).Sigmoid(), [2], [0.5, 0.75]),
        ("Relu", () => V(-2, 0, 3).Relu(), [3], [0, 0, 3]),
        ("Erf", () => V(0, 1).Erf(), [2], [0, 0.8427007929497149]),
        ("Log2", () => V(8, 0.5).Log2(), [2], [3, -1]),
        ("Log10", () => V(1000, 0.01).Log10(), [2], [3, -2]),
        ("Cbrt", () => V(-27, 8).Cbrt(), [2], [-3, 2]),
        ("Asinh", () => V(0, 0.75).Asinh(), [2], [0, Math.Log(2)]),
        ("Acosh", () => V(1, 1.25).Acosh(), [2], [0, Math.Log(2)]),
        ("Atanh", () => V(0, 0.6).Atanh(), [2], [0, Math.Log(2)]),
        ("Erfc", () => V(0, 1).Erfc(), [2], [1, 0.15729920705028513]),
        ("ErfInv", () => V(0, 0.8427007929497149).ErfInv(), [2], [0, 1]),
        ("LogGamma", () => V(5, 0.5).LogGamma(), [2], [Math.Log(24), Math.Log(Math.PI) / 2]),
        ("Digamma", () => V(1, 2).Digamma(), [2], [-0.5772156649015329, 0.42278433509846714]),
        ("Polygamma", () => V(1, 2).Polygamma(1), [2], [Math.PI * Math.PI / 6, Math.PI * Math.PI / 6 - 1]),
        ("SafeLog", () => V(-1, 0, E).SafeLog(), [3], [0, 0, 1]),
        ("SafeSqrt", () => V(-1, 0, 9).SafeSqrt(), [3], [0, 0, 3]),
        ("SafeDivide", () => V(1, 6).SafeDivide(V(0, 3)), [2], [0, 2]),
        ("IsFinite", () => V(1, double.NaN, double.NegativeInfinity).IsFinite(), [3], [1, 0, 0]),
        ("NanToNum", () => V(double.NaN, 2, double.PositiveInfinity).NanToNum(7), [3], [7, 2, float.MaxValue]),
        ("DegreesToRadians", () => V(180, -90).DegreesToRadians(), [2], [Math.PI, -Math.PI / 2]),
        ("RadiansToDegrees", () => V(Math.PI, -Math.PI / 2).RadiansToDegrees(), [2], [180, -90]),
        ("Hypot", () => Tensor.From([3, 5e300]).Hypot(Tensor.From([4, 0.0])), [2], [5, 5e300]),
        (
            "LogAddExp",
            () => Tensor.From([1000, Math.Log(2)]).LogAddExp(Tensor.From([1000, Math.Log(3)])),
            [2],
            [1000 + Math.Log(2), Math.Log(5)]
        ),
        ("XLogY", () => V(0, 2).XLogY(V(0, E)), [2], [0, 2]),
        ("Heaviside", () => V(-2, 0, 3).Heaviside(), [3], [0, 0.5, 1]),
        ("Lerp", () => V(1, 2).Lerp(V(3, 10), Tensor.Scalar(0.25)), [2], [1.5, 4]),
        ("Mish", () => V(0, Math.Log(2)).Mish(), [2], [0, Math.Log(2) * 0.8]),
        ("Relu6", () => V(-1, 2, 7).Relu6(), [3], [0, 2, 6]),
        ("HardSigmoid", () => V(-4, 0, 1.5, 3).HardSigmoid(), [4], [0, 0.5, 0.75, 1]),
        ("HardTanh", () => V(-4, 0.5, 1.5).HardTanh(), [3], [-1, 0.5, 1]),
        ("Selu", () => V(1, -Math.Log(2)).Selu(), [2], [1.0507009873554805, -1.7580993408473766 / 2]),
        ("Celu", () => V(3, -2 * Math.Log(2)).Celu(2), [2], [3, -1]),
        ("Softsign", () => V(-3, 1).Softsign(), [2], [-0.75, 0.5]),
        ("Tanhshrink", () => V(0, Math.Log(2)).Tanhshrink(), [2], [0, Math.Log(2) - 0.6]),
        ("Softmax", () => V(0, Math.Log(3)).Softmax(), [2], [0.25, 0.75]),
        ("Softmax", () => Tensor.Zeros(2, 4).Softmax(0), [2, 4], [.. Enumerable.Repeat(0.5, 8)]),
        ("LogSoftmax", () => V(0, Math.Log(3)).LogSoftmax(), [2], [Math.Log(0.25), Math.Log(0.75)]),
        ("Maximum", () => V(1, 5).Maximum(V(3, 2)), [2], [3, 5]),
        ("Minimum", () => V(1, 5).Minimum(V(3, 2)), [2], [1, 2]),
        ("Clamp", () => V(-1, 0.3, 7).Clamp(0, 1), [3], [0, 0.3, 1]),
        ("EqualTo", () => V(1, 2).EqualTo(V(1, 3)), [2], [1, 0]),
        ("Less", () => V(1, 2, 3).Less(Tensor.Scalar(2)), [3], [1, 0, 0]),
        ("Greater", () => V(1, 2, 3).Greater(Tensor.Scalar(2)), [3], [0, 0, 1]),
        ("Where", () => V(1, 2, 3).Greater(Tensor.Scalar(2)).Where(V(10, 20, 30), V(-1, -2, -3)), [3], [-1, -2, 30]),
        ("Cast", () => V(1.7, -1.7).Cast(DType.Int32), [2], [1, -1]),
        ("StopGradient", () => Differentiate.Grad((Tensor x) => (x * x.StopGradient()).Sum())(V(3)), [1], [3]),
        ("Sum", () => M().Sum(), [], [21]),
        ("Sum", () => M().Sum(0), [3], [5, 7, 9]),
        ("Sum", () => M().Sum([1], keepDims: true), [2, 1], [6, 15]),
        ("Mean", () => M().Mean(), [], [3.5]),
        ("Mean", () => M().Mean(-1), [2], [2, 5]),
        ("Mean", () => M().Mean([0], keepDims: true), [1, 3], [2.5, 3.5, 4.5]),
        ("Mean", () => M().Mean([0], keepDims: false), [3], [2.5, 3.5, 4.5]),
        ("Max", () => M().Max(), [], [6]),
        ("Max", () => M().Max(1), [2], [3, 6]),
        ("Min", () => M().Min(), [], [1]),
        ("Min", () => M().Min(0), [3], [1, 2, 3]),
        ("Prod", () => M().Prod(), [], [720]),
        ("Prod", () => M().Prod(1), [2], [6, 120]),
        ("Variance", () => V(1, 2, 3, 4).Variance(), [], [5.0 / 3]),
        ("Variance", () => M().Variance([1], correction: 0), [2], [2.0 / 3, 2.0 / 3]),
        ("ArgMax", () => V(1, 5, 5, 2).ArgMax(), [], [1]),
        ("ArgMax", () => M().ArgMax(0), [3], [1, 1, 1]),
        ("ArgMin", () => V(3, 1, 1, 2).ArgMin(), [], [1]),
        ("CumSum", () => M().CumSum(1), [2, 3], [1, 3, 6, 4, 9, 15]),
        ("Reshape", () => M().Reshape(3, -1), [3, 2], [1, 2, 3, 4, 5, 6]),
        ("Flatten", () => M().Flatten(), [6], [1, 2, 3, 4, 5, 6]),
        ("Transpose", () => M().Transpose(), [3, 2], [1, 4, 2, 5, 3, 6]),
        ("Permute", () => M().Reshape(1, 2, 3).Permute(2, 0, 1), [3, 1, 2], [1, 4, 2, 5, 3, 6]),
        ("BroadcastTo", () => V(1, 2).BroadcastTo(2, 2), [2, 2], [1, 2, 1, 2]),
        ("ExpandDims", () => V(1, 2).ExpandDims(-1), [2, 1], [1, 2]),
        ("Squeeze", () => V(1, 2).Reshape(1, 2, 1).Squeeze(), [2], [1, 2]),
        ("Slice", () => M().Slice(1, 3, axis: 1), [2, 2], [2, 3, 5, 6]),
        ("Slice", () => V(1, 2, 3, 4).Slice(-3, -1), [2], [2, 3]),
        ("Item", () => M().Item(-1), [3], [4, 5, 6]),
        ("Item", () => M().Item(0, axis: 1), [2], [1, 4]),
        ("Flip", () => M().Flip(0, 1), [2, 3], [6, 5, 4, 3, 2, 1]),
        ("Take", () => M().Take(Tensor.From([2, 0]), axis: 1), [2, 2], [3, 1, 6, 4]),
        ("TakeAlong", () => M().TakeAlong(Tensor.From([2, 0]).Reshape(2, 1)), [2, 1], [3, 4]),
        ("Sort", () => V(3, 1, 2).Sort(), [3], [1, 2, 3]),
        ("ArgSort", () => V(3, 1, 2).ArgSort(), [3], [1, 2, 0]),
        ("MatMul", () => M().MatMul(M().Transpose()), [2, 2], [14, 32, 32, 77]),
        ("MatMul", () => M().MatMul(V(1, 0, -1)), [2], [-2, -2]),
        ("Dot", () => V(1, 2, 3).Dot(V(4, 5, 6)), [], [32]),
        ("OneHot", () => Tensor.From([2, 0]).OneHot(3), [2, 3], [0, 0, 1, 1, 0, 0]),
        ("Einsum", () => Tensor.Einsum("ij,kj->ik", M(), M()), [2, 2], [14, 32, 32, 77]),
        ("Kron", () => V(1, 10).Kron(V(1, 2, 3)), [6], [1, 2, 3, 10, 20, 30]),
        ("MatrixPower", () => Tensor.From([1f, 1f, 1f, 0f], 2, 2).MatrixPower(10), [2, 2], [89, 55, 55, 34]),
        ("VecDot", () => M().VecDot(V(1, 0, -1)), [2], [-2, -2]),
        ("VecDot", () => M().VecDot(M(), axis: 0), [3], [17, 29, 45]),
        ("MeshGrid", () => Tensor.Stack(Tensor.MeshGrid(V(1, 2), V(3, 4, 5))), [2, 2, 3], [1, 1, 1, 2, 2, 2, 3, 4, 5, 3, 4, 5]),
        ("Roll", () => M().Roll(1), [2, 3], [3, 1, 2, 6, 4, 5]),
        ("Roll", () => M().Roll(-1, axis: 0), [2, 3], [4, 5, 6, 1, 2, 3]),
        ("PadReflect", () => V(1, 2, 3).PadReflect((2, 1)), [6], [3, 2, 1, 2, 3, 2]),
        ("PadReplicate", () => V(1, 2, 3).PadReplicate((2, 1)), [6], [1, 1, 1, 2, 3, 3]),
        ("PadCircular", () => V(1, 2, 3).PadCircular((2, 1)), [6], [2, 3, 1, 2, 3, 1]),
        ("Chunk", () => V(1, 2, 3, 4, 5).Chunk(3)[2], [1], [5]),
        ("Unfold", () => V(1, 2, 3, 4, 5).Unfold(3, step: 2), [2, 3], [1, 2, 3, 3, 4, 5]),
        ("DiagEmbed", () => V(1, 2).DiagEmbed(), [2, 2], [1, 0, 0, 2]),
        ("DiagFlat", () => V(1).DiagFlat(-1), [2, 2], [0, 0, 1, 0]),
        ("ExpandAs", () => V(1, 2, 3).ExpandAs(M()), [2, 3], [1, 2, 3, 1, 2, 3]),
        ("Rot90", () => M().Rot90(), [3, 2], [3, 6, 2, 5, 1, 4]),
        ("Quantile", () => V(4, 1, 3, 2).Quantile(0.25), [], [1.75]),
        ("Quantile", () => M().Quantile(0.25, axis: 1), [2], [1.5, 4.5]),
        ("Median", () => V(4, 1, 3, 2).Median(), [], [2.5]),
        ("Median", () => M().Median(axis: 1), [2], [2, 5]),
        ("CountNonZero", () => V(1, 0, double.NaN).CountNonZero(), [], [2]),
        ("CountNonZero", () => (M() - 4).CountNonZero(1), [2], [3, 2]),
        ("LogCumSumExp", () => V(0, Math.Log(2), Math.Log(4)).LogCumSumExp(), [3], [0, Math.Log(3), Math.Log(7)]),
        ("Histogram", () => V(0, 0.2, 0.6, 1, 2).Histogram(2, 0, 1), [2], [2, 2]),
        ("SegmentSum", () => V(1, 2, 3).SegmentSum(Tensor.From([1, 0, 1]), 3), [3], [2, 4, 0]),
        ("[]", () => M()[1], [3], [4, 5, 6]),
        ("[]", () => M()[-1, 0], [], [4]),
        ("[]", () => M()[^1], [3], [4, 5, 6]),
        ("[]", () => M()[1..], [1, 3], [4, 5, 6]),
        ("[]", () => V(1, 2, 3, 4)[1..^1], [2], [2, 3]),
        ("[]", () => M()[1, 1..3], [2], [5, 6]),
        ("[]", () => M()[.., ^1], [2], [3, 6]),
        ("[]", () => M()[0..1, ..2], [1, 2], [1, 2]),
        ("[]", () => M()[.., Slice.Every(2, ..)], [2, 2], [1, 3, 4, 6]),
        ("[]", () => V(1, 2, 3, 4)[Slice.Every(-1, ..)], [4], [4, 3, 2, 1]),
        ("[]", () => Tensor.Arange(16).Reshape(2, 2, 2, 2)[1, 0, 1, 0], [], [10]),
        ("[]", () => Tensor.Arange(16).Reshape(2, 2, 2, 2)[1, Slice.All, 1], [2, 2], [10, 11, 14, 15]),
        ("From", () => Tensor.From([1.5, 2.5]), [2], [1.5, 2.5]),
        ("From", () => Tensor.From([1, 2, 3, 4], 2, 2), [2, 2], [1, 2, 3, 4]),
        (
            "From",
            () =>
                Tensor.From(
                    new[,]
                    {
                        { true, false },
                    }
                ),
            [1, 2],
            [1, 0]
        ),
        ("Vector", () => Tensor.Vector(1, 2), [2], [1, 2]),
        ("Scalar", () => Tensor.Scalar(4), [], [4]),
        ("Full", () => Tensor.Full(7, [2], DType.Int64), [2], [7, 7]),
        ("Zeros", () => Tensor.Zeros(1, 2), [1, 2], [0, 0]),
        ("Ones", () => Tensor.Ones(2), [2], [1, 1]),
        ("Arange", () => Tensor.Arange(3), [3], [0, 1, 2]),
        ("Linspace", () => Tensor.Linspace(0, 1, 5), [5], [0, 0.25, 0.5, 0.75, 1]),
        ("Eye", () => Tensor.Eye(2), [2, 2], [1, 0, 0, 1]),
        ("Stack", () => Tensor.Stack([V(1, 2), V(3, 4)], axis: 1), [2, 2], [1, 3, 2, 4]),
        ("Concat", () => Tensor.Concat([V(1, 2), V(3)]), [3], [1, 2, 3]),
    ];

    public static TheoryData<int, string> Numbered
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (var (row, i) in Rows.Select((row, i) => (row, i)))
                data.Add(i, row.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbered))]
    public void Gives_what_is_worked_out_by_hand(int row, string name)
    {
        Assert.Equal(name, Rows[row].Name);
        var actual = Rows[row].Result();
        Assert.Equal(Rows[row].Shape, actual.Shape.ToArray());
        foreach (var (expected, came) in Rows[row].Values.Zip(actual.ToDoubles()))
            Assert.Equal(expected, came, 1e-6);
    }

    [Fact]
    public void Every_public_operation_has_a_row()
    {
        // Random numbers and what is no tensor have tests of their own below.
        HashSet<string> elsewhere = ["Normal", "Uniform", "FromSeed", "Split", "Fold", "ToMatrix"];
        var public_ = new[]
        {
            typeof(TensorExtensions),
            typeof(TensorProducts),
            typeof(TensorRearrangement),
            typeof(TensorSummaries),
            typeof(TensorCreation),
        }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(method => method.Name);
        Assert.Equal([], public_.Except(Rows.Select(row => row.Name)).Except(elsewhere));
    }

    [Fact]
    public void Dtypes_follow_the_values_and_the_argument()
    {
        Assert.Equal(DType.Float32, Tensor.From([1f]).DType);
        Assert.Equal(DType.Float64, Tensor.From([1.0]).DType);
        Assert.Equal(DType.Int32, Tensor.From([1]).DType);
        Assert.Equal(DType.Int64, Tensor.From([1L]).DType);
        Assert.Equal(DType.UInt8, Tensor.From(new byte[] { 1 }).DType);
        Assert.Equal(DType.Bool, Tensor.From([true]).DType);
        Assert.Equal(DType.Int64, Tensor.Full(1, [2], DType.Int64).DType);
        Assert.Equal(DType.Int32, Tensor.Arange(3).DType);
        Assert.Equal(DType.Int32, V(1, 2).ArgMax().DType);
        Assert.Equal(DType.Bool, V(1, 2).Less(V(2, 1)).DType);
        Assert.Equal(DType.Float32, (Tensor.From([1]) / 2).DType);
    }

    [Fact]
    public void Operators_work_on_tensors_and_numbers()
    {
        var x = V(1, 2);
        Close.Assert((2 * x + 1) / x - x % 2, [2], [3 - 1, 2.5 - 0]);
        Close.Assert(-x * x, [2], [-1, -4]);
        Close.Assert(x + Tensor.Ones(2, 1), [2, 2], [2, 3, 2, 3]);
    }

    [Fact]
    public void A_matrix_comes_out_as_an_array_of_two_dimensions()
    {
        Assert.Equal(
            new double[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            },
            M().ToMatrix()
        );
        Assert.Equal(
            new double[,]
            {
                { 1 },
                { 0 },
            },
            Tensor.From([true, false], 2, 1).ToMatrix()
        );
        Close.Fails("DF0125", () => V(1, 2).ToMatrix());
    }

    [Fact]
    public void Random_tensors_follow_their_key()
    {
        Assert.True(Close.SameBits(Tensor.Normal(Key.FromSeed(7), 100), Tensor.Normal(Key.FromSeed(7), 100)));
        Assert.False(Close.SameBits(Tensor.Normal(Key.FromSeed(7), 100), Tensor.Normal(Key.FromSeed(8), 100)));
        Assert.False(Close.SameBits(Tensor.Normal(Key.FromSeed(7).Fold(0), 100), Tensor.Normal(Key.FromSeed(7).Fold(1), 100)));
        var keys = Key.FromSeed(7).Split(3);
        Assert.Equal(3, keys.Length);
        Assert.False(Close.SameBits(Tensor.Uniform(keys[0], 100), Tensor.Uniform(keys[1], 100)));
    }

    [Fact]
    public void Random_tensors_have_their_distribution()
    {
        // 100,000 draws: mean and variance within 5 standard errors.
        var uniform = Tensor.Uniform(Key.FromSeed(1), 100_000);
        Assert.InRange(uniform.Min().ToDouble(), 0, 1e-3);
        Assert.InRange(uniform.Max().ToDouble(), 1 - 1e-3, 1);
        Close.Assert(0.5, uniform.Mean().ToDouble(), 5 * Math.Sqrt(1 / 12.0 / 1e5));
        var normal = Tensor.Normal(Key.FromSeed(2), 100_000);
        Close.Assert(0, normal.Mean().ToDouble(), 5 / Math.Sqrt(1e5));
        Close.Assert(1, normal.Variance().ToDouble(), 5 * Math.Sqrt(2 / 1e5));
    }

    [Fact]
    public void Errors_name_the_operation_and_what_came()
    {
        Assert.Contains("[2, 3]", Close.Fails("DF0119", () => M().MatMul(M())).Message, StringComparison.Ordinal);
        Close.Fails("DF0110", () => (M() + V(1, 2)).ToString());
        Close.Fails("DF0112", () => M().Sum(2));
        Close.Fails("DF0114", () => M().Reshape(4));
        Close.Fails("DF0128", () => Tensor.From([1, 2, 3], 2));
        Close.Fails("DF0127", () => M().ToDouble());
        Close.Fails("DF0117", () => _ = M()[2]);
        Close.Fails("DF0117", () => _ = M()[^3]);
        Close.Fails("DF0117", () => _ = M()[^0]);
        Close.Fails("DF0117", () => _ = M()[1..4]);
        Close.Fails("DF0117", () => _ = M()[2..1]);
        Close.Fails("DF0126", () => _ = M()[.., .., 0]);
        Close.Fails("DF0130", () => Tensor.Einsum("ij,jk", M()));
        Close.Fails("DF0112", () => Tensor.Ones(2, 3, 2).Fold(4, axis: -4));
        Close.Fails("DF0126", () => Tensor.Ones(2, 3, 2).Fold(4, axis: -1));
    }
}
