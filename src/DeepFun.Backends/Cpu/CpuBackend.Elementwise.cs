namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Unary(UnaryOp op, Storage x)
    {
        var a = Near(x);
        var result = UnaryDispatch.Run(op, a);
        Leave(a, x, result);
        return result;
    }

    /// <inheritdoc/>
    public Storage Binary(BinaryOp op, Storage x, Storage y)
    {
        var (a, b) = (Near(x), Near(y));
        var result = BinaryDispatch.Run(op, a, b);
        Leave(a, x, result);
        Leave(b, y, result);
        return result;
    }

    /// <inheritdoc/>
    public Storage Select(Storage condition, Storage x, Storage y)
    {
        var (c, a, b) = (Near(condition), Near(x), Near(y));
        var result = DTypes.Size(x.DType) switch
        {
            2 => SelectLoop<ushort>.Run(c, a, b),
            4 => SelectLoop<uint>.Run(c, a, b),
            8 => SelectLoop<ulong>.Run(c, a, b),
            _ => SelectLoop<byte>.Run(c, a, b),
        };
        Leave(c, condition, result);
        Leave(a, x, result);
        Leave(b, y, result);
        return result;
    }

    /// <inheritdoc/>
    public Storage Cast(Storage x, DType dtype)
    {
        var a = Near(x);
        var result = CastDispatch.Run(a, dtype);
        Leave(a, x, result);
        return result;
    }

    // A function that changes nothing, as a cast to the dtype that is there, gives the operand itself.
    private static void Leave(CpuStorage near, Storage operand, CpuStorage result)
    {
        if (!ReferenceEquals(near, result))
            near.Leave(operand);
    }

    /// <summary>
    /// The operand itself unless its neighbours lie far apart, as after a transposition: then a copy, whose blocked loop touches each
    /// cache line once, where an elementwise loop would touch it for every element.
    /// </summary>
    private static CpuStorage Near(Storage x)
    {
        const int small = 4096;
        const int far = 8;
        var own = Own(x);
        if (own.Strides is not { } strides || own.Shape.Size < small)
            return own;
        var axis = strides.Length - 1;
        while (axis > 0 && own.Shape[axis] == 1)
            axis--;
        return System.Math.Abs(strides[axis]) >= far ? StridedCopy.ToContiguous(own) : own;
    }
}
