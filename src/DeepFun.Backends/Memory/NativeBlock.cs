using System;
using System.Threading;

namespace DeepFun.Backends;

/// <summary>One block of the pool. Views share it; whoever drops it last lets the finalizer return it.</summary>
internal sealed unsafe class NativeBlock : MemoryBlock
{
    private int sizeClass;
    private int generation;
    private bool isFinalized = true; // by the collector, if nobody returns it before
    private nint pointer;

    public NativeBlock(long bytes)
    {
        pointer = NativePool.Rent(bytes, out sizeClass);
        MemoryScope.Register(this);
    }

    ~NativeBlock() => Return();

    /// <summary>How often its memory was taken over: storages of an earlier generation have none any more.</summary>
    public int Generation => generation;

    /// <summary>Whether its memory has gone back.</summary>
    internal override bool IsReleased => pointer == 0;

    /// <summary>
    /// The first byte, 64-byte aligned, with at least 64 readable bytes after the last one. Error: DF0601 once released, and for an earlier
    /// generation than the last.
    /// </summary>
    public byte* At(int asked)
    {
        var p = pointer;
        if (p == 0 || asked != generation)
            ThrowHelper.Released();
        return (byte*)p;
    }

    /// <summary>The next generation, which alone has the memory from now on. Error: DF0601 if it is released or not of this generation.</summary>
    public int TakeOver(int asked)
    {
        if (pointer == 0 || Interlocked.CompareExchange(ref generation, asked + 1, asked) != asked)
            ThrowHelper.Released();
        return asked + 1;
    }

    /// <summary>Other memory for a released block that nobody knows any more, in a scope that returns it.</summary>
    public void Renew(long bytes)
    {
        pointer = NativePool.Rent(bytes, out sizeClass);
        MemoryScope.Register(this);
    }

    internal override void Outlive()
    {
        if (!isFinalized)
            GC.ReRegisterForFinalize(this);
        isFinalized = true;
    }

    internal override void Release()
    {
        Return();
        if (isFinalized)
            GC.SuppressFinalize(this);
        isFinalized = false;
    }

    private void Return()
    {
        var p = Interlocked.Exchange(ref pointer, 0);
        if (p != 0)
            NativePool.Return(p, sizeClass);
    }
}
