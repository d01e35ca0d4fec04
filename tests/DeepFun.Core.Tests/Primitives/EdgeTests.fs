/// Where the documentation says what happens at an edge: it happens.
module DeepFun.Core.Tests.Primitives.EdgeTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private inf = Double.PositiveInfinity

/// In both floating dtypes.
let private values what (expected: float list) (f: Tensor -> Tensor) (input: float list) =
    for x in [ vector input; cast DType.Float32 (vector input) ] do
        closeValues $"{what} {x.DType}" 1e-6 (Array.ofList expected) ((f x).ToDoubles())

let private power (y: float) (x: Tensor) : Tensor = x ** y

let private slope (f: Tensor -> Tensor) (at: float) : float = (grad f (scalar at)).ToDouble()

[<Fact>]
let ``functions at 0, infinity and NaN`` () =
    let all = [ 0.0; inf; -inf; nan ]
    values "exp" [ 1.0; inf; 0.0; nan ] exp all
    values "expm1" [ 0.0; inf; -1.0; nan ] expm1 all
    values "log" [ -inf; inf; nan; nan ] log all
    values "log1p" [ 0.0; inf; nan; nan ] log1p all
    values "sqrt" [ 0.0; inf; nan; nan ] sqrt all
    values "rsqrt" [ inf; 0.0; nan; nan ] rsqrt all
    values "reciprocal" [ inf; 0.0; 0.0; nan ] reciprocal all
    values "tanh" [ 0.0; 1.0; -1.0; nan ] tanh all
    values "atan" [ 0.0; Math.PI / 2.0; -Math.PI / 2.0; nan ] atan all
    values "sigmoid" [ 0.5; 1.0; 0.0; nan ] sigmoid all
    values "softplus" [ log 2.0; inf; 0.0; nan ] softplus all
    values "erf" [ 0.0; 1.0; -1.0; nan ] erf all
    values "relu" [ 0.0; inf; 0.0; nan ] relu all
    values "abs" [ 0.0; inf; inf; nan ] abs all
    values "signum" [ 0.0; 1.0; -1.0; nan ] signum all
    values "isNaN" [ 0.0; 0.0; 0.0; 1.0 ] isNaN all
    values "isInfinite" [ 0.0; 1.0; 1.0; 0.0 ] isInfinite all
    values "floor" [ 0.0; inf; -inf; nan ] floor all

[<Fact>]
let ``softplus and sigmoid do not overflow`` () =
    values "softplus" [ 0.0; 1000.0 ] softplus [ -1000.0; 1000.0 ]
    values "sigmoid" [ 0.0; 1.0 ] sigmoid [ -1000.0; 1000.0 ]
    closeValues "slopes" 0.0 [| 0.0; 1.0 |] (slopes softplus [ -1000.0; 1000.0 ])

[<Fact>]
let ``round goes to even, remainder takes the divisor's sign`` () =
    values "round" [ 0.0; 2.0; 2.0; -0.0; -2.0; 3.0 ] round [ 0.5; 1.5; 2.5; -0.5; -1.5; 2.7 ]
    values "truncate" [ 1.0; -1.0 ] truncate [ 1.9; -1.9 ]
    values "remainder" [ 1.0; 2.0; 0.0; 0.5 ] (fun x -> x % 3.0) [ 7.0; -7.0; 6.0; 3.5 ]
    values "negative divisor" [ -2.0; -1.0; 0.0 ] (fun x -> x % -3.0) [ 7.0; -7.0; 6.0 ]
    let ints (xs: int list) = Tensor.ofArray [ xs.Length ] (Array.ofList xs)
    closeValues "int32" 0.0 [| 1.0; 2.0; 0.0 |] ((ints [ 7; -7; 6 ] % 3.0).ToDoubles())
    closeValues "int32, negative" 0.0 [| -2.0; -1.0; 0.0 |] ((ints [ 7; -7; 6 ] % -3.0).ToDoubles())

[<Fact>]
let ``NaN wins maxima, minima and their reductions`` () =
    let x, y = vector [ nan; 1.0; -inf ], vector [ 1.0; nan; nan ]
    closeValues "maximum" 0.0 [| nan; nan; nan |] ((maximum x y).ToDoubles())
    closeValues "minimum" 0.0 [| nan; nan; nan |] ((minimum x y).ToDoubles())
    let z = vector [ 3.0; nan; 5.0 ]
    number 0.0 nan (amax z)
    number 0.0 nan (amin z)
    number 0.0 1.0 (argmax 0 z)
    number 0.0 1.0 (argmin 0 z)
    closeValues "cummax" 0.0 [| 3.0; nan; nan |] ((cummax 0 z).ToDoubles())
    closeValues "cummin" 0.0 [| 3.0; nan; nan |] ((cummin 0 z).ToDoubles())
    let pooled: Tensor = maxPool [| 2 |] [| 1 |] [| 0 |] z
    closeValues "maxPool" 0.0 [| nan; nan |] (pooled.ToDoubles())
    closeValues "maxPool beside -inf" 0.0 [| -inf |] ((maxPool [| 2 |] [| 2 |] [| 1 |] (vector [ -inf ])).ToDoubles())

