namespace DeepFun

open DeepFun.FSharp
open DeepFun.SeriesOperators

/// Taylor series of the elementwise functions. x and y are the operands' series, z the value of the function at their first
/// coefficients. Smooth functions are solutions of the differential equations that Jvp.fs states, coefficient by coefficient (Griewank and
/// Walther 2008, chapter 13; Bettencourt, Johnson and Duvenaud 2019); at kinks the branch of the value is followed.
[<RequireQualifiedAccess>]
module internal JetElementwise =

    /// Linear near the value: each coefficient goes the way of a tangent.
    let private each (rule: Tensor -> Tensor) (x: Series) : Series = Series.Map rule x

    let private nothing () = Series(fun _ _ -> null)

    let factorial m : float = Seq.fold (fun p i -> p * float i) 1.0 (seq { 2..m })

    /// (a, b) with a′ = b x′ and b′ = sign a x′: sine and cosine, their hyperbolic twins.
    let private pair (sign: float) (a: Tensor) (b: Tensor) (x: Series) : Series * Series =
        let dx = Series.Derivative x
        let second: Series ref = ref Unchecked.defaultof<Series>
        let first = Series.Solve a (fun _ -> Series.Integral a (Series(fun _ k -> second.Value[k]) *. dx))
        second.Value <- Series.Solve b (fun _ -> Series.Integral b (Series.Scale sign (first *. dx)))
        first, second.Value

    let private one (x: Series) = Series(fun _ k -> if k = 0 then onesLike x[0] else null)

    let private sigmoidOf (z: Tensor) (x: Series) =
        let dx = Series.Derivative x
        Series.Solve z (fun s -> Series.Integral z (s *. (one x -. s) *. dx))

    /// c exp(x) for a series x.
    let private scaledExp (c: float) (x: Series) = Series.Exp (c * exp x[0]) x

    let private digammaCoefficient (x: Tensor) m : Tensor = polygamma m x / factorial m

    let private logGammaCoefficient (x: Tensor) m : Tensor = (if m = 1 then digamma x else polygamma (m - 1) x) / factorial m

    let private rootOfPi = sqrt System.Math.PI

    let unary (op: Unary) (x: Series) (z: Tensor) : Series =
        let dx = Series.Derivative x
        let one = one x
        /// z′ = a x′
        let by (a: Series) = Series.Integral z (a *. dx)
        /// z′ = x′ / a
        let over (a: Series) = Series.Integral z (dx /. a)
        let solve = Series.Solve z

        match op with
        | Unary.Exp -> solve by
        | Unary.Expm1 -> solve (fun z -> by (z +. one))
        | Unary.Log -> over x
        | Unary.Log1p -> over (one +. x)
        | Unary.Log2 -> over (Series.Scale (System.Math.Log 2.0) x)
        | Unary.Log10 -> over (Series.Scale (System.Math.Log 10.0) x)
        | Unary.Sqrt -> solve (fun z -> over (Series.Scale 2.0 z))
        | Unary.Rsqrt -> solve (fun z -> by (Series.Scale -0.5 (z /. x)))
        | Unary.Cbrt -> solve (fun z -> over (Series.Scale 3.0 (Series.Square z)))
        | Unary.Reciprocal -> solve (fun z -> by (negate (Series.Square z)))
        | Unary.Square -> Series.Square x
        | Unary.Sin -> fst (pair -1.0 z (cos x[0]) x)
        | Unary.Cos -> snd (pair -1.0 (sin x[0]) z x)
        | Unary.Tan -> solve (fun z -> by (one +. Series.Square z))
        | Unary.Asin -> over (Series.Sqrt(one -. Series.Square x))
        | Unary.Acos -> over (negate (Series.Sqrt(one -. Series.Square x)))
        | Unary.Atan -> over (one +. Series.Square x)
        | Unary.Sinh -> fst (pair 1.0 z (cosh x[0]) x)
        | Unary.Cosh -> snd (pair 1.0 (sinh x[0]) z x)
        | Unary.Tanh -> solve (fun z -> by (one -. Series.Square z))
        | Unary.Asinh -> over (Series.Sqrt(one +. Series.Square x))
        | Unary.Acosh -> over (Series.Sqrt(x -. one) *. Series.Sqrt(x +. one))
        | Unary.Atanh -> over ((one -. x) *. (one +. x))
        | Unary.Sigmoid -> sigmoidOf z x
        | Unary.Softplus -> by (sigmoidOf (sigmoid x[0]) x)
        | Unary.Erf -> by (scaledExp (2.0 / rootOfPi) (negate (Series.Square x)))
        | Unary.Erfc -> by (scaledExp (-2.0 / rootOfPi) (negate (Series.Square x)))
        | Unary.ErfInv -> solve (fun z -> by (scaledExp (0.5 * rootOfPi) (Series.Square z)))
        | Unary.ErfcInv -> solve (fun z -> by (scaledExp (-0.5 * rootOfPi) (Series.Square z)))
        | Unary.LogGamma -> Series.Compose z (logGammaCoefficient x[0]) x
        | Unary.Digamma -> Series.Compose z (digammaCoefficient x[0]) x
        | Unary.Neg
        | Unary.Abs
        | Unary.Relu -> x |> each (Jvp.unary op x[0] z)
        // Constant between their jumps
        | Unary.Sign
        | Unary.Floor
        | Unary.Ceiling
        | Unary.Round
        | Unary.Truncate -> nothing ()
        // bool
        | Unary.IsNaN
        | Unary.IsInfinite
        | Unary.Not -> nothing ()

    /// xʳ where r does not move: the binomial series. At x₀ = 0 a whole exponent ends it, as in Jvp.fs.
    let private fixedPower (x: Series) (r: Tensor) (z: Tensor) : Series =
        // r (r − 1) … (r − m + 1) / m!
        let binomial = Series(fun b m -> if m = 0 then onesLike r else b[m - 1] * ((r - float (m - 1)) / float m))

        x
        |> Series.Compose z (fun m ->
            let ended = logicalAnd (test Compare.Equal binomial[m] 0.0) (test Compare.Equal x[0] 0.0)
            binomial[m] * pow x[0] (where ended (onesLike r) (r - float m)))

    /// xʸ with both moving: exp(y log x) for positive bases. At 0 the exponent counts as fixed; below 0 there is no derivative in it.
    let private power (x: Series) (y: Series) (z: Tensor) : Series =
        let positive = test Compare.Greater x[0] 0.0
        let negative = test Compare.Less x[0] 0.0
        let safe = where positive x[0] (onesLike x[0])
        let logarithm = Series.Integral (log safe) (Series.Derivative x /. Series(fun _ k -> if k = 0 then safe else x[k]))
        let moving = Series.Exp z (y *. logarithm)
        let atZero = fixedPower x y[0] z

        Series(fun _ k ->
            if isNull moving[k] then
                null
            else
                let other = if isNull atZero[k] then zerosLike z else atZero[k]
                where positive moving[k] (where negative (constantLike nan z) other))

    let private moves (x: Tensor[]) = x[1..] |> Array.exists (isNull >> not)

    let binary (op: Binary) (x: Tensor[]) (y: Tensor[]) (z: Tensor) : Series =
        let xs, ys = Series.OfArray x, Series.OfArray y
        let dx, dy = Series.Derivative xs, Series.Derivative ys

        match op with
        | Binary.Mul -> xs *. ys
        | Binary.Div -> xs /. ys
        | Binary.Pow -> if moves y then power xs ys z else fixedPower xs y[0] z
        | Binary.Atan2 -> Series.Integral z ((ys *. dx -. xs *. dy) /. (Series.Square xs +. Series.Square ys))
        // The order is a whole number: constant between its jumps.
        | Binary.Polygamma ->
            let derivative m : Tensor = Tensor.Bind2(Binary.Polygamma, x[0] + float m, y[0])
            ys |> Series.Compose z (fun m -> derivative m / factorial m)
        | Binary.Add
        | Binary.Sub
        | Binary.Max
        | Binary.Min
        | Binary.Remainder -> each (Jvp.left op x[0] y[0] z) xs +. each (Jvp.right op x[0] y[0] z) ys
        | Binary.And
        | Binary.Or
        | Binary.Xor -> nothing ()
