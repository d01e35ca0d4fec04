/// Elementwise operations.
module DeepFun.Differential.Elementwise

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private named name likes f = unary name (name + " {0}") likes f

let private fractional (pool: Pool) (v: Value) =
    v.All(fun x -> let part = x - Math.Floor x in part > pool.Margin && part < 1.0 - pool.Margin)

let private offHalves (pool: Pool) (v: Value) = v.All(fun x -> let part = x - Math.Floor x in abs (part - 0.5) > pool.Margin)

let private one =
    [
        unary "neg" "-{0}" anywhere (fun x -> -x)
        named "abs" (beside [ 0.0 ]) abs
        named "signum" (beside [ 0.0 ]) signum
        named "exp" (within -20.0 3.5) exp
        named "expm1" (within -20.0 3.5) expm1
        named "log" (within 0.05 1e9) log
        named "log1p" (within -0.9 1e9) log1p
        named "log2" (within 0.05 1e9) log2
        named "log10" (within 0.05 1e9) log10
        named "sqrt" (within 0.05 1e9) sqrt
        named "rsqrt" (within 0.1 1e9) rsqrt
        named "cbrt" (away 0.05) cbrt
        named "reciprocal" (away 0.15) reciprocal
        named "square" (within -6.0 6.0) square
        named "sin" anywhere sin
        named "cos" anywhere cos
        named "tan" (fun _ v -> v.All(fun x -> abs (Math.Cos x) > 0.3)) tan
        named "asin" (within -0.95 0.95) asin
        named "acos" (within -0.95 0.95) acos
        named "atan" anywhere atan
        named "sinh" (within -3.5 3.5) sinh
        named "cosh" (within -3.5 3.5) cosh
        named "tanh" anywhere tanh
        named "asinh" anywhere asinh
        named "acosh" (within 1.1 1e9) acosh
        named "atanh" (within -0.95 0.95) atanh
        named "sigmoid" anywhere sigmoid
        named "softplus" anywhere softplus
        named "erf" anywhere erf
        named "erfc" (within -20.0 4.0) erfc
        named "erfInv" (within -0.95 0.95) erfInv
        named "logGamma" (within 0.2 1e9) logGamma
        named "digamma" (within 0.4 1e9) digamma
        named "relu" (beside [ 0.0 ]) relu
        named "floor" fractional floor
        unary "ceiling" "ceil {0}" fractional ceil
        named "round" offHalves round
        named "truncate" fractional truncate
        named "isNaN" anywhere isNaN
        named "isInfinite" anywhere isInfinite
        named "isFinite" anywhere isFinite
        named "mish" anywhere mish
        named "silu" anywhere silu
        named "gelu" anywhere gelu
        named "geluTanh" anywhere geluTanh
        named "tanhshrink" anywhere tanhshrink
        named "softsign" (beside [ 0.0 ]) softsign
        named "selu" (beside [ 0.0 ]) selu
        named "relu6" (beside [ 0.0; 6.0 ]) relu6
        named "hardSigmoid" (beside [ -3.0; 3.0 ]) hardSigmoid
        named "hardTanh" (beside [ -1.0; 1.0 ]) hardTanh
        named "deg2rad" anywhere deg2rad
        named "rad2deg" (within -0.5 0.5) rad2deg
        named "stopGradient" anywhere stopGradient
        named "zerosLike" anywhere zerosLike
        named "onesLike" anywhere onesLike
        unary "nanToNum" "nanToNum 0.5 {0}" anywhere (nanToNum 0.5)
        unary "heaviside" "heaviside 0.5 {0}" (beside [ 0.0 ]) (heaviside 0.5)
        // Where the guard does not hold, safe functions are constant.
        named "safeLog" (fun _ v -> v.All(fun x -> x > 0.05 || x < -0.01)) safeLog
        named "safeSqrt" (fun _ v -> v.All(fun x -> x > 0.05 || x < -0.01)) safeSqrt
        make "polygamma" "polygamma {i0} {0}" (fun s xs -> polygamma s.Ints[0] xs[0]) (fun name pool ->
            pool.Float(within 0.4 1e9 pool) |> Option.map (fun x -> step name [ x ] [ pool.Int(1, 3) ] []))
        unary "toDouble" "cast DType.Float64 {0}" anywhere (cast DType.Float64)
        unary "toSingle" "cast DType.Float32 {0}" (fun pool _ -> pool.DType = DType.Float32) (cast DType.Float32)
    ]

