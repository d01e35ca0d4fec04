/// vmap is a loop: over every row, for every choice of operands that carry the batch, with derivatives inside and outside.
module DeepFun.Core.Tests.Laws.BatchingLaws

open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Rows with operands.
let mapped = Products.table |> List.filter (fun row -> row.Operands.Length > 0) |> List.map (fun row -> [| box row.Name |])

/// Rows with operands to differentiate in.
let differentiable =
    Products.table |> List.filter (fun row -> (Row.active row).Length > 0) |> List.map (fun row -> [| box row.Name |])

/// Every non-empty choice of operands.
let private choices (row: Row) : bool[] list =
    [ for bits in 1 .. (1 <<< row.Operands.Length) - 1 -> Array.init row.Operands.Length (fun i -> bits >>> i &&& 1 = 1) ]

let private count = 2

/// The values of each batch entry; operands without the batch are the same in all.
let private entries (row: Row) (batched: bool[]) : Tensor[][] =
    let first = Row.inputs row 0
    Array.init count (fun b -> Array.map3 (fun x y batched -> if batched then y else x) first (Row.inputs row b) batched)

/// One array of operands: stacked where batched.
let private packed (batched: bool[]) (entries: Tensor[][]) : Tensor[] =
    batched |> Array.mapi (fun i b -> if b then stack 0 (entries |> Array.map (fun e -> e[i])) else entries[0][i])

