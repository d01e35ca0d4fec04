using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>What emitted loops call besides the operators: truth bytes, partial registers, reductions across a register.</summary>
internal static unsafe class FusedLanes<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
{
    // Set lanes, then as many clear ones: a load that starts in the middle gives a mask of the first lanes.
    private static readonly T* Steps = MakeSteps();

    private static T* MakeSteps()
    {
        var bytes = (nuint)(2 * sizeof(V));
        var steps = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(bytes, 64);
        new Span<byte>(steps, sizeof(V)).Fill(0xff);
        new Span<byte>(steps + sizeof(V), sizeof(V)).Clear();
        return (T*)steps;
    }

    /// <summary>The first lanes of x, the rest filled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V KeepPart(V x, nint count, V fill) => V.Select(V.Load(Steps + (V.Count - count)), x, fill);

    /// <summary>One element in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Repeat(T* from) => V.Create(*from);

    /// <summary>One truth byte in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V RepeatTruth(byte* from) => *from != 0 ? ~V.Create(T.Zero) : V.Create(T.Zero);

    /// <summary>Truth bytes as a mask; a whole register's worth is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadTruth(byte* from)
    {
        if (sizeof(V) == 64 && sizeof(T) == 4)
        {
            var (low, high) = Vector256.Widen(Vector256.WidenLower(Vector128.Load(from).ToVector256Unsafe()));
            var wide = Vector512.Create(low, high);
            return Unsafe.BitCast<Vector512<uint>, V>(~Vector512.Equals(wide, Vector512<uint>.Zero));
        }
        if (sizeof(V) == 32 && sizeof(T) == 4)
        {
            var (low, high) = Vector128.Widen(
                Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(from)).AsByte())
            );
            return Unsafe.BitCast<Vector256<uint>, V>(~Vector256.Equals(Vector256.Create(low, high), Vector256<uint>.Zero));
        }
        return LoadTruthSlowly(from);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V LoadTruthSlowly(byte* from)
    {
        V result = default;
        for (var lane = 0; lane < V.Count; lane++)
            new Span<byte>((T*)&result + lane, sizeof(T)).Fill(from[lane] != 0 ? (byte)0xff : (byte)0);
        return result;
    }

    /// <summary>A mask as truth bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTruth(V mask, byte* to) => TruthBytes.Store(V.Bits(mask), to, V.Count);

    /// <summary>The first lanes of a mask as truth bytes.</summary>
    public static void StoreTruthPart(V mask, byte* to, nint count) => TruthBytes.StorePart(V.Bits(mask), to, (int)count);

    /// <summary>1 where the mask is set, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FromTruth(V mask) => mask & V.Create(T.One);

    /// <summary>A mask of the lanes that are not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ToTruth(V x) => x != V.Create(T.Zero);

    /// <summary>The other lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Not(V mask) => ~mask;

    /// <summary>Where the mask is set x, elsewhere y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Select(V mask, V x, V y) => V.Select(mask, x, y);

    /// <summary>The operation's neutral element in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Neutral<TOperator>()
        where TOperator : struct, IReductionOperator<T> => V.Create(TOperator.Neutral);

    /// <summary>Two registers combined lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<TOperator>(V x, V y)
        where TOperator : struct, IReductionOperator<T> => TOperator.Combine(x, y);

    /// <summary>All lanes combined, the result in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Across<TOperator>(V x)
        where TOperator : struct, IReductionOperator<T> => V.Create(V.Fold<TOperator>(x));

    /// <summary>A function without a SIMD form, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V EachLane<TOperator>(V x)
        where TOperator : struct, IScalarUnary<T, T>
    {
        V result = default;
        for (var lane = 0; lane < V.Count; lane++)
            ((T*)&result)[lane] = TOperator.Invoke(((T*)&x)[lane]);
        return result;
    }

    /// <summary>A function of two operands without a SIMD form, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V EachLane2<TOperator>(V x, V y)
        where TOperator : struct, IScalarBinary<T>
    {
        V result = default;
        for (var lane = 0; lane < V.Count; lane++)
            ((T*)&result)[lane] = TOperator.Invoke(((T*)&x)[lane], ((T*)&y)[lane]);
        return result;
    }
}
