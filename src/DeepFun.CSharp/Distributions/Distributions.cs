using DeepFun.FSharp;

namespace DeepFun;

/// <summary>
/// Distributions by name. Parameters are tensors, which broadcast to a batch; a distribution is a tree of them, so that
/// <see cref="Differentiate"/> takes derivatives by it and maps over it.
/// </summary>
/// <example><code>
/// var normal = Distributions.Normal(Tensor.Scalar(1), Tensor.Scalar(2));
/// Console.WriteLine(normal.Mean.ToDouble()); // 1
/// Console.WriteLine(normal.Variance.ToDouble()); // 4
/// Console.WriteLine(normal.Cdf(Tensor.Scalar(1)).ToDouble()); // 0.5
/// Console.WriteLine(normal.Sample(Key.FromSeed(0), 2, 3).Shape); // [2, 3]
///
/// var slope = Differentiate.Grad((NormalDistribution d) => d.LogProb(Tensor.Scalar(5)))(normal);
/// Console.WriteLine(slope.Loc.ToDouble()); // 1
/// </code></example>
public static class Distributions
{
    /// <summary>Normal with this mean and standard deviation.</summary>
    public static NormalDistribution Normal(Tensor mean, Tensor std) => new(mean, std);

    /// <summary>Normal vectors: mean [batch…, n] and the lower triangular factor L [batch…, n, n] of the covariance L Lᵀ.</summary>
    /// <exception cref="DeepFunException">DF0704, DF0705 shapes that do not fit.</exception>
    public static MultivariateNormalDistribution MultivariateNormal(Tensor mean, Tensor scaleTril) => new(mean, scaleTril);

    /// <summary>Normal vectors: mean [batch…, n] and the covariance [batch…, n, n], of which the Cholesky factor is kept; NaN if it is not positive definite.</summary>
    /// <exception cref="DeepFunException">DF0704, DF0705 shapes that do not fit; DF0125, DF0140 a covariance that is no square matrix.</exception>
    public static MultivariateNormalDistribution MultivariateNormalCovariance(Tensor mean, Tensor covariance) =>
        DistributionModule.multivariateNormalCovariance(mean, covariance);

    /// <summary>Uniform in [low, high].</summary>
    public static UniformDistribution Uniform(Tensor low, Tensor high) => new(low, high);

    /// <summary>Uniform between two numbers, float32.</summary>
    public static UniformDistribution Uniform(double low, double high) => new(Tensor.Scalar(low), Tensor.Scalar(high));

    /// <summary>One trial with this probability of 1.</summary>
    public static BernoulliDistribution Bernoulli(Tensor probability) => DistributionModule.bernoulli(probability);

    /// <summary>One trial whose probability of 1 is sigmoid(logits).</summary>
    public static BernoulliDistribution BernoulliLogits(Tensor logits) => new(logits);

    /// <summary>One of K classes with these probabilities, [batch…, K]; they are divided by their sum.</summary>
    /// <exception cref="DeepFunException">DF0704 no axis of classes.</exception>
    public static CategoricalDistribution Categorical(Tensor probabilities) => DistributionModule.categorical(probabilities);

    /// <summary>One of K classes with probabilities softmax(logits), [batch…, K].</summary>
    /// <exception cref="DeepFunException">DF0704 no axis of classes.</exception>
    public static CategoricalDistribution CategoricalLogits(Tensor logits) => new(logits);

    /// <summary>Gamma of shape α (concentration) and rate β (1 / scale).</summary>
    public static GammaDistribution Gamma(Tensor concentration, Tensor rate) => new(concentration, rate);

    /// <summary>Beta of shapes a and b.</summary>
    public static BetaDistribution Beta(Tensor a, Tensor b) => new(a, b);

    /// <summary>Dirichlet of shapes α, [batch…, K].</summary>
    /// <exception cref="DeepFunException">DF0704 no axis of classes.</exception>
    public static DirichletDistribution Dirichlet(Tensor concentration) => new(concentration);

    /// <summary>Exponential of this rate.</summary>
    public static ExponentialDistribution Exponential(Tensor rate) => new(rate);

    /// <summary>Laplace's distribution of this location and scale.</summary>
    public static LaplaceDistribution Laplace(Tensor loc, Tensor scale) => new(loc, scale);

    /// <summary>Student's t of so many degrees of freedom, moved and scaled.</summary>
    public static StudentTDistribution StudentT(Tensor degrees, Tensor loc, Tensor scale) => new(degrees, loc, scale);

    /// <summary>Poisson of this rate.</summary>
    public static PoissonDistribution Poisson(Tensor rate) => new(rate);

    /// <summary>A mixture: weights [batch…, K], divided by their sum, and components of one family with batch [batch…, K].</summary>
    /// <exception cref="DeepFunException">DF0704 no axis of components.</exception>
    public static MixtureDistribution Mixture(Tensor weights, Distribution components) => DistributionModule.mixture(weights, components);

    /// <summary>Each of these observations, [n, event…], alike.</summary>
    /// <exception cref="DeepFunException">DF0704, DF0705 no observations.</exception>
    public static EmpiricalDistribution Empirical(Tensor observations) => new(observations);

    /// <summary>Kullback and Leibler's divergence of q from p in closed form.</summary>
    /// <exception cref="DeepFunException">DF0707 no closed form is known for the pair.</exception>
    /// <example><code>
    /// var (zero, one) = (Tensor.Scalar(0), Tensor.Scalar(1));
    /// Console.WriteLine(Distributions.Kl(Distributions.Normal(one, one), Distributions.Normal(zero, one)).ToDouble()); // 0.5
    /// </code></example>
    public static Tensor Kl(Distribution p, Distribution q) => DistributionModule.kl(p, q);

    /// <summary>An estimate of the divergence of any pair from samples of p; its error falls as 1 / √count.</summary>
    public static Tensor KlMonteCarlo(Distribution p, Distribution q, Key key, int count = 1000) =>
        DistributionModule.klMonteCarlo(count, key, p, q);

    /// <summary>An estimate of the entropy of any distribution from its samples; its error falls as 1 / √count.</summary>
    public static Tensor EntropyMonteCarlo(Distribution distribution, Key key, int count = 1000) =>
        DistributionModule.entropyMonteCarlo(count, key, distribution);
}
