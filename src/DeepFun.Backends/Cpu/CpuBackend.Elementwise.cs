using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Unary(UnaryOp op, Storage x) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Binary(BinaryOp op, Storage x, Storage y) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Select(Storage condition, Storage x, Storage y) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Cast(Storage x, DType dtype) => throw new NotSupportedException();
}