/// f of all operands, mapped over those that carry the batch.
let private mapOver (batched: bool[]) (f: Tensor[] -> 'b) (xs: Tensor[]) : 'b =
    let places =
        [|
            for i in 0 .. xs.Length - 1 do
                if batched[i] then
                    i
        |]

    let inner (some: Tensor[]) =
        let all = Array.copy xs
        Array.iter2 (fun i x -> all[i] <- x) places some
        f all

    vmap inner (places |> Array.map (fun i -> xs[i]))

let private label (batched: bool[]) = $"batched %A{batched}"

[<Theory; MemberData(nameof mapped)>]
let ``vmap is the stack of single results`` (name: string) =
    let row = byName[name]

    for batched in choices row do
        let entries = entries row batched
        let expected = stack 0 (entries |> Array.map (Row.apply row))
        close (label batched) 1e-12 expected (mapOver batched (Row.apply row) (packed batched entries))

[<Theory; MemberData(nameof mapped)>]
let ``vmap over one and over no entries keeps the shape`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    let y = Row.apply row xs

    for batched in choices row do
        let sized n = Array.map2 (fun (x: Tensor) b -> if b then broadcastTo (Seq.append [ n ] x.Shape) (expandDims 0 x) else x) xs batched

        close (label batched) 1e-12 (expandDims 0 y) (mapOver batched (Row.apply row) (sized 1))
        let none = mapOver batched (Row.apply row) (sized 0)
        Assert.Equal(string { y.Type with Shape = shapeOf (Seq.append [ 0 ] y.Shape) }, string none.Type)

[<Theory; MemberData(nameof mapped)>]
let ``vmap of vmap is a double loop`` (name: string) =
    let row = byName[name]

    for batched in choices row do
        let entries = entries row batched
        let single = entries |> Array.map (Row.apply row)
        let expected = stack 0 [ stack 0 single; stack 0 (Array.rev single) ]

        // An outer axis over the order of the entries.
        let twice =
            Array.map3
                (fun (x: Tensor) (y: Tensor) b -> if b then stack 0 [ x; y ] else x)
                (packed batched entries)
                (packed batched (Array.rev entries))
                batched

        close (label batched) 1e-12 expected (mapOver batched (mapOver batched (Row.apply row)) twice)

/// Derivatives of the mapped row against loops of derivatives of the row.
let private derivatives name (check: Row -> bool[] -> Tensor[][] -> unit) =
    let row = byName[name]

    for batched in choices row do
        check row batched (entries row batched)

let private focused (row: Row) (xs: Tensor[]) = Row.focus row (Row.apply row) xs

/// Directions for each entry, equal where the operand has no batch.
let private directions (row: Row) (batched: bool[]) (entries: Tensor[][]) : Tensor[][] =
    let random = seeded row.Name
    let shared = entries[0] |> Array.map (direction random)
    entries |> Array.map (fun e -> Array.map3 (fun x d b -> if b then direction random x else d) e shared batched)

let private pick (row: Row) (xs: 'a[]) = Row.active row |> Array.map (fun i -> xs[i])

[<Theory; MemberData(nameof differentiable)>]
let ``jvp and vmap commute`` (name: string) =
    derivatives name (fun row batched entries ->
        let ds = directions row batched entries

        let expected = Array.map2 (fun e d -> let f, xs = focused row e in snd (jvp f xs (pick row d))) entries ds |> stack 0

        // Outside: the derivative of the mapped function.
        let f, xs = Row.focus row (mapOver batched (Row.apply row)) (packed batched entries)
        close $"jvp of vmap, {label batched}" 1e-11 expected (snd (jvp f xs (pick row (packed batched ds))))

        // Inside: the mapped derivative, operands and directions side by side.
        let n = row.Operands.Length

        let inside (all: Tensor[]) =
            let f, xs = focused row all[.. n - 1]
            snd (jvp f xs (pick row all[n..]))

        let both = Array.append (packed batched entries) (packed batched ds)
        close $"vmap of jvp, {label batched}" 1e-11 expected (mapOver (Array.append batched batched) inside both))

[<Theory; MemberData(nameof differentiable)>]
let ``vjp and vmap commute`` (name: string) =
    derivatives name (fun row batched entries ->
        let random = seeded (row.Name + "ct")
        let cts = entries |> Array.map (fun e -> direction random (Row.apply row e))

        let singles = Array.map2 (fun e ct -> let f, xs = focused row e in snd (vjp f xs) ct) entries cts

        let each = Array.init singles[0].Length (fun i -> stack 0 (singles |> Array.map (fun g -> g[i])))

        // An operand that all entries share collects from all of them.
        let expected = Array.map2 (fun (g: Tensor) b -> if b then g else sumOver [ 0 ] g) each (pick row batched)

        let f, xs = Row.focus row (mapOver batched (Row.apply row)) (packed batched entries)
        closeAll $"vjp of vmap, {label batched}" 1e-11 expected (snd (vjp f xs) (stack 0 cts))

        let inside (all: Tensor[]) =
            let f, xs = focused row all[.. all.Length - 2]
            snd (vjp f xs) all[all.Length - 1]

        let both = Array.append (packed batched entries) [| stack 0 cts |]
        closeAll $"vmap of vjp, {label batched}" 1e-11 each (mapOver (Array.append batched [| true |]) inside both))

[<Theory; MemberData(nameof differentiable)>]
let ``the second derivative and vmap commute`` (name: string) =
    derivatives name (fun row batched entries ->
        let ds = directions row batched entries
        let ct = direction (seeded (row.Name + "ct")) (Row.apply row entries[0])

        let second (all: Tensor[]) (ds: Tensor[]) =
            let f, xs = focused row all
            snd (jvp (fun xs -> snd (vjp f xs) ct) xs (pick row ds))

        let singles = Array.map2 second entries ds
        let expected = Array.init singles[0].Length (fun i -> stack 0 (singles |> Array.map (fun g -> g[i])))
        let n = row.Operands.Length
        let both = Array.append (packed batched entries) (packed batched ds)
        let inside (all: Tensor[]) = second all[.. n - 1] all[n..]
        closeAll $"vmap of hvp, {label batched}" 1e-11 expected (mapOver (Array.append batched batched) inside both))

/// The operations that a function is made of, each with the rank of its result.
let private operations (f: Tensor[] -> Tensor) (types: TensorType list) : (Prim * int) list =
    let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| f xs |]) (Array.ofList types)

    [
        for e in g.Equations do
            match e.Operation with
            | Operation.Prim prim -> prim, g.Types[e.Outputs[0]].Shape.Rank
            | Operation.Block _ -> ()
    ]

[<Fact>]
let ``what the batch does not need is not repeated`` () =
    let mapped prim (xs: Tensor[]) = vmap (fun x -> Tensor.Bind(prim, [| x; xs[1] |])) xs[0]
    let mappedSecond prim (xs: Tensor[]) = vmap (fun y -> Tensor.Bind(prim, [| xs[0]; y |])) xs[1]
    let rankOf prim made = made |> List.filter (fun (p, _) -> p = prim) |> List.map snd

    // One taller matrix, and one with more right-hand sides.
    let matmul = Prim.Contract Contract.MatMul
    Assert.Equal<int list>([ 2 ], operations (mapped matmul) [ Row.float64 [ 4; 2; 3 ]; Row.float64 [ 3; 5 ] ] |> rankOf matmul)
    let solve = Prim.Linalg(Linalg.TriangularSolve(true, false, false))
    Assert.Equal<int list>([ 2 ], operations (mappedSecond solve) [ Row.float64 [ 3; 3 ]; Row.float64 [ 4; 3; 2 ] ] |> rankOf solve)

    // More outputs instead of groups: the operation stays as it is.
    let spec = ConvolutionSpec([| 4 |], [| 3 |], [| 1 |], [| 0 |], [| 0 |], [| 1 |], 1)
    let convolution = Prim.Contract(Contract.Convolution(ConvolutionOp.Forward, spec))

    Assert.Equal<int list>(
        [ 3 ],
        operations (mappedSecond convolution) [ Row.float64 [ 2; 2; 4 ]; Row.float64 [ 4; 5; 2; 3 ] ] |> rankOf convolution
    )
