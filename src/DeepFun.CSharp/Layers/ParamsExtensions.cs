using System;

namespace DeepFun;

/// <summary>Parameters by the pattern of their paths; see also <c>Params.Matching</c>, <c>CountOf</c>, <c>Partition</c>, <c>Merge</c> and <c>Replace</c>.</summary>
public static class ParamsExtensions
{
    /// <summary>The same tree with f(path, tensor) for each tensor whose path has a pattern.</summary>
    /// <param name="parameters">The tree.</param>
    /// <param name="pattern">* stands for any characters of one name, ** for any number of names.</param>
    /// <param name="f">The new tensor.</param>
    /// <exception cref="DeepFunException">DF0960 no path has the pattern.</exception>
    /// <example><code>
    /// var (parameters, _) = Model.Sequential(Layers.Dense(4), Layers.Dense(2)).Initialize(Key.FromSeed(0), 3);
    /// var halved = parameters.MapMatching("*/weight", (path, weight) => weight / 2);
    /// Console.WriteLine(parameters.CountOf("**/bias")); // 6
    /// </code></example>
    public static Params MapMatching(this Params parameters, string pattern, Func<string, Tensor, Tensor> f) =>
        FSharp.LayerInterop.MapMatching(parameters, pattern, f);
}
