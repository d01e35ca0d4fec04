using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Derivatives of any order along a curve, by Taylor mode, whose cost grows polynomially with the order.
/// </summary>
public static partial class Differentiate
{
    /// <summary>
    /// The value and the derivatives 1 to order of t ↦ f(x + t) at 0, not divided by factorials; every floating-point element of x moves
    /// by t. For a function of one number, or one that acts on each element alone: f(x), f′(x), f″(x), ….
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="order">The highest derivative, 0 or more.</param>
    /// <exception cref="DeepFunException">DF0450 a negative order.</exception>
    /// <example><code>
    /// var derivatives = Differentiate.Jet((Tensor x) => x.Pow(3), Tensor.Scalar(2), 3);
    /// Console.WriteLine(string.Join(", ", derivatives.Select(d => d.ToDouble()))); // 8, 12, 12, 6
    /// </code></example>
    public static TResult[] Jet<T, TResult>(Func<T, TResult> f, T x, int order) => TaylorInterop.Jet(f, x, order);

    /// <summary>The value and the derivatives 1 to order of t ↦ f(x + t·dx) at 0.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="dx">The direction: structure, shapes and dtypes of x.</param>
    /// <param name="order">The highest derivative, 0 or more.</param>
    /// <exception cref="DeepFunException">DF0450 a negative order; DF0302 or DF0405 if dx does not match x.</exception>
    /// <example><code>
    /// var derivatives = Differentiate.Jet((Tensor x) => x.Prod(), Tensor.Vector(1, 2), Tensor.Vector(3, 4), 2);
    /// Console.WriteLine(string.Join(", ", derivatives.Select(d => d.ToDouble()))); // 2, 10, 24
    /// </code></example>
    public static TResult[] Jet<T, TResult>(Func<T, TResult> f, T x, T dx, int order) => TaylorInterop.JetAlong(f, x, dx, order);

    /// <summary>
    /// Series in, series out: the value and the derivatives at 0 of t ↦ f(x(t)) for the curve with x(0) = x whose derivatives 1, 2, … are
    /// given; as many come out. Neither side is divided by factorials.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="x">The curve's start.</param>
    /// <param name="derivatives">The curve's derivatives: structure, shapes and dtypes of x.</param>
    /// <exception cref="DeepFunException">DF0302 or DF0405 if a derivative does not match x.</exception>
    /// <example><code>
    /// // sin(t²) = t² − t⁶ / 6 + …, through the curve t² with the derivatives 0 and 2.
    /// var (value, slopes) = Differentiate.JetSeries((Tensor x) => x.Sin(), Tensor.Scalar(0), [Tensor.Scalar(0), Tensor.Scalar(2)]);
    /// Console.WriteLine($"{value.ToDouble()}, {slopes[0].ToDouble()}, {slopes[1].ToDouble()}"); // 0, 0, 2
    /// </code></example>
    public static (TResult Value, TResult[] Derivatives) JetSeries<T, TResult>(Func<T, TResult> f, T x, IEnumerable<T> derivatives) =>
        TaylorInterop.JetSeries(f, x, derivatives);

    /// <summary>The Taylor coefficients c₀ … c_order of f(x + t) = c₀ + c₁ t + c₂ t² + …; every floating-point element of x moves by t.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="order">The highest power, 0 or more.</param>
    /// <exception cref="DeepFunException">DF0450 a negative order.</exception>
    /// <example><code>
    /// var coefficients = Differentiate.Taylor((Tensor x) => 1 / (1 - x), Tensor.Scalar(0), 3);
    /// Console.WriteLine(string.Join(", ", coefficients.Select(c => c.ToDouble()))); // 1, 1, 1, 1
    /// </code></example>
    public static TResult[] Taylor<T, TResult>(Func<T, TResult> f, T x, int order) => TaylorInterop.Taylor(f, x, order);
}
