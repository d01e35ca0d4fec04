using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Products with rows picked by a list, where a row is up to three runs of up to eight registers. Held rows, whose runs are
/// <c>heldGap</c> elements apart, stay in registers while the list passes; listed rows lie at offsets from one place, their runs <c>gap</c> apart.
/// </summary>
internal static unsafe class SparseRows<S, V>
    where S : struct, ISimd<float, V>
    where V : struct
{
    /// <summary>Registers of a run.</summary>
    public const int MostRegisters = 8;

    /// <summary>Runs of a row.</summary>
    public const int MostRuns = 3;

    private static readonly nint[] Sums = new nint[(MostRuns + 1) * (MostRegisters + 1)];
    private static readonly nint[] Spreads = new nint[(MostRuns + 1) * (MostRegisters + 1)];

    static SparseRows()
    {
        Fill<Size1>(MostRegisters + 1);
        Fill<Size2>(2 * (MostRegisters + 1));
        Fill<Size3>(3 * (MostRegisters + 1));
    }

    private static void Fill<R>(int at)
        where R : unmanaged
    {
        Set<R, Size1>(at + 1);
        Set<R, Size2>(at + 2);
        Set<R, Size3>(at + 3);
        Set<R, Size4>(at + 4);
        Set<R, Size5>(at + 5);
        Set<R, Size6>(at + 6);
        Set<R, Size7>(at + 7);
        Set<R, Size8>(at + 8);
    }

    private static void Set<R, N>(int at)
        where R : unmanaged
        where N : unmanaged
    {
        Sums[at] = (nint)(delegate* <float*, nint, float*, nint, int*, float*, nint, void>)&Sum<R, N>;
        Spreads[at] = (nint)(delegate* <float*, nint, float*, nint, int*, float*, nint, void>)&Spread<R, N>;
    }

    /// <summary>held += Σ values[i] · rows[offsets[i]], for that many runs of that many registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(
        nint runs,
        nint registers,
        float* held,
        nint heldGap,
        float* rows,
        nint gap,
        int* offsets,
        float* values,
        nint count
    ) =>
        ((delegate* <float*, nint, float*, nint, int*, float*, nint, void>)Sums[runs * (MostRegisters + 1) + registers])(
            held,
            heldGap,
            rows,
            gap,
            offsets,
            values,
            count
        );

    /// <summary>rows[offsets[i]] += values[i] · held for each i in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread(
        nint runs,
        nint registers,
        float* held,
        nint heldGap,
        float* rows,
        nint gap,
        int* offsets,
        float* values,
        nint count
    ) =>
        ((delegate* <float*, nint, float*, nint, int*, float*, nint, void>)Spreads[runs * (MostRegisters + 1) + registers])(
            held,
            heldGap,
            rows,
            gap,
            offsets,
            values,
            count
        );

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<R, N>(float* held, nint heldGap, float* rows, nint gap, int* offsets, float* values, nint count)
        where R : unmanaged
        where N : unmanaged
    {
        var held1 = held + heldGap;
        var held2 = held1 + heldGap;
        var gap2 = 2 * gap;
        V h00 = S.Load(held);
        V h01 = sizeof(N) > 1 ? S.Load(held + S.Count) : default;
        V h02 = sizeof(N) > 2 ? S.Load(held + 2 * S.Count) : default;
        V h03 = sizeof(N) > 3 ? S.Load(held + 3 * S.Count) : default;
        V h04 = sizeof(N) > 4 ? S.Load(held + 4 * S.Count) : default;
        V h05 = sizeof(N) > 5 ? S.Load(held + 5 * S.Count) : default;
        V h06 = sizeof(N) > 6 ? S.Load(held + 6 * S.Count) : default;
        V h07 = sizeof(N) > 7 ? S.Load(held + 7 * S.Count) : default;
        V h10 = sizeof(R) > 1 ? S.Load(held1) : default;
        V h11 = sizeof(R) > 1 && sizeof(N) > 1 ? S.Load(held1 + S.Count) : default;
        V h12 = sizeof(R) > 1 && sizeof(N) > 2 ? S.Load(held1 + 2 * S.Count) : default;
        V h13 = sizeof(R) > 1 && sizeof(N) > 3 ? S.Load(held1 + 3 * S.Count) : default;
        V h14 = sizeof(R) > 1 && sizeof(N) > 4 ? S.Load(held1 + 4 * S.Count) : default;
        V h15 = sizeof(R) > 1 && sizeof(N) > 5 ? S.Load(held1 + 5 * S.Count) : default;
        V h16 = sizeof(R) > 1 && sizeof(N) > 6 ? S.Load(held1 + 6 * S.Count) : default;
        V h17 = sizeof(R) > 1 && sizeof(N) > 7 ? S.Load(held1 + 7 * S.Count) : default;
        V h20 = sizeof(R) > 2 ? S.Load(held2) : default;
        V h21 = sizeof(R) > 2 && sizeof(N) > 1 ? S.Load(held2 + S.Count) : default;
        V h22 = sizeof(R) > 2 && sizeof(N) > 2 ? S.Load(held2 + 2 * S.Count) : default;
        V h23 = sizeof(R) > 2 && sizeof(N) > 3 ? S.Load(held2 + 3 * S.Count) : default;
        V h24 = sizeof(R) > 2 && sizeof(N) > 4 ? S.Load(held2 + 4 * S.Count) : default;
        V h25 = sizeof(R) > 2 && sizeof(N) > 5 ? S.Load(held2 + 5 * S.Count) : default;
        V h26 = sizeof(R) > 2 && sizeof(N) > 6 ? S.Load(held2 + 6 * S.Count) : default;
        V h27 = sizeof(R) > 2 && sizeof(N) > 7 ? S.Load(held2 + 7 * S.Count) : default;
        for (nint i = 0; i < count; i++)
        {
            var x = S.Broadcast(values + i);
            var row = rows + offsets[i];
            h00 = S.MultiplyAdd(x, S.Load(row), h00);
            if (sizeof(N) > 1)
                h01 = S.MultiplyAdd(x, S.Load(row + S.Count), h01);
            if (sizeof(N) > 2)
                h02 = S.MultiplyAdd(x, S.Load(row + 2 * S.Count), h02);
            if (sizeof(N) > 3)
                h03 = S.MultiplyAdd(x, S.Load(row + 3 * S.Count), h03);
            if (sizeof(N) > 4)
                h04 = S.MultiplyAdd(x, S.Load(row + 4 * S.Count), h04);
            if (sizeof(N) > 5)
                h05 = S.MultiplyAdd(x, S.Load(row + 5 * S.Count), h05);
            if (sizeof(N) > 6)
                h06 = S.MultiplyAdd(x, S.Load(row + 6 * S.Count), h06);
            if (sizeof(N) > 7)
                h07 = S.MultiplyAdd(x, S.Load(row + 7 * S.Count), h07);
            if (sizeof(R) > 1)
                h10 = S.MultiplyAdd(x, S.Load(row + gap), h10);
            if (sizeof(R) > 1 && sizeof(N) > 1)
                h11 = S.MultiplyAdd(x, S.Load(row + gap + S.Count), h11);
            if (sizeof(R) > 1 && sizeof(N) > 2)
                h12 = S.MultiplyAdd(x, S.Load(row + gap + 2 * S.Count), h12);
            if (sizeof(R) > 1 && sizeof(N) > 3)
                h13 = S.MultiplyAdd(x, S.Load(row + gap + 3 * S.Count), h13);
            if (sizeof(R) > 1 && sizeof(N) > 4)
                h14 = S.MultiplyAdd(x, S.Load(row + gap + 4 * S.Count), h14);
            if (sizeof(R) > 1 && sizeof(N) > 5)
                h15 = S.MultiplyAdd(x, S.Load(row + gap + 5 * S.Count), h15);
            if (sizeof(R) > 1 && sizeof(N) > 6)
                h16 = S.MultiplyAdd(x, S.Load(row + gap + 6 * S.Count), h16);
            if (sizeof(R) > 1 && sizeof(N) > 7)
                h17 = S.MultiplyAdd(x, S.Load(row + gap + 7 * S.Count), h17);
            if (sizeof(R) > 2)
                h20 = S.MultiplyAdd(x, S.Load(row + gap2), h20);
            if (sizeof(R) > 2 && sizeof(N) > 1)
                h21 = S.MultiplyAdd(x, S.Load(row + gap2 + S.Count), h21);
            if (sizeof(R) > 2 && sizeof(N) > 2)
                h22 = S.MultiplyAdd(x, S.Load(row + gap2 + 2 * S.Count), h22);
            if (sizeof(R) > 2 && sizeof(N) > 3)
                h23 = S.MultiplyAdd(x, S.Load(row + gap2 + 3 * S.Count), h23);
            if (sizeof(R) > 2 && sizeof(N) > 4)
                h24 = S.MultiplyAdd(x, S.Load(row + gap2 + 4 * S.Count), h24);
            if (sizeof(R) > 2 && sizeof(N) > 5)
                h25 = S.MultiplyAdd(x, S.Load(row + gap2 + 5 * S.Count), h25);
            if (sizeof(R) > 2 && sizeof(N) > 6)
                h26 = S.MultiplyAdd(x, S.Load(row + gap2 + 6 * S.Count), h26);
            if (sizeof(R) > 2 && sizeof(N) > 7)
                h27 = S.MultiplyAdd(x, S.Load(row + gap2 + 7 * S.Count), h27);
        }
        S.Store(h00, held);
        if (sizeof(N) > 1)
            S.Store(h01, held + S.Count);
        if (sizeof(N) > 2)
            S.Store(h02, held + 2 * S.Count);
        if (sizeof(N) > 3)
            S.Store(h03, held + 3 * S.Count);
        if (sizeof(N) > 4)
            S.Store(h04, held + 4 * S.Count);
        if (sizeof(N) > 5)
            S.Store(h05, held + 5 * S.Count);
        if (sizeof(N) > 6)
            S.Store(h06, held + 6 * S.Count);
        if (sizeof(N) > 7)
            S.Store(h07, held + 7 * S.Count);
        if (sizeof(R) > 1)
            S.Store(h10, held1);
        if (sizeof(R) > 1 && sizeof(N) > 1)
            S.Store(h11, held1 + S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 2)
            S.Store(h12, held1 + 2 * S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 3)
            S.Store(h13, held1 + 3 * S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 4)
            S.Store(h14, held1 + 4 * S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 5)
            S.Store(h15, held1 + 5 * S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 6)
            S.Store(h16, held1 + 6 * S.Count);
        if (sizeof(R) > 1 && sizeof(N) > 7)
            S.Store(h17, held1 + 7 * S.Count);
        if (sizeof(R) > 2)
            S.Store(h20, held2);
        if (sizeof(R) > 2 && sizeof(N) > 1)
            S.Store(h21, held2 + S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 2)
            S.Store(h22, held2 + 2 * S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 3)
            S.Store(h23, held2 + 3 * S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 4)
            S.Store(h24, held2 + 4 * S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 5)
            S.Store(h25, held2 + 5 * S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 6)
            S.Store(h26, held2 + 6 * S.Count);
        if (sizeof(R) > 2 && sizeof(N) > 7)
            S.Store(h27, held2 + 7 * S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread<R, N>(float* held, nint heldGap, float* rows, nint gap, int* offsets, float* values, nint count)
        where R : unmanaged
        where N : unmanaged
    {
        var held1 = held + heldGap;
        var held2 = held1 + heldGap;
        var gap2 = 2 * gap;
        V h00 = S.Load(held);
        V h01 = sizeof(N) > 1 ? S.Load(held + S.Count) : default;
        V h02 = sizeof(N) > 2 ? S.Load(held + 2 * S.Count) : default;
        V h03 = sizeof(N) > 3 ? S.Load(held + 3 * S.Count) : default;
        V h04 = sizeof(N) > 4 ? S.Load(held + 4 * S.Count) : default;
        V h05 = sizeof(N) > 5 ? S.Load(held + 5 * S.Count) : default;
        V h06 = sizeof(N) > 6 ? S.Load(held + 6 * S.Count) : default;
        V h07 = sizeof(N) > 7 ? S.Load(held + 7 * S.Count) : default;
        V h10 = sizeof(R) > 1 ? S.Load(held1) : default;
        V h11 = sizeof(R) > 1 && sizeof(N) > 1 ? S.Load(held1 + S.Count) : default;
        V h12 = sizeof(R) > 1 && sizeof(N) > 2 ? S.Load(held1 + 2 * S.Count) : default;
        V h13 = sizeof(R) > 1 && sizeof(N) > 3 ? S.Load(held1 + 3 * S.Count) : default;
        V h14 = sizeof(R) > 1 && sizeof(N) > 4 ? S.Load(held1 + 4 * S.Count) : default;
        V h15 = sizeof(R) > 1 && sizeof(N) > 5 ? S.Load(held1 + 5 * S.Count) : default;
        V h16 = sizeof(R) > 1 && sizeof(N) > 6 ? S.Load(held1 + 6 * S.Count) : default;
        V h17 = sizeof(R) > 1 && sizeof(N) > 7 ? S.Load(held1 + 7 * S.Count) : default;
        V h20 = sizeof(R) > 2 ? S.Load(held2) : default;
        V h21 = sizeof(R) > 2 && sizeof(N) > 1 ? S.Load(held2 + S.Count) : default;
        V h22 = sizeof(R) > 2 && sizeof(N) > 2 ? S.Load(held2 + 2 * S.Count) : default;
        V h23 = sizeof(R) > 2 && sizeof(N) > 3 ? S.Load(held2 + 3 * S.Count) : default;
        V h24 = sizeof(R) > 2 && sizeof(N) > 4 ? S.Load(held2 + 4 * S.Count) : default;
        V h25 = sizeof(R) > 2 && sizeof(N) > 5 ? S.Load(held2 + 5 * S.Count) : default;
        V h26 = sizeof(R) > 2 && sizeof(N) > 6 ? S.Load(held2 + 6 * S.Count) : default;
        V h27 = sizeof(R) > 2 && sizeof(N) > 7 ? S.Load(held2 + 7 * S.Count) : default;
        for (nint i = 0; i < count; i++)
        {
            var x = S.Broadcast(values + i);
            var row = rows + offsets[i];
            S.Store(S.MultiplyAdd(x, h00, S.Load(row)), row);
            if (sizeof(N) > 1)
                S.Store(S.MultiplyAdd(x, h01, S.Load(row + S.Count)), row + S.Count);
            if (sizeof(N) > 2)
                S.Store(S.MultiplyAdd(x, h02, S.Load(row + 2 * S.Count)), row + 2 * S.Count);
            if (sizeof(N) > 3)
                S.Store(S.MultiplyAdd(x, h03, S.Load(row + 3 * S.Count)), row + 3 * S.Count);
            if (sizeof(N) > 4)
                S.Store(S.MultiplyAdd(x, h04, S.Load(row + 4 * S.Count)), row + 4 * S.Count);
            if (sizeof(N) > 5)
                S.Store(S.MultiplyAdd(x, h05, S.Load(row + 5 * S.Count)), row + 5 * S.Count);
            if (sizeof(N) > 6)
                S.Store(S.MultiplyAdd(x, h06, S.Load(row + 6 * S.Count)), row + 6 * S.Count);
            if (sizeof(N) > 7)
                S.Store(S.MultiplyAdd(x, h07, S.Load(row + 7 * S.Count)), row + 7 * S.Count);
            if (sizeof(R) > 1)
                S.Store(S.MultiplyAdd(x, h10, S.Load(row + gap)), row + gap);
            if (sizeof(R) > 1 && sizeof(N) > 1)
                S.Store(S.MultiplyAdd(x, h11, S.Load(row + gap + S.Count)), row + gap + S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 2)
                S.Store(S.MultiplyAdd(x, h12, S.Load(row + gap + 2 * S.Count)), row + gap + 2 * S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 3)
                S.Store(S.MultiplyAdd(x, h13, S.Load(row + gap + 3 * S.Count)), row + gap + 3 * S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 4)
                S.Store(S.MultiplyAdd(x, h14, S.Load(row + gap + 4 * S.Count)), row + gap + 4 * S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 5)
                S.Store(S.MultiplyAdd(x, h15, S.Load(row + gap + 5 * S.Count)), row + gap + 5 * S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 6)
                S.Store(S.MultiplyAdd(x, h16, S.Load(row + gap + 6 * S.Count)), row + gap + 6 * S.Count);
            if (sizeof(R) > 1 && sizeof(N) > 7)
                S.Store(S.MultiplyAdd(x, h17, S.Load(row + gap + 7 * S.Count)), row + gap + 7 * S.Count);
            if (sizeof(R) > 2)
                S.Store(S.MultiplyAdd(x, h20, S.Load(row + gap2)), row + gap2);
            if (sizeof(R) > 2 && sizeof(N) > 1)
                S.Store(S.MultiplyAdd(x, h21, S.Load(row + gap2 + S.Count)), row + gap2 + S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 2)
                S.Store(S.MultiplyAdd(x, h22, S.Load(row + gap2 + 2 * S.Count)), row + gap2 + 2 * S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 3)
                S.Store(S.MultiplyAdd(x, h23, S.Load(row + gap2 + 3 * S.Count)), row + gap2 + 3 * S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 4)
                S.Store(S.MultiplyAdd(x, h24, S.Load(row + gap2 + 4 * S.Count)), row + gap2 + 4 * S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 5)
                S.Store(S.MultiplyAdd(x, h25, S.Load(row + gap2 + 5 * S.Count)), row + gap2 + 5 * S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 6)
                S.Store(S.MultiplyAdd(x, h26, S.Load(row + gap2 + 6 * S.Count)), row + gap2 + 6 * S.Count);
            if (sizeof(R) > 2 && sizeof(N) > 7)
                S.Store(S.MultiplyAdd(x, h27, S.Load(row + gap2 + 7 * S.Count)), row + gap2 + 7 * S.Count);
        }
    }
}
