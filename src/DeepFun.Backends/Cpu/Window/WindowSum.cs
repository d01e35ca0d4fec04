using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>Sums of windows, and the transpose: each window's value on every place that it covers. Taps are added in row-major order.</summary>
internal static unsafe class WindowSum
{
    /// <summary>One row of windows of the plane <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<T>(T* x, T* y, int depth, int height, in WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        var row = new WindowRow(in g, depth, height);
        var output = g.Width.Output;
        var first = g.FirstInside;
        var end = g.EndInside;
        if (WindowRow.HasVectors<T>(g.Width.Stride) && end - first >= 8)
        {
            // The last block overlaps the one before: the same values are written twice.
            for (var o = first; o < end; o += 8)
                Eight((float*)x, (float*)y, Math.Min(o, end - 8), in row, in g);
        }
        else if (WindowRow.HasVectors<T>(g.Width.Stride) && end - first >= 2)
            FewerThanEight((float*)x, (float*)y, in row, in g);
        else
            end = first;
        for (var o = 0; o < first; o++)
            y[o] = One(x, o, in row, in g);
        for (var o = end; o < output; o++)
            y[o] = One(x, o, in row, in g);
    }

    // The others are computed from what lies behind, at most 60 bytes past the last place, and dropped.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void FewerThanEight(float* x, float* y, in WindowRow row, in WindowGeometry g)
    {
        var room = stackalloc float[8];
        Eight(x, room - g.FirstInside, g.FirstInside, in row, in g);
        for (var o = g.FirstInside; o < g.EndInside; o++)
            y[o] = room[o - g.FirstInside];
    }

    private static T One<T>(T* x, int o, in WindowRow row, in WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        var start = g.Width.Start(o);
        var firstTap = g.Width.FirstTap(o);
        var endTap = g.Width.EndTap(o);
        var dilation = g.Width.Dilation;
        var sum = T.Zero;
        for (var kd = row.FirstDepth; kd < row.EndDepth; kd++)
        for (var kh = row.FirstHeight; kh < row.EndHeight; kh++)
        {
            var line = row.Line(kd, kh) + start;
            for (var kw = firstTap; kw < endTap; kw++)
                sum += x[line + (long)kw * dilation];
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* x, float* y, int o, in WindowRow row, in WindowGeometry g)
    {
        var (stride, taps, dilation) = (g.Width.Stride, g.Width.Window, g.Width.Dilation);
        var start = g.Width.Start(o);
        var sum = Vector256<float>.Zero;
        for (var kd = row.FirstDepth; kd < row.EndDepth; kd++)
        for (var kh = row.FirstHeight; kh < row.EndHeight; kh++)
        {
            var line = x + row.Line(kd, kh) + start;
            for (var kw = 0; kw < taps; kw++)
            {
                sum += WindowRow.Every(line, stride);
                line += dilation;
            }
        }
        sum.Store(y + o);
    }

    /// <summary>One plane: windows <paramref name="y"/> onto places <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposePlane<T>(T* y, T* x, in WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        new Span<T>(x, (int)g.InputSize).Clear();
        for (var depth = 0; depth < g.Depth.Output; depth++)
        for (var height = 0; height < g.Height.Output; height++)
        {
            var row = new WindowRow(in g, depth, height);
            for (var kd = row.FirstDepth; kd < row.EndDepth; kd++)
            for (var kh = row.FirstHeight; kh < row.EndHeight; kh++)
                TransposeLine(y, x + row.Line(kd, kh), in g);
            y += g.Width.Output;
        }
    }

    private static void TransposeLine<T>(T* y, T* line, in WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        var width = g.Width;
        for (var kw = 0; kw < width.Window; kw++)
        {
            // Windows whose tap kw lies on the line.
            var offset = (long)kw * width.Dilation - width.Pad;
            var first = offset >= 0 ? 0 : (-offset + width.Stride - 1) / width.Stride;
            var room = width.Input - 1 - offset;
            var end = room < 0 ? 0 : Math.Min(width.Output, room / width.Stride + 1);
            if (width.Stride == 1)
                AddTo(line + first + offset, y + first, end - first);
            else
            {
                for (var o = first; o < end; o++)
                    line[o * width.Stride + offset] += y[o];
            }
        }
    }

    private static void AddTo<T>(T* to, T* from, long count)
        where T : unmanaged, INumber<T>
    {
        long i = 0;
        for (; i + Vector<T>.Count <= count; i += Vector<T>.Count)
            Unsafe.WriteUnaligned(to + i, Unsafe.ReadUnaligned<Vector<T>>(to + i) + Unsafe.ReadUnaligned<Vector<T>>(from + i));
        for (; i < count; i++)
            to[i] += from[i];
    }
}
