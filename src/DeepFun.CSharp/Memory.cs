using System;
using DeepFun.Backends;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Native memory. Nothing has to be disposed; a scope returns memory earlier.</summary>
public static class Memory
{
    /// <summary>
    /// f's result; the memory of every other tensor that f made is returned at once. A tensor that f stored elsewhere is unusable
    /// afterwards (DF0601), unless <see cref="Keep"/> was called on it.
    /// </summary>
    /// <param name="f">Gives a tensor or a tree of them. Training and prediction have a scope of their own.</param>
    /// <example><code>
    /// var sum = Memory.Scope(() => (Tensor.Ones(1000, 1000) * 2).Sum()); // two matrices are returned here
    /// Console.WriteLine(sum.ToDouble()); // 2000000
    /// </code></example>
    public static T Scope<T>(Func<T> f) => Interop.Scope(f);

    /// <summary>Lets a tensor outlive the scopes that it was made in.</summary>
    public static Tensor Keep(Tensor tensor) => FSharp.Memory.keep(tensor);

    /// <summary>Bytes in use by tensors and bytes kept warm for the next ones.</summary>
    public static MemoryStatistics Statistics => MemoryStatistics.Now;
}
