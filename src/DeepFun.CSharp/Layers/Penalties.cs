using System;
using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Penalties on the parameters, for <see cref="Trainer.WithPenalty"/>. Default: every weight, no bias.</summary>
/// <example><code>
/// var parameters = Params.Of(("weight", Tensor.Vector(1, -2)), ("bias", Tensor.Vector(9)));
/// Console.WriteLine(Penalties.L2(0.1)(parameters).ToDouble().ToString("F3")); // 0.500
/// Console.WriteLine(Penalties.L1(1, path => true)(parameters).ToDouble()); // 12
/// </code></example>
public static class Penalties
{
    /// <summary>strength · Σ |w|</summary>
    /// <param name="strength">The factor.</param>
    /// <param name="counts">Which paths count.</param>
    public static Func<Params, Tensor> L1(double strength, Func<string, bool>? counts = null) =>
        parameters => Interop.L1(strength, counts!, parameters);

    /// <summary>strength · Σ w² (no half: the gradient is 2 · strength · w)</summary>
    /// <param name="strength">The factor.</param>
    /// <param name="counts">Which paths count.</param>
    public static Func<Params, Tensor> L2(double strength, Func<string, bool>? counts = null) =>
        parameters => Interop.L2(strength, counts!, parameters);

    /// <summary>absolute · Σ |w| + squared · Σ w² (the elastic net)</summary>
    /// <param name="absolute">The factor of the absolute values.</param>
    /// <param name="squared">The factor of the squares.</param>
    /// <param name="counts">Which paths count.</param>
    public static Func<Params, Tensor> Elastic(double absolute, double squared, Func<string, bool>? counts = null) =>
        parameters => LossInterop.Elastic(absolute, squared, counts!, parameters);
}
