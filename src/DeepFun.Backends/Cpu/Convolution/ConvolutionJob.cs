using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>What the threads of a convolution share. Chunks are blocks of images; their number depends on sizes alone.</summary>
internal unsafe struct ConvolutionJob<T>
    where T : unmanaged, INumberBase<T>
{
    // Multiply-adds of a chunk, and at most so many chunks.
    private const long ChunkWork = 1_000_000;
    private const int MostChunks = 16;

    // Places that a sum of the weight's gradient must have for one more part of it to be worth its addition.
    private const long PartPlaces = 128;

    public ConvolutionShape Shape;
    public KernelSet<T> Set;
    public T* Input,
        Weight,
        Output;
    public int Step; // images of a chunk

    public ConvolutionJob(ConvolutionOp op, in ConvolutionShape shape, KernelSet<T> set, T* input, T* weight, T* output)
    {
        Shape = shape;
        Set = set;
        Input = input;
        Weight = weight;
        Output = output;
        var image = Math.Max(1, (long)shape.Groups * shape.OutChannels * shape.Terms * shape.OutPlane);
        var most = Math.Min(MostChunks, shape.Batch * image / ChunkWork);
        if (op == ConvolutionOp.WeightGradient)
            most = Math.Min(most, (long)shape.Batch * shape.OutPlane / PartPlaces);
        // A power of two, so that threads get equal shares.
        var chunks = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, most / 2 + 1));
        Step = (shape.Batch + chunks - 1) / chunks;
    }

    /// <summary>Input channels of that image and group.</summary>
    public readonly T* InputOf(int image, int group) => Input + ((nint)image * Shape.Groups + group) * Shape.InChannels * Shape.InPlane;

    /// <summary>Output channels of that image and group.</summary>
    public readonly T* OutputOf(int image, int group) => Output + ((nint)image * Shape.Groups + group) * Shape.OutChannels * Shape.OutPlane;

    /// <summary>Elements of the weight's part for one group.</summary>
    public readonly nint WeightGroup => (nint)Shape.OutChannels * Shape.Terms;

    /// <summary>Blocks of images.</summary>
    public readonly int Chunks => (Shape.Batch + Step - 1) / Step;

    /// <summary>Images of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (int First, int End) Images(int chunk) => (chunk * Step, Math.Min(Shape.Batch, (chunk + 1) * Step));

    private struct Sum
    {
        public T* Parts;
        public int Count;
        public nint Size;
    }

    // Elements that a thread adds at a time.
    private const int SumBlock = 4096;

    /// <summary>Adds all parts of the weight to the first, in order.</summary>
    public static void SumParts(T* parts, int count, nint size)
    {
        var sum = new Sum
        {
            Parts = parts,
            Count = count,
            Size = size,
        };
        if (count > 1)
            WorkerPool.Run((int)((size + SumBlock - 1) / SumBlock), &SumSlice, &sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumSlice(void* context, int chunk)
    {
        ref var sum = ref *(Sum*)context;
        var to = sum.Parts + (nint)chunk * SumBlock;
        var size = Math.Min(SumBlock, sum.Size - (nint)chunk * SumBlock);
        for (nint part = 1; part < sum.Count; part++)
        {
            var from = to + part * sum.Size;
            nint i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; i + Vector512<T>.Count <= size; i += Vector512<T>.Count)
                    (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
            }
            for (; i + Vector128<T>.Count <= size; i += Vector128<T>.Count)
                (Vector128.Load(to + i) + Vector128.Load(from + i)).Store(to + i);
            for (; i < size; i++)
                to[i] += from[i];
        }
    }
}
