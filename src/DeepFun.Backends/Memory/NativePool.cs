using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;

namespace DeepFun.Backends;

/// <summary>
/// Native memory by size class: four classes an octave, so at most a fifth is slack. Returned blocks are kept, warm, for the next taker.
/// A live-byte budget calls the garbage collector when tensors outside any scope pile up.
/// </summary>
internal static unsafe class NativePool
{
    private const int Alignment = 64;
    private const int Slack = 64;
    private const int Classes = 256;
    private static readonly Stack<nint>[] Free = CreateStacks();
    private static long live;
    private static long cached;
    private static long collectAt = MemoryStatistics.DefaultBudget;

    public static long LiveBytes => Interlocked.Read(ref live);

    public static long CachedBytes => Interlocked.Read(ref cached);

    /// <summary>Bytes that may be live before a collection is asked for.</summary>
    public static long Budget { get; set; } = MemoryStatistics.DefaultBudget;

    public static nint Rent(long bytes, out int sizeClass)
    {
        sizeClass = ClassOf(bytes + Slack);
        var size = SizeOf(sizeClass);
        if (Interlocked.Add(ref live, size) > Interlocked.Read(ref collectAt))
            Collect();
        var stack = Free[sizeClass];
        lock (stack)
        {
            if (stack.TryPop(out var pointer))
            {
                Interlocked.Add(ref cached, -size);
                return pointer;
            }
        }
        return (nint)NativeMemory.AlignedAlloc((nuint)size, Alignment);
    }

    public static void Return(nint pointer, int sizeClass)
    {
        var size = SizeOf(sizeClass);
        Interlocked.Add(ref live, -size);
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
        for (var c = 0; c < Classes; c++)
        {
            lock (Free[c])
            {
                while (Free[c].TryPop(out var pointer))
                {
                    Interlocked.Add(ref cached, -SizeOf(c));
                    NativeMemory.AlignedFree((void*)pointer);
                }
            }
        }
    }

    // Younger generations first: most tensors die young. What stays live doubles the distance to the next collection.
    private static void Collect()
    {
        for (var generation = 0; generation <= 2; generation++)
        {
            GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            if (LiveBytes < Budget / 2)
                break;
        }
        Interlocked.Exchange(ref collectAt, Math.Max(Budget, 2 * LiveBytes));
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
