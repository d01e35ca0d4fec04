using System;
using System.Collections.Generic;
using System.Threading;

namespace DeepFun.Backends;

/// <summary>
/// Collects the native memory that this thread takes until <see cref="Dispose"/>, which returns all of it except what was kept.
/// Kept memory belongs to the scope that encloses this one, or to the garbage collector when there is none.
/// Scopes nest and belong to the thread that opened them; memory taken by other threads is the collector's.
/// A scope that is never disposed loses nothing: the collector finds scope and blocks together.
/// </summary>
public sealed class MemoryScope : IDisposable
{
    [ThreadStatic]
    private static MemoryScope? current;

    // The lists of scopes that have ended, for the next ones of this thread: a step of training has scopes within each other.
    [ThreadStatic]
    private static Stack<List<MemoryBlock>>? spare;

    private readonly MemoryScope? parent;
    private const int SmallestSweep = 1024;
    private const int MostSpare = 8;
    private readonly List<MemoryBlock> owned;
    private int sweepAt = SmallestSweep;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private bool disposed;

    private readonly bool isRun;

    private MemoryScope(MemoryScope? parent, bool isRun)
    {
        this.parent = parent;
        this.isRun = isRun;
        owned = spare is { Count: > 0 } lists ? lists.Pop() : [];
    }

    /// <summary>Opens a scope on this thread.</summary>
    public static MemoryScope Enter() => current = new MemoryScope(current, isRun: false);

    // The scope of a run of a compiled graph, which tells by Hold and Drop how long it has what it makes.
    internal static MemoryScope EnterRun() => current = new MemoryScope(current, isRun: true);

    // The innermost scope of this thread.
    internal static MemoryScope? Current => current;

    // Whether this thread is running a compiled graph.
    internal static bool IsRunning => current is { isRun: true };

    internal static void Register(MemoryBlock block)
    {
        if (current is { } scope)
        {
            block.Owner = scope;
            if (!block.Listed)
                scope.Add(block);
        }
    }

    // A scope around a long run must not remember every block that came and went inside it.
    private void Add(MemoryBlock block)
    {
        if (owned.Count >= sweepAt)
        {
            owned.RemoveAll(static b => !(b.Listed = b.Owner is not null));
            sweepAt = Math.Max(SmallestSweep, 2 * owned.Count);
        }
        block.Listed = true;
        owned.Add(block);
    }

    // Whether a block was taken since this scope was opened, and belongs to it or to one inside it.
    internal bool Owns(MemoryBlock block)
    {
        for (var owner = block.Owner; owner is not null; owner = owner.parent)
        {
            if (ReferenceEquals(owner, this))
                return true;
        }
        return false;
    }

    // Returns a block before its scope ends, for whoever knows that nobody else has it.
    internal static void Release(MemoryBlock block)
    {
        if (block.Detached)
            return;
        block.Owner = null;
        block.Release();
    }

    // One more holder of memory that this scope owns, or that is its guest; what is neither is not counted.
    internal void Hold(Storage storage)
    {
        storage.Hold();
        if (storage.Block is { } block && Counts(block))
            block.Holders++;
    }

    // One holder less; the last one returns the memory, if this scope owns it.
    internal void Drop(Storage storage)
    {
        if (storage.Block is { } block && Counts(block) && --block.Holders == 0 && ReferenceEquals(block.Owner, this))
            Release(block);
        storage.Drop();
    }

    private bool Counts(MemoryBlock block) => ReferenceEquals(block.Owner, this) || ReferenceEquals(block.Guest, this);

    // From now on holders of this memory are counted, which its owner gives away. False where that cannot be.
    internal bool Invite(Storage storage)
    {
        if (storage.Block is not { Detached: false, Guest: null } block || ReferenceEquals(block.Owner, this))
            return false;
        block.Guest = this;
        block.Holders = 0;
        return true;
    }

    internal static void Dismiss(Storage storage)
    {
        if (storage.Block is { } block)
            block.Guest = null;
    }

    // A storage on the memory of this one, if nobody else holds that: it may be written. This one is then of no use.
    internal Storage? Overwritable(Storage storage) =>
        storage.HasHostSpan && storage.Block is { Holders: 1 } block && Counts(block)
            ? ReferenceEquals(block.Owner, this)
                ? storage
                : storage.TakeOver()
            : null;

    /// <summary>Lets a storage, and every view of the same memory, outlive this scope and those inside it.</summary>
    public void Keep(Storage storage)
    {
        storage.HandOut();
        if (storage.Block is { } block && Owns(block))
            block.Owner = parent;
    }

    /// <summary>Lets everything that was taken so far outlive this scope.</summary>
    public void KeepAll()
    {
        if (disposed)
            return;
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
        {
            block.Owner = null;
            block.Detached = true;
        }
    }

    /// <summary>
    /// Returns what was not kept. Scopes that were opened inside and left open end first. Error: DF0602 on another thread than the
    /// one that opened the scope.
    /// </summary>
    public void Dispose()
    {
        if (disposed)
            return;
        if (thread != Environment.CurrentManagedThreadId)
            ThrowHelper.ScopeOnOtherThread();
        while (!ReferenceEquals(current, this))
            current!.End();
        End();
    }

    private void End()
    {
        disposed = true;
        current = parent;
        foreach (var block in owned)
        {
            var owner = block.Owner;
            block.Listed = false;
            if (ReferenceEquals(owner, this))
            {
                block.Owner = null;
                block.Release();
            }
            else if (!block.IsReleased)
            {
                block.Outlive();
                owner?.Add(block);
            }
        }
        owned.Clear();
        spare ??= new();
        if (owned.Capacity <= SmallestSweep && spare.Count < MostSpare)
            spare.Push(owned);
    }
}
