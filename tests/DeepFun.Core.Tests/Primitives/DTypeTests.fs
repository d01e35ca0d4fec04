/// Which dtype comes out: promotion, plain numbers, integers in functions with fractions.
module DeepFun.Core.Tests.Primitives.DTypeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private of' dtype = ofDoubles dtype [ 2 ] [| 1.0; 2.0 |]
let private numbers = [ DType.Float32; DType.Float64; DType.Int32; DType.Int64; DType.UInt8 ]
let private all = numbers @ [ DType.Bool ]
let private is (expected: DType) (x: Tensor) = Assert.Equal(expected, x.DType)

/// PyTorch's table for these dtypes, written out. Order: float32, float64, int32, int64, uint8, bool.
let private table =
    [
        "f4 f8 f4 f4 f4 f4"
        "f8 f8 f8 f8 f8 f8"
        "f4 f8 i4 i8 i4 i4"
        "f4 f8 i8 i8 i8 i8"
        "f4 f8 i4 i8 u1 u1"
        "f4 f8 i4 i8 u1 b1"
    ]
    |> List.map (fun row ->
        row.Split ' '
        |> Array.map (function
            | "f4" -> DType.Float32
            | "f8" -> DType.Float64
            | "i4" -> DType.Int32
            | "i8" -> DType.Int64
            | "u1" -> DType.UInt8
            | _ -> DType.Bool))

