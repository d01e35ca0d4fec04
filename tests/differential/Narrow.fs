/// Integers of 8 and 16 bits, which wrap around, and floating-point numbers of 16 bits.
module DeepFun.Differential.Narrow

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

/// So large do numbers become before they are cut.
let private scale = 40.0

/// Not close to where they are cut.
let private between (pool: Pool) (v: Value) =
    v.Within(-3.0, 3.0) && v.All(fun x -> let t = scale * x in abs (t - System.Math.Round t) > 50.0 * pool.Margin)

let private cut (dtype: DType) (x: Tensor) : Tensor = cast dtype (scale * x)

let private wrapping name (dtype: DType) source (f: Tensor -> Tensor -> Tensor) =
    binary (name + string dtype) (source (DTypes.Name dtype)) (fun pool x y -> between pool x && between pool y) (fun x y ->
        cast DType.Int32 (f (cut dtype x) (cut dtype y)))

let private integers =
    [
        for dtype in [ DType.Int8; DType.Int16 ] do
            let source operation (name: string) = $"{operation} of 40 * {{0}} and 40 * {{1}} in {name}"
            wrapping "wrappingSum" dtype (source "sum") (fun a b -> a + b)
            wrapping "wrappingDifference" dtype (source "difference") (fun a b -> a - b)
            wrapping "wrappingProduct" dtype (source "product") (fun a b -> a * b)
            wrapping "greatest" dtype (source "maximum") maximum
            wrapping "lessNarrow" dtype (source "less") less

            alongAxis
                $"sortNarrow{dtype}"
                $"sort {{i0}} (40 * {{0}} in {DTypes.Name dtype})"
                (fun pool v -> between pool v && v.Size > 0)
                (fun axis x -> cast DType.Int32 (sort axis (cut dtype x)))
    ]

let private floats =
    let through (dtype: DType) (x: Tensor) : Tensor = cast x.DType (cast dtype x)

    [
        for dtype in [ DType.Float16; DType.BFloat16 ] do
            let name = DTypes.Name dtype

            // Exact from float32, where no digit is rounded twice.
            unary $"rounded{dtype}" $"{{0}} as float32, through {name}" (fun _ v -> v.Within(-3.0, 3.0)) (fun x ->
                stopGradient (through dtype (cast DType.Float32 x)) |> cast x.DType)

            binary $"sum{dtype}" $"sum of {{0}} and {{1}} in {name}" (fun _ x y -> x.Within(-3.0, 3.0) && y.Within(-3.0, 3.0)) (fun x y ->
                let narrow (t: Tensor) = cast dtype (cast DType.Float32 (stopGradient t))
                cast x.DType (narrow x + narrow y))
    ]

let rows: Operation list = integers @ floats
