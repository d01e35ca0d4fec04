using System;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>One spatial axis of a pooling: place o · Stride − Pad + k · Dilation for output o and tap k.</summary>
internal readonly record struct WindowAxis(int Input, int Output, int Window, int Stride, int Pad, int Dilation)
{
    /// <summary>An axis that is not there.</summary>
    public static readonly WindowAxis None = new(1, 1, 1, 1, 0, 1);

    /// <summary>First tap of window <paramref name="output"/> that is not in the padding before.</summary>
    public int FirstTap(int output)
    {
        var start = Start(output);
        return start >= 0 ? 0 : (int)((-start + Dilation - 1) / Dilation);
    }

    /// <summary>One past the last tap that is not in the padding behind; may be less than the first.</summary>
    public int EndTap(int output)
    {
        if (Start(output) + (Window - 1L) * Dilation < Input)
            return Window; // the common case, without a division
        var room = Input - 1 - Start(output);
        return room < 0 ? 0 : (int)Math.Min(Window, room / Dilation + 1);
    }

    /// <summary>Whether pairs of neighbours are the windows.</summary>
    public bool IsHalved => this is { Window: 2, Stride: 2, Dilation: 1, Pad: 0 } && 2L * Output <= Input;

    /// <summary>First window that touches no padding before.</summary>
    public int FirstInside => Pad <= 0 ? 0 : (int)Math.Min(Output, ((long)Pad + Stride - 1) / Stride);

    /// <summary>One past the last window that touches no padding; at least <see cref="FirstInside"/>.</summary>
    public int EndInside
    {
        get
        {
            var room = Input - 1L - (Window - 1L) * Dilation + Pad;
            return room < 0 ? FirstInside : (int)Math.Clamp(room / Stride + 1, FirstInside, Output);
        }
    }

    /// <summary>Place of the first tap, negative inside the padding.</summary>
    public long Start(int output) => (long)output * Stride - Pad;
}

/// <summary>A pooling as [Planes, depth, height, width]; axes that the spec lacks have size 1.</summary>
internal readonly struct WindowGeometry
{
    public readonly long Planes;
    public readonly WindowAxis Depth;
    public readonly WindowAxis Height;
    public readonly WindowAxis Width;

    /// <summary>Windows along the width that touch no padding.</summary>
    public readonly int FirstInside;
    public readonly int EndInside;

    /// <summary>Windows of 2 × 2 that tile a plane without padding, at least four in a row: the common case.</summary>
    public readonly bool IsTwoByTwo;

    public WindowGeometry(WindowSpec spec, ReadOnlySpan<int> leading)
    {
        Planes = 1;
        foreach (var size in leading)
            Planes *= size;
        var output = spec.OutputSize();
        WindowAxis Axis(int fromEnd)
        {
            var i = spec.Rank - fromEnd;
            return i < 0
                ? WindowAxis.None
                : new(spec.InputSize[i], output[i], spec.WindowSize[i], spec.Strides[i], spec.PadLow[i], spec.Dilations[i]);
        }
        (Depth, Height, Width) = (Axis(3), Axis(2), Axis(1));
        FirstInside = Width.FirstInside;
        EndInside = Width.EndInside;
        IsTwoByTwo = Depth == WindowAxis.None && Height.IsHalved && Width.IsHalved && Width.Output >= 4;
    }

    /// <summary>Elements of an unpooled plane.</summary>
    public long InputSize => (long)Depth.Input * Height.Input * Width.Input;

    /// <summary>Elements of a pooled plane.</summary>
    public long OutputSize => (long)Depth.Output * Height.Output * Width.Output;

    /// <summary>Error DF0106 when some window has no place outside the padding.</summary>
    public void CheckCovered(WindowSpec spec)
    {
        Check(Depth, spec, spec.Rank - 3);
        Check(Height, spec, spec.Rank - 2);
        Check(Width, spec, spec.Rank - 1);
    }

    private static void Check(WindowAxis axis, WindowSpec spec, int number)
    {
        for (var o = 0; o < axis.Output; o++)
            if (axis.FirstTap(o) >= axis.EndTap(o))
                ThrowHelper.WindowInPadding(number, o, axis.Input, spec.PadLow[number], spec.PadHigh[number]);
    }
}
