namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Distributions and what is known of them. Parameters are tensors, which broadcast; a distribution is a tree of them, for <c>grad</c> and <c>vmap</c>.
/// </summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Distribution =

    /// <summary>Normal with this mean and standard deviation.</summary>
    let normal (mean: Tensor) (std: Tensor) = NormalDistribution(mean, std)

    /// <summary>Normal vectors: mean [batch…, n] and the lower triangular factor L [batch…, n, n] of the covariance L Lᵀ.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704, DF0705 shapes that do not fit.</exception>
    let multivariateNormal (mean: Tensor) (scaleTril: Tensor) = MultivariateNormalDistribution(mean, scaleTril)

    /// <summary>Normal vectors: mean [batch…, n] and the covariance [batch…, n, n], of which the Cholesky factor is kept.</summary>
    /// <remarks>Of a covariance the symmetric part is read; one that is not positive definite gives NaN. Differentiable in both.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704, DF0705 shapes that do not fit; DF0125, DF0140 a covariance that is no square matrix.</exception>
    let multivariateNormalCovariance (mean: Tensor) (covariance: Tensor) = MultivariateNormalDistribution(mean, cholesky covariance)

    /// <summary>Uniform in [low, high].</summary>
    let uniform (low: Tensor) (high: Tensor) = UniformDistribution(low, high)

    /// <summary>One trial with this probability of 1.</summary>
    let bernoulli (probability: Tensor) = BernoulliDistribution(logit probability)

    /// <summary>One trial whose probability of 1 is sigmoid(logits).</summary>
    let bernoulliLogits (logits: Tensor) = BernoulliDistribution logits

    /// <summary>One of K classes with these probabilities, [batch…, K]; they are divided by their sum.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704 no axis of classes.</exception>
    let categorical (probabilities: Tensor) = CategoricalDistribution(log probabilities)

    /// <summary>One of K classes with probabilities softmax(logits), [batch…, K].</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704 no axis of classes.</exception>
    let categoricalLogits (logits: Tensor) = CategoricalDistribution logits

    /// <summary>Gamma of shape α (concentration) and rate β (1 / scale).</summary>
    let gamma (concentration: Tensor) (rate: Tensor) = GammaDistribution(concentration, rate)

    /// <summary>Beta of shapes a and b.</summary>
    let beta (a: Tensor) (b: Tensor) = BetaDistribution(a, b)

    /// <summary>Dirichlet of shapes α, [batch…, K].</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704 no axis of classes.</exception>
    let dirichlet (concentration: Tensor) = DirichletDistribution concentration

    /// <summary>Exponential of this rate.</summary>
    let exponential (rate: Tensor) = ExponentialDistribution rate

    /// <summary>Laplace's distribution of this location and scale.</summary>
    let laplace (loc: Tensor) (scale: Tensor) = LaplaceDistribution(loc, scale)

    /// <summary>Student's t of so many degrees of freedom, moved and scaled.</summary>
    let studentT (degrees: Tensor) (loc: Tensor) (scale: Tensor) = StudentTDistribution(degrees, loc, scale)

    /// <summary>Poisson of this rate.</summary>
    let poisson (rate: Tensor) = PoissonDistribution rate

    /// <summary>A mixture: weights [batch…, K], divided by their sum, and components of one family with batch [batch…, K].</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704 no axis of components.</exception>
    let mixture (weights: Tensor) (components: Distribution) = MixtureDistribution(log weights, components)

    /// <summary>Each of these observations, [n, event…], alike.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0704, DF0705 no observations.</exception>
    let empirical (observations: Tensor) = EmpiricalDistribution observations

    /// <summary>The logarithm of the density, or of the probability, at a value.</summary>
    let logProb (value: Tensor) (d: Distribution) : Tensor = d.LogProb value

    /// <summary>Independent values, [sizes…, batch…, event…].</summary>
    let sample (sizes: int seq) (key: Key) (d: Distribution) : Tensor = d.Sample(key, Array.ofSeq sizes)

    /// <summary>The mean.</summary>
    let mean (d: Distribution) : Tensor = d.Mean

    /// <summary>The variance.</summary>
    let variance (d: Distribution) : Tensor = d.Variance

    /// <summary>The entropy in nats.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0706 no closed form.</exception>
    let entropy (d: Distribution) : Tensor = d.Entropy()

    /// <summary>
    /// Kullback and Leibler's divergence of q from p, ∫ p log(p / q), in closed form: for two of one family (not Student's t, mixtures and
    /// empirical ones), and for many pairs of different families.
    /// </summary>
    /// <remarks>
    /// Shape: [batch…], to which both batches broadcast. Dtype: that in which all parameters meet.
    /// From uniform, exponential, gamma, beta, normal, Laplace's and Student's t to uniform, and to normal; from all but Student's t to Laplace's, if
    /// the mean distance is known (uniform, exponential, normal); from those of positive numbers (uniform, exponential, gamma, beta) to exponential and to
    /// gamma; from uniform to beta; from Bernoulli to Poisson. Where p has values that q has not the divergence is ∞, also from Poisson to Bernoulli.
    /// Source: the table of torch.distributions.kl; those to Laplace's from uniform and exponential, and those from Student's t, are added.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0707 no closed form is known for the pair.</exception>
    let kl (p: Distribution) (q: Distribution) : Tensor = Divergence.closed p q

    /// <summary>An estimate of the divergence of any pair: the mean of log p − log q over so many samples of p. Its error falls as 1 / √count.</summary>
    let klMonteCarlo (count: int) (key: Key) (p: Distribution) (q: Distribution) : Tensor =
        let x = p.Sample(key, count)
        meanOver [ 0 ] (p.LogProb x - q.LogProb x)

    /// <summary>An estimate of the entropy of any distribution: the mean of −log p over so many samples. Its error falls as 1 / √count.</summary>
    let entropyMonteCarlo (count: int) (key: Key) (d: Distribution) : Tensor = -(meanOver [ 0 ] (d.LogProb(d.Sample(key, count))))
