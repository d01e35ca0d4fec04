using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The gradients below maxima of windows: of each window's places one at most has a gradient, and where relu cut off none has. So each output
/// channel keeps a list of its places, and only those are multiplied.
/// </summary>
internal readonly unsafe struct ConvolutionSparse
{
    // Of a window; with fewer the lists cost what they save.
    private const int FewestTaps = 4;

    private readonly ConvolutionRows<float> rows;
    private readonly WindowAxis height,
        width;
    private readonly int* patches; // where the patch of a place starts in an image
    private readonly int* counts;
    private readonly int* places; // [channel, at most all windows]: where the place's patch starts
    private readonly float* gradients;

    /// <summary>Whether lists are shorter than what they leave out, and the runs of a patch are whole registers.</summary>
    public static bool Suits(in ConvolutionShape s, in WindowAxis height, in WindowAxis width) =>
        height.Window * width.Window >= FewestTaps
        && height.Stride >= height.Window
        && width.Stride >= width.Window
        && s.InChannels % Lanes == 0;

    private static int Lanes => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;

    /// <summary>Takes this thread's memory for the lists.</summary>
    public ConvolutionSparse(in ConvolutionRows<float> rows, in WindowAxis height, in WindowAxis width)
    {
        (this.rows, this.height, this.width) = (rows, height, width);
        ref readonly var s = ref rows.Job.Shape;
        var (plane, channels, windows) = ((nint)s.OutPlane, (nint)s.OutChannels, (nint)height.Output * width.Output);
        patches = Scratch.Rent<int>(Scratch.Use.Rows, plane + channels + 2 * windows * channels);
        counts = patches + plane;
        places = counts + channels;
        gradients = (float*)(places + windows * channels);
        for (var row = 0; row < rows.OutRows; row++)
        for (var w = 0; w < s.OutWidth; w++)
            patches[row * s.OutWidth + w] = (int)rows.PatchOf(row) + w * s.StrideWidth * s.InChannels;
    }

    /// <summary>
    /// Fills the lists for one image: <paramref name="values"/> [window, channel], and which tap of its window each belongs to;
    /// <see cref="ConvolutionLanes{V}.NoTap"/>: to none. Both have <paramref name="stride"/> elements a window.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void List(float* values, byte* taps, nint stride)
    {
        ref readonly var s = ref rows.Job.Shape;
        var (channels, windows) = ((nint)s.OutChannels, (nint)height.Output * width.Output);
        new Span<int>(counts, s.OutChannels).Clear();
        var tapPlaces = stackalloc int[ConvolutionLanes<Lanes256<float>>.NoTap + 1];
        tapPlaces[ConvolutionLanes<Lanes256<float>>.NoTap] = 0;
        // In registers: as fields they would be read again after each store.
        var listed = places;
        var listedValues = gradients;
        var count = counts;
        for (var h = 0; h < height.Output; h++)
        for (var w = 0; w < width.Output; w++, values += stride, taps += stride)
        {
            var first = patches + h * height.Stride * s.OutWidth + w * width.Stride;
            for (var kh = 0; kh < height.Window; kh++)
            for (var kw = 0; kw < width.Window; kw++)
                tapPlaces[kh * width.Window + kw] = first[kh * s.OutWidth + kw];
            for (nint o = 0; o < channels; o++)
            {
                // Without a branch, which would be a guess: what has no tap is overwritten by the next.
                var tap = taps[o];
                var at = o * windows + count[o];
                listed[at] = tapPlaces[tap];
                listedValues[at] = values[o];
                count[o] += tap == ConvolutionLanes<Lanes256<float>>.NoTap ? 0 : 1;
            }
        }
    }

    /// <summary>part [channel, term] += what comes of the image.</summary>
    public void AddWeights(float* image, float* part)
    {
        if (Vector512.IsHardwareAccelerated)
            Add<Single512, Vector512<float>>(part, image, spread: false);
        else
            Add<Single256, Vector256<float>>(part, image, spread: false);
    }

    /// <summary>input [padded place, channel] += what comes of the weight [channel, term].</summary>
    public void AddInput(float* weight, float* input)
    {
        if (Vector512.IsHardwareAccelerated)
            Add<Single512, Vector512<float>>(weight, input, spread: true);
        else
            Add<Single256, Vector256<float>>(weight, input, spread: true);
    }

    // Held [channel, term] and rows, patches of an image: the one is added to the other.
    private void Add<S, V>(float* held, float* image, bool spread)
        where S : struct, ISimd<float, V>
        where V : struct
    {
        ref readonly var s = ref rows.Job.Shape;
        var windows = (nint)height.Output * width.Output;
        var length = rows.RunLength;
        // Runs that are equally far apart share a walk of the list, where there are registers for them.
        var most = Vector512.IsHardwareAccelerated && rows.Runs == s.KernelHeight ? SparseRows<S, V>.MostRuns : 1;
        var gap = rows.Runs > 1 ? rows.Offsets[1] - rows.Offsets[0] : 0;
        for (nint run = 0; run < rows.Runs; )
        {
            var runs = MatMulBlock.Share(rows.Runs - run, most);
            for (nint first = 0; first < length; )
            {
                var registers = MatMulBlock.Share((length - first) / S.Count, SparseRows<S, V>.MostRegisters);
                var from = image + rows.Offsets[run] + first;
                var to = held + run * length + first;
                for (nint o = 0; o < s.OutChannels; o++, to += s.Terms)
                {
                    var listed = places + o * windows;
                    var values = gradients + o * windows;
                    if (spread)
                        SparseRows<S, V>.Spread(runs, registers, to, length, from, gap, listed, values, counts[o]);
                    else
                        SparseRows<S, V>.Sum(runs, registers, to, length, from, gap, listed, values, counts[o]);
                }
                first += registers * S.Count;
            }
            run += runs;
        }
    }
}
