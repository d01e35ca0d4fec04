namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// Loops of known length that do less in every step: what can be done for all steps at once is done after the loop, and what is repeated is read as it is.
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

    /// What a variable repeats: the smaller one, and the movements from there, in order.
    let private repeated (g: Graph) (uses: Uses) (v: int) : struct (int * Equation list) =
        let rec back v (movements: Equation list) =
            match uses.Produced v with
            | Produced.Moved(Move.Broadcast _) -> further v movements
            | Produced.Moved(Move.Reshape shape) when not (isNull (Sources.Ones(g.Types[uses.Operands(v)[0]].Shape, shape))) ->
                further v movements
            | Produced.Moved _
            | Produced.Number _
            | Produced.Other -> struct (v, movements)

        and further v movements = back (uses.Operands(v)[0]) (uses.Maker v :: movements)

        match back v [] with
        | struct (w, _) as found when g.Types[w].Shape.Size < g.Types[v].Shape.Size -> found
        | struct (_, _) -> struct (v, [])

    /// Constants that repeat a smaller value come into the loop as that value, and are repeated there, where reading them so costs nothing.
    let private repeatInside (g: Graph) (uses: Uses) (loop: Loop) : Loop =
        let s = loop.Scan
        let types = List<TensorType> s.Body.Types
        let inputs, outer = Array.copy s.Body.Inputs, Array.copy loop.Inputs
        let equations = List<Equation>()

        let variable ty =
            types.Add ty
            types.Count - 1

        for i in 0 .. s.Constants - 1 do
            match repeated g uses loop.Inputs[i] with
            | struct (_, []) -> ()
            | struct (w, movements) ->
                outer[i] <- w
                inputs[i] <- variable g.Types[w]
                let mutable at = inputs[i]

                for e in movements do
                    let ty = g.Types[e.Outputs[0]]
                    let next = if e.Outputs[0] = loop.Inputs[i] then s.Body.Inputs[i] else variable ty
                    equations.Add(Equation(e.Operation, [| at |], [| next |]))
                    at <- next

        let body =
            { s.Body with
                Inputs = inputs
                Types = types.ToArray()
                Equations = Array.append (equations.ToArray()) s.Body.Equations
            }

        if equations.Count = 0 then
            loop
        else
            { loop with Scan = { s with Body = Check.debug body }; Inputs = outer }

    /// Constants that a step permutes are permuted before the loop.
    let private permuteBefore (b: GraphBuilder) (loop: Loop) : Loop =
        let s = loop.Scan
        let constants = Array.take s.Constants s.Body.Inputs

        let isMoved (e: Equation) =
            match e.Operation with
            | Operation.Prim(Prim.Move(Move.Permute _)) -> Array.contains e.Inputs[0] constants
            | Operation.Prim _
            | Operation.Block _ -> false

        let moved, rest = Array.partition isMoved s.Body.Equations

        let outer =
            moved
            |> Array.map (fun e ->
                let y = b.Variable s.Body.Types[e.Outputs[0]]
                b.Add(Equation(e.Operation, [| loop.Inputs[Array.IndexOf(constants, e.Inputs[0])] |], [| y |]))
                y)

        let insert (added: int[]) xs = Array.concat [ Array.take s.Constants xs; added; Array.skip s.Constants xs ]
        let inputs = s.Body.Inputs |> insert (moved |> Array.map (fun e -> e.Outputs[0]))

        if moved.Length = 0 then
            loop
        else
            { loop with
                Scan =
                    { s with
                        Body = Check.debug { s.Body with Inputs = inputs; Equations = rest }
                        Constants = s.Constants + moved.Length
                    }
                Inputs = loop.Inputs |> insert outer
            }

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
        let uses = lazy Uses g

        for e in g.Equations do
            match e.Operation with
            | Operation.Block(Block.Scan s) when s.Length > 0 ->
                let mutable loop, moved =
                    permuteAfter b (repeatInside g uses.Value (permuteBefore b { Scan = s; Inputs = e.Inputs; Outputs = e.Outputs }))

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
