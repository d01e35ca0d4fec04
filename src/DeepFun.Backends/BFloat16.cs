using System;
using System.Globalization;

namespace DeepFun;

/// <summary>
/// A number of dtype bfloat16: the upper half of a <see cref="float"/>'s bits, so its range with 8 significant bits. It holds values on
/// their way into and out of tensors; arithmetic is done in float, to which every value converts exactly.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>
{
    private BFloat16(ushort bits) => Bits = bits;

    /// <summary>The bits as they are stored: sign, 8 of exponent, 7 of fraction.</summary>
    public ushort Bits { get; }

    /// <summary>The number that these bits stand for.</summary>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>The same number, exactly.</summary>
    public static explicit operator float(BFloat16 x) => BitConverter.UInt32BitsToSingle((uint)x.Bits << 16);

    /// <summary>The same number, exactly.</summary>
    public static explicit operator double(BFloat16 x) => (float)x;

    /// <summary>The nearest number, halves to even; NaN stays.</summary>
    public static explicit operator BFloat16(float x) => new(Nearest(BitConverter.SingleToUInt32Bits(x)));

    /// <summary>The nearest number, halves to even, rounded once; NaN stays.</summary>
    public static explicit operator BFloat16(double x) => new(Nearest(ToOdd(x)));

    /// <summary>x = y as numbers: 0 is −0, and NaN nothing.</summary>
    public static bool operator ==(BFloat16 x, BFloat16 y) => (float)x == (float)y;

    /// <summary>x ≠ y as numbers.</summary>
    public static bool operator !=(BFloat16 x, BFloat16 y) => (float)x != (float)y;

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>The number, as float writes it, whatever the culture.</summary>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);

    private static ushort Nearest(uint single)
    {
        if ((single & 0x7fff_ffff) > 0x7f80_0000)
            return (ushort)((single >> 16) | 0x40); // NaN, made quiet lest its fraction be cut to zero
        return (ushort)((single + 0x7fff + ((single >> 16) & 1)) >> 16);
    }

    // The float next to x toward zero with its last bit set wherever x is no float: what is cut off then is never taken for a half, so
    // that the second rounding is as good as the only one (Boldo and Melquiond 2008, "Emulation of FMA and correctly rounded sums").
    private static uint ToOdd(double x)
    {
        var single = (float)x;
        var bits = BitConverter.SingleToUInt32Bits(single);
        if (single == x || double.IsNaN(x))
            return bits;
        if (Math.Abs((double)single) > Math.Abs(x))
            bits--;
        return bits | 1;
    }
}
