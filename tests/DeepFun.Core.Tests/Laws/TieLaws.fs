/// Derivatives where extrema tie: shared equally in reductions and scattering, taken from the nearest place in running extrema.
module DeepFun.Core.Tests.Laws.TieLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// The tangent of the result, forward, and the cotangent of the operand, reverse.
let private expect what (f: Tensor -> Tensor) (x: Tensor) (dx: float list) (forward: float list) (ct: float list) (reverse: float list) =
    let shaped (like: Tensor) (values: float list) = reshape like.Shape (vector values)
    let y, tangent = jvp f x (shaped x dx)
    closeValues $"{what}, forward" 1e-14 (Array.ofList forward) (tangent.ToDoubles())
    let _, pull = vjp f x
    closeValues $"{what}, reverse" 1e-14 (Array.ofList reverse) ((pull (shaped y ct)).ToDoubles())

[<Fact>]
let ``reductions share among ties`` () =
    let x = f64 [ 2; 3 ] [ 4.0; 4.0; 1.0; 2.0; 2.0; 2.0 ]
    let dx = [ 1.0; 3.0; 100.0; 3.0; 6.0; 9.0 ]

    expect
        "max"
        (fun x -> Tensor.Bind(Prim.Reduce(Reduce.Max [| 1 |]), [| x |]))
        x
        dx
        [ 2.0; 6.0 ]
        [ 2.0; 3.0 ]
        [ 1.0; 1.0; 0.0; 1.0; 1.0; 1.0 ]

    expect
        "min"
        (fun x -> Tensor.Bind(Prim.Reduce(Reduce.Min [| 1 |]), [| -x |]))
        x
        dx
        [ -2.0; -6.0 ]
        [ 2.0; 3.0 ]
        [ -1.0; -1.0; 0.0; -1.0; -1.0; -1.0 ]

    // Over both axes only the first two tie.
    expect
        "max of all"
        (fun x -> Tensor.Bind(Prim.Reduce(Reduce.Max [| 0; 1 |]), [| x |]))
        x
        dx
        [ 2.0 ]
        [ 2.0 ]
        [ 1.0; 1.0; 0.0; 0.0; 0.0; 0.0 ]

[<Fact>]
let ``scattered maxima share among the operand and the updates that tie`` () =
    let scatter (x: Tensor) (updates: Tensor) =
        let places = Tensor.ofArray [ 4 ] [| 0; 0; 1; 1 |]
        Tensor.Bind(Prim.Index(Indexed.ScatterMax 0), [| x; places; updates |])

    // At 0 the operand and two updates tie, at 1 two updates win, at 2 nothing came.
    let x, updates = vector [ 5.0; 1.0; 7.0 ], vector [ 5.0; 5.0; 3.0; 3.0 ]
    let ct = [ 6.0; 10.0; 1.0 ]
    expect "in the operand" (fun x -> scatter x updates) x [ 3.0; 100.0; 2.0 ] [ 1.0; 0.0; 2.0 ] ct [ 2.0; 0.0; 1.0 ]
    expect "in the updates" (scatter x) updates [ 3.0; 6.0; 4.0; 8.0 ] [ 3.0; 6.0; 0.0 ] ct [ 2.0; 2.0; 5.0; 5.0 ]

[<Fact>]
let ``running extrema follow the nearest of tied places`` () =
    let running op reverse (x: Tensor) = Tensor.Bind(Prim.Along(op (0, reverse)), [| x |])
    let x = vector [ 1.0; 3.0; 3.0; 2.0 ]
    let dx = [ 1.0; 10.0; 100.0; 1000.0 ]
    let ones = [ 1.0; 1.0; 1.0; 1.0 ]
    expect "cummax" (running Along.CumulativeMax false) x dx [ 1.0; 10.0; 100.0; 100.0 ] ones [ 1.0; 1.0; 2.0; 0.0 ]
    expect "cummax in reverse" (running Along.CumulativeMax true) x dx [ 10.0; 10.0; 100.0; 1000.0 ] ones [ 0.0; 2.0; 1.0; 1.0 ]

    let negated op reverse (x: Tensor) = running op reverse -x
    let minus = List.map (fun v -> -v)
    expect "cummin" (negated Along.CumulativeMin false) x dx (minus [ 1.0; 10.0; 100.0; 100.0 ]) ones (minus [ 1.0; 1.0; 2.0; 0.0 ])

    expect
        "cummin in reverse"
        (negated Along.CumulativeMin true)
        x
        dx
        (minus [ 10.0; 10.0; 100.0; 1000.0 ])
        ones
        (minus [ 0.0; 2.0; 1.0; 1.0 ])
