using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// IEEE 754 binary16. .NET offers no instruction that converts it, so bits are moved: subnormal numbers get their exponent from an
/// addition in float32 (Giesen, "Float to half conversion variants").
/// </summary>
internal readonly struct Binary16 : IReducedFormat
{
    // Bits of float32: the exponents' difference, infinity of either format, the least normal number of this format.
    private const uint Bias = (127 - 15) << 23;
    private const uint Infinity = 255u << 23;
    private const uint Overflow = (127 + 16) << 23;
    private const uint LeastNormal = (127 - 14) << 23;

    // 0.5: its last bit has the weight of the least subnormal number, so that an addition rounds there.
    private const uint OneHalf = 126 << 23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<uint> bits)
    {
        var magnitude = (bits & Vector256.Create(0x7fffu)) << 13;
        var exponent = magnitude & Vector256.Create(0x7c00u << 13);
        var normal = magnitude + Vector256.Create(Bias);
        var special = normal + Vector256.Create(Bias);
        var least = Vector256.Create(LeastNormal);
        var subnormal = ((magnitude + least).AsSingle() - least.AsSingle()).AsUInt32();
        var result = Vector256.ConditionalSelect(Vector256.Equals(exponent, Vector256<uint>.Zero), subnormal, normal);
        result = Vector256.ConditionalSelect(Vector256.Equals(exponent, Vector256.Create(0x7c00u << 13)), special, result);
        return (result | ((bits & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Nearest(Vector256<float> x)
    {
        var bits = x.AsUInt32();
        var magnitude = bits & Vector256.Create(0x7fff_ffffu);
        // A carry out of the fraction raises the exponent, up to infinity.
        var normal = (magnitude - Vector256.Create(Bias) + Vector256.Create(0xfffu) + ((magnitude >>> 13) & Vector256<uint>.One)) >>> 13;
        var half = Vector256.Create(OneHalf);
        var subnormal = (magnitude.AsSingle() + half.AsSingle()).AsUInt32() - half;
        var notANumber = ((magnitude >>> 13) & Vector256.Create(0x3ffu)) | Vector256.Create(0x7e00u);
        // Magnitudes have no sign: the comparisons of signed integers, which every machine has, serve.
        var result = Vector256.ConditionalSelect(Below(magnitude, LeastNormal), subnormal, normal);
        result = Vector256.ConditionalSelect(Below(magnitude, Overflow), result, Vector256.Create(0x7c00u));
        result = Vector256.ConditionalSelect(Below(magnitude, Infinity + 1), result, notANumber);
        return result | ((bits >>> 16) & Vector256.Create(0x8000u));
    }

    public static ushort Nearest(double x) => BitConverter.HalfToUInt16Bits((Half)x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Below(Vector256<uint> magnitude, uint limit) =>
        Vector256.LessThan(magnitude.AsInt32(), Vector256.Create((int)limit)).AsUInt32();
}
