/// Derived elementwise functions: values against plain formulas where those are safe, edges, and derivatives against differences.
module DeepFun.Core.Tests.Primitives.DerivedElementwiseTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private inf = Double.PositiveInfinity
let private random what : Tensor = 1.5 * uniform (seeded what) [ 24 ]

/// Value, gradient and second derivative against a formula for one number and its differences.
let private agrees what (f: Tensor -> Tensor) (formula: float -> float) (x: Tensor) =
    let at = x.ToDoubles()
    closeValues what 1e-13 (Array.map formula at) ((f x).ToDoubles())
    let slope (x: Tensor) : Tensor = grad (fun x -> sum (f x)) x
    let h = 1e-5
    closeValues $"{what}'" 1e-8 (at |> Array.map (fun v -> (formula (v + h) - formula (v - h)) / (2.0 * h))) ((slope x).ToDoubles())
    let difference: Tensor = (slope (x + h) - slope (x - h)) / (2.0 * h)
    closeValues $"{what}''" 1e-7 (difference.ToDoubles()) ((grad (fun x -> sum (slope x)) x).ToDoubles())
    closeValues $"vmap {what}" 1e-15 ((f x).ToDoubles()) ((vmap f x).ToDoubles())
    // Single precision agrees, and integers are taken as float32.
    let single = cast DType.Float32 x
    Assert.Equal(DType.Float32, (f single).DType)
    closeValues $"{what} in float32" 3e-6 (Array.map formula (single.ToDoubles())) ((f single).ToDoubles())

let private sp x = log (1.0 + exp x)

[<Fact>]
let ``functions of one operand are their formulas`` () =
    let both f (g: float -> float) what = agrees what f g (random what)
    both mish (fun x -> x * Math.Tanh(sp x)) "mish"
    both (celu 0.7) (fun x -> if x > 0.0 then x else 0.7 * (exp (x / 0.7) - 1.0)) "celu"
    both selu (fun x -> 1.0507009873554805 * (if x > 0.0 then x else 1.6732632423543772 * (exp x - 1.0))) "selu"
    both softsign (fun x -> x / (1.0 + abs x)) "softsign"
    both tanhshrink (fun x -> x - Math.Tanh x) "tanhshrink"
    both deg2rad (fun x -> x * Math.PI / 180.0) "deg2rad"
    both rad2deg (fun x -> x * 180.0 / Math.PI) "rad2deg"
    let far f g what = agrees what f g (vector [ -9.0; -3.5; -2.9; -1.2; -0.9; -0.1; 0.1; 0.9; 1.1; 2.9; 3.1; 5.9; 6.1; 40.0 ])
    far relu6 (fun x -> min (max x 0.0) 6.0) "relu6"
    far hardSigmoid (fun x -> min (max (x + 3.0) 0.0) 6.0 / 6.0) "hardSigmoid"
    far hardTanh (fun x -> min (max x -1.0) 1.0) "hardTanh"

[<Fact>]
let ``functions of two operands are their formulas`` () =
    let other = 2.0 + random "other"
    let y = other.ToDoubles()

    let both what (f: Tensor -> Tensor -> Tensor) (g: float -> float -> float) =
        let x: Tensor = 2.2 + random what

        for i in [ 0; 7; 23 ] do
            let fixedAt = scalar y[i]
            agrees $"{what} left" (fun x -> f x (cast x.DType fixedAt)) (fun x -> g x y[i]) x
            agrees $"{what} right" (fun x -> f (cast x.DType fixedAt) x) (fun x -> g y[i] x) x

        // Broadcasting: a column and a row.
        Assert.Equal("[24, 24]", string (f (reshape [ 24; 1 ] x) other).Shape)

    both "hypot" hypot (fun x y -> sqrt (x * x + y * y))
    both "logAddExp" logAddExp (fun x y -> log (exp x + exp y))
    both "xlogy" xlogy (fun x y -> x * log y)
    both "safeDivide" safeDivide (/)

