using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>
/// As many uniform and normal numbers as one element of a sample needs: blocks of Philox whose counter is the element's number (words 0 and 1),
/// the number of the block (word 2) and 1 (word 3), so that no block serves two elements, nor a tensor of plain random values of the same key.
/// </summary>
internal struct WordStream(ulong key, ulong element)
{
    private const uint Purpose = 1;
    private const double Step52 = 1.0 / (1L << 52);
    private uint block;
    private double waiting;
    private bool hasWaiting;

    /// <summary>Uniform in (0, 1): 52 bits and a half, so that neither bound comes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Uniform()
    {
        if (hasWaiting)
        {
            hasWaiting = false;
            return waiting;
        }
        var (first, second) = Pair();
        (waiting, hasWaiting) = (second, true);
        return first;
    }

    /// <summary>Two independent standard normal numbers.</summary>
    public (double, double) Normals()
    {
        var (u1, u2) = Pair();
        var (cosine, sine) = BoxMuller.Pairs(Vector256.Create(u1), Vector256.Create(u2));
        return (cosine.ToScalar(), sine.ToScalar());
    }

    private (double, double) Pair()
    {
        var (w0, w1, w2, w3) = Philox.Block((uint)element, (uint)(element >> 32), block++, Purpose, (uint)key, (uint)(key >> 32));
        return (Unit(w0, w1), Unit(w2, w3));
    }

    private static double Unit(uint low, uint high) => (((low | ((ulong)high << 32)) >> 12) + 0.5) * Step52;
}
