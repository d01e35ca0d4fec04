using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Reduce(ReduceOp op, Storage x, ReadOnlySpan<int> axes) => ReductionDispatch.Run(op, Own(x), axes);

    /// <inheritdoc/>
    public Storage AlongAxis(AxisOp op, Storage x, int axis, bool reverse) => AxisDispatch.Run(op, Own(x), axis, reverse);
}
