namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>The exponential of a matrix.</summary>
[<AutoOpen>]
module MatrixExponential =

    // Padé's approximant of order 13 is exact to float64 up to this 1-norm (Higham 2005, table 2.3).
    [<Literal>]
    let private Reach = 5.371920351148152

    // Norms up to 3.5e5. Beyond, eˣ of most matrices overflows; and so many squarings are made when values cannot be read.
    [<Literal>]
    let private MostSquarings = 16

    /// Coefficients of the numerator, from x⁰ to x¹³: (26 − k)! 13! / (26! k! (13 − k)!), times the whole number that makes the last one 1.
    let private coefficients =
        let ratio k = float (14 - k) / float (k * (27 - k))
        let c = Array.scan (fun c k -> c * ratio k) 1.0 [| 1..13 |]
        c |> Array.map (fun v -> v / c[13])

    /// How often x has to be halved, for each matrix ([B…, 1, 1], x's dtype); NaN, and so the result, where the norm is out of reach or no number.
    let private halvings (x: Tensor) : Tensor =
        let norm = keepDims [ -2; -1 ] (matrixNorm 1.0 (stopGradient x))
        let s = maximum (ceil (log2 (norm / Reach))) (zerosLike norm)
        where (lessOrEqual norm (fullLike (Reach * Math.ScaleB(1.0, MostSquarings)) norm)) s (fullLike nan s)

    /// <summary>exp(x) = Σ xᵏ / k! of square matrices.</summary>
    /// <remarks>
    /// Shape: [B…, n, n] → the same. Differentiable to every order. NaN if the 1-norm is above 3.5e5 or not finite.
    /// Equation: r(x / 2ˢ)^(2ˢ) with Padé's r of order 13 and the least s ≥ 0 that brings the 1-norm below 5.4. Where values are not known
    /// (vmap, trace) 16 squarings are made and those past s not used.
    /// Source: Higham 2005, SIAM J. Matrix Anal. Appl. 26, algorithm 2.3, without its lower orders. scipy.linalg.expm, torch.linalg.matrix_exp.
    /// </remarks>
    let matrixExp (x: Tensor) : Tensor =
        let x = Packed.square "matrixExp" x

        if x.Size = 0 then
            x
        else
            let s = halvings x
            let x1 = x * pow (constantLike 0.5 s) s
            let b = coefficients
            let x2 = bindMatMul x1 x1
            let x4 = bindMatMul x2 x2
            let x6 = bindMatMul x4 x2
            let one = Packed.identityLike x
            let odd = b[13] * x6 + b[11] * x4 + b[9] * x2
            let odd = bindMatMul x6 odd + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one
            let odd = bindMatMul x1 odd
            let even = b[12] * x6 + b[10] * x4 + b[8] * x2
            let even = bindMatMul x6 even + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * one
            let below = even - odd
            let r = Packed.solveBy below (Packed.factors below) (even + odd)
            // The largest number of them; NaN is above none.
            let largest (s: Tensor) = s.ToDoubles() |> Array.fold (fun m v -> if v > m then v else m) 0.0
            let most = if s.IsKnown then int (largest s) else MostSquarings

            (r, [ 1..most ]) ||> List.fold (fun r k -> where (greaterOrEqual s (fullLike (float k) s)) (bindMatMul r r) r)
