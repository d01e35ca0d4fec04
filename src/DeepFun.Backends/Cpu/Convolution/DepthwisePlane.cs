using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// How a channel's plane lies in working memory, so that every tap finds what it needs for a vector of neighbouring places side by side:
/// with its padding, and with the columns of each phase of the stride together.
/// </summary>
internal readonly unsafe struct DepthwisePlane<T>
    where T : unmanaged
{
    private readonly int fromHeight,
        fromWidth,
        spreadHeight,
        spreadWidth,
        top,
        left,
        phases;

    /// <summary>The input, as the taps of the function and of the weight's gradient read it; vectors have so many lanes.</summary>
    public static DepthwisePlane<T> OfInput(in ConvolutionShape s, int lanes) =>
        new(
            (s.InHeight, s.InWidth),
            (1, 1),
            (s.PadHeight, s.PadWidth),
            Phases(in s),
            (s.OutHeight - 1) * s.StrideHeight + (s.KernelHeight - 1) * s.DilationHeight + 1,
            RoundUp(s.OutWidth, lanes) + (s.KernelWidth - 1) * s.DilationWidth / Phases(in s)
        );

    /// <summary>The output, as far apart as the strides say, as the turned taps of the input's gradient read it.</summary>
    public static DepthwisePlane<T> OfOutput(in ConvolutionShape s, int lanes) =>
        new(
            (s.OutHeight, s.OutWidth),
            (s.StrideHeight, s.StrideWidth),
            ((s.KernelHeight - 1) * s.DilationHeight - s.PadHeight, (s.KernelWidth - 1) * s.DilationWidth - s.PadWidth),
            1,
            s.InHeight + (s.KernelHeight - 1) * s.DilationHeight,
            RoundUp(s.InWidth, lanes) + (s.KernelWidth - 1) * s.DilationWidth
        );

    private DepthwisePlane((int, int) from, (int, int) spread, (int, int) place, int phases, int rows, int columns)
    {
        (fromHeight, fromWidth) = from;
        (spreadHeight, spreadWidth) = spread;
        (top, left) = place;
        this.phases = phases;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Rows, padding included.</summary>
    public int Rows { get; }

    /// <summary>Columns of a phase, padding included.</summary>
    public int Columns { get; }

    /// <summary>Elements between a row and the next.</summary>
    public nint RowStride => (nint)phases * Columns;

    /// <summary>All elements.</summary>
    public nint Size => Rows * RowStride;

    /// <summary>Where the place that lies so many rows and columns behind another one is, from there.</summary>
    public nint Offset(int rows, int columns) => rows * RowStride + columns % phases * (nint)Columns + columns / phases;

    /// <summary>Writes a plane to its place; the padding around it stays as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(T* from, T* to)
    {
        // The columns of the source whose places exist.
        var last = Math.Min(fromWidth, (Columns * phases - left + spreadWidth - 1) / spreadWidth);
        var first = Math.Min(last, left >= 0 ? 0 : (-left + spreadWidth - 1) / spreadWidth);
        for (var h = 0; h < fromHeight; h++, from += fromWidth)
        {
            var row = h * spreadHeight + top;
            if (row < 0 || row >= Rows)
                continue;
            var place = to + row * RowStride;
            if (phases > 1)
                Deal(from, place, first, last);
            else if (spreadWidth > 1)
            {
                for (var w = first; w < last; w++)
                    place[(nint)w * spreadWidth + left] = from[w];
            }
            else
                new ReadOnlySpan<T>(from + first, last - first).CopyTo(new Span<T>(place + first + left, last - first));
        }
    }

    // A row phase by phase: a place for each column would take two divisions, which cost more than the convolution.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Deal(T* from, T* to, int first, int last)
    {
        var phase = (first + left) % phases;
        var column = (first + left) / phases;
        for (var start = first; start < Math.Min(last, first + phases); start++)
        {
            var place = to + (nint)phase * Columns + column;
            for (nint w = start; w < last; w += phases)
                *place++ = from[w];
            if (++phase == phases)
                (phase, column) = (0, column + 1);
        }
    }

    // One place in a row has no neighbour, however long the stride.
    private static int Phases(in ConvolutionShape s) => s.OutWidth == 1 ? 1 : s.StrideWidth;

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
