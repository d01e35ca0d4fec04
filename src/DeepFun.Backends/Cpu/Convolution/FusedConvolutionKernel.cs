using System;
using System.Linq;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>A fused convolution of Float32: allocates the results, and calls the walk over the images, forward or backward.</summary>
internal sealed unsafe class FusedConvolutionKernel : IFusedKernel
{
    // Channels that fill the lanes of vectors well enough for the walk to be better than the parts.
    private const int MinLaneChannels = 8;

    // Floats that a frame has room for.
    private const int StackFloats = 528;

    // Channels that are stored together at least.
    private const int Whole = 16;

    private readonly FusedConvolution convolution;
    private readonly ConvolutionTiles<float> tiles;
    private readonly WindowAxis height,
        width;

    private FusedConvolutionKernel(FusedConvolution convolution, ConvolutionTiles<float> tiles)
    {
        this.convolution = convolution;
        this.tiles = tiles;
        if (convolution.Pool is { } pool)
        {
            var geometry = new WindowGeometry(pool, []);
            (height, width) = (geometry.Height, geometry.Width);
        }
    }

    /// <summary>The kernel, or null where the parts are as good: other dtypes, groups, few channels, windows over padding.</summary>
    public static FusedConvolutionKernel? TryCreate(FusedConvolution c, ConvolutionTiles<float> tiles)
    {
        var suits =
            c.DType == DType.Float32
            && c.Spec.Groups == 1
            && c.OutChannels >= MinLaneChannels
            && (!c.Backward || !c.InputGradient || c.InChannels >= MinLaneChannels)
            && (c.Pool is null || Suits(c.Pool, c.Spec));
        return suits ? new FusedConvolutionKernel(c, tiles) : null;
    }

    private static bool Suits(WindowSpec pool, ConvolutionSpec spec) =>
        pool.Rank <= 2
        && pool.InputSize.AsSpan().SequenceEqual(spec.OutputSize())
        && Array.TrueForAll(pool.PadLow, pad => pad == 0)
        && Array.TrueForAll(pool.PadHigh, pad => pad == 0)
        && Array.TrueForAll(pool.Dilations, dilation => dilation == 1)
        && pool.WindowSize.Aggregate(1L, (x, y) => x * y) < ConvolutionLanes<Lanes256<float>>.NoTap;

    /// <inheritdoc/>
    public int Results =>
        convolution.Backward ? 1 + (convolution.Bias ? 1 : 0) + (convolution.InputGradient ? 1 : 0)
        : convolution.Pool is null ? 1
        : 2;

    /// <inheritdoc/>
    public void Run(Span<Storage> inputs, Span<Storage?> results)
    {
        ulong copied = 0; // a bit an input
        for (var i = 0; i < inputs.Length; i++)
        {
            var own = CpuBackend.Contiguous(inputs[i]);
            copied |= (ReferenceEquals(own, inputs[i]) ? 0UL : 1) << i;
            inputs[i] = own;
        }
        if (convolution.Backward)
            Backward(inputs, results);
        else
            Forward(inputs, results);
        for (var i = 0; i < inputs.Length; i++)
            ((CpuStorage)inputs[i]).Leave((copied >> i & 1) == 0 ? inputs[i] : null);
    }

    // A result's memory: the caller's, where there is some.
    private static CpuStorage Room(ref Storage? result, DType dtype, Shape shape)
    {
        result ??= CpuStorage.Allocate(dtype, shape);
        return (CpuStorage)result;
    }

    // What follows from the number of images. Of the output only what the windows see.
    private sealed class Geometry
    {
        public readonly int Batch;
        public readonly ConvolutionShape Shape;
        public readonly int[] Offsets;
        public readonly int Length;
        public readonly Shape Result;
        public readonly Shape Taps;

        public Geometry(FusedConvolutionKernel kernel, int batch)
        {
            var (convolution, height, width) = (kernel.convolution, kernel.height, kernel.width);
            Batch = batch;
            Shape = new ConvolutionShape(convolution.Spec, batch, convolution.InChannels, convolution.OutChannels);
            if (convolution.Pool is not null)
                Shape = new ConvolutionShape(Shape, ConvolutionEpilogue.Seen(height), ConvolutionEpilogue.Seen(width));
            Offsets = ChannelsLast.RunOffsets(Shape, out Length);
            Result = [batch, convolution.OutChannels, .. (convolution.Pool?.OutputSize() ?? convolution.Spec.OutputSize())];
            // As the backward walk reads them: channels innermost, filled up to whole registers.
            Taps = [batch, height.Output, width.Output, (convolution.OutChannels + Whole - 1) / Whole * Whole];
        }
    }

