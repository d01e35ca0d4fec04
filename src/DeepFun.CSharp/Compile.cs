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
    /// <param name="donate">
    /// How many arguments, the first ones, are used up: the memory of their tensors may become that of the results, so that a loop that steps from
    /// state to state takes no new memory. A tensor that was given away, and every view of it, reports DF0601.
    /// </param>
    /// <example><code>
    /// var step = Compile.Jit((Tensor state, Tensor x) => state * 0.5 + x, donate: 1);
    /// var state = Tensor.Zeros(1000);
    /// for (var i = 0; i &lt; 20; i++)
    ///     state = step(state, Tensor.Ones(1000));
    /// Console.WriteLine($"{state.Item(0).ToDouble():F3}"); // 2.000
    /// </code></example>
    public static Func<T1, T2, TResult> Jit<T1, T2, TResult>(Func<T1, T2, TResult> f, int donate = 0)
    {
        var compiled = Function(((T1 First, T2 Second) x) => f(x.First, x.Second));
        return donate switch
        {
            0 => (first, second) => compiled.Invoke((first, second)),
            1 => (first, second) => Interop.InvokeDonating(compiled, (first, second), first),
            2 => (first, second) => Interop.InvokeDonating(compiled, (first, second), (first, second)),
            _ => Refused<Func<T1, T2, TResult>>(donate, 2),
        };
    }

    /// <summary>As the other, for a function of three arguments.</summary>
    /// <param name="f">A function of any trees of tensors.</param>
    /// <param name="donate">How many arguments, the first ones, are used up.</param>
    public static Func<T1, T2, T3, TResult> Jit<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> f, int donate = 0)
    {
        var compiled = Function(((T1 First, T2 Second, T3 Third) x) => f(x.First, x.Second, x.Third));
        return donate switch
        {
            0 => (first, second, third) => compiled.Invoke((first, second, third)),
            1 => (first, second, third) => Interop.InvokeDonating(compiled, (first, second, third), first),
            2 => (first, second, third) => Interop.InvokeDonating(compiled, (first, second, third), (first, second)),
            3 => (first, second, third) => Interop.InvokeDonating(compiled, (first, second, third), (first, second, third)),
            _ => Refused<Func<T1, T2, T3, TResult>>(donate, 3),
        };
    }

    /// <summary>As the other, for a function of four arguments.</summary>
    /// <param name="f">A function of any trees of tensors.</param>
    /// <param name="donate">How many arguments, the first ones, are used up.</param>
    public static Func<T1, T2, T3, T4, TResult> Jit<T1, T2, T3, T4, TResult>(Func<T1, T2, T3, T4, TResult> f, int donate = 0)
    {
        var compiled = Function(((T1 First, T2 Second, T3 Third, T4 Fourth) x) => f(x.First, x.Second, x.Third, x.Fourth));
        return donate switch
        {
            0 => (first, second, third, fourth) => compiled.Invoke((first, second, third, fourth)),
            1 => (first, second, third, fourth) => Interop.InvokeDonating(compiled, (first, second, third, fourth), first),
            2 => (first, second, third, fourth) => Interop.InvokeDonating(compiled, (first, second, third, fourth), (first, second)),
            3 => (first, second, third, fourth) => Interop.InvokeDonating(compiled, (first, second, third, fourth), (first, second, third)),
            4 => (first, second, third, fourth) =>
                Interop.InvokeDonating(compiled, (first, second, third, fourth), (first, second, third, fourth)),
            _ => Refused<Func<T1, T2, T3, T4, TResult>>(donate, 4),
        };
    }

    private static TFunction Refused<TFunction>(int donate, int arguments) =>
        Errors.option<TFunction>("donate of Compile.Jit", $"between 0 and {arguments}, the number of arguments", $"{donate}");

    /// <summary>The compiled function with its compilations to look at: graphs, plans, and what made it compile again.</summary>
    /// <param name="f">A function of any tree of tensors.</param>
    public static CompiledFunction<T, TResult> Function<T, TResult>(Func<T, TResult> f) => Interop.Compile(f);
}
