namespace DeepFun

open System
open System.Collections.Generic
open System.Threading
open DeepFun.Backends

/// A value that has not been computed: a variable of the graph of its computation. From the moment on that a value is read, what has been computed.
[<Sealed; AllowNullLiteral>]
type internal Promised(interpreter: Interpreter, ty: TensorType, id: int) =
    inherit Tensor(interpreter, ty)
    member _.Id = id
    /// Null while it is a variable.
    member val Value: Tensor = null with get, set

/// What a function whose computation was put off has given.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal DeferredResult =
    /// It has been computed after all, because values were needed on the way.
    | Values of Tensor[]
    /// A graph of the arguments and then of what the function closed over; these are its inputs.
    | Graph of Graph * Tensor[]

/// The meaning of a primitive as an equation of a graph, for a function that must not notice: where a value is read, or met that is more than data,
/// all that was put off is computed, and from then on every operation at once. May be used on many threads, and by what outlives the function.
/// As long as the equations are those of an expected graph (null: none is expected), they are compared with it, and nothing is recorded.
[<Sealed; AllowNullLiteral>]
type internal Deferred(level: int64, root: Interpreter, expected: Graph) =
    inherit Interpreter(level, root)
    static let mostScanned = 16
    let gate = obj ()
    let home = MemoryScope.Current
    let types = List<TensorType>()
    let equations = List<Equation>()
    let inputs = List<int>()
    let promised = List<Promised>(if obj.ReferenceEquals(expected, null) then 16 else expected.Types.Length)
    let given = List<Tensor>()
    let mutable known: Dictionary<Tensor, int> = null
    // Which input, by place, the variable is: the places of given.
    let places = List<int>()
    let mutable follows = not (obj.ReferenceEquals(expected, null))
    let mutable variables = 0
    let mutable lines = 0
    let mutable isRunning = false
    let mutable isFinished = false

    /// What was compared so far is recorded, and so is what comes.
    let diverge () =
        if follows then
            follows <- false

            for v in 0 .. variables - 1 do
                types.Add expected.Types[v]

            for i in 0 .. lines - 1 do
                equations.Add expected.Equations[i]

            inputs.AddRange places

    let fresh ty =
        if not follows then
            types.Add ty

        variables <- variables + 1
        variables - 1

    let take (x: Tensor) : int =
        if follows then
            let i = given.Count

            if i >= expected.Inputs.Length || expected.Inputs[i] <> variables || not (expected.Types[variables].Same x.Type) then
                diverge ()

        let id = fresh x.Type

        if not follows then
            inputs.Add id

        places.Add id
        given.Add x
        id

    /// The variable of data.
    let idOf (x: Tensor) : int =
        if given.Count <= mostScanned then
            let mutable i = given.Count - 1

            while i >= 0 && not (obj.ReferenceEquals(given[i], x)) do
                i <- i - 1

            if i >= 0 then places[i] else take x
        else
            if isNull known then
                known <- Dictionary<Tensor, int>(HashIdentity.Reference)

                for i in 0 .. given.Count - 1 do
                    known[given[i]] <- places[i]

            match known.TryGetValue x with
            | true, id -> id
            | _ ->
                let id = take x
                known[x] <- id
                id

    let graph (outputs: int[]) : Graph =
        diverge ()

        {
            Inputs = inputs.ToArray()
            Equations = equations.ToArray()
            Outputs = outputs
            Types = types.ToArray()
        }

    /// Computes what was put off; there is nothing to put off any more.
    let force () =
        if not isRunning then
            let all = promised.ToArray()
            let values = Graph.run root (graph (all |> Array.map _.Id)) (given.ToArray())
            Array.iter2 (fun (p: Promised) y -> p.Value <- y) all values

            // They were put off in another scope than this one, and outlive it.
            if not (obj.ReferenceEquals(MemoryScope.Current, home)) then
                for y in values do
                    match y with
                    | :? Data as d -> MemoryScope.Detach d.Storage
                    | _ -> ()

            isRunning <- true
            types.Clear()
            equations.Clear()
            promised.Clear()
            inputs.Clear()
            given.Clear()
            places.Clear()
            known <- null

    /// The innermost one whose function runs on this thread.
    [<ThreadStatic; DefaultValue>]
    static val mutable private innermost: Deferred

    /// The one in whose function this one's runs.
    member val private Outer: Deferred = null with get, set

    /// The tensor as one of this level, or null.
    member private this.Own(x: Tensor) : Promised =
        match x with
        | :? Promised as p when obj.ReferenceEquals(p.Interpreter, this) -> p
        | _ -> null

    member private this.Value(x: Tensor) : Tensor =
        match this.Own x with
        | null -> x
        | p -> p.Value

    member private this.Promise(ty: TensorType, id: int) : Promised =
        let p = Promised(this, ty, id)
        promised.Add p
        p

    /// Whether an operation on these is put off. Data are the values of an input; anything else has an interpreter that wants to see what becomes of it.
    member private this.Defers(xs: Tensor[]) : bool =
        if isRunning then
            false
        else
            let mutable plain = not isFinished
            let mutable i = 0

            while plain && i < xs.Length do
                let x = xs[i]
                plain <- obj.ReferenceEquals(x.Interpreter, this) || (x :? Data && obj.ReferenceEquals(x.Interpreter, root))
                i <- i + 1

            if not plain then
                force ()

            plain

    member private this.Id(x: Tensor) : int =
        match this.Own x with
        | null -> idOf x
        | p -> p.Id

    member private this.Ids(xs: Tensor[]) : int[] =
        let ids: int[] = Array.zeroCreate xs.Length

        for i in 0 .. xs.Length - 1 do
            ids[i] <- this.Id xs[i]

        ids

    /// Whether the next equation that is expected is this one.
    member private this.Meets(prim: Prim, xs: Tensor[]) : bool =
        if follows && lines < expected.Equations.Length then
            let e = expected.Equations[lines]

            match e.Operation with
            | Operation.Prim other when e.Inputs.Length = xs.Length && GraphKey.samePrim prim other ->
                let mutable i = 0

                while i < xs.Length && this.Id xs[i] = e.Inputs[i] do
                    i <- i + 1

                i = xs.Length && follows && e.Outputs[0] = variables
            | Operation.Prim _
            | Operation.Block _ -> false
        else
            false

    /// A computed value: still one of this level while the function runs, so that the order of levels stays what it is.
    member private this.Computed(y: Tensor) : Tensor = if isFinished then y else Promised(this, y.Type, -1, Value = y)

    member private this.Emit(prim: Prim, xs: Tensor[], ty: TensorType) : Tensor =
        Monitor.Enter gate

        let p =
            try
                if not (this.Defers xs) then
                    null
                elif this.Meets(prim, xs) then
                    lines <- lines + 1
                    this.Promise(ty, fresh ty)
                else
                    let operands = this.Ids xs
                    diverge ()
                    let p = this.Promise(ty, fresh ty)
                    equations.Add(Equation(prim, operands, p.Id))
                    p
            finally
                Monitor.Exit gate

        if isNull p then
            this.Computed(if xs.Length = 0 then root.Apply(prim, xs) else Tensor.Bind(prim, xs |> Array.map this.Value))
        else
            p

    member private _.Compute() : unit = lock gate force

    /// f (), the function.
    member this.Running(f: unit -> 'T) : 'T =
        this.Outer <- Deferred.innermost
        Deferred.innermost <- this

        try
            f ()
        finally
            Deferred.innermost <- this.Outer

    /// Computes what the functions that run on this thread put off, because memory that it reads is given away.
    static member ForceAll() : unit =
        let mutable level = Deferred.innermost

        while not (isNull level) do
            level.Compute()
            level <- level.Outer

    /// The argument of the function.
    member this.Input(x: Tensor) : Tensor = this.Promise(x.Type, take x)

    /// The value of a tensor of this level, now.
    member this.Force(x: Tensor) : Tensor =
        lock gate force
        this.Value x

    /// Whether something that was put off cannot be computed.
    member _.Fails() : bool =
        try
            lock gate force
            false
        with _ ->
            true

    /// What the function has given, which has returned.
    member this.Finish(outputs: Tensor[]) : DeferredResult =
        lock gate (fun () ->
            isFinished <- true

            if isRunning then
                DeferredResult.Values(outputs |> Array.map this.Value)
            else
                let ids = outputs |> Array.map this.Own |> Array.filter (isNull >> not) |> Array.map _.Id

                let isExpected =
                    follows && lines = expected.Equations.Length && given.Count = expected.Inputs.Length && ids = expected.Outputs

                DeferredResult.Graph((if isExpected then expected else graph ids), given.ToArray()))

    /// The results; those that depend on nothing that was put off are as they came.
    member this.Fill(outputs: Tensor[], computed: Tensor[]) : Tensor[] =
        let mutable next = 0

        outputs
        |> Array.map (fun y ->
            if isNull (this.Own y) then
                y
            else
                next <- next + 1
                computed[next - 1])

    override _.Name = root.Name
    override this.Storage x = let y = this.Force x in y.Interpreter.Storage y
    override this.IsKnown x = Graph.isKnown (this.Force x)
    override this.Constant(v, ty, _) = this.Emit(Prim.Generate(Generate.Fill(v, ty)), [||], ty)
    override this.Unary(op, x) = this.Emit(Prim.Unary op, [| x |], Infer.unary op x.Type)
    override this.Binary(op, x, y) = this.Emit(Prim.Binary op, [| x; y |], Infer.binary op x.Type y.Type)
    override this.Apply(prim, xs) = this.Emit(prim, xs, Infer.output prim (xs |> Array.map _.Type))

    override this.ApplyMany(block, xs) =
        let put () : Tensor[] =
            if this.Defers xs then
                let operands = this.Ids xs
                let results = InferBlock.outputs block

                let meets =
                    follows
                    && lines < expected.Equations.Length
                    && (let e = expected.Equations[lines]

                        e.Inputs = operands
                        && e.Outputs = Array.init results.Length (fun i -> variables + i)
                        && GraphKey.sameOperation e.Operation (Operation.Block block))

                if not meets then
                    diverge ()

                let promised = results |> Array.map (fun ty -> this.Promise(ty, fresh ty))

                if meets then
                    lines <- lines + 1
                else
                    equations.Add(Equation(Operation.Block block, operands, promised |> Array.map _.Id))

                promised |> Array.map (fun p -> p :> Tensor)
            else
                null

        match lock gate put with
        | null -> Graph.apply root block (xs |> Array.map this.Value) |> Array.map this.Computed
        | ps -> ps

    override _.Call(f, xs) = f.Run xs