[<Fact>]
let ``hypot neither overflows nor underflows`` () =
    let x, y = vector [ 3e300; 3e-300; 0.0; inf; nan; -inf; nan ], vector [ 4e300; -4e-300; 0.0; nan; -inf; 1.0; 1.0 ]
    closeValues "hypot" 1e-15 [| 5e300; 5e-300; 0.0; inf; inf; inf; nan |] ((hypot x y).ToDoubles())
    Assert.InRange(((hypot x y).ToDoubles())[1], 4.999999999999e-300, 5.000000000001e-300)

    let gradient: Tensor * Tensor =
        grad (fun (x, y) -> sum (hypot x y)) (vector [ 3e300; 0.0; -2.0 ], vector [ 4e300; 0.0; 0.0 ])

    closeValues "left" 1e-15 [| 0.6; 0.0; -1.0 |] ((fst gradient).ToDoubles())
    closeValues "right" 1e-15 [| 0.8; 0.0; 0.0 |] ((snd gradient).ToDoubles())

[<Fact>]
let ``logAddExp at infinities and ties`` () =
    let x, y = vector [ -inf; -inf; inf; inf; 1000.0; nan; inf; nan ], vector [ -inf; 2.0; inf; -inf; 1000.0; 1.0; nan; inf ]
    closeValues "value" 1e-15 [| -inf; 2.0; inf; inf; 1000.0 + log 2.0; nan; nan; nan |] ((logAddExp x y).ToDoubles())
    let f (x: Tensor) = logAddExp x (scalar 1.5)
    closeValues "half" 1e-15 [| 0.5 |] (slopes f [ 1.5 ])
    number 1e-15 0.25 (grad (grad f) (scalar 1.5))

[<Fact>]
let ``where guarded, values and derivatives are 0`` () =
    closeValues "safeLog" 0.0 [| 0.0; 0.0; 0.0; nan; inf |] ((safeLog (vector [ -1.0; 0.0; -0.0; nan; inf ])).ToDoubles())
    closeValues "safeLog'" 1e-15 [| 0.0; 0.0; 0.5 |] (slopes safeLog [ -1.0; 0.0; 2.0 ])
    closeValues "safeSqrt" 0.0 [| 0.0; 0.0; 3.0; nan |] ((safeSqrt (vector [ -1.0; 0.0; 9.0; nan ])).ToDoubles())
    closeValues "safeSqrt'" 1e-15 [| 0.0; 0.0; 0.25 |] (slopes safeSqrt [ -1.0; 0.0; 4.0 ])
    closeValues "safeDivide" 0.0 [| 0.0; 0.0; 2.0 |] ((safeDivide (vector [ 1.0; 0.0; 6.0 ]) (vector [ 0.0; -0.0; 3.0 ])).ToDoubles())
    closeValues "safeDivide by" 1e-15 [| 0.0; -1.5 |] (slopes (fun y -> safeDivide (scalar 6.0) y) [ 0.0; 2.0 ])
    closeValues "safeDivide of" 0.0 [| 0.0 |] (slopes (fun x -> safeDivide x (scalar 0.0)) [ 3.0 ])
    let x, y = vector [ 0.0; 0.0; 0.0; 0.0; 0.0; 2.0; nan ], vector [ 0.0; -1.0; inf; 5.0; nan; 0.0; 1.0 ]
    closeValues "xlogy" 0.0 [| 0.0; 0.0; 0.0; 0.0; nan; -inf; nan |] ((xlogy x y).ToDoubles())
    closeValues "xlogy'" 1e-15 [| 0.0 |] (slopes (fun x -> xlogy x (scalar 0.0)) [ 0.0 ])
    closeValues "xlogy', log y" 1e-15 [| log 5.0 |] (slopes (fun x -> xlogy x (scalar 5.0)) [ 0.0 ])
    closeValues "xlogy' in y" 0.0 [| 0.0 |] (slopes (fun y -> xlogy (scalar 0.0) y) [ 0.0 ])

[<Fact>]
let ``replacing and testing what is not finite`` () =
    let x = vector [ nan; inf; -inf; 1.5; -0.0 ]
    closeValues "isFinite" 0.0 [| 0.0; 0.0; 0.0; 1.0; 1.0 |] ((isFinite x).ToDoubles())
    closeValues "of integers" 0.0 [| 1.0 |] ((isFinite (cast DType.Int32 (vector [ 3.0 ]))).ToDoubles())
    closeValues "nanToNum" 0.0 [| 7.0; Double.MaxValue; Double.MinValue; 1.5; 0.0 |] ((nanToNum 7.0 x).ToDoubles())
    let single = (nanToNum 0.0 (cast DType.Float32 x)).ToArray<float32>()
    Assert.Equal<float32[]>([| 0.0f; Single.MaxValue; Single.MinValue; 1.5f; -0.0f |], single)
    closeValues "nanToNum'" 0.0 [| 0.0; 0.0; 0.0; 1.0; 1.0 |] (slopes (nanToNum 7.0) [ nan; inf; -inf; 1.5; -0.0 ])

    closeValues
        "heaviside"
        0.0
        [| nan; 1.0; 0.0; 1.0; 0.25; 0.25 |]
        ((heaviside 0.25 (vector [ nan; inf; -inf; 1.5; -0.0; 0.0 ])).ToDoubles())

    closeValues "heaviside'" 0.0 [| 0.0; 0.0; 0.0 |] (slopes (heaviside 0.25) [ -1.0; 0.0; 1.0 ])

