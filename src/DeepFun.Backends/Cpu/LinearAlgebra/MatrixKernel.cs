using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu.LinearAlgebra;

/// <summary>One matrix of a batch: operands and result, each row-major without gaps.</summary>
internal unsafe struct MatrixArguments<T>
    where T : unmanaged
{
    /// <summary>The matrix [Rows, Columns].</summary>
    public T* A;

    /// <summary>The second operand.</summary>
    public T* B;

    /// <summary>The third operand.</summary>
    public T* C;

    /// <summary>The result.</summary>
    public T* Result;

    /// <summary>Rows of A.</summary>
    public nint Rows;

    /// <summary>Columns of A.</summary>
    public nint Columns;

    /// <summary>Columns of the right-hand side.</summary>
    public nint Right;

    /// <summary>See <see cref="LinalgFlags"/>.</summary>
    public LinalgFlags Flags;

    /// <summary>Of the pseudo-inverse.</summary>
    public T Tolerance;
}

/// <summary>What is done to one matrix.</summary>
internal interface IMatrixKernel<T>
    where T : unmanaged
{
    /// <summary>Whether a matrix A that is not finite gives NaN without being looked at further, as what iterates must.</summary>
    static abstract bool NeedsFinite { get; }

    /// <summary>Fills the result; false: it does not exist or was not found, and becomes NaN.</summary>
    static abstract bool Run(in MatrixArguments<T> matrix);
}

/// <summary>Memory for one matrix at work; freed by Dispose.</summary>
internal readonly unsafe ref struct MatrixScratch<T>
    where T : unmanaged
{
    public MatrixScratch(nint elements) => Data = (T*)NativeMemory.AlignedAlloc((nuint)(elements * sizeof(T) + 64), 64);

    public T* Data { get; }

    public void Dispose() => NativeMemory.AlignedFree(Data);
}

/// <summary>A kernel over all matrices of a batch, in parallel.</summary>
internal static unsafe class MatrixBatch<TKernel, T>
    where TKernel : IMatrixKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Multiplications from which a chunk is worth a thread.
    private const long MinWork = 50_000;

    private struct Job
    {
        public MatrixArguments<T> First;
        public nint SizeA;
        public nint SizeB;
        public nint SizeC;
        public nint SizeResult;
        public nint Count;
        public nint Group;
    }

    /// <summary>The operands lie one behind the other, each of so many elements; so do the results.</summary>
    public static void Run(MatrixArguments<T> first, nint count, (nint B, nint C, nint Result) sizes)
    {
        if (sizes.Result == 0 || count == 0)
            return;
        var work = 2L * (first.Rows + 1) * (first.Columns + 1) * (Math.Min(first.Rows, first.Columns) + first.Right + 1);
        var job = new Job
        {
            First = first,
            SizeA = first.Rows * first.Columns,
            SizeB = sizes.B,
            SizeC = sizes.C,
            SizeResult = sizes.Result,
            Count = count,
            Group = (nint)Math.Clamp(MinWork / work, 1, count),
        };
        WorkerPool.Run((int)((count + job.Group - 1) / job.Group), &RunGroup, &job);
    }

    private static void RunGroup(void* context, int chunk)
    {
        ref var job = ref *(Job*)context;
        var end = nint.Min((chunk + 1) * job.Group, job.Count);
        for (var i = chunk * job.Group; i < end; i++)
        {
            var one = job.First;
            one.A += i * job.SizeA;
            one.B += i * job.SizeB;
            one.C += i * job.SizeC;
            one.Result += i * job.SizeResult;
            var usable = !TKernel.NeedsFinite || T.IsFinite(Rows<T>.Largest(one.A, job.SizeA));
            if (!usable || !TKernel.Run(one))
                new Span<T>(one.Result, (int)job.SizeResult).Fill(T.NaN);
        }
    }
}
