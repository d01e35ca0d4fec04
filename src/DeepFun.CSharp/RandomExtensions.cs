using DeepFun.FSharp;
using Microsoft.FSharp.Core;
using Draw = DeepFun.FSharp.Random;

namespace DeepFun;

/// <summary>
/// Random tensors from keys, with tensors as parameters. Parameters broadcast to the sizes; without sizes the result has the parameters' own
/// shape. The dtype is that in which the parameters meet. A key is used once: split it to draw again.
/// </summary>
public static class RandomExtensions
{
    /// <summary>Uniform in [low, high), differentiable in both bounds.</summary>
    public static Tensor Uniform(this Key key, Tensor low, Tensor high, params int[] sizes) => Draw.uniformBetween(low, high, sizes, key);

    /// <summary>Uniform in [low, high), float32.</summary>
    /// <example><code>
    /// var x = Key.FromSeed(1).Uniform(-2, 2, 1000);
    /// Console.WriteLine(x.Abs().Max().ToDouble() is &gt; 1.9 and &lt;= 2); // True
    /// </code></example>
    public static Tensor Uniform(this Key key, double low, double high, params int[] sizes) => Draw.uniform(low, high, sizes, key);

    /// <summary>Normal, differentiable in both parameters.</summary>
    /// <example><code>
    /// var scale = Tensor.Scalar(2);
    /// var slope = Differentiate.Grad((Tensor scale) => Key.FromSeed(1).Normal(Tensor.Scalar(0), scale, 3).Sum());
    /// Console.WriteLine(slope(scale).Shape); // []
    /// </code></example>
    public static Tensor Normal(this Key key, Tensor mean, Tensor std, params int[] sizes) => Draw.normalWith(mean, std, sizes, key);

    /// <summary>Standard normal given that it lies in [low, high], which may be infinite; differentiable in both bounds.</summary>
    public static Tensor TruncatedNormal(this Key key, Tensor low, Tensor high, params int[] sizes) =>
        Draw.truncatedNormal(low, high, sizes, key);

    /// <summary>Exponential (mean 1 / rate), differentiable in the rate.</summary>
    public static Tensor Exponential(this Key key, Tensor rate, params int[] sizes) => Draw.exponential(rate, sizes, key);

    /// <summary>Laplace's distribution, differentiable in both parameters.</summary>
    public static Tensor Laplace(this Key key, Tensor loc, Tensor scale, params int[] sizes) => Draw.laplace(loc, scale, sizes, key);

    /// <summary>Gamma of shape α and scale 1, differentiable in α by implicit reparameterization.</summary>
    public static Tensor Gamma(this Key key, Tensor alpha, params int[] sizes) => Draw.gamma(alpha, sizes, key);

    /// <summary>Beta of shapes a and b, differentiable in both by implicit reparameterization.</summary>
    public static Tensor Beta(this Key key, Tensor a, Tensor b, params int[] sizes) => Draw.beta(a, b, sizes, key);

    /// <summary>Dirichlet: α [batch…, K] gives [sizes…, K]; differentiable in α by implicit reparameterization.</summary>
    /// <exception cref="DeepFunException">DF0704 α has no axis.</exception>
    public static Tensor Dirichlet(this Key key, Tensor alpha, params int[] sizes) => Draw.dirichlet(alpha, sizes, key);

    /// <summary>Student's t, differentiable in its degrees of freedom by implicit reparameterization.</summary>
    public static Tensor StudentT(this Key key, Tensor degrees, params int[] sizes) => Draw.studentT(degrees, sizes, key);

    /// <summary>Poisson, int64; no derivative.</summary>
    /// <exception cref="DeepFunException">DF0702 a rate that is negative, above 1e18 or NaN.</exception>
    public static Tensor Poisson(this Key key, Tensor rate, params int[] sizes) => Draw.poisson(rate, sizes, key);

    /// <summary>True with these probabilities, bool; no derivative.</summary>
    public static Tensor Bernoulli(this Key key, Tensor probability, params int[] sizes) => Draw.bernoulliWith(probability, sizes, key);

    /// <summary>Classes 0 … K − 1, int32, with probabilities softmax(logits): logits [batch…, K] give [sizes…]; no derivative.</summary>
    /// <exception cref="DeepFunException">DF0704 logits have no axis.</exception>
    public static Tensor Categorical(this Key key, Tensor logits, params int[] sizes) => Draw.categorical(logits, sizes, key);

    /// <summary>Whole numbers low … high − 1 with equal probabilities, int32.</summary>
    /// <exception cref="DeepFunException">DF0126 no number between the bounds.</exception>
    public static Tensor Integers(this Key key, int low, int high, params int[] sizes) => Draw.integers(low, high, sizes, key);

    /// <summary>The numbers 0 … n − 1 in random order, int32.</summary>
    public static Tensor Permutation(this Key key, int n) => Draw.permutation(n, key);

    /// <summary>The slices of x along an axis in random order.</summary>
    public static Tensor Shuffle(this Key key, Tensor x, int axis = 0) => Draw.shuffle(axis, x, key);

    /// <summary>So many slices of x along its first axis.</summary>
    /// <param name="key">The key.</param>
    /// <param name="x">What is drawn from, [n, …].</param>
    /// <param name="count">How many are drawn.</param>
    /// <param name="replace">Whether a slice may come again.</param>
    /// <param name="weights">Weights [n], not negative; without them all slices are alike.</param>
    /// <exception cref="DeepFunException">DF0703 more without replacement than there are; DF0705 weights of another shape.</exception>
    /// <example><code>
    /// var letters = Key.FromSeed(1).Choice(Tensor.Arange(5), 5, replace: false);
    /// Console.WriteLine(letters.Sum()); // tensor(10, int32, shape [])
    /// </code></example>
    public static Tensor Choice(this Key key, Tensor x, int count, bool replace = true, Tensor? weights = null) =>
        Draw.choice(replace, OptionModule.OfObj(weights), count, x, key);
}
