using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;

namespace DeepFun.Backends;

/// <summary>
/// Native memory by size class: four classes an octave, so at most a fifth is slack, and powers of two have none. Returned blocks
/// are kept, warm, for the next taker. Past a limit of live bytes, the budget or twice what survived the last collection, the
/// garbage collector is called, so that tensors outside any scope do not pile up.
/// </summary>
/// <remarks>Every member may be called from any thread. A block is in one hand or on one stack, and each stack has a lock.</remarks>
internal static unsafe class NativePool
{
    private const int Alignment = 64;
    private const int Slack = 64; // kernels read a register past the end
    private const int Classes = 256;
    private static readonly Stack<nint>[] Free = CreateStacks();
    private static readonly Lock Collecting = new();
    private static long budget = MemoryStatistics.DefaultBudget;
    private static long live;
    private static long cached;
    private static long limit = MemoryStatistics.DefaultBudget;

    public static long LiveBytes => Interlocked.Read(ref live);

    public static long CachedBytes => Interlocked.Read(ref cached);

    /// <summary>Bytes that may be live before a collection is asked for, and the most that is kept warm.</summary>
    public static long Budget
    {
        get => Interlocked.Read(ref budget);
        set
        {
            if (value <= 0)
                ThrowHelper.BudgetNotPositive(value);
            Interlocked.Exchange(ref budget, value);
            Interlocked.Exchange(ref limit, value);
            if (CachedBytes > value)
                Trim();
        }
    }

    public static nint Rent(long bytes, out int sizeClass)
    {
        sizeClass = ClassOf(bytes);
        var size = SizeOf(sizeClass);
        if (Interlocked.Add(ref live, size) > Interlocked.Read(ref limit))
            Collect(always: false);
        var stack = Free[sizeClass];
        lock (stack)
        {
            if (stack.TryPop(out var pointer))
            {
                Interlocked.Add(ref cached, -size);
                return pointer;
            }
        }
        return Allocate(size);
    }

    public static void Return(nint pointer, int sizeClass)
    {
        var size = SizeOf(sizeClass);
        var left = Interlocked.Add(ref live, -size);
        // A peak raised the limit; what it was raised for is gone.
        var raised = Interlocked.Read(ref limit);
        if (raised > Budget && left < raised / 4)
            Interlocked.CompareExchange(ref limit, Math.Max(Budget, 2 * left), raised);
        if (Interlocked.Add(ref cached, size) > Budget)
        {
            Interlocked.Add(ref cached, -size);
            NativeMemory.AlignedFree((void*)pointer);
            return;
        }
        var stack = Free[sizeClass];
        lock (stack)
            stack.Push(pointer);
    }

    /// <summary>Frees every cached block.</summary>
    public static void Trim()
    {
        for (var sizeClass = Classes - 1; sizeClass >= 0; sizeClass--)
        {
            lock (Free[sizeClass])
            {
                while (Free[sizeClass].TryPop(out var pointer))
                {
                    Interlocked.Add(ref cached, -SizeOf(sizeClass));
                    NativeMemory.AlignedFree((void*)pointer);
                }
            }
        }
    }

    // New memory. Blocks kept for sizes that are no longer asked for make room first.
    private static nint Allocate(long size)
    {
        if (CachedBytes > 0 && LiveBytes + CachedBytes > Interlocked.Read(ref limit))
            Trim();
        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)(size + Slack), Alignment);
        }
        catch (OutOfMemoryException)
        {
            // What nobody uses may still be held: by the cache, or by tensors that wait for their finalizers.
        }
        Collect(always: true);
        Trim();
        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)(size + Slack), Alignment);
        }
        catch (OutOfMemoryException exhausted)
        {
            return ThrowHelper.OutOfMemory<nint>(size, Interlocked.Add(ref live, -size), exhausted);
        }
    }

    // Younger generations first: most tensors die young. One thread collects; others that come meanwhile wait for what it frees.
    private static void Collect(bool always)
    {
        lock (Collecting)
        {
            if (!always && LiveBytes <= Interlocked.Read(ref limit))
                return;
            for (var generation = 0; generation <= 2; generation++)
            {
                GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
                if (LiveBytes < Budget / 2)
                    break;
            }
            Interlocked.Exchange(ref limit, Math.Max(Budget, 2 * LiveBytes));
        }
    }

    private static Stack<nint>[] CreateStacks()
    {
        var stacks = new Stack<nint>[Classes];
        for (var i = 0; i < Classes; i++)
            stacks[i] = new Stack<nint>();
        return stacks;
    }

    // Class 4e + q holds 2^e (4 + q) / 4 bytes.
    internal static int ClassOf(long bytes)
    {
        bytes = Math.Max(bytes, 256);
        var exponent = 63 - BitOperations.LeadingZeroCount((ulong)(bytes - 1));
        var quarter = 1L << (exponent - 2);
        var q = (int)((bytes - (1L << exponent) + quarter - 1) / quarter);
        return 4 * exponent + q;
    }

    internal static long SizeOf(int sizeClass) => (1L << (sizeClass / 4 - 2)) * (4 + sizeClass % 4);
}
