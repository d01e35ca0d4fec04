using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DeepFun.Backends.Cpu.Movement;

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

    private const int Slack = 64;
    private static readonly byte[] Nothing = [];
    private const int Shared = -1; // for a managed array: other storages may have it too

    private object memory; // a byte[] or a NativeBlock
    private nint offset; // bytes
    private int generation; // of the block

    private CpuStorage(DType dtype, Shape shape, object memory)
        : base(dtype, shape) => this.memory = memory;

    /// <summary>Elements between neighbours along each axis; null: row-major without gaps.</summary>
    public int[]? Strides { get; private set; }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Strides is null;

    internal override MemoryBlock? Block => memory as NativeBlock;

    internal override Storage? TakeOver() =>
        memory is NativeBlock native ? Other(Shape, native.TakeOver(generation), offset, Strides) : null;

    /// <summary>Uninitialized, contiguous memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CpuStorage Allocate(DType dtype, Shape shape)
    {
        var bytes = (long)shape.Size * DTypes.Size(dtype);
        if (MemoryScope.IsRunning)
            return AllocateInRun(dtype, shape, bytes, bytes <= ManagedLimit);
        return new CpuStorage(dtype, shape, bytes <= ManagedLimit ? new byte[(int)bytes + Slack] : new NativeBlock(bytes));
    }

    /// <summary>As <see cref="Allocate"/>, always a block, so that its memory can be taken over.</summary>
    public static CpuStorage AllocateBlock(DType dtype, Shape shape)
    {
        var bytes = (long)shape.Size * DTypes.Size(dtype);
        return MemoryScope.IsRunning
            ? AllocateInRun(dtype, shape, bytes, isSmall: false)
            : new CpuStorage(dtype, shape, new NativeBlock(bytes));
    }

    // The handle, and the memory of a small one, are taken from what the thread's run of a compiled graph has left.
    private static CpuStorage AllocateInRun(DType dtype, Shape shape, long bytes, bool isSmall)
    {
        var spares = SpareStorages.OfThread;
        CpuStorage storage;
        if (isSmall)
        {
            var length = (int)bytes + Slack;
            storage = spares.TakeSmall(length) ?? new CpuStorage(dtype, shape, new byte[length]);
            storage.generation = 0;
        }
        else if (spares.TakeBlock() is { memory: NativeBlock block } found)
        {
            block.Renew(bytes);
            storage = found;
            storage.generation = block.Generation;
        }
        else
            storage = new CpuStorage(dtype, shape, new NativeBlock(bytes));
        storage.Begin(dtype, shape, 0, null);
        return storage;
    }

    private void Begin(DType dtype, Shape shape, nint start, int[]? strides)
    {
        DType = dtype;
        Shape = shape;
        offset = start;
        Strides = strides;
        Slots = MemoryScope.IsRunning ? 1 : 0;
    }

    /// <summary>The same memory seen otherwise; strides and offset in elements.</summary>
    public CpuStorage View(Shape shape, int[]? strides, nint offsetElements)
    {
        if (memory is byte[])
            generation = Shared;
        return Other(shape, generation, offset + offsetElements * DTypes.Size(DType), strides);
    }

    // Another handle for this memory.
    private CpuStorage Other(Shape shape, int itsGeneration, nint start, int[]? strides)
    {
        var other = (MemoryScope.IsRunning ? SpareStorages.OfThread.TakeBare() : null) ?? new CpuStorage(DType, shape, memory);
        other.memory = memory;
        other.generation = itsGeneration;
        other.Begin(DType, shape, start, strides);
        return other;
    }

    /// <summary>What the handle keeps for its next use: memory that nobody else has.</summary>
    private protected override void Recycle()
    {
        Slots = 0;
        if (memory is NativeBlock { IsReleased: false } || generation == Shared)
            memory = Nothing;
        SpareStorages.OfThread.Add(this);
    }

    /// <summary>Gives back what only the operation that made it has seen: a copy of this storage, if it is one.</summary>
    public void Leave(Storage? original)
    {
        if (ReferenceEquals(this, original))
            return;
        if (Block is { } block)
            MemoryScope.Release(block);
        if (Slots > 0)
            Recycle();
    }

    /// <summary>Bytes of the managed array; 0 without one.</summary>
    public int ManagedLength => memory is byte[] array ? array.Length : 0;

    /// <summary>Strides even when contiguous; nobody writes them.</summary>
    public int[] StridesOrRowMajor() => Strides ?? ViewStrides.KnownRowMajor(Shape.Dims);

    /// <summary>The strides of row-major order, an array of the caller's.</summary>
    public static int[] RowMajor(int[] dims)
    {
        var strides = new int[dims.Length];
        ViewStrides.RowMajor(dims, strides);
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
        if (memory is byte[] array)
            return ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(array), offset);
        return ref Unsafe.AsRef<byte>(Unsafe.As<NativeBlock>(memory).At(generation) + offset);
    }
}
