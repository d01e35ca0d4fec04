using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// The weight as the tiles read it: panels of so many channels as a tile has columns, side by side, and the terms of a sum one after the
/// other. The rest of the last panel is 0.
/// </summary>
internal static unsafe class ConvolutionPanels
{
    private struct Work<T>
        where T : unmanaged, INumberBase<T>
    {
        public ConvolutionRows<T> Rows;
        public T* Panels;
    }

    /// <summary>Elements of one group's panels where the lanes are <paramref name="lanes"/> channels and the sums have <paramref name="terms"/> terms.</summary>
    public static nint Size<T>(in ConvolutionRows<T> rows, int lanes, nint terms)
        where T : unmanaged, INumberBase<T> => Count(rows, lanes) * rows.Tiles.Columns * terms;

    /// <summary>[panel, term of a patch, output channel].</summary>
    public static void OfOutputs<T>(in ConvolutionRows<T> rows, T* panels)
        where T : unmanaged, INumberBase<T>
    {
        var work = new Work<T> { Rows = rows, Panels = panels };
        ref readonly var s = ref rows.Job.Shape;
        WorkerPool.Run((int)(s.Groups * Count(rows, s.OutChannels)), &Outputs<T>, &work);
    }

    /// <summary>[panel, tap, output channel, input channel].</summary>
    public static void OfInputs<T>(in ConvolutionRows<T> rows, T* panels)
        where T : unmanaged, INumberBase<T>
    {
        var work = new Work<T> { Rows = rows, Panels = panels };
        ref readonly var s = ref rows.Job.Shape;
        WorkerPool.Run((int)(s.Groups * Count(rows, s.OutChannels)), &Inputs<T>, &work);
    }

    /// <summary>[output channel, tap, input channel], the order of a patch. One group.</summary>
    public static void OfPatches<T>(in ConvolutionRows<T> rows, T* patches)
        where T : unmanaged, INumberBase<T>
    {
        var work = new Work<T> { Rows = rows, Panels = patches };
        WorkerPool.Run((int)Count(rows, rows.Job.Shape.OutChannels), &Patches<T>, &work);
    }

    private static void Patches<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var s = ref work.Rows.Job.Shape;
        var columns = work.Rows.Tiles.Columns;
        var end = Math.Min((chunk + 1) * columns, s.OutChannels);
        for (nint o = chunk * columns; o < end; o++)
            Packing.Panel(
                work.Rows.Job.Weight + o * s.Terms,
                s.Taps,
                1,
                s.InChannels,
                s.Taps,
                work.Panels + o * s.Terms,
                s.InChannels,
                false
            );
    }

    private static nint Count<T>(in ConvolutionRows<T> rows, int channels)
        where T : unmanaged, INumberBase<T> => (channels + rows.Tiles.Columns - 1) / rows.Tiles.Columns;

    private static void Outputs<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var s = ref work.Rows.Job.Shape;
        var columns = work.Rows.Tiles.Columns;
        var patches = Patches(work.Rows, chunk, out _, out var count);
        Packing.Panel(patches, s.Terms, 1, count, s.Terms, work.Panels + (nint)chunk * columns * s.Terms, columns, true);
    }

    private static void Inputs<T>(void* context, int chunk)
        where T : unmanaged, INumberBase<T>
    {
        ref var work = ref *(Work<T>*)context;
        ref var s = ref work.Rows.Job.Shape;
        var columns = work.Rows.Tiles.Columns;
        var patches = Patches(work.Rows, chunk, out var first, out var count);
        var size = (nint)s.Taps * s.OutChannels * columns; // of a panel
        var group = chunk / Count(work.Rows, s.OutChannels);
        var panels = Count(work.Rows, s.InChannels);
        for (nint panel = 0; panel < panels; panel++)
        {
            var lanes = Math.Min(columns, s.InChannels - panel * columns);
            var to = work.Panels + (group * panels + panel) * size;
            for (nint tap = 0; tap < s.Taps; tap++)
                Packing.Panel(
                    patches + tap * s.InChannels + panel * columns,
                    1,
                    s.Terms,
                    lanes,
                    count,
                    to + (tap * s.OutChannels + first) * columns,
                    columns,
                    true
                );
        }
    }

    // The weight of a panel of output channels as [output channel, tap, input channel], the order of a patch, from [output channel, input channel, tap].
    private static T* Patches<T>(in ConvolutionRows<T> rows, int chunk, out int first, out int count)
        where T : unmanaged, INumberBase<T>
    {
        ref readonly var s = ref rows.Job.Shape;
        var columns = rows.Tiles.Columns;
        var (group, panel) = Math.DivRem(chunk, (int)Count(rows, s.OutChannels));
        first = panel * columns;
        count = Math.Min(columns, s.OutChannels - first);
        var patches = Scratch.Rent<T>(Scratch.Use.Rows, (nint)count * s.Terms);
        for (nint o = 0; o < count; o++)
        {
            var from = rows.Job.Weight + ((nint)group * s.OutChannels + first + o) * s.Terms;
            Packing.Panel(from, s.Taps, 1, s.InChannels, s.Taps, patches + o * s.Terms, s.InChannels, false);
        }
        return patches;
    }
}
