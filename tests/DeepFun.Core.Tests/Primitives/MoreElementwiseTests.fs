/// Elementwise functions of Derived.MoreElementwise.fs: formulas, the operators of C#, edges, and derivatives against differences.
module DeepFun.Core.Tests.Primitives.MoreElementwiseTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private inf = Double.PositiveInfinity
let private ints (values: int list) : Tensor = Tensor.ofArray [ values.Length ] (Array.ofList values)
let private truths (x: Tensor) = x.ToArray<bool>()

[<Fact>]
let ``functions are their formulas`` () =
    let softplus v = Math.Log(1.0 + Math.Exp v)

    let cases: (string * (Tensor -> Tensor) * (float -> float) * float list) list =
        [
            "sinc", sinc, (fun v -> Math.Sin(Math.PI * v) / (Math.PI * v)), [ -2.3; -0.9; -0.31; -0.1; 0.05; 0.2; 0.33; 1.5 ]
            "exp2", exp2, (fun v -> 2.0 ** v), [ -1.5; 0.3; 2.0 ]
            "logit", logit, (fun v -> Math.Log(v / (1.0 - v))), [ 0.1; 0.5; 0.8 ]
            "logSigmoid", logSigmoid, (fun v -> -softplus -v), [ -3.0; 0.0; 2.0 ]
            "hardSwish", hardSwish, (fun v -> v * Math.Clamp(v + 3.0, 0.0, 6.0) / 6.0), [ -4.0; -1.0; 0.5; 2.0; 5.0 ]
            "softshrink", softshrink 0.5, (fun v -> float (sign v) * max 0.0 (abs v - 0.5)), [ -2.0; -0.3; 0.2; 1.0 ]
            "hardshrink", hardshrink 0.5, (fun v -> if abs v > 0.5 then v else 0.0), [ -2.0; -0.3; 0.2; 1.0 ]
            "threshold", threshold 0.1 20.0, (fun v -> if v > 0.1 then v else 20.0), [ -2.0; 0.3 ]
            "frac", frac, (fun v -> v - Math.Truncate v), [ -2.7; 0.3; 4.25 ]
            "safeReciprocal", safeReciprocal, (fun v -> 1.0 / v), [ -2.0; 0.25 ]
        ]

    for name, f, g, at in cases do
        closeValues name 1e-14 (at |> List.map g |> Array.ofList) ((f (vector at)).ToDoubles())
        Checks.all name f (vector at)
        Assert.Equal(DType.Float32, (f (cast DType.Float32 (vector at))).DType)

    for name, f in [ "hardSwish", hardSwish; "softshrink", softshrink 1.0; "hardshrink", hardshrink 1.0; "threshold", threshold 1.0 2.0 ] do
        Assert.True(Double.IsNaN((f (scalar nan)).ToDouble()), name)

[<Fact>]
let ``sinc has right derivatives at 0`` () =
    // 1 − (πx)²/3! + (πx)⁴/5! − …
    number 0.0 1.0 (sinc (scalar 0.0))
    number 1e-15 0.0 (grad sinc (scalar 0.0))
    number 1e-14 (-(Math.PI ** 2.0) / 3.0) (grad (grad sinc) (scalar 0.0))
    number 1e-13 (Math.PI ** 4.0 / 5.0) (grad (grad (grad (grad sinc))) (scalar 0.0))

