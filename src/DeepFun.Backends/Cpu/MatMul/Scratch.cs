using System;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>Working memory that a thread keeps for its next call. What it holds is undefined between calls.</summary>
internal sealed unsafe class Scratch
{
    [ThreadStatic]
    private static Scratch? ofThread;

    private static readonly int Uses = Enum.GetValues<Use>().Length;

    private readonly nint[] pointers = new nint[Uses];
    private readonly nuint[] sizes = new nuint[Uses];

    /// <summary>What a part of the memory serves; parts with different names may be in use together.</summary>
    public enum Use
    {
        RightPanel,
        LeftBlock, // of a large matrix product
        Image,
        Rows,
        Output,
        Sum, // of a convolution
        Runs, // of a convolution: where the stretches of its sums lie
        Parts, // of a matrix product
        RowSums, // of a matrix product with one row
        Walk, // of a fused loop: values of a row from one walk to the next
        Partial, // of a fused loop: what each chunk adds
        Small, // of a fused loop: copies of small operands
        Stages, // of a row pipeline: what lies between its stages
    }

    private Scratch() { }

    ~Scratch()
    {
        foreach (var pointer in pointers)
            NativeMemory.AlignedFree((void*)pointer);
    }

    /// <summary>At least that many elements, 64-byte aligned, with 64 bytes of slack; valid until this thread asks for the same use again.</summary>
    public static T* Rent<T>(Use use, nint elements)
        where T : unmanaged
    {
        var scratch = ofThread ??= new Scratch();
        var bytes = (nuint)elements * (nuint)sizeof(T) + 64;
        if (scratch.sizes[(int)use] < bytes)
            scratch.Grow((int)use, bytes);
        return (T*)scratch.pointers[(int)use];
    }

    private void Grow(int use, nuint bytes)
    {
        bytes += bytes / 4;
        NativeMemory.AlignedFree((void*)pointers[use]);
        sizes[use] = 0;
        pointers[use] = (nint)NativeMemory.AlignedAlloc(bytes, 4096);
        sizes[use] = bytes;
    }
}
