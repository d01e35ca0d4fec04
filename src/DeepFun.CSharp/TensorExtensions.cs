using System;
using System.Linq;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Operations on tensors as methods. Operators (+ − * / %) work on tensors and numbers and broadcast. Negative axes count from the end;
/// a reduction without axes reduces all of them.
/// </summary>
public static partial class TensorExtensions
{
    private static int[] Axes(Tensor x, int[] axes) => axes.Length == 0 ? [.. Enumerable.Range(0, x.Rank)] : axes;

    internal static Tensor Kept(Tensor reduced, int[] axes, bool keepDims) => keepDims ? Reduction.keepDims(axes, reduced) : reduced;

    /// <summary>eˣ</summary>
    public static Tensor Exp(this Tensor x) => Tensor.Exp(x);

    /// <summary>Natural logarithm.</summary>
    public static Tensor Log(this Tensor x) => Tensor.Log(x);

    /// <summary>√x</summary>
    public static Tensor Sqrt(this Tensor x) => Tensor.Sqrt(x);

    /// <summary>x²</summary>
    public static Tensor Square(this Tensor x) => Elementwise.square(x);

    /// <summary>|x|</summary>
    public static Tensor Abs(this Tensor x) => Tensor.Abs(x);

    /// <summary>xʸ</summary>
    public static Tensor Pow(this Tensor x, double y) => Tensor.Pow(x, y);

    /// <summary>xʸ, broadcasting.</summary>
    public static Tensor Pow(this Tensor x, Tensor y) => Tensor.Pow(x, y);

    /// <summary>sin x</summary>
    public static Tensor Sin(this Tensor x) => Tensor.Sin(x);

    /// <summary>cos x</summary>
    public static Tensor Cos(this Tensor x) => Tensor.Cos(x);

    /// <summary>tan x</summary>
    public static Tensor Tan(this Tensor x) => Tensor.Tan(x);

    /// <summary>tanh x</summary>
    public static Tensor Tanh(this Tensor x) => Tensor.Tanh(x);

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    public static Tensor Sigmoid(this Tensor x) => Elementwise.sigmoid(x);

    /// <summary>max(x, 0)</summary>
    public static Tensor Relu(this Tensor x) => Elementwise.relu(x);

    /// <summary>The error function.</summary>
    public static Tensor Erf(this Tensor x) => Elementwise.erf(x);

    /// <summary>exp(x) / Σ exp(x) along an axis.</summary>
    public static Tensor Softmax(this Tensor x, int axis = -1) => Derived.softmax(axis, x);

    /// <summary>log softmax along an axis, without cancellation.</summary>
    public static Tensor LogSoftmax(this Tensor x, int axis = -1) => Derived.logSoftmax(axis, x);

    /// <summary>The larger of two, broadcasting; NaN wins.</summary>
    public static Tensor Maximum(this Tensor x, Tensor y) => Elementwise.maximum(x, y);

    /// <summary>The smaller of two, broadcasting; NaN wins.</summary>
    public static Tensor Minimum(this Tensor x, Tensor y) => Elementwise.minimum(x, y);

    /// <summary>min(max(x, low), high)</summary>
    public static Tensor Clamp(this Tensor x, double low, double high) => Derived.clamp(low, high, x);

    /// <summary>Whether elements are equal, broadcasting; bool.</summary>
    public static Tensor EqualTo(this Tensor x, Tensor y) => Elementwise.equal(x, y);

    /// <summary>Whether x &lt; y, broadcasting; bool.</summary>
    public static Tensor Less(this Tensor x, Tensor y) => Elementwise.less(x, y);

    /// <summary>Whether x &gt; y, broadcasting; bool.</summary>
    public static Tensor Greater(this Tensor x, Tensor y) => Elementwise.greater(x, y);

    /// <summary>Where the condition (bool) is true x, elsewhere y; all broadcast.</summary>
    public static Tensor Where(this Tensor condition, Tensor x, Tensor y) => Elementwise.where(condition, x, y);

    /// <summary>The values in another dtype.</summary>
    public static Tensor Cast(this Tensor x, DType dtype) => Elementwise.cast(dtype, x);

    /// <summary>x itself, whose derivative is zero.</summary>
    public static Tensor StopGradient(this Tensor x) => Elementwise.stopGradient(x);

    /// <summary>The sum over axes; without axes, of all elements.</summary>
    public static Tensor Sum(this Tensor x, params int[] axes) => Reduction.sumOver(Axes(x, axes), x);

    /// <summary>The sum over axes, which stay with size 1 if asked for.</summary>
    /// <example><code>
    /// var x = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
    /// Console.WriteLine(x.Sum()); // tensor(10., float32, shape [])
    /// Console.WriteLine(x.Sum(axes: 1)); // tensor([3., 7.], float32, shape [2])
    /// Console.WriteLine(x / x.Sum([1], keepDims: true));
    /// // tensor([[0.333333, 0.666667],
    /// //         [0.428571, 0.571429]], float32, shape [2, 2])
    /// </code></example>
    public static Tensor Sum(this Tensor x, int[] axes, bool keepDims) => Kept(Reduction.sumOver(axes, x), axes, keepDims);

    /// <summary>The mean over axes; without axes, of all elements.</summary>
    public static Tensor Mean(this Tensor x, params int[] axes) => Reduction.meanOver(Axes(x, axes), x);

