using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>Single elements of any type, and runs of equal ones.</summary>
internal static unsafe class Element
{
    /// <summary>The bits of a value in a type, by the rules of Cast: toward zero, saturating, NaN gives 0 in integers.</summary>
    public static ulong Bits(DType dtype, double value) =>
        dtype switch
        {
            DType.Float32 => BitConverter.SingleToUInt32Bits((float)value),
            DType.Float64 => BitConverter.DoubleToUInt64Bits(value),
            DType.Float16 => Binary16.Nearest(value),
            DType.BFloat16 => BrainFloat.Nearest(value),
            DType.Int8 => (byte)Saturate<sbyte>(value),
            DType.Int16 => (ushort)Saturate<short>(value),
            DType.Int32 => (uint)Saturate<int>(value),
            DType.Int64 => (ulong)Saturate<long>(value),
            DType.UInt8 => Saturate<byte>(value),
            _ => value != 0 ? 1ul : 0ul,
        };

    /// <summary>Writes one element.</summary>
    public static void Write(byte* to, int elementSize, ulong bits)
    {
        switch (elementSize)
        {
            case 1:
                *to = (byte)bits;
                break;
            case 2:
                *(ushort*)to = (ushort)bits;
                break;
            case 4:
                *(uint*)to = (uint)bits;
                break;
            default:
                *(ulong*)to = bits;
                break;
        }
    }

    /// <summary>Writes <paramref name="count"/> equal elements.</summary>
    public static void Fill(byte* to, int elementSize, ulong bits, long count)
    {
        // A copy from one element with stride 0: it knows how to share out large work.
        StridedCopy.Copy((byte*)&bits, [0], to, [1], [(int)count], elementSize);
    }

    private static T Saturate<T>(double value)
        where T : INumber<T> => T.CreateSaturating(value);
}
