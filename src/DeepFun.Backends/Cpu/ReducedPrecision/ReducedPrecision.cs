using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Float16 and BFloat16 are types of storage: an operation widens its operands to Float32, exactly, computes and accumulates there with the
/// kernels of Float32, and rounds once when it stores. So no kernel is written, compiled or tuned a second time.
/// </summary>
internal static class ReducedPrecision
{
    /// <summary>The same numbers in Float32; other types as they are.</summary>
    public static CpuStorage Widen(CpuStorage x) =>
        x.DType switch
        {
            DType.Float16 => Widen<Binary16>(x),
            DType.BFloat16 => Widen<BrainFloat>(x),
            _ => x,
        };

    /// <summary>A Float32 result in the operands' type; other results (Bool, Int32) as they are.</summary>
    public static CpuStorage Narrow(CpuStorage y, DType dtype) =>
        y.DType != DType.Float32 ? y
        : dtype == DType.Float16 ? UnaryLoop<SingleToReduced<Binary16>, float, ushort>.Run(y, dtype)
        : UnaryLoop<SingleToReduced<BrainFloat>, float, ushort>.Run(y, dtype);

    private static CpuStorage Widen<TFormat>(CpuStorage x)
        where TFormat : struct, IReducedFormat
    {
        // A constant stays one element that repeats.
        if (x.Shape.Size > 1 && x.Strides is { } strides && strides.AsSpan().IndexOfAnyExcept(0) < 0)
            return Widen<TFormat>(x.View(Shape.Scalar, null, 0)).View(x.Shape, strides, 0);
        return UnaryLoop<ReducedToSingle<TFormat>, ushort, float>.Run(x, DType.Float32);
    }
}
