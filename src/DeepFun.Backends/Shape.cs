using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace DeepFun;

/// <summary>The sizes of a tensor's axes, outermost first. Immutable; a scalar has none.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    /// <summary>The shape of a scalar.</summary>
    public static readonly Shape Scalar = new([]);

    // Shared with the core without a copy; never written after construction.
    internal readonly int[] Dims;

    // The results of operations have few shapes, over and over again.
    private static readonly Shape?[] Lately = new Shape?[251];

    internal Shape(int[] dims)
    {
        Dims = dims;
        long size = 1;
        foreach (var dim in dims)
        {
            if (dim < 0)
                Backends.ThrowHelper.NegativeAxis(dims);
            size *= dim;
            if (size > int.MaxValue)
                Backends.ThrowHelper.TooManyElements(dims);
        }
        Size = (int)size;
    }

    /// <summary>Number of axes.</summary>
    public int Rank => Dims.Length;

    /// <summary>Number of elements, the product of the sizes; at most 2³¹ − 1.</summary>
    public int Size { get; }

    /// <summary>Number of axes; with the indexer it makes <c>shape[^1]</c> the last size.</summary>
    public int Count => Dims.Length;

    /// <summary>The size of one axis.</summary>
    public int this[int axis] => Dims[axis];

    /// <summary>A shape with these sizes.</summary>
    public static Shape Of(params ReadOnlySpan<int> sizes) => Create(sizes);

    /// <summary>A shape with these sizes, for collection expressions: <c>Shape s = [2, 3];</c></summary>
    public static Shape Create(ReadOnlySpan<int> sizes) => sizes.IsEmpty ? Scalar : new(sizes.ToArray());

    /// <summary>A shape with these sizes.</summary>
    public static Shape Create(int[] sizes) => Create(sizes.AsSpan());

    /// <summary>As <see cref="Create(ReadOnlySpan{int})"/>; the same object as before, if these sizes were asked for lately.</summary>
    internal static Shape Known(ReadOnlySpan<int> sizes)
    {
        var hash = sizes.Length;
        foreach (var size in sizes)
            hash = hash * 31 + size;
        // Threads may overwrite each other's entries: all that is lost is a find.
        ref var entry = ref Lately[(uint)hash % (uint)Lately.Length];
        var found = entry;
        if (found is null || !found.Dims.AsSpan().SequenceEqual(sizes))
            entry = found = Create(sizes);
        return found;
    }

    /// <summary>A shape of these sizes, which the caller gives away and never writes again.</summary>
    internal static Shape Adopt(int[] sizes) => sizes.Length == 0 ? Scalar : new(sizes);

    /// <summary>A shape with these sizes.</summary>
    public static implicit operator Shape(int[] sizes) => Create(sizes.AsSpan());

    /// <summary>The sizes, to read.</summary>
    public ReadOnlySpan<int> AsSpan() => Dims;

    /// <summary>A copy of the sizes.</summary>
    public int[] ToArray() => (int[])Dims.Clone();

    /// <summary>Whether both have the same sizes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Same(Shape left, Shape right) => ReferenceEquals(left, right) || left.Dims.AsSpan().SequenceEqual(right.Dims);

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && Same(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var dim in Dims)
            hash = hash * 31 + dim;
        return hash;
    }

    /// <summary>Whether both have the same sizes.</summary>
    public static bool operator ==(Shape? left, Shape? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether some size differs.</summary>
    public static bool operator !=(Shape? left, Shape? right) => !(left == right);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => Dims.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Dims.GetEnumerator();

    /// <summary><c>[2, 3]</c></summary>
    public override string ToString() => $"[{string.Join(", ", Dims)}]";
}
