using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace DeepFun.Backends.Cpu;

/// <summary>The code of a fused loop, written once for each set of inputs that repeat along the row, and how its operands are brought into rows.</summary>
[RequiresDynamicCode("Loops are compiled at run time.")]
internal sealed unsafe class FusedLoopCode<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The code of all loops. A program that compiles ever new functions shall not keep all of it.
    private static readonly ConcurrentDictionary<FusedCodeKey, FusedCodeBlock> Shared = new();
    private const int MostShared = 512;

    private readonly ConcurrentDictionary<ulong, FusedCodeBlock> blocks = new();

    public FusedLoopCode(FusedLoop loop)
    {
        Loop = loop;
    }

    public FusedLoop Loop { get; }

    /// <summary>The code for a merged layout of all operands.</summary>
    public FusedCodeBlock Block(in FusedLayout layout)
    {
        ulong repeated = 0; // a bit an input: see FusedLoop.MostInputs
        for (var i = 0; i < Loop.Inputs.Length; i++)
            repeated |= (layout.Stride(i, layout.Rank - 1) == 0 ? 1UL : 0) << i;
        return blocks.TryGetValue(repeated, out var block) ? block : blocks.GetOrAdd(repeated, Compile);
    }

    /// <summary>
    /// Enters an input into a layout that is not merged yet, and gives what is to be read: the input, or a copy where its neighbours along the row
    /// lie apart, for emitted code reads whole registers.
    /// </summary>
    public CpuStorage Place(ref FusedLayout layout, int operand, CpuStorage input)
    {
        var original = input;
        var axes = Loop.Inputs[operand].Axes;
        if (input.Block is null && !input.IsContiguous)
            input = StridedCopy.ToContiguous(input);
        layout.SetInput(operand, input.Shape, input.Strides, axes);
        if (IsRow(layout, operand))
            return input;
        if (!IsRepeatedView(layout, operand))
        {
            input = StridedCopy.ToContiguous(input);
            layout.SetInput(operand, input.Shape, input.Strides, axes);
            if (IsRow(layout, operand))
                return input;
        }
        var strides = new int[layout.Rank];
        for (var axis = 0; axis < strides.Length; axis++)
            strides[axis] = (int)layout.Stride(operand, axis);
        var spread = StridedCopy.ToContiguous(input.View(Loop.Space, strides, 0));
        input.Leave(original);
        layout.SetInput(operand, spread.Shape, spread.Strides, null);
        return spread;
    }

    /// <summary>Enters the outputs into a layout that is not merged yet.</summary>
    public void PlaceOutputs(ref FusedLayout layout)
    {
        var border = Loop.Space.Rank - Loop.RowAxes;
        for (var o = 0; o < Loop.Outputs.Length; o++)
        {
            var place = Loop.Outputs[o].Place;
            layout.SetOutput(
                Loop.Inputs.Length + o,
                place == FusedPlace.Column ? border : 0,
                place == FusedPlace.Row ? border : Loop.Space.Rank
            );
        }
    }

    /// <summary>Bytes of an element of an operand: an input, or an output after all inputs.</summary>
    public int SizeOf(int operand)
    {
        var truth =
            operand < Loop.Inputs.Length
                ? Loop.Inputs[operand].DType == DType.Bool
                : Loop.IsTruth(Loop.Outputs[operand - Loop.Inputs.Length].Value);
        return truth ? 1 : sizeof(T);
    }

    private bool IsRow(in FusedLayout layout, int operand) =>
        Loop.HasRows ? layout.IsRow(operand, Loop.RowAxes) : layout.LastStride(operand) is 0 or 1;

    // Whether a copy without gaps would still not make a row, since some of its axes repeat.
    private bool IsRepeatedView(in FusedLayout layout, int operand)
    {
        for (var axis = Loop.HasRows ? layout.Rank - Loop.RowAxes : 0; axis < layout.Rank; axis++)
        {
            if (layout.Dims[axis] != 1 && layout.Stride(operand, axis) == 0)
                return true;
        }
        return false;
    }

    private FusedCodeBlock Compile(ulong repeated)
    {
        var key = new FusedCodeKey(Loop, repeated);
        if (Shared.TryGetValue(key, out var known))
            return known;
        if (Shared.Count >= MostShared)
            Shared.Clear();
        return Shared[key] = Emit(repeated);
    }

    private FusedCodeBlock Emit(ulong repeated) =>
        Vector512.IsHardwareAccelerated ? FusedEmitter<Lanes512<T>, T>.Emit(Loop, repeated)
        : Vector256.IsHardwareAccelerated ? FusedEmitter<Lanes256<T>, T>.Emit(Loop, repeated)
        : FusedEmitter<Lanes128<T>, T>.Emit(Loop, repeated);
}
