/// Scatter, several indices, order and search: definitions by loops, published examples, ties and NaN.
module DeepFun.Core.Tests.Primitives.SelectionTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

module N = DeepFun.Core.Tests.Naive

let private ints (sizes: int list) (values: int list) : Tensor = Tensor.ofArray sizes (Array.ofList values)
let private naive = Steps.naive
let private near = Steps.near 0.0

/// x [pre, n, post] with updates [pre, I, post] meeting in the order of the indices.
let private scattered (meet: float -> float -> float) axis (places: N.Naive) (updates: N.Naive) (x: N.Naive) : N.Naive =

    N.make x.Sizes (fun i ->
        (N.get x i, N.indices places.Sizes)
        ||> List.fold (fun v k ->
            if int (N.get places k) = i[axis] then
                meet v (N.get updates (List.take axis i @ k @ List.skip (axis + 1) i))
            else
                v))

let private scatterings: (string * (int -> Tensor -> Tensor -> Tensor -> Tensor) * (float -> float -> float)) list =
    [ "set", scatterSet, (fun _ u -> u); "max", scatterMax, max; "min", scatterMin, min ]

[<Fact>]
let ``scatter is a loop over the indices`` () =
    for name, f, meet in scatterings do
        for sizes, axis, shape in
            [
                [ 5 ], 0, [ 3 ]
                [ 4; 3 ], 0, [ 2; 3 ]
                [ 2; 4; 3 ], 1, [ 6 ]
                [ 3; 4 ], 1, []
                [ 3; 2 ], 0, [ 0 ]
                [ 2; 0 ], 0, [ 2 ]
            ] do
            let r = seeded $"{name} %A{sizes}"
            let x = uniform r sizes
            let places = ints shape (List.init (sizeOf shape) (fun _ -> r.Next sizes[axis]))
            let updates = uniform r (List.take axis sizes @ shape @ List.skip (axis + 1) sizes)
            near $"{name} %A{sizes}" (scattered meet axis (naive places) (naive updates) (naive x)) (f axis places updates x)

            near
                $"{name}, int64"
                (scattered meet axis (naive places) (naive updates) (naive x))
                (f axis (cast DType.Int64 places) updates x)

            if x.Size > 0 then
                Checks.all $"{name} of x" (f axis places updates) x

            if updates.Size > 0 then
                Checks.all $"{name} of updates" (fun u -> f axis places u x) updates

        // Whole numbers, to their ends.
        let x = ints [ 3 ] [ Int32.MinValue; 5; Int32.MaxValue ]
        let updates = ints [ 3 ] [ Int32.MinValue; Int32.MaxValue; Int32.MinValue ]
        let places = ints [ 3 ] [ 1; 0; 2 ]
        near $"{name} of int32" (scattered meet 0 (naive places) (naive updates) (naive x)) (f 0 places updates x)
        let bytes = cast DType.UInt8 (ints [ 2 ] [ 7; 200 ])

        near
            $"{name} of uint8"
            (scattered meet 0 (naive (ints [ 1 ] [ 1 ])) (N.make [ 1 ] (fun _ -> 100.0)) (naive bytes))
            (f 0 (ints [ 1 ] [ 1 ]) (cast DType.UInt8 (ints [ 1 ] [ 100 ])) bytes)

        throws "DF0103" (fun () -> f 0 (ints [ 1 ] [ 3 ]) (vector [ 1.0 ]) (vector [ 1.0; 2.0 ]))
        throws "DF0124" (fun () -> f 0 (ints [ 1 ] [ 0 ]) (vector [ 1.0; 2.0 ]) (vector [ 1.0; 2.0 ]))

