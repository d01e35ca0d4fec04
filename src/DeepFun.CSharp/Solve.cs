using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Solutions of equations, with derivatives by the implicit function theorem: they depend on the solution, not on the iterations.</summary>
public static class Solve
{
    /// <summary>The x with f(p, x) = x, found by repeating f from x0; differentiable in p to any order and in both modes.</summary>
    /// <param name="f">(parameters, x) ↦ the next x, of the same shape and dtype.</param>
    /// <param name="parameters">A tree with a tensor in it.</param>
    /// <param name="start">Where to begin; the derivative by it is zero.</param>
    /// <param name="tolerance">The largest max |f − x| / (1 + max |x|); by default 100 ε of the dtype.</param>
    /// <param name="maxIterations">The most iterations.</param>
    /// <exception cref="DeepFunException">DF0460 no convergence; DF0461 f gives what is not like x; DF0404 x is not floating-point; DF0465 a bad option.</exception>
    /// <example><code>
    /// // Heron's iteration for √a, and its derivative 1 / (2 √a)
    /// var root = (Tensor a) => Solve.FixedPoint((a, x) => (x + a / x) / 2, a, Tensor.Scalar(1));
    /// Console.WriteLine(Differentiate.Grad(root)(Tensor.Scalar(4)).ToDouble()); // 0.25
    /// </code></example>
    public static Tensor FixedPoint<T>(
        Func<T, Tensor, Tensor> f,
        T parameters,
        Tensor start,
        double? tolerance = null,
        int maxIterations = 1000
    ) => SolverInterop.FixedPoint(f, parameters, start, SolverInterop.Options(tolerance, maxIterations));

    /// <summary>The x with f(p, x) = 0, by Newton's method from x0; differentiable in p to any order and in both modes.</summary>
    /// <param name="f">(parameters, x) ↦ the residual, of x's shape and dtype.</param>
    /// <param name="parameters">A tree with a tensor in it.</param>
    /// <param name="start">Where to begin; the derivative by it is zero.</param>
    /// <param name="tolerance">The largest last step, max |Δx| / (1 + max |x|); by default √ε of the dtype.</param>
    /// <param name="maxIterations">The most iterations.</param>
    /// <exception cref="DeepFunException">DF0460 no convergence; DF0461 f gives what is not like x; DF0404 x is not floating-point; DF0465 a bad option.</exception>
    /// <example><code>
    /// Console.WriteLine(Solve.Root((a, x) => x * x - a, Tensor.Scalar(9), Tensor.Scalar(1)).ToDouble()); // 3
    /// </code></example>
    public static Tensor Root<T>(
        Func<T, Tensor, Tensor> f,
        T parameters,
        Tensor start,
        double? tolerance = null,
        int maxIterations = 1000
    ) => SolverInterop.Root(f, parameters, start, SolverInterop.Options(tolerance, maxIterations));

    /// <summary>The x where the objective has a (local) minimum, by damped Newton steps; differentiable in p to any order and in both modes.</summary>
    /// <param name="objective">(parameters, x) ↦ one number.</param>
    /// <param name="parameters">A tree with a tensor in it.</param>
    /// <param name="start">Where to begin; the derivative by it is zero.</param>
    /// <param name="tolerance">The largest max |gradient| / (1 + |objective|) before the last step; by default √ε of the dtype.</param>
    /// <param name="maxIterations">The most iterations.</param>
    /// <exception cref="DeepFunException">DF0460 no convergence; DF0403 more than one number; DF0404 x is not floating-point; DF0465 a bad option.</exception>
    /// <example><code>
    /// var x = Solve.ArgMin((a, x) => (x - a).Square().Sum(), Tensor.Vector(1, 2), Tensor.Vector(0, 0));
    /// Console.WriteLine(x); // tensor([1., 2.], float32, shape [2])
    /// </code></example>
    public static Tensor ArgMin<T>(
        Func<T, Tensor, Tensor> objective,
        T parameters,
        Tensor start,
        double? tolerance = null,
        int maxIterations = 1000
    ) => SolverInterop.ArgMin(objective, parameters, start, SolverInterop.Options(tolerance, maxIterations));
}
