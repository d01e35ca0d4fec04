namespace DeepFun

open System
open System.Collections.Generic
open System.Threading
open DeepFun.Backends

/// Operations that fail for some values of their operands.
[<RequireQualifiedAccess>]
module internal Fallible =

    let private isPrim (x: TensorType) (prim: Prim) : bool =
        match prim with
        | Prim.Index _
        | Prim.Sample Sample.Poisson -> true
        | Prim.Binary(Binary.Div | Binary.Remainder | Binary.Pow) -> DTypes.IsInteger x.DType
        | Prim.Sample Sample.LogGamma
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Reduce _
        | Prim.Along _
        | Prim.Move _
        | Prim.Contract _
        | Prim.Linalg _
        | Prim.Window _
        | Prim.Generate _
        | Prim.Special _
        | Prim.StopGradient -> false

    let rec private isEquation (g: Graph) (e: Equation) : bool =
        match e.Operation with
        | Operation.Prim prim -> e.Inputs.Length > 0 && isPrim g.Types[e.Inputs[0]] prim
        | Operation.Block block -> Plan.runs block |> Array.exists (fun body -> Array.exists (isEquation body) body.Equations)

    /// What they give where no result needs it. The compiler would leave them out, and their errors.
    let unused (g: Graph) : int[] =
        if Array.exists (isEquation g) g.Equations then
            let needed = HashSet((Graph.prune g).Equations, HashIdentity.Reference)
            g.Equations |> Array.filter (fun e -> isEquation g e && not (needed.Contains e)) |> Array.collect _.Outputs
        else
            [||]

/// A graph that was traced, and its plan once that is worth making.
[<Sealed; AllowNullLiteral>]
type internal TracedGraph(graph: Graph, root: Eval) =
    let mutable executable = Unchecked.defaultof<Executable>
    let mutable isCompiled = false
    let mutable results = 0

    member _.Graph = graph
    member _.Root = root
    /// When it was last asked for.
    member val Used = 0L with get, set
    member _.IsCompiled = Volatile.Read &isCompiled

    member this.Compile() : unit =
        lock this (fun () ->
            if not isCompiled then
                // What may fail is computed where nothing needs it, too: the function may do something else where it fails.
                let checkedToo = { graph with Outputs = Array.append graph.Outputs (Fallible.unused graph) }
                let plan = Optimize.graph checkedToo |> Plan.ofGraph root.Backend
                results <- checkedToo.Outputs.Length
                executable <- Executable(root, plan)
                Volatile.Write(&isCompiled, true))

    /// The results for these inputs, by the plan, which exists.
    member _.Run(inputs: Tensor[]) : Tensor[] =
        let found: Storage[] = Array.zeroCreate results
        executable.Run(inputs |> Array.map root.Storage, null, found)
        Array.init graph.Outputs.Length (fun i -> root.Wrap found[i])

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
