using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// One image of one group with its padding, channels innermost: [depth, height, width, channel]. The taps of a kernel row are then one
/// run of memory, and a patch (all terms of one output place, in the order kernel depth, height, width, channel) a few runs.
/// </summary>
internal static unsafe class ChannelsLast
{
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
            Packing.Panel(channels, s.InPlane, 1, s.InChannels, s.InPlane, image, s.InChannels, false);
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

    /// <summary>Fills the channels from an image; what was padding is dropped, what was cropped becomes 0.</summary>
    public static void ToChannels<T>(in ConvolutionShape s, T* image, T* channels)
        where T : unmanaged
    {
        if (s.Unpadded)
        {
            Packing.Panel(image, s.InChannels, 1, s.InPlane, s.InChannels, channels, s.InPlane, false);
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
            var from = image + ((nint)(d * s.PaddedHeight + h) * s.PaddedWidth + first) * s.InChannels;
            var to = channels + ((nint)id * s.InHeight + ih) * s.InWidth + (first - s.PadWidth);
            Packing.Panel(from, s.InChannels, 1, width, s.InChannels, to, s.InPlane, false);
        }
    }

    /// <summary>
    /// Writes the patch of each output place in the output rows [first, end) as a row of <paramref name="stride"/> elements. Up to 64 bytes past the last row are overwritten.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<T>(
        in ConvolutionShape s,
        T* image,
        int* offsets,
        int runs,
        nint length,
        int first,
        int end,
        T* rows,
        nint stride
    )
        where T : unmanaged
    {
        var bytes = length * sizeof(T);
        for (var row = first; row < end; row++)
        {
            var (od, oh) = Math.DivRem(row, s.OutHeight);
            var patch = image + (nint)(od * s.StrideDepth * s.PaddedHeight + oh * s.StrideHeight) * s.PaddedWidth * s.InChannels;
            for (var ow = 0; ow < s.OutWidth; ow++, patch += s.StrideWidth * s.InChannels, rows += stride)
            {
                var to = (byte*)rows;
                for (var r = 0; r < runs; r++, to += bytes)
                {
                    // Whole vectors: what spills over is overwritten by the next run, or lies past the row's terms.
                    var from = (byte*)(patch + offsets[r]);
                    if (Vector512.IsHardwareAccelerated)
                    {
                        for (nint i = 0; i < bytes; i += 64)
                            Vector512.Store(Vector512.Load(from + i), to + i);
                    }
                    else
                    {
                        for (nint i = 0; i < bytes; i += 16)
                            Vector128.Store(Vector128.Load(from + i), to + i);
                    }
                }
            }
        }
    }

    /// <summary>The transpose of <see cref="Gather"/>: adds each row to the places of its patch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterAdd<T>(
        in ConvolutionShape s,
        T* rows,
        nint stride,
        int* offsets,
        int runs,
        nint length,
        int first,
        int end,
        T* image
    )
        where T : unmanaged, INumberBase<T>
    {
        for (var row = first; row < end; row++)
        {
            var (od, oh) = Math.DivRem(row, s.OutHeight);
            var patch = image + (nint)(od * s.StrideDepth * s.PaddedHeight + oh * s.StrideHeight) * s.PaddedWidth * s.InChannels;
            for (var ow = 0; ow < s.OutWidth; ow++, patch += s.StrideWidth * s.InChannels, rows += stride)
            {
                var from = rows;
                for (var r = 0; r < runs; r++, from += length)
                {
                    var to = patch + offsets[r];
                    nint i = 0;
                    if (Vector512.IsHardwareAccelerated)
                    {
                        for (; i + Vector512<T>.Count <= length; i += Vector512<T>.Count)
                            (Vector512.Load(from + i) + Vector512.Load(to + i)).Store(to + i);
                    }
                    for (; i + Vector128<T>.Count <= length; i += Vector128<T>.Count)
                        (Vector128.Load(from + i) + Vector128.Load(to + i)).Store(to + i);
                    for (; i < length; i++)
                        to[i] += from[i];
                }
            }
        }
    }

    // The part of a padded axis that the input covers.
    private static (int First, int Length) Inside(int low, int size, int padded)
    {
        var first = Math.Max(0, low);
        return (first, Math.Min(padded, low + size) - first);
    }
}
