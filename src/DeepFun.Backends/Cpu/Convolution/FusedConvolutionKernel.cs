using System;
using System.Linq;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>A fused convolution of Float32: allocates the results, and calls the walk over the images, forward or backward.</summary>
internal sealed unsafe class FusedConvolutionKernel : IFusedKernel
{
    // Channels that fill the lanes of vectors well enough for the walk to be better than the parts.
    private const int MinLaneChannels = 8;

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
    public void Run(ReadOnlySpan<Storage> inputs, Span<Storage?> results)
    {
        var operands = new CpuStorage[inputs.Length];
        for (var i = 0; i < operands.Length; i++)
            operands[i] = CpuBackend.Contiguous(inputs[i]);
        if (convolution.Backward)
            Backward(operands, results);
        else
            Forward(operands, results);
        GC.KeepAlive(operands);
    }

    // A result's memory: the caller's, where there is some.
    private static CpuStorage Room(ref Storage? result, DType dtype, Shape shape)
    {
        result ??= CpuStorage.Allocate(dtype, shape);
        return (CpuStorage)result;
    }

    private int[] ResultShape(int batch) =>
        [batch, convolution.OutChannels, .. (convolution.Pool?.OutputSize() ?? convolution.Spec.OutputSize())];

    private ConvolutionRows<float> Rows(
        ConvolutionOp op,
        int batch,
        int* offsets,
        int runs,
        int length,
        float* input,
        float* weight,
        float* output
    )
    {
        var shape = Shape(batch);
        var job = new ConvolutionJob<float>(op, shape, KernelSet<float>.Best, input, weight, output);
        return new ConvolutionRows<float>(job, tiles, offsets, runs, length);
    }

    // Of the output only what the windows see.
    private ConvolutionShape Shape(int batch)
    {
        var shape = new ConvolutionShape(convolution.Spec, batch, convolution.InChannels, convolution.OutChannels);
        return convolution.Pool is null
            ? shape
            : new ConvolutionShape(shape, ConvolutionEpilogue.Seen(height), ConvolutionEpilogue.Seen(width));
    }

    private void Forward(CpuStorage[] operands, Span<Storage?> results)
    {
        var (x, w) = (operands[0], operands[1]);
        var batch = x.Shape[0];
        var result = Room(ref results[0], DType.Float32, ResultShape(batch));
        // As the backward walk reads them: channels innermost, filled up to whole registers.
        var channels = (convolution.OutChannels + Whole - 1) / Whole * Whole;
        var taps = convolution.Pool is null ? null : Room(ref results[1], DType.UInt8, [batch, height.Output, width.Output, channels]);
        if (result.Shape.Size == 0)
            return;
        var offsets = ChannelsLast.RunOffsets(Shape(batch), out var length);
        var bias = new float[convolution.OutChannels + Whole];
        if (convolution.Bias)
        {
            fixed (byte* from = operands[2])
                new ReadOnlySpan<float>(from, convolution.OutChannels).CopyTo(bias);
        }
        fixed (int* runs = offsets)
        fixed (float* padded = bias)
        fixed (
            byte* px = x,
                pw = w,
                py = result,
                pt = taps
        )
        {
            var rows = Rows(ConvolutionOp.Forward, batch, runs, offsets.Length, length, (float*)px, (float*)pw, (float*)py);
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

    private void Backward(CpuStorage[] operands, Span<Storage?> results)
    {
        var (x, w, gradient) = (operands[0], operands[1], operands[2]);
        var y = convolution.Relu && convolution.Pool is null ? operands[3] : null;
        var taps = convolution.Pool is null ? null : operands[3];
        var weightGradient = Room(ref results[0], DType.Float32, w.Shape);
        var bias = convolution.Bias ? Room(ref results[1], DType.Float32, [convolution.OutChannels]) : null;
        var inputGradient = convolution.InputGradient ? Room(ref results[^1], DType.Float32, x.Shape) : null;
        var shape = Shape(x.Shape[0]);
        var offsets = ChannelsLast.RunOffsets(shape, out var length);
        fixed (int* runs = offsets)
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
                    Rows = Rows(ConvolutionOp.WeightGradient, shape.Batch, runs, offsets.Length, length, (float*)px, null, null),
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
