/// Shape and dtype of a primitive's result: the only place where they are decided, and where wrong ones are refused.
module internal DeepFun.Infer

open System
open DeepFun.Backends
open DeepFun.InferContract

let unary (op: Unary) (x: TensorType) : TensorType =
    match op with
    | Unary.Neg
    | Unary.Abs
    | Unary.Sign
    | Unary.Square
    | Unary.Relu ->
        numeric op x
        x
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
    | Unary.Floor
    | Unary.Ceiling
    | Unary.Round
    | Unary.Truncate ->
        floating op x
        x
    | Unary.IsNaN
    | Unary.IsInfinite ->
        floating op x
        { x with DType = DType.Bool }
    | Unary.Not ->
        if x.DType <> DType.Bool then
            Errors.dtype "Not" "bool" x.DType

        x

let private equalTypes (operation: 'Op) (x: TensorType) (y: TensorType) =
    if not (same x.Shape y.Shape) then
        Errors.sameShape (string (box operation)) [ x.Shape; y.Shape ]

    if x.DType <> y.DType then
        Errors.sameDType (string (box operation)) x.DType y.DType

let binary (op: Binary) (x: TensorType) (y: TensorType) : TensorType =
    if not (x.Same y) then
        equalTypes op x y

    match op with
    | Binary.Add
    | Binary.Sub
    | Binary.Mul
    | Binary.Div
    | Binary.Pow
    | Binary.Max
    | Binary.Min
    | Binary.Remainder -> numeric op x
    | Binary.Atan2
    | Binary.Polygamma -> floating op x
    | Binary.And
    | Binary.Or
    | Binary.Xor ->
        if DTypes.IsFloating x.DType then
            Errors.dtype (string op) "bool or integers" x.DType

    x

let compare (op: Compare) (x: TensorType) (y: TensorType) : TensorType =
    equalTypes op x y
    { x with DType = DType.Bool }

/// Axes must be valid, ascending and different: Ops normalizes what users write.
let private without (operation: string) (axes: int[]) (shape: Shape) : Shape =
    for i in 0 .. axes.Length - 1 do
        if axes[i] < 0 || axes[i] >= shape.Rank then
            Errors.axis operation axes[i] shape.Rank shape

        if i > 0 && axes[i] <= axes[i - 1] then
            Errors.axesOrder operation axes

    let result: int[] = Array.zeroCreate (shape.Rank - axes.Length)
    let mutable next = 0

    for i in 0 .. shape.Rank - 1 do
        if Array.IndexOf(axes, i) < 0 then
            result[next] <- shape[i]
            next <- next + 1

    Shape.Adopt result

let private notEmpty operation (axes: int[]) (shape: Shape) =
    if axes |> Array.exists (fun a -> shape[a] = 0) then
        Errors.emptyReduction operation shape

let reduce (op: Reduce) (x: TensorType) : TensorType =
    let extremum name axes =
        numeric name x
        let shape = without name axes x.Shape
        notEmpty name axes x.Shape
        shape

    let truth name axes =
        if x.DType <> DType.Bool then
            Errors.dtype name "bool" x.DType

        { x with Shape = without name axes x.Shape }

    match op with
    | Reduce.Sum axes ->
        numeric "sum" x
        { x with Shape = without "sum" axes x.Shape }
    | Reduce.Product axes ->
        numeric "prod" x
        { x with Shape = without "prod" axes x.Shape }
    | Reduce.Max axes -> { x with Shape = extremum "amax" axes }
    | Reduce.Min axes -> { x with Shape = extremum "amin" axes }
    | Reduce.Any axes -> truth "any" axes
    | Reduce.All axes -> truth "all" axes
    | Reduce.ArgMax axis -> { Shape = extremum "argmax" [| axis |]; DType = DType.Int32 }
    | Reduce.ArgMin axis -> { Shape = extremum "argmin" [| axis |]; DType = DType.Int32 }

let along (op: Along) (x: TensorType) : TensorType =
    let check name axis =
        if axis < 0 || axis >= x.Shape.Rank then
            Errors.axis name axis x.Shape.Rank x.Shape

    let cumulative name axis =
        numeric name x
        check name axis
        x

    match op with
    | Along.CumulativeSum(axis, _) -> cumulative "cumsum" axis
    | Along.CumulativeProduct(axis, _) -> cumulative "cumprod" axis
    | Along.CumulativeMax(axis, _) -> cumulative "cummax" axis
    | Along.CumulativeMin(axis, _) -> cumulative "cummin" axis
    | Along.ArgSort(axis, _) ->
        check "argsort" axis
        { x with DType = DType.Int32 }
    | Along.Fourier(axis, _) ->
        floating "fft" x

        if x.Shape.Rank < 2 || x.Shape[x.Shape.Rank - 1] <> 2 then
            Errors.rank "fft" "a last axis of size 2, (real, imaginary), and one to transform" x.Shape

        if axis < 0 || axis >= x.Shape.Rank - 1 then
            Errors.axis "fft" axis (x.Shape.Rank - 1) x.Shape

        x

let private slice (starts: int[]) (shape: Shape) (steps: int[]) (x: Shape) =
    if starts.Length <> x.Rank || shape.Rank <> x.Rank || steps.Length <> x.Rank then
        Errors.rank "slice" $"{x.Rank} starts, sizes and steps" shape

    for i in 0 .. x.Rank - 1 do
        let last = starts[i] + (shape[i] - 1) * steps[i]

        if shape[i] > 0 && (steps[i] = 0 || starts[i] < 0 || starts[i] >= x[i] || last < 0 || last >= x[i]) then
            Errors.slice starts[i] shape[i] steps[i] i x

let padded (p: Padding) (x: Shape) : Shape =
    if p.Low.Length <> x.Rank || p.High.Length <> x.Rank || p.Interior.Length <> x.Rank then
        Errors.count "pad" $"one width before and after for each axis of {x}" p.Low.Length

    Shape.Adopt(Array.init x.Rank (fun i -> p.Low[i] + p.High[i] + x[i] + p.Interior[i] * max 0 (x[i] - 1)))

let move (op: Move) (xs: TensorType[]) : TensorType =
    let x = xs[0]

    match op with
    | Move.Reshape shape ->
        if shape.Size <> x.Shape.Size then
            Errors.reshape x.Shape shape

        { x with Shape = shape }
    | Move.Permute axes ->
        let rank = x.Shape.Rank

        if axes.Length <> rank || (Array.sort axes <> [| 0 .. rank - 1 |]) then
            Errors.permutation axes x.Shape

        { x with Shape = Shape.Adopt(axes |> Array.map (fun a -> x.Shape[a])) }
    | Move.Broadcast(shape, axes) ->
        if axes.Length <> x.Shape.Rank then
            Errors.broadcastTo x.Shape shape

        for i in 0 .. axes.Length - 1 do
            let a = axes[i]

            if a >= shape.Rank || (i > 0 && a <= axes[i - 1]) || (x.Shape[i] <> 1 && x.Shape[i] <> shape[a]) then
                Errors.broadcastTo x.Shape shape

        { x with Shape = shape }
    | Move.Slice(starts, shape, steps) ->
        slice starts shape steps x.Shape
        { x with Shape = shape }
    | Move.Pad p -> { x with Shape = padded p x.Shape }
    | Move.Concat axis ->
        let shape = x.Shape

        if axis < 0 || axis >= shape.Rank then
            Errors.axis "concat" axis shape.Rank shape

        let mutable total = 0

        for y in xs do
            if y.DType <> x.DType then
                Errors.sameDType "concat" x.DType y.DType

            if y.Shape.Rank <> shape.Rank then
                Errors.concat axis (xs |> Seq.map _.Shape)

            for i in 0 .. shape.Rank - 1 do
                if i <> axis && y.Shape[i] <> shape[i] then
                    Errors.concat axis (xs |> Seq.map _.Shape)

            total <- total + y.Shape[axis]

        { x with
            Shape = Shape.Adopt(Array.init shape.Rank (fun i -> if i = axis then total else shape[i]))
        }

let private gathered operation batch (x: TensorType) (indices: TensorType) : Shape =
    if indices.DType <> DType.Int32 && indices.DType <> DType.Int64 then
        Errors.dtype operation "int32 or int64 indices" indices.DType

    if x.Shape.Rank <= batch || indices.Shape.Rank < batch then
        Errors.gather x.Shape indices.Shape batch

    for i in 0 .. batch - 1 do
        if x.Shape[i] <> indices.Shape[i] then
            Errors.gather x.Shape indices.Shape batch

    Shape.Adopt(Array.append (indices.Shape.ToArray()) (x.Shape.ToArray()[batch + 1 ..]))

let private scattered operation batch (xs: TensorType[]) : TensorType =
    if not (same (gathered operation batch xs[0] xs[1]) xs[2].Shape) then
        Errors.scatter operation xs[0].Shape xs[1].Shape xs[2].Shape

    if xs[2].DType <> xs[0].DType then
        Errors.sameDType operation xs[0].DType xs[2].DType

    xs[0]

let index (op: Indexed) (xs: TensorType[]) : TensorType =
    match op with
    | Indexed.Gather batch -> { xs[0] with Shape = gathered "take (gather)" batch xs[0] xs[1] }
    | Indexed.ScatterAdd batch -> scattered "scatterAdd" batch xs
    | Indexed.ScatterMax batch ->
        numeric "scatterMax" xs[0]
        scattered "scatterMax" batch xs

/// The type of a primitive's result, given the types of its operands.
let output (prim: Prim) (xs: TensorType[]) : TensorType =
    match prim with
    | Prim.Unary op -> unary op xs[0]
    | Prim.Binary op -> binary op xs[0] xs[1]
    | Prim.Compare op -> compare op xs[0] xs[1]
    | Prim.Select ->
        equalTypes "select" xs[1] xs[2]

        if not (same xs[0].Shape xs[1].Shape) then
            Errors.sameShape "select" [ xs[0].Shape; xs[1].Shape ]

        if xs[0].DType <> DType.Bool then
            Errors.dtype "select" "a bool condition" xs[0].DType

        xs[1]
    | Prim.Cast dtype -> { xs[0] with DType = dtype }
    | Prim.Reduce op -> reduce op xs[0]
    | Prim.Along op -> along op xs[0]
    | Prim.Move op -> move op xs
    | Prim.Index op -> index op xs
    | Prim.Contract op -> contract op xs
    | Prim.Linalg op -> InferLinalg.output op xs
    | Prim.Window op -> window op xs[0]
    | Prim.Generate op -> InferSamples.generate op xs
    | Prim.Special op -> InferSamples.special op xs
    | Prim.Sample op -> InferSamples.sample op xs
    | Prim.StopGradient -> xs[0]
