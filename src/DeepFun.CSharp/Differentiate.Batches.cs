using System;
using DeepFun.FSharp;

namespace DeepFun;

public static partial class Differentiate
{
    /// <summary>
    /// The function for a whole batch at once, with the axes that hold the entries named for each part of the argument and of the result.
    /// A part that is not mapped is the same for every entry, such as parameters shared by all examples.
    /// </summary>
    /// <param name="f">The function of one entry.</param>
    /// <param name="inAxes">Where the argument has the entries; null: axis 0 of every tensor.</param>
    /// <param name="outAxes">Where the results have them; null: axis 0. A result that depends on no entry may be <see cref="Axes.Unmapped"/>.</param>
    /// <exception cref="DeepFunException">
    /// DF0112 a tensor without that axis; DF0406 mapped axes of different lengths; DF0434 axes that do not fit the tree; DF0435 a result without
    /// an axis that depends on the entries; DF0436 nothing is mapped.
    /// </exception>
    /// <example><code>
    /// // The gradient of every example, with shared weights.
    /// var gradient = Differentiate.Grad(((Tensor W, Tensor X) p) => (p.W * p.X).Sum().Square());
    /// var ofEach = Differentiate.Vmap(gradient, inAxes: Axes.Each(Axes.Unmapped, 0));
    /// var examples = Tensor.From(new float[,] { { 1, 0 }, { 0, 2 } });
    /// Console.WriteLine(ofEach((Tensor.Vector(1, 1), examples)).W.Flatten()); // tensor([2., 0., 0., 8.], float32, shape [4])
    /// </code></example>
    public static Func<T, TResult> Vmap<T, TResult>(Func<T, TResult> f, Axes? inAxes, Axes? outAxes = null) =>
        xs => DerivativeInterop.VmapAxes(f, inAxes, outAxes, xs);

    /// <summary>
    /// The value, held constant in one derivative only: the one whose function got the argument. Every other derivative passes, where
    /// <c>StopGradient</c> stops them all.
    /// </summary>
    /// <param name="argument">The argument of the function whose derivative is stopped, or something computed from it.</param>
    /// <param name="value">What is held constant.</param>
    /// <exception cref="DeepFunException">DF0438 the value is differentiated by reverse mode, or traced, inside of the derivative to be stopped.</exception>
    /// <example><code>
    /// // d/dy of y · stop(x y) is x y = 6; its derivative by x is still y = 3.
    /// Func&lt;Tensor, Tensor&gt; inner = x => Differentiate.Grad((Tensor y) => y * Differentiate.StopGradientOf(y, x * y))(Tensor.Scalar(3));
    /// Console.WriteLine(inner(Tensor.Scalar(2)).ToDouble()); // 6
    /// Console.WriteLine(Differentiate.Grad(inner)(Tensor.Scalar(2)).ToDouble()); // 3
    /// </code></example>
    public static TResult StopGradientOf<T, TResult>(T argument, TResult value) => DerivativeInterop.StopGradientOf(argument, value);
}
