using System;
using System.Linq;

namespace DeepFun.Backends;

/// <summary>
/// A convolution's geometry. Input [N, C, spatial…], weight [O, C / Groups, kernel…], output [N, O, out…];
/// it is the cross-correlation of deep learning: the kernel is not flipped.
/// </summary>
/// <param name="InputSize">Spatial sizes of the input, without padding.</param>
/// <param name="KernelSize">Spatial sizes of the weight.</param>
/// <param name="Strides">Step between windows.</param>
/// <param name="PadLow">Zeros before each spatial axis; may be negative (crops).</param>
/// <param name="PadHigh">Zeros after each spatial axis; may be negative (crops).</param>
/// <param name="Dilations">Step between the kernel's taps.</param>
/// <param name="Groups">Channel groups that do not see each other.</param>
public sealed record ConvolutionSpec(
    int[] InputSize,
    int[] KernelSize,
    int[] Strides,
    int[] PadLow,
    int[] PadHigh,
    int[] Dilations,
    int Groups
)
{
    /// <summary>Number of spatial axes, 1 to 3.</summary>
    public int Rank => InputSize.Length;

    /// <summary>Spatial sizes of the output.</summary>
    public int[] OutputSize() => WindowSpec.Output(InputSize, KernelSize, Strides, PadLow, PadHigh, Dilations);

    /// <inheritdoc/>
    public bool Equals(ConvolutionSpec? other) =>
        other is not null
        && Groups == other.Groups
        && InputSize.AsSpan().SequenceEqual(other.InputSize)
        && KernelSize.AsSpan().SequenceEqual(other.KernelSize)
        && Strides.AsSpan().SequenceEqual(other.Strides)
        && PadLow.AsSpan().SequenceEqual(other.PadLow)
        && PadHigh.AsSpan().SequenceEqual(other.PadHigh)
        && Dilations.AsSpan().SequenceEqual(other.Dilations);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        InputSize.Concat(KernelSize).Concat(Strides).Concat(PadLow).Concat(PadHigh).Concat(Dilations).Aggregate(Groups, HashCode.Combine);
}

/// <summary>The geometry of pooling windows over the last <see cref="Rank"/> axes.</summary>
/// <param name="InputSize">Spatial sizes of the input, without padding.</param>
/// <param name="WindowSize">Sizes of the window.</param>
/// <param name="Strides">Step between windows.</param>
/// <param name="PadLow">Padding before each spatial axis.</param>
/// <param name="PadHigh">Padding after each spatial axis.</param>
/// <param name="Dilations">Step between the window's places.</param>
public sealed record WindowSpec(int[] InputSize, int[] WindowSize, int[] Strides, int[] PadLow, int[] PadHigh, int[] Dilations)
{
    /// <summary>Number of spatial axes, 1 to 3.</summary>
    public int Rank => InputSize.Length;

    /// <summary>Spatial sizes of the output.</summary>
    public int[] OutputSize() => Output(InputSize, WindowSize, Strides, PadLow, PadHigh, Dilations);

    /// <summary>⌊(input + padLow + padHigh − dilation (window − 1) − 1) / stride⌋ + 1, at least 0.</summary>
    internal static int[] Output(int[] input, int[] window, int[] strides, int[] padLow, int[] padHigh, int[] dilations)
    {
        var output = new int[input.Length];
        for (var i = 0; i < output.Length; i++)
        {
            var room = input[i] + padLow[i] + padHigh[i] - dilations[i] * (window[i] - 1) - 1;
            output[i] = room < 0 ? 0 : room / strides[i] + 1;
        }
        return output;
    }

    /// <inheritdoc/>
    public bool Equals(WindowSpec? other) =>
        other is not null
        && InputSize.AsSpan().SequenceEqual(other.InputSize)
        && WindowSize.AsSpan().SequenceEqual(other.WindowSize)
        && Strides.AsSpan().SequenceEqual(other.Strides)
        && PadLow.AsSpan().SequenceEqual(other.PadLow)
        && PadHigh.AsSpan().SequenceEqual(other.PadHigh)
        && Dilations.AsSpan().SequenceEqual(other.Dilations);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        InputSize.Concat(WindowSize).Concat(Strides).Concat(PadLow).Concat(PadHigh).Concat(Dilations).Aggregate(7, HashCode.Combine);
}