[<Fact>]
let ``scatter along an axis undoes takeAlong`` () =
    let x = uniform (seeded "x") [ 3; 5 ]
    let order = argsort 1 x
    close "set" 0.0 x (scatterSetAlong 1 order (takeAlong 1 order x) (zerosLike x))
    // numpy.put_along_axis, the example of its page.
    let a = ints [ 2; 3 ] [ 10; 30; 20; 60; 40; 50 ]
    let put = scatterSetAlong 1 (ints [ 2; 1 ] [ 1; 0 ]) (ints [ 2; 1 ] [ 99; 99 ]) a
    Assert.Equal<int[]>([| 10; 99; 20; 99; 40; 50 |], put.ToArray<int>())
    let places = ints [ 2; 3 ] [ 1; 1; 0; 2; 0; 2 ]
    let updates = uniform (seeded "u") [ 2; 3 ]
    let y = uniform (seeded "y") [ 2; 3 ]

    for name, f, meet in [ "set", scatterSetAlong, (fun _ u -> u); "max", scatterMaxAlong, max; "min", scatterMinAlong, min ] do
        let expected = Array.copy (y.ToDoubles())

        for row in 0..1 do
            for k in 0..2 do
                let at = 3 * row + (places.ToArray<int>())[3 * row + k]
                expected[at] <- meet expected[at] ((updates.ToDoubles())[3 * row + k])

        closeValues name 0.0 expected ((f 1 places updates y).ToDoubles())
        Checks.all $"{name} along" (fun u -> f 1 places u y) updates
        throws "DF0124" (fun () -> f 1 places updates (uniform (seeded "z") [ 3; 3 ]))

[<Fact>]
let ``ties of scattered maxima share, and NaN wins`` () =
    let g: Tensor * Tensor =
        grad (fun (x, u) -> sum (scatterMax 0 (ints [ 3 ] [ 0; 0; 1 ]) u x)) (vector [ 2.0; 1.0 ], vector [ 2.0; 2.0; 0.0 ])

    closeValues "x" 1e-15 [| 1.0 / 3.0; 1.0 |] ((fst g).ToDoubles())
    closeValues "updates" 1e-15 [| 1.0 / 3.0; 1.0 / 3.0; 0.0 |] ((snd g).ToDoubles())
    closeValues "NaN" 0.0 [| nan; nan |] ((scatterMin 0 (ints [ 1 ] [ 0 ]) (vector [ nan ]) (vector [ 1.0; nan ])).ToDoubles())
    // The derivative of a set goes to the last update alone.
    let s: Tensor * Tensor =
        grad (fun (x, u) -> sum (scatterSet 0 (ints [ 2 ] [ 0; 0 ]) u x)) (vector [ 2.0; 1.0 ], vector [ 5.0; 6.0 ])

    closeValues "set x" 0.0 [| 0.0; 1.0 |] ((fst s).ToDoubles())
    closeValues "set updates" 0.0 [| 0.0; 1.0 |] ((snd s).ToDoubles())

[<Fact>]
let ``several indices at once`` () =
    let x = uniform (seeded "x") [ 3; 4; 2 ]
    let i, j = ints [ 2; 1 ] [ 2; 0 ], ints [ 3 ] [ 3; 1; 1 ]

    let expected = N.make [ 2; 3; 2 ] (fun at -> N.get (naive x) [ (if at[0] = 0 then 2 else 0); [ 3; 1; 1 ][at[1]]; at[2] ])
    near "takeAt" expected (takeAt [ i; j ] x)
    near "int64" expected (takeAt [ cast DType.Int64 i; j ] x)
    close "one" 0.0 (take 0 j (moveAxis 1 0 x)) (takeAt [ j ] (moveAxis 1 0 x))
    close "all axes" 0.0 (item 0 1 (item 0 2 (item 0 1 x))) (takeAt [ ints [] [ 1 ]; ints [] [ 2 ]; ints [] [ 1 ] ] x)
    Checks.all "takeAt" (takeAt [ i; j ]) x
    let u = uniform (seeded "u") [ 2; 3; 2 ]
    closeValues "transposed" 1e-12 [| inner (takeAt [ i; j ] x) u |] [| inner (scatterAddAt [ i; j ] u (zerosLike x)) x |]
    Checks.all "scatterAddAt" (fun u -> scatterAddAt [ i; j ] u x) u
    close "set" 0.0 (takeAt [ i; j ] (scatterSetAt [ i; j ] (scalar 7.0) x)) (fullLike 7.0 u)
    Checks.all "scatterSetAt" (fun u -> scatterSetAt [ i; j ] u x) u
    // A place outside one axis must not become one of another row.
    throws "DF0103" (fun () -> takeAt [ ints [] [ 0 ]; ints [] [ 4 ] ] x)
    throws "DF0103" (fun () -> takeAt [ ints [] [ 1 ]; ints [] [ -1 ] ] x)
    throws "DF0152" (fun () -> takeAt [] x)
    throws "DF0152" (fun () -> takeAt [ i; i; i; i ] x)
    throws "DF0203" (fun () -> takeAt [ scalar 1.0 ] x)

