using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

public static partial class Differentiate
{
    /// <summary>The derivative in a direction, J·v; v is not normalized. <see cref="Jvp"/> gives the value along.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The direction: structure, shapes and dtypes of x.</param>
    /// <exception cref="DeepFunException">DF0302 or DF0405 if v does not match x.</exception>
    public static TResult Directional<T, TResult>(Func<T, TResult> f, T x, T v) => DerivativeInterop.Directional(f, x, v);

    /// <summary>The derivative by one number; the function may give any tree.</summary>
    /// <param name="f">A function of one number.</param>
    /// <exception cref="DeepFunException">DF0430 x is not one number; DF0404 x is not floating-point.</exception>
    /// <example><code>
    /// var velocity = Differentiate.Diff(t => (X: t * 3, Y: t * t));
    /// Console.WriteLine(velocity(Tensor.Scalar(5)).Y.ToDouble()); // 10
    /// </code></example>
    public static Func<Tensor, TResult> Diff<TResult>(Func<Tensor, TResult> f) => x => DerivativeInterop.Diff(f, x);

    /// <summary>The value and the derivative by one number.</summary>
    /// <param name="f">A function of one number.</param>
    /// <exception cref="DeepFunException">As <see cref="Diff"/>.</exception>
    public static Func<Tensor, (TResult Value, TResult Derivative)> ValueAndDiff<TResult>(Func<Tensor, TResult> f) =>
        x => DerivativeInterop.ValueAndDiff(f, x);

    /// <summary>The derivative of any order by one number.</summary>
    /// <param name="order">How often to differentiate; 0 is the function itself.</param>
    /// <param name="f">A function of one number.</param>
    /// <exception cref="DeepFunException">DF0431 the order is negative; otherwise as <see cref="Diff"/>.</exception>
    /// <example><code>
    /// var third = Differentiate.DiffN(3, x => x.Pow(4));
    /// Console.WriteLine(third(Tensor.Scalar(2)).ToDouble()); // 48
    /// </code></example>
    public static Func<Tensor, TResult> DiffN<TResult>(int order, Func<Tensor, TResult> f) => x => DerivativeInterop.DiffN(order, f, x);

    /// <summary>The value and all derivatives up to an order: f(x), f′(x), …</summary>
    /// <param name="order">The highest order.</param>
    /// <param name="f">A function of one number.</param>
    /// <exception cref="DeepFunException">DF0431 the order is negative; otherwise as <see cref="Diff"/>.</exception>
    public static Func<Tensor, IReadOnlyList<TResult>> Diffs<TResult>(int order, Func<Tensor, TResult> f) =>
        x => DerivativeInterop.Diffs(order, f, x);

    /// <summary>The value and Hessian times vector.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static (Tensor Value, T Product) ValueAndHvp<T>(Func<T, Tensor> f, T x, T v) => DerivativeInterop.ValueAndHvp(f, x, v);

    /// <summary>The gradient and Hessian times vector in one pass.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static (T Gradient, T Product) GradHvp<T>(Func<T, Tensor> f, T x, T v) => DerivativeInterop.GradHvp(f, x, v);

    /// <summary>The value, the gradient and Hessian times vector in one pass.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static (Tensor Value, T Gradient, T Product) ValueGradHvp<T>(Func<T, Tensor> f, T x, T v) =>
        DerivativeInterop.ValueGradHvp(f, x, v);

    /// <summary>Vector times Hessian by reverse over reverse; <see cref="Hvp"/> gives the same, cheaper, where second derivatives are symmetric.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static T Vhp<T>(Func<T, Tensor> f, T x, T v) => DerivativeInterop.Vhp(f, x, v);

    /// <summary>The value and vector times Hessian.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static (Tensor Value, T Product) ValueAndVhp<T>(Func<T, Tensor> f, T x, T v) => DerivativeInterop.ValueAndVhp(f, x, v);

    /// <summary>The Laplacian Σᵢ ∂²f/∂xᵢ² over all numbers of x, without the Hessian.</summary>
    /// <param name="f">The function.</param>
    /// <exception cref="DeepFunException">DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var laplacian = Differentiate.Laplacian((Tensor x) => x.Square().Sum());
    /// Console.WriteLine(laplacian(Tensor.Vector(1, 2, 3)).ToDouble()); // 6
    /// </code></example>
    public static Func<T, TResult> Laplacian<T, TResult>(Func<T, TResult> f) => x => DerivativeInterop.Laplacian(f, x);

    /// <summary>The value and the Laplacian.</summary>
    /// <param name="f">The function.</param>
    /// <exception cref="DeepFunException">DF0404 nothing in x is floating-point.</exception>
    public static Func<T, (TResult Value, TResult Laplacian)> ValueAndLaplacian<T, TResult>(Func<T, TResult> f) =>
        x => DerivativeInterop.ValueAndLaplacian(f, x);

    /// <summary>The divergence Σᵢ ∂fᵢ/∂xᵢ of a vector field: one number.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <exception cref="DeepFunException">DF0432 f gives something else than it takes; DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var divergence = Differentiate.Divergence((Tensor x) => x * x);
    /// Console.WriteLine(divergence(Tensor.Vector(1, 2)).ToDouble()); // 6
    /// </code></example>
    public static Func<T, Tensor> Divergence<T>(Func<T, T> f) => x => DerivativeInterop.Divergence(f, x);

    /// <summary>The value and the divergence of a vector field.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <exception cref="DeepFunException">As <see cref="Divergence"/>.</exception>
    public static Func<T, (T Value, Tensor Divergence)> ValueAndDivergence<T>(Func<T, T> f) =>
        x => DerivativeInterop.ValueAndDivergence(f, x);

    /// <summary>The curl ∇ × f of a vector field in three dimensions: a vector of three numbers, or any tree that holds three.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <exception cref="DeepFunException">DF0432 f gives something else than it takes; DF0433 x does not hold three numbers.</exception>
    /// <example><code>
    /// var curl = Differentiate.Curl(((Tensor X, Tensor Y, Tensor Z) p) => (-p.Y, p.X, p.Z));
    /// Console.WriteLine(curl((Tensor.Scalar(1), Tensor.Scalar(2), Tensor.Scalar(3))).Item3.ToDouble()); // 2
    /// </code></example>
    public static Func<T, T> Curl<T>(Func<T, T> f) => x => DerivativeInterop.Curl(f, x);

    /// <summary>The value and the curl of a vector field in three dimensions.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <exception cref="DeepFunException">As <see cref="Curl"/>.</exception>
    public static Func<T, (T Value, T Curl)> ValueAndCurl<T>(Func<T, T> f) => x => DerivativeInterop.ValueAndCurl(f, x);

    /// <summary>The curl and the divergence of a vector field in three dimensions, from one Jacobian.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <exception cref="DeepFunException">As <see cref="Curl"/>.</exception>
    public static Func<T, (T Curl, Tensor Divergence)> CurlDivergence<T>(Func<T, T> f) => x => DerivativeInterop.CurlDivergence(f, x);
}
