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
    // Elements of the patch matrix: half of a second-level cache of 512 KB, or about a first-level cache where nothing is summed over it.
    private const int MostElements = 1 << 16;
    private const int BlockElements = 1 << 16;

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
                        false
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
                Packing.Panel(from, s.Taps, 1, s.InChannels, s.Taps, rows + o * terms, s.InChannels, false);
            }
            for (nint first = 0; first < extent; first += job.Set.Columns)
            {
                var width = Math.Min(job.Set.Columns, extent - first);
                var lanes = Math.Min(width, used - first);
                var to = panels + g * extent * depth + first * depth;
                Packing.Panel(rows + first * laneStride, laneStride, depthStride, lanes, depth, to, width, true);
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

    // What a thread does at a time: several images with a small plane, or one image by blocks of its output rows.
    private readonly struct Blocking
    {
        public readonly int Images,
            Rows;

        public Blocking(in ConvolutionShape s, nint terms, int elements)
        {
            var small = s.OutPlane < SmallPlane;
            Images = small ? (int)Math.Clamp(MostElements / (s.OutPlane * terms), 1, 16) : 1;
            var rows = s.OutDepth * s.OutHeight;
            Rows = small ? rows : (int)Math.Clamp(elements / (s.OutWidth * terms), 1, rows);
        }
    }

    private static void Forward<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (places, width, terms) = ((nint)s.OutPlane, (nint)s.OutWidth, job.PaddedTerms);
        var blocking = new Blocking(s, terms, BlockElements);
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, blocking.Images * blocking.Rows * width * terms);
        var sums = Scratch.Rent<T>(Scratch.Use.Sum, blocking.Images * places * job.PaddedOut);
        var a = new MatrixView<T>(rows, terms, 1);
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += blocking.Images)
        for (var g = 0; g < s.Groups; g++)
        {
            var weight = job.Weight + g * job.PaddedOut * s.Terms;
            var count = Math.Min(blocking.Images, end - n);
            for (var row = 0; row < job.OutRows; row += blocking.Rows)
            {
                var next = Math.Min(row + blocking.Rows, job.OutRows);
                GatherImages(job, n, g, count, row, next, image, rows);
                MultiplyPanels(
                    job.Set,
                    count * (next - row) * width,
                    job.PaddedOut,
                    s.Terms,
                    a,
                    weight,
                    sums + row * width * job.PaddedOut
                );
            }
            for (var i = 0; i < count; i++)
            {
                var from = sums + i * places * job.PaddedOut;
                Packing.Panel(from, job.PaddedOut, 1, places, s.OutChannels, job.OutputOf(n + i, g), places, false);
            }
        }
    }

    private static void InputGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (places, width, terms) = ((nint)s.OutPlane, (nint)s.OutWidth, job.PaddedTerms);
        var blocking = new Blocking(s, terms, BlockElements);
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, blocking.Images * blocking.Rows * width * terms);
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += blocking.Images)
        for (var g = 0; g < s.Groups; g++)
        {
            var weight = job.Weight + g * terms * s.OutChannels;
            var count = Math.Min(blocking.Images, end - n);
            var gradient = new MatrixView<T>(OutputRows(job, n, g, count), 1, count * places);
            for (var row = 0; row < job.OutRows; row += blocking.Rows)
            {
                var next = Math.Min(row + blocking.Rows, job.OutRows);
                MultiplyPanels(job.Set, count * (next - row) * width, terms, s.OutChannels, gradient.Offset(row * width, 0), weight, rows);
                for (var i = 0; i < count; i++)
                {
                    if (row == 0)
                        new Span<T>(image, s.PaddedPlane * s.InChannels).Clear();
                    ChannelsLast.ScatterAdd(s, rows + i * places * terms, terms, job.Offsets, job.Runs, job.RunLength, row, next, image);
                    if (next == job.OutRows)
                        ChannelsLast.ToChannels(s, image, job.InputOf(n + i, g));
                }
            }
        }
    }

    private static void WeightGradient<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var job = ref *(ConvolutionJob<T>*)context;
        ref var s = ref job.Shape;
        var (places, width, terms) = ((nint)s.OutPlane, (nint)s.OutWidth, job.PaddedTerms);
        var blocking = new Blocking(s, terms, MostElements);
        var image = Scratch.Rent<T>(Scratch.Use.Image, (nint)s.PaddedPlane * s.InChannels);
        var rows = Scratch.Rent<T>(Scratch.Use.Rows, blocking.Images * blocking.Rows * width * terms);
        var part = job.Weight + (nint)chunk * s.Groups * s.OutChannels * terms;
        var b = new MatrixView<T>(rows, terms, 1);
        var (first, end) = job.Images(chunk);
        for (var n = first; n < end; n += blocking.Images)
        for (var g = 0; g < s.Groups; g++)
        {
            var to = part + g * s.OutChannels * terms;
            var count = Math.Min(blocking.Images, end - n);
            var a = new MatrixView<T>(OutputRows(job, n, g, count), count * places, 1);
            for (var row = 0; row < job.OutRows; row += blocking.Rows)
            {
                var next = Math.Min(row + blocking.Rows, job.OutRows);
                GatherImages(job, n, g, count, row, next, image, rows);
                var depth = count * (next - row) * width;
                var accumulate = n > first || row > 0;
                MatMulBlock.Multiply(job.Set, s.OutChannels, terms, depth, a.Offset(0, row * width), b, to, terms, accumulate, true);
            }
        }
    }

    // Patches of the output rows [row, next), image after image. The first block turns the image to channels-last, the others find it so.
    private static void GatherImages<T>(in ConvolutionJob<T> job, int n, int g, int count, int row, int next, T* image, T* rows)
        where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < count; i++)
        {
            if (row == 0)
                ChannelsLast.FromChannels(job.Shape, job.InputOf(n + i, g), image);
            var to = rows + (nint)i * job.Shape.OutPlane * job.PaddedTerms;
            ChannelsLast.Gather(job.Shape, image, job.Offsets, job.Runs, job.RunLength, row, next, to, job.PaddedTerms);
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
