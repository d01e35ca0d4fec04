/// Every elementwise primitive at 0, −0, ±1, ±∞ and NaN: values by .NET or by definition, slopes as limits or as documented.
module DeepFun.Core.Tests.Laws.EdgeLaws

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private inf = Double.PositiveInfinity

let private points = [ 0.0; -0.0; 1.0; -1.0; 1e300; -1e300; 5e-324; inf; -inf; nan ]

/// By the formula where it does not cancel, else by the first terms of the series.
let private small (f: float -> float) (series: float -> float) x = if abs x < 1e-5 then series x else f x

let private truth b = if b then 1.0 else 0.0

/// The value, made from .NET's functions; where there is none, the values at the points by definition.
let private value (op: Unary) : float -> float =
    match op with
    | Unary.Neg -> fun x -> -x
    | Unary.Abs -> abs
    | Unary.Sign ->
        fun x ->
            if x > 0.0 then 1.0
            elif x < 0.0 then -1.0
            else x
    | Unary.Exp -> exp
    | Unary.Expm1 -> small (fun x -> exp x - 1.0) (fun x -> x * (1.0 + x / 2.0))
    | Unary.Log -> log
    | Unary.Log1p -> small (fun x -> log (1.0 + x)) (fun x -> x * (1.0 - x / 2.0))
    | Unary.Log2 -> Math.Log2
    | Unary.Log10 -> Math.Log10
    | Unary.Sqrt -> sqrt
    | Unary.Rsqrt -> fun x -> 1.0 / sqrt x
    | Unary.Cbrt -> Math.Cbrt
    | Unary.Reciprocal -> fun x -> 1.0 / x
    | Unary.Square -> fun x -> x * x
    | Unary.Sin -> sin
    | Unary.Cos -> cos
    | Unary.Tan -> tan
    | Unary.Asin -> asin
    | Unary.Acos -> acos
    | Unary.Atan -> atan
    | Unary.Sinh -> sinh
    | Unary.Cosh -> cosh
    | Unary.Tanh -> tanh
    | Unary.Asinh -> Math.Asinh
    | Unary.Acosh -> Math.Acosh
    | Unary.Atanh -> Math.Atanh
    | Unary.Sigmoid -> fun x -> if x < 0.0 then exp x / (1.0 + exp x) else 1.0 / (1.0 + exp -x)
    | Unary.Softplus -> fun x -> if x > 40.0 then x else log (1.0 + exp x)
    // Abramowitz and Stegun, table 7.1: erf 1.
    | Unary.Erf ->
        fun x ->
            if Double.IsNaN x then nan
            elif abs x < 0.5 then 2.0 / sqrt Math.PI * x
            elif abs x = 1.0 then x * 0.8427007929497149
            else float (sign x)
    | Unary.Erfc ->
        fun x ->
            if Double.IsNaN x then nan
            elif abs x < 0.5 then 1.0
            elif x = 1.0 then 0.15729920705028513
            elif x = -1.0 then 1.8427007929497148
            elif x > 0.0 then 0.0
            else 2.0
    | Unary.ErfInv ->
        fun x ->
            if abs x = 1.0 then x * inf
            elif abs x < 0.5 then sqrt Math.PI / 2.0 * x
            else nan
    // mpmath 1.3, by a root of log erfc, for the least positive number.
    | Unary.ErfcInv ->
        fun x ->
            if x = 0.0 then inf
            elif x = 1.0 then 0.0
            elif x > 0.0 && x < 1.0 then 27.213293210812948815
            else nan
    // Γ is ±∞ at 0 and at the negative integers, as all numbers as large as −1e300 are; Γ(1) = 1; Stirling's formula far out.
    | Unary.LogGamma ->
        fun x ->
            if Double.IsNaN x then nan
            elif x = 1.0 then 0.0
            elif x <= 0.0 || x = inf then inf
            elif x < 1.0 then -(log x)
            else x * (log x - 1.0)
    // ψ(1) = −γ. At 0 the poles' sides differ, further poles are NaN (as torch.digamma).
    | Unary.Digamma ->
        fun x ->
            if x = 1.0 then -0.5772156649015329
            elif x = 0.0 then -(1.0 / x)
            elif x < 0.0 || Double.IsNaN x then nan
            elif x < 1.0 then -1.0 / x
            else log x
    | Unary.Relu -> fun x -> if Double.IsNaN x then nan else max x 0.0
    | Unary.Floor -> floor
    | Unary.Ceiling -> ceil
    | Unary.Round -> fun x -> Math.Round(x, MidpointRounding.ToEven)
    | Unary.Truncate -> truncate
    | Unary.IsNaN -> fun x -> truth (Double.IsNaN x)
    | Unary.IsInfinite -> fun x -> truth (Double.IsInfinity x)
    | Unary.Not -> fun x -> 1.0 - x

