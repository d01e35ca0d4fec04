using System;

namespace DeepFun.Backends.Cpu;

/// <summary>Copies between strided layouts.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>A row-major copy without gaps.</summary>
    public static CpuStorage ToContiguous(CpuStorage source) => throw new NotSupportedException();
}
