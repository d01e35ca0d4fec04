using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>A matrix product, or those of a batch, as a stage of a row pipeline.</summary>
internal sealed unsafe class RowProductRun<T> : RowStageRun
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly KernelSet<T> Set = KernelSet<T>.Best;
    private readonly RowPipeline pipeline;
    private readonly RowProduct stage;
    private readonly int result;
    private readonly int depth;
    private CpuStorage? left;
    private CpuStorage? right;
    private nint leftAt;
    private nint rightAt;
    private T* packed;

    /// <summary>The product of a stage whose result has this number.</summary>
    public RowProductRun(RowPipeline pipeline, RowProduct stage, int result)
    {
        this.pipeline = pipeline;
        this.stage = stage;
        this.result = result;
        depth = stage.Inputs[0].Shape[^1];
    }

    private int Rows => stage.Shape.Size / stage.Shape[^1];

    private int Columns => stage.Shape[^1];

    private bool IsBatch => stage.Shape.Rank > 2;

    private int[] LeftStrides => Strides(left, stage.Inputs[0]);

    private int[] RightStrides => Strides(right, stage.Inputs[1]);

    /// <inheritdoc/>
    public override int Operands => 2;

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<Storage> inputs, ref SmallOperands small)
    {
        left = Own(stage.Inputs[0], inputs, ref small, out leftAt);
        right = Own(stage.Inputs[1], inputs, ref small, out rightAt);
        packed = null;
    }

    // Null for a value of the pipeline's, which lies at this offset in it.
    private CpuStorage? Own(in RowOperand operand, ReadOnlySpan<Storage> inputs, ref SmallOperands small, out nint at)
    {
        if (operand.Value >= pipeline.Inputs)
        {
            at = operand.Offset * sizeof(T);
            return null;
        }
        var storage = (CpuStorage)inputs[operand.Value];
        if (storage.Block is null && !storage.IsContiguous)
            storage = StridedCopy.ToContiguous(storage);
        at = (nint)small.In(storage);
        return storage;
    }

    private static int[] Strides(CpuStorage? own, in RowOperand operand) =>
        own is not null ? own.StridesOrRowMajor() : operand.Strides ?? CpuStorage.RowMajor(operand.Shape.Dims);

    /// <summary>
    /// Elements of the right operand in packed form; 0 where it is read in place, or brought into panels chunk by chunk: where its rows lie along
    /// memory that takes no longer than fetching from a cache what another thread has packed.
    /// </summary>
    public nint PackedSize => IsBatch || RightStrides[1] == 1 ? 0 : MatMulPanels.Size(Set, Columns, depth);

    /// <summary>How many panels the packed form has.</summary>
    public int Panels => (int)MatMulPanels.Panels(Set, Columns);

    /// <summary>Lets the right operand be read from memory where each panel will be packed.</summary>
    public void ReadFrom(T* memory) => packed = memory;

    /// <summary>Packs one panel.</summary>
    public void Pack(int panel) => MatMulPanels.Pack(Set, Columns, depth, View(rightAt, RightStrides), panel, packed);

    private static MatrixView<T> View(nint at, int[] strides) => new((T*)at, strides[^2], strides[^1]);

    /// <inheritdoc/>
    public override void Run(nint first, nint end, byte** values)
    {
        var x = left is null ? (nint)values[stage.Inputs[0].Value] + leftAt : leftAt;
        var y = right is null ? (nint)values[stage.Inputs[1].Value] + rightAt : rightAt;
        var to = (T*)values[result];
        if (IsBatch)
        {
            RunBatch(first, end, (T*)x, (T*)y, to);
            return;
        }
        nint n = Columns;
        var rows = (nint)Rows / pipeline.Parts;
        var a = View(x, LeftStrides).Offset(first * rows, 0);
        var c = to + first * rows * n;
        var m = (end - first) * rows;
        if (packed is null)
            MatMulBlock.Multiply(Set, m, n, depth, a, View(y, RightStrides), c, n, false);
        else
            MatMulPanels.Multiply(Set, m, n, depth, a, packed, c, n);
    }

    private void RunBatch(nint first, nint end, T* x, T* y, T* to)
    {
        var (m, n) = (stage.Shape[^2], stage.Shape[^1]);
        var (leftStrides, rightStrides) = (LeftStrides, RightStrides);
        var axes = stage.Shape.AsSpan()[..^2];
        var matrices = (nint)(stage.Shape.Size / (m * n) / pipeline.Parts);
        for (var i = first * matrices; i < end * matrices; i++)
        {
            var a = View((nint)(x + MatMulBatch.Offset(i, axes, leftStrides.AsSpan(0, axes.Length))), leftStrides);
            var b = View((nint)(y + MatMulBatch.Offset(i, axes, rightStrides.AsSpan(0, axes.Length))), rightStrides);
            MatMulFloating.Multiply(Set, m, n, depth, a, b, to + i * m * n, n);
        }
    }

    /// <inheritdoc/>
    public override void Clear(ReadOnlySpan<Storage> inputs)
    {
        left?.Leave(inputs[stage.Inputs[0].Value]);
        right?.Leave(inputs[stage.Inputs[1].Value]);
        left = right = null;
    }
}
