using System;
using DeepFun.Backends.Cpu.Random;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Random(RandomOp op, Storage key, DType dtype, Shape shape)
    {
        var supported = op == RandomOp.Bits ? dtype is DType.Int32 or DType.Int64 : DTypes.IsFloating(dtype);
        if (!supported)
            return ThrowHelper.Unsupported<Storage>($"Random {op}", dtype, op == RandomOp.Bits ? "int32 and int64" : "float32 and float64");
        var keys = Contiguous(key);
        var result = CpuStorage.Allocate(dtype, [.. key.Shape.Dims, .. shape.Dims]);
        fixed (byte* from = keys)
        fixed (byte* to = result)
            RandomFill.Run(op, dtype, (ulong*)from, key.Shape.Size, to, shape.Size);
        GC.KeepAlive(keys);
        GC.KeepAlive(result);
        return result;
    }
}
