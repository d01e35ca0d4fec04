using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>
/// The loops of Scatter. Work is shared out over batch entries, or over the columns of rows, never over indices: at every place the
/// updates meet in the order of the indices, so that sums do not depend on the number of threads.
/// </summary>
internal static unsafe class ScatterKernels
{
    private const long ChunkElements = 32 << 10;

    // Columns of a chunk: whole cache lines of the smallest element.
    private const long Columns = 64;

    private struct Work
    {
        public byte* To;
        public byte* Places;
        public byte* Changes;
        public IndexLayout Layout;
        public long BatchPerChunk;
        public long ColumnsPerChunk;
        public long ColumnChunks;
    }

    public static void Run(ScatterOp op, DType dtype, byte* to, byte* places, DType placeType, byte* changes, IndexLayout layout)
    {
        if (layout.Batch == 0 || layout.Count == 0 || layout.Row == 0)
            return;
        var work = new Work
        {
            To = to,
            Places = places,
            Changes = changes,
            Layout = layout,
        };
        switch (dtype)
        {
            case DType.Float32:
                Run<float>(op, placeType, &work);
                break;
            case DType.Float64:
                Run<double>(op, placeType, &work);
                break;
            case DType.Int8:
                Run<sbyte>(op, placeType, &work);
                break;
            case DType.Int16:
                Run<short>(op, placeType, &work);
                break;
            case DType.Int32:
                Run<int>(op, placeType, &work);
                break;
            case DType.Int64:
                Run<long>(op, placeType, &work);
                break;
            case DType.Bool when op == ScatterOp.Add:
                Run<byte>(ScatterOp.Max, placeType, &work); // true + true = true
                break;
            default:
                Run<byte>(op, placeType, &work);
                break;
        }
    }

    private static void Run<T>(ScatterOp op, DType placeType, Work* work)
        where T : unmanaged, INumber<T>
    {
        if (placeType == DType.Int32)
            Run<T, int>(op, work);
        else
            Run<T, long>(op, work);
    }

    private static void Run<T, TIndex>(ScatterOp op, Work* work)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged
    {
        delegate* <void*, int, void> body = op switch
        {
            ScatterOp.Add => &RunChunk<T, TIndex, AddMeeting>,
            ScatterOp.Max => &RunChunk<T, TIndex, MaxMeeting>,
            ScatterOp.Min => &RunChunk<T, TIndex, MinMeeting>,
            _ => &RunChunk<T, TIndex, SetMeeting>,
        };
        var (batch, count, row) = (work->Layout.Batch, work->Layout.Count, work->Layout.Row);
        work->BatchPerChunk = Math.Clamp(ChunkElements / Math.Max(1, count * row), 1, batch);
        work->ColumnsPerChunk = row;
        if (row > Columns && count * row > ChunkElements)
            work->ColumnsPerChunk = Math.Min(row, (ChunkElements / count + Columns - 1) / Columns * Columns + Columns);
        work->ColumnChunks = (row + work->ColumnsPerChunk - 1) / work->ColumnsPerChunk;
        var chunks = (batch + work->BatchPerChunk - 1) / work->BatchPerChunk * work->ColumnChunks;
        if (chunks == 1)
            body(work, 0);
        else
            WorkerPool.Run((int)chunks, body, work);
    }

    private static void RunChunk<T, TIndex, TMeeting>(void* context, int chunk)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged
        where TMeeting : struct, IMeeting
    {
        var work = (Work*)context;
        var layout = work->Layout;
        var (batchChunk, columnChunk) = Math.DivRem(chunk, work->ColumnChunks);
        var first = columnChunk * work->ColumnsPerChunk;
        var columns = Math.Min(work->ColumnsPerChunk, layout.Row - first);
        var end = Math.Min(layout.Batch, (batchChunk + 1) * work->BatchPerChunk);
        for (var b = batchChunk * work->BatchPerChunk; b < end; b++)
        {
            var to = (T*)work->To + b * layout.Size * layout.Row + first;
            var places = (TIndex*)work->Places + b * layout.Count;
            var changes = (T*)work->Changes + b * layout.Count * layout.Row + first;
            if (layout.Row == 1)
                Elements<T, TIndex, TMeeting>(to, places, changes, layout.Count);
            else
                Rows<T, TIndex, TMeeting>(to, places, changes, layout.Count, layout.Row, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Elements<T, TIndex, TMeeting>(T* to, TIndex* places, T* changes, long count)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged
        where TMeeting : struct, IMeeting
    {
        for (long i = 0; i < count; i++)
        {
            var place = to + GatherKernels.Place(places, i);
            *place = TMeeting.Meet(*place, changes[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<T, TIndex, TMeeting>(T* to, TIndex* places, T* changes, long count, long row, long columns)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged
        where TMeeting : struct, IMeeting
    {
        for (long i = 0; i < count; i++)
        {
            var place = to + GatherKernels.Place(places, i) * row;
            var change = changes + i * row;
            long p = 0;
            for (; p + Vector<T>.Count <= columns; p += Vector<T>.Count)
            {
                var met = TMeeting.Meet(Unsafe.ReadUnaligned<Vector<T>>(place + p), Unsafe.ReadUnaligned<Vector<T>>(change + p));
                Unsafe.WriteUnaligned(place + p, met);
            }
            for (; p < columns; p++)
                place[p] = TMeeting.Meet(place[p], change[p]);
        }
    }
}
