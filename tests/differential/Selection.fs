/// Elements replaced, chosen and counted: scattering that does not add, the largest few, places in sorted numbers.
module DeepFun.Differential.Selection

open DeepFun
open DeepFun.FSharp
open DeepFun.Differential.Operation

let private sizeAt (v: Value) axis = v.Shape[(axis + v.Rank) % v.Rank]

/// Places along an axis and an update for each.
let private scattered name most (likes: Pool -> Value -> Value -> bool) (f: int -> Tensor -> Tensor -> Tensor -> Tensor) =
    make name (name + " {i0} {1} {2} {0}") (fun s xs -> f s.Ints[0] xs[1] xs[2] xs[0]) (fun name pool ->
        pool.Float(fun v -> v.Rank > 0 && v.Rank < 4)
        |> Option.bind (fun x ->
            let axis = pool.Axis x
            let shape = x.Shape
            shape[(axis + x.Rank) % x.Rank] <- pool.Int(1, most)

            if sizeAt x axis = 0 then
                None
            else
                let places = pool.Indices(shape, sizeAt x axis)
                let updates = pool.New(x.DType, shape, (fun () -> pool.Number(-1.5, 1.5)))
                if likes pool x updates then Some(step name [ x; places; updates ] [ axis ] []) else None))

/// All numbers of both are different.
let private apart (pool: Pool) (x: Value) (y: Value) =
    let all = Array.append x.Numbers y.Numbers |> Array.sort
    Seq.pairwise all |> Seq.forall (fun (a, b) -> b - a > pool.Margin)

let private best name f =
    make name $"fst ({name} {{i0}} {{i1}} {{0}})" (fun s xs -> f s.Ints[0] s.Ints[1] xs[0]) (fun name pool ->
        pool.Float(fun v -> v.Rank > 0 && ordered pool v)
        |> Option.map (fun x -> let axis = pool.Axis x in step name [ x ] [ pool.Int(0, sizeAt x axis); axis ] []))

let private searched name f =
    make name $"{name} (sort -1 {{0}}) {{1}}" (fun _ xs -> f (sort -1 xs[0]) xs[1]) (fun name pool ->
        pool.Float(fun v -> v.Rank = 1)
        |> Option.bind (fun x ->
            let y = pool.New(x.DType, [| pool.Int(1, 4) |], (fun () -> pool.Number(-1.5, 1.5)))
            if apart pool x y then Some(step name [ x; y ] [] []) else None))

let rows: Operation list =
    [
        // One for each line: PyTorch's derivative wants different places.
        scattered "scatterSetAlong" 1 (fun _ _ _ -> true) scatterSetAlong
        scattered "scatterMaxAlong" 4 apart scatterMaxAlong
        scattered "scatterMinAlong" 4 apart scatterMinAlong
        best "topK" (fun k axis x -> fst (topK k axis x))
        best "bottomK" (fun k axis x -> fst (bottomK k axis x))
        searched "searchSorted" searchSorted
        searched "searchSortedRight" searchSortedRight
        make "binCount" "binCount 6 {0}" (fun _ xs -> binCount 6 xs[0]) (fun name pool ->
            let places = pool.Indices(pool.Shape(pool.Int(0, 2)), 6)
            Some(step name [ places ] [] []))
    ]
