using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Any function, and the function of its derivative (<c>Differentiate.Grad(f)</c>), as text, mathematics, a diagram or a program. The function
/// is traced at x, whose structure, shapes and dtypes count and whose values do not; a function that reads values cannot be shown (DF0402).
/// </summary>
public static class Explain
{
    /// <summary>A line for each operation with the type of its result; numbers stand where they are read.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">An argument: any tree of tensors.</param>
    /// <example><code>
    /// var gradient = Differentiate.Grad((Tensor x) => (x * x * x).Sum());
    /// Console.WriteLine(Explain.Text((Tensor x) => x.Exp() * 2, Tensor.Vector(1, 2)).Split('\n')[1].Trim()); // v1: float32[2] = exp x
    /// Console.WriteLine(Explain.Text(gradient, Tensor.Vector(1, 2)).Split('\n')[0]); // f(x: float32[2]) ->
    /// </code></example>
    public static string Text<T, TResult>(Func<T, TResult> f, T x) => ExplainInterop.Text(f, x);

    /// <summary>
    /// LaTeX mathematics in index notation, an <c>aligned</c> environment (amsmath): sums, products and extrema over named indices, which begin
    /// with 0, fractions, roots, cases.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="x">An argument: any tree of tensors.</param>
    /// <example><code>
    /// var gradient = Differentiate.Grad((Tensor x) => x.Square().Sum());
    /// Console.WriteLine(Explain.Latex(gradient, Tensor.Vector(1, 2)).Split('\n')[1]); // f\left(x\right)_{i} &amp;= 2 x_{i}
    /// </code></example>
    public static string Latex<T, TResult>(Func<T, TResult> f, T x) => ExplainInterop.Latex(f, x);

    /// <summary>A Mermaid flowchart: a box for each operation, an arrow for each operand.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">An argument: any tree of tensors.</param>
    /// <example><code>
    /// Console.WriteLine(Explain.Mermaid((Tensor x) => x.Exp(), Tensor.Vector(1, 2)).Split('\n')[0]); // flowchart TD
    /// </code></example>
    public static string Mermaid<T, TResult>(Func<T, TResult> f, T x) => ExplainInterop.Mermaid(f, x);

    /// <summary>
    /// F# source with a function <c>f</c> of the tensors in x, in order, that gives the same values, bit for bit. What the function closes over
    /// stands in the source up to 64 elements; larger tensors are further arguments.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="x">An argument: any tree of tensors.</param>
    /// <exception cref="DeepFunException">DF0451 an operation that no public function gives.</exception>
    /// <example><code>
    /// Console.WriteLine(Explain.FSharp((Tensor x) => x * 2, Tensor.Vector(1, 2)).Split('\n')[^2].Trim()); // let v1 = x * 2.0
    /// </code></example>
    public static string FSharp<T, TResult>(Func<T, TResult> f, T x) => ExplainInterop.FSharp(f, x);
}
