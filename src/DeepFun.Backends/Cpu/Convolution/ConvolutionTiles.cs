using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>The tiles of one vector width: one for each number of rows up to <see cref="Rows"/>, one or two vectors wide.</summary>
internal readonly unsafe struct ConvolutionTiles<T>
    where T : unmanaged
{
    private const int MaxRows = 12;

    // [vectors - 1][rows]; native, so that a call costs one load.
    private readonly nint* tiles;

    private ConvolutionTiles(int rows, int lanes)
    {
        Rows = rows;
        Lanes = lanes;
        tiles = (nint*)NativeMemory.AllocZeroed((nuint)(2 * (MaxRows + 1) * sizeof(nint)));
    }

    /// <summary>The set for this machine.</summary>
    public static ConvolutionTiles<T> Best { get; } = ConvolutionTileSets.Of<T>(KernelSets.BestBits);

    /// <summary>Rows of the largest tile, a multiple of three.</summary>
    public int Rows { get; }

    /// <summary>Elements of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Columns of the largest tile.</summary>
    public int Columns => 2 * Lanes;

    /// <summary>C [rows, vectors · Lanes] = (accumulate: +=) the sum over the runs; see <see cref="ConvolutionTile.Sum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sum(
        nint rows,
        nint vectors,
        T* a,
        nint rs,
        nint gs,
        nint cs,
        T* b,
        nint bs,
        T* c,
        nint ldc,
        TileRun* runs,
        nint count,
        bool accumulate
    ) =>
        ((delegate* <T*, nint, nint, nint, T*, nint, T*, nint, TileRun*, nint, bool, void>)tiles[(vectors - 1) * (MaxRows + 1) + rows])(
            a,
            rs,
            gs,
            cs,
            b,
            bs,
            c,
            ldc,
            runs,
            count,
            accumulate
        );

    internal static ConvolutionTiles<T> Build<S, V>(int rows)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        var set = new ConvolutionTiles<T>(rows, S.Count);
        Fill<S, V, Size1>(set.tiles);
        Fill<S, V, Size2>(set.tiles + MaxRows + 1);
        return set;
    }

    private static void Fill<S, V, C>(nint* to)
        where S : struct, ISimd<T, V>
        where V : struct
        where C : unmanaged
    {
        to[1] = Address<S, V, Size1, C>();
        to[2] = Address<S, V, Size2, C>();
        to[3] = Address<S, V, Size3, C>();
        to[4] = Address<S, V, Size4, C>();
        to[5] = Address<S, V, Size5, C>();
        to[6] = Address<S, V, Size6, C>();
        to[7] = Address<S, V, Size7, C>();
        to[8] = Address<S, V, Size8, C>();
        to[9] = Address<S, V, Size9, C>();
        to[10] = Address<S, V, Size10, C>();
        to[11] = Address<S, V, Size11, C>();
        to[12] = Address<S, V, Size12, C>();
    }

    // A tile is compiled when it is first called.
    private static nint Address<S, V, R, C>()
        where S : struct, ISimd<T, V>
        where V : struct
        where R : unmanaged
        where C : unmanaged =>
        (nint)(delegate* <T*, nint, nint, nint, T*, nint, T*, nint, TileRun*, nint, bool, void>)&ConvolutionTile.Sum<S, V, T, R, C>;
}

/// <summary>The sets that exist.</summary>
internal static class ConvolutionTileSets
{
    /// <summary>Tiles of 12 × 2 vectors where 32 registers of 512 bits are, 6 × 2 where there are 16 shorter ones.</summary>
    public static ConvolutionTiles<T> Of<T>(int bits)
        where T : unmanaged =>
        (ConvolutionTiles<T>)(
            (bits, typeof(T) == typeof(float)) switch
            {
                (512, true) => (object)ConvolutionTiles<float>.Build<Single512, Vector512<float>>(12),
                (512, false) => ConvolutionTiles<double>.Build<Double512, Vector512<double>>(12),
                (256, true) => ConvolutionTiles<float>.Build<Single256, Vector256<float>>(6),
                (256, false) => ConvolutionTiles<double>.Build<Double256, Vector256<double>>(6),
                (_, true) => ConvolutionTiles<float>.Build<Single128, Vector128<float>>(6),
                _ => ConvolutionTiles<double>.Build<Double128, Vector128<double>>(6),
            }
        );
}
