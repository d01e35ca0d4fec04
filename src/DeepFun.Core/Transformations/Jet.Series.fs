namespace DeepFun

open System.Collections.Generic
open DeepFun.FSharp

/// A power series in t whose coefficients are found on demand, each once, so that a recurrence is written as an equation: the
/// exponential of x is the z with z = z₀ + ∫ z dx. Coefficients are normalized (the k-th derivative over k!); null is zero.
[<Sealed>]
type internal Series(next: Series -> int -> Tensor) =
    let known = List<Tensor>()

    static let scaled (c: float) (x: Tensor) : Tensor = if isNull x || c = 1.0 then x else x * c

    /// The coefficient of tᵏ.
    member this.Item
        with get (k: int): Tensor =
            while known.Count <= k do
                let found = next this known.Count
                known.Add found

            known[k]

    static member OfArray(coefficients: Tensor[]) : Series = Series(fun _ k -> if k < coefficients.Length then coefficients[k] else null)

    /// Each coefficient on its own: what a linear function does.
    static member Map (f: Tensor -> Tensor) (x: Series) : Series = Series(fun _ k -> if isNull x[k] then null else f x[k])

    static member Scale (c: float) (x: Series) : Series = Series(fun _ k -> scaled c x[k])

    /// Σ product(aᵢ, bₖ₋ᵢ): what a bilinear function does.
    static member Convolve (product: Tensor -> Tensor -> Tensor) (a: Series) (b: Series) : Series =
        Series(fun _ k ->
            let mutable total: Tensor = null

            for i in 0..k do
                let x = a[i]
                let y = if isNull x then null else b[k - i]

                if not (isNull y) then
                    total <- Jvp.plus total (product x y)

            total)

    /// x², with half of the products.
    static member Square(x: Series) : Series =
        Series(fun _ k ->
            let mutable half: Tensor = null

            for i in 0 .. (k - 1) / 2 do
                if k > 0 && not (isNull x[i] || isNull x[k - i]) then
                    half <- Jvp.plus half (x[i] * x[k - i])

            let middle = if k % 2 = 0 && not (isNull x[k / 2]) then square x[k / 2] else null
            Jvp.plus (scaled 2.0 half) middle)

    static member Times (a: Series) (b: Series) : Series = Series.Convolve (fun x y -> x * y) a b

    /// z = a / b by a = b z.
    static member Quotient (a: Series) (b: Series) : Series =
        Series(fun z k ->
            let mutable rest = a[k]

            for j in 1..k do
                let y = b[j]

                if not (isNull y || isNull z[k - j]) then
                    let taken = y * z[k - j]
                    rest <- if isNull rest then -taken else rest - taken

            if isNull rest then null else rest / b[0])

    /// da/dt
    static member Derivative(a: Series) : Series = Series(fun _ k -> scaled (float (k + 1)) a[k + 1])

    /// z with z′ = a and z(0) = first.
    static member Integral (first: Tensor) (a: Series) : Series =
        Series(fun _ k ->
            if k = 0 then first
            elif isNull a[k - 1] then null
            elif k = 1 then a[0]
            else a[k - 1] / float k)

    /// z with z = equation z and z(0) = first, where the equation's coefficient k needs those of z below k only.
    static member Solve (first: Tensor) (equation: Series -> Series) : Series =
        let right: Series ref = ref Unchecked.defaultof<Series>
        let z = Series(fun _ k -> if k = 0 then first else right.Value[k])
        right.Value <- equation z
        z

    /// eˣ times a constant whose product with e^x₀ is first.
    static member Exp (first: Tensor) (x: Series) : Series =
        let dx = Series.Derivative x
        Series.Solve first (fun z -> Series.Integral first (Series.Times z dx))

    /// √x by 2 z z′ = x′.
    static member Sqrt(x: Series) : Series =
        let first = sqrt x[0]
        Series.Solve first (fun z -> Series.Integral first (Series.Quotient (Series.Derivative x) (Series.Scale 2.0 z)))

    /// f(x) from f's own coefficients f⁽ᵐ⁾(x₀)/m!: Σₘ cₘ (x − x₀)ᵐ. Of cubic cost where a differential equation costs a quadratic one,
    /// but nothing is divided. Source: Faà di Bruno's formula in the form of powers (Griewank and Walther 2008, section 13.3).
    static member Compose (first: Tensor) (coefficient: int -> Tensor) (x: Series) : Series =
        let own = Series(fun _ m -> coefficient m)
        let step = Series(fun _ k -> if k = 0 then null else x[k])
        let powers = List<Series>([ step ])

        Series(fun _ k ->
            if k = 0 then
                first
            else
                if powers.Count < k then
                    powers.Add(Series.Times step powers[powers.Count - 1])

                let mutable total: Tensor = null

                for m in 1..k do
                    let power = powers[m - 1][k]

                    if not (isNull power) then
                        total <- Jvp.plus total (own[m] * power)

                total)

/// Arithmetic of series; dotted, because F# finds no operators on internal types.
module internal SeriesOperators =
    let (+.) (a: Series) (b: Series) : Series = Series(fun _ k -> Jvp.plus a[k] b[k])
    let negate: Series -> Series = Series.Map(fun c -> -c)
    let (-.) (a: Series) (b: Series) : Series = a +. negate b
    let ( *. ) (a: Series) (b: Series) : Series = Series.Times a b
    let (/.) (a: Series) (b: Series) : Series = Series.Quotient a b
