using System;
using DeepFun.Backends.Cpu.Movement;

namespace DeepFun.Backends.Cpu;

/// <summary>A reduction's axes in two groups, kept and reduced, each collapsed.</summary>
internal unsafe struct ReductionLayout
{
    public StridedOperand Kept;
    public StridedOperand Reduced;

    /// <summary>Elements that meet in one result.</summary>
    public nint Length;

    /// <summary>Entries of <c>memory</c> that <see cref="Create"/> needs.</summary>
    public static int TableSize(int rank) => 2 * StridedOperand.TableSize(rank);

    /// <summary>Splits the axes of <paramref name="x"/>; <paramref name="axes"/> are ascending.</summary>
    public static ReductionLayout Create(CpuStorage x, byte* start, ReadOnlySpan<int> axes, nint* memory)
    {
        var dims = x.Shape.Dims;
        var strides = x.StridesOrRowMajor();
        var layout = new ReductionLayout
        {
            Kept = StridedOperand.Empty(start, dims.Length, memory),
            Reduced = StridedOperand.Empty(start, dims.Length, memory + StridedOperand.TableSize(dims.Length)),
            Length = 1,
        };
        for (var axis = 0; axis < dims.Length; axis++)
        {
            if (axes.Contains(axis))
            {
                layout.Reduced.Append(dims[axis], strides[axis]);
                layout.Length *= dims[axis];
            }
            else
                layout.Kept.Append(dims[axis], strides[axis]);
        }
        layout.Kept.Close();
        layout.Reduced.Close();
        return layout;
    }

    /// <summary>The shape without the reduced axes.</summary>
    public static Shape ResultShape(Shape shape, ReadOnlySpan<int> axes)
    {
        var rank = shape.Rank - axes.Length;
        var dims = (rank <= ViewStrides.StackRank ? stackalloc int[ViewStrides.StackRank] : new int[rank])[..rank];
        var next = 0;
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            if (!axes.Contains(axis))
                dims[next++] = shape.Dims[axis];
        }
        return Shape.Known(dims);
    }
}
