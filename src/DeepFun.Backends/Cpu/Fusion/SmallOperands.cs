using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Small tensors are managed arrays, which may move: emitted code works on copies of them, in memory of the thread's. A frame has no room for those
/// of a wide loop.
/// </summary>
internal unsafe ref struct SmallOperands
{
    private byte* next;

    /// <summary>Room for as many operands.</summary>
    public static SmallOperands Rent(int operands) =>
        new() { next = Scratch.Rent<byte>(Scratch.Use.Small, operands * (CpuStorage.ManagedLimit + 128)) };

    /// <summary>Where an operand lies until the run is over; <paramref name="copy"/>: with what it holds.</summary>
    public byte* In(CpuStorage storage, bool copy = true)
    {
        if (storage.Block is not null)
            return (byte*)Unsafe.AsPointer(ref storage.GetPinnableReference());
        var place = (byte*)(((nint)next + 63) & ~63);
        var bytes = storage.Shape.Size * DTypes.Size(storage.DType);
        if (copy)
            Unsafe.CopyBlockUnaligned(ref *place, ref storage.GetPinnableReference(), (uint)bytes);
        next = place + bytes + 64;
        return place;
    }

    /// <summary>Brings a result back that was written at <paramref name="from"/>.</summary>
    public static void Out(CpuStorage storage, byte* from)
    {
        if (storage.Block is not null)
            return;
        var bytes = storage.Shape.Size * DTypes.Size(storage.DType);
        Unsafe.CopyBlockUnaligned(ref storage.GetPinnableReference(), ref *from, (uint)bytes);
    }
}
