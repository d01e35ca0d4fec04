using System;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Solvers of equations and of differential equations from C#, with derivatives and errors.</summary>
public class SolverTests
{
    private static Tensor Number(double value) => Tensor.From([value]).Reshape();

    [Fact]
    public void Solutions_and_their_derivatives()
    {
        Func<Tensor, Tensor>[] roots =
        [
            a => Solve.FixedPoint((a, x) => (x + a / x) / 2, a, Number(1)),
            a => Solve.Root((a, x) => x * x - a, a, Number(1)),
            a => Solve.ArgMin((a, x) => x * x * x / 3 - a * x, a, Number(1)),
        ];

        foreach (var root in roots)
        {
            Close.Assert(2, root(Number(4)), 1e-12);
            Close.Assert(0.25, Differentiate.Grad(root)(Number(4)), 1e-12);
        }

        var sum = Differentiate.Grad(((Tensor A, Tensor B) p) => Solve.Root((q, x) => x - q.A * q.B, p, Number(1)));
        Close.Assert(3, sum((Number(2), Number(3))).A, 1e-12);
    }

    [Fact]
    public void Options_reach_the_solvers()
    {
        Close.Fails("DF0460", () => Solve.Root((a, x) => x * x + a, Number(1), Number(0.7), maxIterations: 4));
        Close.Fails("DF0465", () => Solve.FixedPoint((a, x) => a, Number(1), Number(1), tolerance: -1));
        Close.Fails("DF0465", () => Solve.ArgMin((a, x) => x * x, Number(1), Number(1), maxIterations: 0));
        Close.Fails("DF0464", () => Ode.Integrate((t, y) => -y, Number(1), [0, 100], maxSteps: 3));
        Close.Fails("DF0465", () => Ode.Integrate((t, y) => -y, Number(1), [0, 1], firstStep: 0));
        Close.Fails("DF0462", () => Ode.IntegrateAdjoint((p, t, y) => -p * y, Number(1), Number(1), [1, 0]));
    }

    [Fact]
    public void Decay_and_its_derivatives_both_ways()
    {
        var k = Number(0.5);
        Close.Assert(Ode.Integrate((t, y) => -k * y, Number(2), [0, 1]), [2], [2, 2 * Math.Exp(-0.5)], 1e-6);
        var steps = Differentiate.Grad((Tensor k) => Ode.Integrate((t, y) => -k * y, Number(2), [0, 1], 1e-10, 1e-10).Sum());
        var adjoint = Differentiate.Grad((Tensor k) => Ode.IntegrateAdjoint((k, t, y) => -k * y, k, Number(2), [0, 1], 1e-10, 1e-10).Sum());
        Close.Assert(-2 * Math.Exp(-0.5), steps(k), 1e-8);
        Close.Assert(-2 * Math.Exp(-0.5), adjoint(k), 1e-8);
    }
}
