using System;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace DeepFun;

/// <summary>Data to learn with.</summary>
public static class Datasets
{
    /// <summary>
    /// Real handwritten digits, embedded: 1,797 images of 8×8 pixels (UCI optical recognition of handwritten digits, test part;
    /// Alpaydin and Kaynak 1998, CC BY 4.0).
    /// </summary>
    /// <param name="seed">Of the split: four fifths to learn, one fifth to test.</param>
    /// <returns>Inputs [N, 1, 8, 8] in [0, 1] (float32), labels [N] (int32).</returns>
    /// <example><code>
    /// var (train, test) = Datasets.Digits();
    /// Console.WriteLine($"{train.Count} and {test.Count}, each {train.InputShape}"); // 1438 and 359, each [1, 8, 8]
    /// var (first, second) = train.Split(0.5, Key.FromSeed(1));
    /// Console.WriteLine(first.Count + second.Count); // 1438
    /// </code></example>
    public static (Dataset Train, Dataset Test) Digits(long seed = 0)
    {
        using var packed = typeof(Datasets).Assembly.GetManifestResourceStream("DeepFun.digits.csv.gz")!;
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        var rows = reader
            .ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(',').Select(cell => int.Parse(cell, CultureInfo.InvariantCulture)).ToArray())
            .ToArray();
        var pixels = rows.SelectMany(row => row[..64].Select(value => value / 16f)).ToArray();
        var labels = rows.Select(row => row[64]).ToArray();
        var all = new Dataset(Tensor.From(pixels, rows.Length, 1, 8, 8), Tensor.From(labels));
        return all.Split(0.8, FSharp.Key.ofSeed(seed));
    }

    /// <summary>MNIST: 60,000 images of 28×28 pixels to learn, 10,000 to test, from the four idx files.</summary>
    /// <param name="folder">Where they are; default: the folder to which <c>./build.sh mnist</c> brings them.</param>
    /// <returns>Inputs [N, 1, 28, 28] in [0, 1] (float32), labels [N] (int32).</returns>
    /// <exception cref="DeepFunException">DF0540 a file is missing; DF0541 it is damaged.</exception>
    public static (Dataset Train, Dataset Test) Mnist(string? folder = null)
    {
        var from = folder ?? DefaultMnistFolder();
        return (Part("train"), Part("t10k"));

        Dataset Part(string name)
        {
            var images = IdxFile.Read(Path.Combine(from, $"{name}-images-idx3-ubyte"));
            var labels = IdxFile.Read(Path.Combine(from, $"{name}-labels-idx1-ubyte"));
            if (images.Rank != 3 || labels.Rank != 1 || images.Shape[0] != labels.Shape[0])
                DataErrors.BadIdx(from, $"has {name} images of shape {images.Shape} and labels of shape {labels.Shape}");
            var pixels = images.Cast(DType.Float32) * (1.0 / 255.0);
            return new Dataset(pixels.Reshape(images.Shape[0], 1, images.Shape[1], images.Shape[2]), labels.Cast(DType.Int32));
        }
    }

    private static string DefaultMnistFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache))
            cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "deepfun", "mnist");
    }
}
