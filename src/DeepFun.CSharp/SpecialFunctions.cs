using DeepFun.FSharp;

namespace DeepFun;

/// <summary>Incomplete gamma and beta functions and their relatives. Operands broadcast; integers are taken as float32.</summary>
public static class SpecialFunctions
{
    /// <summary>The regularized lower incomplete gamma function P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a), for a ≥ 0 and x ≥ 0; NaN elsewhere.</summary>
    /// <example><code>
    /// Console.WriteLine(SpecialFunctions.GammaInc(Tensor.Scalar(1), Tensor.Scalar(2))); // tensor(0.864665, float32, shape [])
    /// </code></example>
    public static Tensor GammaInc(Tensor a, Tensor x) => FSharp.SpecialFunctions.gammainc(a, x);

    /// <summary>The regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x), which does not cancel in the upper tail.</summary>
    public static Tensor GammaIncC(Tensor a, Tensor x) => FSharp.SpecialFunctions.gammaincc(a, x);

    /// <summary>The regularized incomplete beta function Iₓ(a, b), for a, b &gt; 0 and x in [0, 1]; NaN elsewhere.</summary>
    /// <example><code>
    /// Console.WriteLine(SpecialFunctions.BetaInc(Tensor.Scalar(2), Tensor.Scalar(2), Tensor.Scalar(0.5))); // tensor(0.5, float32, shape [])
    /// </code></example>
    public static Tensor BetaInc(Tensor a, Tensor b, Tensor x) => FSharp.SpecialFunctions.betainc(a, b, x);

    /// <summary>log |B(a, b)| = log |Γ(a)| + log |Γ(b)| − log |Γ(a + b)|</summary>
    public static Tensor LogBeta(Tensor a, Tensor b) => FSharp.SpecialFunctions.logBeta(a, b);

    /// <summary>The inverse of erfc; ±∞ at 0 and 2, NaN outside.</summary>
    public static Tensor ErfcInv(this Tensor x) => FSharp.SpecialFunctions.erfcInv(x);
}
