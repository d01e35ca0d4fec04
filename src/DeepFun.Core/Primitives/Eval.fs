namespace DeepFun

open System
open DeepFun.Backends

/// Concrete values.
[<Sealed; AllowNullLiteral>]
type internal Data(interpreter: Interpreter, storage: Storage) =
    inherit Tensor(interpreter, { Shape = storage.Shape; DType = storage.DType })
    member _.Storage = storage

/// The meaning of a primitive on concrete values: a call of the backend. The only file that maps the union to the backend's enums.
[<Sealed>]
type internal Eval(backend: IBackend) =
    inherit Interpreter(0L, null)

    static let ones = Array.init 7 (fun rank -> Array.create rank 1)

    static let unary op =
        match op with
        | Unary.Neg -> UnaryOp.Negate
        | Unary.Abs -> UnaryOp.Abs
        | Unary.Sign -> UnaryOp.Sign
        | Unary.Exp -> UnaryOp.Exp
        | Unary.Expm1 -> UnaryOp.Expm1
        | Unary.Log -> UnaryOp.Log
        | Unary.Log1p -> UnaryOp.Log1p
        | Unary.Log2 -> UnaryOp.Log2
        | Unary.Log10 -> UnaryOp.Log10
        | Unary.Sqrt -> UnaryOp.Sqrt
        | Unary.Rsqrt -> UnaryOp.Rsqrt
        | Unary.Cbrt -> UnaryOp.Cbrt
        | Unary.Reciprocal -> UnaryOp.Reciprocal
        | Unary.Square -> UnaryOp.Square
        | Unary.Sin -> UnaryOp.Sin
        | Unary.Cos -> UnaryOp.Cos
        | Unary.Tan -> UnaryOp.Tan
        | Unary.Asin -> UnaryOp.Asin
        | Unary.Acos -> UnaryOp.Acos
        | Unary.Atan -> UnaryOp.Atan
        | Unary.Sinh -> UnaryOp.Sinh
        | Unary.Cosh -> UnaryOp.Cosh
        | Unary.Tanh -> UnaryOp.Tanh
        | Unary.Asinh -> UnaryOp.Asinh
        | Unary.Acosh -> UnaryOp.Acosh
        | Unary.Atanh -> UnaryOp.Atanh
        | Unary.Sigmoid -> UnaryOp.Sigmoid
        | Unary.Softplus -> UnaryOp.Softplus
        | Unary.Erf -> UnaryOp.Erf
        | Unary.Erfc -> UnaryOp.Erfc
        | Unary.ErfInv -> UnaryOp.ErfInv
        | Unary.ErfcInv -> UnaryOp.ErfcInv
        | Unary.LogGamma -> UnaryOp.LogGamma
        | Unary.Digamma -> UnaryOp.Digamma
        | Unary.Relu -> UnaryOp.Relu
        | Unary.Floor -> UnaryOp.Floor
        | Unary.Ceiling -> UnaryOp.Ceiling
        | Unary.Round -> UnaryOp.Round
        | Unary.Truncate -> UnaryOp.Truncate
        | Unary.IsNaN -> UnaryOp.IsNaN
        | Unary.IsInfinite -> UnaryOp.IsInfinite
        | Unary.Not -> UnaryOp.Not

    static let binary op =
        match op with
        | Binary.Add -> BinaryOp.Add
        | Binary.Sub -> BinaryOp.Subtract
        | Binary.Mul -> BinaryOp.Multiply
        | Binary.Div -> BinaryOp.Divide
        | Binary.Pow -> BinaryOp.Power
        | Binary.Max -> BinaryOp.Maximum
        | Binary.Min -> BinaryOp.Minimum
        | Binary.Remainder -> BinaryOp.Remainder
        | Binary.Atan2 -> BinaryOp.Atan2
        | Binary.Polygamma -> BinaryOp.Polygamma
        | Binary.And -> BinaryOp.And
        | Binary.Or -> BinaryOp.Or
        | Binary.Xor -> BinaryOp.Xor

    static let compare op =
        match op with
        | Compare.Equal -> BinaryOp.Equal
        | Compare.NotEqual -> BinaryOp.NotEqual
        | Compare.Less -> BinaryOp.Less
        | Compare.LessOrEqual -> BinaryOp.LessOrEqual
        | Compare.Greater -> BinaryOp.Greater
        | Compare.GreaterOrEqual -> BinaryOp.GreaterOrEqual

    let storage (x: Tensor) =
        match x with
        | :? Data as d -> d.Storage
        | _ -> Errors.leaked ()

    let reduce op (x: Storage) =
        match op with
        | Reduce.Sum axes -> backend.Reduce(ReduceOp.Sum, x, ReadOnlySpan axes)
        | Reduce.Product axes -> backend.Reduce(ReduceOp.Product, x, ReadOnlySpan axes)
        | Reduce.Max axes -> backend.Reduce(ReduceOp.Max, x, ReadOnlySpan axes)
        | Reduce.Min axes -> backend.Reduce(ReduceOp.Min, x, ReadOnlySpan axes)
        | Reduce.Any axes -> backend.Reduce(ReduceOp.Any, x, ReadOnlySpan axes)
        | Reduce.All axes -> backend.Reduce(ReduceOp.All, x, ReadOnlySpan axes)
        | Reduce.ArgMax axis -> backend.Reduce(ReduceOp.ArgMax, x, ReadOnlySpan [| axis |])
        | Reduce.ArgMin axis -> backend.Reduce(ReduceOp.ArgMin, x, ReadOnlySpan [| axis |])

    let along op (x: Storage) =
        match op with
        | Along.CumulativeSum(axis, reverse) -> backend.AlongAxis(AxisOp.CumulativeSum, x, axis, reverse)
        | Along.CumulativeProduct(axis, reverse) -> backend.AlongAxis(AxisOp.CumulativeProduct, x, axis, reverse)
        | Along.CumulativeMax(axis, reverse) -> backend.AlongAxis(AxisOp.CumulativeMax, x, axis, reverse)
        | Along.CumulativeMin(axis, reverse) -> backend.AlongAxis(AxisOp.CumulativeMin, x, axis, reverse)
        | Along.ArgSort(axis, descending) -> backend.AlongAxis(AxisOp.ArgSort, x, axis, descending)
        | Along.Fourier(axis, inverse) -> backend.AlongAxis(AxisOp.Fourier, x, axis, inverse)

    let move op (shape: Shape) (xs: Storage[]) =
        match op with
        | Move.Reshape _ -> backend.View(ViewOp.Reshape, xs[0], shape, null, null)
        | Move.Permute axes -> backend.View(ViewOp.Permute, xs[0], shape, axes, null)
        | Move.Broadcast(_, axes) -> backend.View(ViewOp.Broadcast, xs[0], shape, axes, null)
        | Move.Slice(starts, _, steps) -> backend.View(ViewOp.Slice, xs[0], shape, starts, steps)
        | Move.Pad p -> backend.Pad(xs[0], shape, p.Low, p.High, p.Interior, p.Value)
        | Move.Concat axis -> backend.Concat(xs, axis)

    let linalg op (xs: Storage[]) =
        let run op flags = backend.Linalg(op, xs, flags, 0.0)
        let flag condition flag = if condition then flag else LinalgFlags.None

        match op with
        | Linalg.Cholesky -> run LinalgOp.Cholesky LinalgFlags.None
        | Linalg.TriangularSolve(lower, transpose, unit) ->
            run
                LinalgOp.TriangularSolve
                (flag lower LinalgFlags.Lower ||| flag transpose LinalgFlags.Transpose ||| flag unit LinalgFlags.UnitDiagonal)
        | Linalg.Lu -> run LinalgOp.Lu LinalgFlags.None
        | Linalg.LuSolve transpose -> run LinalgOp.LuSolve (flag transpose LinalgFlags.Transpose)
        | Linalg.Determinant -> run LinalgOp.Determinant LinalgFlags.None
        | Linalg.Qr -> run LinalgOp.Qr LinalgFlags.None
        | Linalg.SymmetricEigen -> run LinalgOp.SymmetricEigen LinalgFlags.None
        | Linalg.Eigen -> run LinalgOp.Eigen LinalgFlags.None
        | Linalg.SingularValues -> run LinalgOp.SingularValues LinalgFlags.None
        | Linalg.PseudoInverse tolerance -> backend.Linalg(LinalgOp.PseudoInverse, xs, LinalgFlags.None, tolerance)

    let generate op (xs: Storage[]) =
        match op with
        | Generate.Fill(v, ty) -> backend.Generate(GenerateOp.Fill, ty.DType, ty.Shape, v, 0)
        | Generate.Iota(axis, ty) -> backend.Generate(GenerateOp.Iota, ty.DType, ty.Shape, 0.0, axis)
        | Generate.Random(op, ty) -> backend.Random(op, xs[0], ty.DType, ty.Shape)

    let special op (xs: Storage[]) =
        match op with
        | Special.GammaP order -> backend.Special(SpecialOp.GammaP, xs, order, 0)
        | Special.GammaQ -> backend.Special(SpecialOp.GammaQ, xs, 0, 0)
        | Special.BetaI(first, second) -> backend.Special(SpecialOp.BetaI, xs, first, second)

    let sample op (key: Storage) (parameter: Storage) =
        match op with
        | Sample.LogGamma -> backend.Sample(SampleOp.LogGamma, key, parameter)
        | Sample.Poisson -> backend.Sample(SampleOp.Poisson, key, parameter)

    /// The embedded backend's evaluator.
    static member val Cpu: Eval = Eval(DeepFun.Backends.Cpu.CpuBackend.Instance)

    /// The backend's names of elementwise operations.
    static member UnaryOp op = unary op
    static member BinaryOp op = binary op
    static member CompareOp op = compare op

    member this.Wrap(s: Storage) : Tensor = Data(this, s)
    override _.Name = backend.Name
    override _.Backend = backend
    override _.Storage x = storage x
    override this.Constant(v, ty, _) = Data(this, backend.Generate(GenerateOp.Fill, ty.DType, ty.Shape, v, 0))

    override this.Unary(op, x) =
        Infer.unary op x.Type |> ignore
        Data(this, backend.Unary(unary op, storage x))

    override this.Binary(op, x, y) =
        Infer.binary op x.Type y.Type |> ignore
        Data(this, backend.Binary(binary op, storage x, storage y))

    /// A primitive on memory, for a caller that knows already that it fits, and the shape of the result.
    member _.Compute(prim: Prim, shape: Shape, xs: Storage[]) : Storage =
        match prim with
        | Prim.Unary op -> backend.Unary(unary op, xs[0])
        | Prim.Binary op -> backend.Binary(binary op, xs[0], xs[1])
        | Prim.Compare op -> backend.Binary(compare op, xs[0], xs[1])
        | Prim.Select -> backend.Select(xs[0], xs[1], xs[2])
        | Prim.Cast dtype -> backend.Cast(xs[0], dtype)
        | Prim.Reduce op -> reduce op xs[0]
        | Prim.Along op -> along op xs[0]
        | Prim.Move op -> move op shape xs
        | Prim.Index(Indexed.Gather batch) -> backend.Gather(xs[0], xs[1], batch)
        | Prim.Index(Indexed.ScatterAdd batch) -> backend.Scatter(ScatterOp.Add, xs[0], xs[1], xs[2], batch)
        | Prim.Index(Indexed.ScatterMax batch) -> backend.Scatter(ScatterOp.Max, xs[0], xs[1], xs[2], batch)
        | Prim.Contract Contract.MatMul -> backend.MatMul(xs[0], xs[1])
        | Prim.Contract(Contract.Convolution(op, spec)) -> backend.Convolve(op, xs[0], xs[1], spec)
        | Prim.Linalg op -> linalg op xs
        | Prim.Window(Window.ArgMax spec) -> backend.Pool(PoolOp.ArgMax, xs[0], spec)
        | Prim.Window(Window.Sum spec) -> backend.Pool(PoolOp.Sum, xs[0], spec)
        | Prim.Window(Window.SumTranspose spec) -> backend.Pool(PoolOp.SumTranspose, xs[0], spec)
        | Prim.Generate op -> generate op xs
        | Prim.Special op -> special op xs
        | Prim.Sample op -> sample op xs[0] xs[1]
        | Prim.StopGradient -> xs[0]

    /// A matrix product into reserved memory, or the operands of a concatenation that are not in theirs already.
    member _.Compute(prim: Prim, xs: Storage[], missing: int[], target: Storage) : unit =
        match prim with
        | Prim.Contract Contract.MatMul -> backend.MatMul(xs[0], xs[1], target)
        | Prim.Move(Move.Concat axis) ->
            for k in missing do
                let starts: int[] = Array.zeroCreate target.Shape.Rank

                for i in 0 .. k - 1 do
                    starts[axis] <- starts[axis] + xs[i].Shape[axis]

                backend.Write(xs[k], backend.View(ViewOp.Slice, target, xs[k].Shape, starts, Array.create starts.Length 1))
        | _ -> Errors.graph "a result is laid out for its readers that its operation cannot place"

    /// x[start .. stop - 1]: a view.
    static member Rows(x: Data, start: int, stop: int) : Tensor =
        let room = x.Shape.ToArray()
        room[0] <- stop - start
        let shape = Shape.Known(ReadOnlySpan room)
        Array.Clear room
        room[0] <- start
        let steps = if room.Length < ones.Length then ones[room.Length] else Array.create room.Length 1
        Data(x.Interpreter, x.Interpreter.Backend.View(ViewOp.Slice, x.Storage, shape, room, steps))

    /// The rows of x at these places.
    static member Chosen(x: Data, places: Data) : Tensor = Data(x.Interpreter, x.Interpreter.Backend.Gather(x.Storage, places.Storage, 0))

    override this.Apply(prim, xs) =
        let ty = Infer.output prim (xs |> Array.map _.Type)
        this.Wrap(this.Compute(prim, ty.Shape, xs |> Array.map storage))

    override _.IsKnown _ = true
    override _.Call(f, xs) = f.Run xs
    override this.ApplyMany(block, xs) = EvalBlock.apply this block xs
