using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>From mask bits to Bool elements, bytes of 0 or 1.</summary>
internal static unsafe class TruthBytes
{
    /// <summary>Writes a full register's worth: 2, 4, 8 or a multiple of 8 elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong bits, byte* to, int count)
    {
        if (count == 2)
            Unsafe.WriteUnaligned(to, (ushort)Spread(bits));
        else if (count == 4)
            Unsafe.WriteUnaligned(to, (uint)Spread(bits));
        else
        {
            for (var i = 0; i < count; i += 8)
                Unsafe.WriteUnaligned(to + i, Spread(bits >> i));
        }
    }

    /// <summary>Writes any number of elements up to 64.</summary>
    public static void StorePart(ulong bits, byte* to, int count)
    {
        for (var i = 0; i < count; i++)
            to[i] = (byte)((bits >> i) & 1);
    }

    // The lowest eight bits, each into the lowest bit of its own byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(ulong bits)
    {
        const ulong Ones = 0x0101010101010101;
        if (Bmi2.X64.IsSupported)
            return Bmi2.X64.ParallelBitDeposit(bits, Ones);
        // A copy to every byte, one bit of it kept in each; adding 127 carries it to the top.
        var kept = ((bits & 0xff) * Ones) & 0x8040201008040201;
        return ((((kept & 0x7f7f7f7f7f7f7f7f) + 0x7f7f7f7f7f7f7f7f) | kept) >> 7) & Ones;
    }
}
