using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>Multiply-adds on registers alone, with the widest vectors of this machine: the most float32 arithmetic that a core can do.</summary>
internal static class RegisterPeak
{
    private const int Steps = 20_000;

    /// <summary>Floating-point operations that one call of <see cref="Run"/> does.</summary>
    public static double Operations => 2.0 * Steps * 8 * 2 * Lanes;

    private static int Lanes =>
        Vector512.IsHardwareAccelerated ? 16
        : Vector256.IsHardwareAccelerated ? 8
        : 4;

    /// <summary>Does them, on this thread. The result counts for nothing, but somebody must be able to see it.</summary>
    public static float Run() =>
        Vector512.IsHardwareAccelerated ? Run512(1e-30f)
        : Vector256.IsHardwareAccelerated ? Run256(1e-30f)
        : Run128(1e-30f);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run512(float start)
    {
        var x = Vector512.Create(start);
        var y = Vector512.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * Steps; i++)
        {
            c0 = Vector512.MultiplyAddEstimate(c0, y, x);
            c1 = Vector512.MultiplyAddEstimate(c1, y, x);
            c2 = Vector512.MultiplyAddEstimate(c2, y, x);
            c3 = Vector512.MultiplyAddEstimate(c3, y, x);
            c4 = Vector512.MultiplyAddEstimate(c4, y, x);
            c5 = Vector512.MultiplyAddEstimate(c5, y, x);
            c6 = Vector512.MultiplyAddEstimate(c6, y, x);
            c7 = Vector512.MultiplyAddEstimate(c7, y, x);
        }
        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run256(float start)
    {
        var x = Vector256.Create(start);
        var y = Vector256.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * Steps; i++)
        {
            c0 = Vector256.MultiplyAddEstimate(c0, y, x);
            c1 = Vector256.MultiplyAddEstimate(c1, y, x);
            c2 = Vector256.MultiplyAddEstimate(c2, y, x);
            c3 = Vector256.MultiplyAddEstimate(c3, y, x);
            c4 = Vector256.MultiplyAddEstimate(c4, y, x);
            c5 = Vector256.MultiplyAddEstimate(c5, y, x);
            c6 = Vector256.MultiplyAddEstimate(c6, y, x);
            c7 = Vector256.MultiplyAddEstimate(c7, y, x);
        }
        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run128(float start)
    {
        var x = Vector128.Create(start);
        var y = Vector128.Create(0.5f);
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (x, x, x, x, x, x, x, x);
        for (var i = 0; i < 2 * Steps; i++)
        {
            c0 = Vector128.MultiplyAddEstimate(c0, y, x);
            c1 = Vector128.MultiplyAddEstimate(c1, y, x);
            c2 = Vector128.MultiplyAddEstimate(c2, y, x);
            c3 = Vector128.MultiplyAddEstimate(c3, y, x);
            c4 = Vector128.MultiplyAddEstimate(c4, y, x);
            c5 = Vector128.MultiplyAddEstimate(c5, y, x);
            c6 = Vector128.MultiplyAddEstimate(c6, y, x);
            c7 = Vector128.MultiplyAddEstimate(c7, y, x);
        }
        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7);
    }
}
