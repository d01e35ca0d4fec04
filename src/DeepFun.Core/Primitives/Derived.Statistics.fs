namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Covariances, norms and standard scores, composed from primitives.</summary>
[<AutoOpen>]
module Statistics =

    /// <summary>
    /// The weighted covariance of variables (rows) over observations (columns): x [n, m] gives [n, n]; a vector is one variable and gives its
    /// variance, shape [].
    /// </summary>
    /// <remarks>
    /// Shape: x [n, m] or [m]; frequencies (whole numbers, how often an observation was made) and weights (its importance) [m], both optional.
    /// Equation: w = frequency · weight, v = Σ w, μ = Σ w x / v, C = Σ w (x − μ)(x − μ)ᵀ / max(0, v − correction · Σ w weight / v).
    /// Errors: DF0125 more than two axes.
    /// Source: numpy.cov, torch.cov. Deviation: none.
    /// </remarks>
    let covWeighted (correction: int) (frequencies: Tensor option) (weights: Tensor option) (x: Tensor) : Tensor =
        if x.Rank > 2 then
            Errors.rank "cov" "a matrix [variables, observations] or a vector" x.Shape

        let x = if DTypes.IsFloating x.DType then x else cast DType.Float32 x
        let rows = if x.Rank = 2 then x else reshape [ 1; x.Size ] x
        let given (t: Tensor option) = t |> Option.map (cast x.DType)

        let w =
            match given frequencies, given weights with
            | Some f, Some a -> f * a
            | Some w, None
            | None, Some w -> w
            | None, None -> Tensor.Constant(1.0, { Shape = Shape.Adopt [| rows.Shape[1] |]; DType = x.DType }, x)

        let total = sum w
        let centred = rows - expandDims 1 (sumOver [ 1 ] (rows * w) / total)

        let lost =
            match given weights with
            | Some a -> float correction * sum (w * a) / total
            | None -> fullLike (float correction) total

        let c = matmul (centred * w) (transpose centred) / relu (total - lost)
        if x.Rank = 2 then c else reshape [] c

    /// <summary>The covariance of variables (rows) over observations (columns): x [n, m] gives [n, n]. Correction 1 is the unbiased estimate.</summary>
    let cov (correction: int) (x: Tensor) = covWeighted correction None None x

    /// <summary>Pearson's correlation of variables (rows) over observations (columns): x [n, m] gives [n, n], within [−1, 1].</summary>
    let corrcoef (x: Tensor) : Tensor =
        let c = cov 1 x

        if c.Rank = 0 then
            c / c
        else
            let deviation = sqrt (diagonal 0 0 1 c)
            c / outer deviation deviation |> clamp -1.0 1.0

    /// <summary>(x − mean) / standard deviation (unbiased) of all elements; zeros where all are equal or there is but one.</summary>
    let standardize (x: Tensor) : Tensor =
        let d = x - mean x

        if x.Size <= 1 then
            zerosLike d
        else
            let v = variance x
            let varies = greater v (zerosLike v)
            // The root sees 1 where nothing varies, so that its derivative cannot be ∞ · 0.
            where varies (d / sqrt (where varies v (onesLike v))) (zerosLike d)

    /// <summary>
    /// The p-norm over axes, which disappear: (Σ |x|ᵖ)^(1/p); p = ∞ the largest, −∞ the smallest |x|, 0 the number of elements that are not 0.
    /// Over two axes and p = 2 it is Frobenius' norm of matrices.
    /// </summary>
    /// <remarks>
    /// Dtype: x's; integers give float32. Where all elements are 0 the derivatives are 0, and for any p an element that is 0 has derivative 0 in |x|ᵖ;
    /// for ±∞ ties share equally. Errors: DF0112, DF0113 axes; DF0105 an empty axis and p = ±∞. Source: numpy.linalg.norm, torch.linalg.vector_norm.
    /// </remarks>
    let normOver (p: float) (axes: int seq) (x: Tensor) : Tensor =
        let x = floats x

        let powers (x: Tensor) : Tensor =
            if p = 1.0 then sumOver axes (abs x)
            elif p > 0.0 then powerRoot p (sumOver axes (powerOfSize p x))
            else Tensor.Pow(sumOver axes (Tensor.Pow(abs x, p)), 1.0 / p)

        if Double.IsPositiveInfinity p then amaxOver axes (abs x)
        elif Double.IsNegativeInfinity p then aminOver axes (abs x)
        elif p = 0.0 then sumOver axes (cast x.DType (notEqual x (zerosLike x)))
        else inSingle powers x
