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
        fixed (int* pointer = offsets)
        {
            job.Offsets = pointer;
            if (op == ConvolutionOp.WeightGradient)
            {
                var size = (nint)shape.Groups * shape.OutChannels * job.PaddedTerms;
                var parts = (T*)NativePool.Rent(job.Chunks * size * sizeof(T), out var sizeClass);
                job.Weight = parts;
                WorkerPool.Run(job.Chunks, &WeightGradient<T>, &job);
                ConvolutionJob<T>.SumParts(parts, job.Chunks, size);
                // Back from (taps…, channel) to (channel, taps…).
                var taps = (nint)shape.Taps;
                for (nint row = 0; row < shape.Groups * shape.OutChannels; row++)
                    Packing.Panel(
                        parts + row * job.PaddedTerms,
                        shape.InChannels,
                        1,
                        taps,
                        shape.InChannels,
                        weight + row * shape.Terms,
                        taps,
                        0
                    );
                NativePool.Return((nint)parts, sizeClass);
            }
            else
            {
                var forward = op == ConvolutionOp.Forward;
                var size = shape.Groups * (forward ? job.PaddedOut * shape.Terms : job.PaddedTerms * shape.OutChannels);
                var panels = (T*)NativePool.Rent(size * sizeof(T), out var sizeClass);
                PackWeights(job, forward, panels);
                job.Weight = panels;
                WorkerPool.Run(job.Chunks, forward ? &Forward<T> : &InputGradient<T>, &job);
                NativePool.Return((nint)panels, sizeClass);
            }
        }
    }

    // Forward: panels of output channels [patch term, channel]; else panels of patch terms [channel, patch term]. The rest of a panel is 0.
    private static void PackWeights<T>(in ConvolutionJob<T> job, bool forward, T* panels)
        where T : unmanaged, INumberBase<T>
    {
        var s = job.Shape;
        var (terms, channels) = ((nint)s.Terms, (nint)s.OutChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, channels * terms);
        var (extent, depth) = forward ? (job.PaddedOut, terms) : (job.PaddedTerms, channels);
        var (used, laneStride, depthStride) = forward ? (channels, terms, (nint)1) : (terms, 1, terms);
        for (var g = 0; g < s.Groups; g++)
        {
            // From (channel, taps…) to the order of a patch, (taps…, channel).
            for (nint o = 0; o < channels; o++)
            {
                var from = job.Weight + (g * channels + o) * terms;
                Packing.Panel(from, s.Taps, 1, s.InChannels, s.Taps, rows + o * terms, s.InChannels, 0);
            }
            for (nint first = 0; first < extent; first += job.Set.Columns)
            {
                var width = Math.Min(job.Set.Columns, extent - first);
                var lanes = Math.Min(width, used - first);
                var to = panels + g * extent * depth + first * depth;
                Packing.Panel(rows + first * laneStride, laneStride, depthStride, lanes, depth, to, width, width);
            }
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
