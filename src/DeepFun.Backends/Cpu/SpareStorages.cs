using System;
using System.Collections.Generic;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The handles that this thread's runs of compiled graphs do not need any more, for what they make next: a loop that runs a graph makes
/// little garbage. Nobody else has them.
/// </summary>
internal sealed class SpareStorages
{
    [ThreadStatic]
    private static SpareStorages? ofThread;

    private const int Most = 64; // of each kind
    private readonly List<CpuStorage> small = []; // with a managed array
    private readonly List<CpuStorage> blocks = []; // with a released block
    private readonly List<CpuStorage> bare = []; // without memory

    private SpareStorages() { }

    public static SpareStorages OfThread => ofThread ??= new SpareStorages();

    /// <summary>One with a managed array of at least this length, and not of more than twice that, for it may be handed out; or null.</summary>
    public CpuStorage? TakeSmall(int length)
    {
        for (var i = small.Count - 1; i >= 0; i--)
        {
            var found = small[i];
            if (found.ManagedLength < length || found.ManagedLength > 2 * length)
                continue;
            small[i] = small[^1];
            small.RemoveAt(small.Count - 1);
            return found;
        }
        return null;
    }

    /// <summary>One with a released block; or null.</summary>
    public CpuStorage? TakeBlock() => Take(blocks);

    /// <summary>One without memory; or null.</summary>
    public CpuStorage? TakeBare() => Take(bare);

    private static CpuStorage? Take(List<CpuStorage> kind)
    {
        if (kind.Count == 0)
            return null;
        var last = kind[^1];
        kind.RemoveAt(kind.Count - 1);
        return last;
    }

    public void Add(CpuStorage storage)
    {
        var kind =
            storage.ManagedLength > 0 ? small
            : storage.Block is null ? bare
            : blocks;
        if (kind.Count < Most)
            kind.Add(storage);
    }
}
