using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Reduce(ReduceOp op, Storage x, ReadOnlySpan<int> axes)
    {
        var own = Own(x);
        // One element is its own sum, product and extremum.
        var keeps = op is ReduceOp.Sum or ReduceOp.Product or ReduceOp.Max or ReduceOp.Min && own.DType != DType.Bool;
        return keeps && WithoutSingle(own.Shape, axes) is { } shape ? Reshape(own, shape) : ReductionDispatch.Run(op, own, axes);
    }

    // The shape without these axes, if they are all of size one; else null.
    private static Shape? WithoutSingle(Shape shape, ReadOnlySpan<int> axes)
    {
        foreach (var axis in axes)
        {
            if (shape[axis] != 1)
                return null;
        }
        return ReductionLayout.ResultShape(shape, axes);
    }

    /// <inheritdoc/>
    public Storage AlongAxis(AxisOp op, Storage x, int axis, bool reverse) => AxisDispatch.Run(op, Own(x), axis, reverse);
}
