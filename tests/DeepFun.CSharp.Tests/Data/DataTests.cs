using System;
using System.IO;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>The embedded digits, splits, and the idx files of MNIST.</summary>
public sealed class DataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_digits_are_those_that_UCI_describes()
    {
        var (train, test) = Datasets.Digits();
        Assert.Equal((1438, 359), (train.Count, test.Count));
        Assert.Equal([1, 8, 8], train.InputShape.ToArray());
        Assert.Equal((DType.Float32, DType.Int32), (train.Inputs.DType, train.Targets.DType));
        var labels = train.Targets.ToArray<int>().Concat(test.Targets.ToArray<int>()).ToArray();
        // optdigits.names, class distribution of the test part, 0 to 9.
        int[] described = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
        Assert.Equal(described, Enumerable.Range(0, 10).Select(digit => labels.Count(label => label == digit)));
        var pixels = train.Inputs.ToDoubles().Concat(test.Inputs.ToDoubles()).ToArray();
        Assert.Equal((0.0, 1.0), (pixels.Min(), pixels.Max()));
        // Counts of ink from 0 to 16 in a block of 4×4 bitmap pixels.
        Assert.All(pixels.Distinct(), pixel => Assert.Equal(Math.Round(pixel * 16), pixel * 16));
    }

    [Fact]
    public void The_seed_chooses_the_split_and_nothing_is_lost()
    {
        var (train, test) = Datasets.Digits(seed: 3);
        Assert.True(Close.SameBits(test.Inputs, Datasets.Digits(seed: 3).Test.Inputs));
        Assert.False(Close.SameBits(test.Inputs, Datasets.Digits(seed: 4).Test.Inputs));
        // The same multiset of images whatever the split.
        static string[] Images(Dataset a, Dataset b) =>
            [
                .. new[] { a, b }
                    .SelectMany(d => d.Inputs.ToDoubles().Chunk(64))
                    .Select(image => string.Join(",", image))
                    .Order(StringComparer.Ordinal),
            ];
        var (otherTrain, otherTest) = Datasets.Digits(seed: 4);
        Assert.Equal(Images(train, test), Images(otherTrain, otherTest));
    }

    [Fact]
    public void A_split_keeps_examples_with_their_targets()
    {
        var data = new Dataset(Tensor.Arange(10).Reshape(10, 1), Tensor.Arange(10));
        var (first, second) = data.Split(0.25, Key.FromSeed(1));
        // 2.5 rounds to even.
        Assert.Equal((2, 8), (first.Count, second.Count));
        Assert.Equal(first.Inputs.ToArray<int>(), first.Targets.ToArray<int>());
        Assert.Equal(Enumerable.Range(0, 10), first.Targets.ToArray<int>().Concat(second.Targets.ToArray<int>()).Order());
        Assert.Equal([3, 4], data.Slice(3, 5).Targets.ToArray<int>());
        Assert.Equal([9, 0], data.Take(Tensor.From([9, 0])).Targets.ToArray<int>());
    }

    [Fact]
    public void An_idx_file_is_read_as_bytes_under_its_shape()
    {
        var tensor = IdxFile.Read(Written([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 253, 254, 255]));
        Assert.Equal(DType.UInt8, tensor.DType);
        Close.Assert(tensor, [2, 3], [0, 1, 2, 253, 254, 255]);
        Close.Assert(IdxFile.Read(Written([0, 0, 8, 1, 0, 0, 0, 0])), [0], []);
    }

    [Theory]
    [InlineData("", "does not begin")]
    [InlineData("0 0 8", "does not begin")]
    [InlineData("0 0 13 1 0 0 0 0", "does not begin")]
    [InlineData("31 139 8 0 0 0", "does not begin")]
    [InlineData("0 0 8 2 0 0 0 2", "ends within its header of 12 bytes")]
    [InlineData("0 0 8 1 0 0 0 3 1 2", "should hold 3 values (3) and holds 2")]
    [InlineData("0 0 8 1 0 0 0 1 1 2", "should hold 1 values (1) and holds 2")]
    [InlineData("0 0 8 2 255 255 255 255 255 255 255 255 1", "and holds 1")]
    [InlineData("0 0 8 3 128 0 0 0 128 0 0 0 4 0 0 0", "and holds 0")]
    public void A_damaged_idx_file_is_named_with_what_is_wrong(string bytes, string reason)
    {
        var path = Written([.. bytes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(byte.Parse)]);
        var error = Close.Fails("DF0541", () => IdxFile.Read(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        var error = Close.Fails("DF0540", () => Datasets.Mnist(folder.Path));
        Assert.Contains(folder.File("train-images-idx3-ubyte"), error.Message, StringComparison.Ordinal);
        Assert.Contains("./build.sh mnist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mnist_is_made_of_four_files()
    {
        foreach (var part in new[] { "train", "t10k" })
        {
            Write($"{part}-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 51, 102, 255]);
            Write($"{part}-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 3]);
        }
        var (train, test) = Datasets.Mnist(folder.Path);
        Close.Assert(train.Inputs, [2, 1, 1, 2], [0, 0.2, 0.4, 1]);
        Assert.Equal([7, 3], test.Targets.ToArray<int>());
        Write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 7]);
        Close.Fails("DF0541", () => Datasets.Mnist(folder.Path));
    }

    private string Written(byte[] bytes) => Write("file-idx", bytes);

    private string Write(string name, byte[] bytes)
    {
        var path = folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
