using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Special(SpecialOp op, Storage[] operands, int firstOrder, int secondOrder)
    {
        var dtype = operands[0].DType;
        if (!DTypes.IsFloating(dtype))
            return ThrowHelper.Unsupported<Storage>(op.ToString(), dtype, DTypeNames.Floats);
        if (DTypes.IsReducedPrecision(dtype))
            return Reduced(op, Array.ConvertAll(operands, Own), firstOrder, secondOrder);
        var sources = Array.ConvertAll(operands, Contiguous);
        var result = CpuStorage.Allocate(dtype, operands[0].Shape);
        fixed (
            byte* x = sources[0],
                y = sources[1],
                z = sources[^1],
                to = result
        )
        {
            if (dtype == DType.Float32)
                SpecialLoop.Run(op, firstOrder, secondOrder, (float*)x, (float*)y, (float*)z, (float*)to, result.Shape.Size);
            else
                SpecialLoop.Run(op, firstOrder, secondOrder, (double*)x, (double*)y, (double*)z, (double*)to, result.Shape.Size);
        }
        GC.KeepAlive(result);
        for (var i = 0; i < sources.Length; i++)
            sources[i].Leave(operands[i]);
        return result;
    }

    private CpuStorage Reduced(SpecialOp op, CpuStorage[] operands, int firstOrder, int secondOrder) =>
        ReducedPrecision.Through(operands, wide => Own(Special(op, wide, firstOrder, secondOrder)));
}
