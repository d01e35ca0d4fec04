namespace DeepFun.Backends;

/// <summary>A backend's handle to the values of one tensor. Immutable once handed out.</summary>
public abstract class Storage(DType dtype, Shape shape)
{
    /// <summary>Element type.</summary>
    public DType DType { get; } = dtype;

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>The memory that a <see cref="MemoryScope"/> manages; null where the garbage collector does.</summary>
    internal virtual MemoryBlock? Block => null;
}
