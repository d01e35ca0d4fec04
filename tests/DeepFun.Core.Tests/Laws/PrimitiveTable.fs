/// docs/primitives.md: what every primitive can do in every transformation, found by trying, with a reason for every hole.
module DeepFun.Core.Tests.Laws.PrimitiveTable

open System
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// Why a primitive has no derivative, by its name or the beginning of its name. The only table made by hand.
let private reasons: (string * string) list =
    [
        "Unary.Sign", "constant between its jumps"
        "Unary.Floor", "constant between its jumps"
        "Unary.Ceiling", "constant between its jumps"
        "Unary.Round", "constant between its jumps"
        "Unary.Truncate", "constant between its jumps"
        "Unary.IsNaN", "gives truth values"
        "Unary.IsInfinite", "gives truth values"
        "Unary.Not", "takes truth values"
        "Binary.And", "takes truth values or integers"
        "Binary.Or", "takes truth values or integers"
        "Binary.Xor", "takes truth values or integers"
        "Compare.", "gives truth values"
        "Cast.Bool", "gives truth values"
        "Cast.Int", "gives integers"
        "Cast.UInt", "gives integers"
        "Reduce.Any", "takes truth values"
        "Reduce.All", "takes truth values"
        "Reduce.ArgMax", "gives indices"
        "Reduce.ArgMin", "gives indices"
        "Along.ArgSort", "gives indices"
        "Window.ArgMax", "gives indices"
        "Generate.Fill", "takes nothing"
        "Generate.Iota", "takes nothing"
        "Generate.Random", "takes a key only"
        "Sample.Poisson", "gives integers"
        "StopGradient", "has the derivative zero by definition"
    ]

let private reasonFor (name: string) = reasons |> List.tryFind (fun (start, _) -> name.StartsWith start) |> Option.map snd

