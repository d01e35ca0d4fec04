using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>
/// Philox4x32-10: ten rounds that turn a counter of four words into four random ones, keyed by two words. There is no state: block j of
/// a key can be computed without the blocks before it, so any thread may compute any part. The counter is the number of the block, 64 bits
/// in words 0 and 1; words 2 and 3 are zero. An Int64 key gives its low half as key word 0, its high half as key word 1.
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 4.3.
/// </summary>
internal static unsafe class Philox
{
    /// <summary>Words of a block.</summary>
    public const int Words = 4;

    private const int Rounds = 10;
    private const ulong Multiplier0 = 0xD2511F53;
    private const ulong Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9; // golden ratio
    private const uint Weyl1 = 0xBB67AE85; // √3 − 1

    /// <summary>The blocks of a key from <paramref name="first"/> on, four words each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(uint* words, ulong key, ulong first, int blocks)
    {
        var i = 0;
        if (Avx2.IsSupported)
        {
            for (; i + 8 <= blocks; i += 8)
                Eight(words + Words * i, key, first + (ulong)i);
        }
        for (; i < blocks; i++)
        {
            var counter = first + (ulong)i;
            var to = words + Words * i;
            (to[0], to[1], to[2], to[3]) = Block((uint)counter, (uint)(counter >> 32), 0, 0, (uint)key, (uint)(key >> 32));
        }
    }

    /// <summary>One block for any counter.</summary>
    public static (uint, uint, uint, uint) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var p0 = Multiplier0 * c0;
            var p1 = Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    // Two groups of four blocks side by side, to hide the latency of the multiplications. Each word has 64 bits to itself: the product
    // reads the low half only, so whatever stands in the high half does no harm until the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(uint* words, ulong key, ulong first)
    {
        var a0 = Vector256<ulong>.Indices + Vector256.Create(first);
        var b0 = a0 + Vector256.Create(4ul);
        var (a1, b1) = (a0 >>> 32, b0 >>> 32);
        var (a2, a3, b2, b3) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        var multiplier0 = Vector256.Create(Multiplier0);
        var multiplier1 = Vector256.Create(Multiplier1);
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var key0 = Vector256.Create((ulong)k0);
            var key1 = Vector256.Create((ulong)k1);
            var a02 = Product(a0, multiplier0);
            var a22 = Product(a2, multiplier1);
            var b02 = Product(b0, multiplier0);
            var b22 = Product(b2, multiplier1);
            a0 = (a22 >>> 32) ^ a1 ^ key0;
            a2 = (a02 >>> 32) ^ a3 ^ key1;
            b0 = (b22 >>> 32) ^ b1 ^ key0;
            b2 = (b02 >>> 32) ^ b3 ^ key1;
            (a1, a3, b1, b3) = (a22, a02, b22, b02);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        Store(words, a0, a1, a2, a3);
        Store(words + 4 * Words, b0, b1, b2, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> x, Vector256<ulong> y) => Avx2.Multiply(x.AsUInt32(), y.AsUInt32());

    // Four blocks from four vectors of words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(uint* words, Vector256<ulong> w0, Vector256<ulong> w1, Vector256<ulong> w2, Vector256<ulong> w3)
    {
        var low = Vector256.Create((ulong)uint.MaxValue);
        var first = (w0 & low) | (w1 << 32);
        var second = (w2 & low) | (w3 << 32);
        var even = Avx2.UnpackLow(first, second); // blocks 0 and 2
        var odd = Avx2.UnpackHigh(first, second); // blocks 1 and 3
        Avx2.Permute2x128(even, odd, 0x20).AsUInt32().Store(words);
        Avx2.Permute2x128(even, odd, 0x31).AsUInt32().Store(words + 2 * Words);
    }
}