/// A function with a number that is no tensor.
let private withNumber name source (likes: Pool -> Value -> float -> bool) (draw: Pool -> float) (f: float -> Tensor -> Tensor) =
    make name source (fun s xs -> f s.Floats[0] xs[0]) (fun name pool ->
        let v = draw pool
        pool.Float(fun x -> likes pool x v) |> Option.map (fun x -> step name [ x ] [] [ v ]))

let private always _ _ _ = true
let private number (pool: Pool) = pool.Number(-2.0, 2.0)

let private numbers =
    [
        withNumber "addNumber" "{0} + {f0}" always number (fun v x -> x + v)
        withNumber "numberMinus" "{f0} - {0}" always number (fun v x -> v - x)
        withNumber "timesNumber" "{f0} * {0}" always number (fun v x -> v * x)
        withNumber "overNumber" "{0} / {f0}" always (fun pool -> pool.Number(0.4, 2.0)) (fun v x -> x / v)
        withNumber "numberOver" "{f0} / {0}" (fun _ x _ -> x.Away 0.15) number (fun v x -> v / x)
        withNumber
            "remainderNumber"
            "{0} % {f0}"
            (fun pool x v -> x.All(fun a -> let q = a / v in abs (q - Math.Round q) > pool.Margin))
            (fun pool -> pool.Choose [| 0.75; 1.25; 2.0; -0.75; -1.5 |])
            (fun v x -> x % v)
        withNumber "powNumber" "{0} ** {f0}" (fun _ x _ -> x.Within(0.1, 5.0)) (fun pool -> pool.Number(-2.5, 3.0)) (fun v x -> x ** v)
        withNumber
            "powWhole"
            "{0} ** {f0}"
            (fun _ x v -> x.Within(-4.0, 4.0) && (v >= 0.0 || x.Away 0.2))
            (fun pool -> float (pool.Int(-2, 4)))
            (fun v x -> x ** v)
        withNumber "leakyRelu" "leakyRelu {f0} {0}" (fun pool x _ -> beside [ 0.0 ] pool x) (fun pool -> pool.Number(0.01, 0.5)) leakyRelu
        withNumber "elu" "elu {f0} {0}" (fun pool x _ -> beside [ 0.0 ] pool x) (fun pool -> pool.Number(0.2, 2.0)) elu
        // PyTorch rounds 1/α to single precision, so α is a power of 2.
        withNumber "celu" "celu {f0} {0}" (fun pool x _ -> beside [ 0.0 ] pool x) (fun pool -> pool.Choose [| 0.25; 0.5; 1.0; 2.0 |]) celu
        make "clamp" "clamp {f0} {f1} {0}" (fun s xs -> clamp s.Floats[0] s.Floats[1] xs[0]) (fun name pool ->
            let low, high = pool.Number(-1.0, 0.0), pool.Number(0.1, 1.5)
            pool.Float(beside [ low; high ] pool) |> Option.map (fun x -> step name [ x ] [] [ low; high ]))
        withNumber "fullLike" "fullLike {f0} {0}" always number fullLike
    ]

let private differ (pool: Pool) (x: Value) (y: Value) = (x.Tensor - y.Tensor).ToDoubles() |> Array.forall (fun d -> abs d > pool.Margin)

