using System.Runtime.CompilerServices;

namespace DeepFun;

/// <summary>The type of a tensor's elements.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,

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
    // Rows and columns in the order of DType. Integers meet at the wider one, a float absorbs every integer,
    // Bool gives way to everything: the table of PyTorch, restricted to these types.
    private static readonly DType[,] Promotion = BuildPromotion();

    /// <summary>Bytes of one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(DType dtype) =>
        dtype switch
        {
            DType.Float32 or DType.Int32 => 4,
            DType.Float64 or DType.Int64 => 8,
            _ => 1,
        };

    /// <summary>Whether the type has fractions, and so derivatives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFloating(DType dtype) => dtype <= DType.Float64;

    /// <summary>Whether the type counts: Int32, Int64 or UInt8.</summary>
    public static bool IsInteger(DType dtype) => dtype is DType.Int32 or DType.Int64 or DType.UInt8;

    /// <summary>The type in which values of two types meet.</summary>
    public static DType Promote(DType left, DType right) => left == right ? left : Promotion[(int)left, (int)right];

    /// <summary>The name as users write it: <c>float32</c>, <c>int64</c>, …</summary>
    public static string Name(DType dtype) => dtype.ToString().ToLowerInvariant();

    private static DType[,] BuildPromotion()
    {
        // A type absorbs another when it stands later here; float32 with int64 stays float32, as in PyTorch.
        DType[] weakToStrong = [DType.Bool, DType.UInt8, DType.Int32, DType.Int64, DType.Float32, DType.Float64];
        var table = new DType[weakToStrong.Length, weakToStrong.Length];
        for (var i = 0; i < weakToStrong.Length; i++)
        for (var j = 0; j < weakToStrong.Length; j++)
            table[(int)weakToStrong[i], (int)weakToStrong[j]] = weakToStrong[System.Math.Max(i, j)];
        return table;
    }
}
