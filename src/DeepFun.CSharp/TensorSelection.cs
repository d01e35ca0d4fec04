using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Choosing, replacing, ordering and counting by index tensors and masks, as methods. An index outside its axis is an error (DF0103).</summary>
public static class TensorSelection
{
    /// <summary>Elements at several indices at once, one tensor for each leading axis: NumPy's x[a, b].</summary>
    /// <exception cref="DeepFunException">DF0152 no index, or more than axes.</exception>
    /// <example><code>
    /// var x = Tensor.Arange(6).Reshape(2, 3);
    /// Console.WriteLine(x.TakeAt(Tensor.From([0, 1]), Tensor.From([2, 0]))); // tensor([2, 3], int32, shape [2])
    /// Console.WriteLine(x.MaskSelect(x.Greater(Tensor.From([3])))); // tensor([4, 5], int32, shape [2])
    /// </code></example>
    public static Tensor TakeAt(this Tensor x, params Tensor[] at) => Selection.takeAt(at, x);

    /// <summary>x with slices along an axis replaced; of equal indices the last wins.</summary>
    public static Tensor ScatterSet(this Tensor x, Tensor indices, Tensor updates, int axis = 0) =>
        Selection.scatterSet(axis, indices, updates, x);

    /// <summary>x with slices added along an axis; equal indices add up.</summary>
    public static Tensor ScatterAdd(this Tensor x, Tensor indices, Tensor updates, int axis = 0) =>
        Indexing.scatterAdd(axis, indices, updates, x);

    /// <summary>Slices of x along an axis, each the largest of what stands there and its updates.</summary>
    public static Tensor ScatterMax(this Tensor x, Tensor indices, Tensor updates, int axis = 0) =>
        Selection.scatterMax(axis, indices, updates, x);

    /// <summary>Slices of x along an axis, each the smallest of what stands there and its updates.</summary>
    public static Tensor ScatterMin(this Tensor x, Tensor indices, Tensor updates, int axis = 0) =>
        Selection.scatterMin(axis, indices, updates, x);

    /// <summary>One element for each index replaced: the reverse of TakeAlong.</summary>
    public static Tensor ScatterSetAlong(this Tensor x, Tensor indices, Tensor updates, int axis = -1) =>
        Selection.scatterSetAlong(axis, indices, updates, x);

    /// <summary>One element for each index added: the reverse of TakeAlong; equal indices add up.</summary>
    public static Tensor ScatterAddAlong(this Tensor x, Tensor indices, Tensor updates, int axis = -1) =>
        Indexing.scatterAddAlong(axis, indices, updates, x);

    /// <summary>One element for each index, the larger of it and its update.</summary>
    public static Tensor ScatterMaxAlong(this Tensor x, Tensor indices, Tensor updates, int axis = -1) =>
        Selection.scatterMaxAlong(axis, indices, updates, x);

    /// <summary>One element for each index, the smaller of it and its update.</summary>
    public static Tensor ScatterMinAlong(this Tensor x, Tensor indices, Tensor updates, int axis = -1) =>
        Selection.scatterMinAlong(axis, indices, updates, x);

    /// <summary>x with updates, which broadcast, at several indices at once; of equal indices the last wins.</summary>
    public static Tensor ScatterSetAt(this Tensor x, Tensor[] at, Tensor updates) => Selection.scatterSetAt(at, updates, x);

    /// <summary>x with updates, which broadcast, added at several indices at once.</summary>
    public static Tensor ScatterAddAt(this Tensor x, Tensor[] at, Tensor updates) => Selection.scatterAddAt(at, updates, x);

    /// <summary>The k largest elements along an axis, descending, and their places (int32); NaN last.</summary>
    /// <exception cref="DeepFunException">DF0126 k below 0 or above the axis.</exception>
    public static (Tensor Values, Tensor Indices) TopK(this Tensor x, int k, int axis = -1) => Selection.topK(k, axis, x).ToValueTuple();

