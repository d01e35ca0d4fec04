using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;

namespace DeepFun;

/// <summary>The idx format of the MNIST files: unsigned bytes under a shape. Source: LeCun, Cortes and Burges, "The MNIST database".</summary>
public static class IdxFile
{
    private const int UnsignedByte = 0x08;

    /// <summary>Reads a file of unsigned bytes as a uint8 tensor.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DeepFunException">DF0540 the file is missing; DF0541 it is no idx file of bytes, or is truncated.</exception>
    public static Tensor Read(string path)
    {
        if (!File.Exists(path))
            DataErrors.Missing(path);
        var bytes = DataErrors.ReadAll(path);
        if (bytes.Length < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != UnsignedByte)
            DataErrors.BadIdx(path, "does not begin as an idx file of unsigned bytes (00 00 08)");
        var rank = bytes[3];
        var header = 4 + 4 * rank;
        if (bytes.Length < header)
            DataErrors.BadIdx(path, $"ends within its header of {header} bytes");
        var sizes = Enumerable.Range(0, rank).Select(i => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4 + 4 * i))).ToArray();
        var size = sizes.Aggregate(1UL, (product, n) => Math.Min(product, int.MaxValue + 1UL) * n);
        if (size != (ulong)(bytes.Length - header))
            DataErrors.BadIdx(path, $"should hold {size} values ({string.Join('×', sizes)}) and holds {bytes.Length - header}");
        return Tensor.From(bytes[header..], [.. sizes.Select(n => (int)n)]);
    }
}
