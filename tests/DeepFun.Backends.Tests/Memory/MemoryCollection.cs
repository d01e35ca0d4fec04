using System;
using Xunit;

namespace DeepFun.Backends.Tests.Memory;

/// <summary>Tests that read the process-wide figures of the pool run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class MemoryCollection
{
    public const string Name = "memory";

    /// <summary>Waits until the finalizers of earlier tests have returned their memory, so that the figures stand still.</summary>
    public static void Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
