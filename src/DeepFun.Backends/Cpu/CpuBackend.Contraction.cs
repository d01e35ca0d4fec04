using System;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage MatMul(Storage x, Storage y)
    {
        var a = Own(x);
        var b = Own(y);
        return a.DType switch
        {
            DType.Float32 => MatMul<float>(a, b),
            DType.Float64 => MatMul<double>(a, b),
            DType.Float16 or DType.BFloat16 => ReducedPrecision.Through(Near(a), Near(b), MatMul<float>),
            DType.Int8 => MatMul<sbyte>(a, b),
            DType.Int16 => MatMul<short>(a, b),
            DType.Int32 => MatMul<int>(a, b),
            DType.Int64 => MatMul<long>(a, b),
            DType.UInt8 => MatMul<byte>(a, b),
            _ => ThrowHelper.Unsupported<Storage>("MatMul", a.DType, DTypeNames.Numbers),
        };
    }

    /// <inheritdoc/>
    public void MatMul(Storage x, Storage y, Storage target)
    {
        var a = Own(x);
        var b = Own(y);
        var c = Own(target);
        switch (a.DType)
        {
            case DType.Float32:
                MatMul<float>(a, b, c);
                break;
            case DType.Float64:
                MatMul<double>(a, b, c);
                break;
            default:
                Write(MatMul(x, y), target);
                break;
        }
    }

    private static CpuStorage MatMul<T>(CpuStorage x, CpuStorage y)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        var rank = x.Shape.Rank;
        var shape = x.Shape;
        if (y.Shape[rank - 1] != shape[rank - 1])
        {
            var sizes = (rank <= ViewStrides.StackRank ? stackalloc int[ViewStrides.StackRank] : new int[rank])[..rank];
            x.Shape.AsSpan().CopyTo(sizes);
            sizes[rank - 1] = y.Shape[rank - 1];
            shape = Shape.Known(sizes);
        }
        var result = CpuStorage.Allocate(x.DType, shape);
        MatMul<T>(x, y, result);
        return result;
    }

    private static void MatMul<T>(CpuStorage x, CpuStorage y, CpuStorage result)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        fixed (
            byte* px = x,
                py = y,
                pr = result
        )
        {
            MatMulBatch.Multiply(
                (T*)px,
                x.StridesOrRowMajor(),
                (T*)py,
                y.StridesOrRowMajor(),
                (T*)pr,
                result.StridesOrRowMajor(),
                result.Shape.Dims,
                x.Shape[^1]
            );
        }
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(result);
    }

    /// <inheritdoc/>
    public Storage Convolve(ConvolutionOp op, Storage x, Storage y, ConvolutionSpec spec)
    {
        var a = Contiguous(x);
        var b = Contiguous(y);
        var result = a.DType switch
        {
            DType.Float32 => Convolve<float>(op, a, b, spec),
            DType.Float64 => Convolve<double>(op, a, b, spec),
            DType.Float16 or DType.BFloat16 => ReducedConvolve(op, a, b, spec),
            DType.Int8 => Convolve<sbyte>(op, a, b, spec),
            DType.Int16 => Convolve<short>(op, a, b, spec),
            DType.Int32 => Convolve<int>(op, a, b, spec),
            DType.Int64 => Convolve<long>(op, a, b, spec),
            DType.UInt8 => Convolve<byte>(op, a, b, spec),
            _ => ThrowHelper.Unsupported<CpuStorage>("Convolve", a.DType, DTypeNames.Numbers),
        };
        a.Leave(x);
        b.Leave(y);
        return result;
    }

    private static CpuStorage ReducedConvolve(ConvolutionOp op, CpuStorage x, CpuStorage y, ConvolutionSpec spec) =>
        ReducedPrecision.Through(x, y, (wideX, wideY) => Convolve<float>(op, wideX, wideY, spec));

    // Channels that fill the lanes of vectors well enough; with fewer, places of a row fill them.
    private const int MinLaneChannels = 8;

    private static bool HasLaneChannels(ConvolutionOp op, in ConvolutionShape s) =>
        s.OutChannels >= MinLaneChannels && (op != ConvolutionOp.InputGradient || s.InChannels >= MinLaneChannels);

    private static CpuStorage Convolve<T>(ConvolutionOp op, CpuStorage x, CpuStorage y, ConvolutionSpec spec)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        // Channels: of the input = weight axis 1 times the groups, of the output = weight axis 0.
        var (inChannels, outChannels) = op switch
        {
            ConvolutionOp.Forward => (x.Shape[1], y.Shape[0]),
            ConvolutionOp.InputGradient => (y.Shape[1] * spec.Groups, x.Shape[1]),
            _ => (x.Shape[1], y.Shape[1]),
        };
        var shape = new ConvolutionShape(spec, x.Shape[0], inChannels, outChannels);
        int[] dims = op switch
        {
            ConvolutionOp.Forward => [x.Shape[0], outChannels, .. spec.OutputSize()],
            ConvolutionOp.InputGradient => [x.Shape[0], inChannels, .. spec.InputSize],
            _ => [outChannels, inChannels / spec.Groups, .. spec.KernelSize],
        };
        var result = CpuStorage.Allocate(x.DType, dims);
        fixed (
            byte* px = x,
                py = y,
                pr = result
        )
        {
            // The maps work on the same three operands; only one of them is the result.
            var input = (T*)(op == ConvolutionOp.InputGradient ? pr : px);
            var weight = (T*)(op == ConvolutionOp.WeightGradient ? pr : py);
            var output = (T*)(
                op switch
                {
                    ConvolutionOp.Forward => pr,
                    ConvolutionOp.InputGradient => px,
                    _ => py,
                }
            );
            var empty = (long)shape.Batch * shape.OutPlane * shape.OutChannels * shape.Terms == 0;
            var floating = typeof(T) == typeof(float) || typeof(T) == typeof(double);
            if (empty || !floating)
                new Span<T>(pr, result.Shape.Size).Clear();
            if (empty)
                return result;
            if (!floating)
                ConvolutionDirect.Run(op, shape, input, weight, output);
            else if (ConvolutionDepthwise.Suits(op, shape))
                ConvolutionDepthwise.Run(op, shape, input, weight, output);
            else if (shape.Pointwise || !HasLaneChannels(op, shape))
                ConvolutionColumns.Run(op, shape, input, weight, output);
            else
                ConvolutionRows<T>.Run(op, shape, ConvolutionTiles<T>.Best, input, weight, output);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(result);
        return result;
    }
}
