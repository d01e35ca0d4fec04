/// Central differences over trees: the steps, and the quotients. Everything is computed with tensors, so that it works under transformations.
module internal DeepFun.FiniteDifference

open DeepFun.FSharp

/// Where the rounding error ε/hⁿ of an n-th derivative by central differences meets their error of order h²: h = ε^(1/(n + 2)).
let relativeStep (order: int) (dtype: DType) : float = DTypes.Epsilon dtype ** (1.0 / float (order + 2))

let check (step: float option) : unit =
    match step with
    | Some h when not (h > 0.0 && h < infinity) -> DerivativeErrors.step h
    | _ -> ()

let private at (k: int) (t: Tensor) = item 0 k (flatten t)

/// The step for one number of x: the given one, or the relative one times max(1, |x|).
let private stepFor order step (x: Tensor) : Tensor =
    match step with
    | Some h -> fullLike h x
    | None -> stopGradient (relativeStep order x.DType * maximum (abs x) (onesLike x))

/// Leaves of a tree with the k-th number of leaf j moved by this many steps.
let private movedTree (x: 'a) j (moved: Tensor) : 'a = Tree.rebuild x (Tree.leaves x |> Array.mapi (fun i t -> if i = j then moved else t))

let private quotient (y: Tensor) (difference: Tensor) (width: Tensor) : Tensor =
    if DTypes.IsFloating y.DType then difference / cast y.DType width else zerosLike y

/// The tree x with the k-th number of leaf j moved by so many steps down, and up; and the distance between both as it was rounded.
let neighbours order step (steps: float) (x: 'a) j k : 'a * 'a * Tensor =
    let t = (Tree.leaves x)[j]
    let h = steps * stepFor order step (at k t)
    let unit = equal (Tensor.arange t.Size) (Tensor.ofArray [] [| k |]) |> cast t.DType |> reshapeTo t.Shape
    let low, high = t - h * unit, t + h * unit
    movedTree x j low, movedTree x j high, at k high - at k low

/// f x and blocks[i][j], the derivative of its i-th tensor by the j-th of x, [shape of f x…, shape of x…].
let blocks order step (f: 'a -> 'b) (x: 'a) : 'b * Tensor[][] =
    check step
    let y = f x
    let xs, ys = Tree.leaves x, Tree.leaves y

    let column j k =
        let low, high, width = neighbours order step 1.0 x j k
        Array.map3 (fun y (high: Tensor) low -> quotient y (high - low) width) ys (Tree.leaves (f high)) (Tree.leaves (f low))

    let columns = xs |> Array.mapi (fun j (t: Tensor) -> if isFloating t then Array.init t.Size (column j) else [||])

    let block i (y: Tensor) j (x: Tensor) =
        if columns[j].Length = 0 || not (isFloating y) then
            zeroBlock y x
        else
            columns[j] |> Array.map (fun c -> c[i]) |> stack -1 |> reshape (Array.append (sizes y) (sizes x)) |> cast x.DType

    y, ys |> Array.mapi (fun i y -> xs |> Array.mapi (block i y))

/// The largest magnitude in a tree, at least least.
let private magnitude (least: float) (tree: 'a) : Tensor =
    Tree.leaves tree
    |> Array.filter (fun t -> isFloating t && t.Size > 0)
    |> Array.map (fun t -> amax (abs t) |> cast DType.Float64)
    |> Array.fold maximum (Tensor.scalar64 least)

/// The derivative along v: (f(x + h v) − f(x − h v)) / 2h. Without a step, h makes the largest change as large as that of the largest number alone.
let along order step (f: 'a -> 'b) (x: 'a) (v: 'a) : 'b =
    check step
    let xs, vs = Tree.pairs "directional" x v

    let h =
        match step with
        | Some h -> Tensor.scalar64 h
        | None ->
            let coarsest = xs |> Array.filter isFloating |> Array.map (fun t -> relativeStep order t.DType) |> Array.fold max 0.0
            let size = magnitude 0.0 v
            stopGradient (coarsest * magnitude 1.0 x / where (equal size (zerosLike size)) (onesLike size) size)

    let moved (sign: float) =
        Array.map2 (fun (t: Tensor) v -> if isFloating t then t + sign * cast t.DType h * v else t) xs vs |> Tree.rebuild x

    let low, high = f (moved -1.0), f (moved 1.0)
    let difference (high: Tensor) (low: Tensor) = quotient high (high - low) (2.0 * h)
    Tree.rebuild high (Array.map2 difference (Tree.leaves high) (Tree.leaves low))

/// The n-th central difference: Σₖ (−1)ᵏ C(n, k) f(x + (n − 2k) h) / (2h)ⁿ.
let nth n step (f: Tensor -> 'b) (x: Tensor) : 'b =
    check step
    let h = stepFor n step x
    let choose = Array.scan (fun c k -> c * float (n - k) / float (k + 1)) 1.0 [| 0 .. n - 1 |]

    let term k =
        let y = f (x + float (n - 2 * k) * h)
        y, Tree.leaves y |> Array.map (fun t -> (if k % 2 = 0 then choose[k] else -choose[k]) * t)

    let terms = Array.init (n + 1) term
    let width (t: Tensor) = Tensor.Pow(2.0 * cast t.DType h, float n)

    let sums = terms |> Array.map snd |> Array.reduce (Array.map2 (fun (a: Tensor) b -> a + b))

    Tree.rebuild (fst terms[0]) (Array.map2 (fun y s -> quotient y s (width y)) (Tree.leaves (fst terms[0])) sums)

/// Σ over all numbers of x of the second central differences (f(x + h) − 2 f(x) + f(x − h)) / h².
let second step (f: 'a -> 'b) (x: 'a) : 'b * 'b =
    check step
    let y = f x
    let ys = Tree.leaves y

    let curvature j k =
        let low, high, width = neighbours 2 step 1.0 x j k
        let h = 0.5 * width
        let change (y: Tensor) (low: Tensor) (high: Tensor) = quotient y (high - 2.0 * y + low) (h * h)
        Array.map3 change ys (Tree.leaves (f low)) (Tree.leaves (f high))

    let all =
        [|
            for j, t in Array.indexed (Tree.leaves x) do
                if isFloating t then
                    for k in 0 .. t.Size - 1 do
                        curvature j k
        |]

    y, Tree.rebuild y (all |> Array.fold (Array.map2 (fun (a: Tensor) b -> a + b)) (ys |> Array.map zerosLike))
