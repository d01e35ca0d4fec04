using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>A stretch of a convolution's sum: <see cref="Length"/> terms, from these elements of both operands on.</summary>
internal struct TileRun
{
    public nint Left,
        Right,
        Length;
}

/// <summary>
/// The inner tile of a convolution: as the matrix product's (<see cref="MicroKernel"/>), but the sum goes over several runs of memory, so that
/// patches are read where they lie in the image, and every third row may stand apart from the one before.
/// </summary>
internal static unsafe class ConvolutionTile
{
    /// <summary>
    /// C [rows, columns · vector] = (accumulate: +=) Σ over runs A [rows, run] B [run, columns · vector]. Row i of A starts at
    /// (i / 3) <paramref name="gs"/> + (i % 3) <paramref name="rs"/>, its terms are <paramref name="cs"/> apart; B's rows are contiguous with
    /// <paramref name="bs"/> elements between them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<S, V, T, Rows, Columns>(
        T* left,
        nint rs,
        nint gs,
        nint cs,
        T* right,
        nint bs,
        T* c,
        nint ldc,
        TileRun* run,
        nint runs,
        bool accumulate
    )
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
        where Rows : unmanaged
        where Columns : unmanaged
    {
        var rs2 = 2 * rs;
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
        for (; runs > 0; runs--, run++)
        {
            var a = left + run->Left;
            var a3 = a + gs;
            var a6 = a3 + gs;
            var a9 = a6 + gs;
            var b = right + run->Right;
            for (var k = run->Length; k > 0; k--)
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
                a += cs;
                a3 += cs;
                a6 += cs;
                a9 += cs;
                b += bs;
            }
        }
        MicroKernel.Write<S, V, T, Columns, Size1>(c00, c01, c, accumulate, 0);
        if (sizeof(Rows) > 1)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c10, c11, c, accumulate, 0);
        }
        if (sizeof(Rows) > 2)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c20, c21, c, accumulate, 0);
        }
        if (sizeof(Rows) > 3)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c30, c31, c, accumulate, 0);
        }
        if (sizeof(Rows) > 4)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c40, c41, c, accumulate, 0);
        }
        if (sizeof(Rows) > 5)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c50, c51, c, accumulate, 0);
        }
        if (sizeof(Rows) > 6)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c60, c61, c, accumulate, 0);
        }
        if (sizeof(Rows) > 7)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c70, c71, c, accumulate, 0);
        }
        if (sizeof(Rows) > 8)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c80, c81, c, accumulate, 0);
        }
        if (sizeof(Rows) > 9)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(c90, c91, c, accumulate, 0);
        }
        if (sizeof(Rows) > 10)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(ca0, ca1, c, accumulate, 0);
        }
        if (sizeof(Rows) > 11)
        {
            c += ldc;
            MicroKernel.Write<S, V, T, Columns, Size1>(cb0, cb1, c, accumulate, 0);
        }
    }
}
