namespace DeepFun

open DeepFun.Backends

/// Forward derivatives of blocks: the same block over bodies that compute values and tangents. There are one or more streams of tangents:
/// one in forward mode, the coefficients in Taylor mode. `dual` runs a graph on values and streams (null: zero). An operand is active if
/// any stream has a tangent of it; zero tangents stay symbolic, so that what is linear in a tangent is never mixed with what is known.
[<RequireQualifiedAccess>]
module internal ControlForward =

    /// maker, graph, values, streams → values, streams
    type Dual = Interpreter -> Graph -> Tensor[] -> Tensor[][] -> struct (Tensor[] * Tensor[][])

    /// Which values have a tangent in any stream.
    let private activity (streams: Tensor[][]) : bool[] = streams |> Array.map Flags.present |> Array.reduce Flags.either

    /// The tangents of the active ones, stream by stream, with zeros where there is none.
    let private compact (active: bool[]) (zero: int -> Tensor) (streams: Tensor[][]) : Tensor[][] =
        streams |> Array.map (Array.mapi (fun i d -> if isNull d && active[i] then zero i else d) >> Flags.pick active)

    /// A graph from (inputs, for each stream the tangents of the active ones) to (results, for each stream the tangents of the active ones);
    /// and which results are active. Those that are forced are, with zeros where nothing arrives.
    let private body (dual: Dual) (root: Interpreter) (streams: int) (g: Graph) (active: bool[]) (forced: bool[]) =
        let count = g.Inputs.Length
        let found = ref forced

        let both (maker: Interpreter) (args: Tensor[]) =
            let given = args[count..] |> Array.splitInto streams |> Array.map (Flags.spread active)
            let given = if given.Length = streams then given else Array.create streams (Flags.spread active [||])
            let struct (ys, dys) = dual maker g args[.. count - 1] given
            found.Value <- Flags.either forced (activity dys)
            let zero i = maker.Constant(0.0, g.Types[g.Outputs[i]], null)
            Array.append ys (Array.concat (compact found.Value zero dys))

        let tangents = Flags.pick active g.InputTypes
        let traced = Trace.lift root both (Array.concat [ g.InputTypes; Array.concat (Array.create streams tangents) ])
        struct (traced, found.Value)

    /// Group by group: the group's values, then the tangents of its active ones, stream by stream.
    let private weave (sizes: int list) (active: bool[]) (values: 'T[]) (streams: 'T[][]) : 'T[] =
        let rec go sizes first tangent =
            match sizes with
            | [] -> []
            | size :: rest ->
                let count = Flags.count active[first .. first + size - 1]
                let tangents = streams |> Array.map (fun s -> s[tangent .. tangent + count - 1]) |> Array.concat
                values[first .. first + size - 1] :: tangents :: go rest (first + size) (tangent + count)

        Array.concat (go sizes 0 0)

    /// The inverse: values, and streams with null where not active.
    let private unweave (sizes: int list) (streams: int) (active: bool[]) (woven: Tensor[]) : struct (Tensor[] * Tensor[][]) =
        let rec go sizes first at =
            match sizes with
            | [] -> []
            | size :: rest ->
                let count = Flags.count active[first .. first + size - 1]
                let tangents = Array.init streams (fun k -> let start = at + size + k * count in woven[start .. start + count - 1])
                (woven[at .. at + size - 1], tangents) :: go rest (first + size) (at + size + streams * count)

        let values, tangents = go sizes 0 0 |> List.unzip
        let joined = Array.init streams (fun k -> tangents |> List.map (Array.item k) |> Array.concat |> Flags.spread active)
        struct (Array.concat values, joined)

    /// The operands and their tangents, in the order of woven inputs.
    let private operands groups active (xs: Tensor[]) (streams: Tensor[][]) : Tensor[] =
        let zero i = Tensor.Constant(0.0, xs[i].Type, xs[i])
        weave groups active xs (compact active zero streams)

    /// The graph with its inputs behind the closed-over ones, and its outputs, woven.
    let private woven
        (groups: int list, active)
        (resultGroups: int list, found)
        (streams: int)
        (struct (t: Graph, closedOver: Tensor[]))
        : Graph =
        let closed, inputs, results = closedOver.Length, List.sum groups, List.sum resultGroups
        let split (tangents: int[]) = if tangents.Length = 0 then Array.create streams [||] else Array.splitInto streams tangents

        { t with
            Inputs =
                Array.append
                    t.Inputs[.. closed - 1]
                    (weave groups active t.Inputs[closed .. closed + inputs - 1] (split t.Inputs[closed + inputs ..]))
            Outputs = weave resultGroups found t.Outputs[.. results - 1] (split t.Outputs[results..])
        }

    let private scan (dual: Dual) root (s: Scan) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        let streams, results = ds.Length, s.Body.Outputs.Length
        let struct (traced, active, found) = Agreement.loop (body dual root streams) s.Body s.Constants s.Carries (activity ds)
        let struct (_, closedOver) = traced
        let groups = [ s.Constants; s.Carries; xs.Length - s.Constants - s.Carries ]
        let resultGroups = [ s.Carries; results - s.Carries ]

        let block =
            {
                Body = woven (groups, active) (resultGroups, found) streams traced
                Length = s.Length
                Constants = closedOver.Length + s.Constants + streams * Flags.count active[.. s.Constants - 1]
                Carries = s.Carries + streams * Flags.count found[.. s.Carries - 1]
                Reverse = s.Reverse
            }

        Graph.apply root (Block.Scan block) (Array.append closedOver (operands groups active xs ds))
        |> unweave resultGroups streams found

    let private loop (dual: Dual) root (w: While) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        let streams, carries = ds.Length, xs.Length - w.Constants
        let struct (traced, active, found) = Agreement.loop (body dual root streams) w.Body w.Constants carries (activity ds)
        let struct (_, closedOver) = traced
        let groups = [ w.Constants; carries ]

        // The condition reads values only.
        let own = w.Condition.Inputs |> Array.map (fun v -> struct (v, w.Condition.Types[v]))
        let unread = Flags.pick active w.Condition.InputTypes |> Array.map (fun ty -> struct (-1, ty))
        let unreadClosed = closedOver |> Array.map (fun x -> struct (-1, x.Type))

        let block =
            {
                Condition = Graph.withInputs (Array.append unreadClosed (weave groups active own (Array.create streams unread))) w.Condition
                Body = woven (groups, active) ([ carries ], found) streams traced
                Constants = closedOver.Length + w.Constants + streams * Flags.count active[.. w.Constants - 1]
            }

        Graph.apply root (Block.While block) (Array.append closedOver (operands groups active xs ds))
        |> unweave [ carries ] streams found

    let private switch (dual: Dual) root (branches: Graph[]) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        let streams = ds |> Array.map Array.tail
        let active = activity streams
        let struct (traced, found) = Agreement.branches (body dual root streams.Length) branches active
        let struct (graphs, closedOver) = Graph.share traced
        let operands = operands [ active.Length ] active xs[1..] streams

        Graph.apply root (Block.Switch graphs) (Array.concat [ [| xs[0] |]; closedOver; operands ])
        |> unweave [ found.Length ] streams.Length found

    let private checkpoint (dual: Dual) root (g: Graph) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        let active = activity ds
        let struct (struct (t, closedOver), found) = body dual root ds.Length g active (Array.zeroCreate g.Outputs.Length)

        Graph.apply root (Block.Checkpoint t) (Array.append closedOver (operands [ xs.Length ] active xs ds))
        |> unweave [ g.Outputs.Length ] ds.Length found

    /// Values and streams of a block's results. A custom function is not among them: its derivative is its rule.
    let apply (dual: Dual) (root: Interpreter) (block: Block) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        match block with
        | Block.Scan s -> scan dual root s xs ds
        | Block.While w -> loop dual root w xs ds
        | Block.Switch branches -> switch dual root branches xs ds
        | Block.Checkpoint g -> checkpoint dual root g xs ds
        | Block.Custom c -> Errors.notLinear c.Name
