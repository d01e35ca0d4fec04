/// How much arithmetic a primitive is and how many bytes it moves, from types alone.
module internal DeepFun.Work

open System
open DeepFun.Backends

let private size (ty: TensorType) : int64 = int64 ty.Shape.Size

/// The memory of a value.
let bytes (ty: TensorType) : int64 = size ty * int64 (DTypes.Size ty.DType)

/// Additions (or comparisons, …) that are left of n operands when m results remain.
let private folded (x: TensorType) (y: TensorType) : int64 = max 0L (size x - size y)

let private along (op: Along) (x: TensorType) : int64 =
    let lines axis = size x / int64 (max 1 x.Shape[axis])
    let logarithm axis = Math.Log2(float (max 1 x.Shape[axis]))

    match op with
    | Along.CumulativeSum(axis, _)
    | Along.CumulativeProduct(axis, _)
    | Along.CumulativeMax(axis, _)
    | Along.CumulativeMin(axis, _) -> max 0L (size x - lines axis)
    | Along.ArgSort(axis, _) -> int64 (float (size x) * logarithm axis)
    // 5 n log₂ n for n complex numbers, by which such transforms are compared, however they are computed; a pair of elements is one number.
    | Along.Fourier(axis, _) -> int64 (2.5 * float (size x) * logarithm axis)

/// Source: LAPACK working note 41, and Golub and Van Loan, Matrix Computations (4th edition), 5.2, 7.5, 8.3 and 8.6: the leading terms.
let private linalg (op: Linalg) (xs: TensorType[]) : int64 =
    let m, n = float (InferLinalg.rows xs[0]), float (InferLinalg.columns xs[0])
    let narrow, wide = min m n, max m n
    let batch = float (size xs[0]) / max 1.0 (m * n)

    let each =
        match op with
        | Linalg.Cholesky -> n ** 3.0 / 3.0
        | Linalg.TriangularSolve _ -> n * n * float (InferLinalg.columns xs[1])
        | Linalg.Lu
        | Linalg.Determinant -> wide * narrow * narrow - narrow ** 3.0 / 3.0
        | Linalg.LuSolve _ -> 2.0 * n * n * float (InferLinalg.columns xs[2])
        // The factors, and Q from them.
        | Linalg.Qr -> 4.0 * m * n * n - 4.0 / 3.0 * n ** 3.0
        | Linalg.SymmetricEigen -> 9.0 * n ** 3.0
        | Linalg.Eigen -> 25.0 * n ** 3.0
        | Linalg.SingularValues -> 14.0 * m * n * n + 8.0 * n ** 3.0
        | Linalg.PseudoInverse _ -> 14.0 * wide * narrow * narrow + 8.0 * narrow ** 3.0 + 2.0 * wide * narrow * narrow

    int64 (batch * each)

/// A multiply-add is two. A convolution's taps in the padding count, as everywhere in the field.
let private contract (op: Contract) (xs: TensorType[]) (y: TensorType) : int64 =
    match op with
    | Contract.MatMul -> 2L * size y * int64 (InferLinalg.columns xs[0])
    | Contract.Convolution(op, _) ->
        let outputs, weight =
            match op with
            | ConvolutionOp.Forward -> y, xs[1]
            | ConvolutionOp.InputGradient -> xs[0], xs[1]
            | _ -> xs[1], y

        // Each output is a sum over one filter.
        2L * size outputs * (size weight / int64 (max 1 weight.Shape[0]))

let private window (op: Window) (x: TensorType) (y: TensorType) : int64 =
    let taps (spec: WindowSpec) = int64 (Array.fold (*) 1 spec.WindowSize)

    match op with
    | Window.ArgMax spec
    | Window.Sum spec -> size y * taps spec
    | Window.SumTranspose spec -> size x * taps spec

let private reduce (op: Reduce) (x: TensorType) (y: TensorType) : int64 =
    match op with
    | Reduce.Sum _
    | Reduce.Product _
    | Reduce.Max _
    | Reduce.Min _
    | Reduce.Any _
    | Reduce.All _
    | Reduce.ArgMax _
    | Reduce.ArgMin _ -> folded x y

