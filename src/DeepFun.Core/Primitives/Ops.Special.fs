namespace DeepFun.FSharp

open DeepFun

/// <summary>Incomplete gamma and beta functions and their relatives. Operands broadcast; integers are taken as float32.</summary>
[<AutoOpen>]
module SpecialFunctions =

    let internal bindSpecial (name: string) op (xs: Tensor[]) : Tensor =
        let dtype = floatingDType xs
        let shape = xs |> Seq.map _.Shape |> Seq.reduce (fun a b -> Tensor.Common(name, a, b))
        Tensor.Bind(Prim.Special op, xs |> Array.map (fun x -> Tensor.BroadcastTo(shape, cast dtype x)))

    /// <summary>The regularized lower incomplete gamma function P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a), for a ≥ 0 and x ≥ 0; NaN elsewhere.</summary>
    /// <remarks>
    /// Differentiable in both operands, to any order. a up to 1e10, NaN beyond; the cost grows with √a.
    /// Error: float32 0.6 ulp; float64 1e-13 (1e-12 for derivatives in a) of the value for a up to 1e6, but where P is near 1 of 1.
    /// Source: NIST Digital Library of Mathematical Functions 8.7.1, 8.9.2. scipy.special.gammainc.
    /// </remarks>
    let gammainc (a: Tensor) (x: Tensor) : Tensor = bindSpecial "gammainc" (Special.GammaP 0) [| a; x |]

    /// <summary>The regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x), which does not cancel in the upper tail.</summary>
    /// <remarks>As <c>gammainc</c>; where x &lt; a + 1 the error is 1e-13 of 1. scipy.special.gammaincc.</remarks>
    let gammaincc (a: Tensor) (x: Tensor) : Tensor = bindSpecial "gammaincc" Special.GammaQ [| a; x |]

    /// <summary>
    /// The regularized incomplete beta function Iₓ(a, b) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b), for a, b &gt; 0 and x in [0, 1]; NaN elsewhere.
    /// </summary>
    /// <remarks>
    /// Differentiable in all operands, to any order. a and b up to 1e10, NaN beyond; the cost grows with √(a + b).
    /// Error: float32 0.6 ulp; float64 1e-13 (1e-12 for derivatives in a and b) of the value, but above the mean of 1.
    /// Source: NIST Digital Library of Mathematical Functions 8.17.22. scipy.special.betainc.
    /// </remarks>
    let betainc (a: Tensor) (b: Tensor) (x: Tensor) : Tensor = bindSpecial "betainc" (Special.BetaI(0, 0)) [| a; b; x |]

    /// <summary>log |B(a, b)| = log |Γ(a)| + log |Γ(b)| − log |Γ(a + b)|, computed in float64, in the operands' dtype.</summary>
    /// <remarks>Error: 1e-15 of the largest of the three logarithms. scipy.special.betaln.</remarks>
    let logBeta (a: Tensor) (b: Tensor) : Tensor =
        let struct (a, b) = Tensor.Align("logBeta", floats a, floats b)
        let x, y = cast DType.Float64 a, cast DType.Float64 b
        cast a.DType (logGamma x + logGamma y - logGamma (x + y))

    /// <summary>The inverse of erfc: the y with erfc y = x, also of numbers far too small to be taken from 1; ±∞ at 0 and 2, NaN outside.</summary>
    /// <remarks>Error: float32 0.6 ulp, float64 1e-15 of the value for normal x.</remarks>
    let erfcInv (x: Tensor) : Tensor = Tensor.Floating(Unary.ErfcInv, x)
