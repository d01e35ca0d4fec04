using System;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Pool(PoolOp op, Storage x, WindowSpec spec)
    {
        if (DTypes.IsReducedPrecision(x.DType))
            return ReducedPool(op, Own(x), spec);
        var source = Contiguous(x);
        var leading = x.Shape.Rank - spec.Rank;
        var spatial = op == PoolOp.SumTranspose ? spec.InputSize : spec.OutputSize();
        Shape shape = [.. x.Shape.Dims.AsSpan(0, leading), .. spatial];
        var geometry = new WindowGeometry(spec, x.Shape.Dims.AsSpan(0, leading));
        if (op == PoolOp.ArgMax && shape.Size > 0)
            geometry.CheckCovered(spec);
        var result = CpuStorage.Allocate(op == PoolOp.ArgMax ? DType.Int32 : x.DType, shape);
        if (shape.Size > 0)
        {
            fixed (byte* from = source)
            fixed (byte* to = result)
                Pool(op, x.DType, from, to, geometry);
        }
        GC.KeepAlive(result);
        source.Leave(x);
        return result;
    }

    private CpuStorage ReducedPool(PoolOp op, CpuStorage x, WindowSpec spec) =>
        ReducedPrecision.Through(x, wide => Own(Pool(op, wide, spec)));

    private static void Pool(PoolOp op, DType dtype, byte* from, byte* to, WindowGeometry geometry)
    {
        switch (dtype)
        {
            case DType.Float32:
                WindowKernels.Run<float>(op, from, to, geometry);
                break;
            case DType.Float64:
                WindowKernels.Run<double>(op, from, to, geometry);
                break;
            case DType.Int8:
                WindowKernels.Run<sbyte>(op, from, to, geometry);
                break;
            case DType.Int16:
                WindowKernels.Run<short>(op, from, to, geometry);
                break;
            case DType.Int32:
                WindowKernels.Run<int>(op, from, to, geometry);
                break;
            case DType.Int64:
                WindowKernels.Run<long>(op, from, to, geometry);
                break;
            case DType.UInt8:
                WindowKernels.Run<byte>(op, from, to, geometry);
                break;
            default:
                ThrowHelper.Unsupported<int>("Pool", dtype, DTypeNames.Numbers);
                break;
        }
    }
}
