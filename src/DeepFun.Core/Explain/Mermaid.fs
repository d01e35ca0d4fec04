namespace DeepFun

open System

/// A function as a Mermaid flowchart: rounded nodes for arguments and results, a box for each operation, numbers inside their operation's box;
/// the graphs of an operation are subgraphs, tied to it by dots.
[<RequireQualifiedAccess>]
module internal ExplainMermaid =

    let private quoted (text: string) = "\"" + text.Replace("\"", "#quot;") + "\""

    let private rounded (id: string) (text: string) = $"  {id}([{quoted text}])"

    /// The operations of a graph. Nodes are named by a prefix and the variable; an operation with many results is one node.
    let rec private operations (prefix: string) (g: Graph) (results: (string * string)[]) : string list =
        let literals = Explained.literals g
        let owner = Array.init g.Types.Length id

        for q in g.Equations do
            for v in q.Outputs do
                owner[v] <- q.Outputs[0]

        let node v = $"{prefix}{owner[v]}"

        [
            for q in g.Equations do
                if literals[q.Outputs[0]].IsNone then
                    let what, graphs = Graph.title q.Operation
                    // The places of the operands matter where a number stands among them: x − 1 is not 1 − x.
                    let shown v =
                        match literals[v] with
                        | ValueSome c -> Explained.number c
                        | ValueNone -> "·"

                    let operands = String.Join(", ", q.Inputs |> Array.map shown)
                    let text = if q.Inputs |> Array.exists (fun v -> literals[v].IsSome) then $"{what} ({operands})" else what
                    let types = String.Join(", ", q.Outputs |> Array.map (fun v -> string g.Types[v]))
                    let label = quoted $"{text}<br/>{types}"
                    $"  {node q.Outputs[0]}[{label}]"

                    for v in q.Inputs do
                        if literals[v].IsNone then
                            $"  {node v} --> {node q.Outputs[0]}"

                    for i in 0 .. graphs.Length - 1 do
                        let title, body = graphs[i]
                        let inner = $"{node q.Outputs[0]}g{i}"
                        $"  subgraph {inner}[{quoted title}]"

                        for v in body.Inputs do
                            rounded $"{inner}n{v}" (string body.Types[v])

                        yield! operations $"{inner}n" body (body.Outputs |> Array.mapi (fun k v -> $"{inner}r{k}", string body.Types[v]))
                        "  end"
                        $"  {node q.Outputs[0]} -.- {inner}"

            for v, (id, text) in Array.zip g.Outputs results do
                match literals[v] with
                | ValueSome c -> rounded id $"{text} = {Explained.number c}"
                | ValueNone ->
                    rounded id $"{text}"
                    $"  {node v} --> {id}"
        ]

    let write (e: Explained) : string =
        let g = e.Graph
        let names = Explained.names (Namer []) e
        let arguments = e.Arguments |> Array.map (fun (v, _) -> rounded $"n{v}" $"{names[v]}: {g.Types[v]}") |> List.ofArray

        let constants =
            e.Constants |> Array.map (fun (v, _) -> rounded $"n{v}" $"{names[v]}: {g.Types[v]}, constant") |> List.ofArray

        let results =
            Array.map2 (fun path v -> path, v) e.Results g.Outputs
            |> Array.mapi (fun i (path, v) -> $"r{i}", (if path = "" then "f" else path) + $": {g.Types[v]}")

        String.Join("\n", "flowchart TD" :: arguments @ constants @ operations "n" g results)
