using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// What happens to a convolution's output before it is stored, in Float32 and while it lies in the cache with its channels innermost: a bias,
/// relu, the maxima of windows. Windows touch no padding.
/// </summary>
internal unsafe struct ConvolutionEpilogue
{
    public float* Bias; // filled up with zeros; null: nothing happens to the values
    public bool Relu;
    public float* Maxima; // [image, channel, window]; null: nothing is pooled
    public byte* Taps; // [image, window, channel filled up]: where a maximum was in its window, as ConvolutionLanes says
    public WindowAxis Height,
        Width;

    /// <summary>Whether windows are pooled.</summary>
    public readonly bool Pools => Maxima != null;

    /// <summary>Whether values change.</summary>
    public readonly bool IsActive => Bias != null;

    /// <summary>Windows of a plane.</summary>
    public readonly int Windows => Height.Output * Width.Output;

    /// <summary>Rows of the convolution that these rows of windows see.</summary>
    public readonly (int Top, int Bottom) RowsOf(int first, int end) =>
        end <= first ? (0, 0) : (first * Height.Stride, (end - 1) * Height.Stride + Height.Window);

    /// <summary>Places of the convolution's output along an axis that some window sees.</summary>
    public static int Seen(in WindowAxis axis) => axis.Output == 0 ? 0 : (axis.Output - 1) * axis.Stride + axis.Window;

    /// <summary>Adds the bias, and cuts negative values off, in [place, <paramref name="channels"/>].</summary>
    public readonly void Activate(float* values, nint channels, nint places)
    {
        if (IsWide(channels))
            ConvolutionLanes<Lanes512<float>>.Activate(values, channels, places, Bias, Relu);
        else
            ConvolutionLanes<Lanes256<float>>.Activate(values, channels, places, Bias, Relu);
    }

    /// <summary>
    /// Pools the rows of windows [<paramref name="first"/>, <paramref name="end"/>) of an image's values [place, channel], with
    /// <paramref name="width"/> places in a row and <paramref name="channels"/> elements a place, and stores what belongs to the image.
    /// </summary>
    public readonly void Pool(float* values, nint channels, nint width, int first, int end, int outChannels, int image)
    {
        var windows = (nint)(end - first) * Width.Output;
        var maxima = Scratch.Rent<float>(Scratch.Use.Output, 2 * windows * channels);
        var taps = maxima + windows * channels;
        var row = width * channels;
        if (IsWide(channels))
            ConvolutionLanes<Lanes512<float>>.Maximum(values, channels, row, Height, Width, first, end, Bias, Relu, maxima, taps);
        else
            ConvolutionLanes<Lanes256<float>>.Maximum(values, channels, row, Height, Width, first, end, Bias, Relu, maxima, taps);
        var window = (nint)first * Width.Output;
        Packing.Panel(maxima, channels, 1, windows, outChannels, Maxima + (nint)image * outChannels * Windows + window, Windows, false);
        Narrow((int*)taps, Taps + (image * (nint)Windows + window) * channels, windows * channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(int* from, byte* to, nint count)
    {
        nint i = 0;
        for (; i + 32 <= count; i += 32)
        {
            var low = Vector256.Narrow(Vector256.Load(from + i), Vector256.Load(from + i + 8)).AsUInt16();
            var high = Vector256.Narrow(Vector256.Load(from + i + 16), Vector256.Load(from + i + 24)).AsUInt16();
            Vector256.Narrow(low, high).Store(to + i);
        }
        for (; i < count; i++)
            to[i] = (byte)from[i];
    }

    /// <summary>Taps as 32-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* from, int* to, nint count)
    {
        nint i = 0;
        for (; i + 32 <= count; i += 32)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(from + i));
            var (x0, x1) = Vector256.Widen(low);
            var (x2, x3) = Vector256.Widen(high);
            x0.AsInt32().Store(to + i);
            x1.AsInt32().Store(to + i + 8);
            x2.AsInt32().Store(to + i + 16);
            x3.AsInt32().Store(to + i + 24);
        }
        for (; i < count; i++)
            to[i] = from[i];
    }

    /// <summary>Whether registers of 512 bits are there and the channels fill them.</summary>
    public static bool IsWide(nint channels) => Vector512.IsHardwareAccelerated && channels % Vector512<float>.Count == 0;
}
