using System;

namespace DeepFun;

/// <summary>First values of parameters. n: inputs of one output (fan in); m: outputs of one input (fan out).</summary>
public static class Initializers
{
    /// <summary>Every element the same.</summary>
    public static Initializer Constant(double value) => FSharp.Initializers.constant(value);

    /// <summary>Normal with this mean and standard deviation.</summary>
    public static Initializer Normal(double mean = 0, double deviation = 1) => FSharp.Initializers.normal(mean, deviation);

    /// <summary>Uniform in [low, high).</summary>
    public static Initializer Uniform(double low, double high) => FSharp.Initializers.uniform(low, high);

    /// <summary>U(±√(6 / (n + m))). Source: Glorot and Bengio, AISTATS 2010.</summary>
    public static Initializer GlorotUniform => FSharp.Initializers.glorotUniform;

    /// <summary>Normal with variance 2 / (n + m). Source: Glorot and Bengio, AISTATS 2010.</summary>
    public static Initializer GlorotNormal => FSharp.Initializers.glorotNormal;

    /// <summary>U(±√(6 / n)), for relu. Source: He et al., arXiv:1502.01852.</summary>
    public static Initializer HeUniform => FSharp.Initializers.heUniform;

    /// <summary>Normal with variance 2 / n, for relu. Source: He et al., arXiv:1502.01852.</summary>
    public static Initializer HeNormal => FSharp.Initializers.heNormal;

    /// <summary>Normal with variance 1 / n. Source: LeCun et al., Efficient BackProp, 1998.</summary>
    public static Initializer LecunNormal => FSharp.Initializers.lecunNormal;

    /// <summary>U(±1/√n) for weights and biases: what PyTorch's linear and convolution layers start with, the default.</summary>
    public static Initializer PyTorch => FSharp.Initializers.pytorch;

    /// <summary>U(±√(3 / n)). Source: LeCun et al., Efficient BackProp, 1998.</summary>
    public static Initializer LecunUniform => FSharp.ScaledInitializers.Initializers.lecunUniform;

    /// <summary>Normal with this mean and deviation, drawn anew beyond two deviations.</summary>
    public static Initializer TruncatedNormal(double mean = 0, double deviation = 1) =>
        FSharp.ScaledInitializers.Initializers.truncatedNormal(mean, deviation);

    /// <summary>Variance scale / n, with n the inputs, the outputs, or their mean. Source: Keras' VarianceScaling.</summary>
    /// <param name="scale">The variance times n.</param>
    /// <param name="mode">What n is; default: inputs.</param>
    /// <param name="distribution">Default: truncated normal, as in Keras.</param>
    /// <exception cref="DeepFunException">DF0902 a scale of 0 or below.</exception>
    public static Initializer VarianceScaling(double scale = 1, FanMode? mode = null, DrawnFrom? distribution = null) =>
        FSharp.ScaledInitializers.Initializers.varianceScaling(scale, mode ?? FanMode.In, distribution ?? DrawnFrom.TruncatedNormal);

    /// <summary>Orthogonal rows or columns of length gain. Source: Saxe et al., arXiv:1312.6120.</summary>
    public static Initializer Orthogonal(double gain = 1) => FSharp.ScaledInitializers.Initializers.orthogonal(gain);

    /// <summary>gain on the diagonal of a dense weight, zeros elsewhere.</summary>
    public static Initializer Identity(double gain = 1) => FSharp.ScaledInitializers.Initializers.identity(gain);

    /// <summary>Normal with this deviation, where a share of what each input of a dense weight goes to is 0. Source: torch.nn.init.sparse_.</summary>
    /// <param name="sparsity">The share, in [0, 1], rounded up.</param>
    /// <param name="deviation">Of the others.</param>
    /// <exception cref="DeepFunException">DF0902 a sparsity outside 0 to 1.</exception>
    public static Initializer Sparse(double sparsity, double deviation = 0.01) =>
        FSharp.ScaledInitializers.Initializers.sparse(sparsity, deviation);

    /// <summary>A convolution's kernel that passes channels on: 1 at its centre. Source: torch.nn.init.dirac_.</summary>
    public static Initializer Dirac(int groups = 1) => FSharp.ScaledInitializers.Initializers.dirac(groups);
}
