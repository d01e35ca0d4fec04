using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>
/// Copies where the source is dense along p and the target along q: target[p · targetStride + q] = source[p + q · sourceStride].
/// Squares go through registers, so that both sides are read and written in whole vectors.
/// </summary>
internal static unsafe class Transposition
{
    // Rows of the target in flight: their pages stay in the translation buffer while q advances.
    private const long Panel = 64;

    public static void Run<T>(T* source, long sourceStride, T* target, long targetStride, long sizeP, long sizeQ)
        where T : unmanaged
    {
        // Few columns on one side: the long side is walked without a break.
        if (sizeP < 4 || sizeQ < 4)
        {
            if (sizeP < sizeQ)
                ByRows(source, sourceStride, target, targetStride, sizeP, sizeQ);
            else
                ByColumns(source, sourceStride, target, targetStride, sizeP, sizeQ);
            return;
        }
        for (long p = 0; p < sizeP; p += Panel)
        {
            var rows = Math.Min(Panel, sizeP - p);
            var from = source + p;
            var to = target + p * targetStride;
            long done = 0;
            if (sizeof(T) == 4 && Avx.IsSupported)
                done = Squares((float*)from, sourceStride, (float*)to, targetStride, rows, sizeQ);
            else if (sizeof(T) == 8 && Avx.IsSupported)
                done = Squares((double*)from, sourceStride, (double*)to, targetStride, rows, sizeQ);
            ByColumns(from + done * sourceStride, sourceStride, to + done, targetStride, rows, sizeQ - done);
        }
    }

    private static void ByColumns<T>(T* source, long sourceStride, T* target, long targetStride, long sizeP, long sizeQ)
        where T : unmanaged
    {
        for (long q = 0; q < sizeQ; q++)
        {
            var from = source + q * sourceStride;
            var to = target + q;
            for (long p = 0; p < sizeP; p++)
            {
                *to = from[p];
                to += targetStride;
            }
        }
    }

    private static void ByRows<T>(T* source, long sourceStride, T* target, long targetStride, long sizeP, long sizeQ)
        where T : unmanaged
    {
        // All rows side by side: each source line is read once.
        for (long q = 0; q < sizeQ; q++)
        {
            for (long p = 0; p < sizeP; p++)
                target[p * targetStride + q] = source[p];
            source += sourceStride;
        }
    }

    // Gives how many columns q it did; two squares side by side fill a cache line of the target.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Squares(float* source, long sourceStride, float* target, long targetStride, long sizeP, long sizeQ)
    {
        long q = 0;
        for (; q + 16 <= sizeQ; q += 16)
        {
            var from = source + q * sourceStride;
            var to = target + q;
            long p = 0;
            for (; p + 8 <= sizeP; p += 8)
            {
                Square(from + p, sourceStride, to + p * targetStride, targetStride);
                Square(from + p + 8 * sourceStride, sourceStride, to + p * targetStride + 8, targetStride);
            }
            for (; p < sizeP; p++)
            for (var i = 0; i < 16; i++)
                to[p * targetStride + i] = from[p + i * sourceStride];
        }
        for (; q + 8 <= sizeQ; q += 8)
        {
            var from = source + q * sourceStride;
            var to = target + q;
            long p = 0;
            for (; p + 8 <= sizeP; p += 8)
                Square(from + p, sourceStride, to + p * targetStride, targetStride);
            for (; p < sizeP; p++)
            for (var i = 0; i < 8; i++)
                to[p * targetStride + i] = from[p + i * sourceStride];
        }
        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* from, long sourceStride, float* to, long targetStride)
    {
        // Halves of rows i and i + 4 in one vector: the 128-bit lanes are then transposed where they stand.
        var r0 = Halves(from, 4 * sourceStride);
        var r1 = Halves(from + sourceStride, 4 * sourceStride);
        var r2 = Halves(from + 2 * sourceStride, 4 * sourceStride);
        var r3 = Halves(from + 3 * sourceStride, 4 * sourceStride);
        Quarter(r0, r1, r2, r3, to, targetStride);
        r0 = Halves(from + 4, 4 * sourceStride);
        r1 = Halves(from + 4 + sourceStride, 4 * sourceStride);
        r2 = Halves(from + 4 + 2 * sourceStride, 4 * sourceStride);
        r3 = Halves(from + 4 + 3 * sourceStride, 4 * sourceStride);
        Quarter(r0, r1, r2, r3, to + 4 * targetStride, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(float* p, long distance) => Vector256.Create(Vector128.Load(p), Vector128.Load(p + distance));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3, float* to, long stride)
    {
        var low01 = Avx.UnpackLow(r0, r1).AsDouble();
        var low23 = Avx.UnpackLow(r2, r3).AsDouble();
        var high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        var high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().Store(to);
        Avx.UnpackHigh(low01, low23).AsSingle().Store(to + stride);
        Avx.UnpackLow(high01, high23).AsSingle().Store(to + 2 * stride);
        Avx.UnpackHigh(high01, high23).AsSingle().Store(to + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Squares(double* source, long sourceStride, double* target, long targetStride, long sizeP, long sizeQ)
    {
        long q = 0;
        for (; q + 8 <= sizeQ; q += 8)
        {
            var from = source + q * sourceStride;
            var to = target + q;
            long p = 0;
            for (; p + 4 <= sizeP; p += 4)
            {
                Square(from + p, sourceStride, to + p * targetStride, targetStride);
                Square(from + p + 4 * sourceStride, sourceStride, to + p * targetStride + 4, targetStride);
            }
            for (; p < sizeP; p++)
            for (var i = 0; i < 8; i++)
                to[p * targetStride + i] = from[p + i * sourceStride];
        }
        for (; q + 4 <= sizeQ; q += 4)
        {
            var from = source + q * sourceStride;
            var to = target + q;
            long p = 0;
            for (; p + 4 <= sizeP; p += 4)
                Square(from + p, sourceStride, to + p * targetStride, targetStride);
            for (; p < sizeP; p++)
            for (var i = 0; i < 4; i++)
                to[p * targetStride + i] = from[p + i * sourceStride];
        }
        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(double* from, long sourceStride, double* to, long targetStride)
    {
        var r0 = Vector256.Create(Vector128.Load(from), Vector128.Load(from + 2 * sourceStride));
        var r1 = Vector256.Create(Vector128.Load(from + sourceStride), Vector128.Load(from + 3 * sourceStride));
        Avx.UnpackLow(r0, r1).Store(to);
        Avx.UnpackHigh(r0, r1).Store(to + targetStride);
        from += 2;
        to += 2 * targetStride;
        r0 = Vector256.Create(Vector128.Load(from), Vector128.Load(from + 2 * sourceStride));
        r1 = Vector256.Create(Vector128.Load(from + sourceStride), Vector128.Load(from + 3 * sourceStride));
        Avx.UnpackLow(r0, r1).Store(to);
        Avx.UnpackHigh(r0, r1).Store(to + targetStride);
    }
}
