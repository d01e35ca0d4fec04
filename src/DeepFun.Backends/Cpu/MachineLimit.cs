using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DeepFun.Backends.Cpu;

/// <summary>What this machine can do at most with the threads in use, measured: arithmetic on registers, and copies of a number of bytes.</summary>
internal sealed unsafe class MachineLimit
{
    // A copy of few bytes stays in a near cache, a copy of many goes to memory.
    private const int SmallestCopy = 1 << 13;
    private const int LargestCopy = 1 << 27;

    // From here on a copy is worth a second thread.
    private const int SharedCopy = 1 << 19;
    private readonly double[] copies;

    private MachineLimit(int threads, double operations, double[] copies)
    {
        Threads = threads;
        Operations = operations;
        this.copies = copies;
    }

    /// <summary>The threads that were measured.</summary>
    public int Threads { get; }

    /// <summary>Float32 operations a second, of multiply-adds, each of which is two.</summary>
    public double Operations { get; }

    /// <summary>Bytes a second, read and written, of copies that move so many bytes.</summary>
    public double CopyBandwidth(double bytes)
    {
        var i = 0;
        for (double size = SmallestCopy; i < copies.Length - 1 && size < bytes; size *= 4)
            i++;
        return copies[i];
    }

    /// <summary>The bandwidth of the largest copy that is measured: that of memory.</summary>
    public double MemoryBandwidth => copies[^1];

    /// <summary>Measures now, with <see cref="WorkerPool.Threads"/>, for about a fifth of a second.</summary>
    public static MachineLimit Measure()
    {
        var threads = WorkerPool.Threads;
        var results = stackalloc float[threads];
        // The fastest turn counts: whatever else the machine does only ever slows.
        var fastest = double.MaxValue;
        for (var turn = 0; turn < 40; turn++)
            fastest = Math.Min(fastest, Seconds(threads, &MultiplyAdd, results));
        return new(threads, threads * RegisterPeak.Operations / fastest, Copies(threads));
    }

    private static double[] Copies(int threads)
    {
        var buffer = (byte*)NativeMemory.AlignedAlloc(LargestCopy, 64);
        try
        {
            new Span<byte>(buffer, LargestCopy).Fill(1);
            var sizes = 1;
            for (var size = SmallestCopy; size < LargestCopy; size *= 4)
                sizes++;
            var bandwidths = new double[sizes];
            var moved = (long)SmallestCopy;
            for (var i = 0; i < sizes; i++, moved *= 4)
            {
                var parts = moved < SharedCopy ? 1 : threads;
                // Small copies are repeated, so that the clock's own time is nothing beside theirs.
                var copy = new Copy
                {
                    From = buffer,
                    To = buffer + moved / 2,
                    Bytes = moved / 2 / parts,
                    Times = (int)Math.Max(1, (1 << 22) / moved),
                };
                var fastest = double.MaxValue;
                for (var turn = 0; turn < 8; turn++)
                    fastest = Math.Min(fastest, Seconds(parts, &CopyPart, &copy) / copy.Times);
                bandwidths[i] = 2 * copy.Bytes * parts / fastest;
            }
            return bandwidths;
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private static double Seconds(int chunks, delegate* <void*, int, void> body, void* context)
    {
        var start = Stopwatch.GetTimestamp();
        WorkerPool.Run(chunks, body, context);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void MultiplyAdd(void* context, int chunk) => ((float*)context)[chunk] = RegisterPeak.Run();

    private static void CopyPart(void* context, int chunk)
    {
        var copy = (Copy*)context;
        for (var i = 0; i < copy->Times; i++)
            Buffer.MemoryCopy(copy->From + chunk * copy->Bytes, copy->To + chunk * copy->Bytes, copy->Bytes, copy->Bytes);
    }

    private struct Copy
    {
        public byte* From;
        public byte* To;
        public long Bytes;
        public int Times;
    }
}
