namespace DeepFun

open DeepFun.FSharp

/// Functions of complex numbers near the real axis, by series and identities in complex arithmetic. None is written with the derivative that
/// Jvp.fs states, so that complex steps are a second opinion.
[<RequireQualifiedAccess>]
module internal ComplexFunctions =

    let private fold (start: 'S) (count: int) (step: 'S -> int -> 'S) : 'S = Seq.fold step start (seq { 0 .. count - 1 })

    /// Im arctan z = ¼ log((x² + (1 + y)²) / (x² + (1 − y)²)), in the form in which nothing cancels for small y.
    let arctan (z: Complex) : Tensor = 0.25 * log1p (4.0 * z.Im / (square z.Re + square (1.0 - z.Im)))

    /// arcsin z = arctan (z / √(1 − z²)); its logarithmic form would lose a small imaginary part.
    let arcsin (z: Complex) : Tensor = arctan (z / sqrt (1.0 - z * z))

    /// Odd, by the logarithm where z + √(z² + 1) does not cancel.
    let arcsinh (z: Complex) : Tensor =
        let sign = where (test Compare.Less z.Re 0.0) (constantLike -1.0 z.Re) (onesLike z.Re)
        let w = z * sign
        sign * (log (w + sqrt (w * w + 1.0))).Im

    /// log z + √(z − 1) √(z + 1)
    let arccosh (z: Complex) : Tensor = (log (z + sqrt (z - 1.0) * sqrt (z + 1.0))).Im

    let arctanh (z: Complex) : Tensor = 0.5 * (log (1.0 + z) - log (1.0 - z)).Im

    /// Odd, by the root of what has a positive real part.
    let cbrt (z: Complex) : Tensor =
        let sign = signum z.Re
        sign * (exp (log (z * sign) / 3.0)).Im

    /// log(1 + eᶻ) = z + log(1 + e⁻ᶻ), whichever does not overflow.
    let softplus (z: Complex) : Tensor =
        let positive = test Compare.Greater z.Re 0.0
        let small = Complex.where positive -z z
        (log (1.0 + exp small)).Im + where positive z.Im (zerosLike z.Im)

    /// zʷ by logarithms; a negative base is turned first, so that only the sign of the value is needed.
    let power (z: Complex) (w: Complex) (value: Tensor) : Tensor =
        let negative = test Compare.Less z.Re 0.0
        let turned = (Complex.where negative -z z) ** w
        where negative (signum value * turned.Im) turned.Im

    /// The angle of (b, a), by the arc tangent of the smaller quotient.
    let angle (a: Complex) (b: Complex) : Tensor = where (greater (abs a.Re) (abs b.Re)) -(arctan (b / a)) (arctan (a / b))

    /// Terms that are enough for |Re z| up to 6.5; beyond it the slope is below 1e-18.
    let private erfTerms = 170

    /// erf z = 2/√π exp(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (2n + 1)!!, NIST Digital Library of Mathematical Functions 7.6.2.
    let erf (z: Complex) : Tensor =
        let squared = z * z

        let step (struct (term: Complex, total: Complex)) n =
            let next = term * squared * (2.0 / float (2 * n + 3))
            struct (next, total + next)

        let struct (_, total) = fold struct (z, z) erfTerms step
        let y = 2.0 / sqrt System.Math.PI * (exp -squared * total).Im
        where (test Compare.LessOrEqual (abs z.Re) 6.5) y (zerosLike y)

    /// Im of the w with erf w = z, given Re w: Newton's step from the real axis, whose slope is a complex step, too.
    let erfInv (imaginary: Tensor) (w: Tensor) : Tensor =
        let step = 1e-20
        imaginary / (erf { Re = w; Im = constantLike step w } / step)

    /// So far is Γ's argument moved before Stirling's series is used.
    let private shift = 24

    /// The first power times a polynomial in 1/w²: its coefficients, lowest first.
    let private inversePowers (w: Complex) (first: Complex) (coefficients: float list) : Complex =
        let step: Complex = 1.0 / (w * w)
        let terms = Seq.scan (fun (p: Complex) (_: float) -> p * step) first coefficients
        Seq.map2 (fun (c: float) (p: Complex) -> p * c) coefficients terms |> Seq.reduce (fun (a: Complex) b -> a + b)

    /// Stirling's series of log |Γ| at z + 24, less the logarithms of the factors between, as halves of logarithms of squares, which are
    /// positive. Right for Re z above −14. NIST Digital Library of Mathematical Functions 5.11.1.
    let logGamma (z: Complex) : Tensor =
        let w = z + float shift

        let series =
            inversePowers w (1.0 / w) [ 1.0 / 12.0; -1.0 / 360.0; 1.0 / 1260.0; -1.0 / 1680.0; 1.0 / 1188.0; -691.0 / 360360.0 ]

        let whole = (w - 0.5) * log w - w + series

        fold whole.Im shift (fun (total: Tensor) k ->
            let factor = z + float k
            total - 0.5 * (log (factor * factor)).Im)

    /// As logGamma; NIST Digital Library of Mathematical Functions 5.11.2.
    let digamma (z: Complex) : Tensor =
        let w = z + float shift

        let series =
            inversePowers w (1.0 / (w * w)) [ -1.0 / 12.0; 1.0 / 120.0; -1.0 / 252.0; 1.0 / 240.0; -1.0 / 132.0; 691.0 / 32760.0 ]

        let whole = log w - 0.5 / w + series
        fold whole.Im shift (fun (total: Tensor) k -> total - (1.0 / (z + float k)).Im)
