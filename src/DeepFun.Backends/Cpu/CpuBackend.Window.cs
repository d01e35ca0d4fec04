using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Pool(PoolOp op, Storage x, WindowSpec spec) => throw new NotSupportedException();
}
