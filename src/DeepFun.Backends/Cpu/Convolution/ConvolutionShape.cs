using System;

namespace DeepFun.Backends.Cpu;

/// <summary>A convolution's geometry with three spatial axes; missing leading ones have size 1. Fields in the order depth, height, width.</summary>
internal readonly struct ConvolutionShape
{
    public readonly int Batch,
        Groups,
        InChannels, // of one group
        OutChannels, // of one group
        InDepth,
        InHeight,
        InWidth,
        KernelDepth,
        KernelHeight,
        KernelWidth,
        OutDepth,
        OutHeight,
        OutWidth,
        StrideDepth,
        StrideHeight,
        StrideWidth,
        PadDepth, // before the axis
        PadHeight,
        PadWidth,
        PaddedDepth, // sizes of the input with its padding
        PaddedHeight,
        PaddedWidth,
        DilationDepth,
        DilationHeight,
        DilationWidth;

    /// <summary>The same with fewer output places along height and width: those that somebody needs.</summary>
    public ConvolutionShape(in ConvolutionShape whole, int outHeight, int outWidth)
    {
        this = whole;
        (OutHeight, OutWidth) = (outHeight, outWidth);
    }

    public ConvolutionShape(ConvolutionSpec spec, int batch, int inChannels, int outChannels)
    {
        Batch = batch;
        Groups = spec.Groups;
        InChannels = inChannels / spec.Groups;
        OutChannels = outChannels / spec.Groups;
        (InDepth, InHeight, InWidth) = Three(spec.InputSize, 1);
        (KernelDepth, KernelHeight, KernelWidth) = Three(spec.KernelSize, 1);
        (OutDepth, OutHeight, OutWidth) = Three(spec.OutputSize(), 1);
        (StrideDepth, StrideHeight, StrideWidth) = Three(spec.Strides, 1);
        (PadDepth, PadHeight, PadWidth) = Three(spec.PadLow, 0);
        var (highDepth, highHeight, highWidth) = Three(spec.PadHigh, 0);
        (PaddedDepth, PaddedHeight, PaddedWidth) = (
            InDepth + PadDepth + highDepth,
            InHeight + PadHeight + highHeight,
            InWidth + PadWidth + highWidth
        );
        (DilationDepth, DilationHeight, DilationWidth) = Three(spec.Dilations, 1);
    }

    /// <summary>Elements of one input channel.</summary>
    public int InPlane => InDepth * InHeight * InWidth;

    /// <summary>Elements of one output channel.</summary>
    public int OutPlane => OutDepth * OutHeight * OutWidth;

    /// <summary>Elements of one input channel with its padding.</summary>
    public int PaddedPlane => PaddedDepth * PaddedHeight * PaddedWidth;

    /// <summary>Whether nothing is padded or cropped.</summary>
    public bool Unpadded =>
        (PadDepth, PadHeight, PadWidth) == (0, 0, 0) && (PaddedDepth, PaddedHeight, PaddedWidth) == (InDepth, InHeight, InWidth);

    /// <summary>Whether an output place sees just the input at the same place.</summary>
    public bool Pointwise => Taps == 1 && Unpadded && (StrideDepth, StrideHeight, StrideWidth) == (1, 1, 1);

    /// <summary>Terms of one output element: a group's input channels times the taps.</summary>
    public int Terms => InChannels * Taps;

    /// <summary>Taps of the kernel.</summary>
    public int Taps => KernelDepth * KernelHeight * KernelWidth;

    private static (int, int, int) Three(int[] values, int missing) =>
        values.Length switch
        {
            1 => (missing, missing, values[0]),
            2 => (missing, values[0], values[1]),
            _ => (values[0], values[1], values[2]),
        };
}
