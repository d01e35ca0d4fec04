using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Values in main memory: a managed array when small, a pooled native block when not. Strides are in elements;
/// null strides mean row-major without gaps, the common case that every kernel takes.
/// Kernels pin with <c>fixed (byte* p = storage)</c>, which gives the first element, and end with <c>GC.KeepAlive(storage)</c>.
/// At least 64 bytes may be read past the last element of what <see cref="Allocate"/> gives.
/// </summary>
internal sealed unsafe class CpuStorage : Storage
{
    /// <summary>Bytes up to which a tensor is a managed array: the collector frees those for less than a pool's hand-off.</summary>
    public const int ManagedLimit = 1024;

    private readonly byte[]? managed;
    private readonly NativeBlock? native;
    private readonly nint offset; // bytes

    private CpuStorage(DType dtype, Shape shape, byte[]? managed, NativeBlock? native, nint offset, int[]? strides)
        : base(dtype, shape)
    {
        this.managed = managed;
        this.native = native;
        this.offset = offset;
        Strides = strides;
    }

    // The hot path on its own: fields that stay null need no write barrier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CpuStorage(DType dtype, Shape shape, byte[] managed)
        : base(dtype, shape) => this.managed = managed;

    /// <summary>Elements between neighbours along each axis; null: row-major without gaps.</summary>
    public int[]? Strides { get; }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Strides is null;

    internal override MemoryBlock? Block => native;

    internal override Storage? TakeOver() => native is null ? null : new CpuStorage(DType, Shape, null, native.TakeOver(), offset, Strides);

    /// <summary>Uninitialized, contiguous memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CpuStorage Allocate(DType dtype, Shape shape)
    {
        var bytes = (long)shape.Size * DTypes.Size(dtype);
        return bytes <= ManagedLimit
            ? new CpuStorage(dtype, shape, new byte[(int)bytes + 64])
            : new CpuStorage(dtype, shape, null, new NativeBlock(bytes), 0, null);
    }

    /// <summary>The same memory seen otherwise; strides and offset in elements.</summary>
    public CpuStorage View(Shape shape, int[]? strides, nint offsetElements) =>
        new(DType, shape, managed, native, offset + offsetElements * DTypes.Size(DType), strides);

    /// <summary>Strides even when contiguous.</summary>
    public int[] StridesOrRowMajor() => Strides ?? RowMajor(Shape.Dims);

    /// <summary>The strides of row-major order.</summary>
    public static int[] RowMajor(int[] dims)
    {
        var strides = new int[dims.Length];
        var step = 1;
        for (var i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= dims[i];
        }
        return strides;
    }

    /// <inheritdoc/>
    public override bool HasHostSpan => IsContiguous && (long)Shape.Size * DTypes.Size(DType) <= int.MaxValue;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> HostSpan =>
        HasHostSpan ? MemoryMarshal.CreateReadOnlySpan(ref GetPinnableReference(), Shape.Size * DTypes.Size(DType)) : default;

    /// <summary>For <c>fixed</c>: the first element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte GetPinnableReference()
    {
        if (managed is { } array)
            return ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(array), offset);
        return ref Unsafe.AsRef<byte>(native!.Pointer + offset);
    }
}
