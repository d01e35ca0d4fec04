using System;
using System.Runtime.CompilerServices;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    [SkipLocalsInit]
    public Storage View(ViewOp op, Storage x, Shape shape, int[] first, int[] second)
    {
        var source = Own(x);
        if (shape.Size == 0)
            return CpuStorage.Allocate(source.DType, shape);
        if (op == ViewOp.Reshape)
            return Reshape(source, shape);
        var from = source.Shape.Dims;
        ReadOnlySpan<int> old = source.StridesOrRowMajor();
        var dims = shape.Dims;
        var strides = (dims.Length <= ViewStrides.StackRank ? stackalloc int[ViewStrides.StackRank] : new int[dims.Length])[..dims.Length];
        strides.Clear();
        nint offset = 0;
        switch (op)
        {
            case ViewOp.Permute:
                for (var i = 0; i < strides.Length; i++)
                    strides[i] = old[first[i]];
                break;
            case ViewOp.Broadcast:
                for (var i = 0; i < from.Length; i++)
                    strides[first[i]] = from[i] == 1 ? 0 : old[i];
                break;
            case ViewOp.Slice:
                for (var i = 0; i < strides.Length; i++)
                {
                    offset += (nint)first[i] * old[i];
                    strides[i] = dims[i] == 1 ? 0 : old[i] * second[i];
                }
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(op));
        }
        return source.View(shape, ViewStrides.Normalize(dims, strides), offset);
    }

    private static CpuStorage Reshape(CpuStorage source, Shape shape)
    {
        if (source.Strides is not { } old || shape.Size == 1)
            return source.View(shape, null, 0);
        var strides = (shape.Rank <= ViewStrides.StackRank ? stackalloc int[ViewStrides.StackRank] : new int[shape.Rank])[..shape.Rank];
        return ViewStrides.TryReshape(source.Shape.Dims, old, shape.Dims, strides)
            ? source.View(shape, ViewStrides.Normalize(shape.Dims, strides), 0)
            : StridedCopy.ToContiguous(source).View(shape, null, 0);
    }

    /// <inheritdoc/>
    public Storage Pad(Storage x, Shape shape, int[] low, int[] high, int[] interior, double value)
    {
        var source = Own(x);
        var rank = shape.Rank;
        var dims = shape.Dims;
        var from = source.Shape.Dims;
        var result = CpuStorage.Allocate(source.DType, shape);
        var elementSize = DTypes.Size(source.DType);
        var targetStrides = CpuStorage.RowMajor(dims);
        var sourceStrides = source.StridesOrRowMajor();
        // The elements of x that survive the crop, where the first of them comes from and where it goes.
        var box = new int[rank];
        var stepped = new int[rank];
        nint skip = 0;
        nint start = 0;
        long kept = 1;
        for (var i = 0; i < rank; i++)
        {
            var step = interior[i] + 1L;
            var begin = low[i] >= 0 ? 0 : (-(long)low[i] + step - 1) / step;
            var room = dims[i] - 1L - low[i];
            var end = room < 0 ? 0 : Math.Min(from[i], room / step + 1);
            box[i] = (int)Math.Max(0, end - begin);
            stepped[i] = box[i] <= 1 ? 0 : (int)(targetStrides[i] * step);
            skip += (nint)begin * sourceStrides[i];
            start += (nint)(low[i] + begin * step) * targetStrides[i];
            kept *= box[i];
        }
        fixed (byte* input = source)
        fixed (byte* output = result)
        {
            if (kept < shape.Size)
                Element.Fill(output, elementSize, Element.Bits(source.DType, value), shape.Size);
            if (kept > 0)
                StridedCopy.Copy(input + skip * elementSize, sourceStrides, output + start * elementSize, stepped, box, elementSize);
        }
        GC.KeepAlive(source);
        GC.KeepAlive(result);
        return result;
    }

    /// <inheritdoc/>
    public Storage Concat(Storage[] xs, int axis)
    {
        var first = Own(xs[0]);
        if (xs.Length == 1)
            return first;
        var elementSize = DTypes.Size(first.DType);
        var rank = first.Shape.Rank;
        var dims = (rank <= ViewStrides.StackRank ? stackalloc int[ViewStrides.StackRank] : new int[rank])[..rank];
        first.Shape.AsSpan().CopyTo(dims);
        for (var i = 1; i < xs.Length; i++)
            dims[axis] += xs[i].Shape[axis];
        var result = CpuStorage.Allocate(first.DType, Shape.Known(dims));
        var strides = ViewStrides.KnownRowMajor(result.Shape.Dims);
        fixed (byte* output = result)
        {
            nint position = 0;
            foreach (var x in xs)
            {
                var part = Own(x);
                fixed (byte* input = part)
                    StridedCopy.Copy(
                        input,
                        part.StridesOrRowMajor(),
                        output + position * strides[axis] * elementSize,
                        strides,
                        part.Shape.Dims,
                        elementSize
                    );
                GC.KeepAlive(part);
                position += part.Shape[axis];
            }
        }
        GC.KeepAlive(result);
        return result;
    }
}
