using System;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// How the operands of a fused loop lie in its space once axes that can be walked as one are merged: a row without gaps inside, outer axes
/// around it. Operands are the inputs, then the outputs; strides are in elements. The tables live in the caller's stack frame.
/// </summary>
internal unsafe struct FusedLayout
{
    public nint* Dims;
    public nint* Strides; // operand by operand
    public int Capacity; // axes that the tables have room for
    public int Rank; // the last axis is the row
    public int Operands;

    /// <summary>Entries of memory that a layout needs.</summary>
    public static int TableSize(int rank, int operands) => (rank + 2) * (operands + 1);

    /// <summary>A layout of the loop's space, its operands yet without strides.</summary>
    public static FusedLayout Of(FusedLoop loop, nint* memory)
    {
        var rank = loop.Space.Rank;
        var layout = new FusedLayout
        {
            Capacity = rank + 2,
            Dims = memory,
            Strides = memory + rank + 2,
            Rank = rank,
            Operands = loop.Inputs.Length + loop.Outputs.Length,
        };
        for (var axis = 0; axis < rank; axis++)
            layout.Dims[axis] = loop.Space[axis];
        return layout;
    }

    /// <summary>The stride of an operand along an axis.</summary>
    public readonly ref nint Stride(int operand, int axis) => ref Strides[operand * Capacity + axis];

    /// <summary>An input's strides in the space; what repeats has stride 0.</summary>
    public readonly void SetInput(int operand, Shape shape, int[]? strides, int[]? axes)
    {
        for (var axis = 0; axis < Rank; axis++)
            Stride(operand, axis) = 0;
        nint step = 1;
        for (var i = shape.Rank - 1; i >= 0; i--)
        {
            if (shape[i] != 1)
                Stride(operand, axes is null ? i : axes[i]) = strides is null ? step : strides[i];
            step *= shape[i];
        }
    }

    /// <summary>An output without gaps over some of the axes.</summary>
    public readonly void SetOutput(int operand, int firstAxis, int endAxis)
    {
        nint step = 1;
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            var own = axis >= firstAxis && axis < endAxis;
            Stride(operand, axis) = own ? step : 0;
            if (own)
                step *= Dims[axis];
        }
    }

    /// <summary>Whether an operand repeats or has no gaps along each run of the last axes, so that they can be one row.</summary>
    public readonly bool IsRow(int operand, int axes)
    {
        nint expected = 1;
        bool repeats = true,
            dense = true;
        for (var axis = Rank - 1; axis >= Rank - axes; axis--)
        {
            if (Dims[axis] == 1)
                continue;
            repeats &= Stride(operand, axis) == 0;
            dense &= Stride(operand, axis) == expected;
            expected *= Dims[axis];
        }
        return repeats || dense;
    }

    /// <summary>An operand's stride along the last axis that has more than one element; 0 where there is none.</summary>
    public readonly nint LastStride(int operand)
    {
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            if (Dims[axis] != 1)
                return Stride(operand, axis);
        }
        return 0;
    }

    /// <summary>Merges axes that every operand walks as one, but none across the border of the row; the row becomes the last axis.</summary>
    public void Merge(int rowAxes)
    {
        var border = Rank - rowAxes;
        var kept = 0;
        for (var axis = 0; axis < Rank; axis++)
        {
            if (axis == border)
                border = kept;
            if (Dims[axis] == 1)
                continue;
            if (kept > (axis < Rank - rowAxes ? 0 : border) && Joins(kept - 1, axis))
            {
                Dims[kept - 1] *= Dims[axis];
                for (var o = 0; o < Operands; o++)
                    Stride(o, kept - 1) = Stride(o, axis);
                continue;
            }
            Dims[kept] = Dims[axis];
            for (var o = 0; o < Operands; o++)
                Stride(o, kept) = Stride(o, axis);
            kept++;
        }
        if (rowAxes == 0 || kept == border)
        {
            Dims[kept] = 1;
            for (var o = 0; o < Operands; o++)
                Stride(o, kept) = 0;
            kept++;
        }
        Rank = kept;
    }

    private readonly bool Joins(int outer, int inner)
    {
        for (var o = 0; o < Operands; o++)
        {
            if (Stride(o, outer) != Stride(o, inner) * Dims[inner])
                return false;
        }
        return true;
    }
}
