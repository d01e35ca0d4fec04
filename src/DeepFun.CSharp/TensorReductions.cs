using System;
using System.Linq;
using DeepFun.FSharp;
using static DeepFun.TensorExtensions;

namespace DeepFun;

/// <summary>More reductions as methods. Without axes all elements are reduced; with keepDims the axes stay with size 1.</summary>
public static class TensorReductions
{
    // No axes at all stay none, where the overloads with params in TensorExtensions mean every axis.
    internal static int[] Axes(int rank, int[]? axes) => axes ?? [.. Enumerable.Range(0, rank)];

    /// <summary>Whether any element is true; bool.</summary>
    public static Tensor Any(this Tensor x, int[]? axes = null, bool keepDims = false) =>
        Kept(Reduction.anyOver(Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>Whether all elements are true; bool.</summary>
    public static Tensor All(this Tensor x, int[]? axes = null, bool keepDims = false) =>
        Kept(Reduction.allOver(Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>The largest element over axes; NaN wins, ties share the derivative equally.</summary>
    public static Tensor Max(this Tensor x, int[] axes, bool keepDims) => Kept(Reduction.amaxOver(axes, x), axes, keepDims);

    /// <summary>The smallest element over axes; NaN wins, ties share the derivative equally.</summary>
    public static Tensor Min(this Tensor x, int[] axes, bool keepDims) => Kept(Reduction.aminOver(axes, x), axes, keepDims);

    /// <summary>The product over axes.</summary>
    public static Tensor Prod(this Tensor x, int[] axes, bool keepDims) => Kept(Reduction.prodOver(axes, x), axes, keepDims);

    /// <summary>The index (int32) of the first largest element along an axis, which stays with size 1.</summary>
    public static Tensor ArgMax(this Tensor x, int axis, bool keepDims) => Kept(Reduction.argmax(axis, x), [axis], keepDims);

    /// <summary>The index (int32) of the first smallest element along an axis, which stays with size 1.</summary>
    public static Tensor ArgMin(this Tensor x, int axis, bool keepDims) => Kept(Reduction.argmin(axis, x), [axis], keepDims);

    /// <summary>Variance over axes, divided by n − correction.</summary>
    public static Tensor Variance(this Tensor x, int[]? axes, int correction, bool keepDims) =>
        Kept(Derived.varianceOver(correction, Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>Standard deviation over axes, the root of the variance; where it is 0 its derivative is 0.</summary>
    public static Tensor Std(this Tensor x, int[]? axes = null, int correction = 1, bool keepDims = false) =>
        Kept(Derived.stdOver(correction, Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>log Σ exp(x) over axes, without overflow.</summary>
    public static Tensor LogSumExp(this Tensor x, int[]? axes = null, bool keepDims = false) =>
        Kept(Derived.logSumExp(Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>(Σ |x|ᵖ)^(1/p) over axes; p may be ±∞ or 0. At 0 the derivatives are 0.</summary>
    /// <exception cref="DeepFunException">DF0105 an empty axis and p = ±∞.</exception>
    /// <example><code>
    /// Console.WriteLine(Tensor.Vector(3, 4).Norm()); // tensor(5., float32, shape [])
    /// Console.WriteLine(Tensor.Vector(3, -4).Norm(p: double.PositiveInfinity)); // tensor(4., float32, shape [])
    /// </code></example>
    public static Tensor Norm(this Tensor x, double p = 2, int[]? axes = null, bool keepDims = false) =>
        Kept(Statistics.normOver(p, Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>Norms of matrices in the last two axes: 1 the largest sum of a column's |x|, ∞ that of a row's; −1, −∞ the smallest.</summary>
    /// <exception cref="DeepFunException">DF0126 another p.</exception>
    public static Tensor MatrixNorm(this Tensor x, double p) => MoreReductions.matrixNorm(p, x);

    /// <summary>The sum over axes of what is not NaN.</summary>
    public static Tensor NanSum(this Tensor x, int[]? axes = null, bool keepDims = false) =>
        Kept(MoreReductions.nanSumOver(Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>The mean over axes of what is not NaN.</summary>
    public static Tensor NanMean(this Tensor x, int[]? axes = null, bool keepDims = false) =>
        Kept(MoreReductions.nanMeanOver(Axes(x.Rank, axes), x), Axes(x.Rank, axes), keepDims);

    /// <summary>The q-quantile along an axis, which disappears, by a method; NaN wins.</summary>
    public static Tensor Quantile(this Tensor x, double q, int axis, QuantileMethod method) =>
        MoreReductions.quantileBy(method, q, axis, x);

    /// <summary>Running products along an axis.</summary>
    public static Tensor CumProd(this Tensor x, int axis = -1) => Reduction.cumprod(axis, x);

    /// <summary>Running maxima along an axis.</summary>
    public static Tensor CumMax(this Tensor x, int axis = -1) => Reduction.cummax(axis, x);

    /// <summary>Running minima along an axis.</summary>
    public static Tensor CumMin(this Tensor x, int axis = -1) => Reduction.cummin(axis, x);

    /// <summary>Running maxima along an axis and their places (int32), of equal ones the latest.</summary>
    public static (Tensor Values, Tensor Indices) CumMaxWithIndices(this Tensor x, int axis = -1) =>
        MoreReductions.cummaxWithIndices(axis, x).ToValueTuple();

    /// <summary>Running minima along an axis and their places (int32), of equal ones the latest.</summary>
    public static (Tensor Values, Tensor Indices) CumMinWithIndices(this Tensor x, int axis = -1) =>
        MoreReductions.cumminWithIndices(axis, x).ToValueTuple();

    /// <summary>The covariance of variables (rows) over observations (columns), which may have frequencies (whole numbers) and weights.</summary>
    public static Tensor Cov(this Tensor x, int correction = 1, Tensor? frequencies = null, Tensor? weights = null) =>
        InteropOperations.Cov(correction, frequencies, weights, x);

    /// <summary>Pearson's correlation of variables (rows) over observations (columns).</summary>
    public static Tensor CorrCoef(this Tensor x) => Statistics.corrcoef(x);

    /// <summary>(x − mean) / standard deviation of all elements.</summary>
    public static Tensor Standardize(this Tensor x) => Statistics.standardize(x);
}
