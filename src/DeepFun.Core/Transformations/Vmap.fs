namespace DeepFun

open DeepFun.Backends
open DeepFun.FSharp

/// A value with one more axis in front: one entry for each mapped element.
[<Sealed; AllowNullLiteral>]
type internal Batched(interpreter: Interpreter, value: Tensor) =
    inherit Tensor(interpreter, { Shape = Shape.Adopt(value.Shape.ToArray()[1..]); DType = value.DType })
    member _.Value = value

/// Batching: the same primitive with one more axis. The batch axis is always axis 0.
[<RequireQualifiedAccess>]
module internal Vmap =

    let private up = Array.map (fun a -> a + 1)

    /// (n, a, rest…) → (n a, rest…)
    let private merge axis (t: Tensor) =
        let s = List.ofSeq t.Shape
        reshape (List.take axis s @ [ s[axis] * s[axis + 1] ] @ List.skip (axis + 2) s) t

    /// (n a, rest…) → (n, a, rest…)
    let private cut axis n (t: Tensor) =
        let s = List.ofSeq t.Shape
        reshape (List.take axis s @ [ n; s[axis] / n ] @ List.skip (axis + 1) s) t

    /// Batched first operand of rank 2 times an unbatched matrix is one taller product; anything else is a batched product.
    let private matmul n (x: Tensor, xBatched: bool) (y: Tensor, yBatched: bool) (full: Tensor * bool -> Tensor) =
        // With a batch y would have three axes or more.
        if y.Rank = 2 then
            bindMatMul (merge 0 x) y |> cut 0 n
        else
            bindMatMul (full (x, xBatched)) (full (y, yBatched))

    /// Which of input, weight and output carry the batch decides where it goes: into N, O, C or the groups.
    let private convolution n op (spec: ConvolutionSpec) (a: Tensor, aBatched) (b: Tensor, bBatched) (full: Tensor * bool -> Tensor) =
        // The roles of the operands and the result in x [N, C, …], w [O, C/g, …], y [N, O, …]
        let hasX, hasW, hasY =
            match op with
            | ConvolutionOp.Forward -> aBatched, bBatched, true
            | ConvolutionOp.InputGradient -> true, bBatched, aBatched
            | _ -> aBatched, true, bBatched

        let first, second, third =
            match op with
            | ConvolutionOp.Forward -> 'x', 'w', 'y'
            | ConvolutionOp.InputGradient -> 'y', 'w', 'x'
            | _ -> 'x', 'y', 'w'

        let single = spec.Groups = 1
        // The axis that takes the batch in each of two roles that carry it, once the batch stands before it.
        let axis role =
            match role with
            | 'x' -> (if hasW then 1 else 0)
            | 'w' -> (if hasY then 0 else 1)
            | _ -> (if hasX then 0 else 1)

        let fold role (t: Tensor) =
            let k = axis role
            merge k (moveAxis 0 k t)

        let unfold role (t: Tensor) =
            let k = axis role
            moveAxis k 0 (cut k n t)

        if not hasW || (single && not (hasX && hasY)) then
            // Only two roles carry the batch: the third operand stays as it is.
            let given role batched t = if batched then fold role t else t

            bindConvolution op spec (given first aBatched a) (given second bBatched b) |> unfold third
        else
            // The batch becomes groups: w [n, O, C/g, …] → [n O, C/g, …], x → [N, n C, …], y → [N, n O, …]
            let spec =
                ConvolutionSpec(spec.InputSize, spec.KernelSize, spec.Strides, spec.PadLow, spec.PadHigh, spec.Dilations, spec.Groups * n)

            let place role = if role = 'w' then 0 else 1
            let pack role (t: Tensor) = merge (place role) (moveAxis 0 (place role) t)

            let result = bindConvolution op spec (pack first (full (a, aBatched))) (pack second (full (b, bBatched)))
            moveAxis (place third) 0 (cut (place third) n result)

    let private reduce (op: Reduce) : Reduce =
        match op with
        | Reduce.Sum axes -> Reduce.Sum(up axes)
        | Reduce.Product axes -> Reduce.Product(up axes)
        | Reduce.Max axes -> Reduce.Max(up axes)
        | Reduce.Min axes -> Reduce.Min(up axes)
        | Reduce.Any axes -> Reduce.Any(up axes)
        | Reduce.All axes -> Reduce.All(up axes)
        | Reduce.ArgMax axis -> Reduce.ArgMax(axis + 1)
        | Reduce.ArgMin axis -> Reduce.ArgMin(axis + 1)

    let private along (op: Along) : Along =
        match op with
        | Along.CumulativeSum(axis, r) -> Along.CumulativeSum(axis + 1, r)
        | Along.CumulativeProduct(axis, r) -> Along.CumulativeProduct(axis + 1, r)
        | Along.CumulativeMax(axis, r) -> Along.CumulativeMax(axis + 1, r)
        | Along.CumulativeMin(axis, r) -> Along.CumulativeMin(axis + 1, r)
        | Along.ArgSort(axis, d) -> Along.ArgSort(axis + 1, d)
        | Along.Fourier(axis, inverse) -> Along.Fourier(axis + 1, inverse)

    let private move n (op: Move) : Move =
        let put v (a: int[]) = Array.append [| v |] a

        match op with
        | Move.Reshape shape -> Move.Reshape(InferBlock.front n shape)
        | Move.Permute axes -> Move.Permute(put 0 (up axes))
        | Move.Broadcast(shape, axes) -> Move.Broadcast(InferBlock.front n shape, put 0 (up axes))
        | Move.Slice(starts, shape, steps) -> Move.Slice(put 0 starts, InferBlock.front n shape, put 1 steps)
        | Move.Pad p -> Move.Pad { p with Low = put 0 p.Low; High = put 0 p.High; Interior = put 0 p.Interior }
        | Move.Concat axis -> Move.Concat(axis + 1)

    /// Right-hand sides of one matrix are more columns; else all leading axes are batch already.
    let private linalg (op: Linalg) (xs: Tensor[]) (batched: bool[]) (all: unit -> Tensor[]) =
        let shared = Array.forall not batched[.. xs.Length - 2]

        match op with
        | Linalg.TriangularSolve _
        | Linalg.LuSolve _ when shared ->
            // [n, B…, rows, k] → [B…, rows, n k]
            let b = xs[xs.Length - 1]
            let wide = moveAxis 0 -2 b
            let sizes = wide.Shape.ToArray()
            let columns = Array.append sizes[.. wide.Rank - 3] [| sizes[wide.Rank - 2] * sizes[wide.Rank - 1] |]
            let solved = Tensor.Bind(Prim.Linalg op, Array.append xs[.. xs.Length - 2] [| reshape columns wide |])
            reshape sizes solved |> moveAxis -2 0
        | Linalg.TriangularSolve _
        | Linalg.LuSolve _
        | Linalg.Cholesky
        | Linalg.Lu
        | Linalg.Determinant
        | Linalg.Qr
        | Linalg.SymmetricEigen
        | Linalg.Eigen
        | Linalg.SingularValues
        | Linalg.PseudoInverse _ -> Tensor.Bind(Prim.Linalg op, all ())

    /// The result, batch axis in front. xs: values with the batch axis where batched says so; full repeats one that has none.
    let rule (n: int) (prim: Prim) (xs: Tensor[]) (batched: bool[]) (full: Tensor * bool -> Tensor) : Tensor =
        let all () = Array.map2 (fun x b -> full (x, b)) xs batched

        match prim with
        | Prim.Unary _
        | Prim.Binary _
        | Prim.Compare _
        | Prim.Select
        | Prim.Cast _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> Tensor.Bind(prim, all ())
        | Prim.Reduce op -> Tensor.Bind(Prim.Reduce(reduce op), all ())
        | Prim.Along op -> Tensor.Bind(Prim.Along(along op), all ())
        | Prim.Move op -> Tensor.Bind(Prim.Move(move n op), all ())
        | Prim.Index(Indexed.Gather 0) when not batched[0] ->
            // One table for all: the batch is one more axis of the indices.
            Tensor.Bind(prim, xs)
        | Prim.Index(Indexed.Gather batch) -> Tensor.Bind(Prim.Index(Indexed.Gather(batch + 1)), all ())
        | Prim.Index(Indexed.ScatterAdd batch) -> Tensor.Bind(Prim.Index(Indexed.ScatterAdd(batch + 1)), all ())
        | Prim.Index(Indexed.ScatterMax batch) -> Tensor.Bind(Prim.Index(Indexed.ScatterMax(batch + 1)), all ())
        | Prim.Contract Contract.MatMul -> matmul n (xs[0], batched[0]) (xs[1], batched[1]) full
        | Prim.Contract(Contract.Convolution(op, spec)) -> convolution n op spec (xs[0], batched[0]) (xs[1], batched[1]) full
        | Prim.Linalg op -> linalg op xs batched all
        // All leading axes are batch already.
        | Prim.Window(Window.ArgMax _ | Window.Sum _ | Window.SumTranspose _) -> Tensor.Bind(prim, all ())
        | Prim.Generate(Generate.Random _) -> Tensor.Bind(prim, all ())
        | Prim.Generate(Generate.Fill _ | Generate.Iota _) -> Errors.graph "a constant cannot be batched"