let private two =
    [
        binary "add" "{0} + {1}" always (fun x y -> x + y)
        binary "sub" "{0} - {1}" always (fun x y -> x - y)
        binary "mul" "{0} * {1}" always (fun x y -> x * y)
        binary "div" "{0} / {1}" (fun _ _ y -> y.Away 0.15) (fun x y -> x / y)
        // PyTorch forgets the mixed second derivative where the exponent is 0.
        binary "pow" "pow {0} {1}" (fun _ x y -> x.Within(0.1, 4.0) && y.Within(-3.0, 3.0) && y.Away 1e-3) pow
        binary "maximum" "maximum {0} {1}" differ maximum
        binary "minimum" "minimum {0} {1}" differ minimum
        binary
            "remainder"
            "{0} % {1}"
            (fun pool x y ->
                y.Away 0.2 && (x.Tensor / y.Tensor).ToDoubles() |> Array.forall (fun q -> abs (q - Math.Round q) > 10.0 * pool.Margin))
            (fun x y -> x % y)
        binary
            "arctan2"
            "arctan2 {0} {1}"
            (fun _ x y -> (square x.Tensor + square y.Tensor).ToDoubles() |> Array.forall (fun r -> r > 0.1) && x.Away 1e-3)
            arctan2
        binary
            "hypot"
            "hypot {0} {1}"
            (fun _ x y -> (square x.Tensor + square y.Tensor).ToDoubles() |> Array.forall (fun r -> r > 0.1))
            hypot
        binary "logAddExp" "logAddExp {0} {1}" always logAddExp
        binary "xlogy" "xlogy {0} {1}" (fun _ _ y -> y.Within(0.05, 1e9)) xlogy
        binary "safeDivide" "safeDivide {0} {1}" (fun _ _ y -> y.Away 0.15) safeDivide
        binary "equal" "equal {0} {1}" differ equal
        binary "notEqual" "notEqual {0} {1}" differ notEqual
        binary "less" "less {0} {1}" differ less
        binary "lessOrEqual" "lessOrEqual {0} {1}" differ lessOrEqual
        binary "greater" "greater {0} {1}" differ greater
        binary "greaterOrEqual" "greaterOrEqual {0} {1}" differ greaterOrEqual
    ]

/// Operations on truth values; where there are none yet, they are drawn.
let private logic =
    let truth (pool: Pool) (shape: int[]) =
        match pool.Pick(fun v -> v.DType = DType.Bool && v.Shape = shape) with
        | Some v -> v
        | None -> pool.New(DType.Bool, shape, (fun () -> float (pool.Int(0, 1))))

    let connective name f =
        make name (name + " {0} {1}") (fun _ xs -> f xs[0] xs[1]) (fun name pool ->
            pool.Pick(fun v -> v.DType = DType.Bool) |> Option.map (fun x -> step name [ x; truth pool x.Shape ] [] []))

    [
        connective "logicalAnd" logicalAnd
        connective "logicalOr" logicalOr
        connective "logicalXor" logicalXor
        make "logicalNot" "logicalNot {0}" (fun _ xs -> logicalNot xs[0]) (fun name pool ->
            pool.Pick(fun v -> v.DType = DType.Bool) |> Option.map (fun x -> step name [ x ] [] []))
        make "where" "where {0} {1} {2}" (fun _ xs -> where xs[0] xs[1] xs[2]) (fun name pool ->
            pool.Pair(fun _ _ -> true) |> Option.map (fun (x, y) -> step name [ truth pool x.Shape; x; y ] [] []))
        make "truthAsNumber" "cast DType.Float64 {0}" (fun _ xs -> cast DType.Float64 xs[0]) (fun name pool ->
            pool.Pick(fun v -> not v.Floating) |> Option.map (fun x -> step name [ x ] [] []))
        make "lerp" "lerp {0} {1} {2}" (fun _ xs -> lerp xs[0] xs[1] xs[2]) (fun name pool ->
            pool.Pair(fun _ _ -> true)
            |> Option.map (fun (x, y) -> step name [ x; y; pool.New(x.DType, x.Shape, (fun () -> pool.Number(-0.5, 1.5))) ] [] []))
    ]

let rows: Operation list = one @ numbers @ two @ logic
