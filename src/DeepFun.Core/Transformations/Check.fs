namespace DeepFun

open System

/// The type checker of graphs: run after tracing and after every pass, in Debug builds and in tests.
[<RequireQualifiedAccess>]
module internal Check =

    /// How many operands a primitive takes; null: one or more.
    let arity (prim: Prim) : Nullable<int> =
        match prim with
        | Prim.Unary _
        | Prim.Cast _
        | Prim.Reduce _
        | Prim.Along _
        | Prim.Window _
        | Prim.Generate(Generate.Random _)
        | Prim.StopGradient -> Nullable 1
        | Prim.Generate(Generate.Fill _ | Generate.Iota _) -> Nullable 0
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Contract _
        | Prim.Index(Indexed.Gather _) -> Nullable 2
        | Prim.Select
        | Prim.Index(Indexed.ScatterAdd _ | Indexed.ScatterMax _) -> Nullable 3
        | Prim.Move(Move.Concat _) -> Nullable()
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _ | Move.Pad _) -> Nullable 1

    /// Every variable is defined once, before it is read, and has the type that Infer gives. Error: DF0408.
    let graph (g: Graph) : Graph =
        let defined: bool[] = Array.zeroCreate g.Types.Length

        let define v =
            if v < 0 || v >= defined.Length then
                Errors.graph $"variable v{v} has no type"

            if defined[v] then
                Errors.graph $"variable v{v} is defined twice"

            defined[v] <- true

        let read where v =
            if v < 0 || v >= defined.Length || not defined[v] then
                Errors.graph $"variable v{v} is read by {where} before it is defined"

        g.Inputs |> Array.iter define

        for e in g.Equations do
            e.Inputs |> Array.iter (read "an equation")
            let operands = arity e.Prim

            if operands.HasValue && operands.Value <> e.Inputs.Length then
                Errors.graph $"{e.Prim} has {e.Inputs.Length} operands instead of {operands.Value}"

            let inferred = Infer.output e.Prim (e.Inputs |> Array.map (fun v -> g.Types[v]))
            define e.Output

            if not (inferred.Same g.Types[e.Output]) then
                Errors.graph $"v{e.Output} is {g.Types[e.Output]}, but {e.Prim} gives {inferred}"

        g.Outputs |> Array.iter (read "the result")
        g

    /// In Debug builds the checked graph, else the graph.
    let inline debug (g: Graph) : Graph =
#if DEBUG
        graph g
#else
        g
#endif
