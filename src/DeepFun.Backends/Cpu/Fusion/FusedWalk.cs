using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu;

/// <summary>The code of a fused loop with the merged layout of its operands: runs any rows of it, or a part of its only row.</summary>
internal readonly unsafe struct FusedWalk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FusedLoopCode<T> code;
    private readonly FusedLayout layout;

    public FusedWalk(FusedLoopCode<T> code, FusedLayout layout)
    {
        this.code = code;
        this.layout = layout;
        Block = code.Block(layout);
        Count = layout.Dims[layout.Rank - 1];
        Rows = 1;
        for (var axis = 0; axis < layout.Rank - 1; axis++)
            Rows *= layout.Dims[axis];
    }

    public FusedLoop Loop => code.Loop;

    public FusedCodeBlock Block { get; }

    /// <summary>The rows, and the elements of each.</summary>
    public nint Rows { get; }

    /// <summary>Elements of a row.</summary>
    public nint Count { get; }

    /// <summary>
    /// Computes <paramref name="length"/> elements from <paramref name="from"/> on of the rows from <paramref name="row"/> to before
    /// <paramref name="end"/>, of operands whose first elements are at <paramref name="pointers"/>.
    /// </summary>
    [SkipLocalsInit]
    public void Run(byte** pointers, nint row, nint end, nint from, nint length)
    {
        var operands = layout.Operands;
        var last = layout.Rank - 1;
        var at = stackalloc byte*[operands + Block.Kept];
        var steps = stackalloc nint[operands + Block.Kept];
        Keep(at + operands, steps + operands);
        var run = last == 0 ? 1 : layout.Dims[last - 1];
        while (row < end)
        {
            var start = row % run;
            var now = nint.Min(end - row, run - start);
            for (var o = 0; o < operands; o++)
            {
                var size = code.SizeOf(o);
                steps[o] = last == 0 ? 0 : layout.Stride(o, last - 1) * size;
                at[o] = pointers[o] + (Offset(o, row) + from * layout.Stride(o, last)) * size;
            }
            Block.Run(at, steps, now, length);
            row += now;
        }
    }

    // Where a row of an operand begins, in elements.
    private nint Offset(int operand, nint row)
    {
        nint offset = 0;
        for (var axis = layout.Rank - 2; axis >= 0; axis--)
        {
            offset += row % layout.Dims[axis] * layout.Stride(operand, axis);
            row /= layout.Dims[axis];
        }
        return offset;
    }

    private void Keep(byte** at, nint* steps)
    {
        if (Block.Kept == 0)
            return;
        var size = ((Count * sizeof(T)) + 127) & ~(nint)63;
        var memory = Scratch.Rent<byte>(Scratch.Use.Walk, size * Block.Kept);
        for (var k = 0; k < Block.Kept; k++)
        {
            at[k] = memory + k * size;
            steps[k] = 0;
        }
    }
}
