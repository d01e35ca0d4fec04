using System;

namespace DeepFun.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public Storage FromHost(ReadOnlySpan<byte> values, DType dtype, Shape shape)
    {
        var bytes = shape.Size * (long)DTypes.Size(dtype);
        if (values.Length != bytes)
            ThrowHelper.HostLength("FromHost", (int)bytes, values.Length);
        var result = CpuStorage.Allocate(dtype, shape);
        fixed (byte* to = result)
            values.CopyTo(new Span<byte>(to, values.Length));
        GC.KeepAlive(result);
        return result;
    }

    /// <inheritdoc/>
    public void ToHost(Storage x, Span<byte> destination)
    {
        var source = Contiguous(x);
        var bytes = source.Shape.Size * (long)DTypes.Size(source.DType);
        if (destination.Length != bytes)
            ThrowHelper.HostLength("ToHost", (int)bytes, destination.Length);
        fixed (byte* from = source)
            new ReadOnlySpan<byte>(from, destination.Length).CopyTo(destination);
        GC.KeepAlive(source);
    }

    /// <inheritdoc/>
    public Storage Generate(GenerateOp op, DType dtype, Shape shape, double value, int axis) =>
        throw new NotSupportedException();
}
