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
}
