namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// Blocks with one more axis: the same block over batched bodies. `batch` runs a graph on values of which some carry the batch axis
/// in front, gives results and which of them carry it, and repeats those that are forced to.
[<RequireQualifiedAccess>]
module internal ControlVmap =

    type Batch = Interpreter -> Graph -> Tensor[] -> bool[] -> bool[] -> struct (Tensor[] * bool[])

    let private typesOf size (g: Graph) (batched: bool[]) : TensorType[] =
        Array.map2 (fun ty b -> if b then InferBlock.stacked size ty else ty) g.InputTypes batched

    /// The batched graph, and which results carry the batch axis.
    let private body (batch: Batch) root size (g: Graph) (batched: bool[]) (forced: bool[]) =
        let found = ref forced

        let run (maker: Interpreter) args =
            let struct (ys, carry) = batch maker g args batched forced
            found.Value <- carry
            ys

        let traced = Trace.lift root run (typesOf size g batched)
        struct (traced, found.Value)

    let private none (g: Graph) : bool[] = Array.zeroCreate g.Outputs.Length
    let private all (values: 'T[]) : bool[] = Array.create values.Length true
    let private exchange (x: Tensor) = swapAxes 0 1 x

    /// Per result of the batch, where the condition [n] holds, x, elsewhere y.
    let private choose (condition: Tensor) (x: Tensor) (y: Tensor) : Tensor =
        Tensor.Bind(Prim.Select, [| broadcastAxes x.Shape [| 0 |] condition; x; y |])

    /// The body of a loop, with its carries batched where a step makes them so. The search begins with those that depend on a batch: mostly it
    /// ends there.
    let private settle (batch: Batch) root size (g: Graph) first carries (before: bool[]) =
        Agreement.loop (body batch root size) g first carries (Graph.dependentCarries g first carries before)

    let private scan (batch: Batch) root size repeat (s: Scan) (xs: Tensor[]) (before: bool[]) : struct (Tensor[] * bool[]) =
        let struct (struct (g, closedOver), batched, results) = settle batch root size s.Body s.Constants s.Carries before
        let firstStack = s.Constants + s.Carries

        let operand i (x: Tensor) =
            if i >= firstStack then (if batched[i] then exchange x else x)
            elif batched[i] && not before[i] then repeat x
            else x

        let block = { s with Body = g; Constants = closedOver.Length + s.Constants }
        let ys = Graph.apply root (Block.Scan block) (Array.append closedOver (Array.mapi operand xs))
        struct (ys |> Array.mapi (fun i y -> if i >= s.Carries && results[i] then exchange y else y), results)

    let private switch (batch: Batch) root size (branches: Graph[]) (xs: Tensor[]) (batched: bool[]) : struct (Tensor[] * bool[]) =
        let operands, carry = xs[1..], batched[1..]

        if batched[0] then
            // Each entry has its own branch: all run, and the index chooses. What is below or above the branches takes the first or last.
            let results =
                branches
                |> Array.map (fun g ->
                    let struct (ys, _) = batch root g operands carry (all g.Outputs)
                    ys)

            let pick (below: Tensor[]) place =
                let here = Tensor.Bind(Prim.Compare Compare.LessOrEqual, [| xs[0]; Tensor.Constant(float place, xs[0].Type, xs[0]) |])
                Array.map2 (choose here) results[place] below

            struct (Seq.fold pick (Array.last results) (seq { branches.Length - 2 .. -1 .. 0 }), all branches[0].Outputs)
        else
            let struct (traced, found) = Agreement.branches (body batch root size) branches carry
            let struct (graphs, closedOver) = Graph.share traced
            struct (Graph.apply root (Block.Switch graphs) (Array.concat [ [| xs[0] |]; closedOver; operands ]), found)

    let private loop (batch: Batch) root size repeat (w: While) (xs: Tensor[]) (before: bool[]) : struct (Tensor[] * bool[]) =
        let carries = xs.Length - w.Constants
        let struct (step, settled, _) = settle batch root size w.Body w.Constants carries before
        let struct (condition, test) = body batch root size w.Condition settled (none w.Condition)

        let struct (traced, batched) =
            if not test[0] then
                struct ([| condition; step |], settled)
            else
                // Each entry has its own end. Every carry has a batch then: a finished entry keeps what it has while others go on.
                let batched = settled |> Array.mapi (fun i b -> b || i >= w.Constants)

                let going (maker: Interpreter) args =
                    let struct (ys, _) = batch maker w.Condition args batched (none w.Condition)
                    ys[0]

                let anyGoes maker args = [| bindReduce (Reduce.Any [| 0 |]) (going maker args) |]

                let goOn (maker: Interpreter) (args: Tensor[]) =
                    let struct (next, _) = batch maker w.Body args batched (all w.Body.Outputs)
                    Array.map2 (choose (going maker args)) next args[w.Constants ..]

                let types = typesOf size w.Body batched
                struct ([| Trace.lift root anyGoes types; Trace.lift root goOn types |], batched)

        let struct (graphs, closedOver) = Graph.share traced
        let block = { Condition = graphs[0]; Body = graphs[1]; Constants = closedOver.Length + w.Constants }

        let operands = xs |> Array.mapi (fun i x -> if batched[i] && not before[i] then repeat x else x)
        struct (Graph.apply root (Block.While block) (Array.append closedOver operands), batched[w.Constants ..])

    let private checkpoint (batch: Batch) root size (g: Graph) (xs: Tensor[]) batched : struct (Tensor[] * bool[]) =
        let struct (struct (t, closedOver), results) = body batch root size g batched (none g)
        struct (Graph.apply root (Block.Checkpoint t) (Array.append closedOver xs), results)

    /// Its rules batched: everything carries the batch axis, so that residuals and cotangents do.
    let private custom (batch: Batch) root size repeat (c: Custom) (xs: Tensor[]) (batched: bool[]) : struct (Tensor[] * bool[]) =
        let whole (g: Graph) =
            let struct (traced, _) = body batch root size g (all g.Inputs) (all g.Outputs)
            traced

        let reverse = c.Vjp |> Option.map (fun v -> [| whole v.Forward; whole v.Backward |]) |> Option.defaultValue [||]
        let forward = c.Jvp |> Option.map whole |> Option.toArray
        let struct (graphs, closedOver) = Graph.share (Array.concat [ [| whole c.Body |]; forward; reverse ])
        let rest = graphs[1 + forward.Length ..]

        let block =
            { c with
                Constants = closedOver.Length + c.Constants
                Body = graphs[0]
                Jvp = c.Jvp |> Option.map (fun _ -> graphs[1])
                Vjp = c.Vjp |> Option.map (fun _ -> { Forward = rest[0]; Backward = rest[1] })
            }

        let operands = Array.map2 (fun x b -> if b then x else repeat x) xs batched
        struct (Graph.apply root (Block.Custom block) (Array.append closedOver operands), all c.Body.Outputs)

    /// The results of a block on values of which some carry the batch axis, and which of them carry it. repeat gives a value the axis.
    let apply (batch: Batch) root size repeat (block: Block) (xs: Tensor[]) (batched: bool[]) : struct (Tensor[] * bool[]) =
        match block with
        | Block.Scan s -> scan batch root size repeat s xs batched
        | Block.Switch branches -> switch batch root size branches xs batched
        | Block.While w -> loop batch root size repeat w xs batched
        | Block.Checkpoint g -> checkpoint batch root size g xs batched
        | Block.Custom c -> custom batch root size repeat c xs batched
