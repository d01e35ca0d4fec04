namespace DeepFun

open System.Collections.Generic
open DeepFun.Backends

/// What a loop stores for a later one, above all for its derivative, is stored only if it costs more than a few additions to compute again from
/// what is stored anyway.
[<RequireQualifiedAccess>]
module internal Residuals =

    /// A stack that another loop can do without: how its slices follow from slices of other stacks of the same loop.
    [<NoComparison; ReferenceEquality>]
    type private Derived =
        {
            Body: Graph
            /// The slice, by the variable of the body.
            Slice: int
            /// The stacks by variables of the body, and of the graph around.
            Stored: Dictionary<int, int>
            Length: int
        }

    let private mostOperations = 4

    let private isCheap (operation: Operation) =
        match operation with
        | Operation.Prim(Prim.Unary(Unary.Neg | Unary.Square))
        | Operation.Prim(Prim.Binary(Binary.Add | Binary.Sub | Binary.Mul)) -> true
        | Operation.Prim _
        | Operation.Block _ -> false

    let private isFill (uses: Uses) v =
        match uses.Produced v with
        | Produced.Number _ -> true
        | Produced.Moved _
        | Produced.Other -> false

    /// How many operations are left of so many after those that lead from stored slices to a variable; negative where they do not. Ends with the
    /// last one that is left: a value that is used twice in every operation would be followed 2ⁿ times.
    let rec private left (uses: Uses) (stored: Dictionary<int, int>) (budget: int) (v: int) : int =
        if budget < 0 || stored.ContainsKey v || isFill uses v then
            budget
        else
            match uses.Maker v with
            | null -> -1
            | e when isCheap e.Operation -> (budget - 1, e.Inputs) ||> Array.fold (left uses stored)
            | _ -> -1

    /// The stacks of a loop that follow from its others, by variables of the graph.
    let private derived (s: Scan) (outputs: int[]) : (int * Derived) list =
        let uses = Uses s.Body
        let stored = Dictionary<int, int>()
        let order = Dictionary<int, int>()

        s.Body.Equations |> Array.iteri (fun i e -> order[e.Outputs[0]] <- i)

        let slices =
            [ s.Carries .. outputs.Length - 1 ]
            |> List.map (fun k -> s.Body.Outputs[k], outputs[k])
            |> List.sortBy (fun (v, _) ->
                match order.TryGetValue v with
                | true, i -> i
                | _ -> -1)

        [
            for v, outer in slices do
                if left uses stored mostOperations v >= 0 && not (stored.ContainsKey v) && not (isFill uses v) then
                    outer, { Body = s.Body; Slice = v; Stored = stored; Length = s.Length }
                else
                    stored[v] <- outer
        ]

    /// Writes a slice anew into the body of a loop; `read` gives the variable there of a stack's slice.
    let rec private write (b: GraphBuilder) (read: int -> int) (d: Derived) (uses: Uses) (done': Dictionary<int, int>) (v: int) : int =
        match done'.TryGetValue v with
        | true, made -> made
        | _ ->
            let made =
                match d.Stored.TryGetValue v with
                | true, outer -> read outer
                | _ ->
                    let e = uses.Maker v
                    let inputs = e.Inputs |> Array.map (write b read d uses done')
                    let made = b.Variable d.Body.Types[v]
                    b.Add(Equation(e.Operation, inputs, [| made |]))
                    made

            done'[v] <- made
            made

    /// The type of the slices of a stack that others follow from.
    let private typeOf (d: Derived) (stack: int) : TensorType option =
        d.Stored |> Seq.tryPick (fun entry -> if entry.Value = stack then Some d.Body.Types[entry.Key] else None)

    /// A loop that computes such slices instead of reading them.
    let private rewritten (known: Dictionary<int, Derived>) (s: Scan) (inputs: int[]) : struct (Scan * int[]) =
        let first = s.Constants + s.Carries
        let replaces i = i >= first && known.ContainsKey inputs[i] && known[inputs[i]].Length = s.Length

        if not ([| 0 .. inputs.Length - 1 |] |> Array.exists replaces) then
            struct (s, inputs)
        else
            let b = GraphBuilder s.Body
            let outer = List<int> inputs
            let slices = List<int> s.Body.Inputs

            let read stack =
                match outer.IndexOf(stack, first) with
                | -1 ->
                    let ty = known.Values |> Seq.pick (fun d -> typeOf d stack)
                    outer.Add stack
                    slices.Add(b.Input ty)
                    slices[slices.Count - 1]
                | i -> slices[i]

            let same = Dictionary<int, int>()
            let done' = Dictionary<Graph, Dictionary<int, int>>(HashIdentity.Reference)

            for i in 0 .. inputs.Length - 1 do
                if replaces i then
                    let d = known[inputs[i]]

                    if not (done'.ContainsKey d.Body) then
                        done'[d.Body] <- Dictionary<int, int>()

                    same[s.Body.Inputs[i]] <- write b read d (Uses d.Body) done'[d.Body] d.Slice

            let now v =
                match same.TryGetValue v with
                | true, w -> w
                | _ -> v

            for e in s.Body.Equations do
                b.Add(Equation(e.Operation, Array.map now e.Inputs, e.Outputs))

            let body = b.Graph(Array.map now s.Body.Outputs)
            let kept = [| 0 .. body.Inputs.Length - 1 |] |> Array.filter (fun i -> i >= inputs.Length || not (replaces i))

            struct ({ s with Body = { body with Inputs = kept |> Array.map (fun i -> body.Inputs[i]) } },
                    kept |> Array.map (fun i -> outer[i]))

    /// Without the stacks that nothing reads.
    let private shortened (isRead: int -> bool) (s: Scan) (outputs: int[]) : struct (Scan * int[]) =
        let kept = [| 0 .. outputs.Length - 1 |] |> Array.filter (fun k -> k < s.Carries || isRead outputs[k])
        let body = { s.Body with Outputs = kept |> Array.map (fun k -> s.Body.Outputs[k]) } |> Graph.prune
        struct ({ s with Body = body }, kept |> Array.map (fun k -> outputs[k]))

    /// Stacks that only loops of the same length read, slice by slice.
    let private onlySliced (g: Graph) : HashSet<int> =
        let others = HashSet<int> g.Outputs

        for e in g.Equations do
            match e.Operation with
            | Operation.Block(Block.Scan s) -> others.UnionWith e.Inputs[.. s.Constants + s.Carries - 1]
            | Operation.Block _
            | Operation.Prim _ -> others.UnionWith e.Inputs

        HashSet<int>([ 0 .. g.Types.Length - 1 ] |> Seq.filter (others.Contains >> not))

    /// The graph with loops that store less.
    let run (g: Graph) : Graph =
        let sliced = onlySliced g
        let known = Dictionary<int, Derived>()

        let equations =
            g.Equations
            |> Array.map (fun e ->
                match e.Operation with
                | Operation.Block(Block.Scan s) ->
                    let struct (s, inputs) = rewritten known s e.Inputs

                    for v, d in derived s e.Outputs do
                        if sliced.Contains v then
                            known[v] <- d

                    Equation(Operation.Block(Block.Scan s), inputs, e.Outputs)
                | Operation.Block _
                | Operation.Prim _ -> e)

        let read = HashSet<int> g.Outputs

        for e in equations do
            read.UnionWith e.Inputs

        let equations =
            equations
            |> Array.map (fun e ->
                match e.Operation with
                | Operation.Block(Block.Scan s) ->
                    let struct (s, outputs) = shortened read.Contains s e.Outputs
                    Equation(Operation.Block(Block.Scan s), e.Inputs, outputs)
                | Operation.Block _
                | Operation.Prim _ -> e)

        { g with Equations = equations } |> Graph.prune |> Check.debug
