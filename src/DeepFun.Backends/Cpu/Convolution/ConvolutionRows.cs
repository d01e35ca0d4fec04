using System;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// What a convolution with channels innermost works on: patches are read where they lie in the image, as a few runs of memory each, and
/// channels of the result are the lanes of vectors. Images are turned to channels-last and back inside.
/// </summary>
internal unsafe struct ConvolutionRows<T>
    where T : unmanaged, INumberBase<T>
{
    // Output rows shorter than this leave the multipliers idle: then a tile's rows are the same place in several images.
    private const int ShortRow = 6;
    private const int MostStacked = 12;

    // Elements of the images that are stacked: a part of a second-level cache.
    private const int StackedElements = 1 << 17;

    public ConvolutionJob<T> Job;
    public ConvolutionTiles<T> Tiles;
    public int* Offsets; // where the runs of a patch start
    public int Runs;
    public nint RunLength,
        PaddedOut, // output channels of a group, rounded up to whole vectors
        PaddedIn; // input channels, so rounded

    public ConvolutionRows(in ConvolutionJob<T> job, ConvolutionTiles<T> tiles, int* offsets, int runs, int runLength)
    {
        Job = job;
        Tiles = tiles;
        Offsets = offsets;
        Runs = runs;
        RunLength = runLength;
        PaddedOut = Whole(job.Shape.OutChannels);
        PaddedIn = Whole(job.Shape.InChannels);
    }

    /// <summary>Rows of the output: places that differ in width only.</summary>
    public readonly int OutRows => Job.Shape.OutDepth * Job.Shape.OutHeight;

    /// <summary>Elements of a padded image, channels last.</summary>
    public readonly nint ImageSize => (nint)Job.Shape.PaddedPlane * Job.Shape.InChannels;

    /// <summary>Images that are worked on together: several where a row of the output is short.</summary>
    public readonly int Stacked =>
        Job.Shape.OutWidth >= ShortRow
            ? 1
            : (int)Math.Clamp(StackedElements / (Job.Shape.PaddedPlane * Math.Max(PaddedIn, Job.Shape.InChannels)), 1, MostStacked);

    /// <summary>Whether a tile's rows are images, not places along a row.</summary>
    public readonly bool AreStacked(int images) => images > Job.Shape.OutWidth;

    /// <summary>Where the patch of the first place of an output row starts in a padded image.</summary>
    public readonly nint PatchOf(int row)
    {
        ref readonly var s = ref Job.Shape;
        var (od, oh) = Math.DivRem(row, s.OutHeight);
        return (nint)(od * s.StrideDepth * s.PaddedHeight + oh * s.StrideHeight) * s.PaddedWidth * s.InChannels;
    }

    /// <summary>Vectors of the tile that begins at this column of so many.</summary>
    public readonly nint VectorsAt(nint column, nint columns) => columns - column > Tiles.Lanes ? 2 : 1;

    /// <summary>The output gradient of an image and group as [place, output channel], channels filled up with zeros.</summary>
    public readonly void OutputRows(int image, int group, T* to) =>
        ChannelsLast.FromChannels(Job.OutputOf(image, group), Job.Shape.OutChannels, Job.Shape.OutPlane, to, PaddedOut);

    // Whole vectors of the tiles and of the loops around them, which are of at least 256 bits.
    private readonly nint Whole(int channels)
    {
        var lanes = Math.Max(Tiles.Lanes, Vector256<T>.Count);
        return (nint)(channels + lanes - 1) / lanes * lanes;
    }

    /// <summary>One of the three maps.</summary>
    public static void Run(ConvolutionOp op, in ConvolutionShape shape, ConvolutionTiles<T> tiles, T* input, T* weight, T* output)
    {
        var job = new ConvolutionJob<T>(op, shape, KernelSet<T>.Best, input, weight, output);
        var offsets = ChannelsLast.RunOffsets(shape, out var length);
        fixed (int* pointer = offsets)
        {
            var rows = new ConvolutionRows<T>(job, tiles, pointer, offsets.Length, length);
            switch (op)
            {
                case ConvolutionOp.Forward:
                    ConvolutionForward.Run(ref rows, default);
                    break;
                case ConvolutionOp.InputGradient:
                    ConvolutionInputGradient.Run(ref rows);
                    break;
                default:
                    ConvolutionWeightGradient.Run(ref rows);
                    break;
            }
        }
    }
}
