/// Rows whose shapes, axes and geometries are drawn: many sizes of 0 and 1, every rank. The seed is fixed, so that a failure comes again.
module internal DeepFun.Core.Tests.Laws.RandomRows

open System
open DeepFun
open DeepFun.Backends
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Row

let private r = Random 20261126
let private pick (xs: 'a list) = xs[r.Next xs.Length]
let private chance p = r.NextDouble() < p
let private between low high = r.Next(low, high + 1)

/// Sizes of so many axes, not many elements.
let rec private sizes rank : int list =
    let s = List.init rank (fun _ -> pick [ 0; 1; 1; 2; 2; 3; 4 ])
    if List.fold (*) 1 s > 40 then sizes rank else s

let private someSizes () = sizes (pick [ 0; 1; 2; 2; 3; 3; 4 ])
let private ranked least = sizes (between least 4)
let private axes (s: int list) = [| 0 .. s.Length - 1 |] |> Array.filter (fun _ -> chance 0.5)

let private shuffled (xs: 'a[]) =
    let copy = Array.copy xs in
    r.Shuffle copy
    copy

let private named i name = $"{name} drawn {i}"

let private reductions =
    [
        for i in 1..8 do
            let s = someSizes ()
            let a = axes s
            make (named i "Sum") (Prim.Reduce(Reduce.Sum a)) [ smooth s ]
            make (named i "Product") (Prim.Reduce(Reduce.Product a)) [ operand Draw.someZeros s ]
            make (named i "Any") (Prim.Reduce(Reduce.Any a)) [ truth s ]
            make (named i "All") (Prim.Reduce(Reduce.All a)) [ truth s ]

            if a |> Array.forall (fun a -> s[a] > 0) then
                make (named i "Max") (Prim.Reduce(Reduce.Max a)) [ operand Draw.distinct s ]
                make (named i "Min") (Prim.Reduce(Reduce.Min a)) [ operand Draw.distinct s ]

        for i in 1..6 do
            let s = ranked 1
            let axis = r.Next s.Length
            let reverse = chance 0.5
            let along name draw op = make (named i name) (Prim.Along op) [ operand draw s ]
            along "CumulativeSum" (Draw.within -1.2 1.2) (Along.CumulativeSum(axis, reverse))
            along "CumulativeProduct" Draw.someZeros (Along.CumulativeProduct(axis, reverse))
            along "CumulativeMax" Draw.distinct (Along.CumulativeMax(axis, reverse))
            along "CumulativeMin" Draw.distinct (Along.CumulativeMin(axis, reverse))
            along "ArgSort" Draw.distinct (Along.ArgSort(axis, reverse))

            if s[axis] > 0 then
                make (named i "ArgMax") (Prim.Reduce(Reduce.ArgMax axis)) [ operand Draw.distinct s ]
                make (named i "ArgMin") (Prim.Reduce(Reduce.ArgMin axis)) [ operand Draw.distinct s ]
    ]

/// Starts, sizes and steps of a slice of an axis.
let private part n =
    if n = 0 then
        0, 0, 1
    else
        let step = pick [ 1; 2; 3; -1; -2 ]
        let start = r.Next n
        let most = if step > 0 then (n - 1 - start) / step + 1 else start / -step + 1
        start, between 0 most, step

let private movements =
    [
        for i in 1..8 do
            let s = someSizes ()
            let move name op = make (named i name) (Prim.Move op) [ smooth s ]
            // The same elements on other axes, and axes of 1 put in.
            let target = s |> Array.ofList |> shuffled |> List.ofArray |> List.collect (fun n -> if chance 0.3 then [ 1; n ] else [ n ])
            move "Reshape" (Move.Reshape(shapeOf target))
            move "Permute" (Move.Permute(shuffled [| 0 .. s.Length - 1 |]))
            let starts, counts, steps = s |> List.map part |> List.unzip3
            move "Slice" (Move.Slice(Array.ofList starts, shapeOf counts, Array.ofList steps))

            // Crops no more than there is.
            let low = s |> List.map (fun n -> between (if n > 1 then -1 else 0) 2)
            let high = s |> List.map (fun n -> between (if n > 2 then -1 else 0) 2)

            move
                "Pad"
                (Move.Pad
                    {
                        Low = Array.ofList low
                        High = Array.ofList high
                        Interior = s |> List.map (fun _ -> between 0 2) |> Array.ofList
                        Value = pick [ 0.0; 1.5 ]
                    })

            let wide = ranked 1
            let kept = axes wide
            let narrow = [ for a in kept -> if chance 0.3 then 1 else wide[a] ]
            make (named i "Broadcast") (Prim.Move(Move.Broadcast(shapeOf wide, kept))) [ smooth narrow ]
            let joined = ranked 1
            let axis = r.Next joined.Length
            let piece () = smooth (List.updateAt axis (between 0 2) joined)
            make (named i "Concat") (Prim.Move(Move.Concat axis)) (List.init (between 1 3) (fun _ -> piece ()))
    ]

let private indexing =
    [
        for i in 1..8 do
            let batch = sizes (between 0 2)
            let n = between 1 4
            let post = sizes (between 0 1)
            let places = sizes (between 0 2)
            let x = batch @ [ n ] @ post
            let index = fixedIn (pick [ DType.Int32; DType.Int64 ]) (Draw.integers 0 n) (batch @ places)
            make (named i "Gather") (Prim.Index(Indexed.Gather batch.Length)) [ smooth x; index ]
            make (named i "ScatterAdd") (Prim.Index(Indexed.ScatterAdd batch.Length)) [ smooth x; index; smooth (batch @ places @ post) ]
    ]

let private contractions =
    [
        for i in 1..6 do
            let batch = sizes (between 0 2)
            let m, k, n = between 0 3, between 0 3, between 0 3
            make (named i "MatMul") (Prim.Contract Contract.MatMul) [ smooth (batch @ [ m; k ]); smooth (batch @ [ k; n ]) ]

        for i in 1..6 do
            let rank = pick [ 1; 1; 2; 2; 3 ]
            let each f = Array.init rank (fun _ -> f ())
            let kernel = each (fun () -> between 1 3)
            let dilations = each (fun () -> between 1 2)
            let low, high = each (fun () -> between 0 2), each (fun () -> between 0 1)
            // Long enough for one window.
            let input = Array.init rank (fun a -> max 1 (dilations[a] * (kernel[a] - 1) + 1 - low[a] - high[a]) + between 0 2)
            let groups = between 1 2
            let spec = ConvolutionSpec(input, kernel, each (fun () -> between 1 2), low, high, dilations, groups)
            let n, c, o = between 0 2, groups * between 1 2, groups * between 1 2
            let x = smooth ([ n; c ] @ List.ofArray input)
            let w = smooth ([ o; c / groups ] @ List.ofArray kernel)
            let y = smooth ([ n; o ] @ List.ofArray (spec.OutputSize()))
            let convolution name op = make (named i name) (Prim.Contract(Contract.Convolution(op, spec)))
            convolution "Convolution" ConvolutionOp.Forward [ x; w ]
            convolution "InputGradient" ConvolutionOp.InputGradient [ y; w ]
            convolution "WeightGradient" ConvolutionOp.WeightGradient [ x; y ]

            let lead = sizes (between 0 2)

            let window =
                WindowSpec(input, kernel, each (fun () -> between 1 2), Array.map (min 1) low, [| for _ in kernel -> 0 |], dilations)

            let output = List.ofArray (window.OutputSize())

            if List.forall (fun n -> n > 0) output then
                make (named i "Window Sum") (Prim.Window(Window.Sum window)) [ smooth (lead @ List.ofArray input) ]
                make (named i "Window SumTranspose") (Prim.Window(Window.SumTranspose window)) [ smooth (lead @ output) ]
    ]

let private elementwise =
    [
        for i in 1..4 do
            let s = someSizes ()
            make (named i "Sin") (Prim.Unary Unary.Sin) [ smooth s ]
            make (named i "Mul") (Prim.Binary Binary.Mul) [ smooth s; smooth s ]
            make (named i "Div") (Prim.Binary Binary.Div) [ smooth s; operand Draw.away s ]
            make (named i "Max") (Prim.Binary Binary.Max) [ operand (Draw.phase 0.0) s; operand (Draw.phase 0.5) s ]
            make (named i "Less") (Prim.Compare Compare.Less) [ operand (Draw.phase 0.0) s; operand (Draw.phase 0.5) s ]
            make (named i "Select") Prim.Select [ truth s; smooth s; smooth s ]
    ]

let rows = reductions @ movements @ indexing @ contractions @ elementwise
