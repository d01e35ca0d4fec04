namespace DeepFun

open DeepFun.Backends

/// What a reader of a variable sees when the movements in between cost nothing.
[<RequireQualifiedAccess; NoComparison>]
type internal Source =
    /// The same number everywhere.
    | Literal of float
    /// A variable; axis i of it is axis axes[i] of what is read, −1 where its size is 1.
    | Variable of variable: int * axes: int[]

/// Looks through broadcasts, axes of size one and stopped gradients to the values that must be in memory.
[<Sealed>]
type internal Sources(g: Graph) =
    let definitions: Equation[] = Array.zeroCreate g.Types.Length

    do
        for e in g.Equations do
            for v in e.Outputs do
                definitions[v] <- e

    /// Where the axes of a shape stand in another that differs in axes of size one only; null if it differs otherwise.
    static member Ones(from: Shape, into: Shape) : int[] =
        let places = [| 0 .. into.Rank - 1 |] |> Array.filter (fun i -> into[i] <> 1)
        let sizes = from.ToArray() |> Array.filter (fun n -> n <> 1)

        if sizes <> (places |> Array.map (fun i -> into[i])) then
            null
        else
            let mutable next = -1

            Array.init from.Rank (fun i ->
                if from[i] = 1 then
                    -1
                else
                    next <- next + 1
                    places[next])

    /// The equation that defines a variable; null for an input.
    member _.Definition(v: int) : Equation = definitions[v]

    /// The variable that a movement without cost shows, and where its axes go; null for any other equation.
    member private _.Shown(e: Equation) : int[] =
        match e.Operation with
        | Operation.Prim(Prim.Move(Move.Broadcast(_, axes))) -> axes
        | Operation.Prim(Prim.Move(Move.Reshape shape)) -> Sources.Ones(g.Types[e.Inputs[0]].Shape, shape)
        | Operation.Prim Prim.StopGradient -> [| 0 .. g.Types[e.Inputs[0]].Shape.Rank - 1 |]
        | Operation.Prim _
        | Operation.Block _ -> null

    /// What a reader of v sees.
    member this.Of(v: int) : Source =
        let mutable v = v
        let mutable axes = [| 0 .. g.Types[v].Shape.Rank - 1 |]
        let mutable found = ValueNone

        while found.IsNone do
            let e = definitions[v]

            if isNull e then
                found <- ValueSome(Source.Variable(v, axes))
            else
                match e.Operation with
                | Operation.Prim(Prim.Generate(Generate.Fill(value, ty))) when DTypes.IsFloating ty.DType ->
                    found <- ValueSome(Source.Literal value)
                | Operation.Prim _
                | Operation.Block _ ->
                    match this.Shown e with
                    | null -> found <- ValueSome(Source.Variable(v, axes))
                    | shown ->
                        axes <- shown |> Array.map (fun a -> if a < 0 then -1 else axes[a])
                        v <- e.Inputs[0]

        found.Value
