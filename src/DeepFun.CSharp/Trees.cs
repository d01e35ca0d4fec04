using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Trees: any value that holds tensors, as in <see cref="Differentiate"/>.</summary>
public static class Trees
{
    /// <summary>The same tree with f of each tensor.</summary>
    /// <example><code>
    /// var (a, b) = Trees.Map((Tensor.Scalar(1), Tensor.Scalar(2)), x => x * 10);
    /// Console.WriteLine(a.ToDouble() + b.ToDouble()); // 30
    /// </code></example>
    public static T Map<T>(T tree, Func<Tensor, Tensor> f) => Interop.TreeMap(f, tree);

    /// <summary>The same tree with f of each pair of tensors of two trees of equal structure.</summary>
    /// <exception cref="DeepFunException">DF0302 the structures differ.</exception>
    public static T Map<T>(T first, T second, Func<Tensor, Tensor, Tensor> f) => Interop.TreeMap2(f, first, second);

    /// <summary>The tensors with their paths, in a fixed order.</summary>
    /// <example><code>
    /// var tree = new Dictionary&lt;string, Tensor[]&gt; { ["w"] = [Tensor.Ones(2, 3), Tensor.Ones(3)] };
    /// Console.WriteLine(string.Join(" ", Trees.Tensors(tree).Select(e => $"{e.Key}{e.Value.Shape}"))); // w/0[2, 3] w/1[3]
    /// </code></example>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Tensors<T>(T tree) => Interop.Leaves(tree);
}
