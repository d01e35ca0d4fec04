/// Makes a program that two libraries disagree on as small as it can be while they still do.
module DeepFun.Differential.Shrinking

open System
open DeepFun
open DeepFun.FSharp

/// The value of every node, or none where a step refuses its operands.
let private values (p: Program) : Tensor[] option =
    let made: Tensor[] = Array.zeroCreate p.Nodes.Length

    try
        for i in 0 .. p.Nodes.Length - 1 do
            made[i] <-
                match p.Nodes[i] with
                | Leaf l -> Values.tensor l
                | Step s -> Generator.apply s (s.Operands |> Array.map (fun j -> made[j]))

        Some made
    with :? DeepFunException ->
        None

let private replace i node (p: Program) = { Nodes = p.Nodes |> Array.mapi (fun j n -> if i = j then node else n) }

/// Every reader of node i reads node j instead.
let private redirect i j (p: Program) =
    {
        Nodes =
            p.Nodes
            |> Array.map (fun n ->
                match n with
                | Leaf _ -> n
                | Step s -> Step { s with Operands = s.Operands |> Array.map (fun k -> if k = i then j else k) })
    }

let private steps (p: Program) =
    [
        for i in 0 .. p.Nodes.Length - 1 do
            if Program.isStep p.Nodes[i] then
                i
    ]

/// One leaf with an axis cut to one element.
let private cut (i: int) (axis: int) (l: Leaf) (p: Program) =
    let shorter = slice axis 0 1 (Values.tensor l)
    replace i (Leaf { l with Shape = shorter.Shape.ToArray(); Values = shorter.ToDoubles() }) p

/// Smaller programs, the most daring first.
let private candidates (p: Program) : Program seq =
    seq {
        let outputs = Program.outputs p

        // A single result.
        if outputs.Length > 1 then
            for o in outputs do
                yield Program.restrict [ o ] p

        match values p with
        | None -> ()
        | Some known ->
            // A step's value instead of the step: all that led to it falls away.
            for i in List.rev (steps p) do
                if not (Array.contains i outputs) then
                    let leaf = Leaf { DType = known[i].DType; Shape = known[i].Shape.ToArray(); Values = known[i].ToDoubles() }
                    yield Program.restrict outputs (replace i leaf p)

            // A step left out: its readers read one of its operands.
            for i in List.rev (steps p) do
                for j in Program.operands p.Nodes[i] do
                    if Array.contains i outputs then
                        if Program.isStep p.Nodes[j] then
                            yield Program.restrict (Array.append [| j |] (Array.except [| i |] outputs)) p
                    else
                        yield Program.restrict outputs (redirect i j p)

            for i in 0 .. p.Nodes.Length - 1 do
                match p.Nodes[i] with
                | Leaf l ->
                    for axis in 0 .. l.Shape.Length - 1 do
                        if l.Shape[axis] > 1 then
                            yield cut i axis l p
                | Step _ -> ()
    }

let private size (p: Program) =
    p.Nodes
    |> Array.sumBy (fun n ->
        match n with
        | Leaf l -> 1 + l.Values.Length
        | Step _ -> 1000)

/// The smallest program that this way of shrinking reaches and that still disagrees.
let shrink (disagrees: Program -> bool) (p: Program) : Program =
    let smaller (q: Program) = Program.steps q > 0 && size q < size p && (values q).IsSome && disagrees q

    let rec go (p: Program) budget =
        if budget = 0 then
            p
        else
            match candidates p |> Seq.tryFind (fun q -> size q < size p && smaller q) with
            | Some q -> go q (budget - 1)
            | None -> p

    go p 200
