using System;

namespace DeepFun.Backends.Cpu.Movement;

/// <summary>How the innermost elements of a copy lie.</summary>
internal enum CopyKernel
{
    /// <summary>Runs without gaps on both sides.</summary>
    Rows,

    /// <summary>One source element fills a run.</summary>
    Fill,

    /// <summary>Source and target have different axes without gaps: the last two axes of the plan.</summary>
    Transpose,

    /// <summary>Anything else.</summary>
    Strided,
}

/// <summary>A box to copy and the way to do it; the arrays live on the stack of the caller, who outlives every chunk.</summary>
internal unsafe struct CopyPlan
{
    public byte* Source;
    public byte* Target;
    public int ElementSize;
    public CopyKernel Kernel;

    /// <summary>Number of joined axes, at least 1.</summary>
    public int Rank;

    public long* Sizes;
    public long* From;
    public long* To;

    /// <summary>Axes that the chunks count through; the kernel does the others.</summary>
    public int OuterRank;

    /// <summary>Parts into which the first axis of the kernel is cut, and the length of one.</summary>
    public long Segments;
    public long SegmentLength;

    public long Units;
    public long UnitsPerChunk;

    /// <summary>Drops axes of size 1 and joins neighbours; false when there is nothing to copy.</summary>
    public bool Join(ReadOnlySpan<int> fromStrides, ReadOnlySpan<int> toStrides, ReadOnlySpan<int> sizes)
    {
        var rank = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            var size = sizes[i];
            if (size == 0)
                return false;
            if (size == 1)
                continue;
            if (rank > 0 && From[rank - 1] == (long)fromStrides[i] * size && To[rank - 1] == (long)toStrides[i] * size)
                Sizes[rank - 1] *= size;
            else
                Sizes[rank++] = size;
            From[rank - 1] = fromStrides[i];
            To[rank - 1] = toStrides[i];
        }
        if (rank == 0)
            (Sizes[rank], From[rank], To[rank++]) = (1, 1, 1);
        Rank = rank;
        return true;
    }

    /// <summary>Picks the kernel; for a transposition moves the source's dense axis beside the target's.</summary>
    public void ChooseKernel()
    {
        var inner = Rank - 1;
        OuterRank = inner;
        Kernel = CopyKernel.Strided;
        if (To[inner] != 1)
            return;
        if (From[inner] is 0 or 1)
        {
            Kernel = From[inner] == 0 ? CopyKernel.Fill : CopyKernel.Rows;
            return;
        }
        for (var dense = inner - 1; dense >= 0; dense--)
        {
            if (From[dense] != 1)
                continue;
            for (var i = dense; i < inner - 1; i++)
            {
                (Sizes[i], Sizes[i + 1]) = (Sizes[i + 1], Sizes[i]);
                (From[i], From[i + 1]) = (From[i + 1], From[i]);
                (To[i], To[i + 1]) = (To[i + 1], To[i]);
            }
            Kernel = CopyKernel.Transpose;
            OuterRank = inner - 1;
            return;
        }
    }

    /// <summary>Cuts the work in chunks of about so many bytes; gives their number.</summary>
    public int Split(long chunkBytes)
    {
        long outer = 1;
        for (var i = 0; i < OuterRank; i++)
            outer *= Sizes[i];
        var total = outer;
        for (var i = OuterRank; i < Rank; i++)
            total *= Sizes[i];
        var chunks = Math.Max(1, total * ElementSize / chunkBytes);
        var first = Sizes[OuterRank];
        Segments = 1;
        SegmentLength = first;
        if (outer < chunks)
        {
            // Multiples of 64 keep whole cache lines and tiles together.
            var wanted = (chunks + outer - 1) / outer;
            SegmentLength = Math.Min(first, ((first + wanted - 1) / wanted + 63) / 64 * 64);
            Segments = (first + SegmentLength - 1) / SegmentLength;
        }
        Units = outer * Segments;
        UnitsPerChunk = (Units + chunks - 1) / chunks;
        return (int)((Units + UnitsPerChunk - 1) / UnitsPerChunk);
    }
}
