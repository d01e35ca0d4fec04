using System;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// All gradients of a fused convolution in one walk over the images, in Float32: the gradient of a few images' output is made in the cache,
/// from that of the maxima and their taps, and used for the weight, the bias and the input. One group.
/// </summary>
internal static unsafe class ConvolutionBackward
{
    /// <summary>Operands and results; a null result is not wanted.</summary>
    public struct Work
    {
        public ConvolutionRows<float> Rows; // the input and the weight's gradient are the job's
        public float* Gradient; // of the first result, [image, channel, window or place]
        public float* Result; // the first result where relu cut off; else null
        public byte* Taps; // as the epilogue stored them; null: nothing was pooled
        public WindowAxis Height,
            Width;
        public float* Bias; // its gradient
        public float* InputGradient;
        public float* Panels; // the weight
        public float* Parts; // [chunk, the weight's gradient and a row for the bias]
        public nint WeightSize,
            PartSize;
        public bool Sparse;
    }

    /// <summary>Computes what is wanted from the operand <paramref name="weight"/> and the others.</summary>
    public static void Run(ref Work work, float* weight, float* weightGradient)
    {
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        work.Sparse = work.Taps != null && ConvolutionSparse.Suits(s, work.Height, work.Width);
        var panelClass = 0;
        if (work.InputGradient != null)
        {
            rows.Job.Weight = weight;
            var size = work.Sparse ? (nint)s.OutChannels * s.Terms : ConvolutionInputGradient.PanelSize(rows);
            work.Panels = (float*)NativePool.Rent(size * sizeof(float), out panelClass);
            if (work.Sparse)
                ConvolutionPanels.OfPatches(rows, work.Panels);
            else
                ConvolutionPanels.OfInputs(rows, work.Panels);
        }
        rows.Job.Weight = weightGradient;
        work.WeightSize = s.Terms * rows.PaddedOut;
        work.PartSize = work.WeightSize + rows.PaddedOut;
        work.Parts = (float*)NativePool.Rent(rows.Job.Chunks * work.PartSize * sizeof(float), out var partClass);
        fixed (Work* context = &work)
            WorkerPool.Run(rows.Job.Chunks, work.Sparse ? &SparseChunk : &Chunk, context);
        ConvolutionJob<float>.SumParts(work.Parts, rows.Job.Chunks, work.PartSize);
        ConvolutionWeightGradient.Store(rows, work.Parts, work.PartSize, work.Sparse);
        if (work.Bias != null)
            new ReadOnlySpan<float>(work.Parts + work.WeightSize, s.OutChannels).CopyTo(new Span<float>(work.Bias, s.OutChannels));
        NativePool.Return((nint)work.Parts, partClass);
        if (work.Panels != null)
            NativePool.Return((nint)work.Panels, panelClass);
    }

    private static void Chunk(void* context, int chunk)
    {
        ref var work = ref *(Work*)context;
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var (first, end) = rows.Job.Images(chunk);
        var together = ConvolutionWeightGradient.Together(s, end - first);
        var plane = s.OutPlane * rows.PaddedOut;
        var inputSize = work.InputGradient == null ? 0 : s.PaddedPlane * rows.PaddedIn;
        var image = Scratch.Rent<float>(Scratch.Use.Image, together * (rows.ImageSize + inputSize) + 16);
        var inputs = image + (together * rows.ImageSize + 15) / 16 * 16;
        var gradient = Scratch.Rent<float>(Scratch.Use.Output, together * plane);
        var part = work.Parts + chunk * work.PartSize;
        var bias = part + work.WeightSize;
        new Span<float>(bias, (int)rows.PaddedOut).Clear();
        for (var n = first; n < end; n += together)
        {
            var count = Math.Min(together, end - n);
            for (var i = 0; i < count; i++)
            {
                ChannelsLast.FromChannels(s, rows.Job.InputOf(n + i, 0), image + i * rows.ImageSize);
                OutputGradient(work, n + i, gradient + i * plane, bias);
            }
            ConvolutionWeightGradient.AddImages(rows, count, image, gradient, part, n > first);
            if (work.InputGradient == null)
                continue;
            new Span<float>(inputs, (int)(count * inputSize)).Clear();
            ConvolutionInputGradient.AddImages(rows, work.Panels, count, gradient, inputs);
            for (var i = 0; i < count; i++)
                ChannelsLast.ToChannels(s, inputs + i * inputSize, rows.PaddedIn, InputGradientOf(work, n + i));
        }
    }

