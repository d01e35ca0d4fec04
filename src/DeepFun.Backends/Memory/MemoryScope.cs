using System;
using System.Collections.Generic;

namespace DeepFun.Backends;

/// <summary>
/// Collects the native memory that this thread takes until <see cref="Dispose"/>, which returns all of it except what was kept.
/// Kept memory belongs to the enclosing scope, or to the garbage collector when there is none.
/// Scopes nest and belong to the thread that opened them; memory taken by other threads is the collector's.
/// </summary>
public sealed class MemoryScope : IDisposable
{
    [ThreadStatic]
    private static MemoryScope? current;

    private readonly MemoryScope? parent;
    private readonly List<MemoryBlock> owned = [];

    private MemoryScope(MemoryScope? parent) => this.parent = parent;

    /// <summary>Opens a scope on this thread.</summary>
    public static MemoryScope Enter() => current = new MemoryScope(current);

    internal static void Register(MemoryBlock block)
    {
        if (current is { } scope)
        {
            block.Owner = scope;
            scope.owned.Add(block);
        }
    }

    /// <summary>Lets a storage outlive this scope.</summary>
    public void Keep(Storage storage)
    {
        if (storage.Block is { } block && ReferenceEquals(block.Owner, this))
            block.Owner = parent;
    }

    /// <summary>Lets everything that was taken so far outlive this scope.</summary>
    public void KeepAll()
    {
        foreach (var block in owned)
        {
            if (ReferenceEquals(block.Owner, this))
                block.Owner = parent;
        }
    }

    /// <summary>Lets a storage outlive every scope: the garbage collector returns its memory.</summary>
    public static void Detach(Storage storage)
    {
        if (storage.Block is { } block)
            block.Owner = null;
    }

    /// <summary>Returns what was not kept.</summary>
    public void Dispose()
    {
        if (!ReferenceEquals(current, this))
            return;
        current = parent;
        foreach (var block in owned)
        {
            if (ReferenceEquals(block.Owner, this))
            {
                block.Owner = null;
                block.Release();
            }
            else if (parent is not null && ReferenceEquals(block.Owner, parent))
                parent.owned.Add(block);
        }
        owned.Clear();
    }
}