let private refused (attempt: unit -> 'a) =
    try
        attempt () |> ignore
        false
    with :? DeepFunException ->
        true

let private isFloating (t: Tensor) = DTypes.IsFloating t.DType

/// Operands (from 1) for which a probe of the row succeeds.
let private operands (probe: Row -> Tensor[] -> int -> bool) (rows: Row list) : int list =
    [
        for row in rows do
            let xs = Row.inputs row 0

            for i in 0 .. xs.Length - 1 do
                if isFloating xs[i] && probe row xs i then
                    i + 1
    ]
    |> List.distinct
    |> List.sort

let private withOperand (xs: Tensor[]) i (x: Tensor) = xs |> Array.mapi (fun j y -> if i = j then x else y)

let private derivative (row: Row) (xs: Tensor[]) i =
    let level = JvpInterpreter(Interpreter.NextLevel(), Eval.Cpu)
    Row.apply row (withOperand xs i (level.Make(xs[i], onesLike xs[i]))) :? Dual

let private series (row: Row) (xs: Tensor[]) i =
    let level = JetInterpreter(Interpreter.NextLevel(), 2, Eval.Cpu)
    Row.apply row (withOperand xs i (level.Make [| xs[i]; onesLike xs[i]; null |])) :? JetTensor

/// Recorded on the tape, alone or together with the other operands (x + y is linear in both), and a cotangent comes back through it.
let private transposed (row: Row) (xs: Tensor[]) i =
    let through (linear: Tensor -> int -> bool) =
        let tape = Tape(Interpreter.NextLevel(), Eval.Cpu)
        let inputs = xs |> Array.mapi (fun j x -> if linear x j then tape.Input x.Type else null)
        let operands = Array.map2 (fun (x: Tensor) (input: Linear) -> if isNull input then x else input) xs inputs

        not (
            refused (fun () ->
                let y = Row.apply row operands :?> Linear
                let back = Transpose.backward tape.Count [| y |] [| onesLike (Row.apply row xs) |] [| inputs[i] |]
                Assert.Equal(string xs[i].Type, string back[0].Type))
        )

    through (fun _ j -> i = j) || through (fun x _ -> isFloating x)

let private mapped (row: Row) =
    let xs = Row.inputs row 0
    let level = VmapInterpreter(Interpreter.NextLevel(), 2, Eval.Cpu)
    let y = Row.apply row (xs |> Array.map (fun x -> level.Make(stack 0 [ x; x ])))
    y :? Batched && string y.Type = string (Row.apply row xs).Type

/// The dtypes in which the row's values (not its conditions and indices) may be.
let private dtypes (rows: Row list) : DType list =
    [
        for row in rows do
            match row.Prim with
            | Prim.Generate op ->
                for dtype in Enum.GetValues<DType>() do
                    let prim =
                        match op with
                        | Generate.Fill(c, ty) -> Generate.Fill(c, { ty with DType = dtype })
                        | Generate.Iota(axis, ty) -> Generate.Iota(axis, { ty with DType = dtype })
                        | Generate.Random(op, ty) -> Generate.Random(op, { ty with DType = dtype })

                    let made = { row with Prim = Prim.Generate prim }

                    if not (refused (fun () -> Row.apply made (Row.inputs row 0))) then
                        dtype
            | _ ->
                let xs = Row.inputs row 0

                // Beside a condition or a key
                let main =
                    match row.Prim with
                    | Prim.Select
                    | Prim.Sample _ -> xs[1].DType
                    | _ -> xs[0].DType

                for dtype in Enum.GetValues<DType>() do
                    let other = xs |> Array.map (fun x -> if x.DType = main then cast dtype x else x)

                    if not (refused (fun () -> Row.apply row other)) then
                        dtype
    ]
    |> List.distinct
    |> List.sort

let private listed (xs: 'a seq) = String.Join(", ", xs)

let private inferred (row: Row) =
    let xs = Row.inputs row 0
    string (Infer.output row.Prim (xs |> Array.map _.Type)) = string (Row.apply row xs).Type

let private line (name: string, rows: Row list) : string =
    let reason hole =
        match reasonFor name with
        | Some r -> $"— {r}"
        | None -> hole

    // A row of operands that are all integers says nothing about derivatives.
    let found probe hole =
        match operands probe rows with
        | [] -> reason hole
        | xs -> listed xs

    let yes (condition: bool) = if condition then "✓" else "HOLE"
    let jvp = found derivative "HOLE"
    let jet = found series "HOLE"
    let nonlinear = if jvp.StartsWith "—" then "HOLE" else "— not linear"
    let withOperands = rows |> List.filter (fun row -> row.Operands.Length > 0)
    let vmap = if withOperands.IsEmpty then reason "HOLE" else yes (List.forall mapped withOperands)

    $"| `{name}` | {yes (List.forall inferred rows)} | ✓ | {jvp} | {found transposed nonlinear} | {vmap} | {jet} | {listed (dtypes rows |> Seq.map DTypes.Name)} |"

let private table =
    lazy
        (let rows = Products.table |> List.groupBy (fun row -> CoverageTests.nameOf row.Prim typeof<Prim>) |> List.sortBy fst
         let body = rows |> List.map line

         let head =
             [
                 "# Primitives"
                 ""
                 "Every operation is composed of these and of the operations that carry graphs (below). Found by trying every primitive in every"
                 "transformation; generated by the tests of the core (`DEEPFUN_UPDATE_GOLDEN=1`), which fail on a hole without a reason."
                 ""
                 "- shape: inference says what evaluation gives. eval: it runs on the CPU backend."
                 "- jvp and jet: the operands, from 1, in which it is differentiated, once and to any order."
                 "- transpose: the operands, from 1, in which it is linear and has a transpose; reverse mode needs no other, because derivatives are"
                 "  made of linear primitives."
                 "- vmap: every operand and all together may carry the batch."
                 "- dtypes: those of its values; conditions are bool, indices int32 or int64 and keys int64 anyway."
                 ""
                 "| primitive | shape | eval | jvp | transpose | vmap | jet | dtypes |"
                 "|---|---|---|---|---|---|---|---|"
             ]

         head @ body @ BlockTable.lines.Value |> List.map (fun l -> l + "\n") |> String.concat "")

[<Fact>]
let ``no hole is without a reason`` () =
    for l in table.Value.Split '\n' do
        Assert.DoesNotContain("HOLE", l)

[<Fact>]
let ``no reason is without a hole`` () =
    for start, reason in reasons do
        Assert.True(table.Value.Contains $"| `{start}" && table.Value.Contains reason, start)

        for l in table.Value.Split '\n' do
            if l.StartsWith $"| `{start}" then
                Assert.Contains($"— {reason} |", l)

[<Fact>]
let ``the page of primitives is up to date`` () = golden "docs/primitives.md" table.Value