[<Fact>]
let ``floor division and remainders are Python's and C#'s`` () =
    let xs = [ 7; -7; 6; -6; 0; 1; -1; Int32.MinValue ]

    for y in [ 3; -3; 1; -1; 7 ] do
        let expected = xs |> List.filter (fun x -> not (x = Int32.MinValue && y = -1))
        let floors = expected |> List.map (fun x -> Math.Floor(float x / float y))
        closeValues $"// {y}" 0.0 (Array.ofList floors) ((floorDivide (ints expected) (ints [ y ])).ToDoubles())
        closeValues $"fmod {y}" 0.0 [| for x in expected -> float (x % y) |] ((fmod (ints expected) (ints [ y ])).ToDoubles())

    // Python: 1.0 // 0.1 is 9.0, though 1.0 / 0.1 is 10.0.
    closeValues
        "floats"
        0.0
        [| 9.0; -4.0; -3.0; 2.0; inf; -inf; nan |]
        ((floorDivide (vector [ 1.0; -7.5; 5.3; -6.0; 1.0; -1.0; 0.0 ]) (vector [ 0.1; 2.0; -2.0; -3.0; 0.0; 0.0; 0.0 ])).ToDoubles())

    let x, y = 9.0 * uniform (seeded "x") [ 40 ], 2.0 * uniform (seeded "y") [ 40 ]
    closeValues "fmod" 1e-14 (Array.map2 (fun a b -> a % b) (x.ToDoubles()) (y.ToDoubles())) ((fmod x y).ToDoubles())
    Checks.derivatives "fmod of x" (fun x -> fmod x (vector [ 3.0; -3.0 ])) (vector [ -7.5; 7.5 ])
    Checks.derivatives "fmod by y" (fun y -> fmod (vector [ -7.5; 7.5 ]) y) (vector [ 3.0; -3.0 ])
    closeValues "floorDivide'" 0.0 [| 0.0; 0.0 |] (slopes (fun x -> floorDivide x (scalar 2.0)) [ 1.5; -3.0 ])
    throws "DF0205" (fun () -> floorDivide (ints [ 1 ]) (ints [ 0 ]))

[<Fact>]
let ``signs, also of zeros`` () =
    let x = vector [ -2.0; -0.0; 0.0; 3.0; -inf; nan ]
    Assert.Equal<bool[]>([| true; true; false; false; true; false |], truths (signBit x))
    Assert.Equal<bool[]>([| true; false |], truths (signBit (ints [ -1; 0 ])))
    let y = copySign (vector [ 1.0; -2.0; 3.0; 0.0; 4.0 ]) (vector [ -1.0; 5.0; -0.0; -1.0; 0.0 ])
    Assert.Equal<float[]>([| -1.0; 2.0; -3.0; -0.0; 4.0 |], y.ToDoubles())
    Assert.True(Double.IsNegative((y.ToDoubles())[3]))
    closeValues "copySign'" 0.0 [| -1.0; 1.0 |] (slopes (fun x -> copySign x (scalar -1.0)) [ 2.0; -2.0 ])
    closeValues "in the sign" 0.0 [| 0.0 |] (slopes (fun y -> copySign (scalar 3.0) y) [ -2.0 ])

