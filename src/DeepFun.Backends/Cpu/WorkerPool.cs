namespace DeepFun.Backends.Cpu;

/// <summary>Runs the chunks of a job; the caller takes part. Chunks must be independent.</summary>
internal static unsafe class WorkerPool
{
    /// <summary>Threads that work on a job, the caller included.</summary>
    public static int Threads { get; set; } = 1;

    /// <summary>Calls <paramref name="body"/>(context, chunk) for every chunk in [0, chunks) and returns when all are done.</summary>
    public static void Run(int chunks, delegate* <void*, int, void> body, void* context)
    {
        for (var chunk = 0; chunk < chunks; chunk++)
            body(context, chunk);
    }
}
