namespace DeepFun;

/// <content>Losses of numbers, of counts and of distributions.</content>
public static partial class Losses
{
    /// <summary>d² / (2 beta) up to beta, |d| − beta / 2 beyond, with d = prediction − target.</summary>
    /// <exception cref="DeepFunException">DF0902 beta is not above 0.</exception>
    public static Loss SmoothL1(double beta = 1) => FSharp.Losses.smoothL1(beta);

    /// <summary>log cosh(prediction − target), averaged.</summary>
    public static Loss LogCosh() => FSharp.Losses.logCosh;

    /// <summary>The negative log-likelihood of counts from rates, without log(target!).</summary>
    /// <param name="fromLog">Whether predictions are logarithms of rates; false: rates.</param>
    public static Loss Poisson(bool fromLog = true) => fromLog ? FSharp.Losses.poissonFromLogRate : FSharp.Losses.poisson;

    /// <summary>
    /// The negative log-likelihood of a normal distribution from predictions [N, …, 2], its mean and the logarithm of its variance, without the
    /// constant; targets [N, …].
    /// </summary>
    public static Loss GaussianNegativeLogLikelihood() => FSharp.Losses.gaussianNegativeLogLikelihood;
}
