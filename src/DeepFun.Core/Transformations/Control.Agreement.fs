namespace DeepFun

/// Graphs of a block, traced anew with something more on their values (tangents, or a batch axis), so that they agree on what carries it.
[<RequireQualifiedAccess>]
module internal Agreement =

    /// From a graph, which of its inputs carry it and which results have to, to the traced graph with what it closes over, and which results do.
    type Retrace = Graph -> bool[] -> bool[] -> struct (struct (Graph * Tensor[]) * bool[])

    /// The body of a loop, whose carries carry it from the first step on where a step makes them so; and which inputs and results do.
    let loop (retrace: Retrace) (body: Graph) (first: int) (carries: int) (inputs: bool[]) =
        let rec again (flags: bool[]) =
            let forced = Array.init body.Outputs.Length (fun i -> i < carries && flags[first + i])
            let struct (traced, results) = retrace body flags forced
            let more = flags |> Array.mapi (fun i f -> f || (i >= first && i < first + carries && results[i - first]))
            if more = flags then struct (traced, flags, results) else again more

        again inputs

    /// Branches: a result that carries it in one does in all.
    let branches (retrace: Retrace) (branches: Graph[]) (inputs: bool[]) : struct (struct (Graph * Tensor[])[] * bool[]) =
        let none: bool[] = Array.zeroCreate branches[0].Outputs.Length
        let first = branches |> Array.map (fun g -> retrace g inputs none)
        let found = first |> Array.map (fun (struct (_, results)) -> results) |> Array.reduce Flags.either

        let agreed g (struct (traced, results)) =
            if results = found then
                traced
            else
                let struct (traced, _) = retrace g inputs found
                traced

        struct (Array.map2 agreed branches first, found)
