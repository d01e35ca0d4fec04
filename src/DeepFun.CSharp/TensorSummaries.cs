using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Order statistics, counts and running sums, as methods. Negative axes count from the end.</summary>
public static class TensorSummaries
{
    /// <summary>The q-quantile of all elements, linear between neighbours; NaN wins.</summary>
    public static Tensor Quantile(this Tensor x, double q) => Summaries.quantile(q, x);

    /// <summary>The q-quantile along an axis, which disappears.</summary>
    public static Tensor Quantile(this Tensor x, double q, int axis) => Summaries.quantileOver(q, axis, x);

    /// <summary>The median of all elements: the middle one, or the mean of the middle two; NaN wins.</summary>
    public static Tensor Median(this Tensor x) => Summaries.median(x);

    /// <summary>The median along an axis, which disappears.</summary>
    public static Tensor Median(this Tensor x, int axis) => Summaries.medianOver(axis, x);

    /// <summary>How many elements are not 0, over axes; without axes, of all. int32.</summary>
    public static Tensor CountNonZero(this Tensor x, params int[] axes) =>
        Summaries.countNonZeroOver(axes.Length == 0 ? Enumerable.Range(0, x.Rank) : axes, x);

    /// <summary>Running log Σ exp(x) along an axis, without overflow or loss.</summary>
    public static Tensor LogCumSumExp(this Tensor x, int axis = -1) => Summaries.logCumSumExp(axis, x);

    /// <summary>How many elements lie in each of so many equal bins from low to high, both included; int32.</summary>
    public static Tensor Histogram(this Tensor x, int bins, double low, double high) => Summaries.histogram(bins, low, high, x);

    /// <summary>Sums of the slices of x along its first axis that have the same segment number, for segments 0 … count − 1.</summary>
    public static Tensor SegmentSum(this Tensor x, Tensor segments, int count) => Summaries.segmentSum(count, segments, x);
}
