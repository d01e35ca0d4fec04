using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The inner tile of a matrix product: Rows × Columns vectors of C stay in registers while k runs.
/// Rows and Columns are types whose size is the number, so that the compiler drops what a smaller tile does not need. Edge: of size 2
/// where only the first elements of the last vector belong to C, else of size 1.
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>
    /// C [rows, columns · vector] = (accumulate: +=) A [rows, k] B [k, columns · vector].
    /// A by its strides; B's rows are contiguous with <paramref name="bs"/> elements between them, and are read to the end of the vector.
    /// Of each row of C <paramref name="last"/> elements of the last vector are touched when the tile is one of the edge.
    /// Each step of k asks for the cache line at <paramref name="ahead"/>, which then moves on by <paramref name="aheadStep"/> elements.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<S, V, T, Rows, Columns, Edge>(
        T* a,
        nint rs,
        nint cs,
        T* b,
        nint bs,
        T* c,
        nint ldc,
        nint k,
        bool accumulate,
        nint last,
        T* ahead,
        nint aheadStep
    )
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
        where Rows : unmanaged
        where Columns : unmanaged
        where Edge : unmanaged
    {
        var rs2 = 2 * rs;
        var a3 = a + 3 * rs;
        var a6 = a3 + 3 * rs;
        var a9 = a6 + 3 * rs;
        V c00 = default,
            c01 = default,
            c10 = default,
            c11 = default,
            c20 = default,
            c21 = default,
            c30 = default,
            c31 = default,
            c40 = default,
            c41 = default,
            c50 = default,
            c51 = default,
            c60 = default,
            c61 = default,
            c70 = default,
            c71 = default,
            c80 = default,
            c81 = default,
            c90 = default,
            c91 = default,
            ca0 = default,
            ca1 = default,
            cb0 = default,
            cb1 = default;
        // C is fetched while the sums run; for short sums the requests cost more than they bring.
        if (Sse.IsSupported && k >= 64)
        {
            var row = c;
            Prefetch<S, V, T, Columns>(row);
            if (sizeof(Rows) > 1)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 2)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 3)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 4)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 5)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 6)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 7)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 8)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 9)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 10)
                Prefetch<S, V, T, Columns>(row += ldc);
            if (sizeof(Rows) > 11)
                Prefetch<S, V, T, Columns>(row += ldc);
        }
        for (; k > 0; k--)
        {
            var b0 = S.Load(b);
            var b1 = sizeof(Columns) > 1 ? S.Load(b + S.Count) : default;
            V x;
            x = S.Broadcast(a);
            c00 = S.MultiplyAdd(x, b0, c00);
            if (sizeof(Columns) > 1)
                c01 = S.MultiplyAdd(x, b1, c01);
            if (sizeof(Rows) > 1)
            {
                x = S.Broadcast(a + rs);
                c10 = S.MultiplyAdd(x, b0, c10);
                if (sizeof(Columns) > 1)
                    c11 = S.MultiplyAdd(x, b1, c11);
            }
            if (sizeof(Rows) > 2)
            {
                x = S.Broadcast(a + rs2);
                c20 = S.MultiplyAdd(x, b0, c20);
                if (sizeof(Columns) > 1)
                    c21 = S.MultiplyAdd(x, b1, c21);
            }
            if (sizeof(Rows) > 3)
            {
                x = S.Broadcast(a3);
                c30 = S.MultiplyAdd(x, b0, c30);
                if (sizeof(Columns) > 1)
                    c31 = S.MultiplyAdd(x, b1, c31);
            }
            if (sizeof(Rows) > 4)
            {
                x = S.Broadcast(a3 + rs);
                c40 = S.MultiplyAdd(x, b0, c40);
                if (sizeof(Columns) > 1)
                    c41 = S.MultiplyAdd(x, b1, c41);
            }
            if (sizeof(Rows) > 5)
            {
                x = S.Broadcast(a3 + rs2);
                c50 = S.MultiplyAdd(x, b0, c50);
                if (sizeof(Columns) > 1)
                    c51 = S.MultiplyAdd(x, b1, c51);
            }
            if (sizeof(Rows) > 6)
            {
                x = S.Broadcast(a6);
                c60 = S.MultiplyAdd(x, b0, c60);
                if (sizeof(Columns) > 1)
                    c61 = S.MultiplyAdd(x, b1, c61);
            }
            if (sizeof(Rows) > 7)
            {
                x = S.Broadcast(a6 + rs);
                c70 = S.MultiplyAdd(x, b0, c70);
                if (sizeof(Columns) > 1)
                    c71 = S.MultiplyAdd(x, b1, c71);
            }
            if (sizeof(Rows) > 8)
            {
                x = S.Broadcast(a6 + rs2);
                c80 = S.MultiplyAdd(x, b0, c80);
                if (sizeof(Columns) > 1)
                    c81 = S.MultiplyAdd(x, b1, c81);
            }
            if (sizeof(Rows) > 9)
            {
                x = S.Broadcast(a9);
                c90 = S.MultiplyAdd(x, b0, c90);
                if (sizeof(Columns) > 1)
                    c91 = S.MultiplyAdd(x, b1, c91);
            }
            if (sizeof(Rows) > 10)
            {
                x = S.Broadcast(a9 + rs);
                ca0 = S.MultiplyAdd(x, b0, ca0);
                if (sizeof(Columns) > 1)
                    ca1 = S.MultiplyAdd(x, b1, ca1);
            }
            if (sizeof(Rows) > 11)
            {
                x = S.Broadcast(a9 + rs2);
                cb0 = S.MultiplyAdd(x, b0, cb0);
                if (sizeof(Columns) > 1)
                    cb1 = S.MultiplyAdd(x, b1, cb1);
            }
            if (Sse.IsSupported)
                Sse.Prefetch1(ahead);
            ahead += aheadStep;
            a += cs;
            a3 += cs;
            a6 += cs;
            a9 += cs;
            b += bs;
        }
        Write<S, V, T, Columns, Edge>(c00, c01, c, accumulate, last);
        if (sizeof(Rows) > 1)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c10, c11, c, accumulate, last);
        }
        if (sizeof(Rows) > 2)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c20, c21, c, accumulate, last);
        }
        if (sizeof(Rows) > 3)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c30, c31, c, accumulate, last);
        }
        if (sizeof(Rows) > 4)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c40, c41, c, accumulate, last);
        }
        if (sizeof(Rows) > 5)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c50, c51, c, accumulate, last);
        }
        if (sizeof(Rows) > 6)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c60, c61, c, accumulate, last);
        }
        if (sizeof(Rows) > 7)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c70, c71, c, accumulate, last);
        }
        if (sizeof(Rows) > 8)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c80, c81, c, accumulate, last);
        }
        if (sizeof(Rows) > 9)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(c90, c91, c, accumulate, last);
        }
        if (sizeof(Rows) > 10)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(ca0, ca1, c, accumulate, last);
        }
        if (sizeof(Rows) > 11)
        {
            c += ldc;
            Write<S, V, T, Columns, Edge>(cb0, cb1, c, accumulate, last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<S, V, T, Columns>(T* c)
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
        where Columns : unmanaged
    {
        Sse.Prefetch0(c);
        if (sizeof(Columns) > 1)
            Sse.Prefetch0(c + S.Count);
    }

    /// <summary>to [count] = (accumulate: +=) the first elements of x, all of them if there are as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteFirst<S, V, T>(V x, T* to, nint count, bool accumulate)
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
    {
        if (count >= S.Count)
            S.Store(accumulate ? S.Add(S.Load(to), x) : x, to);
        else
            S.StorePart(accumulate ? S.Add(S.LoadPart(to, count), x) : x, to, count);
    }

    /// <summary>
    /// C [columns · vector] = (accumulate: +=) x0, x1. Where <c>Edge</c> is larger than one byte, the last vector has <paramref name="last"/> elements.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<S, V, T, Columns, Edge>(V x0, V x1, T* c, bool accumulate, nint last)
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
        where Columns : unmanaged
        where Edge : unmanaged
    {
        if (sizeof(Columns) > 1)
        {
            WriteFull<S, V, T>(x0, c, accumulate);
            x0 = x1;
            c += S.Count;
        }
        if (sizeof(Edge) > 1)
            S.StorePart(accumulate ? S.Add(x0, S.LoadPart(c, last)) : x0, c, last);
        else
            WriteFull<S, V, T>(x0, c, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteFull<S, V, T>(V x, T* c, bool accumulate)
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged => S.Store(accumulate ? S.Add(x, S.Load(c)) : x, c);
}

[StructLayout(LayoutKind.Sequential, Size = 1)]
internal readonly struct Size1;

[StructLayout(LayoutKind.Sequential, Size = 2)]
internal readonly struct Size2;

[StructLayout(LayoutKind.Sequential, Size = 3)]
internal readonly struct Size3;

[StructLayout(LayoutKind.Sequential, Size = 4)]
internal readonly struct Size4;

[StructLayout(LayoutKind.Sequential, Size = 5)]
internal readonly struct Size5;

[StructLayout(LayoutKind.Sequential, Size = 6)]
internal readonly struct Size6;

[StructLayout(LayoutKind.Sequential, Size = 7)]
internal readonly struct Size7;

[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct Size8;

[StructLayout(LayoutKind.Sequential, Size = 9)]
internal readonly struct Size9;

[StructLayout(LayoutKind.Sequential, Size = 10)]
internal readonly struct Size10;

[StructLayout(LayoutKind.Sequential, Size = 11)]
internal readonly struct Size11;

[StructLayout(LayoutKind.Sequential, Size = 12)]
internal readonly struct Size12;
