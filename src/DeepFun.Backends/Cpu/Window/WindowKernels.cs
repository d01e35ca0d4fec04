using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.Window;

/// <summary>Shares a pooling out: rows of windows for the maximum and the sum, whole planes for the sum's transpose, whose rows overlap.</summary>
internal static unsafe class WindowKernels
{
    // Places that one chunk should look at.
    private const long ChunkTaps = 64 << 10;

    private struct Work
    {
        public PoolOp Op;
        public byte* From;
        public byte* To;
        public WindowGeometry Geometry;
        public long Units;
        public long UnitsPerChunk;
    }

    public static void Run<T>(PoolOp op, byte* from, byte* to, WindowGeometry g)
        where T : unmanaged, INumber<T>
    {
        var rows = (long)g.Depth.Output * g.Height.Output;
        var taps = (long)g.Depth.Window * g.Height.Window * g.Width.Window;
        var work = new Work
        {
            Op = op,
            From = from,
            To = to,
            Geometry = g,
            Units = op == PoolOp.SumTranspose ? g.Planes : g.Planes * rows,
        };
        var perUnit = op == PoolOp.SumTranspose ? g.InputSize + g.OutputSize * taps : g.Width.Output * taps;
        work.UnitsPerChunk = Math.Max(1, ChunkTaps / Math.Max(1, perUnit));
        var chunks = (int)((work.Units + work.UnitsPerChunk - 1) / work.UnitsPerChunk);
        if (chunks == 1)
            RunChunk<T>(&work, 0);
        else
            WorkerPool.Run(chunks, &RunChunk<T>, &work);
    }

    private static void RunChunk<T>(void* context, int chunk)
        where T : unmanaged, INumber<T>
    {
        var work = (Work*)context;
        ref readonly var g = ref work->Geometry;
        var unit = chunk * work->UnitsPerChunk;
        var end = Math.Min(work->Units, unit + work->UnitsPerChunk);
        if (work->Op == PoolOp.SumTranspose)
        {
            for (; unit < end; unit++)
                WindowSum.TransposePlane((T*)work->From + unit * g.OutputSize, (T*)work->To + unit * g.InputSize, in g);
            return;
        }
        var (outer, height) = Math.DivRem(unit, g.Height.Output);
        var (plane, depth) = Math.DivRem(outer, g.Depth.Output);
        var twoByTwo = g.IsTwoByTwo && WindowRow.HasVectors<T>(g.Width.Stride);
        for (; unit < end; unit++)
        {
            var x = (T*)work->From + plane * g.InputSize;
            if (work->Op == PoolOp.ArgMax && twoByTwo)
                WindowMaximum.TwoByTwo(
                    (float*)x,
                    (int*)work->To + unit * g.Width.Output,
                    2L * height * g.Width.Input,
                    g.Width.Input,
                    g.Width.Output
                );
            else if (work->Op == PoolOp.ArgMax)
                WindowMaximum.Row(x, (int*)work->To + unit * g.Width.Output, (int)depth, (int)height, in g);
            else
                WindowSum.Row(x, (T*)work->To + unit * g.Width.Output, (int)depth, (int)height, in g);
            if (++height < g.Height.Output)
                continue;
            height = 0;
            if (++depth < g.Depth.Output)
                continue;
            depth = 0;
            plane++;
        }
    }
}
