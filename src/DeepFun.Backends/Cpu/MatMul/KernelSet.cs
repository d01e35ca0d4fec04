using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>The micro-kernels of one vector width: a tile for each number of rows up to <see cref="Rows"/>, one or two vectors wide.</summary>
internal readonly unsafe struct KernelSet<T>
    where T : unmanaged
{
    private const int MaxRows = 12;

    // [edge][vectors - 1][rows]; native, so that a call costs one load.
    private readonly nint* tiles;

    private KernelSet(int rows, int lanes)
    {
        Rows = rows;
        Lanes = lanes;
        tiles = (nint*)NativeMemory.AllocZeroed((nuint)(4 * (MaxRows + 1) * sizeof(nint)));
    }

    /// <summary>The set for this machine.</summary>
    public static KernelSet<T> Best { get; } = KernelSets.Of<T>(KernelSets.BestBits);

    /// <summary>Rows of the largest tile.</summary>
    public int Rows { get; }

    /// <summary>Elements of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Columns of the largest tile.</summary>
    public int Columns => 2 * Lanes;

    /// <summary>
    /// C [rows, width] = (accumulate: +=) A B, for a width up to <see cref="Columns"/>; see <see cref="MicroKernel.Tile"/>.
    /// B is read to the end of the last vector.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Tile(nint rows, nint width, T* a, nint rs, nint cs, T* b, nint bs, T* c, nint ldc, nint k, bool accumulate) =>
        Tile(rows, width, a, rs, cs, b, bs, c, ldc, k, accumulate, b, 0);

    /// <summary>The same; what lies at <paramref name="ahead"/> is fetched meanwhile, a cache line for each of k steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Tile(
        nint rows,
        nint width,
        T* a,
        nint rs,
        nint cs,
        T* b,
        nint bs,
        T* c,
        nint ldc,
        nint k,
        bool accumulate,
        T* ahead,
        nint aheadStep
    )
    {
        var second = width > Lanes ? MaxRows + 1 : 0;
        var last = width - (width > Lanes ? Lanes : 0);
        var edge = last < Lanes ? 2 * (MaxRows + 1) : 0;
        ((delegate* <T*, nint, nint, T*, nint, T*, nint, nint, bool, nint, T*, nint, void>)tiles[edge + second + rows])(
            a,
            rs,
            cs,
            b,
            bs,
            c,
            ldc,
            k,
            accumulate,
            last,
            ahead,
            aheadStep
        );
    }

    internal static KernelSet<T> Build<S, V>(int rows)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        var set = new KernelSet<T>(rows, S.Count);
        Fill<S, V, Size1, Size1>(set.tiles);
        Fill<S, V, Size2, Size1>(set.tiles + MaxRows + 1);
        Fill<S, V, Size1, Size2>(set.tiles + 2 * (MaxRows + 1));
        Fill<S, V, Size2, Size2>(set.tiles + 3 * (MaxRows + 1));
        return set;
    }

    private static void Fill<S, V, C, E>(nint* to)
        where S : struct, ISimd<T, V>
        where V : struct
        where C : unmanaged
        where E : unmanaged
    {
        to[1] = Address<S, V, Size1, C, E>();
        to[2] = Address<S, V, Size2, C, E>();
        to[3] = Address<S, V, Size3, C, E>();
        to[4] = Address<S, V, Size4, C, E>();
        to[5] = Address<S, V, Size5, C, E>();
        to[6] = Address<S, V, Size6, C, E>();
        to[7] = Address<S, V, Size7, C, E>();
        to[8] = Address<S, V, Size8, C, E>();
        to[9] = Address<S, V, Size9, C, E>();
        to[10] = Address<S, V, Size10, C, E>();
        to[11] = Address<S, V, Size11, C, E>();
        to[12] = Address<S, V, Size12, C, E>();
    }

    // A tile is compiled when it is first called.
    private static nint Address<S, V, R, C, E>()
        where S : struct, ISimd<T, V>
        where V : struct
        where R : unmanaged
        where C : unmanaged
        where E : unmanaged =>
        (nint)(delegate* <T*, nint, nint, T*, nint, T*, nint, nint, bool, nint, T*, nint, void>)&MicroKernel.Tile<S, V, T, R, C, E>;
}

/// <summary>The sets that exist.</summary>
internal static class KernelSets
{
    /// <summary>Bits of the vectors with which this machine multiplies and adds fastest.</summary>
    public static int BestBits =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 512
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? 256
        : 128;

    /// <summary>Tiles of 12 × 2 vectors where 32 registers of 512 bits are, 6 × 2 where there are 16 shorter ones.</summary>
    public static KernelSet<T> Of<T>(int bits)
        where T : unmanaged =>
        (KernelSet<T>)(
            (bits, typeof(T) == typeof(float)) switch
            {
                (512, true) => (object)KernelSet<float>.Build<Single512, Vector512<float>>(12),
                (512, false) => KernelSet<double>.Build<Double512, Vector512<double>>(12),
                (256, true) => KernelSet<float>.Build<Single256, Vector256<float>>(6),
                (256, false) => KernelSet<double>.Build<Double256, Vector256<double>>(6),
                (_, true) => KernelSet<float>.Build<Single128, Vector128<float>>(6),
                _ => KernelSet<double>.Build<Double128, Vector128<double>>(6),
            }
        );
}
