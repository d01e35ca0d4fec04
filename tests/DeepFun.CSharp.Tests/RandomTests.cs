using System;
using System.Linq;
using Xunit;

namespace DeepFun.CSharp.Tests;

/// <summary>Samplers from C#: shapes, dtypes, supports and means of the right magnitude; their distributions are tested in F#.</summary>
public class RandomTests
{
    private static Key K(long seed = 1) => Key.FromSeed(seed);

    private static Tensor V(params double[] values) => Tensor.Vector(values);

    /// <summary>Name, sample of a thousand, mean, and a bound of the error of the mean.</summary>
    private static readonly (string Name, Func<Tensor> Sample, double Mean, double Bound)[] Rows =
    [
        ("Uniform", () => K().Uniform(V(2), V(4), 1000), 3, 0.1),
        ("Uniform", () => K().Uniform(2, 4, 1000), 3, 0.1),
        ("Normal", () => K().Normal(V(5), V(2), 1000), 5, 0.4),
        ("TruncatedNormal", () => K().TruncatedNormal(V(3), V(double.PositiveInfinity), 1000), 3.2831, 0.05),
        ("Exponential", () => K().Exponential(V(4), 1000), 0.25, 0.04),
        ("Laplace", () => K().Laplace(V(1), V(2), 1000), 1, 0.5),
        ("Gamma", () => K().Gamma(V(9), 1000), 9, 0.5),
        ("Beta", () => K().Beta(V(2), V(6), 1000), 0.25, 0.03),
        ("Dirichlet", () => K().Dirichlet(V(2, 2, 4), 1000).Slice(2, 3, 1), 0.5, 0.04),
        ("StudentT", () => K().StudentT(V(9), 1000), 0, 0.2),
        ("Poisson", () => K().Poisson(V(7), 1000), 7, 0.5),
        ("Bernoulli", () => K().Bernoulli(V(0.3), 1000), 0.3, 0.08),
        ("Categorical", () => K().Categorical(V(0, 0, 0), 1000), 1, 0.15),
        ("Integers", () => K().Integers(-3, 4, 1000), 0, 0.35),
        ("Choice", () => K().Choice(V(1, 2, 3), 1000, weights: V(1, 0, 3)), 2.5, 0.15),
        ("Permutation", () => K().Permutation(1000), 499.5, 1e-9),
        ("Shuffle", () => K().Shuffle(Tensor.Arange(1000)), 499.5, 1e-9),
    ];

    [Fact]
    public void Samples_have_their_size_and_mean()
    {
        foreach (var (name, sample, mean, bound) in Rows)
        {
            var values = sample().ToDoubles();
            Assert.True(values.Length == 1000, name);
            Assert.True(Math.Abs(values.Average() - mean) < bound, $"{name}: mean {values.Average()}");
            Assert.Equal(values, sample().ToDoubles());
        }
    }

    [Fact]
    public void Every_sampler_is_tested() =>
        Assert.Equal(
            typeof(RandomExtensions).GetMethods().Where(m => m.IsStatic).Select(m => m.Name).Order(),
            Rows.Select(r => r.Name).Order()
        );

    [Fact]
    public void Parameters_may_stand_for_the_shape()
    {
        Assert.Equal([2], K().Gamma(V(1, 2)).Shape.ToArray());
        Assert.Equal([3, 2], K().Dirichlet(Tensor.Ones(3, 2)).Shape.ToArray());
        Assert.Equal([0, 1, 2], K().Choice(Tensor.Arange(3), 3, replace: false).ToDoubles().Order());
        Close.Fails("DF0703", () => K().Choice(Tensor.Arange(3), 4, replace: false));
    }

    [Fact]
    public void Gradients_reach_the_parameters()
    {
        var slope = Differentiate.Grad((Tensor alpha) => K().Gamma(alpha, 1000).Mean())(Tensor.Scalar(3));
        Close.Assert(1, slope.ToDouble(), 0.1);
    }
}
