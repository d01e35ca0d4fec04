using System.Runtime.CompilerServices;

namespace DeepFun;

/// <summary>The type of a tensor's elements.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>IEEE 754 binary16: 11 significant bits, at most 65504. Computed in float32, rounded once when stored.</summary>
    Float16,

    /// <summary>The upper half of a float32: its range, 8 significant bits. Computed in float32, rounded once when stored.</summary>
    BFloat16,

    /// <summary>Signed 8-bit integer.</summary>
    Int8,

    /// <summary>Signed 16-bit integer.</summary>
    Int16,

    /// <summary>Signed 32-bit integer.</summary>
    Int32,

    /// <summary>Signed 64-bit integer.</summary>
    Int64,

    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8,

    /// <summary>Truth value, one byte an element, 0 or 1.</summary>
    Bool,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    private static readonly DType[,] Promotion = BuildPromotion();

    /// <summary>Bytes of one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(DType dtype) =>
        dtype switch
        {
            DType.Float32 or DType.Int32 => 4,
            DType.Float64 or DType.Int64 => 8,
            DType.Float16 or DType.BFloat16 or DType.Int16 => 2,
            _ => 1,
        };

    /// <summary>Whether the type has fractions, and so derivatives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFloating(DType dtype) => dtype <= DType.BFloat16;

    /// <summary>Whether the type counts: signed integers and UInt8.</summary>
    public static bool IsInteger(DType dtype) => dtype is >= DType.Int8 and <= DType.UInt8;

    /// <summary>Whether values are stored in 16 bits and computed in Float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsReducedPrecision(DType dtype) => dtype is DType.Float16 or DType.BFloat16;

    /// <summary>The greatest finite value; 1 for Bool.</summary>
    public static double MaxValue(DType dtype) =>
        dtype switch
        {
            DType.Float32 => float.MaxValue,
            DType.Float64 => double.MaxValue,
            DType.Float16 => 65504,
            DType.BFloat16 => 3.3895313892515355e38,
            DType.Int8 => sbyte.MaxValue,
            DType.Int16 => short.MaxValue,
            DType.Int32 => int.MaxValue,
            DType.Int64 => long.MaxValue,
            DType.UInt8 => byte.MaxValue,
            _ => 1,
        };

    /// <summary>The least finite value; 0 for UInt8 and Bool.</summary>
    public static double MinValue(DType dtype) =>
        IsFloating(dtype) ? -MaxValue(dtype)
        : dtype is DType.UInt8 or DType.Bool ? 0
        : -System.Math.ScaleB(1, 8 * Size(dtype) - 1);

    /// <summary>Machine epsilon: the distance from 1 to the next value, 2⁻²³ for Float32; 1 for integers and Bool.</summary>
    public static double Epsilon(DType dtype) =>
        dtype switch
        {
            DType.Float32 => 1.0 / (1 << 23),
            DType.Float64 => 1.0 / (1L << 52),
            DType.Float16 => 1.0 / (1 << 10),
            DType.BFloat16 => 1.0 / (1 << 7),
            _ => 1,
        };

    /// <summary>The type in which values of two types meet: PyTorch's table, which docs/dtypes.md writes out.</summary>
    public static DType Promote(DType left, DType right) => left == right ? left : Promotion[(int)left, (int)right];

    /// <summary>The name as users write it: <c>float32</c>, <c>int64</c>, …</summary>
    public static string Name(DType dtype) => dtype.ToString().ToLowerInvariant();

    private static DType[,] BuildPromotion()
    {
        // A type absorbs another that stands before it: a float every integer, int64 too, and Bool nothing.
        DType[] weakToStrong =
        [
            DType.Bool,
            DType.UInt8,
            DType.Int8,
            DType.Int16,
            DType.Int32,
            DType.Int64,
            DType.Float16,
            DType.BFloat16,
            DType.Float32,
            DType.Float64,
        ];
        var table = new DType[weakToStrong.Length, weakToStrong.Length];
        for (var i = 0; i < weakToStrong.Length; i++)
        for (var j = 0; j < weakToStrong.Length; j++)
            table[(int)weakToStrong[i], (int)weakToStrong[j]] = weakToStrong[System.Math.Max(i, j)];
        // Two pairs of which neither holds the other's values meet above both.
        Meet(DType.UInt8, DType.Int8, DType.Int16);
        Meet(DType.Float16, DType.BFloat16, DType.Float32);
        return table;

        void Meet(DType x, DType y, DType above) => table[(int)x, (int)y] = table[(int)y, (int)x] = above;
    }
}
