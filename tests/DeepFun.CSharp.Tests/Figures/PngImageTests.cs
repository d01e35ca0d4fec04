using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests.Figures;

/// <summary>The encoder against a reader that follows the specification chunk by chunk.</summary>
public class PngImageTests
{
    [Fact]
    public void A_file_holds_its_pixels()
    {
        byte[] pixels = [0, 255, 128, 255, 255, 0, 1, 2, 3, 4, 5, 6];
        var (width, height, colourType, read) = Read(PngImage.Encode(3, 2, PngImage.Gray, pixels));
        Assert.Equal((3, 2, 4), (width, height, colourType));
        Assert.Equal(pixels, read);
    }

    [Fact]
    public void The_end_chunk_is_the_one_of_the_specification()
    {
        // Published: an IEND chunk, which has no content, always has the check sum AE 42 60 82.
        var file = PngImage.Encode(1, 1, PngImage.Colour, [1, 2, 3, 4]);
        Assert.Equal([0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82], file[^12..]);
    }

    [Fact]
    public void Images_run_from_their_smallest_value_to_their_largest_unless_told()
    {
        var image = new[,]
        {
            { -1, 1 },
            { 0, double.NaN },
        };
        Assert.Equal([0, 255, 255, 255, 128, 255, 0, 0], PixelsOf(Figure.Images("t", [("c", image)])));
        Assert.Equal([64, 255, 191, 255, 128, 255, 0, 0], PixelsOf(Figure.Images("t", [("c", image)], (-2, 2))));
        Assert.Equal(
            [0, 255],
            PixelsOf(
                Figure.Images(
                    "t",
                    [
                        (
                            "all equal",
                            new double[,]
                            {
                                { 7 },
                            }
                        ),
                    ]
                )
            )
        );
    }

    private static byte[] PixelsOf(Figure figure)
    {
        var address = XDocument
            .Parse(figure.Svg)
            .Descendants()
            .Single(element => element.Name.LocalName == "image")
            .Attribute("href")!
            .Value;
        const string Start = "data:image/png;base64,";
        Assert.StartsWith(Start, address, StringComparison.Ordinal);
        return Read(Convert.FromBase64String(address[Start.Length..])).Pixels;
    }

    private static (int Width, int Height, int ColourType, byte[] Pixels) Read(byte[] file)
    {
        Assert.Equal([137, 80, 78, 71, 13, 10, 26, 10], file[..8]);
        var (width, height, colourType) = (0, 0, 0);
        var packed = new MemoryStream();
        for (var at = 8; at < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var kind = Encoding.ASCII.GetString(file, at + 4, 4);
            var content = file.AsSpan(at + 8, length);
            Assert.Equal(NaiveCrc(file.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            if (kind == "IHDR")
            {
                width = BinaryPrimitives.ReadInt32BigEndian(content);
                height = BinaryPrimitives.ReadInt32BigEndian(content[4..]);
                Assert.Equal(8, content[8]);
                colourType = content[9];
            }
            else if (kind == "IDAT")
                packed.Write(content);
            at += 12 + length;
        }

        packed.Position = 0;
        var rows = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionMode.Decompress))
            zlib.CopyTo(rows);
        var all = rows.ToArray();
        var stride = all.Length / height;
        Assert.All(Enumerable.Range(0, height), row => Assert.Equal(0, all[row * stride]));
        return (width, height, colourType, [.. all.Where((_, i) => i % stride != 0)]);
    }

    /// <summary>Bit by bit, as the polynomial is written: x³² + x²⁶ + … + 1, reflected.</summary>
    private static uint NaiveCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = (crc & 1) != ((uint)(value >> bit) & 1);
                crc >>= 1;
                if (carry)
                    crc ^= 0xEDB88320;
            }

        return ~crc;
    }
}
