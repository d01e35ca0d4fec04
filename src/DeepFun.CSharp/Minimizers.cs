using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// What takes steps down a function of parameters, and may ask for its value and derivatives wherever it wants: an <see cref="Optimizer"/>
/// sees one gradient a step.
/// </summary>
/// <example><code>
/// // The bottom of Rosenbrock's valley.
/// Tensor Valley(Params p) =&gt; 100 * (p["y"] - p["x"].Square()).Square() + (1 - p["x"]).Square();
/// var start = Params.Of(("x", Tensor.Scalar(-1.2)), ("y", Tensor.Scalar(1)));
/// var (found, memory) = Minimizers.Lbfgs().Run(Valley, start, steps: 50);
/// Console.WriteLine($"{found["x"].ToDouble():F2} {found["y"].ToDouble():F2}"); // 1.00 1.00
/// </code></example>
public static class Minimizers
{
    /// <summary>L-BFGS with a line search (Nocedal and Wright 2006): one step is one iteration.</summary>
    /// <param name="rate">First step tried in a line search, or the step itself.</param>
    /// <param name="memory">How many steps are remembered.</param>
    /// <param name="lineSearch">Whether steps satisfy the strong Wolfe conditions.</param>
    /// <param name="tolerance">No step where the slope is flatter.</param>
    public static Minimizer Lbfgs(double rate = 1, int memory = 10, bool lineSearch = true, double tolerance = 1e-9) =>
        FSharp.Minimizers.lbfgs(rate, memory, lineSearch, tolerance);

    /// <summary>Newton's method with conjugate gradients: products with the Hessian, no matrix.</summary>
    /// <param name="damping">Added to the Hessian's diagonal.</param>
    /// <param name="iterations">Most products a step.</param>
    public static Minimizer Newton(double damping = 0, int iterations = 100) => FSharp.Minimizers.newton(damping, iterations);

    /// <summary>Gauss and Newton's method: the function gives residuals, half the sum of whose squares is minimized.</summary>
    /// <param name="damping">Added to the diagonal.</param>
    /// <param name="iterations">Most products a step.</param>
    public static Minimizer GaussNewton(double damping = 0, int iterations = 100) => FSharp.Minimizers.gaussNewton(damping, iterations);

    /// <summary>Levenberg and Marquardt's method: as <see cref="GaussNewton"/>, damped the more the worse a step was.</summary>
    /// <param name="damping">First damping.</param>
    /// <param name="iterations">Most products a step.</param>
    public static Minimizer LevenbergMarquardt(double damping = 1e-3, int iterations = 100) =>
        FSharp.Minimizers.levenbergMarquardt(damping, iterations);

    /// <summary>SAM: an optimizer by the gradient at the worst point near the parameters (Foret et al. 2021).</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="radius">How near.</param>
    /// <param name="adaptive">Whether the radius is relative to each parameter (Kwon et al. 2021).</param>
    public static Minimizer Sam(Optimizer optimizer, double radius = 0.05, bool adaptive = false) =>
        FSharp.Minimizers.sam(optimizer, radius, adaptive);

    /// <summary>Sophia: momentum divided by an estimate of the Hessian's diagonal (Liu et al. 2024).</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="key">Of the estimates.</param>
    /// <param name="beta1">Decay of the mean gradient.</param>
    /// <param name="beta2">Decay of the mean estimate.</param>
    /// <param name="gamma">Factor of the estimate.</param>
    /// <param name="epsilon">Its smallest value.</param>
    /// <param name="every">Steps from one estimate to the next.</param>
    /// <param name="weightDecay">Share of the parameters taken off a step, times the rate.</param>
    public static Minimizer Sophia(
        Schedule rate,
        Key key,
        double beta1 = 0.96,
        double beta2 = 0.99,
        double gamma = 0.01,
        double epsilon = 1e-12,
        int every = 10,
        double weightDecay = 0
    ) => FSharp.Minimizers.sophia(rate, key, beta1, beta2, gamma, epsilon, every, weightDecay);

    /// <summary>An optimizer along the gradient of the function.</summary>
    public static Minimizer Of(Optimizer optimizer) => MinimizerModule.ofOptimizer(optimizer);

    /// <summary>An optimizer along the gradient of the function, whose updates shrink when the loss of the steps stops falling.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="factor">Factor of the updates at each fall.</param>
    /// <param name="patience">How many losses in a row may be no better than the best.</param>
    /// <param name="threshold">A loss is better below the best times (1 − threshold).</param>
    /// <param name="cooldown">How many losses after a fall do not count.</param>
    /// <param name="minimum">The smallest product of all factors.</param>
    public static Minimizer ReduceOnPlateau(
        Optimizer optimizer,
        double factor = 0.1,
        int patience = 10,
        double threshold = 1e-4,
        int cooldown = 0,
        double minimum = 0
    ) => FSharp.Minimizers.reduceOnPlateau(optimizer, factor, patience, threshold, cooldown, minimum);

    /// <summary>What the minimizer remembers before the first step, for <see cref="Step"/>.</summary>
    public static Params Start(this Minimizer minimizer, Params parameters) => OptimizerInterop.StartMinimizer(minimizer, parameters);

    /// <summary>One step down a function.</summary>
    /// <param name="minimizer">The minimizer.</param>
    /// <param name="function">From parameters to the loss, or to residuals.</param>
    /// <param name="parameters">Where the step begins.</param>
    /// <param name="memory">What the step before gave, or <see cref="Start"/>.</param>
    /// <returns>The parameters after the step, and what the minimizer remembers: its "value" is the loss before the step.</returns>
    public static (Params Parameters, Params Memory) Step(
        this Minimizer minimizer,
        Func<Params, Tensor> function,
        Params parameters,
        Params memory
    ) => OptimizerInterop.StepMinimizer(minimizer, function, parameters, memory);

    /// <summary>So many steps down a function.</summary>
    /// <param name="minimizer">The minimizer.</param>
    /// <param name="function">From parameters to the loss, or to residuals.</param>
    /// <param name="parameters">Where the first step begins.</param>
    /// <param name="steps">Number of steps.</param>
    /// <returns>The parameters after the last step, and what the minimizer remembers.</returns>
    public static (Params Parameters, Params Memory) Run(
        this Minimizer minimizer,
        Func<Params, Tensor> function,
        Params parameters,
        int steps
    ) => OptimizerInterop.RunMinimizer(minimizer, function, parameters, steps);
}
