using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>What the threads of a convolution share. Chunks are blocks of images; their number depends on sizes alone.</summary>
internal unsafe struct ConvolutionJob<T>
    where T : unmanaged, INumberBase<T>
{
    public ConvolutionShape Shape;
    public KernelSet<T> Set;
    public T* Input,
        Weight,
        Output;
    public int* Offsets;
    public int Runs;
    public nint RunLength,
        PaddedTerms, // Terms, rounded up to whole vectors
        PaddedOut; // OutChannels, so rounded
    public int Step; // images of a chunk

    /// <summary>Input channels of that image and group.</summary>
    public readonly T* InputOf(int image, int group) => Input + ((nint)image * Shape.Groups + group) * Shape.InChannels * Shape.InPlane;

    /// <summary>Output channels of that image and group.</summary>
    public readonly T* OutputOf(int image, int group) => Output + ((nint)image * Shape.Groups + group) * Shape.OutChannels * Shape.OutPlane;

    /// <summary>Elements of the weight's part for one group.</summary>
    public readonly nint WeightGroup => (nint)Shape.OutChannels * Shape.Terms;

    public ConvolutionJob(in ConvolutionShape shape, KernelSet<T> set, T* input, T* weight, T* output)
    {
        Shape = shape;
        Set = set;
        Input = input;
        Weight = weight;
        Output = output;
        PaddedTerms = (nint)(shape.Terms + set.Lanes - 1) / set.Lanes * set.Lanes;
        PaddedOut = (nint)(shape.OutChannels + set.Lanes - 1) / set.Lanes * set.Lanes;
        // About 2 million multiply-adds a chunk (10 µs), at most 16 chunks.
        var image = Math.Max(1, (long)shape.Groups * shape.OutChannels * shape.Terms * shape.OutPlane);
        var step = Math.Max(2_000_000 / image, (shape.Batch + 15) / 16);
        Step = (int)Math.Clamp(step, 1, Math.Max(1, shape.Batch));
    }

    /// <summary>Blocks of images.</summary>
    public readonly int Chunks => (Shape.Batch + Step - 1) / Step;

    /// <summary>Images of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (int First, int End) Images(int chunk) => (chunk * Step, Math.Min(Shape.Batch, (chunk + 1) * Step));

    /// <summary>weight = Σ parts, in order; <paramref name="order"/>: where in a part's row each term of the weight stands.</summary>
    public readonly void SumParts(T* parts, int count, nint stride, int[] order)
    {
        var rows = (nint)Shape.Groups * Shape.OutChannels;
        for (nint row = 0; row < rows; row++)
        {
            for (var term = 0; term < order.Length; term++)
            {
                var sum = T.Zero;
                var from = parts + row * stride + order[term];
                for (nint part = 0; part < count; part++)
                    sum += from[part * rows * stride];
                Weight[row * order.Length + term] = sum;
            }
        }
    }
}