[<Fact>]
let ``sorting is stable and puts NaN last both ways`` () =
    let x = vector [ 2.0; nan; 1.0; 2.0; -inf; 1.0 ]
    closeValues "argsort" 0.0 [| 4.0; 2.0; 5.0; 0.0; 3.0; 1.0 |] ((argsort 0 x).ToDoubles())
    closeValues "descending" 0.0 [| 0.0; 3.0; 2.0; 5.0; 4.0; 1.0 |] ((argsortDescending 0 x).ToDoubles())
    closeValues "sort" 0.0 [| -inf; 1.0; 1.0; 2.0; 2.0; nan |] ((sort 0 x).ToDoubles())
    number 0.0 1.0 (argmax 0 (vector [ 1.0; 3.0; 3.0 ]))
    number 0.0 0.0 (argmin 0 (vector [ 1.0; 3.0; 1.0 ]))

[<Fact>]
let ``comparisons with NaN are false but for notEqual`` () =
    let x, y = vector [ nan; nan; 0.0 ], vector [ nan; 1.0; -0.0 ]
    closeValues "equal" 0.0 [| 0.0; 0.0; 1.0 |] ((equal x y).ToDoubles())
    closeValues "notEqual" 0.0 [| 1.0; 1.0; 0.0 |] ((notEqual x y).ToDoubles())
    closeValues "less" 0.0 [| 0.0; 0.0; 0.0 |] ((less x y).ToDoubles())
    closeValues "greaterOrEqual" 0.0 [| 0.0; 0.0; 1.0 |] ((greaterOrEqual x y).ToDoubles())

[<Fact>]
let ``derivatives at kinks are what the documentation says`` () =
    Assert.Equal(0.0, slope relu 0.0)
    Assert.Equal(0.0, slope abs 0.0)
    Assert.Equal(0.0, slope signum 0.0)
    Assert.Equal(0.5, slope (fun x -> maximum x (scalar 0.0)) 0.0)
    Assert.Equal(0.5, slope (fun x -> minimum x (scalar 0.0)) 0.0)
    // Both operands the same: half and half make one.
    Assert.Equal(1.0, slope (fun x -> maximum x x) 2.0)
    // Ties share equally; products see each other.
    Assert.Equal<float[]>([| 0.5; 0.0; 0.5 |], (grad amax (vector [ 3.0; 1.0; 3.0 ])).ToDoubles())
    Assert.Equal<float[]>([| 0.0; 0.25; 0.25; 0.25; 0.25 |], (grad amin (vector [ 3.0; 1.0; 1.0; 1.0; 1.0 ])).ToDoubles())
    // Pooling gives all to the first.
    let pool (x: Tensor) : Tensor = sum (maxPool [| 3 |] [| 3 |] [| 0 |] x)
    Assert.Equal<float[]>([| 0.0; 1.0; 0.0 |], (grad pool (vector [ 1.0; 2.0; 2.0 ])).ToDoubles())
    Assert.Equal(0.3, slope (leakyRelu 0.3) 0.0)
    Assert.Equal(0.0, slope stopGradient 2.0)

[<Fact>]
let ``branches that are not taken leave no NaN in the gradient`` () =
    closeValues "elu" 1e-15 [| 0.0; 1.0; 1.0 |] (slopes (elu 1.0) [ -200.0; 1000.0; 800.0 ])
    Assert.Equal<float[]>([| 0.0; 0.0 |], slopes (fun (x: Tensor) -> x ** 3.0) [ 0.0; -0.0 ])

