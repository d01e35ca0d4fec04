using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DeepFun.Backends.Cpu.Indexing;

/// <summary>The loops of Gather: single elements of 1, 2, 4 or 8 bytes, else rows of bytes.</summary>
internal static unsafe class GatherKernels
{
    private const long ChunkBytes = 128 << 10;
    private const long PrefetchBytes = 1024;

    private struct Work
    {
        public byte* From;
        public byte* Places;
        public byte* To;
        public bool Wide;
        public IndexLayout Layout;
        public long RowBytes;
        public long Total;
        public long PerChunk;
    }

    public static void Run(byte* from, byte* places, DType placeType, byte* to, IndexLayout layout, long rowBytes)
    {
        var work = new Work
        {
            From = from,
            Places = places,
            To = to,
            Wide = placeType == DType.Int64,
            Layout = layout,
            RowBytes = rowBytes,
            Total = layout.Batch * layout.Count,
        };
        if (work.Total == 0 || rowBytes == 0)
            return;
        // Equal shares, and an even number of them.
        var parts = 1 + work.Total * rowBytes / ChunkBytes;
        if (parts > 1)
            parts += parts % 2;
        work.PerChunk = (work.Total + parts - 1) / parts;
        var chunks = (int)((work.Total + work.PerChunk - 1) / work.PerChunk);
        if (chunks == 1)
            RunChunk(&work, 0);
        else
            WorkerPool.Run(chunks, &RunChunk, &work);
    }

    private static void RunChunk(void* context, int chunk)
    {
        var work = (Work*)context;
        if (work->Wide)
            RunChunk<long>(work, chunk);
        else
            RunChunk<int>(work, chunk);
    }

    // A chunk may begin and end inside a batch entry: each entry's part is done in one call.
    private static void RunChunk<TIndex>(Work* work, int chunk)
        where TIndex : unmanaged
    {
        var at = chunk * work->PerChunk;
        var end = Math.Min(work->Total, at + work->PerChunk);
        var (b, i) = Math.DivRem(at, work->Layout.Count);
        while (at < end)
        {
            var count = Math.Min(end - at, work->Layout.Count - i);
            var from = work->From + b * work->Layout.Size * work->RowBytes;
            var to = work->To + at * work->RowBytes;
            var places = (TIndex*)work->Places + at;
            switch (work->RowBytes)
            {
                case 1:
                    Elements(from, places, to, count);
                    break;
                case 2:
                    Elements((ushort*)from, places, (ushort*)to, count);
                    break;
                case 4:
                    Elements((uint*)from, places, (uint*)to, count);
                    break;
                case 8:
                    Elements((ulong*)from, places, (ulong*)to, count);
                    break;
                default:
                    Rows(from, places, to, count, work->RowBytes);
                    break;
            }
            at += count;
            i = 0;
            b++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Elements<T, TIndex>(T* from, TIndex* places, T* to, long count)
        where T : unmanaged
        where TIndex : unmanaged
    {
        long i = 0;
        for (; i + 4 <= count; i += 4)
        {
            var x0 = from[Place(places, i)];
            var x1 = from[Place(places, i + 1)];
            var x2 = from[Place(places, i + 2)];
            var x3 = from[Place(places, i + 3)];
            to[i] = x0;
            to[i + 1] = x1;
            to[i + 2] = x2;
            to[i + 3] = x3;
        }
        for (; i < count; i++)
            to[i] = from[Place(places, i)];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<TIndex>(byte* from, TIndex* places, byte* to, long count, long rowBytes)
        where TIndex : unmanaged
    {
        for (long i = 0; i < count; i++)
        {
            // Rows lie anywhere: the next one begins to arrive while this one is copied.
            if (Sse.IsSupported && i + 1 < count)
            {
                var next = from + Place(places, i + 1) * rowBytes;
                for (long line = 0; line < Math.Min(rowBytes, PrefetchBytes); line += 64)
                    Sse.Prefetch0(next + line);
            }
            Buffer.MemoryCopy(from + Place(places, i) * rowBytes, to + i * rowBytes, rowBytes, rowBytes);
        }
    }

    /// <summary>Index i; both types of indices in one loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place<TIndex>(TIndex* places, long i)
        where TIndex : unmanaged => sizeof(TIndex) == sizeof(int) ? ((int*)places)[i] : ((long*)places)[i];
}
