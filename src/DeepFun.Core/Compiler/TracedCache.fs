namespace DeepFun

open System
open System.Collections.Generic
open System.Threading
open DeepFun.Backends

/// A graph that was traced, and its plan once that is worth making.
[<Sealed; AllowNullLiteral>]
type internal TracedGraph(graph: Graph, root: Eval) =
    let mutable executable = Unchecked.defaultof<Executable>
    let mutable isCompiled = false

    member _.Graph = graph
    member _.Root = root
    /// When it was last asked for.
    member val Used = 0L with get, set
    member _.IsCompiled = Volatile.Read &isCompiled

    member this.Compile() : unit =
        lock this (fun () ->
            if not isCompiled then
                let plan = Optimize.graph graph |> Plan.ofGraph root.Backend
                executable <- Executable(root, plan)
                Volatile.Write(&isCompiled, true))

    /// The results for these inputs, by the plan, which exists.
    member _.Run(inputs: Tensor[]) : Tensor[] =
        let results: Storage[] = Array.zeroCreate graph.Outputs.Length
        executable.Run(inputs |> Array.map root.Storage, null, results)
        results |> Array.map root.Wrap

/// Graphs by what is written in them, the least recently used forgotten first: at most so many, with at most so many equations together.
[<Sealed>]
type internal TracedCache(mostGraphs: int, mostEquations: int) =
    let entries = Dictionary<struct (Eval * Graph), TracedGraph>(GraphKey.comparer)
    let mutable equations = 0
    let mutable clock = 0L

    /// The one for the process.
    static member val Shared = TracedCache(256, 65536)

    member _.Count = lock entries (fun () -> entries.Count)
    member _.Equations = lock entries (fun () -> equations)

    /// Marks one as used.
    member _.Touch(entry: TracedGraph) = entry.Used <- Interlocked.Increment &clock

    /// What is kept of a graph; null if it has not been seen.
    member this.Find(root: Eval, g: Graph) : TracedGraph =
        match lock entries (fun () -> entries.TryGetValue(struct (root, g))) with
        | true, entry ->
            this.Touch entry
            entry
        | _ -> null

    /// Keeps a graph, unless it is too large.
    member this.Add(root: Eval, g: Graph) : TracedGraph =
        let entry = TracedGraph(g, root)
        this.Touch entry

        lock entries (fun () ->
            if g.Equations.Length <= mostEquations && entries.TryAdd(struct (root, g), entry) then
                equations <- equations + g.Equations.Length

                while entries.Count > mostGraphs || equations > mostEquations do
                    let oldest = Seq.minBy (fun (e: TracedGraph) -> e.Used) entries.Values
                    entries.Remove(struct (oldest.Root, oldest.Graph)) |> ignore
                    equations <- equations - oldest.Graph.Equations.Length)

        entry
