using System;
using System.Numerics.Tensors;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Values into tensors and out of them: spans, arrays of several axes, System.Numerics.Tensors. Everything that goes in is copied, for a
/// tensor never changes; what comes out is read where it lies if the layout allows it.
/// </summary>
public static class TensorInterchange
{
    extension(Tensor)
    {
        /// <summary>Row-major values under a shape, copied; without sizes, a vector. T as in <c>Tensor.From</c> of an array.</summary>
        /// <exception cref="DeepFunException">DF0128 the shape needs more or fewer values; DF0204 a type that no dtype stands for.</exception>
        /// <example><code>
        /// Console.WriteLine(Tensor.FromSpan&lt;sbyte&gt;([-1, 0, 1, 2], 2, 2));
        /// // tensor([[-1,  0],
        /// //         [ 1,  2]], int8, shape [2, 2])
        /// </code></example>
        public static Tensor FromSpan<T>(ReadOnlySpan<T> values, params int[] sizes)
            where T : unmanaged => TensorModule.ofSpan(sizes.Length == 0 ? [values.Length] : sizes, values);

        /// <summary>An array of any number of axes (<c>float[,,]</c>, <c>long[,,,]</c>, …), copied.</summary>
        /// <exception cref="DeepFunException">DF0204 elements of a type that no dtype stands for.</exception>
        public static Tensor From(Array values) => TensorModule.ofMultidimensional(values);

        /// <summary>A matrix from its rows, copied.</summary>
        /// <exception cref="DeepFunException">DF0126 rows of unequal length; DF0204 elements of a type that no dtype stands for.</exception>
        public static Tensor From<T>(T[][] rows)
            where T : unmanaged => TensorModule.ofJagged(rows);

        /// <summary>A tensor of System.Numerics.Tensors, copied.</summary>
        /// <exception cref="DeepFunException">DF0204 elements of a type that no dtype stands for.</exception>
        public static Tensor From<T>(in ReadOnlyTensorSpan<T> values)
            where T : unmanaged => TensorModule.ofTensorSpan(values);

        /// <summary>A tensor of System.Numerics.Tensors, copied.</summary>
        /// <exception cref="DeepFunException">DF0204 elements of a type that no dtype stands for.</exception>
        public static Tensor From<T>(Tensor<T> values)
            where T : unmanaged => TensorModule.ofTensorSpan(values.AsReadOnlyTensorSpan());
    }

    /// <summary>
    /// Whether the values lie in main memory in row-major order, so that the spans below copy nothing: true for results of operations,
    /// false for views that transpose, broadcast or step.
    /// </summary>
    public static bool IsContiguous(this Tensor x) => TensorModule.isContiguous(x);

    /// <summary>The values in row-major order: where they lie if <see cref="IsContiguous"/>, else a copy.</summary>
    /// <remarks>
    /// The tensor owns the memory: keep it alive while the span is used (<c>GC.KeepAlive(x)</c> after the last use), and use the span before
    /// the scope in which the tensor was computed ends.
    /// </remarks>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0402 under vmap or trace; DF0601 its scope has ended.</exception>
    /// <example><code>
    /// var x = Tensor.From([1f, 2f, 3f]);
    /// Console.WriteLine(x.AsReadOnlySpan&lt;float&gt;()[1]); // 2
    /// GC.KeepAlive(x);
    /// </code></example>
    public static ReadOnlySpan<T> AsReadOnlySpan<T>(this Tensor x)
        where T : unmanaged => TensorModule.span<T>(x);

    /// <summary>The values where they lie; false, and no span, if that would need a copy. See <see cref="AsReadOnlySpan"/>.</summary>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0402 under vmap or trace; DF0601 its scope has ended.</exception>
    public static bool TryGetSpan<T>(this Tensor x, out ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var there = TensorModule.isContiguous(x);
        values = there ? TensorModule.span<T>(x) : default;
        return there;
    }

    /// <summary>Copies the values, row-major, into memory of the caller's.</summary>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0212 room for more or fewer elements; DF0402.</exception>
    public static void CopyTo<T>(this Tensor x, Span<T> destination)
        where T : unmanaged => TensorModule.copyTo(destination, x);

    /// <summary>The values as an array with the tensor's axes: cast it to <c>T[,]</c>, <c>T[,,]</c>, …. A scalar gives one element.</summary>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0402.</exception>
    public static Array ToMultidimensionalArray<T>(this Tensor x)
        where T : unmanaged => TensorModule.toMultidimensional<T>(x);

    /// <summary>The rows of a matrix.</summary>
    /// <exception cref="DeepFunException">DF0125 not two axes; DF0207 T is not the dtype's type; DF0402.</exception>
    public static T[][] ToJaggedArray<T>(this Tensor x)
        where T : unmanaged => TensorModule.toJagged<T>(x);

    /// <summary>
    /// As System.Numerics.Tensors reads it, without a copy if <see cref="IsContiguous"/>; the memory stays the tensor's, see
    /// <see cref="AsReadOnlySpan"/>. A scalar gets one axis of size 1.
    /// </summary>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0402; DF0601.</exception>
    public static ReadOnlyTensorSpan<T> AsReadOnlyTensorSpan<T>(this Tensor x)
        where T : unmanaged => TensorModule.tensorSpan<T>(x);

    /// <summary>A copy as a tensor of System.Numerics.Tensors. A scalar gets one axis of size 1.</summary>
    /// <exception cref="DeepFunException">DF0207 T is not the dtype's type; DF0402.</exception>
    public static Tensor<T> ToNumericsTensor<T>(this Tensor x)
        where T : unmanaged => TensorModule.toNumerics<T>(x);
}