[<Sealed>]
type internal VmapInterpreter(level: int64, size: int, root: Interpreter) =
    inherit Interpreter(level, root)

    /// The batched value, null if it has no batch axis of this level.
    member this.Find(x: Tensor) : Tensor =
        match x with
        | :? Batched as b when obj.ReferenceEquals(b.Interpreter, this) -> b.Value
        | _ -> null

    member _.Size = size
    member this.Make(value: Tensor) : Tensor = Batched(this, value)

    member _.Repeat(x: Tensor) : Tensor = broadcastAxes (InferBlock.front size x.Shape) [| 1 .. x.Rank |] x

    /// With the batch axis, repeated if there is none.
    member this.Full(x: Tensor) : Tensor =
        match this.Find x with
        | null -> this.Repeat x
        | value -> value

    override _.Name = "batched"
    override _.Storage _ = Errors.abstractValue "it is one of many under vmap"

    override this.Constant(v, ty, like) =
        let value = this.Find like
        let value = if isNull value then like else value
        value.Interpreter.Constant(v, ty, value)

    override this.Unary(op, x) = this.Make(Tensor.Bind1(op, this.Find x))
    override this.Binary(op, x, y) = this.Make(Tensor.Bind2(op, this.Full x, this.Full y))

    override this.Apply(prim, xs) =
        let values = xs |> Array.map this.Find
        let batched = values |> Array.map (isNull >> not)
        let values = Array.map2 (fun (v: Tensor) x -> if isNull v then x else v) values xs

        if size = 0 then
            // Nothing to compute, and sizes cannot be read off a merged axis of length 0.
            let one = Infer.output prim (xs |> Array.map _.Type)
            this.Make(Tensor.Constant(0.0, InferBlock.stacked 0 one, values[Array.findIndex id batched]))
        else
            this.Make(Vmap.rule size prim values batched (fun (x, b) -> if b then x else this.Repeat x))

    override _.IsKnown _ = false

    /// Runs a graph at a level of its own on values of which some carry the batch axis; results that are forced to, carry it. Nothing of the
    /// user's runs here that could keep a tensor of this level, so it need not be closed.
    static member Run (size: int) (maker: Interpreter) (g: Graph) (xs: Tensor[]) (batched: bool[]) (forced: bool[]) =
        let level = VmapInterpreter(Interpreter.NextLevel(), size, maker.Root)
        let outputs = Graph.run maker g (Array.map2 (fun x b -> if b then level.Make x else x) xs batched)
        let carries = Array.map2 (fun y f -> f || not (isNull (level.Find y))) outputs forced
        struct (Array.map2 (fun y c -> if c then level.Full y else y) outputs carries, carries)

    override this.ApplyMany(block, xs) =
        let batched = xs |> Array.map (fun x -> not (isNull (this.Find x)))

        let values =
            xs
            |> Array.map (fun x ->
                match this.Find x with
                | null -> x
                | value -> value)

        let struct (ys, carries) = ControlVmap.apply (VmapInterpreter.Run size) root size this.Repeat block values batched
        Array.map2 (fun y c -> if c then this.Make y else y) ys carries

    /// The rules are traced: a batch has no values to read.
    override _.Call(f, xs) = Tracer.Block(root, f, xs)
