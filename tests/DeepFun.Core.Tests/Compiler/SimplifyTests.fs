/// Every law of the algebra fires, keeps the values that it says it keeps, and leaves a graph that the checker passes.
module DeepFun.Core.Tests.Compiler.SimplifyTests

open System
open DeepFun
open DeepFun.Backends
open DeepFun.FSharp
open DeepFun.Core.Tests
open DeepFun.Core.Tests.Numbers
open Xunit

let private vector = f64 [ 8 ] [ -0.0; 0.0; 1.5; -2.0; infinity; -infinity; nan; 1e-310 ]
let private ordinary = f64 [ 8 ] [ 0.3; -1.7; 1.5; -2.0; 12.0; 0.01; -0.4; 3.0 ]
let private number (c: float) (x: Tensor) = fullLike c x
let private bind prim xs = Tensor.Bind(prim, xs)
let private square2 (x: Tensor) = reshape [ 2; 4 ] x
let private single (c: float) (x: Tensor) = Tensor.Constant(c, { x.Type with DType = DType.Float32 }, x)

/// A law, a function of a vector with a place for it, and the operations that are left, without numbers.
let private examples: (string * (Tensor -> Tensor) * string list) list =
    [
        "−(−x) = x", (fun x -> -(-x)), []
        "−c is a number", (fun x -> x / -(number 2.0 x)), [ "div" ]
        "a + b is a number", (fun x -> x * (number 0.1 x + number 0.2 x)), [ "mul" ]
        "x + (−0) = x", (fun x -> x + number -0.0 x), []
        "x + 0 = x", (fun x -> x + number 0.0 x), []
        "0 + x = x", (fun x -> number 0.0 x + x), []
        "x + (−y) = x − y", (fun x -> x + -(exp x)), [ "exp"; "sub" ]
        "a − b is a number", (fun x -> x * (number 0.3 x - number 0.1 x)), [ "mul" ]
        "x − 0 = x", (fun x -> x - number 0.0 x), []
        "x − (−y) = x + y", (fun x -> x - -(exp x)), [ "exp"; "add" ]
        "0 − x = −x", (fun x -> number 0.0 x - x), [ "neg" ]
        "a · b is a number", (fun x -> x + number 0.1 x * number 3.0 x), [ "add" ]
        "x · 1 = x", (fun x -> x * number 1.0 x), []
        "1 · x = x", (fun x -> number 1.0 x * x), []
        "x · (−1) = −x", (fun x -> x * number -1.0 x), [ "neg" ]
        "(−1) · x = −x", (fun x -> number -1.0 x * x), [ "neg" ]
        "0 · x = 0", (fun x -> number 0.0 x * x), []
        "a · (a⁻¹ · x) = x", (fun x -> number 4.0 x * (x * number 0.25 x)), []
        "a / b is a number", (fun x -> x * (number 1.0 x / number 3.0 x)), [ "mul" ]
        "x / 1 = x", (fun x -> x / number 1.0 x), []
        "x¹ = x", (fun x -> pow x (number 1.0 x)), []
        "a moved number is the number", (fun x -> x * broadcastTo x.Shape (reshape [ 1 ] (number 2.0 (sum x)))), [ "mul" ]
        "reshape to the same shape = x", (fun x -> bind (Prim.Move(Move.Reshape x.Shape)) [| x |]), []
        "reshape of reshape = reshape", (fun x -> reshape [ 4; 2 ] (square2 x)), [ "reshape [4, 2]" ]
        "permute in order = x", (fun x -> permute [ 0 ] x), []
        "permute of permute = permute",
        (fun x -> x |> square2 |> expandDims 0 |> permute [ 2; 0; 1 ] |> permute [ 2; 0; 1 ]),
        [ "reshape [1, 2, 4]"; "permute [1, 2, 0]" ]
        "broadcast to the same shape = x", (fun x -> broadcastAxes x.Shape [| 0 |] x), []
        "broadcast of broadcast = broadcast",
        (fun x -> broadcastAxes (shapeOf [ 3; 8; 2 ]) [| 1; 2 |] (broadcastAxes (shapeOf [ 8; 2 ]) [| 0 |] x)),
        [ "broadcast [3, 8, 2] [1]" ]
        "the whole slice = x", (fun x -> slice 0 0 8 x), []
        "pad by nothing = x", (fun x -> pad 1.0 [ 0, 0 ] x), []
        "concat of one = x", (fun x -> bind (Prim.Move(Move.Concat 0)) [| x |]), []
        "cast to the same dtype = x", (fun x -> bind (Prim.Cast DType.Float64) [| x |]), []
        "a cast number is a number", (fun x -> x * cast DType.Float64 (single 0.1 x)), [ "mul" ]
        "a reduction of one element = the element",
        (fun x ->
            bind (Prim.Reduce(Reduce.Sum [||])) [| reshape [ 1; x.Size; 1 ] x |> sumOver [ 0; 2 ] |> expandDims 0 |> amaxOver [ 0 ] |]),
        []
    ]

let private laws =
    Laws.Products.table
    |> List.collect (fun row -> Simplify.rewrites row.Prim)
    |> List.map (fun r -> r.Law, r.Strength)
    |> List.distinct

/// The names of all laws.
let all = examples |> List.map (fun (law, _, _) -> [| box law |])

let private traced (f: Tensor -> Tensor) (x: Tensor) =
    let struct (g, closedOver) = Trace.graph Eval.Cpu (fun xs -> [| f xs[0] |]) [| x.Type |]
    Assert.Empty closedOver
    g