    private static void SparseChunk(void* context, int chunk)
    {
        ref var work = ref *(Work*)context;
        ref var rows = ref work.Rows;
        ref var s = ref rows.Job.Shape;
        var (first, end) = rows.Job.Images(chunk);
        var sparse = new ConvolutionSparse(rows, work.Height, work.Width);
        var image = Scratch.Rent<float>(Scratch.Use.Image, rows.ImageSize);
        var windows = work.Height.Output * work.Width.Output;
        var part = work.Parts + chunk * work.PartSize;
        new Span<float>(part, (int)work.PartSize).Clear();
        for (var n = first; n < end; n++)
        {
            var values = Values(work, n, part + work.WeightSize);
            sparse.List(values, work.Taps + (nint)n * windows * rows.PaddedOut, rows.PaddedOut);
            ChannelsLast.FromChannels(s, rows.Job.InputOf(n, 0), image);
            sparse.AddWeights(image, part);
            if (work.InputGradient == null)
                continue;
            new Span<float>(image, (int)rows.ImageSize).Clear();
            sparse.AddInput(work.Panels, image);
            ChannelsLast.ToChannels(s, image, s.InChannels, InputGradientOf(work, n));
        }
    }

    private static float* InputGradientOf(in Work work, int image) =>
        work.InputGradient + (nint)image * work.Rows.Job.Shape.InChannels * work.Rows.Job.Shape.InPlane;

    // The gradient of the convolution's output [place, channel] for one image; its sum over the places is added to bias.
    private static void OutputGradient(in Work work, int image, float* to, float* bias)
    {
        if (ConvolutionEpilogue.IsWide(work.Rows.PaddedOut))
            OutputGradient<Lanes512<float>>(work, image, to, bias);
        else
            OutputGradient<Lanes256<float>>(work, image, to, bias);
    }

    private static void OutputGradient<V>(in Work work, int image, float* to, float* bias)
        where V : unmanaged, ILanes<V, float>
    {
        ref readonly var s = ref work.Rows.Job.Shape;
        var channels = work.Rows.PaddedOut;
        if (work.Taps != null)
        {
            var values = Values<V>(work, image, bias);
            var tiles = work.Height.Stride == work.Height.Window && work.Width.Stride == work.Width.Window;
            if (!tiles)
                new Span<float>(to, (int)(s.OutPlane * channels)).Clear();
            var taps = values + work.Height.Output * work.Width.Output * channels;
            ConvolutionLanes<V>.Unpool(values, taps, channels, work.Height, work.Width, to, s.OutWidth * channels, !tiles);
            return;
        }
        var size = (nint)s.OutChannels * s.OutPlane;
        var from = work.Gradient + image * size;
        if (work.Result != null)
        {
            var cut = Scratch.Rent<float>(Scratch.Use.Sum, size);
            ConvolutionLanes<V>.Cut(from, work.Result + image * size, cut, size);
            from = cut;
        }
        ChannelsLast.FromChannels(from, s.OutChannels, s.OutPlane, to, channels);
        ConvolutionLanes<V>.AddRows(to, channels, s.OutPlane, bias);
    }

    private static float* Values(in Work work, int image, float* bias) =>
        ConvolutionEpilogue.IsWide(work.Rows.PaddedOut)
            ? Values<Lanes512<float>>(work, image, bias)
            : Values<Lanes256<float>>(work, image, bias);

    // The gradients of the maxima [window, channel] of one image, 0 where relu cut off, and behind them the taps as integers.
    private static float* Values<V>(in Work work, int image, float* bias)
        where V : unmanaged, ILanes<V, float>
    {
        ref readonly var s = ref work.Rows.Job.Shape;
        var windows = work.Height.Output * work.Width.Output;
        var size = windows * work.Rows.PaddedOut;
        var values = Scratch.Rent<float>(Scratch.Use.Sum, 2 * size);
        var from = work.Gradient + (nint)image * s.OutChannels * windows;
        ChannelsLast.FromChannels(from, s.OutChannels, windows, values, work.Rows.PaddedOut);
        ConvolutionEpilogue.Widen(work.Taps + image * size, (int*)(values + size), size);
        ConvolutionLanes<V>.Clear(values, values + size, size);
        ConvolutionLanes<V>.AddRows(values, work.Rows.PaddedOut, windows, bias);
        return values;
    }
}
