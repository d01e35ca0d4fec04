using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Compiling functions: traced once for each structure, shapes and dtypes of the arguments, optimized, and run as a plan. The results are
/// those of the function, up to the order of sums. Values cannot be read in it (DF0402); what it closes over is taken when it is compiled.
/// </summary>
public static class Compile
{
    /// <summary>The function, compiled at its first call. Keep what comes back: it holds what was compiled.</summary>
    /// <param name="f">A function of any tree of tensors.</param>
    /// <exception cref="DeepFunException">DF0402 when called, if f reads a value that depends on its argument.</exception>
    /// <example><code>
    /// var f = Compile.Jit((Tensor x) => x * x + 1);
    /// Console.WriteLine(f(Tensor.Vector(1, 2))); // tensor([2., 5.], float32, shape [2])
    /// </code></example>
    public static Func<T, TResult> Jit<T, TResult>(Func<T, TResult> f) => Function(f).Invoke;

    /// <summary>As the other, for a function of two arguments.</summary>
    /// <param name="f">A function of any trees of tensors.</param>
    public static Func<T1, T2, TResult> Jit<T1, T2, TResult>(Func<T1, T2, TResult> f)
    {
        var compiled = Function(((T1 First, T2 Second) x) => f(x.First, x.Second));
        return (first, second) => compiled.Invoke((first, second));
    }

    /// <summary>As the other, for a function of three arguments.</summary>
    /// <param name="f">A function of any trees of tensors.</param>
    public static Func<T1, T2, T3, TResult> Jit<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> f)
    {
        var compiled = Function(((T1 First, T2 Second, T3 Third) x) => f(x.First, x.Second, x.Third));
        return (first, second, third) => compiled.Invoke((first, second, third));
    }

    /// <summary>As the other, for a function of four arguments.</summary>
    /// <param name="f">A function of any trees of tensors.</param>
    public static Func<T1, T2, T3, T4, TResult> Jit<T1, T2, T3, T4, TResult>(Func<T1, T2, T3, T4, TResult> f)
    {
        var compiled = Function(((T1 First, T2 Second, T3 Third, T4 Fourth) x) => f(x.First, x.Second, x.Third, x.Fourth));
        return (first, second, third, fourth) => compiled.Invoke((first, second, third, fourth));
    }

    /// <summary>The compiled function with its compilations to look at: graphs, plans, and what made it compile again.</summary>
    /// <param name="f">A function of any tree of tensors.</param>
    public static CompiledFunction<T, TResult> Function<T, TResult>(Func<T, TResult> f) => Interop.Compile(f);
}
