using System;
using System.Collections.Generic;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Ordinary differential equations, by Dormand and Prince's method of order 5 with adaptive steps.</summary>
public static class Ode
{
    /// <summary>
    /// The states at the times, where y′ = f(t, y) and y(times[0]) = start. Derivatives of every mode and order go through the steps, by the start
    /// and by all that f closes over. Values are read, so it cannot be traced or mapped (DF0402).
    /// </summary>
    /// <param name="f">(time, state) ↦ its derivative, like the state.</param>
    /// <param name="start">Any tree of floating-point tensors.</param>
    /// <param name="times">Ascending; steps end at each exactly.</param>
    /// <param name="relativeTolerance">The error allowed in a step, as a part of the value.</param>
    /// <param name="absoluteTolerance">The error allowed in a step beside it.</param>
    /// <param name="firstStep">The first step tried; by default one is estimated.</param>
    /// <param name="maxSteps">The most steps.</param>
    /// <returns>A tree like the state, its tensors [number of times, shape…].</returns>
    /// <exception cref="DeepFunException">
    /// DF0461 f gives what is not like the state; DF0462 bad times; DF0463 the step became too small; DF0464 too many steps; DF0465 a bad option.
    /// </exception>
    /// <example><code>
    /// var y = Ode.Integrate((t, y) => -y, Tensor.Scalar(1), [0, 1]);
    /// Console.WriteLine(y[1].ToDouble().ToString("F4")); // 0.3679
    /// </code></example>
    public static T Integrate<T>(
        Func<Tensor, T, T> f,
        T start,
        IEnumerable<double> times,
        double relativeTolerance = 1e-6,
        double absoluteTolerance = 1e-8,
        double? firstStep = null,
        int maxSteps = 100_000
    ) => SolverInterop.Integrate(f, start, times, SolverInterop.OdeOptions(relativeTolerance, absoluteTolerance, firstStep, maxSteps));

    /// <summary>
    /// As <see cref="Integrate"/>, for y′ = f(p, t, y); reverse mode integrates the adjoint equation backwards instead of keeping the steps.
    /// Derivatives by the parameters and the start only: f must not close over what is differentiated.
    /// </summary>
    /// <param name="f">(parameters, time, state) ↦ the state's derivative, like the state.</param>
    /// <param name="parameters">Any tree.</param>
    /// <param name="start">Any tree of floating-point tensors.</param>
    /// <param name="times">Ascending; steps end at each exactly.</param>
    /// <param name="relativeTolerance">The error allowed in a step, as a part of the value.</param>
    /// <param name="absoluteTolerance">The error allowed in a step beside it.</param>
    /// <param name="firstStep">The first step tried; by default one is estimated.</param>
    /// <param name="maxSteps">The most steps.</param>
    /// <returns>A tree like the state, its tensors [number of times, shape…].</returns>
    /// <exception cref="DeepFunException">As <see cref="Integrate"/>.</exception>
    public static T IntegrateAdjoint<TParameters, T>(
        Func<TParameters, Tensor, T, T> f,
        TParameters parameters,
        T start,
        IEnumerable<double> times,
        double relativeTolerance = 1e-6,
        double absoluteTolerance = 1e-8,
        double? firstStep = null,
        int maxSteps = 100_000
    ) =>
        SolverInterop.IntegrateAdjoint(
            f,
            parameters,
            start,
            times,
            SolverInterop.OdeOptions(relativeTolerance, absoluteTolerance, firstStep, maxSteps)
        );
}
