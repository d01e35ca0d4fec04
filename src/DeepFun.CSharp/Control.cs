using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Branches and loops that can be differentiated, batched and traced. The functions take and give trees of tensors; what they close over may be
/// differentiated as well. A step of a loop is traced once, however often it runs, so values cannot be read in it (DF0402).
/// </summary>
public static class Control
{
    /// <summary>
    /// A fold that also gives what each step gives: over the slices along axis 0 of every tensor of <paramref name="xs"/>. Gives the last carry,
    /// and what the steps gave, stacked along a new axis 0.
    /// </summary>
    /// <param name="step">(carry, slice) ↦ (next carry, what is stacked). The carry keeps its structure, shapes and dtypes.</param>
    /// <param name="init">The carry before the first step.</param>
    /// <param name="xs">A tree whose tensors are equally long along axis 0.</param>
    /// <param name="reverse">From the last slice to the first; results stand where their slices stood.</param>
    /// <exception cref="DeepFunException">DF0410 or DF0411 the carry changes; DF0414 the tensors differ in axis 0.</exception>
    /// <example><code>
    /// // Running totals, and the derivative of the last one.
    /// var (total, totals) = Control.Scan((Tensor c, Tensor x) => (c + x, c + x), Tensor.Scalar(0), Tensor.Vector(1, 2, 3));
    /// Console.WriteLine(totals); // tensor([1., 3., 6.], float32, shape [3])
    /// var product = Differentiate.Grad((Tensor xs) => Control.Fold((Tensor c, Tensor x) => c * x, Tensor.Scalar(1), xs));
    /// Console.WriteLine(product(Tensor.Vector(2, 3, 4))); // tensor([12.,  8.,  6.], float32, shape [3])
    /// </code></example>
    public static (TCarry Carry, TResult Results) Scan<TCarry, T, TResult>(
        Func<TCarry, T, (TCarry Carry, TResult Result)> step,
        TCarry init,
        T xs,
        bool reverse = false
    ) => ControlInterop.Scan((c, x) => step(c, x), init, xs, reverse);

    /// <summary>So many steps, with nothing to go through: the last carry, and what the steps gave, stacked along a new axis 0.</summary>
    /// <param name="step">carry ↦ (next carry, what is stacked). The carry keeps its structure, shapes and dtypes.</param>
    /// <param name="init">The carry before the first step.</param>
    /// <param name="length">How many steps.</param>
    /// <exception cref="DeepFunException">DF0410 or DF0411 the carry changes; DF0414 a negative length.</exception>
    /// <example><code>
    /// var (last, doubled) = Control.Scan((Tensor c) => (c * 2, c), Tensor.Scalar(1), length: 4);
    /// Console.WriteLine(doubled); // tensor([1., 2., 4., 8.], float32, shape [4])
    /// </code></example>
    public static (TCarry Carry, TResult Results) Scan<TCarry, TResult>(
        Func<TCarry, (TCarry Carry, TResult Result)> step,
        TCarry init,
        int length
    ) => ControlInterop.Scan(c => step(c), init, length);

    /// <summary>The last carry of a scan whose steps give nothing else.</summary>
    /// <param name="step">(carry, slice) ↦ next carry.</param>
    /// <param name="init">The carry before the first step.</param>
    /// <param name="xs">A tree whose tensors are equally long along axis 0.</param>
    /// <param name="reverse">From the last slice to the first.</param>
    /// <exception cref="DeepFunException">DF0410 or DF0411 the carry changes; DF0414 the tensors differ in axis 0.</exception>
    public static TCarry Fold<TCarry, T>(Func<TCarry, T, TCarry> step, TCarry init, T xs, bool reverse = false) =>
        ControlInterop.Fold(step, init, xs, reverse);

    /// <summary>The function of each slice along axis 0, one after the other, stacked along axis 0: as Vmap, with less memory and no speed-up.</summary>
    /// <param name="f">The function of one slice.</param>
    /// <param name="xs">A tree whose tensors are equally long along axis 0.</param>
    /// <exception cref="DeepFunException">DF0414 the tensors differ in axis 0.</exception>
    public static TResult Map<T, TResult>(Func<T, TResult> f, T xs) => ControlInterop.Map(f, xs);

