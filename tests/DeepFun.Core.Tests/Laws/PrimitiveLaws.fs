/// The laws: each runs over every row of the table.
module DeepFun.Core.Tests.Laws.PrimitiveLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Limits
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// The names of all rows.
let all = Products.table |> List.map (fun row -> [| box row.Name |])

/// Those with an operand to differentiate in.
let differentiable =
    Products.table |> List.filter (fun row -> (Row.active row).Length > 0) |> List.map (fun row -> [| box row.Name |])

let private setUp name =
    let row = byName[name]
    let f, xs, ds = setUp row
    row, f, xs, ds

[<Theory; MemberData(nameof differentiable)>]
let ``jvp is the limit of central differences`` (name: string) =
    let row, f, xs, ds = setUp name
    let y, dy = jvp f xs ds
    close "value" 0.0 (f xs) y
    closeValues "tangent" row.Tolerance (difference row.Step f xs ds) (dy.ToDoubles())

[<Theory; MemberData(nameof differentiable)>]
let ``vjp is the adjoint of jvp`` (name: string) =
    let row, f, xs, ds = setUp name
    let y, back = vjp f xs
    let ct = cotangent row y
    let gs = back ct

    // Together, then each operand alone.
    let check (ds: Tensor[]) =
        let right = Array.fold2 (fun s g d -> s + inner g d) 0.0 gs ds
        let tolerance = max 1e-10 (5.0 * rounding y.DType)
        closeValues "inner product" tolerance [| inner ct (snd (jvp f xs ds)) |] [| right |]

    Array.iter2 (fun (x: Tensor) (g: Tensor) -> Assert.Equal(string x.Type, string g.Type)) xs gs
    check ds

    for i in 0 .. xs.Length - 1 do
        check (ds |> Array.mapi (fun j d -> if i = j then d else zerosLike d))

[<Theory; MemberData(nameof differentiable)>]
let ``jvp is linear in the tangent`` (name: string) =
    let row, f, xs, ds = setUp name
    let es = directions row "other" xs
    let tangent ds : Tensor = snd (jvp f xs ds)
    let y = f xs

    if DTypes.IsFloating y.DType then
        let expected: Tensor = 1.75 * tangent ds - 0.25 * tangent es
        let tolerance = max 1e-12 (5.0 * rounding y.DType)
        close "tangent" tolerance expected (tangent (Array.map2 (fun (d: Tensor) e -> 1.75 * d - 0.25 * e) ds es))

[<Theory; MemberData(nameof differentiable)>]
let ``the second derivative is the limit of differences of the first`` (name: string) =
    let row, f, xs, ds = setUp name
    let ct = cotangent row (f xs)
    let pullback xs = snd (vjp f xs) ct
    let es = directions row "second" xs
    let _, dgs = jvp pullback xs ds

    for i in 0 .. xs.Length - 1 do
        let expected = difference row.Step (fun xs -> (pullback xs)[i]) xs ds
        closeValues $"forward over reverse {i}" row.Tolerance expected (dgs[i].ToDoubles())

    // Reverse over reverse is the transpose of forward over reverse, and forward over forward agrees with both.
    let _, back = vjp pullback xs
    closeValues "reverse over reverse" 1e-9 [| total dgs es |] [| total (back es) ds |]
    let forward (xs: Tensor[]) = snd (jvp f xs es)
    closeValues "forward over forward" 1e-9 [| total dgs es |] [| inner ct (snd (jvp forward xs ds)) |]

[<Theory; MemberData(nameof all)>]
let ``inference says what evaluation gives`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    let inferred = Infer.output row.Prim (xs |> Array.map _.Type)
    let y = Row.apply row xs
    Assert.Equal(string inferred, string y.Type)
    let storage = (y :?> Data).Storage
    Assert.Equal(string inferred.Shape, string storage.Shape)
    Assert.Equal(inferred.DType, storage.DType)
    Assert.Equal(inferred.Shape.Size, y.ToDoubles().Length)

[<Theory; MemberData(nameof all)>]
let ``evaluation is deterministic and leaves its operands alone`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    close "again" 0.0 (Row.apply row xs) (Row.apply row xs)
    closeAll "operands" 0.0 (Row.inputs row 0) xs

/// Traces f on all these arguments, checks and runs the graph.
let private traced (f: Tensor[] -> Tensor[]) (xs: Tensor[]) : Tensor[] =
    let struct (g, closedOver) = Trace.graph Eval.Cpu f (xs |> Array.map _.Type)
    Assert.NotEmpty(Graph.show g)
    Graph.run Eval.Cpu (Check.graph g) (Array.append xs closedOver)

