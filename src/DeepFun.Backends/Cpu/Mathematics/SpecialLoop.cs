using System.Numerics;

namespace DeepFun.Backends.Cpu;

/// <summary>Runs a special function of two or three tensors on many threads; Float32 by way of double precision, so rounded once.</summary>
internal static unsafe class SpecialLoop
{
    // An element costs about a microsecond, so that even a short chunk outweighs handing it to a thread.
    private const long ChunkLength = 128;

    private struct Work
    {
        public SpecialOp Op;
        public int First;
        public int Second;
        public void* X;
        public void* Y;
        public void* Z;
        public void* To;
        public long Count;
    }

    /// <summary>x, y and z are the operands; of two, z is not read.</summary>
    public static void Run<T>(SpecialOp op, int first, int second, T* x, T* y, T* z, T* to, long count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var work = new Work
        {
            Op = op,
            First = first,
            Second = second,
            X = x,
            Y = y,
            Z = z,
            To = to,
            Count = count,
        };
        WorkerPool.Run((int)((count + ChunkLength - 1) / ChunkLength), &RunChunk<T>, &work);
    }

    private static void RunChunk<T>(void* context, int chunk)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var work = (Work*)context;
        var start = chunk * ChunkLength;
        var end = long.Min(work->Count, start + ChunkLength);
        var to = (T*)work->To;
        if (work->Op == SpecialOp.BetaI)
        {
            var beta = new IncompleteBeta(work->First, work->Second);
            for (var i = start; i < end; i++)
                to[i] = T.CreateTruncating(beta.Value(At<T>(work->X, i), At<T>(work->Y, i), At<T>(work->Z, i)));
            return;
        }
        var gamma = new IncompleteGamma(work->First);
        for (var i = start; i < end; i++)
        {
            var (a, x) = (At<T>(work->X, i), At<T>(work->Y, i));
            to[i] = T.CreateTruncating(work->Op == SpecialOp.GammaQ ? gamma.Upper(a, x) : gamma.Lower(a, x));
        }
    }

    private static double At<T>(void* x, long i)
        where T : unmanaged, IFloatingPointIeee754<T> => double.CreateTruncating(((T*)x)[i]);
}
