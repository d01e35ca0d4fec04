using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace DeepFun;

/// <summary>Encodes pixels as PNG: small inside a figure, and drawn without blur at any size.</summary>
/// <remarks>Source: Portable Network Graphics (PNG) Specification, second edition (ISO/IEC 15948:2003), sections 5 and 10 to 12.</remarks>
internal static class PngImage
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Bytes a pixel of gray with opacity.</summary>
    public const int Gray = 2;

    /// <summary>Bytes a pixel of red, green, blue with opacity.</summary>
    public const int Colour = 4;

    /// <summary>The image as the address of an <c>image</c> element.</summary>
    /// <param name="width">Pixels of a row; positive.</param>
    /// <param name="height">Rows; positive.</param>
    /// <param name="bytesPerPixel"><see cref="Gray"/> or <see cref="Colour"/>.</param>
    /// <param name="pixels">The bytes, row after row from the top.</param>
    public static string ToDataAddress(int width, int height, int bytesPerPixel, ReadOnlySpan<byte> pixels) =>
        "data:image/png;base64," + Convert.ToBase64String(Encode(width, height, bytesPerPixel, pixels));

    /// <summary>The bytes of a PNG file.</summary>
    public static byte[] Encode(int width, int height, int bytesPerPixel, ReadOnlySpan<byte> pixels)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = bytesPerPixel == Gray ? (byte)4 : (byte)6;
        WriteChunk(file, "IHDR"u8, header);

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var row = 0; row < height; row++)
            {
                // Each row starts with its filter; none.
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(row * width * bytesPerPixel, width * bytesPerPixel));
            }

        WriteChunk(file, "IDAT"u8, packed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(kind);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, kind), content));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
