using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Copies a strip of a matrix into a panel: the lanes of one k side by side, one k after the other.
/// A strip of A has rows as lanes, a strip of B columns.
/// </summary>
internal static unsafe class Packing
{
    // Fewer elements are not worth the vectors, nor their compilation as a program starts.
    private const int LeastTransposed = 512;

    /// <summary>
    /// to[p width + q] = from[q laneStride + p kStride] for q in [0, lanes), p in [0, k); <paramref name="fill"/>: further lanes become 0.
    /// Writes nothing past the panel's width · k elements.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel<T>(T* from, nint laneStride, nint kStride, nint lanes, nint k, T* to, nint width, bool fill)
        where T : unmanaged
    {
        // The rest of a panel meets the other operand too: the sums are dropped, but must not run on denormals.
        if (fill && lanes < width)
            new Span<T>(to, (int)(width * k)).Clear();
        if (laneStride == 1)
            Copy(from, kStride, lanes, k, to, width);
        else if (kStride == 1 && sizeof(T) == 4 && lanes * k >= LeastTransposed)
            Transpose((float*)from, laneStride, lanes, k, (float*)to, width);
        else
            Gather(from, laneStride, kStride, lanes, k, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(T* from, nint laneStride, nint kStride, nint lanes, nint k, T* to, nint width)
        where T : unmanaged
    {
        for (nint p = 0; p < k; p++, from += kStride, to += width)
        {
            for (nint q = 0; q < lanes; q++)
                to[q] = from[q * laneStride];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<T>(T* from, nint kStride, nint lanes, nint k, T* to, nint width)
        where T : unmanaged
    {
        var bytes = lanes * sizeof(T);
        for (nint p = 0; p < k; p++, from += kStride, to += width)
        {
            var source = (byte*)from;
            var target = (byte*)to;
            nint i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; i + 64 <= bytes; i += 64)
                    Vector512.Store(Vector512.Load(source + i), target + i);
            }
            for (; i + 16 <= bytes; i += 16)
                Vector128.Store(Vector128.Load(source + i), target + i);
            for (; i < bytes; i += sizeof(T))
                *(T*)(target + i) = *(T*)(source + i);
        }
    }

    // A stretch of k at a time, so that the part of the panel that is written stays in the first-level cache until all lanes are there.
    private const int Stretch = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, nint laneStride, nint lanes, nint k, float* to, nint width)
    {
        for (; k > 0; k -= Stretch, from += Stretch, to += Stretch * width)
            TransposeStretch(from, laneStride, lanes, Math.Min(k, Stretch), to, width);
    }

    // Sixteen lanes at a time where that leaves no rest: a panel's vectors are then written whole. Otherwise four: a 4 × 4 transposition in each 128-bit part of the vectors, then one narrow store for each k.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeStretch(float* from, nint laneStride, nint lanes, nint k, float* to, nint width)
    {
        nint lane = 0;
        for (; Avx512F.IsSupported && k % 16 == 0 && lane + 16 <= lanes; lane += 16, from += 16 * laneStride, to += 16)
        {
            for (nint p = 0; p < k; p += 4)
                Transpose16x4(from + p, laneStride, to + p * width, width);
        }
        for (; Sse.IsSupported && lane + 4 <= lanes; lane += 4, from += 4 * laneStride, to += 4)
        {
            var (r0, r1, r2, r3) = ((nint)from, (nint)(from + laneStride), (nint)(from + 2 * laneStride), (nint)(from + 3 * laneStride));
            var target = to;
            nint p = 0;
            if (Avx512F.IsSupported)
            {
                for (; p + 16 <= k; p += 16, target += 16 * width)
                    Transpose4x16((float*)r0 + p, (float*)r1 + p, (float*)r2 + p, (float*)r3 + p, target, width);
            }
            for (; p + 4 <= k; p += 4, target += 4 * width)
                Transpose4x4((float*)r0 + p, (float*)r1 + p, (float*)r2 + p, (float*)r3 + p, target, width);
            for (; p < k; p++, target += width)
                (target[0], target[1], target[2], target[3]) = (((float*)r0)[p], ((float*)r1)[p], ((float*)r2)[p], ((float*)r3)[p]);
        }
        for (; lane < lanes; lane++, from += laneStride, to++)
        {
            for (nint p = 0; p < k; p++)
                to[p * width] = from[p];
        }
    }

    // Four k of sixteen lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16x4(float* from, nint laneStride, float* to, nint width)
    {
        var x0 = EveryFourth(from, laneStride);
        var x1 = EveryFourth(from + laneStride, laneStride);
        var x2 = EveryFourth(from + 2 * laneStride, laneStride);
        var x3 = EveryFourth(from + 3 * laneStride, laneStride);
        var (t0, t1) = (Avx512F.UnpackLow(x0, x1).AsDouble(), Avx512F.UnpackHigh(x0, x1).AsDouble());
        var (t2, t3) = (Avx512F.UnpackLow(x2, x3).AsDouble(), Avx512F.UnpackHigh(x2, x3).AsDouble());
        Avx512F.UnpackLow(t0, t2).AsSingle().Store(to);
        Avx512F.UnpackHigh(t0, t2).AsSingle().Store(to + width);
        Avx512F.UnpackLow(t1, t3).AsSingle().Store(to + 2 * width);
        Avx512F.UnpackHigh(t1, t3).AsSingle().Store(to + 3 * width);
    }

    // Four elements of each of the lanes 0, 4, 8 and 12 from here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> EveryFourth(float* p, nint laneStride) =>
        Vector512.Create(
            Vector256.Create(Vector128.Load(p), Vector128.Load(p + 4 * laneStride)),
            Vector256.Create(Vector128.Load(p + 8 * laneStride), Vector128.Load(p + 12 * laneStride))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* r0, float* r1, float* r2, float* r3, float* to, nint width)
    {
        var (x0, x1, x2, x3) = (Vector128.Load(r0), Vector128.Load(r1), Vector128.Load(r2), Vector128.Load(r3));
        var (t0, t1) = (Sse.UnpackLow(x0, x1), Sse.UnpackHigh(x0, x1));
        var (t2, t3) = (Sse.UnpackLow(x2, x3), Sse.UnpackHigh(x2, x3));
        Sse.MoveLowToHigh(t0, t2).Store(to);
        Sse.MoveHighToLow(t2, t0).Store(to + width);
        Sse.MoveLowToHigh(t1, t3).Store(to + 2 * width);
        Sse.MoveHighToLow(t3, t1).Store(to + 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x16(float* r0, float* r1, float* r2, float* r3, float* to, nint width)
    {
        var (x0, x1, x2, x3) = (Vector512.Load(r0), Vector512.Load(r1), Vector512.Load(r2), Vector512.Load(r3));
        var (t0, t1) = (Avx512F.UnpackLow(x0, x1).AsDouble(), Avx512F.UnpackHigh(x0, x1).AsDouble());
        var (t2, t3) = (Avx512F.UnpackLow(x2, x3).AsDouble(), Avx512F.UnpackHigh(x2, x3).AsDouble());
        Store4(Avx512F.UnpackLow(t0, t2).AsSingle(), to, width);
        Store4(Avx512F.UnpackHigh(t0, t2).AsSingle(), to + width, width);
        Store4(Avx512F.UnpackLow(t1, t3).AsSingle(), to + 2 * width, width);
        Store4(Avx512F.UnpackHigh(t1, t3).AsSingle(), to + 3 * width, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4(Vector512<float> x, float* to, nint width)
    {
        x.GetLower().GetLower().Store(to);
        Avx512F.ExtractVector128(x, 1).Store(to + 4 * width);
        Avx512F.ExtractVector128(x, 2).Store(to + 8 * width);
        Avx512F.ExtractVector128(x, 3).Store(to + 12 * width);
    }
}
