using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One row times a matrix whose rows lie along memory: all of it is read once, as it lies, so that its bandwidth is what counts. Several sums are
/// under way at a time, each in the order of the tiles, so that an example alone gives the bits that it gives in a batch.
/// </summary>
internal static unsafe class MatMulRow
{
    /// <summary>c [n] = (accumulate: +=) a [1, k] B [k, n]. B's rows are read up to a vector past their end.</summary>
    public static void Multiply<T>(nint n, nint k, MatrixView<T> a, MatrixView<T> b, T* c, bool accumulate)
        where T : unmanaged
    {
        var (x, y) = ((nint)a.Data, (nint)b.Data);
        var (xStride, yStride) = (a.ColumnStride, b.RowStride);
        if (typeof(T) == typeof(float))
        {
            if (KernelSets.BestBits == 512)
                Row<Single512, Vector512<float>, float>.Multiply(n, k, (float*)x, xStride, (float*)y, yStride, (float*)c, accumulate);
            else if (KernelSets.BestBits == 256)
                Row<Single256, Vector256<float>, float>.Multiply(n, k, (float*)x, xStride, (float*)y, yStride, (float*)c, accumulate);
            else
                Row<Single128, Vector128<float>, float>.Multiply(n, k, (float*)x, xStride, (float*)y, yStride, (float*)c, accumulate);
        }
        else if (KernelSets.BestBits == 512)
            Row<Double512, Vector512<double>, double>.Multiply(n, k, (double*)x, xStride, (double*)y, yStride, (double*)c, accumulate);
        else if (KernelSets.BestBits == 256)
            Row<Double256, Vector256<double>, double>.Multiply(n, k, (double*)x, xStride, (double*)y, yStride, (double*)c, accumulate);
        else
            Row<Double128, Vector128<double>, double>.Multiply(n, k, (double*)x, xStride, (double*)y, yStride, (double*)c, accumulate);
    }

    // Elements of B that do not stay in the second-level cache beside what else is there.
    private const nint FarRight = 1 << 17;

    private static class Row<S, V, T>
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
    {
        public static void Multiply(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        {
            if (n >= 16 * S.Count && n * k >= FarRight)
            {
                Sweep(n, k, a, aStride, b, bStride, c, accumulate);
                return;
            }
            for (nint j = 0; j < n; j += 8 * S.Count)
                Strip(n - j, k, a, aStride, b + j, bStride, c + j, accumulate);
        }

        private static void Strip(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        {
            if (n > 7 * S.Count)
                Strip<Size8>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > 6 * S.Count)
                Strip<Size7>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > 5 * S.Count)
                Strip<Size6>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > 4 * S.Count)
                Strip<Size5>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > 3 * S.Count)
                Strip<Size4>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > 2 * S.Count)
                Strip<Size3>(n, k, a, aStride, b, bStride, c, accumulate);
            else if (n > S.Count)
                Strip<Size2>(n, k, a, aStride, b, bStride, c, accumulate);
            else
                Strip<Size1>(n, k, a, aStride, b, bStride, c, accumulate);
        }

        // A strip of as many vectors as Vectors has bytes; of the last one, n says how much belongs to c.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Strip<Vectors>(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
            where Vectors : unmanaged
        {
            var (s0, s1, s2, s3) = (default(V), default(V), default(V), default(V));
            var (s4, s5, s6, s7) = (default(V), default(V), default(V), default(V));
            for (nint p = 0; p < k; p++, b += bStride)
            {
                var x = S.Broadcast(a + p * aStride);
                s0 = S.MultiplyAdd(x, S.Load(b), s0);
                if (sizeof(Vectors) > 1)
                    s1 = S.MultiplyAdd(x, S.Load(b + S.Count), s1);
                if (sizeof(Vectors) > 2)
                    s2 = S.MultiplyAdd(x, S.Load(b + 2 * S.Count), s2);
                if (sizeof(Vectors) > 3)
                    s3 = S.MultiplyAdd(x, S.Load(b + 3 * S.Count), s3);
                if (sizeof(Vectors) > 4)
                    s4 = S.MultiplyAdd(x, S.Load(b + 4 * S.Count), s4);
                if (sizeof(Vectors) > 5)
                    s5 = S.MultiplyAdd(x, S.Load(b + 5 * S.Count), s5);
                if (sizeof(Vectors) > 6)
                    s6 = S.MultiplyAdd(x, S.Load(b + 6 * S.Count), s6);
                if (sizeof(Vectors) > 7)
                    s7 = S.MultiplyAdd(x, S.Load(b + 7 * S.Count), s7);
            }
            MicroKernel.WriteFirst<S, V, T>(s0, c, n, accumulate);
            if (sizeof(Vectors) > 1)
                MicroKernel.WriteFirst<S, V, T>(s1, c + S.Count, n - S.Count, accumulate);
            if (sizeof(Vectors) > 2)
                MicroKernel.WriteFirst<S, V, T>(s2, c + 2 * S.Count, n - 2 * S.Count, accumulate);
            if (sizeof(Vectors) > 3)
                MicroKernel.WriteFirst<S, V, T>(s3, c + 3 * S.Count, n - 3 * S.Count, accumulate);
            if (sizeof(Vectors) > 4)
                MicroKernel.WriteFirst<S, V, T>(s4, c + 4 * S.Count, n - 4 * S.Count, accumulate);
            if (sizeof(Vectors) > 5)
                MicroKernel.WriteFirst<S, V, T>(s5, c + 5 * S.Count, n - 5 * S.Count, accumulate);
            if (sizeof(Vectors) > 6)
                MicroKernel.WriteFirst<S, V, T>(s6, c + 6 * S.Count, n - 6 * S.Count, accumulate);
            if (sizeof(Vectors) > 7)
                MicroKernel.WriteFirst<S, V, T>(s7, c + 7 * S.Count, n - 7 * S.Count, accumulate);
        }

        // Four of B's long rows at a time, from end to end, with the sums in memory: strips would read short pieces far from each other.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Sweep(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        {
            var vectors = (n + S.Count - 1) / S.Count;
            var sums = Scratch.Rent<T>(Scratch.Use.RowSums, vectors * S.Count);
            new Span<T>(sums, (int)(vectors * S.Count)).Clear();
            nint p = 0;
            for (; p + 4 <= k; p += 4, b += 4 * bStride)
            {
                var (x0, x1) = (S.Broadcast(a + p * aStride), S.Broadcast(a + (p + 1) * aStride));
                var (x2, x3) = (S.Broadcast(a + (p + 2) * aStride), S.Broadcast(a + (p + 3) * aStride));
                var b1 = b + bStride;
                var b2 = b1 + bStride;
                var b3 = b2 + bStride;
                for (nint j = 0; j < n; j += S.Count)
                {
                    var sum = S.MultiplyAdd(x0, S.Load(b + j), S.Load(sums + j));
                    sum = S.MultiplyAdd(x1, S.Load(b1 + j), sum);
                    sum = S.MultiplyAdd(x2, S.Load(b2 + j), sum);
                    S.Store(S.MultiplyAdd(x3, S.Load(b3 + j), sum), sums + j);
                }
            }
            for (; p < k; p++, b += bStride)
            {
                var x = S.Broadcast(a + p * aStride);
                for (nint j = 0; j < n; j += S.Count)
                    S.Store(S.MultiplyAdd(x, S.Load(b + j), S.Load(sums + j)), sums + j);
            }
            for (nint j = 0; j < n; j += S.Count)
                MicroKernel.WriteFirst<S, V, T>(S.Load(sums + j), c + j, n - j, accumulate);
        }
    }
}
