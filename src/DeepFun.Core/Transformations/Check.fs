namespace DeepFun

open System
open DeepFun.Backends

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
        | Prim.Linalg op ->
            match op with
            | Linalg.LuSolve _ -> Nullable 3
            | Linalg.TriangularSolve _ -> Nullable 2
            | Linalg.Cholesky
            | Linalg.Lu
            | Linalg.Determinant
            | Linalg.Qr
            | Linalg.SymmetricEigen
            | Linalg.Eigen
            | Linalg.SingularValues
            | Linalg.PseudoInverse _ -> Nullable 1
        | Prim.Generate(Generate.Fill _ | Generate.Iota _) -> Nullable 0
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Contract _
        | Prim.Special(Special.GammaP _ | Special.GammaQ)
        | Prim.Sample _
        | Prim.Index(Indexed.Gather _) -> Nullable 2
        | Prim.Select
        | Prim.Special(Special.BetaI _)
        | Prim.Index(Indexed.ScatterAdd _ | Indexed.ScatterMax _) -> Nullable 3
        | Prim.Move(Move.Concat _) -> Nullable()
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _ | Move.Pad _) -> Nullable 1

    /// The graphs that a block carries.
    let graphs (block: Block) : Graph[] =
        match block with
        | Block.Switch branches -> branches
        | Block.Scan s -> [| s.Body |]
        | Block.While w -> [| w.Condition; w.Body |]
        | Block.Checkpoint g -> [| g |]
        | Block.Custom c ->
            [|
                c.Body
                yield! Option.toArray c.Jvp
                for v in Option.toArray c.Vjp do
                    v.Forward
                    v.Backward
            |]

    let private sameTypes (what: string) (expected: TensorType[]) (came: TensorType[]) =
        if expected.Length <> came.Length || not (Array.forall2 (fun (a: TensorType) b -> a.Same b) expected came) then
            let text (types: TensorType[]) = String.Join(", ", types |> Array.map string)
            Errors.graph $"{what} takes {text expected}, not {text came}"

    /// What must hold between the graphs of a block.
    let private agree (block: Block) =
        match block with
        | Block.Switch branches ->
            for g in branches do
                sameTypes "a branch of a switch" branches[0].InputTypes g.InputTypes
                sameTypes "the result of a switch" branches[0].OutputTypes g.OutputTypes
        | Block.Scan s ->
            sameTypes "a carry of a scan" s.Body.InputTypes[s.Constants .. s.Constants + s.Carries - 1] s.Body.OutputTypes[.. s.Carries - 1]
        | Block.While w ->
            sameTypes "the condition of a loop" w.Body.InputTypes w.Condition.InputTypes
            sameTypes "a carry of a loop" w.Body.InputTypes[w.Constants ..] w.Body.OutputTypes
            sameTypes "the test of a loop" [| { Shape = Shape.Adopt [||]; DType = DType.Bool } |] w.Condition.OutputTypes
        | Block.Checkpoint _ -> ()
        | Block.Custom c ->
            match c.Jvp with
            | Some g ->
                sameTypes "the forward rule" (Array.append c.Body.InputTypes c.Body.InputTypes[c.Constants ..]) g.InputTypes
                sameTypes "the result of the forward rule" (Array.append c.Body.OutputTypes c.Body.OutputTypes) g.OutputTypes
            | None -> ()

            match c.Vjp with
            | Some v ->
                let count = c.Body.Outputs.Length
                let constants = c.Body.InputTypes[.. c.Constants - 1]
                let residuals = v.Forward.OutputTypes[count..]
                sameTypes "the forward half of a reverse rule" c.Body.InputTypes v.Forward.InputTypes
                sameTypes "the value of a reverse rule" c.Body.OutputTypes v.Forward.OutputTypes[.. count - 1]
                sameTypes "the backward half" (Array.concat [ constants; residuals; c.Body.OutputTypes ]) v.Backward.InputTypes
                sameTypes "the result of the backward half" c.Body.InputTypes[c.Constants ..] v.Backward.OutputTypes
            | None -> ()

    /// Every variable is defined once, before it is read, and has the type that Infer gives; so in the graphs of blocks. Error: DF0408.
    let rec graph (g: Graph) : Graph =
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
            let types = e.Inputs |> Array.map (fun v -> g.Types[v])

            let name, inferred =
                match e.Operation with
                | Operation.Prim prim ->
                    let operands = arity prim

                    if operands.HasValue && operands.Value <> e.Inputs.Length then
                        Errors.graph $"{prim} has {e.Inputs.Length} operands instead of {operands.Value}"

                    string prim, [| Infer.output prim types |]
                | Operation.Block block ->
                    graphs block |> Array.iter (graph >> ignore)
                    agree block
                    sameTypes "a block" (InferBlock.operands block) types
                    "a block", InferBlock.outputs block

            if e.Outputs.Length <> inferred.Length then
                Errors.graph $"{name} has {inferred.Length} results, not {e.Outputs.Length}"

            Array.iter2
                (fun v (ty: TensorType) ->
                    define v

                    if not (ty.Same g.Types[v]) then
                        Errors.graph $"v{v} is {g.Types[v]}, but {name} gives {ty}")
                e.Outputs
                inferred

        g.Outputs |> Array.iter (read "the result")
        g

    /// In Debug builds the checked graph, else the graph.
    let inline debug (g: Graph) : Graph =
#if DEBUG
        graph g
#else
        g
#endif
