using System;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>The arithmetic of strides behind the views.</summary>
internal static class ViewStrides
{
    private static readonly int[][] Zeros =
    [
        [],
        [0],
        [0, 0],
        [0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ];

    /// <summary>Strides that repeat one element.</summary>
    public static int[] Repeat(int rank) => rank < Zeros.Length ? Zeros[rank] : new int[rank];

    /// <summary>Ranks up to this find room for their strides on the stack.</summary>
    public const int StackRank = 16;

    // Views have few strides, over and over again. Threads may overwrite each other's entries: all that is lost is a find.
    private static readonly int[]?[] Lately = new int[251][];

    /// <summary>These strides as an array, which nobody writes; the same one as before, if they were asked for lately.</summary>
    public static int[] Known(ReadOnlySpan<int> strides)
    {
        var hash = strides.Length;
        foreach (var stride in strides)
            hash = hash * 31 + stride;
        ref var entry = ref Lately[(uint)hash % (uint)Lately.Length];
        var found = entry;
        if (found is null || !found.AsSpan().SequenceEqual(strides))
            entry = found = strides.ToArray();
        return found;
    }

    /// <summary>The strides of row-major order, as <see cref="Known"/>.</summary>
    public static int[] KnownRowMajor(ReadOnlySpan<int> dims)
    {
        var strides = (dims.Length <= StackRank ? stackalloc int[StackRank] : new int[dims.Length])[..dims.Length];
        RowMajor(dims, strides);
        return Known(strides);
    }

    /// <summary>The strides of row-major order.</summary>
    public static void RowMajor(ReadOnlySpan<int> dims, Span<int> strides)
    {
        var step = 1;
        for (var i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= dims[i];
        }
    }

    /// <summary>Null when the strides are those of row-major order; axes of size 1 may have any.</summary>
    public static int[]? Normalize(ReadOnlySpan<int> dims, ReadOnlySpan<int> strides) => IsRowMajor(dims, strides) ? null : Known(strides);

    private static bool IsRowMajor(ReadOnlySpan<int> dims, ReadOnlySpan<int> strides)
    {
        var step = 1;
        var equal = true;
        for (var i = dims.Length - 1; i >= 0; i--)
        {
            var size = dims[i];
            if (size == 0)
                return true;
            if (size == 1)
                continue;
            equal &= strides[i] == step;
            step *= size;
        }
        return equal;
    }

    /// <summary>
    /// Strides that give the same elements, in row-major order, under other sizes; false when there are none.
    /// Both sides are walked in groups of axes with equal products; inside a group the old axes must run on into each other.
    /// </summary>
    public static bool TryReshape(ReadOnlySpan<int> dims, ReadOnlySpan<int> strides, ReadOnlySpan<int> target, Span<int> result)
    {
        var from = dims.Length - 1;
        var to = target.Length - 1;
        while (to >= 0 || from >= 0)
        {
            while (from >= 0 && dims[from] == 1)
                from--;
            if (from < 0)
            {
                for (; to >= 0; to--)
                    result[to] = 0; // sizes of 1 only
                return true;
            }
            // The group starts as one old axis and grows until a whole number of new axes fills it.
            var stride = strides[from];
            long group = dims[from];
            long filled = 1;
            while (filled < group || (to >= 0 && target[to] == 1))
            {
                if (to < 0)
                    return false;
                result[to] = (int)(stride * filled);
                filled *= target[to--];
                while (filled > group)
                {
                    var outer = from - 1;
                    while (outer >= 0 && dims[outer] == 1)
                        outer--;
                    if (outer < 0 || strides[outer] != stride * group)
                        return false;
                    group *= dims[outer];
                    from = outer;
                }
            }
            from--;
        }
        return true;
    }
}