/// As .NET has them, where it has them: Math.BitIncrement and BitDecrement. numpy 1.24's nextafter for float16.
[<Fact>]
let ``the next number on the way to another`` () =
    let random = seeded "nextAfter"

    let special =
        [
            0.0
            1.0
            -1.0
            Double.Epsilon
            2.0 ** -1022.0
            -(2.0 ** -1022.0)
            Math.BitDecrement(2.0 ** -1022.0)
            2.0 ** -969.0
            2.0 ** -1021.0
            3.0 * 2.0 ** -1022.0
            Double.MaxValue
            -Double.MaxValue
        ]

    let spread = List.init 2000 (fun _ -> (2.0 * random.NextDouble() - 1.0) * 2.0 ** float (random.Next(-1074, 1023)))

    let numbers = List.concat [ special; spread; [ for k in -1074..8..1023 -> 2.0 ** float k ] ]
    let x = vector numbers
    let exact (f: float -> float) = numbers |> List.map f |> Array.ofList
    Assert.Equal<float[]>(exact Math.BitIncrement, (nextAfter x (scalar inf)).ToDoubles())
    Assert.Equal<float[]>(exact Math.BitDecrement, (nextAfter x (scalar -inf)).ToDoubles())
    Assert.Equal<float[]>(exact Math.BitIncrement, (jit (fun x -> nextAfter x (scalar inf)) x).ToDoubles())

    let spread =
        Array.init 2000 (fun _ -> (2.0f * random.NextSingle() - 1.0f) * MathF.Pow(2.0f, float32 (random.Next(-149, 127))))

    let singles =
        Array.concat
            [
                [| 0.0f; 1.0f; -3.5f; Single.Epsilon; Single.MaxValue |]
                spread
                [| for k in -149 .. 127 -> MathF.ScaleB(1.0f, k) |]
            ]

    let y = Tensor.ofArray [ singles.Length ] singles
    Assert.Equal<float32[]>(singles |> Array.map MathF.BitIncrement, (nextAfter y (Tensor.scalar inf)).ToArray<float32>())
    Assert.Equal<float32[]>(singles |> Array.map MathF.BitDecrement, (nextAfter y (Tensor.scalar -inf)).ToArray<float32>())

    let half (values: float list) = cast DType.Float16 (vector values)

    Assert.Equal<float[]>(
        [|
            1.0009765625
            0.99951171875
            -1.0009765625
            2.0 ** -24.0
            -(2.0 ** -24.0)
            -3.498046875
            infinity
            65504.0
            -65504.0
        |],
        (nextAfter (half [ 1.0; 1.0; -1.0; 0.0; 0.0; -3.5; 65504.0; inf; -inf ]) (half [ 2.0; -2.0; -2.0; 1.0; -1.0; 0.0; inf; 0.0; 1.0 ]))
            .ToDoubles()
    )

    // The upper half of a float32: 8 bits.
    let b = nextAfter (cast DType.BFloat16 (vector [ 1.0; 0.0 ])) (cast DType.BFloat16 (scalar 2.0))
    Assert.Equal<float[]>([| 1.0 + 2.0 ** -7.0; 2.0 ** -133.0 |], b.ToDoubles())

    closeValues
        "ends"
        0.0
        [| 2.0; inf; nan; nan; Double.MaxValue |]
        ((nextAfter (vector [ 2.0; inf; nan; 0.1; inf ]) (vector [ 2.0; inf; 1.0; nan; 0.0 ])).ToDoubles())

    closeValues "in the number" 0.0 [| 1.0; 1.0; 1.0 |] (slopes (fun x -> nextAfter x (scalar 1.0)) [ 0.5; 1.0; 0.0 ])
    closeValues "in the goal" 0.0 [| 0.0; 0.0 |] (slopes (nextAfter (scalar 0.5)) [ 2.0; 0.5 ])
    Checks.all "nextAfter" (fun x -> square (nextAfter x (scalar 1.0))) (vector [ 0.3; -0.7; 2.0 ])

[<Fact>]
let ``closeness`` () =
    let a, b = vector [ 1.0; 1.0; inf; inf; nan; 0.0 ], vector [ 1.000009; 1.1; inf; -inf; nan; 1e-9 ]
    Assert.Equal<bool[]>([| true; false; true; false; false; true |], truths (isClose 1e-5 1e-8 false a b))
    Assert.Equal<bool[]>([| true |], truths (isClose 1e-5 1e-8 true (scalar nan) (vector [ nan ])))
    // A finite number is not close to infinity, whose relative tolerance is infinite.
    Assert.Equal<bool[]>([| false; false |], truths (isClose 1e-5 1e-8 false (vector [ 1.0; inf ]) (vector [ inf; 1.0 ])))
    Assert.True(allClose 0.0 0.0 (ints [ 3; Int32.MinValue ]) (ints [ 3; Int32.MinValue ]))
    Assert.False(allClose 0.0 0.5 (ints [ Int32.MaxValue ]) (ints [ Int32.MinValue ]))
    Assert.True(allClose 0.0 0.0 (Tensor.zeros [ 0 ]) (Tensor.zeros [ 0 ]))
    throws "DF0402" (fun () -> vmap (fun (x: Tensor) -> if allClose 0.0 0.0 x x then x else -x) (Tensor.zeros [ 2 ]))

