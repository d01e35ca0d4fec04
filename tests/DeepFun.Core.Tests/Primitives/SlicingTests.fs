/// F#'s slices and C#'s places against the elements that they name.
module DeepFun.Core.Tests.Primitives.SlicingTests

open System
open DeepFun
open DeepFun.FSharp
open Xunit

/// The element at i, j, k is the number ijk.
let private sizes = [ 4; 5; 6 ]

let private x =
    Tensor.ofArray
        sizes
        [|
            for i in 0..3 do
                for j in 0..4 do
                    for k in 0..5 -> float (100 * i + 10 * j + k)
        |]

/// What these indices of the three axes name, under a shape.
let private names (shape: int list) (is: int list) (js: int list) (ks: int list) (actual: Tensor) =
    Assert.Equal<int>(shape, actual.Shape)

    let expected =
        [|
            for i in is do
                for j in js do
                    for k in ks -> float (100 * i + 10 * j + k)
        |]

    Assert.Equal<float>(expected, actual.ToDoubles())

let private is, js, ks = [ 0..3 ], [ 0..4 ], [ 0..5 ]

[<Fact>]
let ``one index takes away its axis`` () =
    x[2] |> names [ 5; 6 ] [ 2 ] js ks
    x[-1] |> names [ 5; 6 ] [ 3 ] js ks
    x[1, 2] |> names [ 6 ] [ 1 ] [ 2 ] ks
    x[-4, 0, -1] |> names [] [ 0 ] [ 0 ] [ 5 ]
    Assert.Equal(123.0, float x[1, 2, 3])
    let four = Tensor.ofArray [ 1; 2; 1; 2 ] [| 1.0; 3.0; 5.0; 7.0 |]
    Assert.Equal(7.0, float four[0, 1, 0, 1])

[<Fact>]
let ``ranges hold both bounds, negative ones from the end`` () =
    x[1..2] |> names [ 2; 5; 6 ] [ 1; 2 ] js ks
    x[1..] |> names [ 3; 5; 6 ] [ 1; 2; 3 ] js ks
    x[.. -2] |> names [ 3; 5; 6 ] [ 0; 1; 2 ] js ks
    x[-2 .. -1] |> names [ 2; 5; 6 ] [ 2; 3 ] js ks
    x[2..1] |> names [ 0; 5; 6 ] [] js ks
    x[4..] |> names [ 0; 5; 6 ] [] js ks

[<Fact>]
let ``ranges and indices mix in every place`` () =
    x[*, 1..2] |> names [ 4; 2; 6 ] is [ 1; 2 ] ks
    x[*, 0] |> names [ 4; 6 ] is [ 0 ] ks
    x[0, 1..] |> names [ 4; 6 ] [ 0 ] [ 1..4 ] ks
    x[1.., 3, *] |> names [ 3; 6 ] [ 1; 2; 3 ] [ 3 ] ks
    x[1.., 3, ..2] |> names [ 3; 3 ] [ 1; 2; 3 ] [ 3 ] [ 0..2 ]
    x[-1, *, 2] |> names [ 5 ] [ 3 ] js [ 2 ]
    x[0, 1, 2..3] |> names [ 2 ] [ 0 ] [ 1 ] [ 2; 3 ]
    x[2.., 0..0, -2] |> names [ 2; 1 ] [ 2; 3 ] [ 0 ] [ 4 ]
    x[1..2, 1..2, 1..2] |> names [ 2; 2; 2 ] [ 1; 2 ] [ 1; 2 ] [ 1; 2 ]
    x[2, 1.., ..0] |> names [ 4; 1 ] [ 2 ] [ 1..4 ] [ 0 ]
    x[1.., 1.., 3] |> names [ 3; 4 ] [ 1..3 ] [ 1..4 ] [ 3 ]

/// Sixteen ways to take an axis of four or not: x read along a leading axis of size 1 and three of its own.
[<Fact>]
let ``four places work`` () =
    let y = expandDims 0 x
    y[0, 1, 2, 3..] |> names [ 3 ] [ 1 ] [ 2 ] [ 3; 4; 5 ]
    y[0, 1, 2.., 3] |> names [ 3 ] [ 1 ] [ 2; 3; 4 ] [ 3 ]
    y[0, 1.., 2, 3] |> names [ 3 ] [ 1; 2; 3 ] [ 2 ] [ 3 ]
    y[*, 1, 2, 3] |> names [ 1 ] [ 1 ] [ 2 ] [ 3 ]
    y[0, 1, 3.., 3..] |> names [ 2; 3 ] [ 1 ] [ 3; 4 ] [ 3; 4; 5 ]
    y[0, 2.., 1, ..1] |> names [ 2; 2 ] [ 2; 3 ] [ 1 ] [ 0; 1 ]
    y[0, 2.., ..1, 1] |> names [ 2; 2 ] [ 2; 3 ] [ 0; 1 ] [ 1 ]
    y[*, 1, 2, ..1] |> names [ 1; 2 ] [ 1 ] [ 2 ] [ 0; 1 ]
    y[*, 1, ..1, 2] |> names [ 1; 2 ] [ 1 ] [ 0; 1 ] [ 2 ]
    y[*, ..1, 1, 2] |> names [ 1; 2 ] [ 0; 1 ] [ 1 ] [ 2 ]
    y[0, ..1, ..1, ..1] |> names [ 2; 2; 2 ] [ 0; 1 ] [ 0; 1 ] [ 0; 1 ]
    y[*, 3, ..1, ..1] |> names [ 1; 2; 2 ] [ 3 ] [ 0; 1 ] [ 0; 1 ]
    y[*, ..1, 3, ..1] |> names [ 1; 2; 2 ] [ 0; 1 ] [ 3 ] [ 0; 1 ]
    y[*, ..1, ..1, 3] |> names [ 1; 2; 2 ] [ 0; 1 ] [ 0; 1 ] [ 3 ]
    y[*, ..1, ..1, ..1] |> names [ 1; 2; 2; 2 ] [ 0; 1 ] [ 0; 1 ] [ 0; 1 ]

[<Fact>]
let ``ranges have steps, down from their last element too`` () =
    let every step (range: Range) = x[[| Slice.Every(step, range) |]]
    let all = Range.All
    every 2 all |> names [ 2; 5; 6 ] [ 0; 2 ] js ks
    every 3 all |> names [ 2; 5; 6 ] [ 0; 3 ] js ks
    every -1 all |> names [ 4; 5; 6 ] [ 3; 2; 1; 0 ] js ks
    every -2 all |> names [ 2; 5; 6 ] [ 3; 1 ] js ks
    every -3 (Range(Index 0, Index 3)) |> names [ 1; 5; 6 ] [ 2 ] js ks
    every -2 (Range(Index 2, Index 2)) |> names [ 0; 5; 6 ] [] js ks
    every 5 (Range(Index 1, Index(1, true))) |> names [ 1; 5; 6 ] [ 1 ] js ks

[<Fact>]
let ``the derivative of a slice is zero outside it`` () =
    let d = grad (fun (x: Tensor) -> sum (x[1.., 3, ..2] * 2.0)) x

    for i in is do
        for j in js do
            for k in ks do
                Assert.Equal((if i >= 1 && j = 3 && k <= 2 then 2.0 else 0.0), float d[i, j, k])

[<Fact>]
let ``slices under vmap leave the mapped axis alone`` () =
    let f (x: Tensor) = x[1.., -1]
    Assert.Equal<float>((stack 0 [ for i in is -> f x[i] ]).ToDoubles(), (vmap f x).ToDoubles())