[<Theory; MemberData(nameof all)>]
let ``a trace runs to the same value`` (name: string) =
    let row = byName[name]
    let xs = Row.inputs row 0
    let y = Row.apply row xs

    if xs.Length = 0 then
        let g =
            {
                Inputs = [||]
                Equations = [| Equation(row.Prim, [||], 0) |]
                Outputs = [| 0 |]
                Types = [| y.Type |]
            }

        Assert.NotEmpty(Graph.show g)
        closeAll "graph" 0.0 [| y |] (Graph.run Eval.Cpu (Check.graph g) [||])
    else
        closeAll "graph" 0.0 [| y |] (traced (fun xs -> [| Row.apply row xs |]) xs)

        // The first operand closed over.
        let rest = traced (fun rest -> [| Row.apply row (Array.append [| xs[0] |] rest) |]) xs[1..]
        closeAll "closed over" 0.0 [| y |] rest

[<Theory; MemberData(nameof differentiable)>]
let ``traces of derivatives run to the same values`` (name: string) =
    let row, f, xs, ds = setUp name
    let n = xs.Length
    let ct = cotangent row (f xs)
    let forward (all: Tensor[]) = let y, dy = jvp f all[.. n - 1] all[n..] in [| y; dy |]
    closeAll "jvp" 1e-14 (forward (Array.append xs ds)) (traced forward (Array.append xs ds))
    let reverse (all: Tensor[]) = snd (vjp f all[.. n - 1]) all[n]
    closeAll "vjp" 1e-14 (reverse (Array.append xs [| ct |])) (traced reverse (Array.append xs [| ct |]))

    // A pullback of a traced value, differentiated again.
    let second (all: Tensor[]) = snd (jvp (fun xs -> snd (vjp f xs) ct) all[.. n - 1] all[n..])
    closeAll "hvp" 1e-12 (second (Array.append xs ds)) (traced second (Array.append xs ds))

/// Primitives that say their dtype cannot be run in another one.
let singles =
    Products.table
    |> List.filter (fun row ->
        (Row.active row).Length > 0
        && (match row.Prim with
            | Prim.Cast _ -> false
            | _ -> true))
    |> List.map (fun row -> [| box row.Name |])

/// Linear algebra takes float32 and float64.
let halves =
    Products.table
    |> List.filter (fun row ->
        (Row.active row).Length > 0
        && (match row.Prim with
            | Prim.Cast _
            | Prim.Linalg _ -> false
            | _ -> true))
    |> List.map (fun row -> [| box row.Name |])

/// A row in a narrower dtype against itself in float64, from operands that both have. The tolerance of a derivative is that of several steps,
/// each of which rounds.
let private agrees (narrower: DType) (value: float) (derivative: float) (name: string) =
    let row = byName[name]
    let single (x: Tensor) = if x.DType = DType.Float64 then cast narrower x else x
    let double (x: Tensor) = if x.DType = narrower then cast DType.Float64 x else x
    let singles = Row.inputs row 0 |> Array.map single
    let narrow, xs = Row.focus row (Row.apply row) singles
    let wide, zs = Row.focus row (Row.apply row) (singles |> Array.map double)
    let ds = directions row "dx" xs
    let y, dy = jvp narrow xs ds
    let z, dz = jvp wide zs (ds |> Array.map double)
    Assert.Equal(string (single z).Type, string y.Type)
    closeValues "value" value (z.ToDoubles()) (y.ToDoubles())
    closeValues "tangent" derivative (dz.ToDoubles()) (dy.ToDoubles())
    let ct = cotangent row y
    let narrowGradients = snd (vjp narrow xs) ct
    let wideGradients = snd (vjp wide zs) (double ct)

    Array.iter2
        (fun (e: Tensor) (a: Tensor) -> closeValues "gradient" derivative (e.ToDoubles()) (a.ToDoubles()))
        wideGradients
        narrowGradients

[<Theory; MemberData(nameof singles)>]
let ``float32 agrees with float64`` (name: string) = agrees DType.Float32 2e-5 1e-4 name

[<Theory; MemberData(nameof halves)>]
let ``float16 agrees with float64`` (name: string) =
    agrees DType.Float16 (2.0 * rounding DType.Float16) (10.0 * rounding DType.Float16) name

[<Theory; MemberData(nameof halves)>]
let ``bfloat16 agrees with float64`` (name: string) =
    agrees DType.BFloat16 (2.0 * rounding DType.BFloat16) (10.0 * rounding DType.BFloat16) name
