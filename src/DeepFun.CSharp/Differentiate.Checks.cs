using System;
using DeepFun.FSharp;

namespace DeepFun;

public static partial class Differentiate
{
    /// <summary>
    /// Compares the derivatives of a function with finite differences, and in float64 with complex steps where the function allows them (they find
    /// what is wrong in the tenth digit): forward and reverse mode, and from order 2 on every sequence of both.
    /// The report names the tensor and the element that differ.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where; a kink close to x is found as a difference.</param>
    /// <param name="order">The highest order of the derivatives that are checked.</param>
    /// <param name="step">The step h; null: ε^(1/5) · max(1, |x|), with ε the precision of the dtype.</param>
    /// <param name="tolerance">By how much derivatives may differ, relative; null: by dtype, 1e-7 in float64, 2e-3 in float32, and 1e-12 from complex steps.</param>
    /// <param name="elements">How many elements of each tensor are tried.</param>
    /// <param name="complexSteps">Whether complex steps are tried; the report says where they did not apply, and why.</param>
    /// <exception cref="DeepFunException">DF0404 nothing in x is floating-point; DF0431 an order below 1; DF0439 a step that is not greater than 0.</exception>
    /// <example><code>
    /// var report = Differentiate.CheckGrad((Tensor x) => x.Sin().Sum(), Tensor.Vector(1, 2).Cast(DType.Float64), order: 2);
    /// Console.WriteLine(report); // 12 derivatives up to order 2 agree with finite differences and complex steps
    /// </code></example>
    public static GradReport CheckGrad<T, TResult>(
        Func<T, TResult> f,
        T x,
        int order = 1,
        double? step = null,
        double? tolerance = null,
        int elements = 64,
        bool complexSteps = true
    ) => CheckInterop.CheckGrad(f, x, order, step, tolerance, elements, complexSteps);

    /// <summary>As <see cref="CheckGrad"/>; a difference is an error.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <param name="order">The highest order of the derivatives that are checked.</param>
    /// <param name="step">The step h; null: by dtype.</param>
    /// <param name="tolerance">By how much derivatives may differ, relative; null: by dtype.</param>
    /// <param name="elements">How many elements of each tensor are tried.</param>
    /// <param name="complexSteps">Whether complex steps are tried.</param>
    /// <exception cref="DeepFunException">DF0440 a derivative differs from its finite difference; otherwise as <see cref="CheckGrad"/>.</exception>
    public static void AssertGrad<T, TResult>(
        Func<T, TResult> f,
        T x,
        int order = 1,
        double? step = null,
        double? tolerance = null,
        int elements = 64,
        bool complexSteps = true
    ) => CheckInterop.AssertGrad(f, x, order, step, tolerance, elements, complexSteps);

    /// <summary>
    /// The first operation of a function, or of its derivative by reverse mode, that makes a NaN or an infinity; null if every value is finite.
    /// For searching, not for every step: it looks at every value.
    /// </summary>
    /// <param name="f">The function; it may differentiate itself.</param>
    /// <param name="x">Where. What depends on x is watched, so pass parameters as part of it.</param>
    /// <exception cref="DeepFunException">DF0301 or DF0303 x holds no tensor; DF0402 x is being traced.</exception>
    /// <example><code>
    /// var found = Differentiate.CheckNaN((Tensor x) => (x - 1).Log().Sum(), Tensor.Vector(2, 0.5));
    /// Console.WriteLine($"{found!.Operation}, {found.Pass}, {found.Operands[0]}"); // log, Forward, float32[2] in [-0.5, 1]
    /// </code></example>
    public static NonFinite? CheckNaN<T, TResult>(Func<T, TResult> f, T x) => CheckInterop.CheckNaN(f, x);

    /// <summary>f(x), of which every value, and every value of whose derivative, is finite.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">Where.</param>
    /// <exception cref="DeepFunException">DF0441 an operation makes a NaN or an infinity; otherwise as <see cref="CheckNaN"/>.</exception>
    public static TResult AssertFinite<T, TResult>(Func<T, TResult> f, T x) => CheckInterop.AssertFinite(f, x);
}
