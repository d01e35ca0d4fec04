using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>What a function takes, before it runs.</summary>
public static class Cost
{
    /// <summary>
    /// Arithmetic, bytes, parameters and peak memory of f, compiled, at x, whose structure, shapes and dtypes count and whose values do not. The
    /// function is traced, optimized and planned, and does not run.
    /// </summary>
    /// <param name="f">A function of any tree of tensors.</param>
    /// <param name="x">An argument.</param>
    /// <exception cref="DeepFunException">DF0402 f reads a value that depends on its argument.</exception>
    /// <example><code>
    /// var cost = Cost.Of(((Tensor X, Tensor W) a) => a.X.MatMul(a.W), (Tensor.Zeros(64, 784), Tensor.Zeros(784, 128)));
    /// Console.WriteLine(cost.Operations); // 12845056
    /// </code></example>
    public static CostEstimate Of<T, TResult>(Func<T, TResult> f, T x) => ProfileInterop.Cost(f, x);
}