/// <summary>
/// Operations of arithmetic (FLOPs, of whatever dtype): an elementwise function, however costly, a comparison, a choice or a random number is one for
/// each element, a multiply-add two; movements and conversions are none.
/// </summary>
let operations (prim: Prim) (xs: TensorType[]) (y: TensorType) : int64 =
    match prim with
    | Prim.Unary _
    | Prim.Binary _
    | Prim.Compare _
    | Prim.Select
    | Prim.Special _
    | Prim.Sample _ -> size y
    | Prim.Cast _ -> 0L
    | Prim.Reduce op -> reduce op xs[0] y
    | Prim.Along op -> along op xs[0]
    | Prim.Move _ -> 0L
    | Prim.Index(Indexed.Gather _) -> 0L
    | Prim.Index(Indexed.ScatterAdd _ | Indexed.ScatterMax _) -> size xs[2]
    | Prim.Contract op -> contract op xs y
    | Prim.Linalg op -> linalg op xs
    | Prim.Window op -> window op xs[0] y
    | Prim.Generate(Generate.Fill _ | Generate.Iota _) -> 0L
    | Prim.Generate(Generate.Random _) -> size y
    | Prim.StopGradient -> 0L

/// Whether the result is the operand's memory.
let isView (prim: Prim) : bool =
    match prim with
    | Prim.Move(Move.Reshape _ | Move.Permute _ | Move.Broadcast _ | Move.Slice _)
    | Prim.StopGradient -> true
    | Prim.Move(Move.Pad _ | Move.Concat _)
    | Prim.Unary _
    | Prim.Binary _
    | Prim.Compare _
    | Prim.Select
    | Prim.Cast _
    | Prim.Reduce _
    | Prim.Along _
    | Prim.Index _
    | Prim.Contract _
    | Prim.Linalg _
    | Prim.Window _
    | Prim.Generate _
    | Prim.Special _
    | Prim.Sample _ -> false

/// The memory that a result takes: none if it is a view, one element if it is the same everywhere.
let memory (prim: Prim) (y: TensorType) : int64 =
    match prim with
    | Prim.Generate(Generate.Fill _) -> int64 (DTypes.Size y.DType)
    | Prim.Generate(Generate.Iota _ | Generate.Random _)
    | Prim.Unary _
    | Prim.Binary _
    | Prim.Compare _
    | Prim.Select
    | Prim.Cast _
    | Prim.Reduce _
    | Prim.Along _
    | Prim.Move _
    | Prim.Index _
    | Prim.Contract _
    | Prim.Linalg _
    | Prim.Window _
    | Prim.Special _
    | Prim.Sample _
    | Prim.StopGradient -> if isView prim then 0L else bytes y

/// Bytes read and written, where each operand has so many different bytes (an operand that was broadcast has few).
let moved (prim: Prim) (operands: int64[]) (y: TensorType) : int64 =
    match prim with
    // Of the table it reads what it gives.
    | Prim.Index(Indexed.Gather _) -> operands[1] + 2L * bytes y
    | Prim.Generate(Generate.Fill _) -> 0L
    | Prim.Generate(Generate.Iota _ | Generate.Random _)
    | Prim.Index(Indexed.ScatterAdd _ | Indexed.ScatterMax _)
    | Prim.Unary _
    | Prim.Binary _
    | Prim.Compare _
    | Prim.Select
    | Prim.Cast _
    | Prim.Reduce _
    | Prim.Along _
    | Prim.Move _
    | Prim.Contract _
    | Prim.Linalg _
    | Prim.Window _
    | Prim.Special _
    | Prim.Sample _
    | Prim.StopGradient -> if isView prim then 0L else Array.sum operands + bytes y

/// What a block takes, from what its graphs take (those that run, in the order of Plan.runs): a scan its length times its body, of a switch the
/// branch that takes the most; of a while loop, whose length is not known, one step.
let ofBlock (block: Block) (each: int64[]) : int64 =
    match block with
    | Block.Switch _ -> if each.Length = 0 then 0L else Array.max each
    | Block.Scan s -> int64 s.Length * each[0]
    | Block.While _ -> each[0] + each[1]
    | Block.Checkpoint _
    | Block.Custom _ -> each[0]

/// The operations of an equation, and of a whole graph.
let rec ofEquation (g: Graph) (e: Equation) : int64 =
    match e.Operation with
    | Operation.Prim prim -> operations prim (e.Inputs |> Array.map (fun v -> g.Types[v])) g.Types[e.Outputs[0]]
    | Operation.Block block -> ofBlock block (Plan.runs block |> Array.map ofGraph)

and ofGraph (g: Graph) : int64 = g.Equations |> Array.sumBy (ofEquation g)