    /// <summary>The k smallest elements along an axis, ascending, and their places (int32); NaN last.</summary>
    /// <exception cref="DeepFunException">DF0126 k below 0 or above the axis.</exception>
    public static (Tensor Values, Tensor Indices) BottomK(this Tensor x, int k, int axis = -1) =>
        Selection.bottomK(k, axis, x).ToValueTuple();

    /// <summary>Descending along an axis.</summary>
    public static Tensor SortDescending(this Tensor x, int axis = -1) => Indexing.sortDescending(axis, x);

    /// <summary>The indices (int32) that sort an axis downwards.</summary>
    public static Tensor ArgSortDescending(this Tensor x, int axis = -1) => Indexing.argsortDescending(axis, x);

    /// <summary>Where values would go into sorted ones: before equal ones, or behind them (right). int32.</summary>
    /// <exception cref="DeepFunException">DF0153 shapes that do not fit.</exception>
    public static Tensor SearchSorted(this Tensor sorted, Tensor values, bool right = false) =>
        right ? Selection.searchSortedRight(sorted, values) : Selection.searchSorted(sorted, values);

    /// <summary>The number of the bucket of each element between sorted boundaries. int32.</summary>
    public static Tensor Bucketize(this Tensor x, Tensor boundaries, bool right = false) => Selection.bucketize(right, boundaries, x);

    /// <summary>The elements, or slices, of x where a mask is true; how many there are is read from its values.</summary>
    /// <exception cref="DeepFunException">DF0151 under vmap and trace; DF0154 a mask whose shape does not begin x's.</exception>
    public static Tensor MaskSelect(this Tensor x, Tensor mask) => Counting.maskSelect(mask, x);

    /// <summary>The slices along an axis where a mask is true.</summary>
    /// <exception cref="DeepFunException">DF0151 under vmap and trace; DF0154 a mask of another length.</exception>
    public static Tensor Compress(this Tensor x, Tensor mask, int axis = 0) => Counting.compress(axis, mask, x);

    /// <summary>The places of the elements that are not 0; int32 [count, axes].</summary>
    /// <exception cref="DeepFunException">DF0151 under vmap and trace.</exception>
    public static Tensor NonZero(this Tensor x) => Counting.nonZero(x);

    /// <summary>The different elements in ascending order.</summary>
    /// <exception cref="DeepFunException">DF0151 under vmap and trace.</exception>
    public static Tensor Unique(this Tensor x) => Counting.unique(x);

    /// <summary>The different elements, for each element of x the number of its own, and how often each comes.</summary>
    /// <exception cref="DeepFunException">DF0151 under vmap and trace.</exception>
    public static (Tensor Values, Tensor Inverse, Tensor Counts) UniqueWithCounts(this Tensor x) =>
        Counting.uniqueWithCounts(x).ToValueTuple();

    /// <summary>How often each whole number below a limit comes; int32.</summary>
    public static Tensor BinCount(this Tensor x, int limit) => Counting.binCount(limit, x);

    /// <summary>How many elements lie between neighbouring edges, or the sum of their weights, or that as a density.</summary>
    /// <exception cref="DeepFunException">DF0154 edges or weights of another shape.</exception>
    public static Tensor Histogram(this Tensor x, Tensor edges, Tensor? weights = null, bool density = false) =>
        InteropOperations.Histogram(edges, weights, density, x);

    /// <summary>The largest of the slices with the same segment number; −∞ for none.</summary>
    public static Tensor SegmentMax(this Tensor x, Tensor segments, int count) => Counting.segmentMax(count, segments, x);

    /// <summary>The smallest of the slices with the same segment number; ∞ for none.</summary>
    public static Tensor SegmentMin(this Tensor x, Tensor segments, int count) => Counting.segmentMin(count, segments, x);

    /// <summary>The mean of the slices with the same segment number; NaN for none.</summary>
    public static Tensor SegmentMean(this Tensor x, Tensor segments, int count) => Counting.segmentMean(count, segments, x);
}