[<Fact>]
let ``lerp is exact at its ends`` () =
    let x, y = random "from", 1e6 * random "to"
    Assert.Equal<float[]>(x.ToDoubles(), (lerp x y (scalar 0.0)).ToDoubles())
    Assert.Equal<float[]>(y.ToDoubles(), (lerp x y (scalar 1.0)).ToDoubles())
    closeValues "between" 1e-15 [| 1.5 |] ((lerp (vector [ 1.0 ]) (vector [ 3.0 ]) (vector [ 0.25 ])).ToDoubles())
    closeValues "in t" 1e-15 [| 2.0 |] (slopes (lerp (scalar 1.0) (scalar 3.0)) [ 0.25 ])

[<Fact>]
let ``kinks and far arguments of activations`` () =
    Assert.Equal<float[]>([| 0.0; 0.0 |], slopes relu6 [ 0.0; 6.0 ])
    Assert.Equal<float[]>([| 0.0; 0.0 |], slopes hardTanh [ -1.0; 1.0 ])
    Assert.Equal<float[]>([| 0.0; 0.0 |], slopes hardSigmoid [ -3.0; 3.0 ])
    closeValues "celu far" 1e-15 [| 0.0; 1.0 |] (slopes (celu 0.5) [ -900.0; 900.0 ])
    closeValues "mish far" 1e-15 [| 0.0; 1.0 |] (slopes mish [ -900.0; 900.0 ])

    for f in [ relu6; hardTanh; hardSigmoid; selu; celu 1.0; mish; softsign; tanhshrink ] do
        Assert.True(Double.IsNaN((f (scalar nan)).ToDouble()))

[<Fact>]
let ``special functions have derivatives to high order`` () =
    // ψ⁽ⁿ⁾(1) = (−1)ⁿ⁺¹ n! ζ(n + 1); ζ(3) and ζ(5) are published, ζ(2) and ζ(4) known.
    let one = scalar 1.0
    number 1e-14 -0.5772156649015329 (grad logGamma one)
    number 1e-14 (Math.PI ** 2.0 / 6.0) (grad (grad logGamma) one)
    number 1e-14 (-2.0 * 1.2020569031595942) (grad (grad (grad logGamma)) one)
    number 1e-14 (Math.PI ** 4.0 / 15.0) (grad (grad (grad (grad logGamma))) one)
    number 1e-14 (-24.0 * 1.0369277551433699) (polygamma 4 one)
    number 1e-14 -0.5772156649015329 (polygamma 0 one)
    // Integers are taken as float32.
    Assert.Equal(DType.Float32, (polygamma 1 (cast DType.Int32 one)).DType)
    number 1e-6 (log 24.0) (logGamma (cast DType.Int32 (scalar 5.0)))
    // Inverses undo each other, and so do their slopes.
    let at = [ -0.9; -0.2; 0.4; 0.99 ]
    closeValues "erf of erfInv" 1e-14 [| 1.0; 1.0; 1.0; 1.0 |] (slopes (fun x -> erf (erfInv x)) at)
    closeValues "erfc and erf" 1e-15 [| 0.0; 0.0; 0.0; 0.0 |] (slopes (fun x -> erf x + erfc x) at)
    closeValues "acosh below 1" 0.0 [| nan; nan |] (slopes acosh [ -3.0; 0.5 ])
    Assert.Equal<float[]>([| 10.0; -3.0; 0.0 |], (log2 (vector [ 1024.0; 0.125; 1.0 ])).ToDoubles())
    Assert.Equal<float[]>([| 3.0; 15.0; 0.0 |], (log10 (vector [ 1e3; 1e15; 1.0 ])).ToDoubles())
