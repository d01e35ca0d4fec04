using System;

namespace DeepFun.Backends;

/// <summary>A backend's handle to the values of one tensor. Immutable once handed out.</summary>
public abstract class Storage(DType dtype, Shape shape)
{
    /// <summary>Element type.</summary>
    public DType DType { get; private protected set; } = dtype;

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; private protected set; } = shape;

    // One more than the slots of a compiled graph that hold this handle; 0 for what the graph's run did not make, or has handed out.
    private protected int Slots { get; set; }

    internal void Hold()
    {
        if (Slots > 0)
            Slots++;
    }

    // When the last slot goes, whoever made the handle may use it again.
    internal void Drop()
    {
        if (Slots > 1 && --Slots == 1)
            Recycle();
    }

    // From now on others have it too.
    internal void HandOut()
    {
        if (Slots > 0)
            Slots = 0;
    }

    private protected virtual void Recycle() { }

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
