using DeepFun.FSharp;

namespace DeepFun;

/// <summary>More elementwise functions as methods: of logarithms, angles, rounding, signs, bits, comparisons, and activations. Two operands broadcast.</summary>
public static class TensorElementwise
{
    /// <summary>eˣ − 1, exact near 0.</summary>
    public static Tensor Expm1(this Tensor x) => Elementwise.expm1(x);

    /// <summary>log(1 + x), exact near 0.</summary>
    public static Tensor Log1p(this Tensor x) => Elementwise.log1p(x);

    /// <summary>2ˣ</summary>
    public static Tensor Exp2(this Tensor x) => MoreElementwise.exp2(x);

    /// <summary>1 / √x</summary>
    public static Tensor Rsqrt(this Tensor x) => Elementwise.rsqrt(x);

    /// <summary>1 / x</summary>
    public static Tensor Reciprocal(this Tensor x) => Elementwise.reciprocal(x);

    /// <summary>1 / x where x ≠ 0; elsewhere the value and all derivatives are 0.</summary>
    public static Tensor SafeReciprocal(this Tensor x) => MoreElementwise.safeReciprocal(x);

    /// <summary>−1, 0 or 1 by the sign; NaN stays.</summary>
    public static Tensor Sign(this Tensor x) => Elementwise.signum(x);

    /// <summary>Whether the sign bit is set: of negative numbers and of −0; bool.</summary>
    public static Tensor SignBit(this Tensor x) => MoreElementwise.signBit(x);

    /// <summary>|x| with the sign of y, of −0 too.</summary>
    public static Tensor CopySign(this Tensor x, Tensor y) => MoreElementwise.copySign(x, y);

    /// <summary>The number of x's dtype next to x on the way to y; x where they are equal. The derivative in x is 1, that in y 0.</summary>
    public static Tensor NextAfter(this Tensor x, Tensor y) => MoreElementwise.nextAfter(x, y);

    /// <summary>arcsin x</summary>
    public static Tensor Asin(this Tensor x) => Tensor.Asin(x);

    /// <summary>arccos x</summary>
    public static Tensor Acos(this Tensor x) => Tensor.Acos(x);

    /// <summary>arctan x</summary>
    public static Tensor Atan(this Tensor x) => Tensor.Atan(x);

    /// <summary>The angle of the points (x, y), in (−π, π]; NaN derivatives at the origin.</summary>
    public static Tensor Atan2(this Tensor y, Tensor x) => Elementwise.arctan2(y, x);

    /// <summary>sinh x</summary>
    public static Tensor Sinh(this Tensor x) => Tensor.Sinh(x);

    /// <summary>cosh x</summary>
    public static Tensor Cosh(this Tensor x) => Tensor.Cosh(x);

    /// <summary>sin(πx) / (πx), 1 at 0.</summary>
    public static Tensor Sinc(this Tensor x) => MoreElementwise.sinc(x);

    /// <summary>⌊x⌋</summary>
    public static Tensor Floor(this Tensor x) => Tensor.Floor(x);

    /// <summary>⌈x⌉</summary>
    public static Tensor Ceiling(this Tensor x) => Tensor.Ceiling(x);

    /// <summary>The nearest integer, halves to even.</summary>
    public static Tensor Round(this Tensor x) => Tensor.Round(x);

    /// <summary>Toward zero.</summary>
    public static Tensor Truncate(this Tensor x) => Tensor.Truncate(x);

    /// <summary>x without its integer part.</summary>
    public static Tensor Frac(this Tensor x) => MoreElementwise.frac(x);

    /// <summary>⌊x / y⌋, for integers too.</summary>
    /// <exception cref="DeepFunException">DF0205 an integer divisor of 0.</exception>
    public static Tensor FloorDivide(this Tensor x, Tensor y) => MoreElementwise.floorDivide(x, y);

    /// <summary>The remainder with the sign of x; the operator % has that of y.</summary>
    /// <exception cref="DeepFunException">DF0205 an integer divisor of 0.</exception>
    public static Tensor Fmod(this Tensor x, Tensor y) => MoreElementwise.fmod(x, y);

    /// <summary>log(x / (1 − x)), the inverse of the sigmoid.</summary>
    public static Tensor Logit(this Tensor x) => MoreElementwise.logit(x);

    /// <summary>x log(1 + y), but 0 where x = 0.</summary>
    public static Tensor XLog1pY(this Tensor x, Tensor y) => MoreElementwise.xlog1py(x, y);

    /// <summary>min(max(x, low), high) with bounds that are tensors.</summary>
    public static Tensor Clamp(this Tensor x, Tensor low, Tensor high) => MoreElementwise.clampBetween(low, high, x);

    /// <summary>The larger of two where both are numbers, else the one that is.</summary>
    public static Tensor Fmax(this Tensor x, Tensor y) => MoreElementwise.fmax(x, y);

    /// <summary>The smaller of two where both are numbers, else the one that is.</summary>
    public static Tensor Fmin(this Tensor x, Tensor y) => MoreElementwise.fmin(x, y);

    /// <summary>Whether an element is NaN; bool.</summary>
    public static Tensor IsNaN(this Tensor x) => Elementwise.isNaN(x);

    /// <summary>Whether an element is ±∞; bool.</summary>
    public static Tensor IsInfinite(this Tensor x) => Elementwise.isInfinite(x);

