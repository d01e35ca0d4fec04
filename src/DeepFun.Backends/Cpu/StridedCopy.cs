using System;
using System.Runtime.CompilerServices;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Copies between strided layouts. Axes that run on into each other are joined first, so that a kernel sees the fewest and longest
/// runs; what remains decides the kernel: whole rows, fills (source stride 0), transpositions, or element by element.
/// </summary>
internal static unsafe class StridedCopy
{
    private const long ChunkBytes = 128 << 10;

    /// <summary>A row-major copy without gaps.</summary>
    public static CpuStorage ToContiguous(CpuStorage source)
    {
        var result = CpuStorage.Allocate(source.DType, source.Shape);
        fixed (byte* to = result)
            CopyTo(source, to);
        GC.KeepAlive(result);
        return result;
    }

    /// <summary>Writes the elements to <paramref name="to"/> in row-major order.</summary>
    public static void CopyTo(CpuStorage source, byte* to)
    {
        var dims = source.Shape.Dims;
        var elementSize = DTypes.Size(source.DType);
        fixed (byte* from = source)
        {
            if (source.Strides is { } strides)
                Copy(from, strides, to, ViewStrides.KnownRowMajor(dims), dims, elementSize);
            else
                Copy(from, [1], to, [1], [source.Shape.Size], elementSize);
        }
        GC.KeepAlive(source);
    }

    /// <summary>
    /// Copies a box of <paramref name="sizes"/>; strides in elements. The target's axes should be ordered from far to near,
    /// as in row-major order; elements of the target must not coincide.
    /// </summary>
    [SkipLocalsInit]
    public static void Copy(
        byte* from,
        ReadOnlySpan<int> fromStrides,
        byte* to,
        ReadOnlySpan<int> toStrides,
        ReadOnlySpan<int> sizes,
        int elementSize
    )
    {
        // Room for the three rows of the plan and, in each chunk, a copy of the counter.
        var room = stackalloc long[3 * (sizes.Length + 1)];
        var plan = new CopyPlan
        {
            Source = from,
            Target = to,
            ElementSize = elementSize,
            Sizes = room,
            From = room + sizes.Length + 1,
            To = room + 2 * (sizes.Length + 1),
        };
        if (!plan.Join(fromStrides, toStrides, sizes))
            return;
        plan.ChooseKernel();
        var chunks = plan.Split(ChunkBytes);
        if (chunks <= 1)
            RunChunk(&plan, 0);
        else
            WorkerPool.Run(chunks, &RunChunk, &plan);
    }

    private static void RunChunk(void* context, int chunk)
    {
        var plan = (CopyPlan*)context;
        switch (plan->ElementSize)
        {
            case 1:
                StridedKernels.Run<byte>(plan, chunk);
                break;
            case 2:
                StridedKernels.Run<ushort>(plan, chunk);
                break;
            case 4:
                StridedKernels.Run<uint>(plan, chunk);
                break;
            default:
                StridedKernels.Run<ulong>(plan, chunk);
                break;
        }
    }
}
