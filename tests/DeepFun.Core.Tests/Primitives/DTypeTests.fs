/// Which dtype comes out: promotion, plain numbers, integers in functions with fractions.
module DeepFun.Core.Tests.Primitives.DTypeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private of' dtype = ofDoubles dtype [ 2 ] [| 1.0; 2.0 |]
let private all = List.ofArray (Enum.GetValues<DType>())
let private numbers = all |> List.except [ DType.Bool ]
let private is (expected: DType) (x: Tensor) = Assert.Equal(expected, x.DType)

[<Fact>]
let ``two dtypes meet as the table says, in every operation with two operands`` () =
    // The table itself is compared with PyTorch's beside the backends.
    for left in all do
        for right in all do
            let expected = DTypes.Promote(left, right)
            let x, y = of' left, of' right
            is expected (where (of' DType.Bool) x y)
            is expected (concat 0 [ x; y ])
            is DType.Bool (equal x y)

            if expected <> DType.Bool then
                for z in [ x + y; x - y; x * y; x % y; maximum x y; minimum x y; pow x y; outer x y ] do
                    is expected z

                is expected (matmul x y)
                is (if DTypes.IsFloating expected then expected else DType.Float32) (x / y)

[<Fact>]
let ``epsilon is the distance from 1 to the next value`` () =
    for d in all |> List.filter DTypes.IsFloating do
        let plus (v: float) = (Tensor.fullOf d [] 1.0 + v).ToDouble()
        let epsilon = DTypes.Epsilon d
        Assert.Equal(1.0 + epsilon, plus epsilon)
        // Halfway goes to the even neighbour, a little more to the next.
        Assert.Equal(1.0, plus (0.5 * epsilon))
        Assert.Equal(1.0 + epsilon, plus (0.75 * epsilon))

    for d in all |> List.filter (DTypes.IsFloating >> not) do
        Assert.Equal(1.0, DTypes.Epsilon d)

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
let ``sums of bool and small integers count in int32`` () =
    for f in [ sum; prod; sumOver [ 0 ]; prodOver [ 0 ] ] do
        is DType.Int32 (f (of' DType.Bool))

        for d in [ DType.UInt8; DType.Int8; DType.Int16 ] do
            is DType.Int32 (f (of' d))

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
    Assert.Equal<sbyte[]>([| -128y |], (Tensor.ofArray [ 1 ] [| 127y |] + 1.0).ToArray<sbyte>())
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
let ``a plain number that the dtype cannot hold is an error, as a bound it is the last number`` () =
    for d, v in [ DType.Int8, 128.0; DType.Int8, -129.0; DType.UInt8, -1.0; DType.Int16, 40000.0; DType.Int32, 3e9; DType.Int64, 1e19 ] do
        throws "DF0211" (fun () -> of' d + v)
        Assert.Equal<float[]>([| 1.0; 2.0 |], (clamp (min v 0.0) (max v 2.0) (of' d)).ToDoubles())
        is d (clamp -1e20 1e20 (of' d))

[<Fact>]
let ``derivatives in 16 bits keep the leaf's dtype and go through casts`` () =
    for d in [ DType.Float16; DType.BFloat16 ] do
        let x = of' d
        is d (grad sum x)
        // d/dx Σ x³ where the cube is taken in float32: 3 x², exact here.
        let g = grad (fun x -> let wide = cast DType.Float32 x in sum (wide * wide * wide)) x
        is d g
        Assert.Equal<float[]>([| 3.0; 12.0 |], g.ToDoubles())
        is d (snd (jvp (fun x -> sum (exp x)) x x))
        is DType.Float32 (snd (jvp (fun x -> cast DType.Float32 x) x x))
        // A second derivative, forward over reverse.
        let h = hvp (fun x -> sum (x * x * x)) x (onesLike x)
        is d h
        Assert.Equal<float[]>([| 6.0; 12.0 |], h.ToDoubles())

[<Fact>]
let ``means, variances and softmax of 16 bits do not leave the dtype's range on the way`` () =
    let x = Tensor.fullOf DType.Float16 [ 40 ] 30000.0
    number 0.0 30000.0 (mean x)
    number 0.0 0.0 (variance x)
    number 0.0 30000.0 (averagePool [| 4 |] [| 4 |] [| 0 |] x |> item 0 0)
    // √(3 · 30000²) = 51961.5…, and the neighbours of that are 32 apart.
    number 0.0 51968.0 (norm (Tensor.fullOf DType.Float16 [ 3 ] 30000.0))
    let many = Tensor.fullOf DType.BFloat16 [ 1000 ] 1.0
    number 0.0 (float (float32 (BFloat16.op_Explicit 0.001f))) (softmax 0 many |> item 0 0)

    for f in [ mean; variance; std; norm; softmax 0 >> sum; logSoftmax 0 >> sum; logSumExp [ 0 ]; normOver 3.0 [ 0 ] ] do
        is DType.BFloat16 (f many)

[<Fact>]
let ``values are read as their own type`` () =
    Assert.Equal<Half[]>([| Half.One; Half.op_Explicit 2.0f |], (of' DType.Float16).ToArray<Half>())
    Assert.Equal<BFloat16[]>([| BFloat16.op_Explicit 1.0f; BFloat16.op_Explicit 2.0f |], (of' DType.BFloat16).ToArray<BFloat16>())
    Assert.Equal<sbyte[]>([| 1y; 2y |], (of' DType.Int8).ToArray<sbyte>())
    Assert.Equal<int16[]>([| 1s; 2s |], (of' DType.Int16).ToArray<int16>())
    throws "DF0207" (fun () -> (of' DType.Float16).ToArray<int16>())
    throws "DF0204" (fun () -> (of' DType.Float16).ToArray<uint16>())
    Assert.Equal(9007199254740993L, int64 (Tensor.ofArray [] [| 9007199254740993L |]))
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
    let tenth dtype = string (ofDoubles dtype [ 2 ] [| 0.1; 1000.0 |])
    Assert.Equal("tensor([  0.1, 1000.], float16, shape [2])", tenth DType.Float16)
    Assert.Equal("tensor([  0.1, 1000.], bfloat16, shape [2])", tenth DType.BFloat16)
    Assert.Equal("tensor([-128, 127], int8, shape [2])", (string (Tensor.ofArray [ 2 ] [| -128y; 127y |])).Replace("  ", " "))
    let traced = ref ""

    vmap
        (fun (x: Tensor) ->
            traced.Value <- string x
            x)
        (of' DType.Float64)
    |> ignore

    Assert.Equal("tensor(float64, shape [], batched)", traced.Value)
