using DeepFun.FSharp;

namespace DeepFun;

/// <content>Special functions, guarded functions and activations.</content>
public static partial class TensorExtensions
{
    /// <summary>Logarithm to base 2, exact at its powers.</summary>
    public static Tensor Log2(this Tensor x) => Elementwise.log2(x);

    /// <summary>Logarithm to base 10, exact at its powers.</summary>
    public static Tensor Log10(this Tensor x) => Tensor.Log10(x);

    /// <summary>∛x, also of negative numbers.</summary>
    public static Tensor Cbrt(this Tensor x) => Elementwise.cbrt(x);

    /// <summary>arsinh x</summary>
    public static Tensor Asinh(this Tensor x) => Elementwise.asinh(x);

    /// <summary>arcosh x; NaN below 1.</summary>
    public static Tensor Acosh(this Tensor x) => Elementwise.acosh(x);

    /// <summary>artanh x; ±∞ at ±1, NaN beyond.</summary>
    public static Tensor Atanh(this Tensor x) => Elementwise.atanh(x);

    /// <summary>1 − erf x, without cancellation.</summary>
    public static Tensor Erfc(this Tensor x) => Elementwise.erfc(x);

    /// <summary>The inverse of erf; ±∞ at ±1, NaN beyond.</summary>
    public static Tensor ErfInv(this Tensor x) => Elementwise.erfInv(x);

    /// <summary>log |Γ(x)|; ∞ at 0, −1, −2, …</summary>
    public static Tensor LogGamma(this Tensor x) => Elementwise.logGamma(x);

    /// <summary>ψ(x), the derivative of log Γ(x).</summary>
    public static Tensor Digamma(this Tensor x) => Elementwise.digamma(x);

    /// <summary>log x where x &gt; 0; elsewhere the value and all derivatives are 0.</summary>
    public static Tensor SafeLog(this Tensor x) => DerivedElementwise.safeLog(x);

    /// <summary>√x where x &gt; 0; elsewhere the value and all derivatives are 0.</summary>
    public static Tensor SafeSqrt(this Tensor x) => DerivedElementwise.safeSqrt(x);

    /// <summary>Whether an element is neither NaN nor ±∞; bool.</summary>
    public static Tensor IsFinite(this Tensor x) => DerivedElementwise.isFinite(x);

    /// <summary>π/180 x</summary>
    public static Tensor DegreesToRadians(this Tensor x) => DerivedElementwise.deg2rad(x);

    /// <summary>180/π x</summary>
    public static Tensor RadiansToDegrees(this Tensor x) => DerivedElementwise.rad2deg(x);

    /// <summary>x tanh(softplus x)</summary>
    public static Tensor Mish(this Tensor x) => DerivedElementwise.mish(x);

    /// <summary>min(max(x, 0), 6)</summary>
    public static Tensor Relu6(this Tensor x) => DerivedElementwise.relu6(x);

    /// <summary>min(max(x + 3, 0), 6) / 6</summary>
    public static Tensor HardSigmoid(this Tensor x) => DerivedElementwise.hardSigmoid(x);

    /// <summary>min(max(x, −1), 1)</summary>
    public static Tensor HardTanh(this Tensor x) => DerivedElementwise.hardTanh(x);

    /// <summary>elu with the scale and the α that keep mean 0 and variance 1.</summary>
    public static Tensor Selu(this Tensor x) => DerivedElementwise.selu(x);

    /// <summary>x / (1 + |x|)</summary>
    public static Tensor Softsign(this Tensor x) => DerivedElementwise.softsign(x);

    /// <summary>x − tanh x</summary>
    public static Tensor Tanhshrink(this Tensor x) => DerivedElementwise.tanhshrink(x);

    /// <summary>√(x² + y²) without overflow, broadcasting; at (0, 0) the derivatives are 0.</summary>
    public static Tensor Hypot(this Tensor x, Tensor y) => DerivedElementwise.hypot(x, y);

    /// <summary>log(eˣ + eʸ) without overflow, broadcasting.</summary>
    public static Tensor LogAddExp(this Tensor x, Tensor y) => DerivedElementwise.logAddExp(x, y);

    /// <summary>x log y, but 0 where x = 0; broadcasts.</summary>
    public static Tensor XLogY(this Tensor x, Tensor y) => DerivedElementwise.xlogy(x, y);

    /// <summary>x / y where y ≠ 0; elsewhere the value and all derivatives are 0. Broadcasts.</summary>
    public static Tensor SafeDivide(this Tensor x, Tensor y) => DerivedElementwise.safeDivide(x, y);

    /// <summary>The derivative of an order from 0 to 100 of digamma; order 1 is trigamma.</summary>
    public static Tensor Polygamma(this Tensor x, int order) => Elementwise.polygamma(order, x);

    /// <summary>(1 − t) x + t y: x at t = 0, y at t = 1, both exactly.</summary>
    public static Tensor Lerp(this Tensor x, Tensor y, Tensor t) => DerivedElementwise.lerp(x, y, t);

    /// <summary>The step: 0 below 0, 1 above, a chosen value at 0. Its derivative is 0.</summary>
    public static Tensor Heaviside(this Tensor x, double atZero = 0.5) => DerivedElementwise.heaviside(atZero, x);

    /// <summary>NaN replaced by a number, ±∞ by the greatest and the least finite number of the dtype.</summary>
    public static Tensor NanToNum(this Tensor x, double value = 0) => DerivedElementwise.nanToNum(value, x);

    /// <summary>x where x &gt; 0, elsewhere α (exp(x/α) − 1).</summary>
    public static Tensor Celu(this Tensor x, double alpha = 1) => DerivedElementwise.celu(alpha, x);
}
