using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace DeepFun.Backends.Cpu;

/// <summary>
/// Runs the chunks of a job; the caller takes part. Chunks must be independent. Threads claim chunks one by one from a shared word,
/// so that the caller never waits for a thread that has not started: a parked or preempted worker costs speed-up only.
/// One job at a time: a nested call, or one from a second thread meanwhile, runs its chunks itself, in order.
/// </summary>
internal static unsafe class WorkerPool
{
    // The word: sequence | first open chunk | end of the open chunks. The caller claims from the front, workers from the end, by
    // compare-and-swap: so a thread finds in its cache what it wrote in the operation before.
    private const int Bits = 20;
    private const int MaxChunks = (1 << Bits) - 1;
    private const long One = 1L << Bits;

    // Workers stay awake this long, to span the gaps between the operations of a training step: waking one takes longer than most operations.
    private static readonly long SpinTicks = Stopwatch.Frequency * 500 / 1_000_000;

    private static Shared shared;
    private static readonly SemaphoreSlim Sleepers = new(0);
    private static readonly object Gate = new();
    private static delegate* <void*, int, void> job;
    private static void* jobContext;
    private static int jobFirst;
    private static Exception? failure;
    private static volatile int threads = Math.Clamp(Environment.ProcessorCount, 1, 16);
    private static volatile int started; // workers that exist; those past Threads sleep at the gate

    /// <summary>Threads that work on a job, the caller included. Default: one for each processor, at most 16.</summary>
    public static int Threads
    {
        get => threads;
        set
        {
            lock (Gate)
            {
                threads = Math.Max(1, value);
                Monitor.PulseAll(Gate);
            }
        }
    }

    /// <summary>
    /// Calls <paramref name="body"/>(context, chunk) for every chunk in [0, chunks) and returns when all are done.
    /// What a body throws comes out here, the first if there are several.
    /// </summary>
    public static void Run(int chunks, delegate* <void*, int, void> body, void* context)
    {
        if (chunks <= 1 || threads == 1 || Interlocked.CompareExchange(ref shared.Busy, 1, 0) != 0)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
                body(context, chunk);
            return;
        }

        if (started < threads - 1)
            Start();
        job = body;
        jobContext = context;
        for (var first = 0; first < chunks; first += MaxChunks)
            RunClaimed(first, Math.Min(chunks - first, MaxChunks));
        var thrown = failure;
        failure = null;
        Volatile.Write(ref shared.Busy, 0);
        if (thrown is not null)
            ExceptionDispatchInfo.Throw(thrown);
    }

    private static void RunClaimed(int first, int chunks)
    {
        jobFirst = first;
        Volatile.Write(ref shared.Done, 0);
        var sequence = (Volatile.Read(ref shared.State) >> (2 * Bits)) + 1;
        Interlocked.Exchange(ref shared.State, (sequence << (2 * Bits)) | (long)chunks);

        // The exchange above and the increment in Park are full fences: one of the two sees the other.
        if (Volatile.Read(ref shared.Parked) > 0)
        {
            var parked = Interlocked.Exchange(ref shared.Parked, 0);
            if (parked > 0)
                Sleepers.Release(parked);
        }

        while (Claim(fromEnd: false) is var chunk && chunk >= 0)
            Execute(chunk);

        // Only chunks that a running worker has claimed are still open here.
        for (var spins = 1; Volatile.Read(ref shared.Done) != chunks; spins++)
        {
            Pause();
            if (spins % 2048 == 0)
                Thread.Yield();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Claim(bool fromEnd)
    {
        while (true)
        {
            var state = Volatile.Read(ref shared.State);
            var next = (int)(state >> Bits) & MaxChunks;
            var end = (int)(state & MaxChunks);
            if (next >= end)
                return -1;
            if (fromEnd)
            {
                if (Interlocked.CompareExchange(ref shared.State, state - 1, state) == state)
                    return end - 1;
            }
            else if (Interlocked.CompareExchange(ref shared.State, state + One, state) == state)
                return next;
        }
    }

    // The job's fields are read after the claim: a job cannot end, and so not change, while a claimed chunk is open.
    private static void Execute(int chunk)
    {
        try
        {
            job(jobContext, jobFirst + chunk);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, exception, null);
        }
        Interlocked.Increment(ref shared.Done);
    }

    private static void Start()
    {
        lock (Gate)
        {
            for (; started < threads - 1; started++)
            {
                var thread = new Thread(Work) { IsBackground = true, Name = $"DeepFun worker {started + 1}" };
                thread.UnsafeStart(started);
            }
        }
    }

    private static void Work(object? boxedIndex)
    {
        var index = (int)boxedIndex!;
        while (true)
        {
            if (index >= threads - 1)
            {
                lock (Gate)
                {
                    while (index >= threads - 1)
                        Monitor.Wait(Gate);
                }
            }
            var chunk = Spin();
            if (chunk < 0)
                chunk = Park();
            for (; chunk >= 0; chunk = Claim(fromEnd: true))
                Execute(chunk);
        }
    }

    // A chunk, or -1 when the time to stay awake is over.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Spin()
    {
        var start = Stopwatch.GetTimestamp();
        for (var spins = 1; ; spins++)
        {
            var chunk = Claim(fromEnd: true);
            if (chunk >= 0 || (spins % 64 == 0 && Stopwatch.GetTimestamp() - start > SpinTicks))
                return chunk;
            Pause();
        }
    }

    // Parked counts sleepers without a permit. Who takes n out of it owes n permits, except a worker that takes itself out.
    private static int Park()
    {
        Interlocked.Increment(ref shared.Parked);
        var chunk = Claim(fromEnd: true);
        if (chunk >= 0)
        {
            for (var parked = Volatile.Read(ref shared.Parked); parked > 0; parked = Volatile.Read(ref shared.Parked))
            {
                if (Interlocked.CompareExchange(ref shared.Parked, parked - 1, parked) == parked)
                    return chunk;
            }
        }
        Sleepers.Wait();
        return chunk;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }

    // One cache line each (two, for the adjacent-line prefetcher): the spinning workers read State only.
    [StructLayout(LayoutKind.Explicit, Size = 640)]
    private struct Shared
    {
        [FieldOffset(128)]
        public long State;

        [FieldOffset(256)]
        public int Done;

        [FieldOffset(384)]
        public int Parked;

        [FieldOffset(512)]
        public int Busy;
    }
}
