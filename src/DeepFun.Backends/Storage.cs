using System;

namespace DeepFun.Backends;

/// <summary>A backend's handle to the values of one tensor. Immutable once handed out.</summary>
public abstract class Storage(DType dtype, Shape shape)
{
    /// <summary>Element type.</summary>
    public DType DType { get; } = dtype;

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>Whether the values lie in main memory, row-major without gaps.</summary>
    public virtual bool HasHostSpan => false;

    /// <summary>
    /// The values where they lie; empty unless <see cref="HasHostSpan"/>. The storage owns the memory: keep it alive, and its scope open,
    /// for as long as the span is used.
    /// </summary>
    public virtual ReadOnlySpan<byte> HostSpan => default;

    /// <summary>The same elements in memory that only the new storage has; every other storage of it reports DF0601. Null where that cannot be.</summary>
    internal virtual Storage? TakeOver() => null;

    /// <summary>The memory that a <see cref="MemoryScope"/> manages; null where the garbage collector does.</summary>
    internal virtual MemoryBlock? Block => null;
}
