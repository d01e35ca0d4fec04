using System;
using DeepFun.FSharp;

namespace DeepFun;

public static partial class Differentiate
{
    /// <summary>The matrix of derivatives, [shape of f(x)…, shape of x…], in one batched pass.</summary>
    /// <param name="f">The function.</param>
    /// <param name="mode">Forward, reverse, or the one that needs fewer passes.</param>
    /// <remarks>Compiles by itself where it is called again and not small; f runs at every call and may close over what changes.</remarks>
    /// <exception cref="DeepFunException">DF0404 x is not floating-point.</exception>
    /// <example><code>
    /// var jacobian = Differentiate.Jacobian(x => x * x);
    /// Console.WriteLine(jacobian(Tensor.Vector(1, 2)).Flatten()); // tensor([2., 0., 0., 4.], float32, shape [4])
    /// </code></example>
    public static Func<Tensor, Tensor> Jacobian(Func<Tensor, Tensor> f, JacobianMode mode = JacobianMode.Automatic) =>
        x => DerivativeInterop.Jacobian(f, mode, x);

    /// <summary>The derivatives of a function from tree to tree: for every tensor of the result a tree like the argument.</summary>
    /// <param name="f">The function.</param>
    /// <param name="mode">Forward, reverse, or the one that needs fewer passes.</param>
    /// <remarks>Compiles by itself where it is called again and not small; f runs at every call and may close over what changes.</remarks>
    /// <exception cref="DeepFunException">DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var jacobian = Differentiate.Jacobian(((Tensor A, Tensor B) x) => (Sum: x.A + x.B, Product: x.A * x.B));
    /// var j = jacobian((Tensor.Scalar(2), Tensor.Scalar(5)));
    /// Console.WriteLine(j.Of(y => y.Product, x => x.A).ToDouble()); // 5
    /// </code></example>
    public static Func<T, Jacobian<T, TResult>> Jacobian<T, TResult>(Func<T, TResult> f, JacobianMode mode = JacobianMode.Automatic) =>
        x => DerivativeInterop.JacobianTree(f, mode, x);

    /// <summary>The value and the matrix of derivatives.</summary>
    /// <param name="f">The function.</param>
    /// <returns>x ↦ (f(x), Jacobian)</returns>
    /// <exception cref="DeepFunException">DF0404 x is not floating-point.</exception>
    public static Func<Tensor, (Tensor Value, Tensor Jacobian)> ValueAndJacobian(Func<Tensor, Tensor> f) =>
        x => DerivativeInterop.ValueAndJacobian(f, x);

    /// <summary>The value and the derivatives of a function from tree to tree.</summary>
    /// <param name="f">The function.</param>
    /// <returns>x ↦ (f(x), Jacobian)</returns>
    /// <exception cref="DeepFunException">DF0404 nothing in x is floating-point.</exception>
    public static Func<T, (TResult Value, Jacobian<T, TResult> Jacobian)> ValueAndJacobian<T, TResult>(Func<T, TResult> f) =>
        x => DerivativeInterop.ValueAndJacobianTree(f, x);

    /// <summary>The second derivatives of a function of a tree: the Jacobian of its gradient.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <remarks>Compiles by itself where it is called again and not small; f runs at every call and may close over what changes.</remarks>
    /// <exception cref="DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var hessian = Differentiate.Hessian(((Tensor A, Tensor B) x) => x.A * x.A * x.B);
    /// var h = hessian((Tensor.Scalar(3), Tensor.Scalar(5)));
    /// Console.WriteLine(h.Of(x => x.A, x => x.B).ToDouble()); // 6
    /// </code></example>
    public static Func<T, Jacobian<T, T>> Hessian<T>(Func<T, Tensor> f) => x => DerivativeInterop.HessianTree(f, x);

    /// <summary>The value, the gradient and the matrix of second derivatives in one call.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <returns>x ↦ (f(x), ∇f(x), Hessian)</returns>
    /// <exception cref="DeepFunException">DF0403 f gives more than one number; DF0404 x is not floating-point.</exception>
    public static Func<Tensor, (Tensor Value, Tensor Gradient, Tensor Hessian)> ValueGradHessian(Func<Tensor, Tensor> f) =>
        x => DerivativeInterop.ValueGradHessian(f, x);

    /// <summary>The value, the gradient and the second derivatives of a function of a tree.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <returns>x ↦ (f(x), ∇f(x), Hessian)</returns>
    /// <exception cref="DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    public static Func<T, (Tensor Value, T Gradient, Jacobian<T, T> Hessian)> ValueGradHessian<T>(Func<T, Tensor> f) =>
        x => DerivativeInterop.ValueGradHessianTree(f, x);
}
