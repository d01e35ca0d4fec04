namespace DeepFun

open System

/// A function as text: a line for each operation, with the types of its results; the graphs of an operation stand below it.
[<RequireQualifiedAccess>]
module internal ExplainText =

    let rec private lines (namer: Namer) (indent: string) (names: string[]) (g: Graph) (results: string[] -> string) : string list =
        let literals = Explained.literals g

        let operand v =
            match literals[v] with
            | ValueSome c -> Explained.number c
            | ValueNone -> names[v]

        let comma = ", "
        let typed (g: Graph) (names: string[]) (vs: int[]) = String.Join(comma, vs |> Array.map (fun v -> $"{names[v]}: {g.Types[v]}"))

        [
            for q in g.Equations do
                if literals[q.Outputs[0]].IsNone then
                    let what, graphs = Graph.title q.Operation
                    let operands = q.Inputs |> Array.map operand |> String.concat " "
                    $"{indent}{typed g names q.Outputs} = {what} {operands}".TrimEnd()

                    for title, body in graphs do
                        let inside = Explained.inner namer body
                        $"{indent}  {title} ({typed body inside body.Inputs}) ->"
                        yield! lines namer (indent + "    ") inside body (String.concat ", ")

            $"{indent}return {results (g.Outputs |> Array.map operand)}"
        ]

    let write (e: Explained) : string =
        let namer = Namer []
        let names = Explained.names namer e
        let typed v = $"{names[v]}: {e.Graph.Types[v]}"
        let arguments = e.Arguments |> Array.map (fst >> typed) |> String.concat ", "
        let constants = e.Constants |> Array.map (fun (v, _) -> $"  {typed v} = constant") |> List.ofArray
        let result (path: string) (text: string) = if path = "" then text else $"{path} = {text}"
        let results texts = Array.map2 result e.Results texts |> String.concat ", "
        String.Join("\n", $"f({arguments}) ->" :: constants @ lines namer "  " names e.Graph results)
