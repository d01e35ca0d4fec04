using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Derivatives of C# functions over C# trees, with values worked out by hand.</summary>
public class DifferentiateTests
{
    private static Tensor V(params double[] values) => Tensor.Vector(values);

    public sealed record Line(Tensor Slope, Tensor Offset)
    {
        public Tensor At(Tensor x) => Slope * x + Offset;
    }

    public readonly record struct Pair(Tensor First, (Tensor A, Tensor B) Second, string Name, int Number);

    [Fact]
    public void Grad_of_a_number_nests()
    {
        Func<Tensor, Tensor> cube = x => x * x * x;
        var first = Differentiate.Grad(cube);
        var second = Differentiate.Grad(first);
        var third = Differentiate.Grad(second);
        Close.Assert(12, first(Tensor.Scalar(2)));
        Close.Assert(12, second(Tensor.Scalar(2)));
        Close.Assert(6, third(Tensor.Scalar(2)));
    }

    [Fact]
    public void Grad_gives_a_record_for_a_record()
    {
        // Σ (a x + b − y)² at a = 1, b = 0 for the points (1, 3) and (2, 5): residuals −2 and −3.
        var gradient = Differentiate.Grad((Line line) => (line.At(V(1, 2)) - V(3, 5)).Square().Sum());
        var (slope, offset) = gradient(new Line(Tensor.Scalar(1), Tensor.Scalar(0)));
        Close.Assert(2 * (-2 * 1 + -3 * 2), slope);
        Close.Assert(2 * (-2 + -3), offset);
    }

    [Fact]
    public void Tuples_and_constants_in_a_struct_keep_their_places()
    {
        var point = new Pair(Tensor.Scalar(2), (Tensor.Scalar(3), Tensor.Scalar(5)), "kept", 7);
        var gradient = Differentiate.Grad((Pair p) => p.First * p.Second.A * p.Second.B * p.Number)(point);
        Close.Assert(7 * 15, gradient.First);
        Close.Assert(7 * 10, gradient.Second.A);
        Close.Assert(7 * 6, gradient.Second.B);
        Assert.Equal(("kept", 7), (gradient.Name, gradient.Number));
    }

    [Fact]
    public void Arrays_lists_and_dictionaries_are_trees()
    {
        var array = Differentiate.Grad((Tensor[] x) => x[0] * x[1])([Tensor.Scalar(2), Tensor.Scalar(3)]);
        Close.Assert(3, array[0]);
        Close.Assert(2, array[1]);
        var list = Differentiate.Grad((List<Tensor> x) => x[0] * x[1])([Tensor.Scalar(2), Tensor.Scalar(3)]);
        Close.Assert(2, list[1]);
        var dictionary = Differentiate.Grad((Dictionary<string, Tensor[]> x) => x["w"][0] * x["b"][0])(
            new() { ["w"] = [Tensor.Scalar(2)], ["b"] = [Tensor.Scalar(3)] }
        );
        Close.Assert(3, dictionary["w"][0]);
        Close.Assert(2, dictionary["b"][0]);
    }

    [Fact]
    public void Parameters_by_name_are_trees()
    {
        var p = Params.Of(("w", V(1, 2)), ("b", Tensor.Scalar(3)));
        var gradient = Differentiate.Grad((Params q) => (q["w"] * q["b"]).Sum())(p);
        Close.Assert(gradient["w"], [2], [3, 3]);
        Close.Assert(3, gradient["b"]);
    }

    [Fact]
    public void ValueAndGrad_gives_both()
    {
        var (value, gradient) = Differentiate.ValueAndGrad((Tensor x) => x.Exp().Sum())(V(0, 1));
        Close.Assert(1 + Math.E, value);
        Close.Assert(gradient, [2], [1, Math.E]);
    }

    [Fact]
    public void ValueAndGradAux_gives_what_comes_along_without_its_derivative()
    {
        var (value, extra, gradient) = Differentiate.ValueAndGradAux((Tensor x) => ((x * x).Sum(), (x * 100, x + 1)))(V(1, 2));
        Close.Assert(5, value);
        Close.Assert(extra.Item1, [2], [100, 200]);
        Close.Assert(extra.Item2, [2], [2, 3]);
        Close.Assert(gradient, [2], [2, 4]);
    }

