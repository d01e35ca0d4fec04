namespace DeepFun

open DeepFun.Backends

/// Products of matrices whose rows repeat, as those are that the derivative of a mean gives: each row is multiplied once. Where the repeated
/// rows are those that a product sums over, the other operand's columns are added up first. A sum of repeated values is a multiple of them.
[<RequireQualifiedAccess>]
module internal Repeats =

    /// A matrix, as rows of which some repeat: those of Rows, a variable whose last axis is the matrix' columns and whose axis i is axis Axes[i] of Space.
    [<NoComparison>]
    type private Repeated = { Rows: int; Axes: int[]; Space: Shape }

    let private shapeOf (sizes: int seq) = Shape.Adopt(Array.ofSeq sizes)

    /// The operand of a movement, if one makes the variable.
    let private moved (uses: Uses) (v: int) : struct (Move * int) voption =
        match uses.Produced v with
        | Produced.Moved move -> ValueSome(struct (move, uses.Operands(v)[0]))
        | Produced.Number _
        | Produced.Other -> ValueNone

    /// What a variable repeats, and at which axes of it the repeated one's stand: those of size one stand nowhere.
    let private broadcast (g: Graph) (uses: Uses) (v: int) : struct (int * int[]) voption =
        match moved uses v with
        | ValueSome(struct (Move.Broadcast(_, axes), u)) when g.Types[u].Shape.Size < g.Types[v].Shape.Size ->
            ValueSome(struct (u, axes |> Array.mapi (fun i axis -> if g.Types[u].Shape[i] = 1 then -1 else axis)))
        | ValueSome _
        | ValueNone -> ValueNone

    /// The matrix v, if its rows repeat: broadcast, or broadcast with all axes but the last made one.
    let private repeated (g: Graph) (uses: Uses) (v: int) : Repeated voption =
        let columns = g.Types[v].Shape[1]

        let source =
            match moved uses v with
            | ValueSome(struct (Move.Reshape _, w)) when g.Types[w].Shape.Rank > 0 && Seq.last g.Types[w].Shape = columns -> w
            | _ -> v

        match broadcast g uses source with
        | ValueSome(struct (u, axes)) when axes.Length > 0 && axes[axes.Length - 1] = g.Types[source].Shape.Rank - 1 ->
            ValueSome { Rows = u; Axes = Array.truncate (axes.Length - 1) axes; Space = g.Types[source].Shape }
        | _ -> ValueNone

    /// The rows by themselves, as a matrix, and the sizes and places of the axes that they have.
    let private rows (g: Graph) (b: GraphBuilder) (r: Repeated) : struct (int * int[] * int[]) =
        let own = r.Axes |> Array.filter (fun axis -> axis >= 0)
        let sizes = own |> Array.map (fun axis -> r.Space[axis])
        let columns = Seq.last g.Types[r.Rows].Shape
        let shape = shapeOf [ Array.fold (*) 1 sizes; columns ]

        let matrix =
            if Shape.Same(g.Types[r.Rows].Shape, shape) then
                r.Rows
            else
                b.Apply(Prim.Move(Move.Reshape shape), [| r.Rows |])

        struct (matrix, sizes, own)

    /// x y, where x's rows repeat: the rows' products, repeated.
    let private outer (g: Graph) (b: GraphBuilder) (r: Repeated) (y: int) (e: Equation) =
        let struct (matrix, sizes, own) = rows g b r
        let columns = g.Types[y].Shape[1]
        let product = b.Apply(Prim.Contract Contract.MatMul, [| matrix; y |])
        let apart = b.Apply(Prim.Move(Move.Reshape(shapeOf (Array.append sizes [| columns |]))), [| product |])
        let space = r.Space.ToArray()
        space[space.Length - 1] <- columns
        let places = Array.append own [| space.Length - 1 |]
        let wide = b.Apply(Prim.Move(Move.Broadcast(Shape.Adopt space, places)), [| apart |])
        b.Add(Equation(Prim.Move(Move.Reshape g.Types[e.Outputs[0]].Shape), [| wide |], e.Outputs[0]))

    /// z [rows, columns] with rows added up that meet the same row of a repeated matrix.
    let private added (b: GraphBuilder) (r: Repeated) (z: int) : int =
        let space = r.Space.ToArray()
        let columns = b.Type(z).Shape[1]
        space[space.Length - 1] <- columns
        let apart = b.Apply(Prim.Move(Move.Reshape(Shape.Adopt space)), [| z |])
        let repeats = [| 0 .. space.Length - 2 |] |> Array.filter (fun axis -> not (Array.contains axis r.Axes))
        let sum = b.Apply(Prim.Reduce(Reduce.Sum repeats), [| apart |])

        let kept =
            space
            |> Array.truncate (space.Length - 1)
            |> Array.indexed
            |> Array.filter (fun (axis, _) -> Array.contains axis r.Axes)

        b.Apply(Prim.Move(Move.Reshape(shapeOf [ kept |> Array.fold (fun n (_, size) -> n * size) 1; columns ])), [| sum |])

    let private swap = Prim.Move(Move.Permute [| 1; 0 |])

    /// What x is the transpose of.
    let private transposed (uses: Uses) (x: int) : int voption =
        match moved uses x with
        | ValueSome(struct (Move.Permute _, z)) -> ValueSome z
        | ValueSome _
        | ValueNone -> ValueNone

    /// x y, where y's rows, over which it sums, repeat.
    let private inner (g: Graph) (uses: Uses) (b: GraphBuilder) (x: int) (r: Repeated) (e: Equation) =
        let struct (matrix, _, _) = rows g b r

        let z =
            match transposed uses x with
            | ValueSome z when g.Types[z].Shape.Rank = 2 -> z
            | _ -> b.Apply(swap, [| x |])

        let left = b.Apply(swap, [| added b r z |])
        b.Add(Equation(Prim.Contract Contract.MatMul, [| left; matrix |], e.Outputs[0]))

    let private product (g: Graph) (uses: Uses) (b: GraphBuilder) (e: Equation) : bool =
        let x, y = e.Inputs[0], e.Inputs[1]

        match repeated g uses x, repeated g uses y, transposed uses x |> ValueOption.bind (repeated g uses) with
        | ValueSome r, _, _ ->
            outer g b r y e
            true
        | ValueNone, ValueSome r, _ ->
            inner g uses b x r e
            true
        | ValueNone, ValueNone, ValueSome r ->
            let struct (matrix, _, _) = rows g b r
            let left = b.Apply(swap, [| matrix |])
            b.Add(Equation(Prim.Contract Contract.MatMul, [| left; added b r y |], e.Outputs[0]))
            true
        | ValueNone, ValueNone, ValueNone -> false

    /// Σ over axes along which a value repeats: as often the value, summed over the other axes.
    let private sum (g: Graph) (uses: Uses) (b: GraphBuilder) (axes: int[]) (e: Equation) : bool =
        let whole = g.Types[e.Inputs[0]]

        match broadcast g uses e.Inputs[0] with
        | ValueSome(struct (u, places)) when axes |> Array.exists (fun axis -> whole.Shape[axis] > 1 && not (Array.contains axis places)) ->
            let count = axes |> Array.fold (fun n axis -> if Array.contains axis places then n else n * whole.Shape[axis]) 1
            let own = g.Types[u].Shape
            // Axes of u of size one are summed over too where they stand at an axis that is.
            let gone = [| 0 .. own.Rank - 1 |] |> Array.filter (fun i -> places[i] < 0 || Array.contains places[i] axes)
            let rest = if gone.Length = 0 then u else b.Apply(Prim.Reduce(Reduce.Sum gone), [| u |])
            let kept = places |> Array.filter (fun axis -> axis >= 0 && not (Array.contains axis axes))
            let result = g.Types[e.Outputs[0]]
            let factor = b.Apply(Prim.Generate(Generate.Fill(float count, b.Type rest)), [||], b.Type rest)
            let scaled = b.Apply(Prim.Binary Binary.Mul, [| rest; factor |])
            // The kept axes' places once the summed ones are gone.
            let after = kept |> Array.map (fun axis -> axis - (axes |> Array.filter (fun a -> a < axis)).Length)
            b.Add(Equation(Prim.Move(Move.Broadcast(result.Shape, after)), [| scaled |], e.Outputs[0]))
            true
        | ValueSome _
        | ValueNone -> false

    let private isMatrix (g: Graph) (e: Equation) =
        let x, result = g.Types[e.Inputs[0]].Shape, g.Types[e.Outputs[0]].Shape
        result.Rank = 2 && x.Size > 0 && result.Size > 0

    /// The graph with such products and sums replaced; itself where there are none. Blocks stay as they are.
    let run (g: Graph) : Graph =
        let uses = Uses g
        let b = GraphBuilder g
        let mutable changed = false

        for e in g.Equations do
            let isReplaced =
                match e.Operation with
                | Operation.Prim(Prim.Contract Contract.MatMul) -> isMatrix g e && product g uses b e
                | Operation.Prim(Prim.Reduce(Reduce.Sum axes)) ->
                    Arithmetic.isNative g.Types[e.Inputs[0]].DType && g.Types[e.Inputs[0]].Shape.Size > 0 && sum g uses b axes e
                | Operation.Prim _
                | Operation.Block _ -> false

            if isReplaced then changed <- true else b.Add e

        if changed then b.Graph g.Outputs else g
