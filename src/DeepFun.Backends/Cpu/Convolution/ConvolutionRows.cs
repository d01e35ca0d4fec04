using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Convolution over patches as rows of a matrix, for inputs of several channels: with the channels innermost a patch is a few long runs,
/// so that gathering it costs a few percent of the product. Images are turned to channels-last and back inside.
/// </summary>
internal static unsafe class ConvolutionRows
{
    // Elements of the patch matrix: half of a second-level cache of 512 KB.
    private const int MostElements = 1 << 16;

    // Output places below which several images share a product.
    private const int SmallPlane = 64;

    public static void Run<T>(ConvolutionOp op, in ConvolutionShape shape, T* input, T* weight, T* output)
        where T : unmanaged, INumberBase<T>
    {
        var job = new ConvolutionJob<T>(shape, KernelSet<T>.Best, input, weight, output);
        var offsets = ChannelsLast.RunOffsets(shape, out var length);
        job.Runs = offsets.Length;
        job.RunLength = length;
        var order = TermOrder(shape);
        fixed (int* pointer = offsets)
        {
            job.Offsets = pointer;
            if (op == ConvolutionOp.WeightGradient)
            {
                var size = (nint)shape.Groups * shape.OutChannels * job.PaddedTerms;
                var parts = (T*)NativePool.Rent(job.Chunks * size * sizeof(T), out var sizeClass);
                var weights = job.Weight;
                job.Weight = parts;
                WorkerPool.Run(job.Chunks, &WeightGradient<T>, &job);
                job.Weight = weights;
                job.SumParts(parts, job.Chunks, job.PaddedTerms, order);
                NativePool.Return((nint)parts, sizeClass);
            }
            else
            {
                var forward = op == ConvolutionOp.Forward;
                var size = shape.Groups * (forward ? job.PaddedOut * shape.Terms : job.PaddedTerms * shape.OutChannels);
                var panels = (T*)NativePool.Rent(size * sizeof(T), out var sizeClass);
                PackWeights(job, forward, order, panels);
                job.Weight = panels;
                WorkerPool.Run(job.Chunks, forward ? &Forward<T> : &InputGradient<T>, &job);
                NativePool.Return((nint)panels, sizeClass);
            }
        }
    }

    // Place of the weight's term (channel, taps…) in a patch (taps…, channel).
    private static int[] TermOrder(in ConvolutionShape s)
    {
        var order = new int[s.Terms];
        for (var c = 0; c < s.InChannels; c++)
        for (var tap = 0; tap < s.Taps; tap++)
            order[c * s.Taps + tap] = tap * s.InChannels + c;
        return order;
    }

    // Forward: panels of output channels [patch term, channel]; else panels of patch terms [channel, patch term]. The rest of a panel is 0.
    private static void PackWeights<T>(in ConvolutionJob<T> job, bool forward, int[] order, T* panels)
        where T : unmanaged, INumberBase<T>
    {
        var s = job.Shape;
        var width = (nint)job.Set.Columns;
        var (extent, depth) = forward ? (job.PaddedOut, (nint)s.Terms) : (job.PaddedTerms, s.OutChannels);
        new Span<T>(panels, (int)(s.Groups * extent * depth)).Clear();
        var from = job.Weight;
        for (var g = 0; g < s.Groups; g++, panels += extent * depth)
        for (nint o = 0; o < s.OutChannels; o++, from += s.Terms)
        for (var t = 0; t < s.Terms; t++)
        {
            var (column, row) = forward ? (o, (nint)order[t]) : (order[t], o);
            var first = column / width * width;
            panels[first * depth + row * Math.Min(width, extent - first) + column - first] = from[t];
        }
    }

    // C [rows, extent] = A × panels; extent is a multiple of the vector.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanels<T>(KernelSet<T> set, nint rows, nint extent, nint depth, MatrixView<T> a, T* panels, T* c)
        where T : unmanaged
    {
        for (nint first = 0; first < extent; first += set.Columns)
        {
            var width = Math.Min(set.Columns, extent - first);
            var b = new MatrixView<T>(panels + first * depth, width, 1);
            MatMulBlock.Multiply(set, rows, width, depth, a, b, c + first, extent, false, rightInPlace: true);
        }
    }