[<Fact>]
let ``the first k of an order`` () =
    let x = vector [ 3.0; nan; 5.0; 1.0; 5.0; -infinity ]
    let values, places = topK 3 0 x
    closeValues "topK" 0.0 [| 5.0; 5.0; 3.0 |] (values.ToDoubles())
    Assert.Equal<int[]>([| 2; 4; 0 |], places.ToArray<int>())
    let values, places = bottomK 6 0 x
    closeValues "bottomK" 0.0 [| -infinity; 1.0; 3.0; 5.0; 5.0; nan |] (values.ToDoubles())
    Assert.Equal<int[]>([| 5; 3; 0; 2; 4; 1 |], places.ToArray<int>())
    Assert.Equal<int>([ 0 ], (fst (topK 0 0 x)).Shape)

    closeValues
        "derivative"
        0.0
        [| 0.0; 0.0; 1.0; 0.0 |]
        ((grad (fun x -> sum (fst (topK 1 0 x))) (vector [ 1.0; 2.0; 4.0; 4.0 ])).ToDoubles())

    Checks.all "topK" (fun x -> fst (topK 2 1 x)) (uniform (seeded "topK") [ 3; 5 ])
    throws "DF0126" (fun () -> topK 7 0 x)

[<Fact>]
let ``search counts what is below`` () =
    // numpy.searchsorted and torch.bucketize, the examples of their pages.
    let a = vector [ 11.0; 12.0; 13.0; 14.0; 15.0 ]
    number 0.0 2.0 (searchSorted a (scalar 13.0))
    number 0.0 3.0 (searchSortedRight a (scalar 13.0))
    Assert.Equal<int[]>([| 0; 5; 1; 2 |], (searchSorted a (vector [ -10.0; 20.0; 12.0; 13.0 ])).ToArray<int>())
    let edges, v = ints [ 5 ] [ 1; 3; 5; 7; 9 ], ints [ 2; 3 ] [ 3; 6; 9; 3; 6; 9 ]
    Assert.Equal<int[]>([| 1; 3; 4; 1; 3; 4 |], (bucketize false edges v).ToArray<int>())
    Assert.Equal<int[]>([| 2; 3; 5; 2; 3; 5 |], (bucketize true edges v).ToArray<int>())

    for n in 0..9 do
        let sorted = vector [ for i in 0 .. n - 1 -> float (i / 2) ]
        let x = [ -1.0; 0.0; 0.5; 1.0; 2.0; 3.5; 4.0; 9.0; infinity; -infinity ]
        let below f = [| for v in x -> sorted.ToDoubles() |> Array.filter (fun s -> f s v) |> Array.length |> float |]
        closeValues $"left {n}" 0.0 (below (<)) ((searchSorted sorted (vector x)).ToDoubles())
        closeValues $"right {n}" 0.0 (below (<=)) ((searchSortedRight sorted (vector x)).ToDoubles())

    // NaN is above all, and sorted last.
    let withNaN = vector [ 1.0; 2.0; nan; nan ]

    closeValues
        "NaN"
        0.0
        [| 2.0; 4.0; 2.0 |]
        [| for f, v in [ searchSorted, nan; searchSortedRight, nan; searchSorted, 5.0 ] -> (f withNaN (scalar v)).ToDouble() |]

    let rows, values = f64 [ 2; 3 ] [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 ], f64 [ 2; 2 ] [ 2.5; 0.0; 2.5; 9.0 ]
    Assert.Equal<int[]>([| 2; 0; 0; 3 |], (searchSorted rows values).ToArray<int>())
    Assert.Equal<int[]>([| 2; 0; 0; 3 |], (vmap (fun (s: Tensor, v: Tensor) -> searchSorted s v) (rows, values)).ToArray<int>())
    throws "DF0153" (fun () -> searchSorted rows (vector [ 1.0 ]))
    throws "DF0153" (fun () -> bucketize false rows values)
