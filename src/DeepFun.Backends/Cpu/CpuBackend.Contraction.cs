using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage MatMul(Storage x, Storage y) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Storage Convolve(ConvolutionOp op, Storage x, Storage y, ConvolutionSpec spec) => throw new NotSupportedException();
}