    /// <summary>Whether an element is ∞; bool.</summary>
    public static Tensor IsPositiveInfinite(this Tensor x) => MoreElementwise.isPositiveInfinite(x);

    /// <summary>Whether an element is −∞; bool.</summary>
    public static Tensor IsNegativeInfinite(this Tensor x) => MoreElementwise.isNegativeInfinite(x);

    /// <summary>Whether |x − y| ≤ absolute + relative |y|, element by element; bool.</summary>
    public static Tensor IsClose(this Tensor x, Tensor y, double relative = 1e-5, double absolute = 1e-8, bool equalNaN = false) =>
        MoreElementwise.isClose(relative, absolute, equalNaN, x, y);

    /// <summary>Whether all elements are close.</summary>
    /// <exception cref="DeepFunException">DF0402 under vmap and trace.</exception>
    public static bool AllClose(this Tensor x, Tensor y, double relative = 1e-5, double absolute = 1e-8) =>
        MoreElementwise.allClose(relative, absolute, x, y);

    /// <summary>Whether x ≠ y; bool.</summary>
    public static Tensor NotEqualTo(this Tensor x, Tensor y) => Elementwise.notEqual(x, y);

    /// <summary>Whether x ≤ y; bool.</summary>
    public static Tensor LessOrEqual(this Tensor x, Tensor y) => Elementwise.lessOrEqual(x, y);

    /// <summary>Whether x ≥ y; bool.</summary>
    public static Tensor GreaterOrEqual(this Tensor x, Tensor y) => Elementwise.greaterOrEqual(x, y);

    /// <summary>Not, on bool.</summary>
    public static Tensor LogicalNot(this Tensor x) => Elementwise.logicalNot(x);

    /// <summary>And, bitwise on integers.</summary>
    public static Tensor And(this Tensor x, Tensor y) => Elementwise.logicalAnd(x, y);

    /// <summary>Or, bitwise on integers.</summary>
    public static Tensor Or(this Tensor x, Tensor y) => Elementwise.logicalOr(x, y);

    /// <summary>Exclusive or, bitwise on integers.</summary>
    public static Tensor Xor(this Tensor x, Tensor y) => Elementwise.logicalXor(x, y);

    /// <summary>All bits turned; not, on bool.</summary>
    public static Tensor BitwiseNot(this Tensor x) => MoreElementwise.bitwiseNot(x);

    /// <summary>x · 2ⁿ of integers.</summary>
    public static Tensor ShiftLeft(this Tensor x, Tensor n) => MoreElementwise.shiftLeft(x, n);

    /// <summary>⌊x / 2ⁿ⌋ of integers.</summary>
    public static Tensor ShiftRight(this Tensor x, Tensor n) => MoreElementwise.shiftRight(x, n);

    /// <summary>Zeros of x's shape and dtype.</summary>
    public static Tensor ZerosLike(this Tensor x) => Elementwise.zerosLike(x);

    /// <summary>Ones of x's shape and dtype.</summary>
    public static Tensor OnesLike(this Tensor x) => Elementwise.onesLike(x);

    /// <summary>A constant of x's shape and dtype.</summary>
    public static Tensor FullLike(this Tensor x, double value) => Elementwise.fullLike(value, x);

    /// <summary>log(1 + eˣ), without overflow.</summary>
    public static Tensor Softplus(this Tensor x) => Elementwise.softplus(x);

    /// <summary>log sigmoid x, without overflow.</summary>
    public static Tensor LogSigmoid(this Tensor x) => MoreElementwise.logSigmoid(x);

    /// <summary>x sigmoid x, also called swish.</summary>
    public static Tensor Silu(this Tensor x) => Derived.silu(x);

    /// <summary>x Φ(x), with the error function or by the tanh formula of its paper.</summary>
    public static Tensor Gelu(this Tensor x, bool tanh = false) => tanh ? Derived.geluTanh(x) : Derived.gelu(x);

    /// <summary>x where x &gt; 0, elsewhere α (eˣ − 1).</summary>
    public static Tensor Elu(this Tensor x, double alpha = 1) => Derived.elu(alpha, x);

    /// <summary>x where x &gt; 0, elsewhere slope · x.</summary>
    public static Tensor LeakyRelu(this Tensor x, double slope = 0.01) => Derived.leakyRelu(slope, x);

    /// <summary>x where x &gt; 0, elsewhere slope · x with a slope that is learned.</summary>
    public static Tensor Prelu(this Tensor x, Tensor slope) => MoreElementwise.prelu(slope, x);

    /// <summary>x relu6(x + 3) / 6</summary>
    public static Tensor HardSwish(this Tensor x) => MoreElementwise.hardSwish(x);

    /// <summary>x moved by λ toward 0, 0 between −λ and λ.</summary>
    public static Tensor Softshrink(this Tensor x, double lambda = 0.5) => MoreElementwise.softshrink(lambda, x);

    /// <summary>x above λ and below −λ, 0 between.</summary>
    public static Tensor Hardshrink(this Tensor x, double lambda = 0.5) => MoreElementwise.hardshrink(lambda, x);

    /// <summary>x above a limit, elsewhere a value.</summary>
    public static Tensor Threshold(this Tensor x, double limit, double value) => MoreElementwise.threshold(limit, value, x);

    /// <summary>The first half of an axis times the sigmoid of the second.</summary>
    /// <exception cref="DeepFunException">DF0126 an odd axis.</exception>
    public static Tensor Glu(this Tensor x, int axis = -1) => MoreElementwise.glu(axis, x);
}
