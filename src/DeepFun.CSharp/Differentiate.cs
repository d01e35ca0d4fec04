using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Derivatives and batches of functions. T is any tree of tensors: a tensor, a tuple, a record with positional parameters, an array,
/// a list, a dictionary, <see cref="Params"/>, nested; what holds no tensor in it is a constant. Everything nests in any order.
/// </summary>
public static partial class Differentiate
{
    /// <summary>The gradient of a function that gives one number; the result has the structure of the argument.</summary>
    /// <param name="f">The function.</param>
    /// <returns>x ↦ ∇f(x), by reverse mode: a few times the cost of f.</returns>
    /// <exception cref="DeepFunException">DF0403 f gives more than one number; DF0404 nothing in x is floating-point.</exception>
    /// <example><code>
    /// var slope = Differentiate.Grad((Tensor x) => x * x);
    /// Console.WriteLine(slope(Tensor.Scalar(3)).ToDouble()); // 6
    /// Console.WriteLine(Differentiate.Grad(slope)(Tensor.Scalar(3)).ToDouble()); // 2
    ///
    /// record Line(Tensor Slope, Tensor Offset);
    /// var gradient = Differentiate.Grad((Line line) => (line.Slope * 5 + line.Offset).Square());
    /// Console.WriteLine(gradient(new Line(Tensor.Scalar(1), Tensor.Scalar(2))).Slope.ToDouble()); // 70
    /// </code></example>
    public static Func<T, T> Grad<T>(Func<T, Tensor> f) => x => Interop.Grad(f, x);

    /// <summary>Value and gradient in one pass.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <returns>x ↦ (f(x), ∇f(x))</returns>
    /// <exception cref="DeepFunException">As <see cref="Grad"/>.</exception>
    /// <example><code>
    /// var (value, gradient) = Differentiate.ValueAndGrad((Tensor x) => (x * x).Sum())(Tensor.Vector(1, 2, 3));
    /// Console.WriteLine(value.ToDouble()); // 14
    /// Console.WriteLine(gradient); // tensor([2., 4., 6.], float32, shape [3])
    /// </code></example>
    public static Func<T, (Tensor Value, T Gradient)> ValueAndGrad<T>(Func<T, Tensor> f) => x => Interop.ValueAndGrad(f, x);

    /// <summary>Value and gradient of a function that gives something else along, for example a model's new state.</summary>
    /// <param name="f">x ↦ (the number that is differentiated, any tree of tensors).</param>
    /// <returns>x ↦ (number, what came along, gradient of the number)</returns>
    /// <exception cref="DeepFunException">As <see cref="Grad"/>.</exception>
    /// <example><code>
    /// var f = Differentiate.ValueAndGradAux((Tensor x) => ((x * x).Sum(), x + 1));
    /// var (value, extra, gradient) = f(Tensor.Vector(1, 2));
    /// Console.WriteLine($"{value.ToDouble()}, {extra.Item(1).ToDouble()}, {gradient.Item(1).ToDouble()}"); // 5, 3, 4
    /// </code></example>
    public static Func<T, (Tensor Value, TExtra Extra, T Gradient)> ValueAndGradAux<T, TExtra>(Func<T, (Tensor Value, TExtra Extra)> f) =>
        x => Interop.ValueAndGradAux(x => f(x), x);

    /// <summary>Forward mode: the value at x and the derivative J·dx in a direction.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="dx">The direction: structure, shapes and dtypes of x.</param>
    /// <exception cref="DeepFunException">DF0302 or DF0405 if dx does not match x.</exception>
    /// <example><code>
    /// var (value, tangent) = Differentiate.Jvp((Tensor x) => x * x, Tensor.Vector(1, 2), Tensor.Vector(1, 10));
    /// Console.WriteLine(tangent); // tensor([ 2., 40.], float32, shape [2])
    /// </code></example>
    public static (TResult Value, TResult Tangent) Jvp<T, TResult>(Func<T, TResult> f, T x, T dx) => Interop.Jvp(f, x, dx);

    /// <summary>Reverse mode: the value at x and the pullback from a cotangent of the result to Jᵀ·cotangent, to be called any number of times.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <example><code>
    /// var (value, pullback) = Differentiate.Vjp((Tensor x) => x * x, Tensor.Vector(1, 2));
    /// Console.WriteLine(pullback(Tensor.Vector(1, 0))); // tensor([2., 0.], float32, shape [2])
    /// Console.WriteLine(pullback(Tensor.Vector(0, 1))); // tensor([0., 4.], float32, shape [2])
    /// </code></example>
    public static (TResult Value, Func<TResult, T> Pullback) Vjp<T, TResult>(Func<T, TResult> f, T x) => Interop.Vjp(f, x);

    /// <summary>The function for a whole batch at once: it takes and gives trees whose tensors have the entries along axis 0.</summary>
    /// <param name="f">The function of one entry.</param>
    /// <exception cref="DeepFunException">DF0406 the tensors differ in axis 0.</exception>
    /// <example><code>
    /// var dots = Differentiate.Vmap(((Tensor A, Tensor B) pair) => pair.A.Dot(pair.B));
    /// var rows = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
    /// Console.WriteLine(dots((rows, rows))); // tensor([ 5., 25.], float32, shape [2])
    /// </code></example>
    public static Func<T, TResult> Vmap<T, TResult>(Func<T, TResult> f) => xs => Interop.Vmap(f, xs);

    /// <summary>The matrix of second derivatives, [shape of x…, shape of x…].</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <remarks>Compiles by itself where it is called again and not small; f runs at every call and may close over what changes.</remarks>
    /// <example><code>
    /// var hessian = Differentiate.Hessian(x => x.Prod());
    /// Console.WriteLine(hessian(Tensor.Vector(2, 3)).Flatten()); // tensor([0., 1., 1., 0.], float32, shape [4])
    /// </code></example>
    public static Func<Tensor, Tensor> Hessian(Func<Tensor, Tensor> f) => x => Interop.Hessian(f, x);

    /// <summary>Hessian times vector without the Hessian: about twice the cost of the gradient.</summary>
    /// <param name="f">A function that gives one number.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The vector: structure, shapes and dtypes of x.</param>
    /// <example><code>
    /// var product = Differentiate.Hvp((Tensor x) => x.Pow(3).Sum(), Tensor.Vector(1, 2), Tensor.Vector(1, 1));
    /// Console.WriteLine(product); // tensor([ 6., 12.], float32, shape [2])
    /// </code></example>
    public static T Hvp<T>(Func<T, Tensor> f, T x, T v) => Interop.Hvp(f, x, v);
}
