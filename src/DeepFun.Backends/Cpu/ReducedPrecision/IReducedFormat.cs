using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>A float of 16 bits: how it becomes a float32, and how a number becomes the nearest of its values.</summary>
internal interface IReducedFormat
{
    /// <summary>Eight numbers, exactly; the bits stand in the lower halves.</summary>
    static abstract Vector256<float> Widen(Vector256<uint> bits);

    /// <summary>The nearest bits, halves to even, in the lower halves; the upper ones are anything. NaN becomes quiet.</summary>
    static abstract Vector256<uint> Nearest(Vector256<float> x);

    /// <summary>The nearest bits, halves to even, rounded once.</summary>
    static abstract ushort Nearest(double x);
}
