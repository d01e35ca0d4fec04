using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Random(RandomOp op, Storage key, DType dtype, Shape shape) => throw new NotSupportedException();
}
