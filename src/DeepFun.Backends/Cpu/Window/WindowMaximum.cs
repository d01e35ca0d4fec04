using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>
/// Places of windows' maxima. A later place wins when it is not less or equal (so NaN wins, and of ties the first stays)
/// and the best so far is not NaN.
/// </summary>
internal static unsafe class WindowMaximum
{
    /// <summary>One row of windows of the plane <paramref name="x"/>; every window has a place on it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<T>(T* x, int* y, int depth, int height, in WindowGeometry g)
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
                Eight((float*)x, y, Math.Min(o, end - 8), in row, in g);
        }
        else if (WindowRow.HasVectors<T>(g.Width.Stride) && end - first >= 2)
            FewerThanEight((float*)x, y, in row, in g);
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
    private static void FewerThanEight(float* x, int* y, in WindowRow row, in WindowGeometry g)
    {
        var room = stackalloc int[8];
        Eight(x, room - g.FirstInside, g.FirstInside, in row, in g);
        for (var o = g.FirstInside; o < g.EndInside; o++)
            y[o] = room[o - g.FirstInside];
    }

    private static int One<T>(T* x, int o, in WindowRow row, in WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        var start = g.Width.Start(o);
        var firstTap = g.Width.FirstTap(o);
        var endTap = g.Width.EndTap(o);
        var dilation = g.Width.Dilation;
        var at = row.Line(row.FirstDepth, row.FirstHeight) + start + (long)firstTap * dilation;
        var best = x[at];
        for (var kd = row.FirstDepth; kd < row.EndDepth; kd++)
        for (var kh = row.FirstHeight; kh < row.EndHeight; kh++)
        {
            var line = row.Line(kd, kh) + start;
            for (var kw = firstTap; kw < endTap; kw++)
            {
                var value = x[line + (long)kw * dilation];
                if (value <= best || T.IsNaN(best))
                    continue;
                best = value;
                at = line + (long)kw * dilation;
            }
        }
        return (int)at;
    }

    // Windows o to o + 7, away from the padding at the sides.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* x, int* y, int o, in WindowRow row, in WindowGeometry g)
    {
        var (stride, taps, dilation) = (g.Width.Stride, g.Width.Window, g.Width.Dilation);
        var start = g.Width.Start(o);
        var line = row.Line(row.FirstDepth, row.FirstHeight) + start;
        var best = WindowRow.Every(x + line, stride);
        var at = Vector256.Create((int)line);
        for (var kd = row.FirstDepth; kd < row.EndDepth; kd++)
        for (var kh = row.FirstHeight; kh < row.EndHeight; kh++)
        {
            line = row.Line(kd, kh) + start;
            for (var kw = 0; kw < taps; kw++)
            {
                Meet(WindowRow.Every(x + line, stride), Vector256.Create((int)line), ref best, ref at);
                line += dilation;
            }
        }
        (at + Vector256<int>.Indices * stride).Store(y + o);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Meet(Vector256<float> value, Vector256<int> place, ref Vector256<float> best, ref Vector256<int> at)
    {
        var stays = Vector256.LessThanOrEqual(value, best) | ~Vector256.Equals(best, best);
        best = Vector256.ConditionalSelect(stays, best, value);
        at = Vector256.ConditionalSelect(stays.AsInt32(), at, place);
    }

    /// <summary>
    /// One row of windows of 2 × 2 whose first place is <paramref name="line"/>: each input element is loaded once, and positions are
    /// put in order once, at the end. There are at least four windows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByTwo(float* x, int* y, long line, int width, int output)
    {
        if (output < 8)
        {
            Four(x, y, line, width, 0);
            Four(x, y, line, width, output - 4);
            return;
        }
        for (var block = 0; block < output; block += 8)
        {
            var o = Math.Min(block, output - 8);
            var start = line + 2 * o;
            var p = x + start;
            var q = p + width;
            var (p0, p1, q0, q1) = (Vector256.Load(p), Vector256.Load(p + 8), Vector256.Load(q), Vector256.Load(q + 8));
            var best = Avx.Shuffle(p0, p1, 0x88);
            var at = Vector256<int>.Zero;
            Meet(Avx.Shuffle(p0, p1, 0xDD), Vector256<int>.One, ref best, ref at);
            Meet(Avx.Shuffle(q0, q1, 0x88), Vector256.Create(width), ref best, ref at);
            Meet(Avx.Shuffle(q0, q1, 0xDD), Vector256.Create(width + 1), ref best, ref at);
            at = Avx2.Permute4x64(at.AsInt64(), 0xD8).AsInt32();
            (at + Vector256<int>.Indices * 2 + Vector256.Create((int)start)).Store(y + o);
        }
    }

    private static void Four(float* x, int* y, long line, int width, int o)
    {
        var start = line + 2 * o;
        var p = x + start;
        var q = p + width;
        var (p0, p1, q0, q1) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(q), Vector128.Load(q + 4));
        var best = Sse.Shuffle(p0, p1, 0x88).ToVector256();
        var at = Vector256<int>.Zero;
        Meet(Sse.Shuffle(p0, p1, 0xDD).ToVector256(), Vector256<int>.One, ref best, ref at);
        Meet(Sse.Shuffle(q0, q1, 0x88).ToVector256(), Vector256.Create(width), ref best, ref at);
        Meet(Sse.Shuffle(q0, q1, 0xDD).ToVector256(), Vector256.Create(width + 1), ref best, ref at);
        (at.GetLower() + Vector128<int>.Indices * 2 + Vector128.Create((int)start)).Store(y + o);
    }
}
