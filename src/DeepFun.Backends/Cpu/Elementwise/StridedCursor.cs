using System;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Walks an operand in row-major order, run by run along its innermost axis. Loops take runs of stride one and zero as they lie
/// and have everything else read into a tile by <see cref="Next"/>.
/// </summary>
internal unsafe ref struct StridedCursor<T>
    where T : unmanaged
{
    private const int LongRun = 64;

    private readonly StridedOperand operand;
    private readonly nint* index; // along every axis but the innermost
    private T* run; // first element of the current run
    private nint position; // within the run
    private T* repeated; // the element that the tile is full of
    private nint filled;

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

    /// <summary>
    /// Cuts a count at the end of a run that a kernel can take as it lies or as one repeated element. Short runs are not worth a
    /// call of their own.
    /// </summary>
    public readonly nint Limit(nint count)
    {
        var remaining = Remaining;
        return remaining < count && remaining >= LongRun && Stride is 0 or 1 ? remaining : count;
    }

    /// <summary>The next elements without gaps, where they lie or in <paramref name="tile"/>, and passes over them.</summary>
    public T* Next(T* tile, nint count)
    {
        if (Remaining < count || Stride is not (0 or 1))
        {
            filled = 0;
            Read(tile, count);
            return tile;
        }
        var from = Current;
        Advance(count);
        if (operand.Strides[operand.Rank - 1] == 1)
            return from;
        // A tile that holds the repeated element already serves again.
        if (filled < count || repeated != from)
        {
            new Span<T>(tile, (int)count).Fill(*from);
            filled = count;
            repeated = from;
        }
        return tile;
    }

    private void Read(T* destination, nint count)
    {
        while (count > 0)
        {
            var length = nint.Min(count, Remaining);
            var from = Current;
            var stride = Stride;
            if (stride == 1 && length >= 16)
                Unsafe.CopyBlockUnaligned(destination, from, (uint)(length * sizeof(T)));
            else
            {
                for (nint i = 0; i < length; i++)
                    destination[i] = from[i * stride];
            }
            destination += length;
            count -= length;
            Advance(length);
        }
    }
}