[<Fact>]
let ``bits`` () =
    let xs = [ 0; 1; -1; 12345; -98765; Int32.MinValue; Int32.MaxValue ]

    for n in [ 0; 1; 5; 30; 31 ] do
        Assert.Equal<int[]>([| for x in xs -> x <<< n |], (shiftLeft (ints xs) (ints [ n ])).ToArray<int>())
        Assert.Equal<int[]>([| for x in xs -> x >>> n |], (shiftRight (ints xs) (ints [ n ])).ToArray<int>())

    let longs = [| 1L; -1L; Int64.MinValue; 1234567890123L |]
    let wide = Tensor.ofArray [ 4 ] longs

    for n in [ 0; 17; 62; 63 ] do
        Assert.Equal<int64[]>([| for x in longs -> x <<< n |], (shiftLeft wide (ints [ n ])).ToArray<int64>())
        Assert.Equal<int64[]>([| for x in longs -> x >>> n |], (shiftRight wide (ints [ n ])).ToArray<int64>())

    Assert.Equal<int[]>([| for x in xs -> ~~~x |], (bitwiseNot (ints xs)).ToArray<int>())
    let bytes = Tensor.ofArray [ 2 ] [| 5uy; 255uy |]
    Assert.Equal<byte[]>([| 250uy; 0uy |], (bitwiseNot bytes).ToArray<byte>())
    Assert.Equal<byte[]>([| 1uy; 63uy |], (shiftRight bytes (Tensor.ofArray [ 1 ] [| 2uy |])).ToArray<byte>())
    Assert.Equal<bool[]>([| false |], truths (bitwiseNot (Tensor.ofArray [ 1 ] [| true |])))

[<Fact>]
let ``narrow dtypes`` () =
    let small = cast DType.Int8 (ints [ 5; -128; 127 ])
    closeValues "bitwiseNot" 0.0 [| -6.0; 127.0; -128.0 |] ((bitwiseNot small).ToDoubles())
    closeValues "shiftRight" 0.0 [| 0.0; -1.0; 0.0 |] ((shiftRight small (cast DType.Int8 (ints [ 7 ]))).ToDoubles())
    closeValues "floorDivide" 0.0 [| 2.0; -64.0; 63.0 |] ((floorDivide small (cast DType.Int8 (ints [ 2 ]))).ToDoubles())
    let short = cast DType.Int16 (ints [ 300; -300; 7 ])
    closeValues "segmentMax" 0.0 [| 300.0; -32768.0 |] ((segmentMax 2 (ints [ 0; 0; 0 ]) short).ToDoubles())
    closeValues "segmentMin" 0.0 [| -300.0; 32767.0 |] ((segmentMin 2 (ints [ 0; 0; 0 ]) short).ToDoubles())
    closeValues "scatterMin" 0.0 [| -300.0; -300.0 |] ((scatterMin 0 (ints [ 0 ]) (slice 0 1 2 short) (slice 0 0 2 short)).ToDoubles())

    for dtype in [ DType.Float16; DType.BFloat16 ] do
        let x = cast dtype (vector [ 1.0; 2.0; 2.0 ])
        // 65504 is the greatest float16: sums over elements are taken in float32.
        let large = cast dtype (Tensor.fullOf DType.Float64 [ 2; 40000 ] 2.0)

        for name, y: Tensor, expected in
            [
                "sinc", sinc (cast dtype (vector [ 0.0; 0.5 ])), 2.0 / Math.PI
                "norm", normOver 3.0 [ 0 ] x, 17.0 ** (1.0 / 3.0)
                "matrixNorm", matrixNorm 1.0 (large / 2.0), 2.0
                "nanMean", nanMeanOver [ 1 ] large, 2.0
                "lpPool", lpPool 2.0 [| 3 |] [| 3 |] x, 3.0
                "averagePoolInside", averagePoolInside [| 40000 |] [| 40000 |] [| 0 |] large, 2.0
                "adaptiveAveragePool", adaptiveAveragePool [| 1 |] large, 2.0
                "segmentMean", segmentMean 1 (fullLike 0.0 (Tensor.arange 40000)) (item 0 0 large), 2.0
                "fft", (fft 0 (Complex.ofReal x)).Re, -1.0
                "rfft and back", irfft 3 0 (rfft 0 x), 2.0
            ] do
            Assert.Equal(dtype, y.DType)
            let last = Array.last (y.ToDoubles())
            Assert.True(abs (last - expected) < 1e-2 * abs expected, $"{name} {dtype}: {last}")

