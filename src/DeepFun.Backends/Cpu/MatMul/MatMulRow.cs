using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One row times a matrix whose rows lie along memory: all of it is read once, as it lies, so that its bandwidth is what counts. Eight sums are under
/// way at a time, each in the order of the tiles, so that an example alone gives the bits that it gives in a batch.
/// </summary>
internal static unsafe class MatMulRow
{
    /// <summary>c [n] = (accumulate: +=) a [k] B [k, n]. B's rows are read up to a vector past their end.</summary>
    public static void Multiply<T>(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (KernelSets.BestBits == 512)
                Row<Single512, Vector512<float>, float>.Multiply(n, k, (float*)a, aStride, (float*)b, bStride, (float*)c, accumulate);
            else if (KernelSets.BestBits == 256)
                Row<Single256, Vector256<float>, float>.Multiply(n, k, (float*)a, aStride, (float*)b, bStride, (float*)c, accumulate);
            else
                Row<Single128, Vector128<float>, float>.Multiply(n, k, (float*)a, aStride, (float*)b, bStride, (float*)c, accumulate);
        }
        else if (KernelSets.BestBits == 512)
            Row<Double512, Vector512<double>, double>.Multiply(n, k, (double*)a, aStride, (double*)b, bStride, (double*)c, accumulate);
        else if (KernelSets.BestBits == 256)
            Row<Double256, Vector256<double>, double>.Multiply(n, k, (double*)a, aStride, (double*)b, bStride, (double*)c, accumulate);
        else
            Row<Double128, Vector128<double>, double>.Multiply(n, k, (double*)a, aStride, (double*)b, bStride, (double*)c, accumulate);
    }

    private static class Row<S, V, T>
        where S : struct, ISimd<T, V>
        where V : struct
        where T : unmanaged
    {
        public static void Multiply(nint n, nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        {
            nint j = 0;
            for (; j + 8 * S.Count <= n; j += 8 * S.Count)
                Eight(k, a, aStride, b + j, bStride, c + j, accumulate);
            for (; j < n; j += S.Count)
                One(k, a, aStride, b + j, bStride, c + j, n - j, accumulate);
        }

        // Eight vectors of columns.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Eight(nint k, T* a, nint aStride, T* b, nint bStride, T* c, bool accumulate)
        {
            var (s0, s1, s2, s3) = (default(V), default(V), default(V), default(V));
            var (s4, s5, s6, s7) = (default(V), default(V), default(V), default(V));
            for (nint p = 0; p < k; p++, b += bStride)
            {
                var x = S.Broadcast(a + p * aStride);
                s0 = S.MultiplyAdd(x, S.Load(b), s0);
                s1 = S.MultiplyAdd(x, S.Load(b + S.Count), s1);
                s2 = S.MultiplyAdd(x, S.Load(b + 2 * S.Count), s2);
                s3 = S.MultiplyAdd(x, S.Load(b + 3 * S.Count), s3);
                s4 = S.MultiplyAdd(x, S.Load(b + 4 * S.Count), s4);
                s5 = S.MultiplyAdd(x, S.Load(b + 5 * S.Count), s5);
                s6 = S.MultiplyAdd(x, S.Load(b + 6 * S.Count), s6);
                s7 = S.MultiplyAdd(x, S.Load(b + 7 * S.Count), s7);
            }
            MicroKernel.WriteFirst<S, V, T>(s0, c, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s1, c + S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s2, c + 2 * S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s3, c + 3 * S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s4, c + 4 * S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s5, c + 5 * S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s6, c + 6 * S.Count, S.Count, accumulate);
            MicroKernel.WriteFirst<S, V, T>(s7, c + 7 * S.Count, S.Count, accumulate);
        }

        // One vector of columns, or what is left of one.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void One(nint k, T* a, nint aStride, T* b, nint bStride, T* c, nint columns, bool accumulate)
        {
            var sum = default(V);
            for (nint p = 0; p < k; p++, b += bStride)
                sum = S.MultiplyAdd(S.Broadcast(a + p * aStride), S.Load(b), sum);
            MicroKernel.WriteFirst<S, V, T>(sum, c, columns, accumulate);
        }
    }
}
