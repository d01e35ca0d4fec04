namespace DeepFun

open System.Threading

/// A tangent that is not known yet: one linear equation and its result, in one object.
[<Sealed; AllowNullLiteral>]
type internal Linear(tape: Interpreter, ty: TensorType, id: int, prim: Prim, a: Linear, b: Linear, known: Tensor, many: Tensor[]) =
    inherit Tensor(tape, ty)
    /// Greater than the ids of its operands, on whatever thread.
    member _.Id = id
    /// null: an input.
    member _.Prim = prim
    /// The linear operand, or the first of two.
    member _.A = a
    /// The second linear operand (add, sub, select, scatter).
    member _.B = b
    /// The operand that is a value: factor, condition or indices.
    member _.Known = known
    /// The operands of concat; those that are not linear are zero.
    member _.Many = many

/// Linearize: jvp whose tangents live here. Coefficients are computed at lower levels as the function runs; what is linear in the
/// tangents is recorded. The tape has no list: nodes hold their operands, so dead ones are collected and many threads may write.
[<Sealed>]
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
    override _.Concrete = false
    override _.Storage _ = Errors.abstractValue "it is a tangent that is not known yet"

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
        | Prim.Compare _
        | Prim.Reduce(Reduce.Product _ | Reduce.Max _ | Reduce.Min _ | Reduce.Any _ | Reduce.All _ | Reduce.ArgMax _ | Reduce.ArgMin _)
        | Prim.Along(Along.CumulativeProduct _ | Along.CumulativeMax _ | Along.CumulativeMin _ | Along.ArgSort _)
        | Prim.Index(Indexed.ScatterMax _)
        | Prim.Window(Window.ArgMax _)
        | Prim.Generate _
        | Prim.StopGradient -> Errors.notLinear (string prim)
