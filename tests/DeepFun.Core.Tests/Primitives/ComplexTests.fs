/// Complex numbers against .NET's, their edges, and their derivatives against differences.
module DeepFun.Core.Tests.Primitives.ComplexTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

type private C = System.Numerics.Complex

let private total (values: C seq) = Seq.fold (+) C.Zero values

let private of' (values: C list) : Complex = Complex.ofArray [ values.Length ] (Array.ofList values)

/// All quadrants, both axes.
let private points =
    [
        for r in [ 0.3; 1.0; 2.5 ] do
            for angle in [ 0.4; 1.9; 2.8; -0.7; -2.1; -3.0 ] -> C.FromPolarCoordinates(r, angle)
    ]
    @ [ C(2.0, 0.0); C(0.0, 1.5); C(0.0, -0.5); C(-1.5, 0.0) ]

[<Fact>]
let ``functions are those of .NET, and holomorphic`` () =
    let functions: (string * (Complex -> Complex) * (C -> C)) list =
        [
            "exp", exp, C.Exp
            "log", log, C.Log
            "sqrt", sqrt, C.Sqrt
            "sin", sin, C.Sin
            "cos", cos, C.Cos
            "sinh", sinh, C.Sinh
            "cosh", cosh, C.Cosh
            "tanh", tanh, C.Tanh
            "negate", (~-), (fun z -> -z)
            "cube", (fun z -> Complex.Pow(z, 3.0)), (fun z -> z * z * z)
            "reciprocal", (fun z -> 1.0 / z), C.Reciprocal
            "half power", (fun z -> Complex.Pow(z, 0.5)), C.Sqrt
            "mixed", (fun z -> (z * 2.0 - 1.0) / (3.0 - z) + 0.5 * z), (fun z -> (z * 2.0 - C.One) / (C(3.0, 0.0) - z) + 0.5 * z)
        ]

    let z = of' points
    let off = of' (points |> List.map (fun p -> p * C.FromPolarCoordinates(1.0, 0.05)))

    for name, f, g in functions do
        Checks.complex name 1e-14 (List.map g points) (f z)
        let pairs = Complex.toPairs off
        Checks.all name (Checks.paired f) pairs
        // Cauchy and Riemann: the derivative along i is i times that along 1.
        let along (re: float) (im: float) =
            let d: Complex = { Re = fullLike re off.Re; Im = fullLike im off.Im }
            snd (jvp f off d)

        Checks.complex
            $"{name}, Cauchy-Riemann"
            1e-12
            ((along 1.0 0.0).ToArray() |> Array.map (fun d -> d * C.ImaginaryOne))
            (along 0.0 1.0)

