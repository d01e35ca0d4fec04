using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Convolution over patches as columns of a matrix [term, place], for inputs of few channels and for 1 × 1 kernels: rows of an image stay
/// rows, and the output is written where it belongs. With a 1 × 1 kernel the image is that matrix already.
/// </summary>
internal static unsafe class ConvolutionColumns
{
    public static void Run<T>(ConvolutionOp op, in ConvolutionShape shape, T* input, T* weight, T* output)
        where T : unmanaged, INumberBase<T>
    {
        var job = new ConvolutionJob<T>(op, shape, KernelSet<T>.Best, input, weight, output);
        if (op == ConvolutionOp.Forward)
            WorkerPool.Run(job.Chunks, &Forward<T>, &job);
        else if (op == ConvolutionOp.InputGradient)
            WorkerPool.Run(job.Chunks, &InputGradient<T>, &job);
        else
        {
            var size = shape.Groups * job.WeightGroup;
            var parts = (T*)NativePool.Rent(job.Chunks * size * sizeof(T), out var sizeClass);
            job.Weight = parts;
            WorkerPool.Run(job.Chunks, &WeightGradient<T>, &job);
            ConvolutionJob<T>.SumParts(parts, job.Chunks, size);
            new ReadOnlySpan<T>(parts, (int)size).CopyTo(new Span<T>(weight, (int)size));
            NativePool.Return((nint)parts, sizeClass);
        }
    }

    private static void Forward<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n++)
        for (var g = 0; g < s.Groups; g++)
        {
            var a = new MatrixView<T>(job.Weight + g * job.WeightGroup, s.Terms, 1);
            var b = new MatrixView<T>(Columns(job, n, g), s.OutPlane, 1);
            MatMulFloating.Multiply(job.Set, s.OutChannels, s.OutPlane, s.Terms, a, b, job.OutputOf(n, g), s.OutPlane);
        }
    }

    private static void InputGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n++)
        for (var g = 0; g < s.Groups; g++)
        {
            var to = job.InputOf(n, g);
            var columns = s.Pointwise ? to : Scratch.Rent<T>(Scratch.Use.Rows, (nint)s.Terms * s.OutPlane);
            var a = new MatrixView<T>(job.Weight + g * job.WeightGroup, 1, s.Terms);
            var b = new MatrixView<T>(job.OutputOf(n, g), s.OutPlane, 1);
            MatMulFloating.Multiply(job.Set, s.Terms, s.OutPlane, s.OutChannels, a, b, columns, s.OutPlane);
            if (!s.Pointwise)
            {
                new Span<T>(to, s.InChannels * s.InPlane).Clear();
                Visit(s, to, columns, toColumns: false);
            }
        }
    }

    private static void WeightGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n++)
        for (var g = 0; g < s.Groups; g++)
        {
            var a = new MatrixView<T>(job.OutputOf(n, g), s.OutPlane, 1);
            var b = new MatrixView<T>(Columns(job, n, g), 1, s.OutPlane);
            var to = job.Weight + ((nint)chunk * s.Groups + g) * job.WeightGroup;
            MatMulBlock.Multiply(job.Set, s.OutChannels, s.Terms, s.OutPlane, a, b, to, s.Terms, n > first);
        }
    }

    private static T* Columns<T>(in ConvolutionJob<T> job, int n, int g)
        where T : unmanaged, INumberBase<T>
    {
        var from = job.InputOf(n, g);
        if (job.Shape.Pointwise)
            return from;
        var columns = Scratch.Rent<T>(Scratch.Use.Rows, (nint)job.Shape.Terms * job.Shape.OutPlane);
        Visit(job.Shape, from, columns, toColumns: true);
        return columns;
    }

    // Every (term, place) with the input element that it stands for: copied into the columns (0 for padding), or the columns added to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Visit<T>(in ConvolutionShape s, T* input, T* columns, bool toColumns)
        where T : unmanaged, INumberBase<T>
    {
        for (var c = 0; c < s.InChannels; c++, input += s.InPlane)
        for (var kd = 0; kd < s.KernelDepth; kd++)
        for (var kh = 0; kh < s.KernelHeight; kh++)
        for (var kw = 0; kw < s.KernelWidth; kw++)
        {
            var shift = kw * s.DilationWidth - s.PadWidth;
            var (first, end) = Valid(shift, s.StrideWidth, s.InWidth, s.OutWidth);
            for (var od = 0; od < s.OutDepth; od++)
            for (var oh = 0; oh < s.OutHeight; oh++, columns += s.OutWidth)
            {
                var id = od * s.StrideDepth + kd * s.DilationDepth - s.PadDepth;
                var ih = oh * s.StrideHeight + kh * s.DilationHeight - s.PadHeight;
                var inside = (uint)id < (uint)s.InDepth && (uint)ih < (uint)s.InHeight;
                var row = input + ((nint)id * s.InHeight + ih) * s.InWidth + shift;
                if (toColumns)
                    CopyRow(row, s.StrideWidth, inside ? first : 0, inside ? end : 0, columns, s.OutWidth);
                else if (inside)
                {
                    for (nint ow = first; ow < end; ow++)
                        row[ow * s.StrideWidth] += columns[ow];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow<T>(T* from, nint stride, nint first, nint end, T* to, nint width)
        where T : unmanaged, INumberBase<T>
    {
        for (nint ow = 0; ow < first; ow++)
            to[ow] = T.Zero;
        if (stride == 1)
            CopyRun((byte*)(from + first), (byte*)(to + first), (end - first) * sizeof(T));
        else
        {
            for (var ow = first; ow < end; ow++)
                to[ow] = from[ow * stride];
        }
        for (var ow = end; ow < width; ow++)
            to[ow] = T.Zero;
    }

    // Rows are short, so that a call to copy memory would cost more than the copy. The last vector overlaps the one before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRun(byte* from, byte* to, nint bytes)
    {
        nint i = 0;
        if (Vector512.IsHardwareAccelerated && bytes >= 64)
        {
            for (; i + 64 <= bytes; i += 64)
                Vector512.Store(Vector512.Load(from + i), to + i);
            if (i < bytes)
                Vector512.Store(Vector512.Load(from + bytes - 64), to + bytes - 64);
            return;
        }
        for (; i + 16 <= bytes; i += 16)
            Vector128.Store(Vector128.Load(from + i), to + i);
        for (; i < bytes; i += 4)
            *(int*)(to + i) = *(int*)(from + i);
    }

    // The output places whose input place, place · stride + shift, lies in [0, size); an empty range has first = end.
    private static (int First, int End) Valid(int shift, int stride, int size, int places)
    {
        var first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
        var end = size - shift <= 0 ? 0 : (size - shift - 1) / stride + 1;
        first = Math.Min(first, places);
        return (first, Math.Clamp(end, first, places));
    }
}
