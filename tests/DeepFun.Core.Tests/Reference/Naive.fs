/// An array library by definition, as slow as it is plain: every operation says what the element at a multi-index is.
/// Independent of the library: it shares no code with it, not even shapes.
module internal DeepFun.Core.Tests.Naive

open System

/// Sizes, and the elements in row-major order.
type Naive = { Sizes: int list; Values: float[] }

/// Every multi-index, row-major.
let rec indices (sizes: int list) : int list list =
    match sizes with
    | [] -> [ [] ]
    | n :: rest ->
        let inner = indices rest

        [
            for i in 0 .. n - 1 do
                for j in inner -> i :: j
        ]

let make (sizes: int list) (element: int list -> float) : Naive =
    { Sizes = sizes; Values = indices sizes |> List.map element |> Array.ofList }

let get (x: Naive) (index: int list) : float =
    let place =
        List.fold2
            (fun p n i ->
                if i < 0 || i >= n then
                    invalidOp $"index %A{index} of an array of %A{x.Sizes}"

                p * n + i)
            0
            x.Sizes
            index

    x.Values[place]

let rank (x: Naive) = x.Sizes.Length
let setAt i v (xs: 'a list) = List.updateAt i v xs
let map f (x: Naive) : Naive = { x with Values = Array.map f x.Values }

/// NumPy's rule, from the last axis.
let common (a: int list) (b: int list) : int list =
    let rec go a b =
        match a, b with
        | [], rest
        | rest, [] -> rest
        | m :: xs, n :: ys when m = n || m = 1 || n = 1 -> (if m = 1 then n else m) :: go xs ys
        | _ -> invalidOp "sizes do not broadcast"

    List.rev (go (List.rev a) (List.rev b))

let broadcastTo (sizes: int list) (x: Naive) : Naive =
    make sizes (fun i -> List.skip (i.Length - rank x) i |> List.map2 (fun n i -> if n = 1 then 0 else i) x.Sizes |> get x)

let map2 f (x: Naive) (y: Naive) : Naive =
    let sizes = common x.Sizes y.Sizes
    let x, y = broadcastTo sizes x, broadcastTo sizes y
    make sizes (fun i -> f (get x i) (get y i))

let where (c: Naive) (x: Naive) (y: Naive) : Naive =
    let sizes = common c.Sizes (common x.Sizes y.Sizes)
    let c, x, y = broadcastTo sizes c, broadcastTo sizes x, broadcastTo sizes y
    make sizes (fun i -> if get c i <> 0.0 then get x i else get y i)

/// f of all elements along these axes (row-major), which disappear.
let reduce (axes: int list) (f: float list -> float) (x: Naive) : Naive =
    let all = List.indexed x.Sizes
    let kept = all |> List.filter (fun (a, _) -> not (List.contains a axes))
    let gone = all |> List.filter (fun (a, _) -> List.contains a axes)

    make (List.map snd kept) (fun outer ->
        [
            for inner in indices (List.map snd gone) ->
                let at = dict (List.append (List.zip (List.map fst kept) outer) (List.zip (List.map fst gone) inner))
                get x [ for a in 0 .. rank x - 1 -> at[a] ]
        ]
        |> f)

/// f of each line along an axis gives a line.
let along (axis: int) (f: float list -> float list) (x: Naive) : Naive =
    make x.Sizes (fun i ->
        let line = [ for k in 0 .. x.Sizes[axis] - 1 -> get x (setAt axis k i) ]
        (f line)[i[axis]])

let keep (axes: int list) (x: Naive) : Naive = { x with Sizes = axes |> List.sort |> List.fold (fun s a -> List.insertAt a 1 s) x.Sizes }

let reshape (sizes: int list) (x: Naive) : Naive = { x with Sizes = sizes }

let permute (axes: int list) (x: Naive) : Naive =
    make (axes |> List.map (fun a -> x.Sizes[a])) (fun i -> get x [ for a in 0 .. rank x - 1 -> i[List.findIndex ((=) a) axes] ])

let slice axis start count step (x: Naive) : Naive =
    make (setAt axis count x.Sizes) (fun i -> get x (setAt axis (start + i[axis] * step) i))

let flip (axes: int list) (x: Naive) : Naive =
    make x.Sizes (fun i -> get x (i |> List.mapi (fun a k -> if List.contains a axes then x.Sizes[a] - 1 - k else k)))

/// (before, after, between) for each axis.
let pad (widths: (int * int * int) list) (value: float) (x: Naive) : Naive =
    let sizes = List.map2 (fun n (low, high, between) -> low + high + n + between * max 0 (n - 1)) x.Sizes widths

    make sizes (fun i ->
        let places = List.map2 (fun k (low, _, between) -> Math.DivRem(k - low, between + 1)) i widths

        let inside = List.forall2 (fun n struct (q, r) -> r = 0 && q >= 0 && q < n) x.Sizes places

        if inside then get x (places |> List.map (fun struct (q, _) -> q)) else value)

let concat axis (xs: Naive list) : Naive =
    let total = xs |> List.sumBy (fun x -> x.Sizes[axis])

    make (setAt axis total xs[0].Sizes) (fun i ->
        let rec find (xs: Naive list) k =
            if k < xs.Head.Sizes[axis] then
                get xs.Head (setAt axis k i)
            else
                find xs.Tail (k - xs.Head.Sizes[axis])

        find xs i[axis])

let stack axis (xs: Naive list) : Naive = xs |> List.map (fun x -> reshape (List.insertAt axis 1 x.Sizes) x) |> concat axis

/// result[pre, I, post] = x[pre, places[I], post]
let take axis (places: Naive) (x: Naive) : Naive =
    let r = rank places

    make (List.take axis x.Sizes @ places.Sizes @ List.skip (axis + 1) x.Sizes) (fun i ->
        let k = int (get places (i |> List.skip axis |> List.take r))
        get x (List.take axis i @ [ k ] @ List.skip (axis + r) i))

let takeAlong axis (places: Naive) (x: Naive) : Naive = make places.Sizes (fun i -> get x (setAt axis (int (get places i)) i))

/// x with updates[pre, i, post] added at x[pre, places[i], post]; places is a vector.
let scatterAdd axis (places: Naive) (updates: Naive) (x: Naive) : Naive =
    make x.Sizes (fun i ->
        [
            for k in 0 .. places.Sizes[0] - 1 do
                if int (get places [ k ]) = i[axis] then
                    get updates (setAt axis k i)
        ]
        |> List.fold (+) (get x i))

/// Both of rank 2 or more; leading axes broadcast.
let matmul (x: Naive) (y: Naive) : Naive =
    let lead (t: Naive) = List.take (rank t - 2) t.Sizes
    let tail (t: Naive) = List.skip (rank t - 2) t.Sizes
    let batch = common (lead x) (lead y)
    let x, y = broadcastTo (batch @ tail x) x, broadcastTo (batch @ tail y) y
    let m, k, n = (tail x)[0], (tail x)[1], (tail y)[1]

    make (batch @ [ m; n ]) (fun i ->
        let b, row, column = List.take batch.Length i, i[batch.Length], i[batch.Length + 1]
        List.sum [ for j in 0 .. k - 1 -> get x (b @ [ row; j ]) * get y (b @ [ j; column ]) ])

/// One spatial axis of a window that slides.
type Sliding = { Window: int; Stride: int; Pad: int; Dilation: int }

let slidden (input: int) (s: Sliding) = (input + 2 * s.Pad - s.Dilation * (s.Window - 1) - 1) / s.Stride + 1

/// The place under a tap of a window, if it is not padding.
let private under (sizes: int list) (axes: Sliding list) (output: int list) (tap: int list) : int list option =
    let places = List.map3 (fun s o t -> o * s.Stride - s.Pad + t * s.Dilation) axes output tap
    if List.forall2 (fun n p -> p >= 0 && p < n) sizes places then Some places else None

/// x [N, C, in…], w [O, C / groups, kernel…]
let convolution (axes: Sliding list) groups (x: Naive) (w: Naive) : Naive =
    let spatial = List.skip 2 x.Sizes
    let perGroup = w.Sizes[1]
    let outputs = w.Sizes[0] / groups
    let taps = indices (axes |> List.map _.Window)

    make ([ x.Sizes[0]; w.Sizes[0] ] @ List.map2 slidden spatial axes) (fun i ->
        let n, o, place = i[0], i[1], List.skip 2 i

        List.sum
            [
                for c in 0 .. perGroup - 1 do
                    for tap in taps do
                        match under spatial axes place tap with
                        | Some at -> get x ([ n; o / outputs * perGroup + c ] @ at) * get w ([ o; c ] @ tap)
                        | None -> 0.0
            ])

/// f of the elements under each window of the trailing axes, padding left out.
let pool (axes: Sliding list) (f: float list -> float) (x: Naive) : Naive =
    let lead = rank x - axes.Length
    let spatial = List.skip lead x.Sizes
    let taps = indices (axes |> List.map _.Window)

    make (List.take lead x.Sizes @ List.map2 slidden spatial axes) (fun i ->
        taps |> List.choose (under spatial axes (List.skip lead i)) |> List.map (fun at -> get x (List.take lead i @ at)) |> f)

/// The indices that sort a line; stable.
let order descending (line: float list) : int list =
    List.indexed line
    |> List.sortWith (fun (i, a) (j, b) -> if a = b then compare i j else (if descending then compare b a else compare a b))
    |> List.map fst
