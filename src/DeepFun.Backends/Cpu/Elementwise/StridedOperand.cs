namespace DeepFun.Backends.Cpu;

/// <summary>
/// A strided tensor with every pair of neighbouring axes that can be walked as one merged, and axes of size one dropped.
/// Each operand is collapsed on its own: a contiguous one becomes a single run, a bias [C] seen as [N, C] becomes [N, C] with strides [0, 1].
/// The tables live in the caller's stack frame.
/// </summary>
internal unsafe struct StridedOperand
{
    public byte* Start;
    public nint* Dims;
    public nint* Strides;
    public int Rank;

    /// <summary>Entries of <c>memory</c> that <see cref="Collapse"/> needs.</summary>
    public static int TableSize(int rank) => 2 * (rank + 1);

    /// <summary>Collapses axes; <paramref name="memory"/> holds <see cref="TableSize"/> entries and lives as long as the result is used.</summary>
    public static StridedOperand Collapse(byte* start, int[] dims, int[]? strides, nint* memory)
    {
        var operand = new StridedOperand
        {
            Start = start,
            Dims = memory,
            Strides = memory + dims.Length + 1,
        };
        if (strides is null)
        {
            nint size = 1;
            foreach (var dim in dims)
                size *= dim;
            operand.Append(size, 1);
        }
        else
        {
            for (var axis = 0; axis < dims.Length; axis++)
                operand.Append(dims[axis], strides[axis]);
        }
        operand.Close();
        return operand;
    }

    /// <summary>An operand with room for <paramref name="capacity"/> axes, to be filled by <see cref="Append"/> and <see cref="Close"/>.</summary>
    public static StridedOperand Empty(byte* start, int capacity, nint* memory) =>
        new()
        {
            Start = start,
            Dims = memory,
            Strides = memory + capacity + 1,
        };

    /// <summary>Adds the next inner axis, merged with the one before when both are walked as one.</summary>
    public void Append(nint dim, nint stride)
    {
        if (dim == 1)
            return;
        if (Rank > 0 && Strides[Rank - 1] == dim * stride)
        {
            Dims[Rank - 1] *= dim;
            Strides[Rank - 1] = stride;
            return;
        }
        Dims[Rank] = dim;
        Strides[Rank] = stride;
        Rank++;
    }

    /// <summary>Makes a scalar an axis of one, so that there is always an innermost axis.</summary>
    public void Close()
    {
        if (Rank == 0)
        {
            Dims[0] = 1;
            Strides[0] = 1;
            Rank = 1;
        }
    }
}
