/// Taylor mode is nested forward mode, over every row; and it commutes with the other transformations.
module DeepFun.Core.Tests.Laws.JetLaws

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

let private byName = Products.table |> Seq.map (fun row -> row.Name, row) |> dict

/// Rows with an operand to differentiate in.
let differentiable =
    Products.table |> List.filter (fun row -> (Row.active row).Length > 0) |> List.map (fun row -> [| box row.Name |])

let private order = 4

let private directions (row: Row) salt (xs: Tensor[]) = xs |> Array.map (direction (seeded (row.Name + salt)))

/// The row's function of its active operands, and values.
let private focused (row: Row) variant = Row.focus row (Row.apply row) (Row.inputs row variant)

let private tolerance (y: Tensor) tight = max tight (10.0 * rounding y.DType)

let private factorial k = Seq.fold (*) 1.0 (Seq.map float [ 2..k ])

[<Theory; MemberData(nameof differentiable)>]
let ``jet along a curve is nested forward mode`` (name: string) =
    let row = byName[name]
    let f, xs = focused row 0
    // x(t) = x₀ + a₁ t + a₂ t² + a₃ t³ + a₄ t⁴
    let coefficients = List.init order (fun k -> directions row $"a{k}" xs)

    let curve (t: Tensor) =
        let polynomial i = List.foldBack (fun (a: Tensor[]) (rest: Tensor) -> t * (a[i] + rest)) coefficients (zerosLike xs[i])
        xs |> Array.mapi (fun i x -> x + polynomial i)

    let expected = nested (curve >> f) (scalar 0.0) order
    let series = coefficients |> List.mapi (fun k a -> a |> Array.map (fun a -> a * factorial (k + 1)))
    let y, derivatives = jetSeries f xs series
    close "value" 0.0 (f xs) y

    for k in 1..order do
        close $"derivative {k}" (tolerance y 1e-8) expected[k] derivatives[k - 1]

[<Theory; MemberData(nameof differentiable)>]
let ``the gradient of a jet is the jet of the gradient`` (name: string) =
    let row = byName[name]
    let f, xs = focused row 0
    let dx = directions row "dx" xs
    let y = f xs
    let ct = direction (seeded (row.Name + "ct")) y
    let pullback xs = snd (vjp f xs) ct
    let inside = jetAlong pullback xs dx 2
    let outside = snd (vjp (fun xs -> jetAlong f xs dx 2) xs)

    for k in 0..2 do
        let alone = Array.init 3 (fun i -> if i = k then ct else zerosLike ct)
        closeAll $"derivative {k}" (tolerance y 1e-8) inside[k] (outside alone)

[<Theory; MemberData(nameof differentiable)>]
let ``vmap and jet commute`` (name: string) =
    let row = byName[name]
    let entries = [| Row.inputs row 0; Row.inputs row 1 |]
    let n = row.Operands.Length
    let stacked = Array.init n (fun i -> stack 0 (entries |> Array.map (fun e -> e[i])))
    let dx = directions row "dx" entries[0]
    let places = Row.active row

    let jets (apply: Tensor[] -> Tensor) (all: Tensor[]) (ds: Tensor[]) =
        let f, xs = Row.focus row apply all
        jetAlong f xs (places |> Array.map (fun i -> ds[i])) 3

    let each = entries |> Array.map (fun e -> jets (Row.apply row) e dx)
    let wide = dx |> Array.map (fun d -> stack 0 [ d; d ])
    let inside = vmap (fun (all: Tensor[]) -> jets (Row.apply row) all dx) stacked
    let outside = jets (vmap (Row.apply row)) stacked wide

    for k in 0..3 do
        let expected = stack 0 (each |> Array.map (fun e -> e[k]))
        close $"vmap of jet, {k}" 1e-10 expected inside[k]
        close $"jet of vmap, {k}" 1e-10 expected outside[k]

[<Theory; MemberData(nameof differentiable)>]
let ``a trace of a jet runs to the same values`` (name: string) =
    let row = byName[name]
    let f, xs = focused row 0
    let n = xs.Length
    let jets (all: Tensor[]) = jetAlong f all[.. n - 1] all[n..] 3
    let operands = Array.append xs (directions row "dx" xs)
    let struct (g, closedOver) = Trace.graph Eval.Cpu jets (operands |> Array.map _.Type)
    closeAll "graph" 1e-14 (jets operands) (Graph.run Eval.Cpu (Check.graph g) (Array.append operands closedOver))
