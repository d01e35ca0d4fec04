using System;
using DeepFun.FSharp;

namespace DeepFun;

public static partial class Differentiate
{
    /// <summary>
    /// The function, with a forward derivative of one's own. Reverse mode transposes the rule's lines; the rule is differentiated itself for
    /// higher orders. What the function closes over is differentiated line by line.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="rule">(x, dx) ↦ (f(x), the tangent), linear in dx.</param>
    /// <exception cref="DeepFunException">DF0407 or DF0417 the rule is not linear in dx; DF0416 the tangent is not like the value.</exception>
    /// <example><code>
    /// // log(1 + eˣ) with a derivative that does not overflow.
    /// var f = Differentiate.CustomJvp((Tensor x) => (1 + x.Exp()).Log(), (x, dx) => ((1 + x.Exp()).Log(), dx * (1 - 1 / (1 + x.Exp()))));
    /// Console.WriteLine(Differentiate.Grad(f)(Tensor.Scalar(100)).ToDouble()); // 1
    /// </code></example>
    public static Func<T, TResult> CustomJvp<T, TResult>(Func<T, TResult> f, Func<T, T, (TResult Value, TResult Tangent)> rule) =>
        x => ControlInterop.CustomJvp(f, (x, dx) => rule(x, dx), x);

    /// <summary>
    /// The function, with a reverse derivative of one's own. Forward mode transposes the way back, which must then be linear in the
    /// cotangent. What the function closes over is differentiated line by line. Taylor mode (<see cref="Jet{T, TResult}(Func{T, TResult}, T, int)"/>)
    /// differentiates the function's own lines.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="forward">x ↦ (f(x), what the way back needs: any tree).</param>
    /// <param name="backward">(what it needs, cotangent of f(x)) ↦ cotangent of x.</param>
    /// <exception cref="DeepFunException">DF0407 forward mode or the body of a loop, branch or checkpoint, and backward is not linear; DF0416 the cotangent is not like the argument.</exception>
    /// <example><code>
    /// // The identity, whose gradient is cut to at most 1.
    /// var cut = Differentiate.CustomVjp((Tensor x) => x, x => (x, x), (x, ct) => ct.Clamp(-1, 1));
    /// Console.WriteLine(Differentiate.Grad((Tensor x) => 5 * cut(x))(Tensor.Scalar(2)).ToDouble()); // 1
    /// </code></example>
    public static Func<T, TResult> CustomVjp<T, TResult, TResidual>(
        Func<T, TResult> f,
        Func<T, (TResult Value, TResidual Residual)> forward,
        Func<TResidual, TResult, T> backward
    ) => x => ControlInterop.CustomVjp(f, x => forward(x), backward, x);

    /// <summary>The function, with a rule for each mode.</summary>
    /// <param name="f">The function.</param>
    /// <param name="rule">(x, dx) ↦ (f(x), the tangent), linear in dx.</param>
    /// <param name="forward">x ↦ (f(x), what the way back needs: any tree).</param>
    /// <param name="backward">(what it needs, cotangent of f(x)) ↦ cotangent of x.</param>
    /// <exception cref="DeepFunException">As <see cref="CustomJvp"/> and <see cref="CustomVjp"/>.</exception>
    public static Func<T, TResult> CustomRules<T, TResult, TResidual>(
        Func<T, TResult> f,
        Func<T, T, (TResult Value, TResult Tangent)> rule,
        Func<T, (TResult Value, TResidual Residual)> forward,
        Func<TResidual, TResult, T> backward
    ) => x => ControlInterop.CustomRules(f, (x, dx) => rule(x, dx), x => forward(x), backward, x);

    /// <summary>
    /// The function, of which reverse mode keeps only the argument and computes the rest again on the way back: less memory, more time.
    /// The function is traced, so values cannot be read in it (DF0402).
    /// </summary>
    /// <param name="f">The function.</param>
    /// <example><code>
    /// var layer = Differentiate.Checkpoint((Tensor x) => x.Sin().Exp());
    /// Console.WriteLine(Differentiate.Grad(layer)(Tensor.Scalar(0)).ToDouble()); // 1
    /// </code></example>
    public static Func<T, TResult> Checkpoint<T, TResult>(Func<T, TResult> f) => x => ControlInterop.Checkpoint(f, x);

    /// <summary>The value at x, and the derivative there as a linear function, to be applied any number of times: f runs once.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <exception cref="DeepFunException">DF0302 or DF0405 if a direction does not match x.</exception>
    /// <example><code>
    /// var (value, derivative) = Differentiate.Linearize((Tensor x) => x * x, Tensor.Vector(1, 2));
    /// Console.WriteLine(derivative(Tensor.Vector(1, 0))); // tensor([2., 0.], float32, shape [2])
    /// Console.WriteLine(derivative(Tensor.Vector(0, 1))); // tensor([0., 4.], float32, shape [2])
    /// </code></example>
    public static (TResult Value, Func<T, TResult> Derivative) Linearize<T, TResult>(Func<T, TResult> f, T x) =>
        ControlInterop.Linearize(f, x);

    /// <summary>The transpose of a linear function: the inner products ⟨ct, f(dx)⟩ and ⟨transpose(ct), dx⟩ are equal.</summary>
    /// <param name="f">A linear function.</param>
    /// <param name="x">Structure, shapes and dtypes of its argument; values are not used.</param>
    /// <exception cref="DeepFunException">DF0407 the function is not linear; DF0302 or DF0405 if a cotangent does not match its result.</exception>
    /// <example><code>
    /// var transpose = Differentiate.LinearTranspose((Tensor x) => x.Sum() * 3, Tensor.Vector(0, 0));
    /// Console.WriteLine(transpose(Tensor.Scalar(2))); // tensor([6., 6.], float32, shape [2])
    /// </code></example>
    public static Func<TResult, T> LinearTranspose<T, TResult>(Func<T, TResult> f, T x) => ControlInterop.LinearTranspose(f, x);
}