[<Fact>]
let ``arithmetic broadcasts and mixes with real numbers`` () =
    let z, w = of' points, of' (List.rev points)
    let pairs = List.zip points (List.rev points)
    Checks.complex "plus" 0.0 [ for a, b in pairs -> a + b ] (z + w)
    Checks.complex "minus" 0.0 [ for a, b in pairs -> a - b ] (z - w)
    Checks.complex "times" 1e-15 [ for a, b in pairs -> a * b ] (z * w)
    Checks.complex "divided" 1e-15 [ for a, b in pairs -> a / b ] (z / w)
    Checks.complex "to the power" 1e-13 [ for a, b in pairs -> C.Pow(a, b) ] (Complex.Pow(z, w))
    let x = scalar 2.0
    Checks.complex "real tensors" 1e-15 [ for a in points -> (2.0 / (a + C(2.0, 0.0)) - C(2.0, 0.0)) * 2.0 ] ((x / (z + x) - x) * x)

    Checks.complex
        "real tensors on the left"
        1e-15
        [ for a in points -> 2.0 * (C(2.0, 0.0) + (C(2.0, 0.0) - a)) / 2.0 ]
        (x * (x + (x - z)) / x)

    Checks.complex "numbers" 1e-15 [ for a in points -> 1.0 + (2.0 - a) / 4.0 - 3.0 ] (1.0 + (2.0 - z) / 4.0 - 3.0)
    let column = Complex.map (reshape [ 2; 1 ]) (of' [ C(1.0, 1.0); C(0.0, 2.0) ])
    Assert.Equal<int>([ 2; 22 ], (column * z).Shape)
    Assert.Equal(DType.Float32, (Complex.ofReal (Tensor.arange 3)).DType)

[<Fact>]
let ``modulus, argument and polar form`` () =
    let z = of' points
    closeValues "abs" 1e-15 [| for p in points -> p.Magnitude |] ((Complex.abs z).ToDoubles())
    closeValues "squaredAbs" 1e-15 [| for p in points -> p.Magnitude * p.Magnitude |] ((Complex.squaredAbs z).ToDoubles())
    closeValues "angle" 1e-15 [| for p in points -> p.Phase |] ((Complex.angle z).ToDoubles())
    Checks.complex "polar" 1e-15 points (Complex.polar (Complex.abs z) (Complex.angle z))
    Checks.complex "cis" 1e-15 [ for p in points -> p / p.Magnitude ] (Complex.cis (Complex.angle z))
    Checks.complex "conj" 0.0 (points |> List.map C.Conjugate) (Complex.conj z)

    Checks.complex
        "where"
        0.0
        [ C.Zero; C.One ]
        (Complex.where (Tensor.ofArray [ 2 ] [| false; true |]) (of' [ C.One; C.One ]) (of' [ C.Zero; C.Zero ]))

    Checks.complex "pairs" 0.0 points (Complex.ofPairs (Complex.toPairs z))
    Checks.complex "stack" 0.0 (points @ points) (Complex.mapMany (concat 0) [ z; z ])
    Assert.Contains("+ i", string (of' [ C.One ]))

[<Fact>]
let ``products of matrices and vectors`` () =
    let random text sizes = let r = seeded text in Complex.create (uniform r sizes) (uniform r sizes)
    let a, b = random "a" [ 2; 3; 4 ], random "b" [ 4; 2 ]
    let at (z: Complex) (i: int list) = (Complex.map (fun t -> List.fold (fun t k -> item 0 k t) t i) z).ToArray()[0]

    let expected =
        [
            for n in 0..1 do
                for i in 0..2 do
                    for j in 0..1 -> total (seq { for k in 0..3 -> at a [ n; i; k ] * at b [ k; j ] })
        ]

    Checks.complex "matmul" 1e-15 expected (Complex.matmul a b)
    let u, v = random "u" [ 3 ], random "v" [ 3 ]
    Checks.complex "dot" 1e-15 [ total (Seq.map2 (fun p q -> C.Conjugate p * q) (u.ToArray()) (v.ToArray())) ] (Complex.dot u v)

    Checks.complex
        "outer"
        1e-15
        [
            for p in u.ToArray() do
                for q in v.ToArray() -> p * q
        ]
        (Complex.outer u v)

    Checks.complex
        "adjoint"
        0.0
        [
            for j in 0..1 do
                for i in 0..3 -> C.Conjugate(at b [ i; j ])
        ]
        (Complex.adjoint b)

    Checks.all "matmul" (Checks.paired (fun z -> Complex.matmul z b)) (Complex.toPairs (Complex.map (item 0 0) a))

[<Fact>]
let ``nothing overflows, and 0 has the derivatives that are documented`` () =
    Checks.complex
        "quotient"
        1e-15
        [ C(1.0, 0.0); C(0.0, 1.0) ]
        (of' [ C(1e300, 1e300); C(1e-300, -1e-300) ] / of' [ C(1e300, 1e300); C(-1e-300, -1e-300) ])

    Checks.complex "tanh" 1e-15 [ C.One ] (tanh (of' [ C(1000.0, 1.0) ]))
    Checks.complex "sqrt" 1e-15 [ C(1e150, 0.0); C(0.0, 1e150) ] (sqrt (of' [ C(1e300, 0.0); C(-1e300, 0.0) ]))
    let zero = of' [ C.Zero ]
    Checks.complex "0 to powers" 0.0 [ C.Zero; C.One ] (Complex.Pow(of' [ C.Zero; C.Zero ], of' [ C(2.0, 1.0); C.Zero ]))
    Checks.complex "sqrt 0" 0.0 [ C.Zero ] (sqrt zero)
    Checks.complex "log 0" 0.0 [ C(-infinity, 0.0) ] (log zero)
    let gradient f : Complex = grad (fun z -> sum (f z)) zero
    Checks.complex "abs" 0.0 [ C.Zero ] (gradient Complex.abs)
    Checks.complex "sqrt'" 0.0 [ C.Zero ] (gradient (fun z -> (sqrt z).Re))
    Checks.complex "power'" 0.0 [ C.Zero ] (gradient (fun z -> Complex.Pow(z, 2.0).Re))
    Checks.complex "angle'" 0.0 [ C(nan, nan) ] (gradient Complex.angle)
    // On the cut the values belong to the upper side.
    Checks.complex "sqrt on the cut" 1e-15 [ C(0.0, 2.0) ] (sqrt (of' [ C(-4.0, 0.0) ]))
    let d = snd (jvp sqrt (of' [ C(-1.0, 0.0) ]) (of' [ C(0.0, 1.0) ]))
    Checks.complex "its derivative there" 1e-15 [ C(0.5, 0.0) ] d

[<Fact>]
let ``a tree by itself`` () =
    // The gradient of |z - w|² in z is 2 (z - w).
    let z, w = of' points, of' (List.rev points)

    Checks.complex
        "descent"
        1e-14
        [ for a, b in List.zip points (List.rev points) -> 2.0 * (a - b) ]
        (grad (fun z -> sum (Complex.squaredAbs (z - w))) z)

    Checks.complex "vmap" 1e-15 [ for p in points -> p * p ] (vmap (fun (z: Complex) -> z * z) z)
    // The Jacobian of a product by a number is its matrix of a rotation and a scaling.
    let j =
        jacobian (Checks.paired (fun z -> z * of' [ C(3.0, 4.0) ])) (Complex.toPairs (of' [ C(1.0, 2.0) ])) |> reshape [ 2; 2 ]

    close "rotation" 0.0 (f64 [ 2; 2 ] [ 3.0; -4.0; 4.0; 3.0 ]) j