[<Fact>]
let ``extrema that pass NaN over, bounds that are tensors, gates`` () =
    let x, y = vector [ 1.0; nan; 3.0; nan ], vector [ 2.0; 5.0; nan; nan ]
    closeValues "fmax" 0.0 [| 2.0; 5.0; 3.0; nan |] ((fmax x y).ToDoubles())
    closeValues "fmin" 0.0 [| 1.0; 5.0; 3.0; nan |] ((fmin x y).ToDoubles())
    closeValues "fmax'" 0.0 [| 0.0; 0.0; 1.0 |] (slopes (fun x -> fmax x (vector [ 2.0; 5.0; nan ])) [ 1.0; nan; 3.0 ])
    let low, high = vector [ 0.0; 2.0; 5.0 ], vector [ 1.0; 3.0; 4.0 ]
    closeValues "clampBetween" 0.0 [| 0.5; 2.0; 4.0 |] ((clampBetween low high (vector [ 0.5; 1.0; 9.0 ])).ToDoubles())
    closeValues "at its bounds" 0.0 [| 1.0; 1.0 |] (slopes (clampBetween (scalar 0.0) (scalar 1.0)) [ 0.0; 1.0 ])
    closeValues "of its bound" 0.0 [| 0.0; 1.0 |] (slopes (fun low -> clampBetween low (scalar 9.0) (vector [ 3.0; 1.0 ])) [ 2.0; 2.0 ])
    closeValues "infinities" 0.0 [| 0.0; 1.0; 0.0 |] ((cast DType.Float64 (isPositiveInfinite (vector [ -inf; inf; 1.0 ]))).ToDoubles())
    closeValues "infinities" 0.0 [| 1.0; 0.0; 0.0 |] ((cast DType.Float64 (isNegativeInfinite (vector [ -inf; inf; nan ]))).ToDoubles())
    closeValues "safeReciprocal" 0.0 [| 0.0; 0.0; 0.5 |] ((safeReciprocal (vector [ 0.0; -0.0; 2.0 ])).ToDoubles())
    closeValues "safeReciprocal'" 0.0 [| 0.0; -0.25 |] (slopes safeReciprocal [ 0.0; 2.0 ])

    closeValues
        "xlog1py"
        1e-15
        [| 0.0; 0.0; 2.0 * Math.Log 4.0; nan |]
        ((xlog1py (vector [ 0.0; 0.0; 2.0; 0.0 ]) (vector [ -1.0; inf; 3.0; nan ])).ToDoubles())

    closeValues "xlog1py'" 1e-15 [| Math.Log 4.0; 0.0 |] (slopes (fun x -> xlog1py x (vector [ 3.0; -1.0 ])) [ 0.0; 0.0 ])
    let halves = uniform (seeded "glu") [ 2; 6 ]
    let gate (a: float) b = a / (1.0 + Math.Exp -b)
    let v = halves.ToDoubles()

    closeValues
        "glu"
        1e-15
        [|
            for r in 0..1 do
                for k in 0..2 -> gate v[6 * r + k] v[6 * r + 3 + k]
        |]
        ((glu -1 halves).ToDoubles())

    Checks.all "glu" (glu 1) halves
    closeValues "prelu" 0.0 [| -0.5; 3.0 |] ((prelu (scalar 0.25) (vector [ -2.0; 3.0 ])).ToDoubles())
    closeValues "prelu in its slope" 0.0 [| -2.0 |] (slopes (fun s -> sum (prelu s (vector [ -2.0; 3.0 ]))) [ 0.25 ])
