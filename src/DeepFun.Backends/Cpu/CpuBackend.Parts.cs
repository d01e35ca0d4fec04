using System;
using System.Linq;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Reserve(DType dtype, Shape shape) => CpuStorage.AllocateBlock(dtype, shape);

    /// <inheritdoc/>
    public Storage Item(Storage x, int index)
    {
        var source = Own(x);
        var dims = source.Shape.Dims;
        var shape = Shape.Known(dims.AsSpan(1));
        if (source.Strides is { } strides)
            return source.View(shape, ViewStrides.Normalize(shape.Dims, strides.AsSpan(1)), (nint)index * strides[0]);
        return source.View(shape, null, (nint)index * shape.Size);
    }

    /// <inheritdoc/>
    public Storage Part(Storage reserved, Shape shape, int[] strides, int offset) =>
        Own(reserved).View(shape, ViewStrides.Normalize(shape.Dims, strides), offset);

    /// <inheritdoc/>
    public void Write(Storage x, Storage target)
    {
        var into = Own(target);
        var from = Own(x);
        fixed (byte* to = into)
        {
            if (into.Strides is { } strides)
                WriteApart(from, to, strides);
            else
                StridedCopy.CopyTo(from, to);
        }
        GC.KeepAlive(into);
    }

    // The target's axes in the order of memory: that is what a copy is fast in.
    private static void WriteApart(CpuStorage from, byte* to, int[] strides)
    {
        var sizes = from.Shape.Dims;
        var source = from.StridesOrRowMajor();
        var axes = Enumerable.Range(0, sizes.Length).OrderByDescending(axis => strides[axis]).ToArray();
        int[] InOrder(int[] values) => Array.ConvertAll(axes, axis => values[axis]);
        fixed (byte* start = from)
            StridedCopy.Copy(start, InOrder(source), to, InOrder(strides), InOrder(sizes), DTypes.Size(from.DType));
        GC.KeepAlive(from);
    }
}
