namespace DeepFun

open DeepFun.FSharp

/// Quantiles of families whose distribution function has no closed inverse.
[<RequireQualifiedAccess>]
module internal Quantile =

    /// So many halvings leave of the whole range what the last digit of its middle is.
    let private halvings = 64

    /// The place where a distribution function reaches p: halved between −bound and bound of a coordinate that spreads the numbers.
    let private bisected (cdf: Tensor -> Tensor) (place: Tensor -> Tensor) (bound: float) (p: Tensor) : Tensor =
        let halve (_: Tensor) (low: Tensor, high: Tensor) =
            let middle: Tensor = 0.5 * (low + high)
            let below = less (cdf (place middle)) p
            where below middle low, where below high middle

        forLoop 0 halvings halve (fullLike -bound p, fullLike bound p) |> fst |> place

    /// <summary>The x with cdf parameters x = p, in double precision, elementwise; low and high at p = 0 and 1, NaN outside.</summary>
    /// <remarks>
    /// Found without derivatives by halving, which needs no start and cannot fail; then refined by two of Newton's steps, x − (F(θ, x) − p) / f(θ, x). They
    /// make the last digits right, and from a constant x the first and second derivatives too (the implicit function theorem, step by step), to order 3.
    /// </remarks>
    let invert
        (cdf: Tensor[] -> Tensor -> Tensor)
        (density: Tensor[] -> Tensor -> Tensor)
        (place: Tensor -> Tensor)
        (bound: float)
        (low: float, high: float)
        (parameters: Tensor[])
        (p: Tensor)
        : Tensor =
        let all = Array.append parameters [| p |]
        let shape = all |> Array.map _.Shape |> Array.reduce (fun a b -> Tensor.Common("Icdf", a, b))
        let full = all |> Array.map (fun t -> Tensor.BroadcastTo(shape, cast DType.Float64 t))
        let parameters, p = full[.. parameters.Length - 1], full[parameters.Length]
        let inside = logicalAnd (greater p (zerosLike p)) (less p (onesLike p))
        let safe = where inside p (fullLike 0.5 p)
        let known = parameters |> Array.map stopGradient
        let start = bisected (cdf known) place bound (stopGradient safe) |> stopGradient
        let refined (x: Tensor) : Tensor = x - (cdf parameters x - safe) / density parameters x
        let edge = where (equal p (zerosLike p)) (fullLike low p) (where (equal p (onesLike p)) (fullLike high p) (fullLike nan p))
        where inside (refined (refined start)) edge |> cast (floatingDType all)
