namespace DeepFun

open DeepFun.Backends

/// Forward derivatives of blocks: the same block over bodies that compute values and tangents. `dual` runs a graph on values and
/// tangents (null: zero); zero tangents stay symbolic, so that what is linear in a tangent is never mixed with what is known.
[<RequireQualifiedAccess>]
module internal ControlForward =

    type Dualize = Interpreter -> Graph -> Tensor[] -> Tensor[] -> struct (Tensor[] * Tensor[])

    /// A graph from (inputs, tangents of the active ones) to (results, tangents of the active ones); and which results are active.
    /// Those that are forced are: their tangents are zeros where nothing arrives.
    let private body (dual: Dualize) (root: Interpreter) (g: Graph) (active: bool[]) (forced: bool[]) =
        let count = g.Inputs.Length
        let found = ref forced

        let both (maker: Interpreter) (args: Tensor[]) =
            let struct (ys, dys) = dual maker g args[.. count - 1] (Flags.spread active args[count..])
            let dys = Array.mapi (fun i d -> if isNull d && forced[i] then maker.Constant(0.0, g.Types[g.Outputs[i]], null) else d) dys
            found.Value <- Flags.present dys
            Array.append ys (Flags.pick found.Value dys)

        let traced = Trace.lift root both (Array.append g.InputTypes (Flags.pick active g.InputTypes))
        struct (traced, found.Value)

    /// Values and the tangents of the active ones, group by group: each group's values, then its tangents.
    let private weave (sizes: int list) (active: bool[]) (values: 'T[]) (tangents: 'T[]) : 'T[] =
        let rec go sizes first tangent =
            match sizes with
            | [] -> []
            | size :: rest ->
                let count = Flags.count active[first .. first + size - 1]

                values[first .. first + size - 1]
                :: tangents[tangent .. tangent + count - 1]
                :: go rest (first + size) (tangent + count)

        Array.concat (go sizes 0 0)

    /// The inverse: values, and tangents with null where not active.
    let private unweave (sizes: int list) (active: bool[]) (woven: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let rec go sizes first at =
            match sizes with
            | [] -> []
            | size :: rest ->
                let count = Flags.count active[first .. first + size - 1]
                let next = at + size + count
                (woven[at .. at + size - 1], woven[at + size .. next - 1]) :: go rest (first + size) next

        let values, tangents = go sizes 0 0 |> List.unzip
        struct (Array.concat values, Flags.spread active (Array.concat tangents))

    /// The tangents of the active operands; zeros where there is none.
    let private tangents (active: bool[]) (xs: Tensor[]) (ds: Tensor[]) : Tensor[] =
        Flags.pick active (Array.map2 (fun (x: Tensor) d -> if isNull d then Tensor.Constant(0.0, x.Type, x) else d) xs ds)

    /// With a loop's carries active where a step makes them so: the body, and which inputs and results are active.
    let private settle (dual: Dualize) root (g: Graph) (first: int) (carries: int) (before: bool[]) =
        let rec again (active: bool[]) =
            let isCarry i = i >= first && i < first + carries
            let forced = Array.init g.Outputs.Length (fun i -> i < carries && active[first + i])
            let struct (traced, results) = body dual root g active forced
            let more = active |> Array.mapi (fun i a -> a || (isCarry i && results[i - first]))
            if more = active then struct (traced, active, results) else again more

        again before

    let private scan (dual: Dualize) root (s: Scan) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let g, count, results = s.Body, xs.Length, s.Body.Outputs.Length
        let struct (struct (t, closedOver), active, found) = settle dual root g s.Constants s.Carries (Flags.present ds)
        let closed = closedOver.Length
        let inputs, inputTangents = t.Inputs[closed .. closed + count - 1], t.Inputs[closed + count ..]
        let groups = [ s.Constants; s.Carries; count - s.Constants - s.Carries ]
        let resultGroups = [ s.Carries; results - s.Carries ]

        let block =
            {
                Body =
                    { t with
                        Inputs = Array.append t.Inputs[.. closed - 1] (weave groups active inputs inputTangents)
                        Outputs = weave resultGroups found t.Outputs[.. results - 1] t.Outputs[results..]
                    }
                Length = s.Length
                Constants = closed + s.Constants + Flags.count active[.. s.Constants - 1]
                Carries = s.Carries + Flags.count found[.. s.Carries - 1]
                Reverse = s.Reverse
            }

        Graph.apply root (Block.Scan block) (Array.append closedOver (weave groups active xs (tangents active xs ds)))
        |> unweave resultGroups found

    let private loop (dual: Dualize) root (w: While) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let g, count = w.Body, xs.Length
        let carries = count - w.Constants
        let struct (struct (t, closedOver), active, found) = settle dual root g w.Constants carries (Flags.present ds)
        let closed = closedOver.Length
        let groups = [ w.Constants; carries ]
        let inputs, inputTangents = t.Inputs[closed .. closed + count - 1], t.Inputs[closed + count ..]

        // The condition reads values only.
        let own = w.Condition.Inputs |> Array.map (fun v -> struct (v, w.Condition.Types[v]))
        let unread = Flags.pick active w.Condition.InputTypes |> Array.map (fun ty -> struct (-1, ty))
        let unreadClosed = closedOver |> Array.map (fun x -> struct (-1, x.Type))

        let block =
            {
                Condition = Graph.withInputs (Array.append unreadClosed (weave groups active own unread)) w.Condition
                Body =
                    { t with
                        Inputs = Array.append t.Inputs[.. closed - 1] (weave groups active inputs inputTangents)
                        Outputs = weave [ carries ] found t.Outputs[.. carries - 1] t.Outputs[carries..]
                    }
                Constants = closed + w.Constants + Flags.count active[.. w.Constants - 1]
            }

        Graph.apply root (Block.While block) (Array.append closedOver (weave groups active xs (tangents active xs ds)))
        |> unweave [ carries ] found

    let private switch (dual: Dualize) root (branches: Graph[]) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let operands, tangentsOf = xs[1..], ds[1..]
        let active = Flags.present tangentsOf
        let none: bool[] = Array.zeroCreate branches[0].Outputs.Length
        let first = branches |> Array.map (fun g -> body dual root g active none)
        let found = first |> Array.map (fun (struct (_, f)) -> f) |> Array.reduce Flags.either

        // A result with a tangent in one branch has one in all.
        let traced =
            Array.map2
                (fun g (struct (traced, f)) ->
                    if f = found then
                        traced
                    else
                        let struct (traced, _) = body dual root g active found
                        traced)
                branches
                first

        let struct (graphs, closedOver) = Graph.share traced

        Graph.apply root (Block.Switch graphs) (Array.concat [ [| xs[0] |]; closedOver; operands; tangents active operands tangentsOf ])
        |> unweave [ none.Length ] found

    let private checkpoint (dual: Dualize) root (g: Graph) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let active = Flags.present ds
        let struct (struct (t, closedOver), found) = body dual root g active (Array.zeroCreate g.Outputs.Length)

        Graph.apply root (Block.Checkpoint t) (Array.concat [ closedOver; xs; tangents active xs ds ])
        |> unweave [ g.Outputs.Length ] found

    /// Values and tangents of a block's results. A custom function is not among them: its derivative is its rule.
    let apply (dual: Dualize) (root: Interpreter) (block: Block) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        match block with
        | Block.Scan s -> scan dual root s xs ds
        | Block.While w -> loop dual root w xs ds
        | Block.Switch branches -> switch dual root branches xs ds
        | Block.Checkpoint g -> checkpoint dual root g xs ds
        | Block.Custom c -> Errors.notLinear c.Name