/// Points and slopes there: limits of the derivative, or what is documented for a kink. A step is flat everywhere, also at its jumps.
let private slopes (op: Unary) : (float * float) list =
    let flat = [ 0.0, 0.0; -0.0, 0.0; 1.0, 0.0; 0.5, 0.0; inf, 0.0; -inf, 0.0 ]

    match op with
    | Unary.Neg -> [ 0.0, -1.0; inf, -1.0 ]
    | Unary.Abs -> [ 0.0, 0.0; -0.0, 0.0; 2.0, 1.0; -2.0, -1.0; inf, 1.0; -inf, -1.0; nan, nan ]
    | Unary.Exp -> [ 0.0, 1.0; inf, inf; -inf, 0.0; nan, nan ]
    | Unary.Expm1 -> [ 0.0, 1.0; inf, inf; -inf, 0.0; nan, nan ]
    | Unary.Log -> [ 0.0, inf; 1.0, 1.0; inf, 0.0; nan, nan ]
    | Unary.Log1p -> [ -1.0, inf; 0.0, 1.0; inf, 0.0; nan, nan ]
    | Unary.Log2 -> [ 0.0, inf; 1.0, 1.0 / Math.Log 2.0; inf, 0.0; nan, nan ]
    | Unary.Log10 -> [ 0.0, inf; 1.0, 1.0 / Math.Log 10.0; inf, 0.0; nan, nan ]
    | Unary.Sqrt -> [ 0.0, inf; 1.0, 0.5; inf, 0.0; -1.0, nan; nan, nan ]
    | Unary.Rsqrt -> [ 0.0, -inf; 1.0, -0.5; inf, 0.0; -1.0, nan; nan, nan ]
    | Unary.Cbrt -> [ 0.0, inf; 1.0, 1.0 / 3.0; -8.0, 1.0 / 12.0; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Reciprocal -> [ 0.0, -inf; 2.0, -0.25; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Square -> [ 0.0, 0.0; 3.0, 6.0; inf, inf; -inf, -inf; nan, nan ]
    | Unary.Sin -> [ 0.0, 1.0; inf, nan; nan, nan ]
    | Unary.Cos -> [ 0.0, 0.0; inf, nan; nan, nan ]
    | Unary.Tan -> [ 0.0, 1.0; inf, nan; nan, nan ]
    | Unary.Asin -> [ 0.0, 1.0; 1.0, inf; -1.0, inf; 2.0, nan; nan, nan ]
    | Unary.Acos -> [ 0.0, -1.0; 1.0, -inf; -1.0, -inf; 2.0, nan; nan, nan ]
    | Unary.Atan -> [ 0.0, 1.0; 1.0, 0.5; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Sinh -> [ 0.0, 1.0; inf, inf; -inf, inf; nan, nan ]
    | Unary.Cosh -> [ 0.0, 0.0; inf, inf; -inf, -inf; nan, nan ]
    | Unary.Tanh -> [ 0.0, 1.0; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Asinh -> [ 0.0, 1.0; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Acosh -> [ 1.0, inf; inf, 0.0; 0.5, nan; -2.0, nan; nan, nan ]
    | Unary.Atanh -> [ 0.0, 1.0; 1.0, inf; -1.0, inf; nan, nan ]
    | Unary.Sigmoid -> [ 0.0, 0.25; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Softplus -> [ 0.0, 0.5; inf, 1.0; -inf, 0.0; nan, nan ]
    | Unary.Erf -> [ 0.0, 2.0 / sqrt Math.PI; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.Erfc -> [ 0.0, -2.0 / sqrt Math.PI; inf, 0.0; -inf, 0.0; nan, nan ]
    | Unary.ErfInv -> [ 0.0, sqrt Math.PI / 2.0; 1.0, inf; -1.0, inf; 2.0, nan; nan, nan ]
    | Unary.ErfcInv -> [ 0.0, -inf; 1.0, -(sqrt Math.PI) / 2.0; 2.0, -inf; 3.0, nan; nan, nan ]
    | Unary.LogGamma -> [ 1.0, -0.5772156649015329; 0.0, -inf; inf, inf; nan, nan ]
    | Unary.Digamma -> [ 1.0, Math.PI * Math.PI / 6.0; 0.0, inf; inf, 0.0; nan, nan ]
    | Unary.Relu -> [ 0.0, 0.0; -0.0, 0.0; 5e-324, 1.0; -1.0, 0.0; inf, 1.0; -inf, 0.0 ]
    | Unary.Sign
    | Unary.Floor
    | Unary.Ceiling
    | Unary.Round
    | Unary.Truncate -> flat
    | Unary.IsNaN
    | Unary.IsInfinite
    | Unary.Not -> []

let private ops =
    Products.table
    |> List.choose (fun row ->
        match row.Prim with
        | Prim.Unary op -> Some op
        | _ -> None)
    |> List.distinct

/// Every elementwise function of one operand.
let names = ops |> List.map (fun op -> [| box (string op) |])

let private find (name: string) = ops |> List.find (fun op -> string op = name)

let private bits (v: float) = BitConverter.DoubleToInt64Bits v

[<Theory; MemberData(nameof names)>]
let ``values at the edges`` (name: string) =
    let op = find name
    let booleans = (op = Unary.Not)
    let at = if booleans then [ 0.0; 1.0 ] else points
    let x = ofDoubles (if booleans then DType.Bool else DType.Float64) [ at.Length ] (Array.ofList at)
    let actual = (Tensor.Bind1(op, x)).ToDoubles()

    for x, y in Seq.zip at actual do
        let expected = value op x
        closeValues $"{op} at {x:R}" 1e-14 [| expected |] [| y |]

        // The sign of a zero is part of the value.
        if expected = 0.0 && y = 0.0 then
            Assert.True((bits expected = bits y), $"{op} at {x:R}: {y:R}, the sign of the zero is wrong")

[<Theory; MemberData(nameof names)>]
let ``slopes at the edges`` (name: string) =
    let op = find name

    for x, slope in slopes op do
        let y, forward = jvp (fun x -> Tensor.Bind1(op, x)) (scalar x) (scalar 1.0)

        if DTypes.IsFloating y.DType then
            closeValues $"{op}, forward, at {x:R}" 1e-14 [| slope |] (forward.ToDoubles())
            let reverse = grad (fun x -> Tensor.Bind1(op, x)) (scalar x)
            closeValues $"{op}, reverse, at {x:R}" 1e-14 [| slope |] (reverse.ToDoubles())

/// x, y, the value and both slopes; NaN where there is no limit.
let private pairs (op: Binary) : (float * float * float * float * float) list =
    match op with
    | Binary.Add -> [ inf, -inf, nan, 1.0, 1.0; 0.0, -0.0, 0.0, 1.0, 1.0; nan, 1.0, nan, 1.0, 1.0 ]
    | Binary.Sub -> [ inf, inf, nan, 1.0, -1.0; 1.0, 1.0, 0.0, 1.0, -1.0; 1.0, nan, nan, 1.0, -1.0 ]
    | Binary.Mul -> [ 0.0, inf, nan, inf, 0.0; 0.0, 3.0, 0.0, 3.0, 0.0; inf, -2.0, -inf, -2.0, inf ]
    | Binary.Div -> [ 1.0, 0.0, inf, inf, -inf; 0.0, 2.0, 0.0, 0.5, 0.0; 1.0, inf, 0.0, 0.0, 0.0; 0.0, 0.0, nan, inf, nan ]
    | Binary.Pow ->
        [
            0.0, 0.0, 1.0, 0.0, 0.0
            0.0, 1.0, 0.0, 1.0, 0.0
            0.0, 2.0, 0.0, 0.0, 0.0
            0.0, 0.5, 0.0, inf, 0.0
            0.0, -1.0, inf, -inf, 0.0
            -2.0, 3.0, -8.0, 12.0, nan
            3.0, 0.0, 1.0, 0.0, log 3.0
            inf, 2.0, inf, inf, inf
            -1.0, 0.5, nan, nan, nan
        ]
    | Binary.Max ->
        [
            1.0, 1.0, 1.0, 0.5, 0.5
            0.0, -0.0, 0.0, 0.5, 0.5
            inf, inf, inf, 0.5, 0.5
            2.0, -inf, 2.0, 1.0, 0.0
            -1.0, 3.0, 3.0, 0.0, 1.0
        ]
    | Binary.Min ->
        [
            1.0, 1.0, 1.0, 0.5, 0.5
            0.0, -0.0, 0.0, 0.5, 0.5
            inf, inf, inf, 0.5, 0.5
            2.0, inf, 2.0, 1.0, 0.0
            -1.0, -3.0, -3.0, 0.0, 1.0
        ]
    // x − y ⌊x / y⌋
    | Binary.Remainder -> [ 5.0, 3.0, 2.0, 1.0, -1.0; -5.0, 3.0, 1.0, 1.0, 2.0; 5.0, -3.0, -1.0, 1.0, 2.0; -5.0, -3.0, -2.0, 1.0, -1.0 ]
    | Binary.Atan2 ->
        [
            1.0, 0.0, Math.PI / 2.0, 0.0, -1.0
            -1.0, 0.0, -Math.PI / 2.0, 0.0, 1.0
            0.0, 1.0, 0.0, 1.0, 0.0
            0.0, -1.0, Math.PI, -1.0, 0.0
            -0.0, -1.0, -Math.PI, -1.0, 0.0
        ]
    // ψ₁(1) = π²/6, ψ₂(1) = −2 ζ(3), ψ₃(1) = π⁴/15; no slope in the order.
    | Binary.Polygamma ->
        [
            1.0, 1.0, Math.PI * Math.PI / 6.0, 0.0, -2.4041138063191886
            2.0, 1.0, -2.4041138063191886, 0.0, Math.Pow(Math.PI, 4.0) / 15.0
        ]
    | Binary.And
    | Binary.Or
    | Binary.Xor -> []

let private binaries =
    Products.table
    |> List.choose (fun row ->
        match row.Prim with
        | Prim.Binary op -> Some op
        | _ -> None)
    |> List.distinct

/// Every elementwise function of two operands.
let pairNames = binaries |> List.map (fun op -> [| box (string op) |])

[<Theory; MemberData(nameof pairNames)>]
let ``values and slopes of two operands at the edges`` (name: string) =
    let op = binaries |> List.find (fun op -> string op = name)
    let f (xs: Tensor[]) : Tensor = Tensor.Bind2(op, xs[0], xs[1])

    for x, y, z, dx, dy in pairs op do
        let xs = [| scalar x; scalar y |]
        closeValues $"{op} of {x:R} and {y:R}" 1e-14 [| z |] ((f xs).ToDoubles())
        let reverse = grad f xs
        closeValues $"{op} of {x:R} and {y:R}, left" 1e-14 [| dx |] (reverse[0].ToDoubles())
        closeValues $"{op} of {x:R} and {y:R}, right" 1e-14 [| dy |] (reverse[1].ToDoubles())
        let left = snd (jvp (fun x -> f [| x; xs[1] |]) xs[0] (scalar 1.0))
        closeValues $"{op} of {x:R} and {y:R}, forward left" 1e-14 [| dx |] (left.ToDoubles())
        let right = snd (jvp (fun y -> f [| xs[0]; y |]) xs[1] (scalar 1.0))
        closeValues $"{op} of {x:R} and {y:R}, forward right" 1e-14 [| dy |] (right.ToDoubles())

[<Fact>]
let ``truth tables`` () =
    let x = ofDoubles DType.Bool [ 4 ] [| 0.0; 0.0; 1.0; 1.0 |]
    let y = ofDoubles DType.Bool [ 4 ] [| 0.0; 1.0; 0.0; 1.0 |]
    let table op = (Tensor.Bind2(op, x, y)).ToDoubles()
    Assert.Equal<float[]>([| 0.0; 0.0; 0.0; 1.0 |], table Binary.And)
    Assert.Equal<float[]>([| 0.0; 1.0; 1.0; 1.0 |], table Binary.Or)
    Assert.Equal<float[]>([| 0.0; 1.0; 1.0; 0.0 |], table Binary.Xor)

[<Fact>]
let ``the branch that is not taken leaves nothing behind`` () =
    let f (x: Tensor) : Tensor = where (greater x (zerosLike x)) (log x) (zerosLike x)
    closeValues "value" 0.0 [| 0.0; 0.0; 0.0 |] ((f (f64 [ 3 ] [ -1.0; 0.0; 1.0 ])).ToDoubles())
    closeValues "slope" 0.0 [| 0.0; 1.0 |] ((grad (fun x -> sum (f x)) (f64 [ 2 ] [ -1.0; 1.0 ])).ToDoubles())