[<Fact>]
let ``pow at 0`` () =
    number 0.0 1.0 (power 0.0 (scalar 0.0))
    number 0.0 inf (power -1.0 (scalar 0.0))
    Assert.Equal(0.0, slope (power 2.0) 0.0)
    Assert.Equal(1.0, slope (power 1.0) 0.0)
    Assert.Equal(0.0, slope (power 0.0) 0.0)
    Assert.Equal(-6.0, slope (power 2.0) -3.0)
    // x², x³ and x⁰ to every order at 0, in each mode.
    let second f = grad (grad f)
    let third f = grad (second f)
    number 0.0 2.0 (second (power 2.0) (scalar 0.0))
    number 0.0 0.0 (third (power 2.0) (scalar 0.0))
    number 0.0 6.0 (third (power 3.0) (scalar 0.0))
    number 0.0 0.0 (second (power 0.0) (scalar 0.0))
    number 0.0 0.0 (grad (third (power 3.0)) (scalar 0.0))
    // In the exponent: 0 at base 0, log x elsewhere, NaN for negative bases.
    let exponent (x: float) (y: Tensor) : Tensor = pow (scalar x) y
    Assert.Equal(0.0, slope (exponent 0.0) 2.0)
    Assert.Equal(0.0, slope (exponent 0.0) 0.0)
    closeValues "log" 1e-15 [| log 3.0 |] [| slope (exponent 3.0) 0.0 |]
    Assert.True(Double.IsNaN(slope (exponent -2.0) 2.0))
    // d²/dx dy x^y at y = 0 is 1/x.
    let mixed = grad (fun y -> grad (fun x -> pow x y) (scalar 4.0)) (scalar 0.0)
    number 1e-15 0.25 mixed

[<Fact>]
let ``slopes at poles are infinite, not wrong`` () =
    Assert.Equal(inf, slope sqrt 0.0)
    Assert.Equal(inf, slope log 0.0)
    Assert.Equal(-inf, slope reciprocal 0.0)
    Assert.Equal(inf, slope (power 0.5) 0.0)

[<Fact>]
let ``products and running products have derivatives at zeros`` () =
    Assert.Equal<float[]>([| 6.0; 0.0; 0.0 |], (grad prod (vector [ 0.0; 2.0; 3.0 ])).ToDoubles())
    Assert.Equal<float[]>([| 0.0; 0.0; 0.0 |], (grad prod (vector [ 0.0; 0.0; 3.0 ])).ToDoubles())
    let h = hessian prod (vector [ 0.0; 0.0; 3.0 ])
    Assert.Equal<float[]>([| 0.0; 3.0; 0.0; 3.0; 0.0; 0.0; 0.0; 0.0; 0.0 |], h.ToDoubles())
    let j = jacobian (cumprod 0) (vector [ 2.0; 0.0; 3.0 ])
    Assert.Equal<float[]>([| 1.0; 0.0; 0.0; 0.0; 2.0; 0.0; 0.0; 6.0; 0.0 |], j.ToDoubles())

[<Fact>]
let ``logSumExp and softmax of huge, infinite and equal values`` () =
    number 1e-15 (1000.0 + log 2.0) (logSumExp [ 0 ] (vector [ 1000.0; 1000.0 ]))
    number 0.0 -inf (logSumExp [ 0 ] (vector [ -inf; -inf ]))
    number 1e-15 1.0 (logSumExp [ 0 ] (vector [ -inf; 1.0 ]))
    number 0.0 inf (logSumExp [ 0 ] (vector [ inf; 1.0 ]))
    number 0.0 nan (logSumExp [ 0 ] (vector [ nan; 1.0 ]))
    values "softmax" [ 1.0; 0.0; 0.0 ] (softmax 0) [ 1e30; 0.0; -1e30 ]
    values "softmax" [ 0.0; 0.5; 0.5 ] (softmax 0) [ -inf; 2.0; 2.0 ]
    values "logSoftmax" [ 0.0; -1e4 ] (logSoftmax 0) [ 1e4; 0.0 ]
    Assert.Equal<float[]>([| 0.0; 1.0 |], (grad (logSumExp [ 0 ]) (vector [ -inf; 1.0 ])).ToDoubles())
    closeValues "gradient" 1e-15 [| 0.5; 0.5 |] ((grad (logSumExp [ 0 ]) (vector [ 1e3; 1e3 ])).ToDoubles())

[<Fact>]
let ``empty tensors`` () =
    let none: Tensor = f64 [ 0 ] []
    number 0.0 0.0 (sum none)
    number 0.0 1.0 (prod none)
    number 0.0 nan (mean none)
    Assert.Equal("bool[]", string (any (less none none)).Type)
    number 0.0 0.0 (any (less none none))
    number 0.0 1.0 (all (less none none))
    throws "DF0105" (fun () -> amax none)
    throws "DF0105" (fun () -> argmin 0 none)
    Assert.Equal("float64[0]", string (grad (fun x -> sum (x * x)) none).Type)
    Assert.Equal("float64[0, 3]", string (vmap (fun (x: Tensor) -> 2.0 * x) (f64 [ 0; 3 ] [])).Type)
    Assert.Equal("float64[2, 0]", string (jacobian (fun x -> broadcastTo [ 2 ] (sum x)) none).Type)
    number 0.0 0.0 (sum (matmul (f64 [ 2; 0 ] []) (f64 [ 0; 3 ] [])))
    Assert.Equal("[]", Format.values DType.Float64 none.Shape (fun _ -> 0.0))
    Assert.Equal<string>("tensor([], float64, shape [0])", string none)
