using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Derivatives and batches of functions. T is any tree of tensors: a tensor, a tuple, a record with positional parameters, an array,
/// a list, a dictionary, <see cref="Params"/>, nested. Everything nests in any order.
/// </summary>
public static class Differentiate
{
    /// <summary>The gradient of a function that gives one number; the result has the structure of the argument.</summary>
    /// <param name="f">The function.</param>
    /// <returns>x ↦ ∇f(x), by reverse mode: a few times the cost of f.</returns>
    /// <exception cref="DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var slope = Differentiate.Grad((Tensor x) => x * x);
    /// Console.WriteLine(slope(Tensor.Scalar(3)).ToDouble()); // 6
    /// </code></example>
    public static Func<T, T> Grad<T>(Func<T, Tensor> f) => x => Interop.Grad(f, x);

    /// <summary>Value and gradient in one pass.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <returns>x ↦ (f(x), ∇f(x))</returns>
    /// <exception cref="DeepFunException">As <see cref="Grad"/>.</exception>
    public static Func<T, (Tensor Value, T Gradient)> ValueAndGrad<T>(Func<T, Tensor> f) => x => Interop.ValueAndGrad(f, x);

    /// <summary>Forward mode: the value at x and the derivative J·dx in a direction.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="dx">The direction: structure, shapes and dtypes of x.</param>
    /// <exception cref="DeepFunException">DF0302 or DF0405 if dx does not match x.</exception>
    public static (TResult Value, TResult Tangent) Jvp<T, TResult>(Func<T, TResult> f, T x, T dx) => Interop.Jvp(f, x, dx);

    /// <summary>Reverse mode: the value at x and the pullback from a cotangent of the result to Jᵀ·cotangent, to be called any number of times.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    public static (TResult Value, Func<TResult, T> Pullback) Vjp<T, TResult>(Func<T, TResult> f, T x) => Interop.Vjp(f, x);

    /// <summary>The function for a whole batch at once: it takes and gives trees whose tensors have the entries along axis 0.</summary>
    /// <param name="f">The function of one entry.</param>
    /// <exception cref="DeepFunException">DF0406 the tensors differ in axis 0.</exception>
    public static Func<T, TResult> Vmap<T, TResult>(Func<T, TResult> f) => xs => Interop.Vmap(f, xs);

    /// <summary>The matrix of derivatives, [shape of f(x)…, shape of x…], by the mode that needs fewer passes.</summary>
    /// <param name="f">The function.</param>
    public static Func<Tensor, Tensor> Jacobian(Func<Tensor, Tensor> f) => x => Interop.Jacobian(f, x);

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…].</summary>
    /// <param name="f">A function that gives one number.</param>
    public static Func<Tensor, Tensor> Hessian(Func<Tensor, Tensor> f) => x => Interop.Hessian(f, x);

    /// <summary>Hessian times vector without the Hessian: about twice the cost of the gradient.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    public static T Hvp<T>(Func<T, Tensor> f, T x, T v) => Interop.Hvp(f, x, v);
}