[<Fact>]
let ``two dtypes meet as the table says, in every operation with two operands`` () =
    for i, left in List.indexed all do
        for j, right in List.indexed all do
            let expected = table[i][j]
            Assert.Equal(expected, DTypes.Promote(left, right))
            let x, y = of' left, of' right
            is expected (where (of' DType.Bool) x y)
            is expected (concat 0 [ x; y ])
            is DType.Bool (equal x y)

            if expected <> DType.Bool then
                for z in [ x + y; x - y; x * y; x % y; maximum x y; minimum x y; pow x y; outer x y ] do
                    is expected z

                if expected <> DType.UInt8 then
                    is expected (matmul x y)

                is (if DTypes.IsFloating expected then expected else DType.Float32) (x / y)

[<Fact>]
let ``a plain number keeps the tensor's dtype unless it has a fraction that would be lost`` () =
    for d in numbers do
        for z in [ of' d + 2.0; 2.0 + of' d; of' d * 3.0; 5.0 - of' d; of' d % 2.0; of' d ** 2.0 ] do
            is d z

        let fraction = if DTypes.IsFloating d then d else DType.Float32
        is fraction (of' d + 0.5)
        is fraction (0.5 * of' d)
        is fraction (of' d / 2.0)
        is fraction (1.0 / of' d)
        // Integers have no infinity and no NaN either.
        is fraction (of' d + Double.PositiveInfinity)
        is fraction (of' d + nan)

    Assert.Equal<float[]>([| 1.5; 2.5 |], (of' DType.Int64 + 0.5).ToDoubles())

[<Fact>]
let ``functions with fractions take integers as float32, others keep them`` () =
    for d in all do
        let fraction = if DTypes.IsFloating d then d else DType.Float32

        for f in
            [
                exp
                log
                sqrt
                sin
                tanh
                sigmoid
                erf
                rsqrt
                reciprocal
                softplus
                expm1
                log1p
                floor
                round
                mean
                softmax 0
                logSoftmax 0
                logSumExp [ 0 ]
                variance
                norm
                gelu
                silu
            ] do
            is fraction (f (of' d))

    for d in numbers do
        for f in [ square; relu; signum; abs; cumsum 0; cumprod 0; cummax 0; amax; amin; sort 0 ] do
            is d (f (of' d))

        is DType.Int32 (argmax 0 (of' d))
        is DType.Int32 (argsort 0 (of' d))

[<Fact>]
let ``sums of bool and uint8 count in int32`` () =
    for f in [ sum; prod; sumOver [ 0 ]; prodOver [ 0 ] ] do
        is DType.Int32 (f (of' DType.Bool))
        is DType.Int32 (f (of' DType.UInt8))
        is DType.Int64 (f (of' DType.Int64))

    number 0.0 600.0 (sum (ofDoubles DType.UInt8 [ 3 ] [| 200.0; 200.0; 200.0 |]))
    number 0.0 300.0 (sum (Tensor.ofArray [ 300 ] (Array.replicate 300 true)))

[<Fact>]
let ``casts go toward zero, saturate, and know truth`` () =
    let x = f64 [ 6 ] [ 1.9; -1.9; 300.0; -1.0; 1e20; nan ]
    Assert.Equal<byte[]>([| 1uy; 0uy; 255uy; 0uy; 255uy; 0uy |], (cast DType.UInt8 x).ToArray<byte>())
    Assert.Equal<int[]>([| 1; -1; 300; -1; Int32.MaxValue; 0 |], (cast DType.Int32 x).ToArray<int>())
    Assert.Equal<int64[]>([| 1L; -1L; 300L; -1L; Int64.MaxValue; 0L |], (cast DType.Int64 x).ToArray<int64>())
    Assert.Equal<bool[]>([| true; true; true; true; true; true |], (cast DType.Bool x).ToArray<bool>())
    Assert.Equal<bool[]>([| false; true |], (cast DType.Bool (f64 [ 2 ] [ -0.0; 0.1 ])).ToArray<bool>())

[<Fact>]
let ``integers wrap, divide only when told, and take no part in derivatives`` () =
    let big = Tensor.ofArray [ 1 ] [| Int32.MaxValue |]
    Assert.Equal<int[]>([| Int32.MinValue |], (big + 1.0).ToArray<int>())
    throws "DF0205" (fun () -> of' DType.Int32 % 0.0)
    throws "DF0206" (fun () -> pow (of' DType.Int32) (of' DType.Int32 - 3.0))
    throws "DF0404" (fun () -> grad sum (of' DType.Int32))
    // An integer leaf beside a floating one is a constant.
    let g, n = grad (fun (x: Tensor, n: Tensor) -> sum (x * n)) (of' DType.Float64, of' DType.Int32)
    Assert.Equal<float[]>([| 1.0; 2.0 |], g.ToDoubles())
    is DType.Int32 n
    Assert.Equal<float[]>([| 0.0; 0.0 |], n.ToDoubles())
    // Through a cast to an integer nothing flows.
    Assert.Equal<float[]>([| 0.0; 0.0 |], (grad (fun x -> sum (cast DType.Float64 (cast DType.Int32 x))) (of' DType.Float64)).ToDoubles())

[<Fact>]
let ``derivatives keep the dtype of their operand through casts`` () =
    let f (x: Tensor, y: Tensor) : Tensor = sum (x * y)
    let gx, gy = grad f (of' DType.Float32, of' DType.Float64)
    is DType.Float32 gx
    is DType.Float64 gy
    let y, dy = jvp f (of' DType.Float32, of' DType.Float64) (of' DType.Float32, of' DType.Float64)
    is DType.Float64 y
    is DType.Float64 dy

[<Fact>]
let ``values are read as their own type`` () =
    Assert.Equal<float32[]>([| 1.0f; 2.0f |], (of' DType.Float32).ToArray<float32>())
    throws "DF0207" (fun () -> (of' DType.Float32).ToArray<float>())
    throws "DF0127" (fun () -> (of' DType.Float32).ToDouble())
    throws "DF0127" (fun () -> (f64 [ 0 ] []).ToDouble())
    Assert.Equal(2.5, (f64 [ 1; 1 ] [ 2.5 ]).ToDouble())
    Assert.Equal(2, int (f64 [] [ 2.5 ]))

[<Fact>]
let ``tensors print as NumPy prints them`` () =
    Assert.Equal("tensor(1.5, float64, shape [])", string (scalar 1.5))
    Assert.Equal("tensor([1., 2.], float32, shape [2])", string (of' DType.Float32))
    Assert.Equal("tensor([[1, 2],\n        [3, 4]], int32, shape [2, 2])", string (Tensor.ofArray [ 2; 2 ] [| 1; 2; 3; 4 |]))
    Assert.Equal("tensor([true, false], bool, shape [2])", (string (Tensor.ofArray [ 2 ] [| true; false |])).Replace(" true", "true"))
    let traced = ref ""

    vmap
        (fun (x: Tensor) ->
            traced.Value <- string x
            x)
        (of' DType.Float64)
    |> ignore

    Assert.Equal("tensor(float64, shape [], batched)", traced.Value)
