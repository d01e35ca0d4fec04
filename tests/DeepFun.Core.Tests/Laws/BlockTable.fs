/// The part of docs/primitives.md on operations that carry graphs: what each can do in every transformation, found by trying.
module DeepFun.Core.Tests.Laws.BlockTable

open System
open System.IO
open System.Reflection
open Microsoft.FSharp.Reflection
open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Numbers
open Xunit

/// A function of one number with the operation in it, the same written without, and the files of tests (in Transformations) about it.
[<NoComparison; NoEquality>]
type private BlockRow = { Name: string; With: Tensor -> Tensor; Without: Tensor -> Tensor; Tests: string list }

let private rows: BlockRow list =
    [
        {
            Name = "Checkpoint"
            With = checkpoint (fun x -> exp (sin x))
            Without = fun x -> exp (sin x)
            Tests = [ "CustomRuleTests"; "JetBlockTests" ]
        }
        {
            Name = "Custom"
            With = customRules sin (fun (x: Tensor) dx -> sin x, cos x * dx) (fun x -> sin x, x) (fun x ct -> cos x * ct)
            Without = sin
            Tests = [ "CustomRuleTests"; "JetBlockTests" ]
        }
        {
            Name = "Scan"
            With = fun x -> scan (fun (c: Tensor) t -> sin (c * t) + x, ()) x (f64 [ 2 ] [ 0.5; 1.5 ]) |> fst
            Without = fun x -> sin ((sin (x * 0.5) + x) * 1.5) + x
            Tests = [ "ScanTests"; "JetBlockTests" ]
        }
        {
            Name = "Switch"
            With = fun x -> cond (greater x (scalar 0.75)) (fun x -> sin x) (fun x -> x * x) x
            Without = fun x -> where (greater x (scalar 0.75)) (sin x) (x * x)
            Tests = [ "ControlTests"; "JetBlockTests" ]
        }
        {
            Name = "While"
            With = fun x -> whileLoop (fun c -> less c (scalar 20.0)) (fun c -> c * c + x) (x + 1.0)
            // Three steps from 0.6, two from 0.9
            Without =
                fun x ->
                    let step (c: Tensor) : Tensor = where (less c (scalar 20.0)) (c * c + x) c
                    step (step (step (x + 1.0)))
            Tests = [ "ControlTests"; "JetBlockTests" ]
        }
    ]

/// What is refused, by operation and transformation: the code, and why.
let private refusals: ((string * string) * (string * string)) list =
    [ ("While", "reverse"), ("DF0415", "how many steps there are to go back is not known; `whileLoopBounded` is a scan") ]

let private one, two = scalar 0.6, f64 [ 2 ] [ 0.6; 0.9 ]

/// Transformations with a place. In a trace no value is known, so that the operation itself is transformed.
let private transformations: (string * ((Tensor -> Tensor) -> Tensor -> Tensor) * Tensor) list =
    [
        "eval", id, one
        "jvp", (fun f -> graphOf (forward f) one), one
        "reverse", (fun f -> graphOf (grad f) one), one
        "vmap", (fun f -> graphOf (vmap f) two), two
        "jet", (fun f -> graphOf (fun x -> (jet f x 3)[3]) one), one
        "jit", (fun f -> jit f), one
    ]

/// The same transformations of the function without the operation.
let private plainly (name: string) (f: Tensor -> Tensor) : Tensor -> Tensor =
    match name with
    | "jvp" -> forward f
    | "reverse" -> grad f
    | "vmap" -> vmap f
    | "jet" -> fun x -> (jet f x 3)[3]
    | _ -> f

let private attempt (row: BlockRow) (name: string, transformed: (Tensor -> Tensor) -> Tensor -> Tensor, x: Tensor) : string =
    match List.tryFind (fst >> (=) (row.Name, name)) refusals with
    | Some(_, (code, reason)) ->
        throws code (fun () -> transformed (graphOf row.With one) x)
        $"— {reason} ({code})"
    | None ->
        close $"{row.Name}, {name}" 1e-11 (plainly name row.Without x) (transformed (graphOf row.With one) x)
        "✓"

let private path test = $"tests/DeepFun.Core.Tests/Transformations/{test}.fs"

let private line (row: BlockRow) : string =
    let cells = transformations |> List.map (attempt row)
    let tests = row.Tests |> List.map (fun test -> $"[{test}](../{path test})")
    let cells = String.Join(" | ", cells @ [ String.Join(", ", tests) ])
    $"| `{row.Name}` | {cells} |"

/// The lines of the page.
let internal lines =
    lazy
        ([
            ""
            "## Operations that carry graphs"
            ""
            "Loops, branches, checkpoints and rules of one's own have many results and hold graphs ([decision 6](adr/0006-blocks.md)). Each was tried in a"
            "trace, where no value is known, against the same function written without it; jet to order 3. Where values are known, branches and loops"
            "run as they are written, in every mode. Operands may be of any dtype."
            ""
            "| operation | eval | jvp | reverse | vmap | jet | jit | tests |"
            "|---|---|---|---|---|---|---|---|"
         ]
         @ List.map line rows)

[<Fact>]
let ``every operation that carries graphs has a row, which holds it`` () =
    let cases = FSharpType.GetUnionCases(typeof<Block>, BindingFlags.Public ||| BindingFlags.NonPublic) |> Array.map _.Name
    Assert.Equal<string>(Array.sort cases, rows |> List.map _.Name)

    for row in rows do
        let struct (g, _) = Trace.graph Eval.Cpu (fun xs -> [| row.With xs[0] |]) [| one.Type |]

        let held =
            g.Equations
            |> Array.choose (fun e ->
                match e.Operation with
                | Operation.Block block -> Some(CoverageTests.nameOf block typeof<Block>)
                | Operation.Prim _ -> None)

        Assert.Equal<string>([| row.Name |], held)

        for test in row.Tests do
            Assert.True(File.Exists(Path.Combine(repository, path test)), test)
