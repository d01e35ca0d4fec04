using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Distributions from C#; what they owe as distributions is tested in F#.</summary>
public class DistributionTests
{
    private static Tensor S(double value) => Tensor.Scalar(value);

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    private static readonly Tensor Factor = Tensor.From(
        new float[,]
        {
            { 2, 0 },
            { 1, 1 },
        }
    );

    /// <summary>Name, distribution, a value, its density or probability worked out by hand, mean.</summary>
    private static readonly (string Name, Distribution Distribution, Tensor Value, double Prob, double[] Mean)[] Rows =
    [
        ("Normal", Distributions.Normal(S(1), S(2)), S(1), 1 / (2 * Math.Sqrt(2 * Math.PI)), [1]),
        ("Uniform", Distributions.Uniform(S(1), S(5)), S(2), 0.25, [3]),
        ("Uniform", Distributions.Uniform(1, 5), S(2), 0.25, [3]),
        ("Bernoulli", Distributions.Bernoulli(S(0.3)), S(1), 0.3, [0.3]),
        ("BernoulliLogits", Distributions.BernoulliLogits(S(0)), S(0), 0.5, [0.5]),
        ("Categorical", Distributions.Categorical(V(1, 1, 2)), S(2), 0.5, [1.25]),
        ("CategoricalLogits", Distributions.CategoricalLogits(V(0, 0)), S(1), 0.5, [0.5]),
        ("Gamma", Distributions.Gamma(S(2), S(3)), S(1), 9 * Math.Exp(-3), [2.0 / 3]),
        ("Beta", Distributions.Beta(S(2), S(2)), S(0.5), 1.5, [0.5]),
        ("Dirichlet", Distributions.Dirichlet(V(1, 1, 2)), V(0.25, 0.25, 0.5), 3, [0.25, 0.25, 0.5]),
        ("Exponential", Distributions.Exponential(S(2)), S(0.5), 2 * Math.Exp(-1), [0.5]),
        ("Laplace", Distributions.Laplace(S(1), S(2)), S(3), Math.Exp(-1) / 4, [1]),
        ("StudentT", Distributions.StudentT(S(2), S(0), S(1)), S(0), 1 / Math.Sqrt(8), [0]),
        ("Poisson", Distributions.Poisson(S(2)), S(2), 2 * Math.Exp(-2), [2]),
        ("MultivariateNormal", Distributions.MultivariateNormal(V(1, 2), Factor), V(1, 2), 1 / (4 * Math.PI), [1, 2]),
        (
            "MultivariateNormalCovariance",
            Distributions.MultivariateNormalCovariance(V(1, 2), Factor.MatMul(Factor.Transpose())),
            V(1, 2),
            1 / (4 * Math.PI),
            [1, 2]
        ),
        ("Mixture", Distributions.Mixture(V(1, 3), Distributions.Uniform(V(0, 0), V(1, 2))), S(1.5), 0.375, [0.875]),
        ("Empirical", Distributions.Empirical(V(1, 2, 2, 3)), S(2), 0.5, [2]),
    ];

    [Fact]
    public void Densities_and_means_are_right()
    {
        foreach (var (name, distribution, value, prob, mean) in Rows)
        {
            Assert.True(Math.Abs(distribution.Prob(value).ToDouble() - prob) < 1e-6, name);
            Close.Assert(distribution.Mean, mean.Length == 1 ? [] : [mean.Length], mean);
            var sample = distribution.Sample(Key.FromSeed(3), 4, 5);
            Assert.Equal([4, 5, .. distribution.EventShape.ToArray()], sample.Shape.ToArray());
        }
    }

    [Fact]
    public void Every_family_is_tested()
    {
        var families = typeof(Distributions)
            .GetMethods()
            .Where(m => typeof(Distribution).IsAssignableFrom(m.ReturnType))
            .Select(m => m.Name);
        Assert.Equal(families.Order(), Rows.Select(r => r.Name).Order());
    }

    [Fact]
    public void Derivatives_and_batches_go_through_distributions()
    {
        var normal = Distributions.Normal(S(1), S(2));
        var gradient = Differentiate.Grad((NormalDistribution d) => d.LogProb(S(3)))(normal);
        Close.Assert(0.5, gradient.Loc);
        Close.Assert(0, gradient.Scale);
        var each = Differentiate.Vmap((NormalDistribution d) => d.LogProb(S(1)))(Distributions.Normal(V(1, 1), V(1, 2)));
        Close.Assert(each, [2], [-0.5 * Math.Log(2 * Math.PI), -0.5 * Math.Log(8 * Math.PI)]);
        Assert.Equal(["loc", "scale"], Trees.Tensors(normal).Select(e => e.Key));
        Assert.Equal(["loc", "scale"], normal.Parameters.Select(e => e.Key));
        Assert.Equal("Normal(batch [], event [])", normal.ToString());
    }

    [Fact]
    public void Divergences_are_exact_or_estimated()
    {
        var (p, q) = (Distributions.Normal(S(0), S(1)), Distributions.Laplace(S(0), S(1)));
        Close.Assert(0.5, Distributions.Kl(Distributions.Normal(S(1), S(1)), p));
        var exact = Math.Log(2) - 0.5 * Math.Log(2 * Math.PI * Math.E) + Math.Sqrt(2 / Math.PI);
        Close.Assert(exact, Distributions.Kl(p, q), 1e-6);
        Close.Fails("DF0707", () => Distributions.Kl(Distributions.StudentT(S(3), S(0), S(1)), q));
        Close.Assert(exact, Distributions.KlMonteCarlo(p, q, Key.FromSeed(1), 20000), 0.03);
        Close.Assert(p.Entropy().ToDouble(), Distributions.EntropyMonteCarlo(p, Key.FromSeed(2), 20000), 0.03);
        // Σ −pₖ log pₖ for λ = 3, by mpmath.
        Close.Assert(1.9314701981485689, Distributions.Poisson(S(3)).Entropy(), 1e-6);
        Close.Fails("DF0706", () => Distributions.Mixture(V(1, 1), Distributions.Normal(V(0, 1), V(1, 1))).Entropy());
        Close.Assert(2, Distributions.Normal(S(1), S(2)).Std);
        Close.Assert(1, Distributions.Normal(S(1), S(2)).Icdf(S(0.5)));
        // χ² of 3 degrees, NIST/SEMATECH e-Handbook 1.3.6.7.4.
        Close.Assert(7.815, Distributions.Gamma(S(1.5), S(0.5)).Icdf(S(0.95)), 5e-4);
        var covariance = Tensor.Vector(4, 0, 0, 4).Reshape(2, 2);
        Close.Assert(1 / (8 * Math.PI), Distributions.MultivariateNormalCovariance(V(1, 2), covariance).Prob(V(1, 2)), 1e-6);
    }
}
