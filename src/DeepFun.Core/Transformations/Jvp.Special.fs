namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// The derivatives of special functions of several operands, and of samples in their parameter: the part of Jvp.fs that is mathematics of its own.
/// In double precision, as the functions themselves are computed, because logarithms of Γ cancel.
[<RequireQualifiedAccess>]
module internal SpecialSlopes =

    let private wide (xs: Tensor[]) = xs |> Array.map (cast DType.Float64)

    let private binomial n k : float = Seq.fold (fun c i -> c * float (n + 1 - i) / float i) 1.0 (seq { 1..k })

    /// A function of two orders, given itself, that remembers what it found.
    let remembered (f: (int -> int -> 'T) -> int -> int -> 'T) : int -> int -> 'T =
        let known = Dictionary<struct (int * int), 'T>()

        let rec find m n =
            match known.TryGetValue(struct (m, n)) with
            | true, found -> found
            | _ ->
                let found = f find m n
                known.Add(struct (m, n), found)
                found

        find

    /// ∂ᵐ ∂ⁿ of p = exp L in two parameters, given the derivatives of L: Leibniz's rule on p L′. Remembered, for without memory the lower
    /// derivatives would be computed 2ᵐ⁺ⁿ times. Of numbers or of series of them, which `total` multiplies in pairs and adds.
    let exponential (total: (float * 'T * 'T) list -> 'T) (p: 'T) (slope: int -> int -> 'T) : int -> int -> 'T =
        let slope = remembered (fun _ -> slope)

        remembered (fun lower m n ->
            if m + n = 0 then
                p
            else
                let i, j = if m > 0 then 1, 0 else 0, 1

                [
                    for k in 0 .. m - i do
                        for l in 0 .. n - j ->
                            binomial (m - i) k * binomial (n - j) l, lower (m - i - k) (n - j - l), slope (k + i) (l + j)
                ]
                |> total)

    let private added (products: (float * Tensor * Tensor) list) : Tensor =
        products |> List.map (fun (c, x, y) -> c * x * y) |> List.reduce (+)

    /// ∂ⁿ/∂aⁿ xᵃ⁻¹ e⁻ˣ / Γ(a): the density of the gamma distribution
    let private gammaDensity order (a: Tensor) (x: Tensor) : Tensor =
        let p: Tensor = exp (xlogy (a - 1.0) x - x - logGamma a)
        exponential added p (fun k _ -> if k = 1 then log x - digamma a else -(polygamma (k - 1) a)) order 0

    /// (a, b, x) → xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b): the density of the beta distribution
    let betaDensity (xs: Tensor[]) : Tensor =
        let a, b, x = xs[0], xs[1], xs[2]
        exp (xlogy (a - 1.0) x + xlogy (b - 1.0) (1.0 - x) + logGamma (a + b) - logGamma a - logGamma b)

    /// (a, b, x) → ∂ⁱ/∂aⁱ ∂ʲ/∂bʲ of its logarithm, i + j > 0
    let betaSlope i j (xs: Tensor[]) : Tensor =
        let a, b, x = xs[0], xs[1], xs[2]
        let common: Tensor = polygamma (i + j - 1) (a + b)

        match i, j with
        | 1, 0 -> log x - digamma a + common
        | 0, 1 -> log1p -x - digamma b + common
        | i, 0 -> common - polygamma (i - 1) a
        | 0, j -> common - polygamma (j - 1) b
        | _ -> common

    /// The partial derivative in operand i.
    let special (op: Special) (xs: Tensor[]) (i: int) : Tensor =
        let bind op = Tensor.Bind(Prim.Special op, xs)
        let inDouble (formula: Tensor[] -> Tensor) = cast xs[0].DType (formula (wide xs))

        match op, i with
        | Special.GammaP order, 0 -> bind (Special.GammaP(order + 1))
        | Special.GammaP order, _ -> inDouble (fun xs -> gammaDensity order xs[0] xs[1])
        | Special.GammaQ, 0 -> -(bind (Special.GammaP 1))
        | Special.GammaQ, _ -> inDouble (fun xs -> -(gammaDensity 0 xs[0] xs[1]))
        | Special.BetaI(first, second), 0 -> bind (Special.BetaI(first + 1, second))
        | Special.BetaI(first, second), 1 -> bind (Special.BetaI(first, second + 1))
        | Special.BetaI(first, second), _ ->
            inDouble (fun xs -> exponential added (betaDensity xs) (fun i j -> betaSlope i j xs) first second)

    /// dy/dα of y = log z, z a gamma variable: implicit reparameterization, −∂F/∂α / ∂F/∂y with F = P(α, eʸ).
    /// Source: Figurnov, Mohamed and Mnih 2018, arXiv:1805.08498, section 3.
    let private logGammaSlope (a: Tensor) (y: Tensor) : Tensor =
        // Where z vanishes in 1 + z, F = zᵃ / Γ(a + 1); z itself may be no number any more. The branch not taken sees 0.
        let tiny = test Compare.Less y -50.0
        let seen = where tiny (zerosLike y) y
        let z: Tensor = exp seen
        let slope: Tensor = -(Tensor.Bind(Prim.Special(Special.GammaP 1), [| a; z |])) / exp (a * seen - z - logGamma a)
        where tiny ((digamma (a + 1.0) - y) / a) slope

    /// What the tangent of operand i gives to a sample y.
    let sample (op: Sample) (xs: Tensor[]) (y: Tensor) (i: int) (d: Tensor) : Tensor =
        match op, i with
        | Sample.LogGamma, 1 -> d * cast y.DType (logGammaSlope (cast DType.Float64 xs[1]) (cast DType.Float64 y))
        // Keys and counts are integers.
        | (Sample.LogGamma | Sample.Poisson), _ -> null
