using Xunit;

namespace DeepFun.Backends.Tests.Memory;

/// <summary>Tests that read the process-wide figures of the pool run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class MemoryCollection
{
    public const string Name = "memory";
}
