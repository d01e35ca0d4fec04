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
    public static void Fill(uint* words, ulong key, ulong first, int blocks)
    {
        for (var i = 0; i < blocks; i++)
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
}
