using System;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Branches, loops and rules of one's own through the doors of C#, with values worked out by hand.</summary>
public class ControlTests
{
    private static Tensor S(double value) => Tensor.Scalar(value);

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static void Same(double[] expected, Tensor actual) => Close.Assert(actual, [expected.Length], expected);

    public sealed record State(Tensor Position, Tensor Velocity);

    private static (State Carry, Tensor Result) Fall(State s, Tensor dt)
    {
        var velocity = s.Velocity - 10 * dt;
        var position = s.Position + velocity * dt;
        return (new State(position, velocity), position);
    }

    [Fact]
    public void A_scan_carries_records_and_is_differentiated()
    {
        var steps = V(1, 1, 0.5);
        var start = new State(S(100), S(0));
        var (last, heights) = Control.Scan<State, Tensor, Tensor>(Fall, start, steps);
        Same([90, 70, 57.5], heights);
        Close.Assert(-25, last.Velocity);
        var gradient = Differentiate.Grad((State s) => Control.Scan<State, Tensor, Tensor>(Fall, s, steps).Carry.Position)(start);
        Close.Assert(1, gradient.Position);
        Close.Assert(2.5, gradient.Velocity);
        var (_, reversed) = Control.Scan((Tensor c, Tensor x) => (c + x, c + x), S(0), V(1, 2, 3), reverse: true);
        Same([6, 5, 3], reversed);
        Same([1, 3, 9], Control.Scan((Tensor c) => (c * 3, c), S(1), length: 3).Results);
        Close.Assert(7, Control.Fold((Tensor c, Tensor x) => c * 2 + x, S(0), V(1, 1, 1)));
        Close.Assert(7, Control.Fold((Tensor c, Tensor x) => c * 2 + x, S(0), V(1, 1, 1), reverse: true));
    }

    [Fact]
    public void Loops_run()
    {
        Same([1, 4, 9], Control.Map((Tensor x) => x * x, V(1, 2, 3)));
        Close.Assert(80, Differentiate.Grad((Tensor x) => Control.For(0, 4, (_, c) => c * x, x))(S(2)));
        // 100, 90, 70, 40, 0
        var landed = Control.While((State s) => s.Position.Greater(S(0)), s => Fall(s, S(1)).Carry, new State(S(100), S(0)));
        Close.Assert(0, landed.Position);
        Close.Assert(8, Control.While((Tensor c) => c.Less(S(1000)), c => c * 2, S(1), maximum: 3));
        Close.Assert(1024, Control.While((Tensor c) => c.Less(S(1000)), c => c * 2, S(1), maximum: 30));
    }

    [Fact]
    public void Branches_are_taken()
    {
        Func<Tensor, Tensor> f = x => Control.Cond(x.Greater(S(0)), y => y * y, y => -y, x);
        Same([9, 2], Differentiate.Vmap(f)(V(3, -2)));
        Close.Assert(6, Differentiate.Grad(f)(S(3)));
        Func<Tensor, Tensor>[] branches = [x => x, x => x * 10, x => x * 100];
        Close.Assert(50, Control.Switch(Tensor.From([1])[0], branches, S(5)));
        Close.Assert(500, Control.Switch(Tensor.From([7])[0], branches, S(5)));
    }

    [Fact]
    public void Rules_of_ones_own_are_used()
    {
        var jvp = Differentiate.CustomJvp((Tensor x) => x.Sin(), (x, dx) => (x.Sin(), 3 * x.Cos() * dx));
        Close.Assert(3, Differentiate.Grad(jvp)(S(0)));
        Close.Assert(3, Differentiate.Jvp(jvp, S(0), S(1)).Tangent);
        var vjp = Differentiate.CustomVjp(
            (State s) => s.Position * s.Velocity,
            s => (s.Position * s.Velocity, s),
            (s, ct) => new State(5 * ct * s.Velocity, 7 * ct * s.Position)
        );
        var gradient = Differentiate.Grad(vjp)(new State(S(2), S(3)));
        Close.Assert(15, gradient.Position);
        Close.Assert(14, gradient.Velocity);
        Close.Assert(15, Differentiate.Jvp(vjp, new State(S(2), S(3)), new State(S(1), S(0))).Tangent);
        var both = Differentiate.CustomRules((Tensor x) => x, (x, dx) => (x, 2 * dx), x => (x, 0), (_, ct) => 4 * ct);
        Close.Assert(2, Differentiate.Jvp(both, S(1), S(1)).Tangent);
        Close.Assert(4, Differentiate.Grad(both)(S(1)));
    }

    [Fact]
    public void Derivatives_are_linear_maps()
    {
        var kept = Differentiate.Checkpoint((State s) => (s.Position * s.Velocity).Sin());
        Close.Assert(3, Differentiate.Grad(kept)(new State(S(0), S(3))).Position);
        var (value, derivative) = Differentiate.Linearize((State s) => s.Position * s.Velocity, new State(S(2), S(3)));
        Close.Assert(6, value);
        Close.Assert(3, derivative(new State(S(1), S(0))));
        Close.Assert(2, derivative(new State(S(0), S(1))));
        var transpose = Differentiate.LinearTranspose((State s) => s.Position * 2 + s.Velocity, new State(S(0), S(0)));
        Close.Assert(10, transpose(S(5)).Position);
        Close.Assert(5, transpose(S(5)).Velocity);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Close.Fails("DF0410", () => Control.Fold((Tensor c, Tensor x) => V(1, 2), S(0), V(1)));
        Close.Fails("DF0413", () => Control.Cond(S(1), (Tensor x) => x, x => x, S(1)));
        Close.Fails("DF0414", () => Control.Map(((Tensor A, Tensor B) p) => p.A + p.B, (V(1), V(1, 2))));
        Close.Fails("DF0416", () => Differentiate.Grad(Differentiate.CustomVjp((Tensor x) => x, x => (x, x), (_, _) => V(1, 2)))(S(1)));
        Close.Fails("DF0407", () => Differentiate.LinearTranspose((Tensor x) => x * x, S(1)));
        Close.Fails("DF0417", () => Differentiate.Grad(Differentiate.CustomJvp((Tensor x) => x, (x, _) => (x, S(2))))(S(1)));
    }
}
