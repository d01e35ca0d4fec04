using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Reduce(ReduceOp op, Storage x, ReadOnlySpan<int> axes) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage AlongAxis(AxisOp op, Storage x, int axis, bool reverse) => throw new NotSupportedException();
}
