namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Elementwise functions composed from primitives so that neither values nor derivatives overflow, cancel or turn NaN where the plain
/// formula would. Two operands broadcast; integers are taken as float32.
/// </summary>
[<AutoOpen>]
module DerivedElementwise =

    /// <summary>√(x² + y²) without overflow or underflow; at (0, 0) the derivatives are 0. ∞ where either is ±∞, even beside NaN.</summary>
    /// <remarks>Error: 3 ulp. Equation: m √((x/m)² + (y/m)²), where m = max(|x|, |y|).</remarks>
    let hypot (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("hypot", floats x, floats y)
        let infinite = logicalOr (isInfinite x) (isInfinite y)
        let largest = stopGradient (maximum (abs x) (abs y))
        // The value does not depend on m, so its derivative is left out; where there is none to divide by, 1 does.
        let m = where (logicalOr infinite (test Compare.Equal largest 0.0)) (onesLike x) largest
        let squares: Tensor = square (x / m) + square (y / m)
        let h: Tensor = m * guarded (test Compare.Equal squares 0.0) 1.0 0.0 sqrt squares
        where infinite (constantLike infinity h) h

    /// <summary>log(eˣ + eʸ) without overflow.</summary>
    let logAddExp (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("logAddExp", floats x, floats y)
        let ordered = greaterOrEqual x y
        let high, low = where ordered x y, where ordered y x
        // ∞ − ∞ would be NaN
        let same = logicalAnd (equal x y) (isInfinite x)
        high + softplus (where same (zerosLike x) (low - high))

    /// <summary>x log y, but 0 where x = 0, whatever number y is; where that is not the limit's value the derivatives are 0, too. NaN stays.</summary>
    let xlogy (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("xlogy", floats x, floats y)
        let outside = logicalOr (test Compare.LessOrEqual y 0.0) (isInfinite y)
        x * guarded (logicalAnd (test Compare.Equal x 0.0) outside) 1.0 0.0 log y

    /// <summary>log x where x &gt; 0; elsewhere the value and all derivatives are 0. NaN stays.</summary>
    let safeLog (x: Tensor) : Tensor =
        let x = floats x
        guarded (test Compare.LessOrEqual x 0.0) 1.0 0.0 log x

    /// <summary>√x where x &gt; 0; elsewhere the value and all derivatives are 0. NaN stays.</summary>
    let safeSqrt (x: Tensor) : Tensor =
        let x = floats x
        guarded (test Compare.LessOrEqual x 0.0) 1.0 0.0 sqrt x

    /// <summary>x / y where y ≠ 0; elsewhere the value and all derivatives are 0.</summary>
    let safeDivide (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("safeDivide", floats x, floats y)
        guarded (test Compare.Equal y 0.0) 1.0 0.0 (fun y -> x / y) y

    /// <summary>Whether an element is neither NaN nor ±∞; gives bool.</summary>
    let isFinite (x: Tensor) = logicalNot (logicalOr (isNaN x) (isInfinite x))

    /// <summary>
    /// NaN replaced by a number, ±∞ by the greatest and the least finite number of the dtype; there the derivative is 0. Integers stay.
    /// </summary>
    let nanToNum (value: float) (x: Tensor) : Tensor =
        if not (DTypes.IsFloating x.DType) then
            x
        else
            let greatest = DTypes.MaxValue x.DType
            let bound v = constantLike v x
            let infinite = where (test Compare.Greater x 0.0) (bound greatest) (bound -greatest)
            where (isFinite x) x (where (isNaN x) (bound value) infinite)

    /// <summary>The step: 0 below 0, 1 above, a chosen value at 0; NaN stays. Its derivative is 0.</summary>
    let heaviside (atZero: float) (x: Tensor) : Tensor =
        let x = stopGradient (floats x)
        where (test Compare.Equal x 0.0) (constantLike atZero x) (0.5 * (signum x + 1.0))

    /// <summary>(1 − t) x + t y: x at t = 0, y at t = 1, both exactly.</summary>
    let lerp (x: Tensor) (y: Tensor) (t: Tensor) : Tensor = (1.0 - t) * x + t * y

    /// <summary>Degrees in radians, π/180 x.</summary>
    let deg2rad (x: Tensor) : Tensor = floats x * (Math.PI / 180.0)

    /// <summary>Radians in degrees, 180/π x.</summary>
    let rad2deg (x: Tensor) : Tensor = floats x * (180.0 / Math.PI)

    /// <summary>x tanh(softplus x). Source: Misra, arXiv:1908.08681.</summary>
    let mish (x: Tensor) : Tensor = x * tanh (softplus x)

    /// <summary>min(max(x, 0), 6); the derivative at 0 and at 6 is 0, as in PyTorch.</summary>
    let relu6 (x: Tensor) : Tensor = where (test Compare.GreaterOrEqual x 6.0) (constantLike 6.0 x) (relu x)

    /// <summary>relu6(x + 3) / 6; the derivative at ±3 is 0, as in PyTorch.</summary>
    let hardSigmoid (x: Tensor) : Tensor = relu6 (floats x + 3.0) / 6.0

    /// <summary>min(max(x, −1), 1); the derivative at ±1 is 0, as in PyTorch.</summary>
    let hardTanh (x: Tensor) : Tensor = where (test Compare.GreaterOrEqual (abs x) 1.0) (stopGradient (signum x)) x

    /// <summary>λ x where x &gt; 0, elsewhere λ α (eˣ − 1), with λ and α that keep mean 0 and variance 1. Source: Klambauer et al., arXiv:1706.02515.</summary>
    let selu (x: Tensor) : Tensor = 1.0507009873554805 * elu 1.6732632423543772 x

    /// <summary>x where x &gt; 0, elsewhere α (exp(x/α) − 1): elu with a smooth derivative for every α. Source: Barron, arXiv:1704.07483.</summary>
    let celu (alpha: float) (x: Tensor) : Tensor =
        let positive = test Compare.Greater x 0.0
        // The branch not taken sees 0, so that its derivative cannot be ∞ · 0.
        where positive x (alpha * expm1 (where positive (zerosLike x) x / alpha))

    /// <summary>x / (1 + |x|)</summary>
    let softsign (x: Tensor) : Tensor = x / (1.0 + abs x)

    /// <summary>x − tanh x; near 0, where it is x³/3, the absolute error is an ulp of x.</summary>
    let tanhshrink (x: Tensor) : Tensor = x - tanh x
