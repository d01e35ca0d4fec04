namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage Unary(UnaryOp op, Storage x) => UnaryDispatch.Run(op, Own(x));

    /// <inheritdoc/>
    public Storage Binary(BinaryOp op, Storage x, Storage y) => BinaryDispatch.Run(op, Own(x), Own(y));

    /// <inheritdoc/>
    public Storage Select(Storage condition, Storage x, Storage y) =>
        DTypes.Size(x.DType) switch
        {
            4 => SelectLoop<uint>.Run(Own(condition), Own(x), Own(y)),
            8 => SelectLoop<ulong>.Run(Own(condition), Own(x), Own(y)),
            _ => SelectLoop<byte>.Run(Own(condition), Own(x), Own(y)),
        };

    /// <inheritdoc/>
    public Storage Cast(Storage x, DType dtype) => CastDispatch.Run(Own(x), dtype);
}
