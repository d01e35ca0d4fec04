using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>Rows of the output: places that differ in width only.</summary>
    public readonly int OutRows => Shape.OutDepth * Shape.OutHeight;

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
        // At least 4 million multiply-adds a chunk, at most 16 chunks: each has a sum of the weight's gradient of its own.
        var image = Math.Max(1, (long)shape.Groups * shape.OutChannels * shape.Terms * shape.OutPlane);
        var step = Math.Max(4_000_000 / image, (shape.Batch + 15) / 16);
        Step = (int)Math.Clamp(step, 1, Math.Max(1, shape.Batch));
    }

    /// <summary>Blocks of images.</summary>
    public readonly int Chunks => (Shape.Batch + Step - 1) / Step;

    /// <summary>Images of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (int First, int End) Images(int chunk) => (chunk * Step, Math.Min(Shape.Batch, (chunk + 1) * Step));

    /// <summary>Adds all parts of the weight to the first, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumParts(T* parts, int count, nint size)
    {
        for (nint part = 1; part < count; part++)
        {
            var from = parts + part * size;
            nint i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; i + Vector512<T>.Count <= size; i += Vector512<T>.Count)
                    (Vector512.Load(parts + i) + Vector512.Load(from + i)).Store(parts + i);
            }
            for (; i + Vector128<T>.Count <= size; i += Vector128<T>.Count)
                (Vector128.Load(parts + i) + Vector128.Load(from + i)).Store(parts + i);
            for (; i < size; i++)
                parts[i] += from[i];
        }
    }
}
