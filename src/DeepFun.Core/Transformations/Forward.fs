namespace DeepFun

open DeepFun.FSharp

/// A value and its tangent.
[<Sealed; AllowNullLiteral>]
type internal Dual(interpreter: Interpreter, primal: Tensor, tangent: Tensor) =
    inherit Tensor(interpreter, primal.Type)
    member _.Primal = primal
    member _.Tangent = tangent

/// Forward mode: the meaning of a primitive on pairs of value and tangent.
[<Sealed>]
type internal JvpInterpreter(level: int64, root: Interpreter) =
    inherit Interpreter(level, root)

    /// The value; its tangent in d, null when zero.
    member this.Split(x: Tensor, d: byref<Tensor>) : Tensor =
        match x with
        | :? Dual as v when obj.ReferenceEquals(v.Interpreter, this) ->
            d <- v.Tangent
            v.Primal
        | _ ->
            d <- null
            x

    member this.Make(y: Tensor, d: Tensor) : Tensor = if isNull d || not (DTypes.IsFloating y.DType) then y else Dual(this, y, d)

    override _.Name = "differentiated"

    override this.Storage x =
        let mutable d = null
        let p = this.Split(x, &d)
        p.Interpreter.Storage p

    override this.Constant(v, ty, like) =
        let mutable d = null
        let p = this.Split(like, &d)
        p.Interpreter.Constant(v, ty, p)

    override this.Unary(op, a) =
        let mutable d = null
        let x = this.Split(a, &d)
        let y = Tensor.Bind1(op, x)
        this.Make(y, (if isNull d then null else Jvp.unary op x y d))

    override this.Binary(op, a, b) =
        let mutable dx = null
        let mutable dy = null
        let x = this.Split(a, &dx)
        let y = this.Split(b, &dy)
        let z = Tensor.Bind2(op, x, y)
        let l = if isNull dx then null else Jvp.left op x y z dx
        let r = if isNull dy then null else Jvp.right op x y z dy
        this.Make(z, Jvp.plus l r)

    override this.Apply(prim, args) =
        let ds: Tensor[] = Array.zeroCreate args.Length
        let xs: Tensor[] = Array.zeroCreate args.Length
        let mutable active = false

        for i in 0 .. args.Length - 1 do
            let mutable d = null
            xs[i] <- this.Split(args[i], &d)
            ds[i] <- d
            active <- active || not (isNull d)

        let y = Tensor.Bind(prim, xs)
        this.Make(y, (if active then Jvp.all prim xs y ds else null))

    override this.IsKnown x =
        let mutable d = null
        Graph.isKnown (this.Split(x, &d))

    /// Runs a function at a level of its own on values and tangents (null: zero).
    static member Along (root: Interpreter) (f: Tensor[] -> Tensor[]) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let level = JvpInterpreter(Interpreter.NextLevel(), root)

        try
            level.SplitAll(f (Array.map2 (fun x d -> level.Make(x, d)) xs ds))
        finally
            level.Closed <- true

    /// Runs a graph at a level of its own on values and tangents (null: zero).
    static member Run (maker: Interpreter) (g: Graph) (xs: Tensor[]) (ds: Tensor[][]) : struct (Tensor[] * Tensor[][]) =
        let struct (ys, dys) = JvpInterpreter.Along maker.Root (Graph.run maker g) xs ds[0]
        struct (ys, [| dys |])

    /// Values and tangents (null: zero).
    member this.SplitAll(xs: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let tangents: Tensor[] = Array.zeroCreate xs.Length

        let values =
            xs
            |> Array.mapi (fun i x ->
                let mutable d = null
                let value = this.Split(x, &d)
                tangents[i] <- d
                value)

        struct (values, tangents)

    override this.ApplyMany(block, xs) =
        match block with
        | Block.Custom c -> this.Ruled(Ruled.ofBlock root c, xs)
        | Block.Scan _
        | Block.Switch _
        | Block.While _
        | Block.Checkpoint _ ->
            let struct (values, tangents) = this.SplitAll xs
            let struct (ys, streams) = ControlForward.apply JvpInterpreter.Run root block values [| tangents |]
            Array.map2 (fun y d -> this.Make(y, d)) ys streams[0]

    /// A function whose rules close over nothing. In its constants it is differentiated line by line.
    member private this.Ruled(f: RuledFunction<Tensor>, xs: Tensor[]) : Tensor[] =
        let struct (values, tangents) = this.SplitAll xs
        let n = f.Constants

        let struct (ys, dys) =
            if Array.forall isNull tangents[n..] then
                // By the function, so that a lower level finds its rule.
                let ys = (Tensor.Top values).Call(f, values)
                struct (ys, Array.zeroCreate ys.Length)
            else
                CustomForward.apply JvpInterpreter.Along root f values tangents[n..]

        let through =
            if Array.forall isNull tangents[.. n - 1] then
                Array.zeroCreate ys.Length
            else
                let struct (_, dys) = this.SplitAll(f.Run(Array.append xs[.. n - 1] values[n..]))
                dys

        Array.map2 (fun y d -> this.Make(y, d)) ys (Array.map2 Jvp.plus dys through)

    override this.Call(f, xs) =
        if f.Constants > 0 then
            this.Ruled(f, xs)
        else
            let struct (values, tangents) = this.SplitAll xs
            let struct (result, touched) = this.Watch(fun () -> CustomForward.apply JvpInterpreter.Along root f values tangents)
            let struct (ys, dys) = result

            if touched || CustomForward.escapes level values tangents ys dys then
                // The functions close over something of this level or a higher one.
                Tracer.Block(root, f, xs)
            else
                Array.map2 (fun y d -> this.Make(y, d)) ys dys
