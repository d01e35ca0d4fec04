using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Gather(Storage x, Storage indices, int batch) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Scatter(ScatterOp op, Storage x, Storage indices, Storage updates, int batch) => throw new NotSupportedException();
}
