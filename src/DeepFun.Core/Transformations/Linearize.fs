namespace DeepFun

open System.Threading

/// Linearize: jvp whose tangents live here. Coefficients are computed at lower levels as the function runs; what is linear in the
/// tangents is recorded. The tape has no list: nodes hold their operands, so dead ones are collected and many threads may write.
[<Sealed; AllowNullLiteral>]
type internal Tape(level: int64, root: Interpreter) =
    inherit Interpreter(level, root)
    static let negate = Prim.Unary Unary.Neg
    static let add = Prim.Binary Binary.Add
    static let subtract = Prim.Binary Binary.Sub
    static let multiply = Prim.Binary Binary.Mul
    static let divide = Prim.Binary Binary.Div
    let mutable count = 0

    member _.Count = Volatile.Read &count

    member this.Find(x: Tensor) : Linear =
        match x with
        | :? Linear as node when obj.ReferenceEquals(node.Interpreter, this) -> node
        | _ -> null

    member private this.Record(ty, prim, a, b, known) : Tensor = Linear(this, ty, Interlocked.Increment &count, prim, a, b, known, null)

    member this.Input(ty: TensorType) : Linear =
        Linear(this, ty, Interlocked.Increment &count, Unchecked.defaultof<Prim>, null, null, null, null)

    override _.Name = "linear"
    override _.Storage _ = Errors.abstractValue "it is a tangent that is not known yet"

    override _.IsKnown _ = false
    /// One more unknown that nobody asks for, so that adding to it stays linear.
    override this.Zero ty = this.Input ty

    /// An operation with many results: the operands, of which the linear ones count, the types of the linear results, and the way back.
    member this.RecordMany(operands: Tensor[], results: TensorType[], back: Tensor[] -> Tensor[]) : Tensor[] =
        let next () = Interlocked.Increment &count
        let none = Unchecked.defaultof<Prim>
        let scalar = { Shape = Shape.Adopt [||]; DType = DType.Float32 }
        let operation = Linear(this, scalar, next (), 0, none, null, null, null, operands, Pullback(results.Length, back))
        results |> Array.mapi (fun i ty -> Linear(this, ty, next (), i, none, operation, null, null, null, null) :> Tensor)

    /// Runs a graph on known inputs and, where they are null, on inputs of a tape of its own.
    static member Run (maker: Interpreter) (g: Graph) (inputs: Tensor[]) : Recorded =
        let tape = Tape(Interpreter.NextLevel(), maker.Root)

        try
            let unknown = Array.map2 (fun x ty -> if isNull x then tape.Input ty else null) inputs g.InputTypes
            let outputs = Graph.run maker g (Array.map2 (fun x (u: Linear) -> if isNull x then u :> Tensor else x) inputs unknown)
            let nodes = outputs |> Array.map tape.Find

            let back (cotangents: Tensor[]) : Tensor[] =
                let free = Flags.present (unknown |> Array.map (fun u -> u :> Tensor))
                Transpose.backward tape.Count nodes cotangents (Flags.pick free unknown) |> Flags.spread free

            {
                Outputs = Array.map2 (fun y (node: Linear) -> if isNull node then y else null) outputs nodes
                Back = back
            }
        finally
            tape.Closed <- true

    /// A function of tangents with a rule of its own is linear in them: it is recorded as what it does.
    override _.Call(f, xs) = f.Run xs

    override this.ApplyMany(block, xs) =
        let linear = xs |> Array.map (this.Find >> isNull >> not)

        let record (split: Split) =
            let unknown = split.Known |> Array.map isNull
            let tangents = this.RecordMany(xs, split.Types, split.Back) |> Flags.spread unknown
            Array.map2 (fun y t -> if isNull y then t else y) split.Known tangents

        match block with
        | Block.Scan s -> record (ScanLinearize.scan Tape.Run root s xs linear)
        | Block.Switch branches -> record (SwitchLinearize.switch Tape.Run root branches xs linear)
        | Block.Checkpoint g -> record (ControlLinearize.checkpoint Tape.Run root g xs linear)
        | Block.Custom c -> Graph.run root c.Body xs
        | Block.While _ -> ControlErrors.whileReverse ()

    override this.Unary(op, x) =
        match op with
        | Unary.Neg -> this.Record(x.Type, negate, this.Find x, null, null)
        | Unary.Abs
        | Unary.Sign
        | Unary.Exp
        | Unary.Expm1
        | Unary.Log
        | Unary.Log1p
        | Unary.Log2
        | Unary.Log10
        | Unary.Sqrt
        | Unary.Rsqrt
        | Unary.Cbrt
        | Unary.Reciprocal
        | Unary.Square
        | Unary.Sin
        | Unary.Cos
        | Unary.Tan
        | Unary.Asin
        | Unary.Acos
        | Unary.Atan
        | Unary.Sinh
        | Unary.Cosh
        | Unary.Tanh
        | Unary.Asinh
        | Unary.Acosh
        | Unary.Atanh
        | Unary.Sigmoid
        | Unary.Softplus
        | Unary.Erf
        | Unary.Erfc
        | Unary.ErfInv
        | Unary.ErfcInv
        | Unary.LogGamma
        | Unary.Digamma
        | Unary.Relu
        | Unary.Floor
        | Unary.Ceiling
        | Unary.Round
        | Unary.Truncate
        | Unary.IsNaN
        | Unary.IsInfinite
        | Unary.Not -> Errors.notLinear (string op)

    override this.Binary(op, x, y) =
        let a, b = this.Find x, this.Find y

        match op with
        | Binary.Add when not (isNull a || isNull b) -> this.Record(x.Type, add, a, b, null)
        | Binary.Sub when not (isNull a || isNull b) -> this.Record(x.Type, subtract, a, b, null)
        | Binary.Mul when isNull b -> this.Record(x.Type, multiply, a, null, y)
        | Binary.Mul when isNull a -> this.Record(x.Type, multiply, b, null, x)
        | Binary.Div when isNull b -> this.Record(x.Type, divide, a, null, y)
        | Binary.Add
        | Binary.Sub
        | Binary.Mul
        | Binary.Div
        | Binary.Pow
        | Binary.Max
        | Binary.Min
        | Binary.Remainder
        | Binary.Atan2
        | Binary.Polygamma
        | Binary.And
        | Binary.Or
        | Binary.Xor -> Errors.notLinear (string op)

    override this.Apply(prim, xs) =
        let ty = Infer.output prim (xs |> Array.map _.Type)
        let linear i = this.Find xs[i]
        let single () = this.Record(ty, prim, linear 0, null, null)

        match prim with
        | Prim.Unary op -> this.Unary(op, xs[0])
        | Prim.Binary op -> this.Binary(op, xs[0], xs[1])
        | Prim.Select ->
            if not (isNull (linear 0)) then
                Errors.notLinear "select"

            this.Record(ty, prim, linear 1, linear 2, xs[0])
        | Prim.Cast dtype -> if DTypes.IsFloating dtype then single () else Errors.notLinear "cast"
        | Prim.Reduce(Reduce.Sum _)
        | Prim.Along(Along.CumulativeSum _ | Along.Fourier _)
        | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _)
        | Prim.Window(Window.Sum _ | Window.SumTranspose _) -> single ()
        | Prim.Move(Move.Pad p) -> if p.Value = 0.0 then single () else Errors.notLinear "pad"
        | Prim.Move(Move.Concat _) -> Linear(this, ty, Interlocked.Increment &count, prim, null, null, null, xs)
        | Prim.Index(Indexed.Gather _) -> this.Record(ty, prim, linear 0, null, xs[1])
        | Prim.Index(Indexed.ScatterAdd _) -> this.Record(ty, prim, linear 0, linear 2, xs[1])
        | Prim.Contract(Contract.MatMul | Contract.Convolution _) ->
            let a, b = linear 0, linear 1

            if isNull a = isNull b then
                Errors.notLinear "a product of two tangents"

            this.Record(ty, prim, a, b, (if isNull a then xs[0] else xs[1]))
        | Prim.Linalg(Linalg.TriangularSolve _) ->
            if not (isNull (linear 0)) then
                Errors.notLinear "triangularSolve in its matrix"

            this.Record(ty, prim, null, linear 1, xs[0])
        | Prim.Linalg(Linalg.LuSolve _) ->
            if not (isNull (linear 0)) || not (isNull (linear 1)) then
                Errors.notLinear "luSolve in its matrix"

            Linear(this, ty, Interlocked.Increment &count, prim, linear 2, null, null, xs)
        | Prim.Linalg(Linalg.Cholesky | Linalg.Lu | Linalg.Determinant | Linalg.Qr)
        | Prim.Linalg(Linalg.SymmetricEigen | Linalg.Eigen | Linalg.SingularValues | Linalg.PseudoInverse _)
        | Prim.Compare _
        | Prim.Reduce(Reduce.Product _ | Reduce.Max _ | Reduce.Min _ | Reduce.Any _ | Reduce.All _ | Reduce.ArgMax _ | Reduce.ArgMin _)
        | Prim.Along(Along.CumulativeProduct _ | Along.CumulativeMax _ | Along.CumulativeMin _ | Along.ArgSort _)
        | Prim.Index(Indexed.ScatterMax _)
        | Prim.Window(Window.ArgMax _)
        | Prim.Generate _
        | Prim.Special _
        | Prim.Sample _
        | Prim.StopGradient -> Errors.notLinear (string prim)