    // The last one: batches have one size, but for a last one.
    private Geometry? lately;

    private Geometry Of(int batch) => lately is { } known && known.Batch == batch ? known : lately = new Geometry(this, batch);

    private ConvolutionRows<float> Rows(ConvolutionOp op, Geometry geometry, int* offsets, float* input, float* weight, float* output)
    {
        var job = new ConvolutionJob<float>(op, geometry.Shape, KernelSet<float>.Best, input, weight, output);
        return new ConvolutionRows<float>(job, tiles, offsets, geometry.Offsets.Length, geometry.Length);
    }

    private void Forward(ReadOnlySpan<Storage> operands, Span<Storage?> results)
    {
        var (x, w) = ((CpuStorage)operands[0], (CpuStorage)operands[1]);
        var geometry = Of(x.Shape[0]);
        var result = Room(ref results[0], DType.Float32, geometry.Result);
        var taps = convolution.Pool is null ? null : Room(ref results[1], DType.UInt8, geometry.Taps);
        if (result.Shape.Size == 0)
            return;
        var room = convolution.OutChannels + Whole;
        var bias = room <= StackFloats ? stackalloc float[StackFloats] : new float[room];
        bias[convolution.OutChannels..].Clear();
        if (convolution.Bias)
        {
            fixed (byte* from = (CpuStorage)operands[2])
                new ReadOnlySpan<float>(from, convolution.OutChannels).CopyTo(bias);
        }
        else
            bias.Clear();
        fixed (int* runs = geometry.Offsets)
        fixed (float* padded = bias)
        fixed (
            byte* px = x,
                pw = w,
                py = result,
                pt = taps
        )
        {
            var rows = Rows(ConvolutionOp.Forward, geometry, runs, (float*)px, (float*)pw, (float*)py);
            var epilogue = new ConvolutionEpilogue
            {
                Bias = convolution.Bias || convolution.Relu || convolution.Pool is not null ? padded : null,
                Relu = convolution.Relu,
                Maxima = taps is null ? null : (float*)py,
                Taps = pt,
                Height = height,
                Width = width,
            };
            ConvolutionForward.Run(ref rows, epilogue);
        }
    }

    private void Backward(ReadOnlySpan<Storage> operands, Span<Storage?> results)
    {
        var (x, w, gradient) = ((CpuStorage)operands[0], (CpuStorage)operands[1], (CpuStorage)operands[2]);
        var y = convolution.Relu && convolution.Pool is null ? (CpuStorage)operands[3] : null;
        var taps = convolution.Pool is null ? null : (CpuStorage)operands[3];
        var weightGradient = Room(ref results[0], DType.Float32, w.Shape);
        var bias = convolution.Bias ? Room(ref results[1], DType.Float32, Shape.Known([convolution.OutChannels])) : null;
        var inputGradient = convolution.InputGradient ? Room(ref results[^1], DType.Float32, x.Shape) : null;
        var geometry = Of(x.Shape[0]);
        var shape = geometry.Shape;
        fixed (int* runs = geometry.Offsets)
        fixed (
            byte* px = x,
                pw = w,
                pg = gradient,
                py = y,
                pt = taps,
                pdw = weightGradient,
                pdb = bias,
                pdx = inputGradient
        )
        {
            if ((long)shape.Batch * shape.OutPlane * shape.Terms == 0)
            {
                foreach (var result in new[] { weightGradient, bias, inputGradient })
                {
                    fixed (byte* to = result)
                        new Span<byte>(to, result is null ? 0 : result.Shape.Size * sizeof(float)).Clear();
                }
            }
            else
            {
                var work = new ConvolutionBackward.Work
                {
                    Rows = Rows(ConvolutionOp.WeightGradient, geometry, runs, (float*)px, null, null),
                    Gradient = (float*)pg,
                    Result = (float*)py,
                    Taps = pt,
                    Height = height,
                    Width = width,
                    Bias = (float*)pdb,
                    InputGradient = (float*)pdx,
                };
                ConvolutionBackward.Run(ref work, (float*)pw, (float*)pdw);
            }
        }
    }
}
