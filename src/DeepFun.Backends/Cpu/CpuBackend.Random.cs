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
            return ThrowHelper.Unsupported<Storage>($"Random {op}", dtype, op == RandomOp.Bits ? "int32 and int64" : DTypeNames.Floats);
        if (DTypes.IsReducedPrecision(dtype))
            return Reduced(op, key, dtype, shape);
        var keys = Contiguous(key);
        var result = CpuStorage.Allocate(dtype, [.. key.Shape.Dims, .. shape.Dims]);
        fixed (byte* from = keys)
        fixed (byte* to = result)
            RandomFill.Run(op, dtype, (ulong*)from, key.Shape.Size, to, shape.Size);
        GC.KeepAlive(keys);
        GC.KeepAlive(result);
        return result;
    }

    // Rounded, a number just below 1 would be 1, which uniform numbers never are: as many leading bits are kept as the type has.
    private CpuStorage Reduced(RandomOp op, Storage key, DType dtype, Shape shape)
    {
        var values = Own(Random(op, key, DType.Float32, shape));
        if (op == RandomOp.Uniform)
        {
            var steps = dtype == DType.Float16 ? 1 << 11 : 1 << 8;
            fixed (byte* p = values)
                KeepSteps(new Span<float>(p, values.Shape.Size), steps);
            GC.KeepAlive(values);
        }
        return ReducedPrecision.Round(values, dtype);
    }

    private static void KeepSteps(Span<float> values, float steps)
    {
        foreach (ref var value in values)
            value = MathF.Floor(value * steps) / steps;
    }

    /// <inheritdoc/>
    public Storage Sample(SampleOp op, Storage key, Storage parameter)
    {
        if (!DTypes.IsFloating(parameter.DType))
            return ThrowHelper.Unsupported<Storage>($"Sample {op}", parameter.DType, DTypeNames.Floats);
        if (DTypes.IsReducedPrecision(parameter.DType))
            return Reduced(op, key, Own(parameter));
        var keys = Contiguous(key);
        var parameters = Contiguous(parameter);
        var result = CpuStorage.Allocate(op == SampleOp.Poisson ? DType.Int64 : parameter.DType, parameter.Shape);
        fixed (
            byte* from = keys,
                each = parameters,
                to = result
        )
        {
            if (parameter.DType == DType.Float32)
                SampleFill.Run(op, (ulong*)from, key.Shape.Size, (float*)each, to, parameter.Shape.Size);
            else
                SampleFill.Run(op, (ulong*)from, key.Shape.Size, (double*)each, to, parameter.Shape.Size);
        }
        GC.KeepAlive(keys);
        GC.KeepAlive(parameters);
        GC.KeepAlive(result);
        return result;
    }

    private CpuStorage Reduced(SampleOp op, Storage key, CpuStorage parameter) =>
        ReducedPrecision.Through(parameter, wide => Own(Sample(op, key, wide)));
}
