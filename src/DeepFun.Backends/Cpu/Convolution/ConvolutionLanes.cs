using System.Runtime.CompilerServices;
using DeepFun.Backends.Cpu.Window;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Bias, relu, the maxima of windows and their transpose, over values [place, channel] of Float32 whose channels fill whole registers.
/// Where a maximum was is the number of a tap of its window.
/// </summary>
internal static unsafe class ConvolutionLanes<V>
    where V : unmanaged, ILanes<V, float>
{
    /// <summary>In the place of a tap: relu cut the maximum off. Taps are bytes, so that a window has fewer.</summary>
    public const int NoTap = 255;

    /// <summary>Adds the bias, and cuts negative values off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(float* values, nint channels, nint places, float* bias, bool relu)
    {
        for (nint c = 0; c < channels; c += V.Count)
        {
            var added = V.Load(bias + c);
            var to = values + c;
            for (nint place = 0; place < places; place++, to += channels)
            {
                var value = V.Load(to) + added;
                V.Store(relu ? V.Max(value, V.Create(0)) : value, to);
            }
        }
    }

    /// <summary>
    /// Rows of windows [first, end) of values with <paramref name="rowSize"/> elements in a row: the maxima after bias and relu, and their taps as 32-bit integers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Maximum(
        float* values,
        nint channels,
        nint rowSize,
        in WindowAxis height,
        in WindowAxis width,
        int first,
        int end,
        float* bias,
        bool relu,
        float* maxima,
        float* taps
    )
    {
        var (windowHeight, windowWidth) = (height.Window, width.Window);
        var zero = V.Create(0);
        for (var h = first; h < end; h++)
        for (var w = 0; w < width.Output; w++)
        {
            var (top, left) = (h * height.Stride, w * width.Stride);
            var window = values + top * rowSize + left * channels;
            for (nint c = 0; c < channels; c += V.Count, window += V.Count, maxima += V.Count, taps += V.Count)
            {
                var added = V.Load(bias + c);
                var best = V.Load(window) + added;
                var at = V.Create(0);
                if (windowHeight == 2 && windowWidth == 2)
                {
                    Meet(V.Load(window + channels) + added, 1, ref best, ref at);
                    Meet(V.Load(window + rowSize) + added, 2, ref best, ref at);
                    Meet(V.Load(window + rowSize + channels) + added, 3, ref best, ref at);
                }
                else
                {
                    for (var kh = 0; kh < windowHeight; kh++)
                    for (var kw = kh == 0 ? 1 : 0; kw < windowWidth; kw++)
                        Meet(V.Load(window + kh * rowSize + kw * channels) + added, kh * windowWidth + kw, ref best, ref at);
                }
                if (relu)
                {
                    // NaN stays, and has no gradient.
                    at = V.Select(best > zero, at, V.Create(NoTap));
                    best = V.Select(best <= zero, zero, best);
                }
                V.Store(best, maxima);
                V.Store(V.ToInteger(at), taps);
            }
        }
    }

    // A later place wins when it is not less or equal and the best so far is not NaN: as WindowMaximum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Meet(V value, int tap, ref V best, ref V at)
    {
        var same = best; // NaN is not the same
        var stays = value <= best | same != best;
        best = V.Select(stays, best, value);
        at = V.Select(stays, at, V.Create(tap));
    }

    /// <summary>
    /// Each window's value at its tap, 0 at its others. With <paramref name="add"/>, for windows that overlap, it is added to what is there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpool(
        float* values,
        float* taps,
        nint channels,
        in WindowAxis height,
        in WindowAxis width,
        float* to,
        nint rowSize,
        bool add
    )
    {
        var (windowHeight, windowWidth) = (height.Window, width.Window);
        for (var h = 0; h < height.Output; h++)
        for (var w = 0; w < width.Output; w++)
        {
            var window = to + h * height.Stride * rowSize + w * width.Stride * channels;
            for (nint c = 0; c < channels; c += V.Count, window += V.Count, values += V.Count, taps += V.Count)
            {
                var value = V.Load(values);
                var tap = V.FromInteger(V.Load(taps));
                for (var kh = 0; kh < windowHeight; kh++)
                for (var kw = 0; kw < windowWidth; kw++)
                {
                    var here = tap == V.Create(kh * windowWidth + kw) & value;
                    var target = window + kh * rowSize + kw * channels;
                    V.Store(add ? V.Load(target) + here : here, target);
                }
            }
        }
    }

    /// <summary>Values without a tap become 0. Whole registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clear(float* values, float* taps, nint count)
    {
        for (nint i = 0; i < count; i += V.Count)
            V.Store(V.FromInteger(V.Load(taps + i)) < V.Create(NoTap) & V.Load(values + i), values + i);
    }

    /// <summary>to += the sum of the rows, in a fixed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows(float* rows, nint channels, nint count, float* to)
    {
        for (nint c = 0; c < channels; c += V.Count)
        {
            var (even, odd) = (V.Create(0), V.Create(0));
            var row = rows + c;
            nint i = 0;
            for (; i + 2 <= count; i += 2, row += 2 * channels)
            {
                even += V.Load(row);
                odd += V.Load(row + channels);
            }
            if (i < count)
                even += V.Load(row);
            V.Store(V.Load(to + c) + (even + odd), to + c);
        }
    }

    /// <summary>What of <paramref name="from"/> passes relu's derivative: where the result is above zero. Whole registers are written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cut(float* from, float* result, float* to, nint count)
    {
        nint i = 0;
        for (; i + V.Count <= count; i += V.Count)
            V.Store(V.Load(result + i) > V.Create(0) & V.Load(from + i), to + i);
        for (; i < count; i++)
            to[i] = result[i] > 0 ? from[i] : 0;
    }
}
