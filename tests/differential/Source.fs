/// A program as F# over DeepFun that runs by itself.
module DeepFun.Differential.Source

open System
open System.Text.RegularExpressions
open DeepFun

let private number (v: float) =
    if Double.IsNaN v then
        "nan"
    elif Double.IsInfinity v then
        (if v > 0.0 then "infinity" else "-infinity")
    else
        (let text = v.ToString "R" in if text.Contains '.' || text.Contains 'E' then text else text + ".0")

let private bracketed (text: string) = if text.StartsWith '-' then $"({text})" else text
let private list (items: string seq) = "[ " + String.Join("; ", items) + " ]"

let private leaf (l: Leaf) =
    let shape = list (Seq.map string l.Shape)

    let literal (v: float) =
        match l.DType with
        | DType.Float64 -> number v
        | DType.Float32 -> number v + "f"
        | DType.Int64 -> string (int64 v) + "L"
        | DType.UInt8 -> string (byte v) + "uy"
        | DType.Bool -> (if v <> 0.0 then "true" else "false")
        | _ -> string (int v)

    let values = String.Join("; ", Array.map literal l.Values)

    if l.Values.Length = 0 then
        $"Tensor.ofArray {shape} (Array.empty<float>)"
    else
        $"Tensor.ofArray {shape} [| {values} |]"

let private step (s: Step) =
    let names = s.Operands |> Array.map (fun i -> $"t{i}")
    let ints = s.Ints |> Array.map string

    let hole (m: Match) =
        match m.Groups[1].Value with
        | "i" -> list ints
        | "tail" -> list ints[1..]
        | "last" -> ints[ints.Length - 1]
        | "pairs" -> list (s.Ints |> Array.chunkBySize 2 |> Array.map (fun p -> $"{p[0]}, {p[1]}"))
        | "window" -> let sizes = String.Join("; ", Array.replicate s.Ints[0] ints[1]) in $"[| {sizes} |]"
        | "operands" -> String.Join("; ", names)
        | "label" -> s.Operation.Split(':')[1]
        | name when name[0] = 'i' -> bracketed ints[int name[1..]]
        | name when name[0] = 'f' -> bracketed (number s.Floats[int name[1..]])
        | name -> names[int name]

    Regex.Replace((Generator.find s).Source, @"\{(\w+)\}", hole)

/// One line a value; the last lines print the results.
let write (p: Program) : string =
    let line i (n: Node) =
        match n with
        | Leaf l -> $"let t{i} = {leaf l}"
        | Step s -> $"let t{i}: Tensor = {step s}"

    let prints = Program.outputs p |> Array.map (fun i -> $"printfn \"{{t{i}}}\"".Replace("printfn \"", "printfn $\""))
    String.Join("\n", Array.concat [ [| "open DeepFun"; "open DeepFun.FSharp" |]; Array.mapi line p.Nodes; prints ])