    [Fact]
    public void Jvp_and_Vjp_agree_with_the_Jacobian()
    {
        // f(a, b) = (a b, a + b), J = [[b, a], [1, 1]] at (2, 3).
        Func<Tensor, Tensor> f = x => Tensor.Stack([x.Item(0) * x.Item(1), x.Item(0) + x.Item(1)]);
        var x = V(2, 3);
        Close.Assert(Differentiate.Jacobian(f)(x), [2, 2], [3, 2, 1, 1]);
        var (value, tangent) = Differentiate.Jvp(f, x, V(10, 1));
        Close.Assert(value, [2], [6, 5]);
        Close.Assert(tangent, [2], [32, 11]);
        var (again, pullback) = Differentiate.Vjp(f, x);
        Close.Assert(again, [2], [6, 5]);
        Close.Assert(pullback(V(1, 10)), [2], [13, 12]);
        Close.Assert(pullback(V(0, 1)), [2], [1, 1]);
    }

    [Fact]
    public void Hessian_and_Hvp_of_a_product()
    {
        // x² y: [[2 y, 2 x], [2 x, 0]] at (3, 5).
        Func<Tensor, Tensor> f = x => x.Item(0).Square() * x.Item(1);
        Close.Assert(Differentiate.Hessian(f)(V(3, 5)), [2, 2], [10, 6, 6, 0]);
        Close.Assert(Differentiate.Hvp(f, V(3, 5), V(1, 1)), [2], [16, 6]);
    }

    [Fact]
    public void Vmap_takes_and_gives_trees_and_nests_with_Grad()
    {
        var each = Differentiate.Vmap((Line line) => new Line(line.Slope.Sum(), line.Offset * 2));
        var batch = each(
            new Line(
                Tensor.From(
                    new float[,]
                    {
                        { 1, 2 },
                        { 3, 4 },
                    }
                ),
                V(5, 6)
            )
        );
        Close.Assert(batch.Slope, [2], [3, 7]);
        Close.Assert(batch.Offset, [2], [10, 12]);
        var slopes = Differentiate.Vmap(Differentiate.Grad((Tensor x) => x * x * x));
        Close.Assert(slopes(V(1, 2, 3)), [3], [3, 12, 27]);
    }

    [Fact]
    public void A_slope_of_a_slope_does_not_confuse_the_two()
    {
        // d/dx (x · d/dy (x + y)) = 1: the classic of perturbation confusion.
        var outer = Differentiate.Grad((Tensor x) => x * Differentiate.Grad((Tensor y) => x + y)(Tensor.Scalar(1)));
        Close.Assert(1, outer(Tensor.Scalar(3)));
    }

    [Fact]
    public void A_learning_rate_has_a_gradient()
    {
        // One step of gradient descent on w² from w = 3: w' = w (1 − 2 η), d(w'²)/dη = −4 w² (1 − 2 η) = −28.8 at η = 0.1.
        var slope = Differentiate.Grad(
            (Tensor rate) =>
            {
                var optimizer = Optimizers.Sgd(rate);
                var w = Params.Of(("w", Tensor.Scalar(3)));
                var gradient = Differentiate.Grad((Params p) => p["w"].Square())(w);
                return optimizer.Step(w, gradient, optimizer.Start(w)).Parameters["w"].Square();
            }
        );
        Close.Assert(-28.8, slope(Tensor.Scalar(0.1)), 1e-5);
    }

    [Fact]
    public void Trees_are_mapped_and_listed()
    {
        var line = new Line(Tensor.Scalar(2), Tensor.Scalar(3));
        Assert.Equal(["Slope", "Offset"], Trees.Tensors(line).Select(e => e.Key), StringComparer.OrdinalIgnoreCase);
        Close.Assert(20, Trees.Map(line, x => x * 10).Slope);
        Close.Assert(5, Trees.Map(line, new Line(Tensor.Scalar(3), Tensor.Scalar(4)), (a, b) => a + b).Slope);
        Close.Fails("DF0302", () => Trees.Map(new[] { V(1) }, [V(1), V(2)], (a, b) => a + b));
    }

    [Fact]
    public void Errors_say_what_a_function_must_give()
    {
        Close.Fails("DF0403", () => Differentiate.Grad((Tensor x) => x * 2)(V(1, 2)));
        Close.Fails("DF0404", () => Differentiate.Grad((Tensor x) => x.Sum())(Tensor.Arange(3)));
        Close.Fails("DF0405", () => Differentiate.Jvp((Tensor x) => x * 2, V(1, 2), V(1)));
        Close.Fails("DF0406", () => Differentiate.Vmap(((Tensor A, Tensor B) p) => p.A + p.B)((V(1, 2), V(1, 2, 3))));
        Close.Fails("DF0402", () => Differentiate.Vmap((Tensor x) => x * x.ToDouble())(V(1, 2)));
        Tensor? leaked = null;
        Differentiate.Grad((Tensor x) => leaked = x * x)(Tensor.Scalar(1));
        Close.Fails("DF0401", () => (leaked! + 1).ToString());
    }
}
