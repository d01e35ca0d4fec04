namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Elementwise functions. F#'s own <c>abs exp log log10 sqrt sin cos tan asin acos atan sinh cosh tanh floor ceil round truncate **</c>
/// work on tensors too. Where nothing else is said, shape and dtype are the operand's; functions with fractions take integers as float32.
/// </summary>
[<AutoOpen>]
module Elementwise =

    /// <summary>eˣ − 1, exact near 0.</summary>
    let expm1 (x: Tensor) = Tensor.Floating(Unary.Expm1, x)

    /// <summary>log(1 + x), exact near 0.</summary>
    let log1p (x: Tensor) = Tensor.Floating(Unary.Log1p, x)

    /// <summary>Logarithm to base 2, exact at its powers.</summary>
    let log2 (x: Tensor) : Tensor = Tensor.Floating(Unary.Log2, x)

    /// <summary>1 / √x</summary>
    let rsqrt (x: Tensor) = Tensor.Floating(Unary.Rsqrt, x)

    /// <summary>∛x, also of negative numbers; the derivative at 0 is ∞.</summary>
    let cbrt (x: Tensor) = Tensor.Floating(Unary.Cbrt, x)

    /// <summary>1 / x</summary>
    let reciprocal (x: Tensor) = Tensor.Floating(Unary.Reciprocal, x)

    /// <summary>x²</summary>
    let square (x: Tensor) = Tensor.Bind1(Unary.Square, x)

    /// <summary>−1, 0 or 1 by the sign of x; NaN stays NaN. (F#'s <c>sign</c> must give an int.)</summary>
    let signum (x: Tensor) = Tensor.Bind1(Unary.Sign, x)

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    let sigmoid (x: Tensor) = Tensor.Floating(Unary.Sigmoid, x)

    /// <summary>log(1 + eˣ), without overflow.</summary>
    let softplus (x: Tensor) = Tensor.Floating(Unary.Softplus, x)

    /// <summary>The error function, 2/√π ∫₀ˣ exp(−t²) dt.</summary>
    let erf (x: Tensor) = Tensor.Floating(Unary.Erf, x)

    /// <summary>1 − erf x, without cancellation.</summary>
    /// <remarks>Error: float32 0.6 ulp, float64 1e-15 of the value where that is a normal number. erfc(−∞) = 2, erfc(∞) = 0.</remarks>
    let erfc (x: Tensor) = Tensor.Floating(Unary.Erfc, x)

    /// <summary>The inverse of erf: the y with erf y = x; ±∞ at ±1, NaN beyond.</summary>
    /// <remarks>Error: float32 0.6 ulp, float64 1e-15 of the value.</remarks>
    let erfInv (x: Tensor) = Tensor.Floating(Unary.ErfInv, x)

    /// <summary>log |Γ(x)|; ∞ at 0, −1, −2, … and at ±∞. Its derivative is digamma.</summary>
    /// <remarks>
    /// Error: float32 0.6 ulp; float64 1e-15 of the value for x &gt; 0, for x &lt; 0 1e-15 · (1 + |log Γ(x)|), so that near its zeros
    /// there fewer digits are right. Source: Abramowitz and Stegun 6.1.33, 6.1.41, 6.1.17.
    /// </remarks>
    let logGamma (x: Tensor) = Tensor.Floating(Unary.LogGamma, x)

    /// <summary>ψ(x) = Γ′(x) / Γ(x); ∓∞ at ±0, NaN at −1, −2, … and −∞. Its derivatives are the polygamma functions.</summary>
    /// <remarks>
    /// Error: float32 0.6 ulp; float64 2e-15 · (1 + |ψ(x)|), so that near its zeros fewer digits are right.
    /// Source: Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18.
    /// </remarks>
    let digamma (x: Tensor) = Tensor.Floating(Unary.Digamma, x)

    /// <summary>The derivative of order n of digamma, ψ⁽ⁿ⁾(x); order 0 is digamma, order 1 trigamma.</summary>
    /// <remarks>
    /// Orders 0 to 100; others give NaN. At 0, −1, −2, … odd orders give ∞; even orders NaN, at ±0 ∓∞. Differentiable in x up to that order.
    /// Error: float32 0.6 ulp; float64 1e-14 of the value for x &gt; 0, else 3e-14 · (1 + the value). Source: Abramowitz and Stegun 6.4.6, 6.4.7, 6.4.11.
    /// </remarks>
    let polygamma (order: int) (x: Tensor) : Tensor = Tensor.Elementwise(Binary.Polygamma, float order, Tensor.Floats x)

    /// <summary>arsinh x</summary>
    let asinh (x: Tensor) = Tensor.Floating(Unary.Asinh, x)

    /// <summary>arcosh x ≥ 0; NaN below 1.</summary>
    let acosh (x: Tensor) = Tensor.Floating(Unary.Acosh, x)

    /// <summary>artanh x; ±∞ at ±1, NaN beyond.</summary>
    let atanh (x: Tensor) = Tensor.Floating(Unary.Atanh, x)

    /// <summary>max(x, 0); the derivative at 0 is 0.</summary>
    let relu (x: Tensor) = Tensor.Bind1(Unary.Relu, x)

    /// Integers have neither NaN nor ∞.
    let private never (x: Tensor) = Tensor.Constant(0.0, { Shape = x.Shape; DType = DType.Bool }, x)

    /// <summary>Whether an element is NaN; gives bool.</summary>
    let isNaN (x: Tensor) = if DTypes.IsFloating x.DType then Tensor.Bind1(Unary.IsNaN, x) else never x

    /// <summary>Whether an element is ±∞; gives bool.</summary>
    let isInfinite (x: Tensor) = if DTypes.IsFloating x.DType then Tensor.Bind1(Unary.IsInfinite, x) else never x

    /// <summary>Not, on bool.</summary>
    let logicalNot (x: Tensor) = Tensor.Bind1(Unary.Not, x)

    /// <summary>The larger of two, broadcasting; NaN wins. At ties each operand gets half of the derivative.</summary>
    let maximum (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.Max, x, y)

    /// <summary>The smaller of two, broadcasting; NaN wins. At ties each operand gets half of the derivative.</summary>
    let minimum (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.Min, x, y)

    /// <summary>xʸ, broadcasting. Where x = 0 the derivative in y is 0.</summary>
    let pow (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.Pow, x, y)

    /// <summary>The angle of the point (x, y), in (−π, π]; 0 or ±π at the origin, where it has no derivative and NaN stands for it.</summary>
    let arctan2 (y: Tensor) (x: Tensor) = Tensor.Elementwise(Binary.Atan2, y, x)

    /// <summary>And, bitwise on integers.</summary>
    let logicalAnd (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.And, x, y)

    /// <summary>Or, bitwise on integers.</summary>
    let logicalOr (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.Or, x, y)

    /// <summary>Exclusive or, bitwise on integers.</summary>
    let logicalXor (x: Tensor) (y: Tensor) = Tensor.Elementwise(Binary.Xor, x, y)

    let internal comparison op (x: Tensor) (y: Tensor) =
        let struct (x, y) = Tensor.Align(op, x, y)
        Tensor.Bind(Prim.Compare op, [| x; y |])

    /// <summary>x = y, broadcasting; gives bool.</summary>
    let equal (x: Tensor) (y: Tensor) = comparison Compare.Equal x y

    /// <summary>x ≠ y, broadcasting; gives bool.</summary>
    let notEqual (x: Tensor) (y: Tensor) = comparison Compare.NotEqual x y

    /// <summary>x &lt; y, broadcasting; gives bool.</summary>
    let less (x: Tensor) (y: Tensor) = comparison Compare.Less x y

    /// <summary>x ≤ y, broadcasting; gives bool.</summary>
    let lessOrEqual (x: Tensor) (y: Tensor) = comparison Compare.LessOrEqual x y

    /// <summary>x &gt; y, broadcasting; gives bool.</summary>
    let greater (x: Tensor) (y: Tensor) = comparison Compare.Greater x y

    /// <summary>x ≥ y, broadcasting; gives bool.</summary>
    let greaterOrEqual (x: Tensor) (y: Tensor) = comparison Compare.GreaterOrEqual x y

    /// <summary>Where the condition (bool) is true x, elsewhere y; all three broadcast.</summary>
    let where (condition: Tensor) (x: Tensor) (y: Tensor) =
        if condition.DType <> DType.Bool then
            Errors.dtype "where" "a bool condition" condition.DType

        let struct (x, y) = Tensor.Align("where", x, y)
        let shape = Tensor.Common("where", condition.Shape, x.Shape)

        Tensor.Bind(Prim.Select, [| Tensor.BroadcastTo(shape, condition); Tensor.BroadcastTo(shape, x); Tensor.BroadcastTo(shape, y) |])

    /// <summary>The values in another dtype: toward zero and saturating from float to integer, ≠ 0 to bool.</summary>
    let cast (dtype: DType) (x: Tensor) = Tensor.CastTo(dtype, x)

    /// <summary>x itself, whose derivative is zero.</summary>
    let stopGradient (x: Tensor) = Tensor.Bind(Prim.StopGradient, [| x |])

    /// Every element v, with x's shape and dtype.
    let internal constantLike (v: float) (x: Tensor) = Tensor.Constant(v, x.Type, x)

    /// <summary>Zeros of x's shape and dtype.</summary>
    let zerosLike (x: Tensor) = constantLike 0.0 x

    /// <summary>Ones of x's shape and dtype.</summary>
    let onesLike (x: Tensor) = constantLike 1.0 x

    /// <summary>A constant of x's shape and dtype.</summary>
    let fullLike (v: float) (x: Tensor) = constantLike v x

    /// Where a bool of x's shape is true d, elsewhere 0: the derivative of every function with kinks.
    let internal mask (condition: Tensor) (d: Tensor) = Tensor.Bind(Prim.Select, [| condition; d; zerosLike d |])

    /// x compared with a number, same shape.
    let internal test op (x: Tensor) (v: float) = Tensor.Bind(Prim.Compare op, [| x; constantLike v x |])
