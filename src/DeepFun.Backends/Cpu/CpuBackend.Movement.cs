using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage View(ViewOp op, Storage x, Shape shape, int[] first, int[] second) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Pad(Storage x, Shape shape, int[] low, int[] high, int[] interior, double value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Concat(Storage[] xs, int axis) => throw new NotSupportedException();
}
