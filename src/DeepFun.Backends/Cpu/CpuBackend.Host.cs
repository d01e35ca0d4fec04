using System;
using System.Numerics;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage FromHost(ReadOnlySpan<byte> values, DType dtype, Shape shape)
    {
        var bytes = shape.Size * (long)DTypes.Size(dtype);
        if (values.Length != bytes)
            ThrowHelper.HostLength("FromHost", (int)Math.Min(bytes, int.MaxValue), values.Length);
        var result = CpuStorage.Allocate(dtype, shape);
        fixed (byte* to = result)
            values.CopyTo(new Span<byte>(to, values.Length));
        GC.KeepAlive(result);
        return result;
    }

    /// <inheritdoc/>
    public void ToHost(Storage x, Span<byte> destination)
    {
        var source = Own(x);
        var bytes = source.Shape.Size * (long)DTypes.Size(source.DType);
        if (destination.Length != bytes)
            ThrowHelper.HostLength("ToHost", (int)Math.Min(bytes, int.MaxValue), destination.Length);
        fixed (byte* to = destination)
            StridedCopy.CopyTo(source, to);
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is spread out: a fill is one element that repeats, an iota one axis that repeats.</remarks>
    public Storage Generate(GenerateOp op, DType dtype, Shape shape, double value, int axis) =>
        op switch
        {
            GenerateOp.Fill => Filled(dtype, shape, Element.Bits(dtype, value)),
            GenerateOp.Iota => Iota(dtype, shape, axis),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    private static CpuStorage Filled(DType dtype, Shape shape, ulong bits)
    {
        var size = shape.Size;
        var one = CpuStorage.Allocate(dtype, size <= 1 ? shape : Shape.Scalar);
        if (size == 0)
            return one;
        fixed (byte* to = one)
            Element.Write(to, DTypes.Size(dtype), bits);
        GC.KeepAlive(one);
        return size == 1 ? one : one.View(shape, ViewStrides.Repeat(shape.Rank), 0);
    }

    private static CpuStorage Iota(DType dtype, Shape shape, int axis)
    {
        var count = shape[axis];
        var line = CpuStorage.Allocate(dtype, Shape.Of(count));
        fixed (byte* to = line)
        {
            switch (dtype)
            {
                case DType.Float32:
                    Count((float*)to, count);
                    break;
                case DType.Float64:
                    Count((double*)to, count);
                    break;
                case DType.Int32:
                    Count((int*)to, count);
                    break;
                case DType.Int64:
                    Count((long*)to, count);
                    break;
                default:
                    var size = DTypes.Size(dtype);
                    for (var i = 0; i < count; i++)
                        Element.Write(to + (nint)i * size, size, Element.Bits(dtype, i));
                    break;
            }
        }
        GC.KeepAlive(line);
        var strides = new int[shape.Rank];
        strides[axis] = 1;
        return line.View(shape, ViewStrides.Normalize(shape.Dims, strides), 0);
    }

    private static void Count<T>(T* to, int count)
        where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < count; i++)
            to[i] = T.CreateSaturating(i);
    }
}
