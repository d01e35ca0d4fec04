/// Results that are laid out for their readers: the same values, and no copies where none is needed.
module DeepFun.Core.Tests.Compiler.LayoutsTests

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Laws
open DeepFun.Core.Tests.Numbers
open Xunit

let private plan (f: 'a -> 'b) (x: 'a) : string =
    let c = compile f
    c.Invoke x |> ignore
    Assert.Single(c.Compilations).Plan

let private isIn (text: string) (words: string) = text.Contains(words, StringComparison.Ordinal)
let private random (seed: int) sizes = uniform (Random seed) sizes

/// x [b, t, 3 h d] → attention of h heads, joined: [b, t, h d].
let private attention (heads: int) (x: Tensor) : Tensor =
    let b, t, width = x.Shape[0], x.Shape[1], x.Shape[2] / 3 / heads
    let parts = x |> reshape [ b; t; 3; heads; width ] |> permute [ 2; 0; 3; 1; 4 ]
    let q, k, v = item 0 0 parts, item 0 1 parts, item 0 2 parts
    let weights = softmax -1 (matmul q (transpose k))
    matmul weights v |> permute [ 0; 2; 1; 3 ] |> reshape [ b; t; heads * width ]

[<Fact>]
let ``heads are written beside each other, and so are the gradients of queries, keys and values`` () =
    let f (w: Tensor, x: Tensor) = sum (square (matmul (attention 2 (tanh (matmul x w))) (slice 1 0 6 w)))
    let x = random 1 [ 6; 18 ], random 2 [ 3; 5; 6 ]
    closeAll "value" 1e-12 [| f x |] [| jit f x |]
    closeAll "gradient" 1e-11 (Tree.leaves (grad f x)) (Tree.leaves (jit (grad f) x))
    closeAll "second derivative" 1e-10 (Tree.leaves (hvp f x x)) (Tree.leaves (jit (fun x -> hvp f x x) x))
    Assert.True(isIn (plan f x) "laid out by axes [0, 2, 1, 3]")
    let plan = plan (grad f) x
    // Three products, none of them copied: the concatenation has no more to do.
    Assert.Equal(3, plan.Split('\n') |> Array.filter (fun line -> isIn line "matmul" && isIn line "in block") |> Array.length)

[<Fact>]
let ``products are written transposed, and into parts of what is joined`` () =
    let a, b = random 3 [ 5; 4; 3 ], random 4 [ 5; 3; 6 ]
    let flat (x: Tensor) = reshape [ x.Size ] x

    for f in
        [
            fun (a: Tensor, b: Tensor) -> flat (transpose (matmul a b))
            fun (a, b) -> concat 0 [ matmul a b; tanh (matmul a b); matmul a (b + 1.0) ]
            fun (a, b) -> concat 2 [ matmul a b; slice 2 1 3 a; matmul a (b + 1.0) ]
            fun (a, b) -> concat 1 [ matmul a b; matmul a b ]
            fun (a, b) -> flat (permute [ 2; 0; 1 ] (concat 2 [ transpose (matmul a b); matmul (transpose b) b ]))
            fun (a, b) -> concat 0 [ concat 2 [ matmul a b; matmul a b ]; concat 2 [ matmul a (b + 1.0); matmul (a + 1.0) b ] ]
            fun (a, b) -> flat (permute [ 1; 0; 2 ] (matmul (slice 1 0 1 a) b))
            fun (a, b) -> flat (permute [ 2; 0; 1 ] (matmul a (slice 2 0 1 b)))
        ] do
        closeAll "float64" 1e-12 [| f (a, b) |] [| jit f (a, b) |]

        for dtype in [ DType.Float32; DType.Float16; DType.Int32 ] do
            let cast' (x: Tensor) = cast dtype (x * 5.0)
            let f (x: Tensor, y: Tensor) = if dtype = DType.Int32 then matmul x y |> permute [ 2; 1; 0 ] |> flat else f (x, y)
            let x = cast' a, cast' b
            closeAll (string dtype) 1e-3 [| f x |] [| jit f x |]

[<Fact>]
let ``a result that others read in order stays in order`` () =
    let f (x: Tensor) =
        let y = matmul x (transpose x)
        reshape [ 48 ] (permute [ 1; 0; 2 ] y), softmax 1 y, cumsum 0 y, concat 0 [ y; y ]

    let x = random 5 [ 3; 4; 2 ]
    let same (a, b, c, d) = [| a; b; c; d |]
    closeAll "values" 1e-12 (same (f x)) (same (jit f x))

/// One more value from those that there are: views, products, loops, and what joins and cuts them.
let private grow (random: Random) : Tensor list -> Tensor =
    let p, q, choice, cut = random.Next(), random.Next(), random.Next 15, random.Next()
    let order = Array.init 8 (fun _ -> random.Next())

    fun (pool: Tensor list) ->
        let x, y = pool[p % pool.Length], pool[q % pool.Length]
        let axis = cut % x.Rank
        let turned (x: Tensor) = permute (Seq.sortBy (fun i -> order[i]) (seq { 0 .. x.Rank - 1 })) x
        let square x = 0.3 * matmul x (transpose x)

        match choice with
        | 0
        | 1 -> turned x
        | 2 when x.Rank > 1 ->
            // Two neighbours become one axis.
            let axis = cut % (x.Rank - 1)

            x
            |> reshape
                [
                    for i in 0 .. x.Rank - 1 do
                        if i = axis then
                            x.Shape[i] * x.Shape[i + 1]
                        elif i <> axis + 1 then
                            x.Shape[i]
                ]
        | 3 when x.Shape[axis] % 2 = 0 && x.Rank < 6 ->
            x
            |> reshape
                [
                    for i in 0 .. x.Rank - 1 do
                        if i = axis then yield! [ 2; x.Shape[i] / 2 ] else x.Shape[i]
                ]
        | 4
        | 5 when x.Rank > 1 && x.Size * x.Shape[x.Rank - 2] / x.Shape[x.Rank - 1] < 3000 -> matmul x (transpose x)
        | 6 when x.Rank > 1 && x.Size * x.Shape[x.Rank - 1] / x.Shape[x.Rank - 2] < 3000 -> square (transpose x)
        | 7 -> tanh x
        | 8 -> x / (1.0 + keepDims [ axis ] (sumOver [ axis ] (x * x)))
        | 9 when x.Size < 2000 -> concat axis [ x; (if Shape.Same(x.Shape, y.Shape) then y else sin x) ]
        | 10 when x.Rank > 1 && x.Shape[x.Rank - 1] < 20 && x.Shape[x.Rank - 2] < 20 && x.Size < 1500 ->
            let z = matmul (transpose x) x
            concat (cut % z.Rank) [ z; matmul (transpose (x + 1.0)) x ] |> turned
        | 11 when x.Shape[axis] > 1 -> slice axis 0 (x.Shape[axis] / 2) x
        | 12
        | 13
        | 14 when x.Rank > 2 && x.Size * x.Shape[x.Rank - 2] / x.Shape[x.Rank - 1] < 3000 ->
            let z = turned (matmul x (transpose x))
            reshape [ z.Shape[0] * z.Shape[1]; z.Size / z.Shape[0] / z.Shape[1] ] z
        | _ -> 0.5 * turned x

let private sizes = [ 2; 3; 4; 6 ]

let private program (random: Random) : Tensor list -> Tensor list =
    let steps = List.init (random.Next(3, 12)) (fun _ -> grow random)
    let picks = List.init 3 (fun _ -> random.Next())

    fun inputs ->
        let pool = (inputs, steps) ||> List.fold (fun pool step -> step pool :: pool)
        pool[0] :: List.map (fun i -> pool[i % pool.Length]) picks

[<Fact>]
let ``random programs of movements, products and loops give the same compiled`` () =
    let mutable placed = 0

    for seed in 1..200 do
        let random = Random seed
        let f = program random
        let x = [ uniform random sizes; uniform random sizes ]
        let c = compile f
        closeAll $"seed {seed}" 1e-11 (Array.ofList (f x)) (Array.ofList (c.Invoke x))
        closeAll $"seed {seed}, again" 1e-11 (Array.ofList (f x)) (Array.ofList (c.Invoke x))
        let loss xs = f xs |> List.map (fun y -> sum (y * y)) |> List.reduce (+)
        closeAll $"seed {seed}, gradient" 1e-9 (Array.ofList (grad loss x)) (Array.ofList (jit (grad loss) x))

        if isIn (c.Compilations[0].Plan) "laid out" || isIn (c.Compilations[0].Plan) "in block" then
            placed <- placed + 1

    Assert.True(placed > 50, $"only {placed} programs had a layout of their own")

[<Fact>]
let ``in the bodies of loops, and with memory that is given away, too`` () =
    for seed in 1..60 do
        let random = Random(1000 + seed)
        let f = program random
        let x = uniform random sizes
        let fit (y: Tensor) = tanh (sumOver [ 0 ] (reshape [ 1; -1 ] y) |> sum) * 0.1
        let step (c: Tensor) (y: Tensor) = let results = f [ c; y ] in 0.9 * c + (results |> List.map fit |> List.reduce (+)), results[0]
        let looped (c: Tensor, ys: Tensor) = scan step c ys
        let ys = uniform random (3 :: sizes)
        closeAll $"seed {seed}, scan" 1e-10 (Tree.leaves (looped (x, ys))) (Tree.leaves (jit looped (x, ys)))
        let donating = jitDonating (fun (c: Tensor) (y: Tensor) -> step c y)
        let mutable state, expected = x + 0.0, x

        for i in 1..3 do
            let next, beside = step expected x
            let next', beside' = donating state x
            closeAll $"seed {seed}, given away {i}" 1e-10 [| next; beside |] [| next'; beside' |]
            expected <- next
            state <- next'

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict
let all = Products.table |> List.map (fun row -> [| box row.Name |])

[<Theory; MemberData(nameof all)>]
let ``what leaves a compiled function without order in memory is right in every operation`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    let expected = Row.apply row xs
    let reverse (x: Tensor) = if x.Rank < 2 then x else permute [ for i in x.Rank - 1 .. -1 .. 0 -> i ] x

    let turn (x: Tensor) =
        if x.Rank < 2 then
            x
        else
            let y = reverse x in jit (fun t -> reverse (item 0 0 t)) (stack 0 [ y; y ])

    let spread (x: Tensor) = jit (item -1 0) (stack -1 [ x; x ])
    close "turned" 1e-12 expected (Row.apply row (Array.map turn xs))
    close "apart" 1e-12 expected (Row.apply row (Array.map spread xs))
    close "compiled" 1e-5 expected (jit (Row.apply row) (Array.map turn xs))
