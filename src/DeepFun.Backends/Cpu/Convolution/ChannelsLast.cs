using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One image of one group with its padding, channels innermost: [depth, height, width, channel]. The taps of a kernel row are then one
/// run of memory, and a patch (all terms of one output place, in the order kernel depth, height, width, channel) a few runs.
/// </summary>
internal static unsafe class ChannelsLast
{
    // Places whose channels are filled at a time, so that they stay in the first-level cache: channels come a few at a time.
    private const int PlaceBlock = 64;

    /// <summary>Where the runs of a patch start, from the patch's first element.</summary>
    public static int[] RunOffsets(in ConvolutionShape s, out int length)
    {
        var runs = s.DilationWidth == 1 ? 1 : s.KernelWidth;
        length = s.DilationWidth == 1 ? s.KernelWidth * s.InChannels : s.InChannels;
        var offsets = new int[s.KernelDepth * s.KernelHeight * runs];
        var i = 0;
        for (var kd = 0; kd < s.KernelDepth; kd++)
        for (var kh = 0; kh < s.KernelHeight; kh++)
        for (var kw = 0; kw < runs; kw++)
            offsets[i++] =
                ((kd * s.DilationDepth * s.PaddedHeight + kh * s.DilationHeight) * s.PaddedWidth + kw * s.DilationWidth) * s.InChannels;
        return offsets;
    }

    /// <summary>Fills an image from its channels [channel, depth, height, width].</summary>
    public static void FromChannels<T>(in ConvolutionShape s, T* channels, T* image)
        where T : unmanaged
    {
        if (s.Unpadded)
        {
            FromChannels(channels, s.InChannels, s.InPlane, image, s.InChannels);
            return;
        }
        new Span<T>(image, s.PaddedPlane * s.InChannels).Clear();
        var (first, width) = Inside(s.PadWidth, s.InWidth, s.PaddedWidth);
        if (width <= 0)
            return;
        for (var d = 0; d < s.PaddedDepth; d++)
        for (var h = 0; h < s.PaddedHeight; h++)
        {
            var (id, ih) = (d - s.PadDepth, h - s.PadHeight);
            if ((uint)id >= (uint)s.InDepth || (uint)ih >= (uint)s.InHeight)
                continue;
            var from = channels + ((nint)id * s.InHeight + ih) * s.InWidth + (first - s.PadWidth);
            var to = image + ((nint)(d * s.PaddedHeight + h) * s.PaddedWidth + first) * s.InChannels;
            Packing.Panel(from, s.InPlane, 1, s.InChannels, width, to, s.InChannels, false);
        }
    }

    /// <summary>
    /// Places [place, channel] of <paramref name="stride"/> elements each from channels [channel, place]; what is left of a place becomes 0.
    /// </summary>
    public static void FromChannels<T>(T* channels, int count, int plane, T* places, nint stride)
        where T : unmanaged
    {
        for (var first = 0; first < plane; first += PlaceBlock)
        {
            var block = Math.Min(PlaceBlock, plane - first);
            Packing.Panel(channels + first, plane, 1, count, block, places + first * stride, stride, true);
        }
    }

    /// <summary>
    /// Fills the channels from an image of <paramref name="stride"/> elements a place; what was padding is dropped, what was cropped becomes 0.
    /// </summary>
    public static void ToChannels<T>(in ConvolutionShape s, T* image, nint stride, T* channels)
        where T : unmanaged
    {
        if (s.Unpadded)
        {
            Packing.Panel(image, stride, 1, s.InPlane, s.InChannels, channels, s.InPlane, false);
            return;
        }
        new Span<T>(channels, s.InPlane * s.InChannels).Clear();
        var (first, width) = Inside(s.PadWidth, s.InWidth, s.PaddedWidth);
        if (width <= 0)
            return;
        for (var d = 0; d < s.PaddedDepth; d++)
        for (var h = 0; h < s.PaddedHeight; h++)
        {
            var (id, ih) = (d - s.PadDepth, h - s.PadHeight);
            if ((uint)id >= (uint)s.InDepth || (uint)ih >= (uint)s.InHeight)
                continue;
            var from = image + ((nint)(d * s.PaddedHeight + h) * s.PaddedWidth + first) * stride;
            var to = channels + ((nint)id * s.InHeight + ih) * s.InWidth + (first - s.PadWidth);
            Packing.Panel(from, stride, 1, width, s.InChannels, to, s.InPlane, false);
        }
    }

    // The part of a padded axis that the input covers.
    private static (int First, int Length) Inside(int low, int size, int padded)
    {
        var first = Math.Max(0, low);
        return (first, Math.Min(padded, low + size) - first);
    }
}
