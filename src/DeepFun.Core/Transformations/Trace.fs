namespace DeepFun

open System.Collections.Generic

/// A variable of a graph under construction.
[<Sealed; AllowNullLiteral>]
type internal Variable(interpreter: Interpreter, ty: TensorType, id: int) =
    inherit Tensor(interpreter, ty)
    member _.Id = id

/// The meaning of a primitive as an equation of a graph. One thread builds one graph.
[<Sealed>]
type internal Tracer(level: int64, root: Interpreter) =
    inherit Interpreter(level, root)
    static let deepest = 4
    let types = List<TensorType>()
    let equations = List<Equation>()
    let inputs = List<int>()
    let closedOver = List<Tensor>()
    let known = Dictionary<Tensor, int>(HashIdentity.Reference)

    let fresh ty =
        types.Add ty
        types.Count - 1

    member this.Input ty : Tensor =
        let id = fresh ty
        inputs.Add id
        Variable(this, ty, id)

    /// The variable of a tensor; one from outside becomes an input of the graph.
    member this.Id(x: Tensor) : int =
        match x with
        | :? Variable as v when obj.ReferenceEquals(v.Interpreter, this) -> v.Id
        | _ ->
            match known.TryGetValue x with
            | true, id -> id
            | _ ->
                let id = fresh x.Type
                known[x] <- id
                inputs.Add id
                closedOver.Add x
                id

    member this.Emit(prim, operands, ty) : Tensor =
        lock equations (fun () ->
            let id = fresh ty
            equations.Add(Equation(prim, operands, id))
            Variable(this, ty, id))

    member this.EmitMany(block: Block, operands: int[]) : Tensor[] =
        lock equations (fun () ->
            let types = InferBlock.outputs block
            let ids = types |> Array.map fresh
            equations.Add(Equation(Operation.Block block, operands, ids))
            Array.map2 (fun ty id -> Variable(this, ty, id) :> Tensor) types ids)

    /// How a variable is computed, in the words of the graph, for messages.
    member private this.Expression(id: int, depth: int) : string =
        match inputs.IndexOf id with
        | -1 ->
            match equations.Find(fun e -> Array.contains id e.Outputs) with
            | null -> "?"
            | _ when depth = 0 -> "…"
            | e ->
                let name = fst (Graph.title e.Operation)
                let operands = e.Inputs |> Array.map (fun v -> this.Expression(v, depth - 1)) |> String.concat ", "
                if operands = "" then name else $"{name} ({operands})"
        | i when i < inputs.Count - closedOver.Count -> $"argument {i}: {types[id]}"
        | _ -> $"captured {types[id]}"

    member this.Finish(outputs: Tensor[]) : struct (Graph * Tensor[]) =
        let outputs = outputs |> Array.map this.Id

        let g =
            {
                Inputs = inputs.ToArray()
                Equations = equations.ToArray()
                Outputs = outputs
                Types = types.ToArray()
            }

        struct (Check.debug g, closedOver.ToArray())

    /// The finished graph with what it closes over in front: the form in which blocks carry graphs. Nothing is traced afterwards.
    member this.Close(outputs: Tensor[]) : struct (Graph * Tensor[]) =
        let struct (g, closedOver) = this.Finish outputs
        this.Closed <- true
        let own = g.Inputs.Length - closedOver.Length
        struct ({ g with Inputs = Array.append g.Inputs[own..] g.Inputs[.. own - 1] }, closedOver)

    override _.Name = "traced"

    override this.Storage x =
        let what = lock equations (fun () -> this.Expression(this.Id x, deepest))
        Errors.abstractValue $"it is being traced into a graph: it is {what}"

    override this.Constant(v, ty, _) = this.Emit(Prim.Generate(Generate.Fill(v, ty)), [||], ty)
    override this.Unary(op, x) = this.Emit(Prim.Unary op, [| this.Id x |], Infer.unary op x.Type)
    override this.Binary(op, x, y) = this.Emit(Prim.Binary op, [| this.Id x; this.Id y |], Infer.binary op x.Type y.Type)

    override this.Apply(prim, xs) = this.Emit(prim, xs |> Array.map this.Id, Infer.output prim (xs |> Array.map _.Type))
    override this.ApplyMany(block, xs) = this.EmitMany(block, xs |> Array.map this.Id)
    override _.IsKnown _ = false
    override this.Zero ty = this.Constant(0.0, ty, null)

    override _.Call(f, xs) = Tracer.Block(root, f, xs)

    /// A function with rules as a block: what its functions close over, at whatever level, becomes operands.
    static member Block(root: Interpreter, f: RuledFunction<Tensor>, xs: Tensor[]) : Tensor[] =
        let trace g types = Tracer.Lift(root, (fun _ ys -> g ys), types)
        let struct (block, closedOver) = Ruled.lift trace f (xs |> Array.map _.Type)
        let operands = Array.append closedOver xs
        (Tensor.Top operands).ApplyMany(block, operands)

    /// f as a pruned graph whose inputs are what f closes over, which is returned beside it, and then the arguments. f is given the
    /// tracer, which makes literals.
    static member Lift(root: Interpreter, f: Interpreter -> Tensor[] -> Tensor[], types: TensorType[]) : struct (Graph * Tensor[]) =
        let tracer = Tracer(Interpreter.NextLevel(), root)

        try
            let arguments = types |> Array.map tracer.Input
            let struct (g, closedOver) = tracer.Close(f tracer arguments)
            struct (Graph.prune g, closedOver)
        finally
            tracer.Closed <- true

[<RequireQualifiedAccess>]
module internal Trace =

    /// f as a graph. Its inputs are f's arguments, in order, then the tensors that f closes over, which are returned beside it.
    let graph (root: Interpreter) (f: Tensor[] -> Tensor[]) (types: TensorType[]) : struct (Graph * Tensor[]) =
        let tracer = Tracer(Interpreter.NextLevel(), root)

        try
            tracer.Finish(f (types |> Array.map tracer.Input))
        finally
            tracer.Closed <- true

    /// f as a graph that begins with what f closes over: the form in which blocks carry graphs.
    let lift (root: Interpreter) (f: Interpreter -> Tensor[] -> Tensor[]) (types: TensorType[]) : struct (Graph * Tensor[]) =
        Tracer.Lift(root, f, types)
