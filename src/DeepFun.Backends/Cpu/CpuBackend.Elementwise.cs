namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Unary(UnaryOp op, Storage x) => UnaryDispatch.Run(op, Near(x));

    /// <inheritdoc/>
    public Storage Binary(BinaryOp op, Storage x, Storage y) => BinaryDispatch.Run(op, Near(x), Near(y));

    /// <inheritdoc/>
    public Storage Select(Storage condition, Storage x, Storage y) =>
        DTypes.Size(x.DType) switch
        {
            2 => SelectLoop<ushort>.Run(Near(condition), Near(x), Near(y)),
            4 => SelectLoop<uint>.Run(Near(condition), Near(x), Near(y)),
            8 => SelectLoop<ulong>.Run(Near(condition), Near(x), Near(y)),
            _ => SelectLoop<byte>.Run(Near(condition), Near(x), Near(y)),
        };

    /// <inheritdoc/>
    public Storage Cast(Storage x, DType dtype) => CastDispatch.Run(Near(x), dtype);

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