    /// <summary>The body for i = lower, …, upper − 1. The bounds are numbers, so reverse mode works.</summary>
    /// <param name="lower">The first i.</param>
    /// <param name="upper">The first i that is not taken; no step if it is not above lower.</param>
    /// <param name="body">(i, carry) ↦ next carry; i is an int32 scalar.</param>
    /// <param name="init">The carry before the first step.</param>
    /// <exception cref="DeepFunException">DF0410 or DF0411 the carry changes.</exception>
    /// <example><code>
    /// var power = Differentiate.Grad((Tensor x) => Control.For(0, 3, (i, c) => c * x, x)); // x⁴
    /// Console.WriteLine(power(Tensor.Scalar(2)).ToDouble()); // 32
    /// </code></example>
    public static TCarry For<TCarry>(int lower, int upper, Func<Tensor, TCarry, TCarry> body, TCarry init) =>
        ControlInterop.For(lower, upper, body, init);

    /// <summary>One of two functions of x. Where the predicate's value is known only that one runs; under Vmap both, and their results are selected.</summary>
    /// <param name="predicate">A bool scalar.</param>
    /// <param name="then">Where it holds.</param>
    /// <param name="otherwise">Where not; its results have the structure, shapes and dtypes of the other's.</param>
    /// <param name="x">The argument of both.</param>
    /// <exception cref="DeepFunException">DF0412 the branches give different structures, shapes or dtypes; DF0413 the predicate is not one bool.</exception>
    /// <example><code>
    /// Func&lt;Tensor, Tensor&gt; f = x => Control.Cond(x.Greater(Tensor.Scalar(0)), x => x * x, x => -x, x);
    /// Console.WriteLine(Differentiate.Vmap(Differentiate.Grad(f))(Tensor.Vector(3, -3))); // tensor([ 6., -1.], float32, shape [2])
    /// </code></example>
    public static TResult Cond<T, TResult>(Tensor predicate, Func<T, TResult> then, Func<T, TResult> otherwise, T x) =>
        ControlInterop.Cond(predicate, then, otherwise, x);

    /// <summary>The function of this number on x; a number below 0 takes the first, one above the last takes the last.</summary>
    /// <param name="index">An integer scalar.</param>
    /// <param name="branches">Functions whose results have the same structure, shapes and dtypes.</param>
    /// <param name="x">The argument of all.</param>
    /// <exception cref="DeepFunException">DF0412 the branches give different structures, shapes or dtypes; DF0413 the index is not one integer.</exception>
    public static TResult Switch<T, TResult>(Tensor index, IEnumerable<Func<T, TResult>> branches, T x) =>
        ControlInterop.Switch(index, branches, x);

    /// <summary>
    /// The body while the condition holds. Where the condition's value is known, derivatives of every mode go through the steps. Traced,
    /// reverse mode needs a maximum, and memory for so many steps.
    /// </summary>
    /// <param name="condition">carry ↦ a bool scalar.</param>
    /// <param name="body">carry ↦ next carry, of the same structure, shapes and dtypes.</param>
    /// <param name="init">The carry before the first step.</param>
    /// <param name="maximum">The largest number of steps; null: no bound.</param>
    /// <exception cref="DeepFunException">DF0410 or DF0411 the carry changes; DF0413 the condition does not give one bool; DF0415 reverse mode through a traced loop without a maximum.</exception>
    /// <example><code>
    /// var doubled = Control.While((Tensor c) => c.Less(Tensor.Scalar(100)), c => c * 2, Tensor.Scalar(1));
    /// Console.WriteLine(doubled.ToDouble()); // 128
    /// </code></example>
    public static TCarry While<TCarry>(Func<TCarry, Tensor> condition, Func<TCarry, TCarry> body, TCarry init, int? maximum = null) =>
        maximum is { } bound ? ControlInterop.WhileBounded(bound, condition, body, init) : ControlInterop.While(condition, body, init);
}
