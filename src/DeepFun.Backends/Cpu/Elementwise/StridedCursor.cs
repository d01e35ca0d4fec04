namespace DeepFun.Backends.Cpu;

/// <summary>
/// Walks an operand in row-major order, run by run along its innermost axis. Loops take runs of stride one and zero as they lie
/// and read everything else through <see cref="Read"/> into a tile.
/// </summary>
internal unsafe ref struct StridedCursor<T>
    where T : unmanaged
{
    private readonly StridedOperand operand;
    private readonly nint* index; // along every axis but the innermost
    private T* run; // first element of the current run
    private nint position; // within the run

    /// <summary>Begins at an element; <paramref name="index"/> has room for the operand's rank.</summary>
    public StridedCursor(StridedOperand operand, nint* index, nint start)
    {
        this.operand = operand;
        this.index = index;
        var inner = operand.Rank - 1;
        position = start % operand.Dims[inner];
        start /= operand.Dims[inner];
        run = (T*)operand.Start;
        for (var axis = inner - 1; axis >= 0; axis--)
        {
            index[axis] = start % operand.Dims[axis];
            start /= operand.Dims[axis];
            run += index[axis] * operand.Strides[axis];
        }
    }

    /// <summary>The element that comes next.</summary>
    public readonly T* Current => run + position * Stride;

    /// <summary>Elements left in the current run; at least one before the end.</summary>
    public readonly nint Remaining => operand.Dims[operand.Rank - 1] - position;

    /// <summary>Elements between neighbours of a run.</summary>
    public readonly nint Stride => operand.Strides[operand.Rank - 1];

    /// <summary>Passes over elements of the current run.</summary>
    public void Advance(nint count)
    {
        position += count;
        if (position < operand.Dims[operand.Rank - 1])
            return;
        position = 0;
        for (var axis = operand.Rank - 2; axis >= 0; axis--)
        {
            run += operand.Strides[axis];
            if (++index[axis] < operand.Dims[axis])
                return;
            run -= operand.Strides[axis] * operand.Dims[axis];
            index[axis] = 0;
        }
    }

    /// <summary>Copies the next elements, over run ends, and passes over them.</summary>
    public void Read(T* destination, nint count)
    {
        while (count > 0)
        {
            var length = nint.Min(count, Remaining);
            var from = Current;
            var stride = Stride;
            for (nint i = 0; i < length; i++)
                destination[i] = from[i * stride];
            destination += length;
            count -= length;
            Advance(length);
        }
    }
}
