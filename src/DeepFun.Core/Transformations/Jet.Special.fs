namespace DeepFun

open DeepFun.FSharp
open DeepFun.SeriesOperators

/// Taylor series of special functions of several operands, and of samples in their parameter.
[<RequireQualifiedAccess>]
module internal JetSpecial =

    /// The coefficient k > 0 of the z with z′ = Σ slopeᵢ xᵢ′; `slope` gives the coefficients of slopeᵢ, k of them at least.
    let private moved (slope: int -> Tensor[]) (xs: Tensor[][]) (k: int) : Tensor =
        let mutable total: Tensor = null

        for i in 0 .. xs.Length - 1 do
            let moving: Tensor[] = Array.sub xs[i] 1 k

            if moving |> Array.exists (isNull >> not) then
                let s: Tensor[] = slope i

                for j in 1..k do
                    if not (isNull moving[j - 1] || isNull s[k - j]) then
                        total <- Jvp.plus total (moving[j - 1] * s[k - j] * (float j / float k))

        total

    /// Slopes of special functions depend on the operands alone: once for all orders.
    let private general (nested: (Tensor[] -> Tensor) -> Tensor[][] -> Tensor[]) op (xs: Tensor[][]) (y: Tensor) : Series =
        let before = xs |> Array.map (fun x -> x[.. x.Length - 2])
        let slopes = Array.init xs.Length (fun i -> lazy (nested (fun xs -> SpecialSlopes.special op xs i) before))
        Series(fun _ k -> if k = 0 then y else moved (fun i -> slopes[i].Value) xs k)

    /// <summary>The derivative of the incomplete beta function of orders first and second in its parameters, where both move.</summary>
    /// <remarks>
    /// z(m, n)′ = z(m + 1, n) a′ + z(m, n + 1) b′ + d(m, n) x′, with z(m, n) the derivatives in the parameters and d(m, n) those of the density. Each pair
    /// of orders has one series, whichever way led to it: slope by slope there are 2ᵏ ways. What is left of each is the order less m + n.
    /// </remarks>
    let private beta
        (nested: (Tensor[] -> Tensor) -> Tensor[][] -> Tensor[])
        (first: int, second: int)
        (xs: Tensor[][])
        (y: Tensor)
        : Series =
        let wide (c: Tensor) : Tensor = if isNull c then null else cast DType.Float64 c
        let operands = xs |> Array.map (Array.map wide)
        let values = operands |> Array.map Array.head
        let before = operands |> Array.map (fun x -> x[.. x.Length - 2])
        let rates = operands |> Array.map (Series.OfArray >> Series.Derivative)
        let still = operands |> Array.map (fun x -> x[1..] |> Array.forall isNull)
        let series (f: Tensor[] -> Tensor) = Series.OfArray(nested f before)

        let density =
            lazy
                (SpecialSlopes.exponential
                    (List.map (fun (c, x, y) -> Series.Scale c (x *. y)) >> List.reduce (+.))
                    (series SpecialSlopes.betaDensity)
                    (fun i j -> series (SpecialSlopes.betaSlope i j)))

        let derivative =
            SpecialSlopes.remembered (fun find m n ->
                let slope operand (s: unit -> Series) : Series =
                    let product = lazy (s () *. rates[operand])
                    Series(fun _ k -> if still[operand] then null else product.Value[k])

                let rate =
                    slope 0 (fun () -> find (m + 1) n) +. slope 1 (fun () -> find m (n + 1)) +. slope 2 (fun () -> density.Value m n)

                let start = if m = first && n = second then y else Tensor.Bind(Prim.Special(Special.BetaI(m, n)), values)
                Series.Integral start rate)

        let found = derivative first second

        Series(fun _ k ->
            if k = 0 then y
            elif isNull found[k] then null
            else cast y.DType found[k])

    /// The series of a special function.
    let special (nested: (Tensor[] -> Tensor) -> Tensor[][] -> Tensor[]) op (xs: Tensor[][]) (y: Tensor) : Series =
        match op with
        | Special.BetaI(first, second) -> beta nested (first, second) xs y
        | Special.GammaP _
        | Special.GammaQ -> general nested op xs y

    /// The slope of a sample depends on the sample: each order needs those before it.
    let sample (nested: (Tensor[] -> Tensor) -> Tensor[][] -> Tensor[]) op (xs: Tensor[][]) (y: Tensor) : Series =
        Series(fun z k ->
            let slope i =
                let before = Array.append (xs |> Array.map (fun x -> x[.. k - 1])) [| Array.init k (fun j -> z[j]) |]
                nested (fun all -> SpecialSlopes.sample op all all[xs.Length] i (onesLike all[i])) before

            if k = 0 then y else moved slope xs k)