    private static int ImagesAtOnce(in ConvolutionShape s, nint terms) =>
        s.OutPlane >= SmallPlane ? 1 : (int)Math.Clamp(MostElements / (s.OutPlane * terms), 1, 16);

    private static void Forward<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var group = ImagesAtOnce(s, job.PaddedTerms);
        var places = (nint)s.OutPlane;
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, group * places * job.PaddedTerms);
        var sums = Scratch.Rent<T>(Scratch.Use.Sum, group * places * job.PaddedOut);
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += group)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(group, end - n);
            for (var i = 0; i < count; i++)
            {
                ChannelsLast.FromChannels(s, job.InputOf(n + i, g), image);
                ChannelsLast.Gather(s, image, job.Offsets, job.Runs, job.RunLength, rows + i * places * job.PaddedTerms, job.PaddedTerms);
            }
            var a = new MatrixView<T>(rows, job.PaddedTerms, 1);
            MultiplyPanels(job.Set, count * places, job.PaddedOut, s.Terms, a, job.Weight + g * job.PaddedOut * s.Terms, sums);
            for (var i = 0; i < count; i++)
            {
                var from = sums + i * places * job.PaddedOut;
                Packing.Panel(from, job.PaddedOut, 1, places, s.OutChannels, job.OutputOf(n + i, g), places, 0);
            }
        }
    }

    private static void InputGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var group = ImagesAtOnce(s, job.PaddedTerms);
        var places = (nint)s.OutPlane;
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, group * places * job.PaddedTerms);
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += group)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(group, end - n);
            var gradient = OutputRows(job, n, g, count);
            var a = new MatrixView<T>(gradient, 1, count * places);
            MultiplyPanels(
                job.Set,
                count * places,
                job.PaddedTerms,
                s.OutChannels,
                a,
                job.Weight + g * job.PaddedTerms * s.OutChannels,
                rows
            );
            for (var i = 0; i < count; i++)
            {
                new Span<T>(image, s.PaddedPlane * s.InChannels).Clear();
                var from = rows + i * places * job.PaddedTerms;
                ChannelsLast.ScatterAdd(s, from, job.PaddedTerms, job.Offsets, job.Runs, job.RunLength, image);
                ChannelsLast.ToChannels(s, image, job.InputOf(n + i, g));
            }
        }
    }

    private static void WeightGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var group = ImagesAtOnce(s, job.PaddedTerms);
        var places = (nint)s.OutPlane;
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, group * places * job.PaddedTerms);
        var part = job.Weight + chunk * s.Groups * s.OutChannels * job.PaddedTerms;
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += group)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(group, end - n);
            for (var i = 0; i < count; i++)
            {
                ChannelsLast.FromChannels(s, job.InputOf(n + i, g), image);
                ChannelsLast.Gather(s, image, job.Offsets, job.Runs, job.RunLength, rows + i * places * job.PaddedTerms, job.PaddedTerms);
            }
            var a = new MatrixView<T>(OutputRows(job, n, g, count), count * places, 1);
            var b = new MatrixView<T>(rows, job.PaddedTerms, 1);
            var to = part + g * s.OutChannels * job.PaddedTerms;
            MatMulBlock.Multiply(job.Set, s.OutChannels, job.PaddedTerms, count * places, a, b, to, job.PaddedTerms, n > first, true);
        }
    }

    // The output gradient of some images as [channel, image · place]: in place for one image.
    private static T* OutputRows<T>(in ConvolutionJob<T> job, int n, int g, int count)
        where T : unmanaged, INumberBase<T>
    {
        if (count == 1)
            return job.OutputOf(n, g);
        var places = job.Shape.OutPlane;
        var rows = Scratch.Rent<T>(Scratch.Use.Output, (nint)count * places * job.Shape.OutChannels);
        for (var i = 0; i < count; i++)
        {
            var from = job.OutputOf(n + i, g);
            for (var o = 0; o < job.Shape.OutChannels; o++)
                new ReadOnlySpan<T>(from + (nint)o * places, places).CopyTo(new Span<T>(rows + ((nint)o * count + i) * places, places));
        }
        return rows;
    }
}
