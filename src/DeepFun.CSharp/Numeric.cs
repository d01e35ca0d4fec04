using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Every derivative of <see cref="Differentiate"/> once more, by central differences: to check, to teach, and for functions that call something
/// else. The step h may be given; without one the n-th derivative by a number x takes h = ε^(1/(n + 2)) · max(1, |x|), where ε is the precision
/// of x's dtype, and a derivative along v takes ε^(1/(n + 2)) · max(1, ‖x‖∞) / ‖v‖∞. Functions are called twice for each number of x.
/// Errors: DF0439 a step that is not greater than 0, and those of the exact derivatives.
/// </summary>
public static class Numeric
{
    /// <summary>The gradient of a function that gives one number.</summary>
    /// <param name="f">The function.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    /// <example><code>
    /// var slope = Numeric.Grad((Tensor x) => x * x, step: 0.5);
    /// Console.WriteLine(slope(Tensor.Scalar(3)).ToDouble()); // 6
    /// </code></example>
    public static Func<T, T> Grad<T>(Func<T, Tensor> f, double? step = null) => x => NumericInterop.Grad(f, step, x);

    /// <summary>Value and gradient.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, (Tensor Value, T Gradient)> ValueAndGrad<T>(Func<T, Tensor> f, double? step = null) =>
        x => NumericInterop.ValueAndGrad(f, step, x);

    /// <summary>The value and the derivative along dx.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="dx">The direction.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static (TResult Value, TResult Tangent) Jvp<T, TResult>(Func<T, TResult> f, T x, T dx, double? step = null) =>
        NumericInterop.Jvp(f, x, dx, step);

    /// <summary>The value and the pullback from a cotangent of the result to Jᵀ·cotangent.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static (TResult Value, Func<TResult, T> Pullback) Vjp<T, TResult>(Func<T, TResult> f, T x, double? step = null) =>
        NumericInterop.Vjp(f, x, step);

    /// <summary>The derivative along v.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The direction.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static TResult Directional<T, TResult>(Func<T, TResult> f, T x, T v, double? step = null) =>
        NumericInterop.Directional(f, x, v, step);

    /// <summary>The matrix of derivatives, [shape of f(x)…, shape of x…].</summary>
    /// <param name="f">The function.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<Tensor, Tensor> Jacobian(Func<Tensor, Tensor> f, double? step = null) => x => NumericInterop.Jacobian(f, step, x);

    /// <summary>The derivatives of a function from tree to tree.</summary>
    /// <param name="f">The function.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, Jacobian<T, TResult>> Jacobian<T, TResult>(Func<T, TResult> f, double? step = null) =>
        x => NumericInterop.JacobianTree(f, step, x);

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…].</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<Tensor, Tensor> Hessian(Func<Tensor, Tensor> f, double? step = null) => x => NumericInterop.Hessian(f, step, x);

    /// <summary>The second derivatives of a function of a tree.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, Jacobian<T, T>> Hessian<T>(Func<T, Tensor> f, double? step = null) => x => NumericInterop.HessianTree(f, step, x);

    /// <summary>The value, the gradient and the matrix of second derivatives.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<Tensor, (Tensor Value, Tensor Gradient, Tensor Hessian)> ValueGradHessian(
        Func<Tensor, Tensor> f,
        double? step = null
    ) => x => NumericInterop.ValueGradHessian(f, step, x);

    /// <summary>Hessian times vector: the change of the gradient along v.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static T Hvp<T>(Func<T, Tensor> f, T x, T v, double? step = null) => NumericInterop.Hvp(f, x, v, step);

    /// <summary>Vector times Hessian: the gradient of the change along v.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static T Vhp<T>(Func<T, Tensor> f, T x, T v, double? step = null) => NumericInterop.Vhp(f, x, v, step);

    /// <summary>The value, the gradient and Hessian times vector.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static (Tensor Value, T Gradient, T Product) ValueGradHvp<T>(Func<T, Tensor> f, T x, T v, double? step = null) =>
        NumericInterop.ValueGradHvp(f, x, v, step);

    /// <summary>The derivative by one number.</summary>
    /// <param name="f">A function of one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<Tensor, TResult> Diff<TResult>(Func<Tensor, TResult> f, double? step = null) =>
        x => NumericInterop.DiffN(1, f, step, x);

    /// <summary>The derivative of any order by one number.</summary>
    /// <param name="order">How often to differentiate.</param>
    /// <param name="f">A function of one number.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<Tensor, TResult> DiffN<TResult>(int order, Func<Tensor, TResult> f, double? step = null) =>
        x => NumericInterop.DiffN(order, f, step, x);

    /// <summary>The Laplacian Σᵢ ∂²f/∂xᵢ².</summary>
    /// <param name="f">The function.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, TResult> Laplacian<T, TResult>(Func<T, TResult> f, double? step = null) =>
        x => NumericInterop.Laplacian(f, step, x);

    /// <summary>The divergence Σᵢ ∂fᵢ/∂xᵢ of a vector field.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, Tensor> Divergence<T>(Func<T, T> f, double? step = null) => x => NumericInterop.Divergence(f, step, x);

    /// <summary>The curl of a vector field in three dimensions.</summary>
    /// <param name="f">A function that gives a tree like its argument.</param>
    /// <param name="step">The step h; null: chosen as above.</param>
    public static Func<T, T> Curl<T>(Func<T, T> f, double? step = null) => x => NumericInterop.Curl(f, step, x);
}
