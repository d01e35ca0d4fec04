/// Shape and dtype of products and windows, for Infer.fs, and what both check.
module internal DeepFun.InferContract

open System
open DeepFun.Backends

let inline same (x: Shape) (y: Shape) = Shape.Same(x, y)

// The operation is named only in an error: the text of a union case is made by reflection.
let floating (operation: 'Op) (x: TensorType) =
    if not (DTypes.IsFloating x.DType) then
        Errors.dtype (string (box operation)) "a floating dtype" x.DType

let numeric (operation: 'Op) (x: TensorType) =
    if x.DType = DType.Bool then
        Errors.dtype (string (box operation)) "numbers" x.DType

let private matmul (x: TensorType) (y: TensorType) : TensorType =
    let a, b = x.Shape, y.Shape
    let rank = a.Rank

    numeric "matmul" x

    if x.DType <> y.DType then
        Errors.sameDType "matmul" x.DType y.DType

    if rank < 2 || b.Rank <> rank || a[rank - 1] <> b[rank - 2] then
        Errors.matmul a b

    for i in 0 .. rank - 3 do
        if a[i] <> b[i] then
            Errors.matmul a b

    let shape = a.ToArray()
    shape[rank - 1] <- b[rank - 1]
    { x with Shape = Shape.Adopt shape }

/// Operands and result of the three maps: x [N, C, in…], w [O, C / groups, kernel…], y [N, O, out…].
let private convolution (op: ConvolutionOp) (spec: ConvolutionSpec) (a: TensorType) (b: TensorType) : TensorType =
    numeric "convolution" a

    if a.DType <> b.DType then
        Errors.sameDType "convolution" a.DType b.DType

    if a.Shape.Rank <> spec.Rank + 2 || b.Shape.Rank <> spec.Rank + 2 then
        Errors.rank "convolution" $"operands of rank {spec.Rank + 2}" (if a.Shape.Rank <> spec.Rank + 2 then a.Shape else b.Shape)

    let full (n: int) (c: int) (sizes: int[]) = Shape.Adopt(Array.append [| n; c |] sizes)

    let expect what expected (came: Shape) =
        if not (same expected came) then
            Errors.convolution what expected came

    let output = spec.OutputSize()

    match op with
    | ConvolutionOp.Forward ->
        let n, c, o = a.Shape[0], a.Shape[1], b.Shape[0]

        if c <> b.Shape[1] * spec.Groups || o % spec.Groups <> 0 then
            Errors.convolutionChannels a.Shape b.Shape spec.Groups

        expect "input" (full n c spec.InputSize) a.Shape
        expect "weight" (full o b.Shape[1] spec.KernelSize) b.Shape
        { a with Shape = full n o output }
    | ConvolutionOp.InputGradient ->
        let n, o, c = a.Shape[0], b.Shape[0], b.Shape[1] * spec.Groups

        if o % spec.Groups <> 0 then
            Errors.convolutionTransposeChannels a.Shape b.Shape spec.Groups

        expect "output gradient" (full n o output) a.Shape
        expect "weight" (full o b.Shape[1] spec.KernelSize) b.Shape
        { a with Shape = full n c spec.InputSize }
    | _ ->
        let n, c, o = a.Shape[0], a.Shape[1], b.Shape[1]

        if c % spec.Groups <> 0 || o % spec.Groups <> 0 then
            Errors.convolutionChannels a.Shape (full o (c / spec.Groups) spec.KernelSize) spec.Groups

        expect "input" (full n c spec.InputSize) a.Shape
        expect "output gradient" (full n o output) b.Shape
        { a with Shape = full o (c / spec.Groups) spec.KernelSize }

let contract (op: Contract) (xs: TensorType[]) : TensorType =
    match op with
    | Contract.MatMul -> matmul xs[0] xs[1]
    | Contract.Convolution(op, spec) -> convolution op spec xs[0] xs[1]

let window (op: Window) (x: TensorType) : TensorType =
    let swap (spec: WindowSpec) (from: int[]) (into: int[]) =
        let shape = x.Shape.ToArray()
        let lead = shape.Length - spec.Rank

        if lead < 0 || shape[lead..] <> from then
            Errors.window "pooling" $"the trailing axes must be [{String.Join(',', from)}]" x.Shape

        Shape.Adopt(Array.append shape[.. lead - 1] into)

    numeric "pooling" x

    match op with
    | Window.ArgMax spec -> { Shape = swap spec spec.InputSize (spec.OutputSize()); DType = DType.Int32 }
    | Window.Sum spec -> { x with Shape = swap spec spec.InputSize (spec.OutputSize()) }
    | Window.SumTranspose spec -> { x with Shape = swap spec (spec.OutputSize()) spec.InputSize }
