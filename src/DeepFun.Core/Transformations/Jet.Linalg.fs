namespace DeepFun

open DeepFun.FSharp

/// Linear algebra on power series. A system is solved coefficient by coefficient; a decomposition follows its derivative rule as a differential
/// equation, z′ = rule(x, z, x′), whose right side up to order k − 1 gives the coefficient k.
[<RequireQualifiedAccess>]
module internal JetLinalg =

    let private orZero (like: Tensor) (x: Tensor) = if isNull x then zerosLike like else x

    /// The first coefficients; the value is never null.
    let private upTo order (like: Tensor) (s: Series) : Tensor[] =
        Array.init (order + 1) (fun k -> if k = 0 then orZero like s[0] else s[k])

    /// The z with z′ = equation [x; z; x′] and z(0) = first.
    let private solve along (equation: Tensor[] -> Tensor) (x: Tensor[]) (first: Tensor) : Series =
        let series = Series.OfArray x
        let derivative = Series.Derivative series

        Series(fun z k ->
            if k = 0 then
                first
            else
                let operands = [| upTo (k - 1) x[0] series; upTo (k - 1) first z; upTo (k - 1) x[0] derivative |]
                let right: Tensor[] = along (k - 1) equation operands
                let found = right[k - 1]
                if isNull found then null else found / float k)

    /// x with op(a) x = b: a₀ xₖ = bₖ − Σ aⱼ xₖ₋ⱼ. `inverse` solves with a₀, `times` multiplies with what of aⱼ counts.
    let private system (inverse: Tensor -> Tensor) (times: Tensor -> Tensor -> Tensor) (a: Series) (b: Series) (first: Tensor) : Series =
        Series(fun x k ->
            if k = 0 then
                first
            else
                let mutable rest = b[k]

                for j in 1..k do
                    if not (isNull a[j] || isNull x[k - j]) then
                        let known = times a[j] x[k - j]
                        rest <- if isNull rest then -known else rest - known

                if isNull rest then null else inverse rest)

    /// det x = det b · e (see JvpLinalg.Bordered), where b moves as x does: det b by z′ = z tr (b⁻¹ b′), e by its formula. Only the value
    /// is decomposed.
    let private determinant along (x: Tensor[]) (first: Tensor) : Series =
        let s = JvpLinalg.border x[0]

        let b =
            Series(fun _ k ->
                if k = 0 then s.B
                elif k < x.Length then x[k]
                else null)

        let inverse = Packed.solveBy s.B s.Factors
        let change = Series.Derivative b
        let relative = system inverse bindMatMul b change (if isNull change[0] then null else inverse change[0])
        let whole = Packed.bind Linalg.Determinant [| s.B |]
        let whole = Series.Solve whole (fun z -> Series.Integral whole (Series.Times z (Series.Map JvpLinalg.traceOf relative)))
        let inner = system inverse bindMatMul b (Series(fun _ _ -> null)) s.Inner

        let w =
            Series(fun _ k ->
                if k = 0 then s.W
                elif isNull inner[k] then null
                else -(bindMatMul s.Outer inner[k]))

        let order = x.Length - 1
        let factor = lazy (along order (fun (xs: Tensor[]) -> JvpLinalg.borderFactor { s with W = xs[0] }) [| upTo order s.W w |])
        let product = Series.Times whole (Series(fun _ k -> (factor.Value: Tensor[])[k]))
        Series(fun _ k -> if k = 0 then first else product[k])

    /// The series of the result, whose value is y. along order f xs: the coefficients up to an order of f of series.
    let rule (along: int -> (Tensor[] -> Tensor) -> Tensor[][] -> Tensor[]) (op: Linalg) (xs: Tensor[][]) (y: Tensor) : Series =
        let x = xs[0][0]
        let bind (operands: Tensor[]) = Packed.bind op operands

        match op with
        | Linalg.TriangularSolve(lower, transposed, unit) ->
            let times = JvpLinalg.triangularProduct lower transposed unit
            system (fun b -> bind [| x; b |]) times (Series.OfArray xs[0]) (Series.OfArray xs[1]) y
        | Linalg.LuSolve transposed ->
            let times (a: Tensor) x = bindMatMul (if transposed then transpose a else a) x
            system (fun b -> bind [| x; xs[1][0]; b |]) times (Series.OfArray xs[0]) (Series.OfArray xs[2]) y
        | Linalg.Determinant -> if x.Size = 0 then Series(fun _ _ -> null) else determinant along xs[0] y
        | Linalg.Cholesky
        | Linalg.Lu
        | Linalg.Qr
        | Linalg.SymmetricEigen
        | Linalg.Eigen
        | Linalg.SingularValues
        | Linalg.PseudoInverse _ ->
            let derivative (xs: Tensor[]) =
                match JvpLinalg.operand op [| xs[0] |] xs[1] 0 xs[2] with
                | null -> zerosLike xs[1]
                | d -> d

            solve along derivative xs[0] y