    /// <summary>The mean over axes, which stay with size 1 if asked for.</summary>
    public static Tensor Mean(this Tensor x, int[] axes, bool keepDims) => Kept(Reduction.meanOver(axes, x), axes, keepDims);

    /// <summary>The largest element over axes; without axes, of all.</summary>
    public static Tensor Max(this Tensor x, params int[] axes) => Reduction.amaxOver(Axes(x, axes), x);

    /// <summary>The smallest element over axes; without axes, of all.</summary>
    public static Tensor Min(this Tensor x, params int[] axes) => Reduction.aminOver(Axes(x, axes), x);

    /// <summary>The product over axes; without axes, of all elements.</summary>
    public static Tensor Prod(this Tensor x, params int[] axes) => Reduction.prodOver(Axes(x, axes), x);

    /// <summary>Variance over axes, divided by n − correction; without axes, of all elements.</summary>
    public static Tensor Variance(this Tensor x, int[]? axes = null, int correction = 1) =>
        Derived.varianceOver(correction, Axes(x, axes ?? []), x);

    /// <summary>The index (int32) of the first largest element along an axis.</summary>
    public static Tensor ArgMax(this Tensor x, int axis = -1) => Reduction.argmax(axis, x);

    /// <summary>The index (int32) of the first smallest element along an axis.</summary>
    public static Tensor ArgMin(this Tensor x, int axis = -1) => Reduction.argmin(axis, x);

    /// <summary>Running sums along an axis.</summary>
    public static Tensor CumSum(this Tensor x, int axis) => Reduction.cumsum(axis, x);

    /// <summary>The same elements, row-major, under another shape; one size may be −1.</summary>
    public static Tensor Reshape(this Tensor x, params int[] sizes) => Movement.reshape(sizes, x);

    /// <summary>All elements along one axis.</summary>
    public static Tensor Flatten(this Tensor x) => Movement.flatten(x);

    /// <summary>The matrix transpose: exchanges the last two axes.</summary>
    public static Tensor Transpose(this Tensor x) => Movement.transpose(x);

    /// <summary>Axis i of the result is axis axes[i] of x.</summary>
    public static Tensor Permute(this Tensor x, params int[] axes) => Movement.permute(axes, x);

    /// <summary>x repeated along new leading axes and axes of size 1.</summary>
    public static Tensor BroadcastTo(this Tensor x, params int[] sizes) => Movement.broadcastTo(sizes, x);

    /// <summary>A new axis of size 1.</summary>
    public static Tensor ExpandDims(this Tensor x, int axis) => Movement.expandDims(axis, x);

    /// <summary>Without every axis of size 1.</summary>
    public static Tensor Squeeze(this Tensor x) => Movement.squeeze(x);

    /// <summary>Elements from start up to but without stop along one axis; negative ones count from the end.</summary>
    public static Tensor Slice(this Tensor x, int start, int stop, int axis = 0) => Movement.slice(axis, start, stop, x);

    /// <summary>One element along an axis, which disappears; a negative index counts from the end.</summary>
    public static Tensor Item(this Tensor x, int index, int axis = 0) => Movement.item(axis, index, x);

    /// <summary>The values of a matrix as doubles: what <see cref="Figure.Heatmap"/> and <see cref="ConsolePicture"/> draw.</summary>
    /// <exception cref="DeepFunException">DF0125 the tensor has not two axes; DF0402 under vmap or trace.</exception>
    /// <example><code>
    /// var matrix = Tensor.From([1f, 2f, 3f, 4f], 2, 2).ToMatrix();
    /// Console.WriteLine(matrix[1, 0]); // 3
    /// </code></example>
    public static double[,] ToMatrix(this Tensor x)
    {
        if (x.Rank != 2)
            Errors.rank<int>("ToMatrix", "a tensor with two axes", x.Shape);
        var matrix = new double[x.Shape[0], x.Shape[1]];
        Buffer.BlockCopy(x.ToDoubles(), 0, matrix, 0, matrix.Length * sizeof(double));
        return matrix;
    }

    /// <summary>Reverses the order along axes.</summary>
    public static Tensor Flip(this Tensor x, params int[] axes) => Movement.flip(axes, x);

    /// <summary>Slices along an axis, chosen by an int tensor of any shape.</summary>
    public static Tensor Take(this Tensor x, Tensor indices, int axis = 0) => Indexing.take(axis, indices, x);

    /// <summary>One element for each index, along an axis.</summary>
    public static Tensor TakeAlong(this Tensor x, Tensor indices, int axis = -1) => Indexing.takeAlong(axis, indices, x);

    /// <summary>Ascending along an axis.</summary>
    public static Tensor Sort(this Tensor x, int axis = -1) => Indexing.sort(axis, x);

    /// <summary>The indices (int32) that sort an axis.</summary>
    public static Tensor ArgSort(this Tensor x, int axis = -1) => Indexing.argsort(axis, x);

    /// <summary>Matrix product; leading axes broadcast, vectors are rows on the left and columns on the right.</summary>
    public static Tensor MatMul(this Tensor x, Tensor y) => Contraction.matmul(x, y);

    /// <summary>Σ xᵢ yᵢ of two vectors.</summary>
    public static Tensor Dot(this Tensor x, Tensor y) => Contraction.dot(x, y);

    /// <summary>One vector for each label: 1 at its place, elsewhere 0; float32.</summary>
    public static Tensor OneHot(this Tensor labels, int classes) => Derived.oneHot(classes, labels);
}
