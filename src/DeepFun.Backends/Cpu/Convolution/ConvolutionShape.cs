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
        PadDepth,
        PadHeight,
        PadWidth,
        DilationDepth,
        DilationHeight,
        DilationWidth;

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
        (DilationDepth, DilationHeight, DilationWidth) = Three(spec.Dilations, 1);
    }

    /// <summary>Elements of one input channel.</summary>
    public int InPlane => InDepth * InHeight * InWidth;

    /// <summary>Elements of one output channel.</summary>
    public int OutPlane => OutDepth * OutHeight * OutWidth;

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
