using System;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>Random values from blocks of Philox.</summary>
internal static unsafe class RandomFill
{
    public static void Run(RandomOp op, DType dtype, ulong* keys, long keyCount, byte* to, long count)
    {
        var elementSize = DTypes.Size(dtype);
        var perBlock = 16 / elementSize;
        var words = stackalloc uint[Philox.Words];
        for (long k = 0; k < keyCount; k++)
        for (long i = 0; i < count; i++)
        {
            Philox.Fill(words, keys[k], (ulong)(i / perBlock), 1);
            Write(op, dtype, words, (int)(i % perBlock), to + (k * count + i) * elementSize);
        }
    }

    private static void Write(RandomOp op, DType dtype, uint* words, int lane, byte* to)
    {
        var wide = (ulong*)words;
        switch (op, dtype)
        {
            case (RandomOp.Bits, DType.Int32):
                *(uint*)to = words[lane];
                break;
            case (RandomOp.Bits, _):
                *(ulong*)to = wide[lane];
                break;
            case (RandomOp.Uniform, DType.Float32):
                *(float*)to = (words[lane] >> 8) * (1f / (1 << 24));
                break;
            case (RandomOp.Uniform, _):
                *(double*)to = (wide[lane] >> 11) * (1.0 / (1L << 53));
                break;
            case (RandomOp.Normal, DType.Float32):
                var pair = words + lane / 2 * 2;
                *(float*)to = (float)Normal(((pair[0] >> 8) + 1) * (1.0 / (1 << 24)), (pair[1] >> 8) * (1.0 / (1 << 24)), lane % 2);
                break;
            default:
                *(double*)to = Normal(((wide[0] >> 11) + 1) * (1.0 / (1L << 53)), (wide[1] >> 11) * (1.0 / (1L << 53)), lane % 2);
                break;
        }
    }

    private static double Normal(double u1, double u2, int part)
    {
        var radius = Math.Sqrt(-2 * Math.Log(u1));
        return radius * (part == 0 ? Math.Cos(2 * Math.PI * u2) : Math.Sin(2 * Math.PI * u2));
    }
}
