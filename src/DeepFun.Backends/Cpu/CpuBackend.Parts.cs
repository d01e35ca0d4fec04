using System;
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
    public void Write(Storage x, Storage target)
    {
        var into = Own(target);
        fixed (byte* to = into)
            StridedCopy.CopyTo(Own(x), to);
        GC.KeepAlive(into);
    }
}
