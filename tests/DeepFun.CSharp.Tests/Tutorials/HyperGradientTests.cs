using System;
using Xunit;

namespace DeepFun.CSharp.Tests.Tutorials;

/// <summary>
/// Tutorial: hypergradients. Training is a function of the learning rate and the L2 strength, so the loss on validation data has a
/// gradient in them.
/// </summary>
public class HyperGradientTests
{
    /// <summary>Logarithms, so that both stay positive.</summary>
    public sealed record Hyper(Tensor LogRate, Tensor LogL2);

    private sealed record Data(Tensor X, Tensor Y);

    private static Tensor Normal(Key key, params int[] sizes) => key.Normal(S(0), S(1), sizes);

    private static Tensor S(double value) => Tensor.Full(value, [], DType.Float64);

    /// <summary>Few noisy points of a linear function.</summary>
    private static readonly Tensor Truth = Normal(Key.FromSeed(0), 8);

    private static readonly Data Training = Draw(10, 1);
    private static readonly Data Validation = Draw(40, 2);
    private static readonly Hyper Start = new(S(Math.Log(0.02)), S(Math.Log(1)));

    private static Data Draw(int n, long seed)
    {
        var keys = Key.FromSeed(seed).Split();
        var x = Normal(keys[0], n, 8);
        return new(x, x.MatMul(Truth) + 0.5 * Normal(keys[1], n));
    }

    private static Tensor Error(Data data, Tensor w) => (data.X.MatMul(w) - data.Y).Square().Mean();

    /// <summary>25 steps of gradient descent from zero, then the error on data that training has not seen.</summary>
    private static Tensor ValidationLoss(Hyper hyper)
    {
        var (rate, l2) = (hyper.LogRate.Exp(), hyper.LogL2.Exp());
        var gradient = Differentiate.Grad((Tensor w) => Error(Training, w) + l2 * w.Square().Sum());
        var w = Tensor.Full(0, [8], DType.Float64);
        for (var i = 0; i < 25; i++)
            w = w - rate * gradient(w);
        return Error(Validation, w);
    }

    [Fact]
    public void The_gradient_in_learning_rate_and_L2_is_the_finite_difference()
    {
        var g = Differentiate.Grad<Hyper>(ValidationLoss)(Start);
        double At(double rate, double l2) => ValidationLoss(new(Start.LogRate + rate, Start.LogL2 + l2)).ToDouble();
        const double h = 1e-5;
        Close.Assert((At(h, 0) - At(-h, 0)) / (2 * h), g.LogRate, 1e-7);
        Close.Assert((At(0, h) - At(0, -h)) / (2 * h), g.LogL2, 1e-7);
        // Both matter here; a gradient of zero would pass otherwise.
        Assert.True(Math.Abs(g.LogRate.ToDouble()) > 0.1 && Math.Abs(g.LogL2.ToDouble()) > 0.1);
    }

    [Fact]
    public void Descent_on_the_hyperparameters_lowers_the_validation_loss_at_every_step()
    {
        var descend = Differentiate.ValueAndGrad<Hyper>(ValidationLoss);
        var (hyper, first, last) = (Start, ValidationLoss(Start).ToDouble(), double.PositiveInfinity);
        for (var i = 0; i < 20; i++)
        {
            var (loss, gradient) = descend(hyper);
            Assert.True(loss.ToDouble() < last, $"step {i}: {last}, then {loss.ToDouble()}");
            last = loss.ToDouble();
            hyper = Trees.Map(hyper, gradient, (h, g) => h - 0.2 * g);
        }

        Assert.True(last < 0.6 * first, $"first {first}, last {last}");
    }
}
