/// Movements and products as steps of random programs.
module internal DeepFun.Core.Tests.Movements

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Steps

module N = DeepFun.Core.Tests.Naive

let private both f g (x: Both) = { Naive = f x.Naive; Tensor = g x.Tensor }

/// Steps for any rank.
let anywhere (r: Random) (x: Both) =
    let sizes = x.Naive.Sizes
    let n = sizes.Length

    match r.Next 8 with
    | 0 ->
        let axes = Array.init n id
        r.Shuffle axes
        "permute", both (N.permute (List.ofArray axes)) (permute axes) x
    | 1 -> "flatten", both (N.reshape [ x.Naive.Values.Length ]) flatten x
    | 2 ->
        let a = r.Next(n + 1)
        "expandDims", both (N.reshape (List.insertAt a 1 sizes)) (expandDims a) x
    | 3 -> "squeeze", both (N.reshape (sizes |> List.filter ((<>) 1))) squeeze x
    | 4 ->
        let target = r.Next 3 :: (sizes |> List.map (fun s -> if s = 1 then r.Next 4 else s))
        "broadcastTo", both (N.broadcastTo target) (broadcastTo target) x
    | 5 ->
        let counts = sizes |> List.map (fun _ -> r.Next(1, 3))
        let tiled = List.indexed counts |> fun c -> fun t -> List.fold (fun t (a, k) -> N.concat a (List.replicate k t)) t c
        "tile", both tiled (tile counts) x
    | 6 ->
        let axes =
            [
                for a in 0 .. n - 1 do
                    if r.Next 2 = 0 then
                        a
            ]

        "flip", both (N.flip axes) (flip axes) x
    | _ ->
        let widths = sizes |> List.map (fun s -> r.Next(-(s / 2), 2), r.Next(-(s / 2), 3))
        let full = widths |> List.map (fun (low, high) -> low, high, 0)
        "pad", both (N.pad full 0.25) (pad 0.25 widths) x

/// Steps along one axis.
let lines (r: Random) (x: Both) =
    let sizes = x.Naive.Sizes
    let n = sizes.Length
    let a = r.Next n
    let size = sizes[a]
    let written = if r.Next 2 = 0 then a else a - n

    match r.Next 11 with
    | 0 ->
        let start = r.Next(size + 1)
        let stop = r.Next(start, size + 1)
        "slice", both (N.slice a start (stop - start) 1) (slice written start stop) x
    | 1 ->
        let step = r.Next(1, 4)
        let start = r.Next(size + 1)
        "sliceStep", both (N.slice a start ((size - start + step - 1) / step) step) (sliceStep written start size step) x
    | 2 ->
        let other = fresh r (N.setAt a (r.Next 3) sizes)
        "concat", both (fun t -> N.concat a [ t; other.Naive; t ]) (fun t -> concat written [ t; other.Tensor; t ]) x
    | 3 ->
        let other = fresh r sizes
        "stack", both (fun t -> N.stack a [ t; other.Naive ]) (fun t -> stack a [ t; other.Tensor ]) x
    | 4 when size > 0 ->
        let i = r.Next size
        let cut = fun t -> N.slice a i 1 1 t |> N.reshape (List.removeAt a sizes)
        "item", both cut (item written (if r.Next 2 = 0 then i else i - size)) x
    | 5 ->
        let b = r.Next n

        let axes =
            [ 0 .. n - 1 ]
            |> List.map (fun i ->
                if i = a then b
                elif i = b then a
                else i)

        "swapAxes", both (N.permute axes) (swapAxes written b) x
    | 6 ->
        let b = r.Next n
        let axes = [ 0 .. n - 1 ] |> List.removeAt a |> List.insertAt b a
        "moveAxis", both (N.permute axes) (moveAxis written b) x
    | 7 ->
        let k = r.Next 3
        let repeated (t: N.Naive) = N.make (N.setAt a (k * size) sizes) (fun i -> N.get t (N.setAt a (i[a] / k) i))
        "repeat", both repeated (repeat k written) x
    | 8 ->
        let steps = sizes |> List.map (fun _ -> r.Next(1, 3))
        "dilate", both (N.pad (steps |> List.map (fun s -> 0, 0, s - 1)) 0.0) (dilate steps) x
    | 9 when size > 0 ->
        let parts = [ 1..size ] |> List.filter (fun p -> size % p = 0)
        let p = parts[r.Next parts.Length]
        let k = r.Next p
        "split", both (N.slice a (k * (size / p)) (size / p) 1) (fun t -> (split p written t)[k]) x
    | _ ->
        // Two neighbouring axes become one.
        let b = min a (max 0 (n - 2))
        let merged = if n < 2 then sizes else List.take b sizes @ [ -1 ] @ List.skip (b + 2) sizes
        let known = if n < 2 then sizes else List.take b sizes @ [ sizes[b] * sizes[b + 1] ] @ List.skip (b + 2) sizes
        // −1 cannot be computed beside a size of 0.
        let target = if List.contains 0 known then known else merged
        "reshape", both (N.reshape known) (reshape target) x

/// Steps on matrices in the last two axes.
let matrices (r: Random) (x: Both) =
    let sizes = x.Naive.Sizes
    let n = sizes.Length
    let rows, columns = sizes[n - 2], sizes[n - 1]
    let lead = List.take (n - 2) sizes

    match r.Next 6 with
    | 0 ->
        let y = fresh r (lead @ [ columns; r.Next 4 ])
        "matmul", { Naive = N.matmul x.Naive y.Naive; Tensor = matmul x.Tensor y.Tensor }
    | 1 ->
        // Leading axes broadcast, on both sides.
        let y = fresh r ((2 :: lead |> List.map (fun s -> if r.Next 2 = 0 then 1 else s)) @ [ r.Next 4; rows ])
        "matmul broadcast", { Naive = N.matmul y.Naive x.Naive; Tensor = matmul y.Tensor x.Tensor }
    | 2 ->
        let v = fresh r [ columns ]
        let product = N.matmul x.Naive (N.reshape [ columns; 1 ] v.Naive) |> N.reshape (lead @ [ rows ])
        "matrix times vector", { Naive = product; Tensor = matmul x.Tensor v.Tensor }
    | 3 -> "transpose", both (N.permute ([ 0 .. n - 3 ] @ [ n - 1; n - 2 ])) transpose x
    | 4 ->
        let k = r.Next(-2, 3)
        let part keep (t: N.Naive) = N.make sizes (fun i -> if keep (i[n - 1] - i[n - 2]) then N.get t i else 0.0)

        if r.Next 2 = 0 then
            "tril", both (part (fun d -> d <= k)) (tril k) x
        else
            "triu", both (part (fun d -> d >= k)) (triu k) x
    | _ ->
        let k = r.Next(-2, 3)

        let length =
            [
                for i in 0 .. rows - 1 do
                    if i + k >= 0 && i + k < columns then
                        i
            ]

        let line (t: N.Naive) =
            N.make (lead @ [ length.Length ]) (fun i -> let p = length[List.last i] in N.get t (List.take (n - 2) i @ [ p; p + k ]))

        "diagonal", both line (diagonal k -2 -1) x
