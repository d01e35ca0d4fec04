using System;
using System.Numerics;

namespace DeepFun.Backends.Cpu.Random;

/// <summary>Fills a tensor with random values, each with a parameter and a stream of its own, on many threads.</summary>
internal static unsafe class SampleFill
{
    // A value costs a hundred nanoseconds or more, so that a short chunk pays for handing it over.
    private const long ChunkLength = 512;

    private struct Work
    {
        public SampleOp Op;
        public ulong* Keys;
        public void* Parameters;
        public void* To;
        public long KeyLength;
        public long Count;
    }

    public static void Run<T>(SampleOp op, ulong* keys, long keyCount, T* parameters, void* to, long count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (count == 0)
            return;
        var work = new Work
        {
            Op = op,
            Keys = keys,
            Parameters = parameters,
            To = to,
            KeyLength = count / keyCount,
            Count = count,
        };
        WorkerPool.Run((int)((count + ChunkLength - 1) / ChunkLength), &RunChunk<T>, &work);
    }

    private static void RunChunk<T>(void* context, int chunk)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var work = (Work*)context;
        var end = Math.Min(work->Count, (chunk + 1) * ChunkLength);
        for (var i = chunk * ChunkLength; i < end; i++)
        {
            var (key, element) = Math.DivRem(i, work->KeyLength);
            var stream = new WordStream(work->Keys[key], (ulong)element);
            var parameter = double.CreateTruncating(((T*)work->Parameters)[i]);
            if (work->Op == SampleOp.Poisson)
                ((long*)work->To)[i] = Samplers.Poisson(ref stream, parameter);
            else
                ((T*)work->To)[i] = T.CreateTruncating(Samplers.LogGamma(ref stream, parameter));
        }
    }
}
