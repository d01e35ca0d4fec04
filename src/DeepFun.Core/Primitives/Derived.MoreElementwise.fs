namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// More elementwise functions composed from primitives: of signs and bits, of quotients, of closeness, and activations. Two operands broadcast and
/// are promoted; functions with fractions take integers as float32.
/// </summary>
[<AutoOpen>]
module MoreElementwise =

    /// <summary>sin(πx) / (πx), 1 at 0, with right derivatives of every order there.</summary>
    /// <remarks>
    /// Near 0 the series Σ (−1)ᵏ (πx)²ᵏ / (2k + 1)!, to below an ulp: a quotient would have the wrong higher derivatives at 0.
    /// Source: numpy.sinc, torch.sinc.
    /// </remarks>
    let sinc (x: Tensor) : Tensor =
        let t: Tensor = Math.PI * floats x
        let near = test Compare.Less (abs t) 1.0
        // Each branch sees what is harmless for it where it is not taken.
        let far = where near (onesLike t) t
        let s = square (where near t (zerosLike t))
        // Horner's rule: 1 − s/(2·3) (1 − s/(4·5) (1 − …
        let series = (onesLike s, [ 10..-1..1 ]) ||> List.fold (fun p k -> 1.0 - s * p / float (2 * k * (2 * k + 1)))
        where near series (sin far / far)

    /// <summary>2ˣ</summary>
    let exp2 (x: Tensor) : Tensor = Tensor.Elementwise(Binary.Pow, 2.0, floats x)

    /// <summary>log(x / (1 − x)), the inverse of sigmoid: ∓∞ at 0 and 1, NaN outside. Source: scipy.special.logit.</summary>
    let logit (x: Tensor) : Tensor = log x - log1p -(floats x)

    /// <summary>log sigmoid x, without overflow or cancellation.</summary>
    let logSigmoid (x: Tensor) : Tensor = -(softplus (-(floats x)))

    /// <summary>x log(1 + y), but 0 where x = 0, whatever number y ≥ −1 is. Source: scipy.special.xlog1py.</summary>
    let xlog1py (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("xlog1py", floats x, floats y)
        let nothing = logicalAnd (test Compare.Equal x 0.0) (logicalNot (isNaN y))
        // The logarithm sees 0 where it does not count, so that no derivative is 0 · ∞.
        let hidden = logicalAnd nothing (logicalOr (test Compare.LessOrEqual y -1.0) (isInfinite y))
        x * log1p (where hidden (zerosLike y) y)

    /// <summary>min(max(x, low), high) with bounds that are tensors; the upper bound wins where they cross.</summary>
    /// <remarks>The derivative goes to x from low to high, both included, elsewhere to the bound that was taken. Source: torch.clamp.</remarks>
    let clampBetween (low: Tensor) (high: Tensor) (x: Tensor) : Tensor =
        let raised = where (less x low) low x
        where (greater raised high) high raised

    /// <summary>x / y without fractions: ⌊x / y⌋, for integers too. The derivatives are 0.</summary>
    /// <remarks>
    /// Where y = 0 floats give ±∞ or NaN. Errors: DF0205 an integer divisor of 0. Source: Python's //, numpy.floor_divide, torch.floor_divide.
    /// </remarks>
    let floorDivide (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("floorDivide", stopGradient x, stopGradient y)
        let rest = x % y

        if DTypes.IsFloating x.DType then
            // x − rest is a multiple of y, so that rounding finds what dividing first would miss.
            let exact = round ((x - rest) / y)
            let plain = floor (x / y)
            where (isFinite exact) exact plain
        else
            let opposite = logicalXor (test Compare.Less x 0.0) (test Compare.Less y 0.0)
            let down = logicalAnd (test Compare.NotEqual rest 0.0) opposite
            Tensor.Bind2(Binary.Div, x, y) - cast x.DType down

    /// <summary>The remainder with the sign of x, as C's and C#'s %; the operator % has that of y.</summary>
    /// <remarks>Errors: DF0205 an integer divisor of 0. Source: numpy.fmod, torch.fmod.</remarks>
    let fmod (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("fmod", x, y)
        let rest = x % y
        let opposite = logicalXor (test Compare.Less x 0.0) (test Compare.Less rest 0.0)
        where (logicalAnd (test Compare.NotEqual rest 0.0) opposite) (rest - y) rest

    /// <summary>x without its integer part, with the sign of x. Source: torch.frac.</summary>
    let frac (x: Tensor) : Tensor = x - truncate x

    /// <summary>Whether the sign bit is set: of negative numbers and of −0. NaN counts as positive. Gives bool.</summary>
    let signBit (x: Tensor) : Tensor =
        let negative = test Compare.Less x 0.0

        if DTypes.IsFloating x.DType then
            let minusZero = logicalAnd (test Compare.Equal x 0.0) (test Compare.Less (reciprocal (stopGradient x)) 0.0)
            logicalOr negative minusZero
        else
            negative

    /// <summary>|x| with the sign of y, of −0 too. The derivative in x is ±1 (0 at 0), that in y 0. Source: numpy.copysign.</summary>
    let copySign (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("copySign", floats x, floats y)
        let size = abs x
        where (signBit y) -size size

    /// The least number above 0.
    let private smallest (dtype: DType) : float =
        match dtype with
        | DType.Float64 -> System.Double.Epsilon
        | DType.Float16 -> 2.0 ** -24.0
        | DType.BFloat16 -> 2.0 ** -133.0
        | _ -> 2.0 ** -149.0

    /// <summary>The number of x's dtype next to x on the way to y; x where they are equal.</summary>
    /// <remarks>
    /// Shape: broadcast. Dtype: the promoted one; integers give float32. From 0 it is the smallest number there is, from ±∞ the largest. NaN stays.
    /// The derivative in x is 1, that in y 0, as in TensorFlow. Equation: x ± (φ |x|), φ just above half of the machine's epsilon, rounded to nearest.
    /// Source: numpy.nextafter; Rump, Zimmermann, Boldo and Melquiond 2009, BIT 49, algorithm 2.
    /// </remarks>
    let nextAfter (x: Tensor) (y: Tensor) : Tensor =
        let struct (x, y) = Tensor.Align("nextAfter", floats x, floats y)
        let from, goal = stopGradient x, stopGradient y
        let least, u = smallest x.DType, 0.5 * DTypes.Epsilon x.DType
        let finite = isFinite from
        let start = where finite from (zerosLike from)
        let size = abs start
        let direction: Tensor = where (greater goal from) (onesLike from) -(onesLike from)
        let step = u * (1.0 + 2.0 * u)
        // Small numbers are scaled, so that φ |x| is not among those that have lost digits; the smallest lie that one distance apart.
        let small = test Compare.Less size (least / (2.0 * u * u))
        let large: Tensor = (where small start (zerosLike start)) / u
        let scaled: Tensor = (large + direction * (abs large * step)) * u
        let plain: Tensor = start + direction * (size * step)
        let next = where (test Compare.Less size (least / u)) (start + direction * least) (where small scaled plain)
        // Neighbours differ by a number, so that this is exact, and keeps the derivative.
        let moved = x + (next - start)
        let reached = where finite moved (where (isNaN from) from (-direction * DTypes.MaxValue x.DType))
        where (equal from goal) x (where (isNaN goal) goal reached)

    /// <summary>Whether an element is ∞; gives bool.</summary>
    let isPositiveInfinite (x: Tensor) = logicalAnd (isInfinite x) (test Compare.Greater x 0.0)

    /// <summary>Whether an element is −∞; gives bool.</summary>
    let isNegativeInfinite (x: Tensor) = logicalAnd (isInfinite x) (test Compare.Less x 0.0)

    /// <summary>Whether |x − y| ≤ absolute + relative |y|, element by element; equal infinities are close. Gives bool.</summary>
    /// <remarks>Integers and bool are compared as float64. NaN is close to NaN where equalNaN says so. Source: numpy.isclose.</remarks>
    let isClose (relative: float) (absolute: float) (equalNaN: bool) (x: Tensor) (y: Tensor) : Tensor =
        let wide (t: Tensor) = if DTypes.IsFloating t.DType then t else cast DType.Float64 t
        let struct (x, y) = Tensor.Align("isClose", stopGradient (wide x), stopGradient (wide y))
        let near = lessOrEqual (abs (x - y)) (absolute + relative * abs y)
        let finite = logicalAnd (isFinite x) (isFinite y)
        let close = logicalOr (equal x y) (logicalAnd finite near)
        if equalNaN then logicalOr close (logicalAnd (isNaN x) (isNaN y)) else close

    /// <summary>Whether all elements are close, as <c>isClose</c> has it. NaN is close to nothing.</summary>
    /// <remarks>Errors: DF0402 under vmap and trace, where <c>all (isClose …)</c> stays a tensor. Source: numpy.allclose.</remarks>
    let allClose (relative: float) (absolute: float) (x: Tensor) (y: Tensor) : bool =
        (all (isClose relative absolute false x y)).ToDouble() <> 0.0

    /// <summary>The larger of two where both are numbers, else the one that is; at ties each gets half of the derivative. Source: numpy.fmax.</summary>
    let fmax (x: Tensor) (y: Tensor) : Tensor = where (isNaN x) y (where (isNaN y) x (maximum x y))

    /// <summary>The smaller of two where both are numbers, else the one that is; at ties each gets half of the derivative. Source: numpy.fmin.</summary>
    let fmin (x: Tensor) (y: Tensor) : Tensor = where (isNaN x) y (where (isNaN y) x (minimum x y))

    /// <summary>1 / x where x ≠ 0; elsewhere the value and all derivatives are 0.</summary>
    let safeReciprocal (x: Tensor) : Tensor = safeDivide (onesLike (floats x)) x

    /// <summary>All bits turned: −1 − x, of uint8 255 − x, of bool not x.</summary>
    /// <remarks>Errors: DF0203 floats. Source: numpy.bitwise_not.</remarks>
    let bitwiseNot (x: Tensor) : Tensor =
        match x.DType with
        | DType.Bool -> logicalNot x
        | DType.UInt8 -> logicalXor x (constantLike 255.0 x)
        | _ -> logicalXor x (constantLike -1.0 x)

    let private whole operation (x: Tensor) =
        if DTypes.IsFloating x.DType || x.DType = DType.Bool then
            Errors.dtype operation "integers" x.DType

    /// <summary>x · 2ⁿ of integers, n ≥ 0; what leaves at the top is lost.</summary>
    /// <remarks>Errors: DF0203 what is no integer; DF0206 n below 0. Source: numpy.left_shift.</remarks>
    let shiftLeft (x: Tensor) (n: Tensor) : Tensor =
        whole "shiftLeft" x
        whole "shiftLeft" n
        let struct (x, n) = Tensor.Align("shiftLeft", x, n)
        x * pow (constantLike 2.0 n) n

    /// <summary>⌊x / 2ⁿ⌋ of integers, n ≥ 0: negative numbers go to −1.</summary>
    /// <remarks>Errors: DF0203 what is no integer; DF0206 n below 0. Source: numpy.right_shift.</remarks>
    let shiftRight (x: Tensor) (n: Tensor) : Tensor =
        whole "shiftRight" x
        whole "shiftRight" n
        let struct (x, n) = Tensor.Align("shiftRight", x, n)
        let most = 8 * DTypes.Size x.DType - 1
        let n = minimum n (constantLike (float most) n)
        // In two steps, for 2 to the number of bits is no number of the dtype.
        let half = floorDivide n (constantLike 2.0 n)
        let by k t = floorDivide t (pow (constantLike 2.0 k) k)
        x |> by half |> by (n - half)

    /// <summary>x relu6(x + 3) / 6; the derivative at −3 is 0, at 3 it is 1. Source: Howard et al., arXiv:1905.02244.</summary>
    let hardSwish (x: Tensor) : Tensor =
        let x = floats x
        where (test Compare.GreaterOrEqual x 3.0) x (x * (relu6 (x + 3.0) / 6.0))

    /// <summary>x − λ above λ, x + λ below −λ, 0 between; the derivative at ±λ is 0. λ ≥ 0. Source: torch.nn.Softshrink.</summary>
    let softshrink (lambda: float) (x: Tensor) : Tensor =
        let x = floats x
        where (test Compare.LessOrEqual (abs x) lambda) (zerosLike x) (x - lambda * stopGradient (signum x))

    /// <summary>x above λ and below −λ, 0 between; the derivative at ±λ is 0. λ ≥ 0. Source: torch.nn.Hardshrink.</summary>
    let hardshrink (lambda: float) (x: Tensor) : Tensor =
        let x = floats x
        where (test Compare.LessOrEqual (abs x) lambda) (zerosLike x) x

    /// <summary>x above a limit, elsewhere a value; the derivative at the limit is 0. Source: torch.nn.Threshold.</summary>
    let threshold (limit: float) (value: float) (x: Tensor) : Tensor =
        let x = floats x
        where (test Compare.LessOrEqual x limit) (constantLike value x) x

    /// <summary>x where x &gt; 0, elsewhere slope · x with a slope that is learned; it broadcasts. Source: He et al., arXiv:1502.01852.</summary>
    let prelu (slope: Tensor) (x: Tensor) : Tensor = where (greater x (zerosLike x)) x (slope * x)

    /// <summary>The first half of an axis times the sigmoid of the second. Source: Dauphin et al., arXiv:1612.08083.</summary>
    /// <remarks>Shape: x's with half the axis. Errors: DF0112 no such axis; DF0126 an odd one.</remarks>
    let glu (axis: int) (x: Tensor) : Tensor =
        let halves = split 2 axis x
        halves[0] * sigmoid halves[1]
