using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The gradient of the input with channels innermost: for each tap along the width, the output rows that meet an input row are multiplied
/// with the weight and added to it where they belong. No patch is built, and no product is with a zero of the padding.
/// </summary>
internal static unsafe class ConvolutionInputGradient
{
    private struct Work<T>
        where T : unmanaged, INumberBase<T>
    {
        public ConvolutionRows<T> Rows;
        public T* Panels;
    }

    /// <summary>The job's input, which is the result, from its weight and output.</summary>
    public static void Run<T>(ref ConvolutionRows<T> rows)
        where T : unmanaged, INumberBase<T>
    {
        var panels = (T*)NativePool.Rent(PanelSize(rows) * rows.Job.Shape.Groups * sizeof(T), out var sizeClass);
        ConvolutionPanels.OfInputs(rows, panels);
        var work = new Work<T> { Rows = rows, Panels = panels };
        WorkerPool.Run(rows.Job.Chunks, &Chunk<T>, &work);
        NativePool.Return((nint)panels, sizeClass);
    }

    /// <summary>Elements of one group's weight as <see cref="AddImages"/> needs it, by <see cref="ConvolutionPanels.OfInputs"/>.</summary>
    public static nint PanelSize<T>(in ConvolutionRows<T> rows)
        where T : unmanaged, INumberBase<T> =>
        ConvolutionPanels.Size(rows, rows.Job.Shape.InChannels, (nint)rows.Job.Shape.Taps * rows.Job.Shape.OutChannels);

    private static void Chunk<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var (first, end) = rows.Job.Images(chunk);
        var stacked = (int)MatMulBlock.Share(end - first, rows.Stacked);
        var size = s.PaddedPlane * rows.PaddedIn;
        var image = Scratch.Rent<T>(Scratch.Use.Image, stacked * size);
        var gradient = Scratch.Rent<T>(Scratch.Use.Output, stacked * (nint)s.OutPlane * rows.PaddedOut);
        for (var n = first; n < end; n += stacked)
        for (var g = 0; g < s.Groups; g++)
        {
            var count = Math.Min(stacked, end - n);
            for (var i = 0; i < count; i++)
                rows.OutputRows(n + i, g, gradient + i * (nint)s.OutPlane * rows.PaddedOut);
            new Span<T>(image, (int)(count * size)).Clear();
            AddImages(rows, work.Panels + g * PanelSize(rows), count, gradient, image);
            for (var i = 0; i < count; i++)
                ChannelsLast.ToChannels(s, image + i * size, rows.PaddedIn, rows.Job.InputOf(n + i, g));
        }
    }

    /// <summary>Adds to image [image, padded place, input channel] what comes of gradient [image, output place, output channel].</summary>
    public static void AddImages<T>(in ConvolutionRows<T> rows, T* panel, int count, T* gradient, T* image)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var columns = (nint)rows.Tiles.Columns;
        var runs = Scratch.Rent<TileRun>(Scratch.Use.Runs, s.KernelDepth * s.KernelHeight);
        for (nint column = 0; column < rows.PaddedIn; column += columns, panel += columns * s.Taps * s.OutChannels)
        for (var kw = 0; kw < s.KernelWidth; kw++)
        for (var d = 0; d < s.PaddedDepth; d++)
        for (var h = 0; h < s.PaddedHeight; h++)
        {
            var meeting = Meeting(rows, d, h, kw, runs);
            if (meeting == 0)
                continue;
            var place = (nint)(d * s.PaddedHeight + h) * s.PaddedWidth + kw * s.DilationWidth;
            Row(rows, count, gradient, panel, runs, meeting, image + place * rows.PaddedIn + column, rows.VectorsAt(column, rows.PaddedIn));
        }
    }

    // The output rows that meet this padded input row, each with the tap by which it does.
    private static int Meeting<T>(in ConvolutionRows<T> rows, int d, int h, int kw, TileRun* runs)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var count = 0;
        for (var kd = 0; kd < s.KernelDepth; kd++)
        for (var kh = 0; kh < s.KernelHeight; kh++)
        {
            var (od, restDepth) = Math.DivRem(d - kd * s.DilationDepth, s.StrideDepth);
            var (oh, restHeight) = Math.DivRem(h - kh * s.DilationHeight, s.StrideHeight);
            if (restDepth != 0 || restHeight != 0 || (uint)od >= (uint)s.OutDepth || (uint)oh >= (uint)s.OutHeight)
                continue;
            var tap = (nint)(kd * s.KernelHeight + kh) * s.KernelWidth + kw;
            runs[count++] = new TileRun
            {
                Left = (nint)(od * s.OutHeight + oh) * s.OutWidth * rows.PaddedOut,
                Right = tap * s.OutChannels * rows.Tiles.Columns,
                Length = s.OutChannels,
            };
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T>(in ConvolutionRows<T> rows, int count, T* from, T* panel, TileRun* runs, int meeting, T* to, nint vectors)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var (width, columns, out_) = ((nint)s.OutWidth, (nint)rows.Tiles.Columns, rows.PaddedOut);
        var step = s.StrideWidth * rows.PaddedIn;
        var (plane, size) = (s.OutPlane * out_, s.PaddedPlane * rows.PaddedIn);
        if (rows.AreStacked(count))
        {
            for (nint ow = 0; ow < width; ow++, from += out_, to += step)
            for (nint i = 0; i < count; )
            {
                var tile = MatMulBlock.Share(count - i, rows.Tiles.Rows);
                rows.Tiles.Sum(
                    tile,
                    vectors,
                    from + i * plane,
                    plane,
                    3 * plane,
                    1,
                    panel,
                    columns,
                    to + i * size,
                    size,
                    runs,
                    meeting,
                    true
                );
                i += tile;
            }
            return;
        }
        for (nint i = 0; i < count; i++)
        for (nint ow = 0; ow < width; )
        {
            var tile = MatMulBlock.Share(width - ow, rows.Tiles.Rows);
            rows.Tiles.Sum(
                tile,
                vectors,
                from + i * plane + ow * out_,
                out_,
                3 * out_,
                1,
                panel,
                columns,
                to + i * size + ow * step,
                step,
                runs,
                meeting,
                true
            );
            ow += tile;
        }
    }
}
