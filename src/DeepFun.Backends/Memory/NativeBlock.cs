using System;
using System.Threading;

namespace DeepFun.Backends;

/// <summary>One block of the pool. Views share it; whoever drops it last lets the finalizer return it.</summary>
internal sealed unsafe class NativeBlock : MemoryBlock
{
    private readonly int sizeClass;
    private nint pointer;

    public NativeBlock(long bytes)
    {
        pointer = NativePool.Rent(bytes, out sizeClass);
        MemoryScope.Register(this);
    }

    private NativeBlock(nint pointer, int sizeClass)
    {
        this.pointer = pointer;
        this.sizeClass = sizeClass;
        MemoryScope.Register(this);
    }

    ~NativeBlock() => Return();

    /// <summary>The first byte, 64-byte aligned, with at least 64 readable bytes after the last one. Error: DF0601 once released.</summary>
    public byte* Pointer
    {
        get
        {
            var p = pointer;
            if (p == 0)
                ThrowHelper.Released();
            return (byte*)p;
        }
    }

    /// <summary>The same memory as another block; this one is as if it were released. Error: DF0601 if it is.</summary>
    public NativeBlock TakeOver()
    {
        var p = Interlocked.Exchange(ref pointer, 0);
        if (p == 0)
            ThrowHelper.Released();
        GC.SuppressFinalize(this);
        Owner = null;
        return new NativeBlock(p, sizeClass);
    }

    internal override void Release()
    {
        Return();
        GC.SuppressFinalize(this);
    }

    private void Return()
    {
        var p = Interlocked.Exchange(ref pointer, 0);
        if (p != 0)
            NativePool.Return(p, sizeClass);
    }
}
