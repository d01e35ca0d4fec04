namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// Loops of known length that do less in every step: what can be done for all steps at once is done after the loop.
[<RequireQualifiedAccess>]
module internal Scans =

    /// A loop and its place in a graph.
    [<NoComparison; ReferenceEquality>]
    type private Loop = { Scan: Scan; Inputs: int[]; Outputs: int[] }

    let private without (i: int) (xs: 'a[]) = Array.removeAt i xs

    /// The operand and the axes, if a variable is another one permuted.
    let private permuted (uses: Uses) (v: int) : struct (int * int[]) voption =
        match uses.Produced v with
        | Produced.Moved(Move.Permute axes) -> ValueSome(struct (uses.Operands(v)[0], axes))
        | Produced.Moved _
        | Produced.Number _
        | Produced.Other -> ValueNone

    /// Results that a step permutes are stacked as they are, and the stack is permuted.
    let private permuteAfter (b: GraphBuilder) (loop: Loop) : Loop * Equation list =
        let body = loop.Scan.Body
        let uses = Uses body
        let results, outputs = Array.copy body.Outputs, Array.copy loop.Outputs

        let after =
            [
                for k in loop.Scan.Carries .. results.Length - 1 do
                    match permuted uses results[k] with
                    | ValueSome(struct (x, axes)) ->
                        results[k] <- x
                        outputs[k] <- b.Variable(InferBlock.stacked loop.Scan.Length body.Types[x])
                        let moved = Move.Permute(Array.append [| 0 |] (axes |> Array.map ((+) 1)))
                        Equation(Prim.Move moved, [| outputs[k] |], loop.Outputs[k])
                    | ValueNone -> ()
            ]

        { loop with
            Scan = { loop.Scan with Body = Graph.prune { body with Outputs = results } }
            Outputs = outputs
        },
        after

    /// The product that a step adds to a carry, if that is all that happens to the carry.
    let private added (body: Graph) (uses: Uses) (carry: int) (result: int) : int[] voption =
        let product x =
            match uses.OperandsOf(Prim.Contract Contract.MatMul, x) with
            | ValueSome operands when uses.Count x = 1 && body.Types[x].Shape.Rank = 2 -> ValueSome operands
            | ValueSome _
            | ValueNone -> ValueNone

        if uses.Count carry <> 1 || uses.Count result <> 1 || not (Arithmetic.isNative body.Types[carry].DType) then
            ValueNone
        else
            match uses.OperandsOf(Prim.Binary Binary.Add, result) with
            | ValueSome [| x; y |] when x = carry -> product y
            | ValueSome [| x; y |] when y = carry -> product x
            | ValueSome _
            | ValueNone -> ValueNone

    /// Σₜ aₜ bₜ of the stacks a [T, m, k] and b [T, k, n]: one product of [m, T k] and [T k, n].
    let private sumOfProducts (b: GraphBuilder) (first: int) (axes: int[]) (second: int) : int =
        let a = b.Apply(Prim.Move(Move.Permute axes), [| first |])
        let shape = (b.Type a).Shape
        let depth = shape[1] * shape[2]
        let flat = b.Apply(Prim.Move(Move.Reshape(Shape.Adopt [| shape[0]; depth |])), [| a |])
        let columns = (b.Type second).Shape[2]
        let rows = b.Apply(Prim.Move(Move.Reshape(Shape.Adopt [| depth; columns |])), [| second |])
        b.Apply(Prim.Contract Contract.MatMul, [| flat; rows |])

    /// The variables of the body that follow from its constants alone.
    let private sameInEveryStep (s: Scan) : HashSet<int> =
        let same = HashSet<int>(Array.take s.Constants s.Body.Inputs)

        for e in s.Body.Equations do
            match e.Operation with
            | Operation.Prim _ when Array.forall same.Contains e.Inputs -> same.UnionWith e.Outputs
            | Operation.Prim _
            | Operation.Block _ -> ()

        same

    /// A carry to which every step adds a matrix product is the first carry and one product of the stacked factors. Adds in another order.
    let private productAfter (b: GraphBuilder) (loop: Loop) : (Loop * (unit -> unit)) option =
        let s = loop.Scan
        let body = s.Body
        let uses = Uses body
        let firstStack = s.Constants + s.Carries
        let same = sameInEveryStep s

        let found =
            seq { 0 .. s.Carries - 1 }
            |> Seq.tryPick (fun c ->
                match added body uses body.Inputs[s.Constants + c] body.Outputs[c] with
                // The stack of what is always the same would be that, over and over.
                | ValueSome operands when operands |> Array.forall (same.Contains >> not) -> Some(c, operands)
                | ValueSome _
                | ValueNone -> None)

        match found with
        | None -> None
        | Some(c, operands) ->
            let results = List<int>(without c body.Outputs)
            let outputs = List<int>(without c loop.Outputs)

            // The stack of a variable of the body: one that the loop reads, one that it makes, or a new one.
            let stack v =
                let read = Array.IndexOf(body.Inputs, v)
                let made = results.IndexOf(v, s.Carries - 1)

                if read >= firstStack then
                    loop.Inputs[read]
                elif made >= 0 then
                    outputs[made]
                else
                    results.Add v
                    outputs.Add(b.Variable(InferBlock.stacked s.Length body.Types[v]))
                    outputs[outputs.Count - 1]

            let first, axes =
                match permuted uses operands[0] with
                | ValueSome(struct (x, [| 1; 0 |])) -> stack x, [| 2; 0; 1 |]
                | ValueSome _
                | ValueNone -> stack operands[0], [| 1; 0; 2 |]

            let second = stack operands[1]

            let after () =
                let product = sumOfProducts b first axes second
                b.Add(Equation(Prim.Binary Binary.Add, [| loop.Inputs[s.Constants + c]; product |], loop.Outputs[c]))

            let body = { body with Inputs = without (s.Constants + c) body.Inputs; Outputs = results.ToArray() } |> Graph.prune

            Some(
                {
                    Scan = { s with Body = body; Carries = s.Carries - 1 }
                    Inputs = without (s.Constants + c) loop.Inputs
                    Outputs = outputs.ToArray()
                },
                after
            )

    /// The graph with such loops. The graphs of other blocks stay as they are.
    let run (g: Graph) : Graph =
        let b = GraphBuilder g

        for e in g.Equations do
            match e.Operation with
            | Operation.Block(Block.Scan s) when s.Length > 0 ->
                let mutable loop, moved = permuteAfter b { Scan = s; Inputs = e.Inputs; Outputs = e.Outputs }
                let products = Stack<unit -> unit>()
                let mutable next = productAfter b loop

                while next.IsSome do
                    loop <- fst next.Value
                    products.Push(snd next.Value)
                    next <- productAfter b loop

                b.Add(Equation(Operation.Block(Block.Scan loop.Scan), loop.Inputs, loop.Outputs))
                moved |> List.iter b.Add

                for product in products do
                    product ()
            | Operation.Block _
            | Operation.Prim _ -> b.Add e

        b.Graph g.Outputs
