namespace DeepFun

open System
open System.Collections.Generic
open DeepFun.Backends

/// Whether two graphs compute the same from the same inputs, by what is written in them: operations with all that they hold, literals by their bits,
/// which variables they read, and the types of the inputs, from which all others follow.
[<RequireQualifiedAccess>]
module internal GraphKey =

    /// The literal in a primitive. 0 and −0 are equal numbers, and different literals; NaN is unequal to itself, and the same literal.
    let private literal (prim: Prim) : float =
        match prim with
        | Prim.Generate(Generate.Fill(v, _)) -> v
        | Prim.Move(Move.Pad p) -> p.Value
        | Prim.Linalg(Linalg.PseudoInverse tolerance) -> tolerance
        | Prim.Generate(Generate.Iota _ | Generate.Random _)
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _ | Move.Concat _)
        | Prim.Linalg(Linalg.Cholesky | Linalg.TriangularSolve _ | Linalg.Lu | Linalg.LuSolve _ | Linalg.Determinant | Linalg.Qr)
        | Prim.Linalg(Linalg.SymmetricEigen | Linalg.Eigen | Linalg.SingularValues)
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Reduce _
        | Prim.Along _
        | Prim.Index _
        | Prim.Contract _
        | Prim.Window _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> 0.0

    let private bits (prim: Prim) : int64 = BitConverter.DoubleToInt64Bits(literal prim)

    let sameNumbers (xs: int[]) (ys: int[]) : bool = xs.AsSpan().SequenceEqual(ReadOnlySpan ys)

    /// The cases of which there are many, because the general comparison looks at everything as an object.
    let private sameMove (a: Move) (b: Move) : bool voption =
        match a, b with
        | Move.Reshape s, Move.Reshape t -> ValueSome(Shape.Same(s, t))
        | Move.Permute i, Move.Permute j -> ValueSome(sameNumbers i j)
        | Move.Broadcast(s, i), Move.Broadcast(t, j) -> ValueSome(Shape.Same(s, t) && sameNumbers i j)
        | Move.Slice(i, s, k), Move.Slice(j, t, l) -> ValueSome(Shape.Same(s, t) && sameNumbers i j && sameNumbers k l)
        | Move.Concat i, Move.Concat j -> ValueSome((i = j))
        | (Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _ | Move.Concat _ | Move.Pad _), _ -> ValueNone

    /// Whether both are the same operation, with the same literals.
    let samePrim (p: Prim) (q: Prim) : bool =
        let general () = p.Equals(q, LanguagePrimitives.GenericEqualityERComparer) && bits p = bits q

        if obj.ReferenceEquals(p, q) then
            true
        else
            match p, q with
            | Prim.Unary a, Prim.Unary b -> a = b
            | Prim.Binary a, Prim.Binary b -> a = b
            | Prim.Compare a, Prim.Compare b -> a = b
            | Prim.Cast a, Prim.Cast b -> a = b
            | Prim.Move a, Prim.Move b ->
                match sameMove a b with
                | ValueSome same -> same
                | ValueNone -> general ()
            | Prim.Reduce(Reduce.Sum a), Prim.Reduce(Reduce.Sum b) -> sameNumbers a b
            | Prim.Contract Contract.MatMul, Prim.Contract Contract.MatMul -> true
            | Prim.Generate(Generate.Fill(v, a)), Prim.Generate(Generate.Fill(w, b)) ->
                a.Same b && BitConverter.DoubleToInt64Bits v = BitConverter.DoubleToInt64Bits w
            | _ -> general ()

    /// Equal for the same primitives.
    let hashPrim (prim: Prim) : int = HashCode.Combine(prim.GetHashCode(), bits prim)

    let private sameInputs (g: Graph) (h: Graph) : bool =
        let mutable i = 0

        while i < g.Inputs.Length && g.Types[g.Inputs[i]].Same h.Types[h.Inputs[i]] do
            i <- i + 1

        i = g.Inputs.Length

    let rec same (g: Graph) (h: Graph) : bool =
        obj.ReferenceEquals(g, h)
        || (g.Equations.Length = h.Equations.Length
            && sameNumbers g.Inputs h.Inputs
            && sameNumbers g.Outputs h.Outputs
            && sameInputs g h
            && sameEquations g.Equations h.Equations)

    and private sameEquations (xs: Equation[]) (ys: Equation[]) : bool =
        let mutable i = 0

        while i < xs.Length && sameEquation xs[i] ys[i] do
            i <- i + 1

        i = xs.Length

    and private sameEquation (e: Equation) (d: Equation) : bool =
        sameNumbers e.Inputs d.Inputs && sameNumbers e.Outputs d.Outputs && sameOperation e.Operation d.Operation

    and sameOperation (a: Operation) (b: Operation) : bool =
        match a, b with
        | Operation.Prim p, Operation.Prim q -> samePrim p q
        | Operation.Block b, Operation.Block c -> obj.ReferenceEquals(b, c) || sameBlock b c
        | Operation.Prim _, Operation.Block _
        | Operation.Block _, Operation.Prim _ -> false

    and private sameAll (gs: Graph[]) (hs: Graph[]) : bool = gs.Length = hs.Length && Array.forall2 same gs hs

    and private sameBlock (b: Block) (c: Block) : bool =
        match b, c with
        | Block.Switch gs, Block.Switch hs -> sameAll gs hs
        | Block.Scan s, Block.Scan t ->
            s.Length = t.Length && s.Constants = t.Constants && s.Carries = t.Carries && s.Reverse = t.Reverse && same s.Body t.Body
        | Block.While v, Block.While w -> v.Constants = w.Constants && same v.Condition w.Condition && same v.Body w.Body
        | Block.Checkpoint g, Block.Checkpoint h -> same g h
        // What runs is the body: the rules were used while the graph was traced.
        | Block.Custom f, Block.Custom g -> f.Constants = g.Constants && same f.Body g.Body
        | (Block.Switch _ | Block.Scan _ | Block.While _ | Block.Checkpoint _ | Block.Custom _), _ -> false

    let rec private addGraph (hash: byref<HashCode>) (g: Graph) : unit =
        hash.Add g.Equations.Length

        for v in g.Inputs do
            hash.Add(g.Types[v].GetHashCode())

        for v in g.Outputs do
            hash.Add v

        for e in g.Equations do
            for v in e.Inputs do
                hash.Add v

            match e.Operation with
            | Operation.Prim prim -> hash.Add(hashPrim prim)
            | Operation.Block block -> addBlock &hash block

    and private addBlock (hash: byref<HashCode>) (block: Block) : unit =
        match block with
        | Block.Switch branches ->
            for g in branches do
                addGraph &hash g
        | Block.Scan s ->
            hash.Add s.Length
            addGraph &hash s.Body
        | Block.While w ->
            addGraph &hash w.Condition
            addGraph &hash w.Body
        | Block.Checkpoint g -> addGraph &hash g
        | Block.Custom c -> addGraph &hash c.Body

    let hash (g: Graph) : int =
        let mutable h = HashCode()
        addGraph &h g
        h.ToHashCode()

    /// Graphs for an evaluator, as keys.
    let comparer: IEqualityComparer<struct (Eval * Graph)> =
        { new IEqualityComparer<struct (Eval * Graph)> with
            member _.Equals(struct (a, g), struct (b, h)) = obj.ReferenceEquals(a, b) && same g h
            member _.GetHashCode(struct (_, g)) = hash g
        }
