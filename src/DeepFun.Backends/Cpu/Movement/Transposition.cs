using System;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>
/// Copies where the source is dense along p and the target along q: target[p · targetStride + q] = source[p + q · sourceStride].
/// </summary>
internal static unsafe class Transposition
{
    // Rows of the target in flight: their pages stay in the translation buffer while q advances.
    private const long Panel = 64;

    public static void Run<T>(T* source, long sourceStride, T* target, long targetStride, long sizeP, long sizeQ)
        where T : unmanaged
    {
        for (long p = 0; p < sizeP; p += Panel)
            Scalar(source + p, sourceStride, target + p * targetStride, targetStride, Math.Min(Panel, sizeP - p), sizeQ);
    }

    private static void Scalar<T>(T* source, long sourceStride, T* target, long targetStride, long sizeP, long sizeQ)
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
}