let private operations (g: Graph) =
    g.Equations
    |> Array.map (fun e ->
        match e.Operation with
        | Operation.Prim prim -> Graph.primName prim
        | Operation.Block block -> fst (Graph.describe block))
    |> Array.filter (fun n -> not (n.StartsWith "fill"))
    |> List.ofArray

let private run (g: Graph) x = (Graph.run Eval.Cpu (Check.graph g) [| x |])[0]

/// NaN is NaN; every other bit counts.
let private bits (t: Tensor) =
    t.ToDoubles() |> Array.map (fun v -> if Double.IsNaN v then "NaN" else string (BitConverter.DoubleToInt64Bits v))

[<Fact>]
let ``every law has an example`` () =
    let named = examples |> List.map (fun (law, _, _) -> law) |> Set.ofList
    Assert.Equal<Set<string>>(laws |> List.map fst |> Set.ofList, named)
    Assert.Equal(laws.Length, named.Count)

[<Theory; MemberData(nameof all)>]
let ``a law fires and keeps its values`` (law: string) =
    let _, f, left = examples |> List.find (fun (name, _, _) -> name = law)
    let strength = laws |> List.find (fun (name, _) -> name = law) |> snd
    let g = traced f vector
    let simple = Simplify.graph strength g
    Assert.Equal<string list>(left, operations simple)

    match strength with
    | Strength.Exact -> Assert.Equal<string[]>(bits (run g vector), bits (run simple vector))
    | Strength.Algebraic ->
        // On ordinary numbers, and only where asked for.
        close law 1e-15 (run g ordinary) (run simple ordinary)
        Assert.Equal<string list>(operations (Graph.prune g), operations (Simplify.graph Strength.Exact g))

[<Fact>]
let ``exact laws do not fold what single precision rounds otherwise`` () =
    // 0.1 in single precision is not 0.1.
    let f (x: Tensor) = single 0.1 x * single 0.2 x
    let x = ordinary
    let g = traced f x
    Assert.Equal<string[]>(bits (run g x), bits (run (Simplify.graph Strength.Exact g) x))
    let widened (x: Tensor) = cast DType.Float64 (single 0.1 x + single 0.7 x)
    let h = traced widened x
    Assert.Equal<string[]>(bits (run h x), bits (run (Simplify.graph Strength.Exact h) x))
    // Whole numbers are not folded in floating point.
    let whole (x: Tensor) =
        let c = Tensor.Constant(7.0, { x.Type with DType = DType.Int32 }, x) in Tensor.Bind2(Binary.Div, c, Tensor.Bind2(Binary.Add, c, c))

    let w = traced whole x
    Assert.Equal<string[]>(bits (run w x), bits (run (Simplify.graph Strength.Exact w) x))

let private byName = Laws.Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Rows with an operand to differentiate in.
let differentiable =
    Laws.Products.table
    |> List.filter (fun row -> (Laws.Row.active row).Length > 0)
    |> List.map (fun row -> [| box row.Name |])

[<Theory; MemberData(nameof differentiable)>]
let ``graphs of derivatives keep their values`` (name: string) =
    let row = byName[name]
    let f, xs = Laws.Row.focus row (Laws.Row.apply row) (Laws.Row.inputs row 0)
    let ct = direction (seeded name) (f xs)
    // Numbers among the operands let more laws fire: the row at 2 x + 0, and its derivatives.
    let shifted (xs: Tensor[]) = f (xs |> Array.map (fun x -> 0.5 * (x + x) + 0.0))
    let both (xs: Tensor[]) = let y, back = vjp shifted xs in Array.append [| y |] (back ct)
    let struct (g, closedOver) = Trace.graph Eval.Cpu both (xs |> Array.map _.Type)
    let operands = Array.append xs closedOver
    let run (g: Graph) = Graph.run Eval.Cpu (Check.graph g) operands
    let expected = run g
    let exact = Simplify.graph Strength.Exact g
    Assert.True(exact.Equations.Length <= g.Equations.Length)
    Array.iter2 (fun (e: Tensor) a -> Assert.Equal<string[]>(bits e, bits a)) expected (run exact)
    closeAll "algebraic" 1e-12 expected (run (Simplify.graph Strength.Algebraic g))
    // Once more changes nothing.
    Assert.Equal(exact.Equations.Length, (Simplify.graph Strength.Exact exact).Equations.Length)
    // Equal equations made one keep the values, too, and leave none that no result needs.
    let optimized = Optimize.graph g
    Array.iter2 (fun (e: Tensor) a -> Assert.Equal<string[]>(bits e, bits a)) expected (run optimized)
    Assert.Equal(optimized.Equations.Length, (Graph.prune optimized).Equations.Length)

[<Fact>]
let ``the graphs of loops and branches become simple, too`` () =
    let step (c: Tensor) (x: Tensor) = c * 1.0 + -x, c

    let struct (g, _) =
        Trace.graph Eval.Cpu (fun xs -> let c, ys = scan step (sum xs[0] * 0.0) xs[0] in [| c; ys |]) [| ordinary.Type |]

    let simple = Simplify.graph Strength.Exact g

    let bodies (g: Graph) =
        [
            for e in g.Equations do
                match e.Operation with
                | Operation.Block block -> yield! Check.graphs block |> Array.map operations
                | Operation.Prim _ -> ()
        ]

    Assert.Equal<string list list>([ [ "mul"; "neg"; "add" ] ], bodies g)
    Assert.Equal<string list list>([ [ "sub" ] ], bodies simple)
    let run (g: Graph) = Graph.run Eval.Cpu (Check.graph g) [| ordinary |]
    Array.iter2 (fun (e: Tensor) a -> Assert.Equal<string[]>(bits e, bits a)) (run g) (run simple)
