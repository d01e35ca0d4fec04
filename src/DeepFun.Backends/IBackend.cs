using System;

namespace DeepFun.Backends;

/// <summary>
/// What a device must be able to do: one method a family of primitives. Shapes were checked before
/// (Core/Primitives/Infer.fs), so that a backend sees valid calls only; values (an index out of range) it checks itself.
/// Results are new storages or views; a storage that was handed out is never written again.
/// Float16 and BFloat16 give what Float32 gives on the same numbers, rounded once: sums are accumulated in Float32.
/// </summary>
public interface IBackend
{
    /// <summary>A short name for messages: <c>cpu</c>, <c>cuda:0</c>.</summary>
    string Name { get; }

    /// <summary>Copies row-major host values in.</summary>
    Storage FromHost(ReadOnlySpan<byte> values, DType dtype, Shape shape);

    /// <summary>Copies the values out in row-major order.</summary>
    void ToHost(Storage x, Span<byte> destination);

    /// <summary>A tensor from nothing; see <see cref="GenerateOp"/>.</summary>
    Storage Generate(GenerateOp op, DType dtype, Shape shape, double value, int axis);

    /// <summary>Elementwise in one tensor.</summary>
    Storage Unary(UnaryOp op, Storage x);

    /// <summary>Elementwise in two tensors of equal shape and dtype.</summary>
    Storage Binary(BinaryOp op, Storage x, Storage y);

    /// <summary>Where <paramref name="condition"/> (Bool) is true x, elsewhere y; equal shapes.</summary>
    Storage Select(Storage condition, Storage x, Storage y);

    /// <summary>
    /// Values in another dtype. Float to integer truncates toward zero and saturates (NaN gives 0); integer to integer
    /// keeps the low bits; to a float: the nearest, halves to even, rounded once; to Bool: not equal to zero.
    /// </summary>
    Storage Cast(Storage x, DType dtype);

    /// <summary>Reduces <paramref name="axes"/> (ascending, may be empty) away.</summary>
    Storage Reduce(ReduceOp op, Storage x, ReadOnlySpan<int> axes);

    /// <summary>Along one axis, shape unchanged; <paramref name="reverse"/>: from the end, or descending.</summary>
    Storage AlongAxis(AxisOp op, Storage x, int axis, bool reverse);

    /// <summary>The same elements under another shape; see <see cref="ViewOp"/> for the arguments.</summary>
    Storage View(ViewOp op, Storage x, Shape shape, int[] first, int[] second);

    /// <summary>
    /// Surrounds with <paramref name="value"/>: low before, high after (negative: crops), interior between neighbours of an axis.
    /// </summary>
    Storage Pad(Storage x, Shape shape, int[] low, int[] high, int[] interior, double value);

    /// <summary>Joins tensors that are equal except along <paramref name="axis"/>.</summary>
    Storage Concat(Storage[] xs, int axis);

    /// <summary>
    /// x [B…, n, post…], indices [B…, I…] (Int32 or Int64) → [B…, I…, post…], where B has <paramref name="batch"/> axes:
    /// result[b, i, p] = x[b, indices[b, i], p].
    /// </summary>
    Storage Gather(Storage x, Storage indices, int batch);

    /// <summary>
    /// x [B…, n, post…], indices [B…, I…], updates [B…, I…, post…] → like x:
    /// a copy of x in which updates[b, i, p] meets x[b, indices[b, i], p] by <paramref name="op"/>.
    /// </summary>
    Storage Scatter(ScatterOp op, Storage x, Storage indices, Storage updates, int batch);

    /// <summary>[B…, m, k] × [B…, k, n] → [B…, m, n]; equal B, equal dtype, any but Bool. Float16 and BFloat16 accumulate in Float32.</summary>
    Storage MatMul(Storage x, Storage y);

    /// <summary>The same, written into reserved memory, or a <see cref="Part"/> of it, whose rows, or columns, have no gaps.</summary>
    void MatMul(Storage x, Storage y, Storage target);

    /// <summary>One of a convolution's three maps, of any dtype but Bool; see <see cref="ConvolutionOp"/> for the operands.</summary>
    Storage Convolve(ConvolutionOp op, Storage x, Storage y, ConvolutionSpec spec);

    /// <summary>Windows over the trailing spatial axes; all leading axes are batch. See <see cref="PoolOp"/>.</summary>
    Storage Pool(PoolOp op, Storage x, WindowSpec spec);

    /// <summary>
    /// Linear algebra on float32 or float64 matrices in the last two axes, equal leading axes; see <see cref="LinalgOp"/> for operands and
    /// result. <paramref name="tolerance"/> is that of <see cref="LinalgOp.PseudoInverse"/>.
    /// </summary>
    Storage Linalg(LinalgOp op, Storage[] xs, LinalgFlags flags, double tolerance);

    /// <summary>
    /// For each Int64 key of <paramref name="key"/> [K…] a block of random values: [K…, shape…]. Element i of a block depends on
    /// the key and i alone, so that results do not depend on threads or backends.
    /// </summary>
    Storage Random(RandomOp op, Storage key, DType dtype, Shape shape);

    /// <summary>
    /// Random values with parameters: for each key of <paramref name="key"/> [K…] a block of <paramref name="parameter"/> [K…, shape…].
    /// Element i of a block depends on the key, i and its parameter alone.
    /// </summary>
    Storage Sample(SampleOp op, Storage key, Storage parameter);

    /// <summary>Elementwise in tensors of equal shape and dtype (float); see <see cref="SpecialOp"/> for operands and orders.</summary>
    Storage Special(SpecialOp op, Storage[] operands, int firstOrder, int secondOrder);

    /// <summary>
    /// Memory without gaps for a result that is made part by part, its elements not set. It is written by <see cref="Write"/>, or as a result
    /// of <see cref="IFusedKernel.Run"/>, and handed out when it is complete.
    /// </summary>
    Storage Reserve(DType dtype, Shape shape);

    /// <summary>Slice <paramref name="index"/> along axis 0, without that axis: a view.</summary>
    Storage Item(Storage x, int index);

    /// <summary>
    /// A view of reserved memory as another shape: element (i, j, …) is that at <paramref name="offset"/> + i strides[0] + j strides[1] + … of the
    /// memory in row-major order.
    /// </summary>
    Storage Part(Storage reserved, Shape shape, int[] strides, int offset);

    /// <summary>Copies the elements into reserved memory, or a view of it, of the same shape and dtype.</summary>
    void Write(Storage x, Storage target);

    /// <summary>A fused loop made ready to run; null where the backend cannot fuse it: its operations are then run one by one.</summary>
    IFusedKernel? Compile(FusedLoop loop);

    /// <summary>A fused convolution made ready to run; null where the backend has nothing better than its parts.</summary>
    IFusedKernel? Compile(FusedConvolution convolution);

    /// <summary>A row pipeline made ready to run; null where the backend has nothing better than its stages.</summary>
    IFusedKernel? Compile(RowPipeline pipeline);
}
