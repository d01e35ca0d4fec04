/// DiffSharp's operations by their names, in DeepFun's.
module DeepFun.Core.Tests.Conformance.Adapter

open DeepFun
open DeepFun.FSharp
open DeepFun.Core.Tests.Conformance.Cases

let private int' = int

let private (|Int|_|) =
    function
    | Number n -> Some(int n)
    | _ -> None

/// An optional number with its default.
let private orElse (value: int) =
    function
    | Number n -> int n
    | _ -> value

let private orFalse =
    function
    | Truth t -> t
    | _ -> false

let private keep keepDim axis (y: Tensor) = if orFalse keepDim then keepDims [ axis ] y else y

/// Bool and small integers add up to int64 there, to int32 here.
let private wide (x: Tensor) (y: Tensor) =
    match x.DType with
    | DType.Bool
    | DType.UInt8
    | DType.Int8
    | DType.Int16
    | DType.Int32 -> cast DType.Int64 y
    | _ -> y

// Slices: an axis has one number (its index) or two (inclusive bounds, either may be missing). The recording does not say where an
// axis ends, so that the result's shape must.

let rec private slices (axes: int list) (args: Argument list) : (int * int * bool) list seq =
    let bound value =
        function
        | Number n -> Some(int' n)
        | Missing -> Some value
        | _ -> None

    seq {
        match axes, args with
        | rest, [] -> [ for n in rest -> 0, n, false ]
        | n :: axes, first :: rest ->
            match rest with
            | second :: rest ->
                match bound 0 first, bound (n - 1) second with
                | Some a, Some b when 0 <= a && a <= b && b < n ->
                    for others in slices axes rest do
                        (a, b + 1, false) :: others

                        // An index was sometimes recorded as both bounds.
                        if a = b then
                            (a, a + 1, true) :: others
                | _ -> ()
            | [] -> ()

            match first with
            | Int i when i < n ->
                for others in slices axes rest do
                    (i, i + 1, true) :: others
            | _ -> ()
        | _ -> ()
    }

let private slicing (shape: int list) (args: Argument list) (x: Tensor) =
    let sizes plan = plan |> List.filter (fun (_, _, drop) -> not drop) |> List.map (fun (a, b, _) -> b - a)

    match slices (List.ofSeq x.Shape) args |> Seq.filter (fun plan -> sizes plan = shape) |> Seq.tryHead with
    | Some plan -> (x, List.indexed plan) ||> List.fold (fun x (axis, (a, b, _)) -> slice axis a b x) |> reshape shape
    | None -> raise (LeftOut "the recording does not say which bounds belong to which axis")

let private indexing (places: int list) (x: Tensor) = (x, places) ||> List.fold (fun x i -> item 0 i x)

// Losses: sums over elements, with weights and a reduction.

let private reduced (reduction: Argument) (weights: Tensor) (losses: Tensor) =
    match reduction with
    | Text "none" -> losses
    | Text "sum" -> sum losses
    | _ -> sum losses / sum weights

let private negativeLogLikelihood (x: Tensor) (target: Tensor) (weight: Argument) reduction =
    let labels = cast DType.Int32 target

    let weights =
        match weight with
        | Tensor w -> take 0 labels w
        | _ -> onesLike (cast x.DType target)

    let chosen = takeAlong 1 (expandDims 1 labels) x |> squeezeAxis 1
    reduced reduction weights (-(weights * chosen))

let private safeLog (epsilon: float) (x: Tensor) : Tensor = log (maximum x (fullLike epsilon x))

let private binaryCrossEntropy (x: Tensor) (target: Tensor) (weight: Argument) reduction =
    let losses: Tensor = -(target * safeLog 1e-12 x + (1.0 - target) * safeLog 1e-12 (1.0 - x))

    let losses =
        match weight with
        | Tensor w -> reshape (w.Size :: List.replicate (x.Rank - 1) 1) w * losses
        | _ -> losses

    reduced reduction (onesLike losses) losses

let private elementwise (operation: string) : (Tensor -> Tensor) option =
    match operation with
    | "abs" -> Some abs
    | "acos" -> Some acos
    | "asin" -> Some asin
    | "atan" -> Some atan
    | "bool" -> Some(cast DType.Bool)
    | "ceil" -> Some ceil
    | "cos" -> Some cos
    | "cosh" -> Some cosh
    | "double"
    | "float"
    | "float64" -> Some(cast DType.Float64)
    | "exp" -> Some exp
    | "float32" -> Some(cast DType.Float32)
    | "floor" -> Some floor
    | "int"
    | "int32" -> Some(cast DType.Int32)
    | "int64" -> Some(cast DType.Int64)
    | "int8" -> Some(cast DType.Int8)
    | "int16" -> Some(cast DType.Int16)
    | "isinf" -> Some isInfinite
    | "isnan" -> Some isNaN
    | "log" -> Some log
    | "log10" -> Some log10
    | "neg" -> Some(fun (x: Tensor) -> -x)
    | "relu" -> Some relu
    | "round" -> Some round
    | "sigmoid" -> Some sigmoid
    | "sign" -> Some signum
    | "sin" -> Some sin
    | "sinh" -> Some sinh
    | "softplus" -> Some softplus
    | "sqrt" -> Some sqrt
    | "tan" -> Some tan
    | "tanh" -> Some tanh
    | _ -> None

let private arithmetic (operation: string) (x: Argument) (y: Argument) : Tensor =
    match operation, x, y with
    | "add", Tensor x, Tensor y -> x + y
    | "add", Tensor x, Number y -> x + y
    | "add", Number x, Tensor y -> x + y
    | "sub", Tensor x, Tensor y -> x - y
    | "sub", Tensor x, Number y -> x - y
    | "sub", Number x, Tensor y -> x - y
    | "mul", Tensor x, Tensor y -> x * y
    | "mul", Tensor x, Number y -> x * y
    | "mul", Number x, Tensor y -> x * y
    | "div", Tensor x, Tensor y -> x / y
    | "div", Tensor x, Number y -> x / y
    | "div", Number x, Tensor y -> x / y
    | "pow", Tensor x, Tensor y -> pow x y
    | "pow", Tensor x, Number y -> Tensor.Pow(x, y)
    | "pow", Number x, Tensor y -> pow (fullLike x y) y
    | "max", Tensor x, Tensor y -> maximum x y
    | "min", Tensor x, Tensor y -> minimum x y
    | "eq", Tensor x, Tensor y -> equal x y
    | "ne", Tensor x, Tensor y -> notEqual x y
    | "lt", Tensor x, Tensor y -> less x y
    | "le", Tensor x, Tensor y -> lessOrEqual x y
    | "gt", Tensor x, Tensor y -> greater x y
    | "ge", Tensor x, Tensor y -> greaterOrEqual x y
    | _ -> raise (LeftOut "an overload that has no counterpart")

let private reduction (operation: string) (args: Argument list) : Tensor =
    match operation, args with
    | "sum", [ Tensor x; Text dtype ] ->
        match dtype with
        | "Dtype.Float32" -> sum (cast DType.Float32 x)
        | "Dtype.Float64" -> sum (cast DType.Float64 x)
        | "Dtype.Int32" -> sum (cast DType.Int32 x)
        | "Dtype.Int64" -> sum (cast DType.Int64 x)
        // A sum counts in int32: wrapped afterwards it is the same.
        | "Dtype.Int8" -> sum (cast DType.Int8 x) |> cast DType.Int8
        | "Dtype.Int16" -> sum (cast DType.Int16 x) |> cast DType.Int16
        | _ -> sum (cast DType.UInt8 x) |> cast DType.UInt8
    | "sum", [ Tensor x ]
    | "sum", [ Tensor x; Missing ] -> wide x (sum x)
    | "sum", [ Tensor x; Int axis; keepDim; _ ] -> wide x (sumOver [ axis ] x) |> keep keepDim axis
    | "sumToSize", [ Tensor x; Numbers shape; _ ] ->
        let lead = x.Rank - shape.Length

        let ones =
            [
                for i, s in List.indexed shape do
                    if s = 1 then
                        lead + i
            ]

        wide x (sumOver ([ 0 .. lead - 1 ] @ ones) x) |> reshape shape
    | "mean", [ Tensor x ] -> mean x
    | "mean", [ Tensor x; Int axis; keepDim ] -> meanOver [ axis ] x |> keep keepDim axis
    | ("var" | "std"), Tensor x :: rest ->
        let correction unbiased = if unbiased = Truth false then 0 else 1

        let y =
            match rest with
            | [ unbiased ] -> varianceOver (correction unbiased) [ 0 .. x.Rank - 1 ] x
            | [ Int axis; keepDim; unbiased ] -> varianceOver (correction unbiased) [ axis ] x |> keep keepDim axis
            | _ -> raise (LeftOut "an overload that has no counterpart")

        if operation = "var" then y else sqrt y
    | "norm", [ Tensor x; Number p; Missing; _ ] -> normOver p [ 0 .. x.Rank - 1 ] x
    | "norm", [ Tensor x; Number p; Int axis; keepDim ] -> normOver p [ axis ] x |> keep keepDim axis
    | "argmax", [ Tensor x; Int axis; keepDim ] -> argmax axis x |> keep keepDim axis
    | "argmin", [ Tensor x; Int axis; keepDim ] -> argmin axis x |> keep keepDim axis
    | "max", [ Tensor x ] -> amax x
    | "min", [ Tensor x ] -> amin x
    | "max", [ Tensor x; Int axis; keepDim ] -> amaxOver [ axis ] x |> keep keepDim axis
    | "min", [ Tensor x; Int axis; keepDim ] -> aminOver [ axis ] x |> keep keepDim axis
    | "logsumexp", [ Tensor x; Int axis; keepDim ] -> logSumExp [ axis ] x |> keep keepDim axis
    | "trace", [ Tensor x ] -> wide x (trace x)
    | _ -> raise (LeftOut "an overload that has no counterpart")

let private optional =
    function
    | Tensor t -> Some t
    | _ -> None

/// What is meant to differ: operation, which cases, why.
let private deviation (case: Case) (args: Argument list) : string option =
    let has f = case.Given |> Array.exists (fun g -> f g.Value.DType)
    let literal = args |> List.exists _.IsNumber
    let derivative = case.Kind <> "eager"

    match case.Operation with
    | "mul" when literal && has (DTypes.IsFloating >> not) && DTypes.IsFloating case.Outputs[0].DType ->
        Some "a plain number takes the tensor's dtype here; there a float makes an integer tensor float32"
    | "leakyRelu" when derivative -> Some "the derivative at 0 is the slope here, as in PyTorch; there the mean of slope and 1"
    | _ -> None

/// Bool has no arithmetic here; what it means there has another name.
let private logical (operation: string) (args: Argument list) : Tensor option =
    match operation, args with
    | ("add" | "max"), [ Tensor x; Tensor y ] when x.DType = DType.Bool && y.DType = DType.Bool -> Some(logicalOr x y)
    | ("mul" | "min"), [ Tensor x; Tensor y ] when x.DType = DType.Bool && y.DType = DType.Bool -> Some(logicalAnd x y)
    | "max", [ Tensor x ] when x.DType = DType.Bool -> Some(any x)
    | "min", [ Tensor x ] when x.DType = DType.Bool -> Some(all x)
    | "max", [ Tensor x; Int axis; keepDim ] when x.DType = DType.Bool -> Some(anyOver [ axis ] x |> keep keepDim axis)
    | "min", [ Tensor x; Int axis; keepDim ] when x.DType = DType.Bool -> Some(allOver [ axis ] x |> keep keepDim axis)
    | ("argmax" | "argmin"), Tensor x :: rest when x.DType = DType.Bool -> Some(reduction operation (Tensor(cast DType.UInt8 x) :: rest))
    | _ -> None

/// The results of a case's operation for these arguments.
let run (case: Case) (args: Argument list) : Tensor list =
    let operation = case.Operation

    match operation, args with
    | _ when (deviation case args).IsSome -> raise (LeftOut (deviation case args).Value)
    | _ when (logical operation args).IsSome -> [ (logical operation args).Value ]
    | _, [ Tensor x ] when (elementwise operation).IsSome -> [ (elementwise operation).Value x ]
    | ("add" | "sub" | "mul" | "div" | "pow" | "max" | "min" | "eq" | "ne" | "lt" | "le" | "gt" | "ge"), [ x; y ] ->
        [ arithmetic operation x y ]
    | ("sum" | "sumToSize" | "mean" | "var" | "std" | "norm" | "argmax" | "argmin" | "max" | "min" | "logsumexp" | "trace"), _ ->
        [ reduction operation args ]
    | "addSlice", [ Tensor x; Numbers place; Tensor y ] ->
        [ x + pad 0.0 [ for i, p in List.indexed place -> p, x.Shape[i] - p - y.Shape[i] ] y ]
    | "bceLoss", [ Tensor x; Tensor target; weight; reduction ] -> [ binaryCrossEntropy x target weight reduction ]
    | ("bmm" | "matmul"), [ Tensor x; Tensor y ] -> [ matmul x y ]
    | "cat", [ Tensors xs; axis ] -> [ concat (orElse 0 axis) xs ]
    | "clamp", [ Tensor x; Number low; Number high ] -> [ clamp low high x ]
    | "corrcoef", [ Tensor x ] -> [ corrcoef x ]
    | "cov", [ Tensor x; correction; frequencies; weights ] ->
        [ covWeighted (orElse 1 correction) (optional frequencies) (optional weights) x ]
    | "crossEntropyLoss", [ Tensor x; Tensor target; weight; reduction ] ->
        [ negativeLogLikelihood (logSoftmax 1 x) target weight reduction ]
    | "det", [ Tensor x ] -> [ det x ]
    | "diagonal", [ Tensor x; offset; axis1; axis2 ] -> [ diagonal (orElse 0 offset) (orElse 0 axis1) (orElse 1 axis2) x ]
    | "dilate", [ Tensor x; Numbers steps ] -> [ dilate steps x ]
    | "dot", [ Tensor x; Tensor y ] -> [ dot x y ]
    | "expand", [ Tensor x; Numbers shape ] ->
        // −1 keeps the size.
        let lead = shape.Length - x.Rank
        [ broadcastTo (shape |> List.mapi (fun i s -> if s < 0 then x.Shape[i - lead] else s)) x ]
    | "expandAs", [ Tensor x; Tensor y ] -> [ broadcastTo y.Shape x ]
    | "flip", [ Tensor x; Numbers axes ] -> [ flip axes x ]
    | "fullLike", Tensor x :: Number value :: Numbers shape :: _ -> [ Tensor.fullOf x.DType shape value ]
    | "onesLike", Tensor x :: Numbers shape :: _ -> [ Tensor.fullOf x.DType shape 1.0 ]
    | "zerosLike", Tensor x :: Numbers shape :: _ -> [ Tensor.fullOf x.DType shape 0.0 ]
    | "oneLike", Tensor x :: _ -> [ Tensor.fullOf x.DType [] 1.0 ]
    | "zeroLike", Tensor x :: _ -> [ Tensor.fullOf x.DType [] 0.0 ]
    | "gather", [ Tensor x; Int axis; Tensor indices ] -> [ takeAlong axis indices x ]
    | "inv", [ Tensor x ] -> [ inv x ]
    | "item", [ Tensor x; Numbers places ] -> [ indexing places x ]
    | "leakyRelu", [ Tensor x; slope ] ->
        [
            leakyRelu
                (match slope with
                 | Number s -> s
                 | _ -> 0.01)
                x
        ]
    | "logsoftmax", [ Tensor x; Int axis ] -> [ logSoftmax axis x ]
    | "mseLoss", [ Tensor x; Tensor y; reduction ] -> (let losses = square (x - y) in [ reduced reduction (onesLike losses) losses ])
    | "nllLoss", [ Tensor x; Tensor target; weight; reduction ] -> [ negativeLogLikelihood x target weight reduction ]
    | "normalize", [ Tensor x ] ->
        let range: Tensor = amax x - amin x
        [ if range.ToDouble() = 0.0 then zerosLike x else (x - amin x) / range ]
    | "outer", [ Tensor x; Tensor y ] -> [ outer x y ]
    | "pad", [ Tensor x; Numbers widths ] -> [ pad 0.0 [ for w in widths -> w, w ] x ]
    | "permute", [ Tensor x; Numbers axes ] -> [ permute axes x ]
    | "safelog", [ Tensor x; Number epsilon ] -> [ safeLog epsilon x ]
    | "scatter", [ Tensor x; Int axis; Tensor indices; Numbers shape ] ->
        [ scatterAddAlong axis indices x (Tensor.fullOf x.DType shape 0.0) ]
    | "slice", Tensor x :: bounds -> [ slicing (List.ofArray case.Outputs[0].Shape) bounds x ]
    | "softmax", [ Tensor x; Int axis ] -> [ softmax axis x ]
    | "solve", [ Tensor a; Tensor b ] -> [ solve a b ]
    | "split", [ Tensor x; Numbers sizes; axis ] -> splitSizes sizes (orElse 0 axis) x
    | "squeeze", [ Tensor x; Missing ] -> [ squeeze x ]
    | "stack", [ Tensors xs; axis ] -> [ stack (orElse 0 axis) xs ]
    | "standardize", [ Tensor x ] -> [ standardize x ]
    | "transpose", [ Tensor x ] -> [ transpose x ]
    | "transpose", [ Tensor x; Int a; Int b ] -> [ swapAxes a b x ]
    | "undilate", [ Tensor x; Numbers steps ] ->
        [ (x, List.indexed steps) ||> List.fold (fun x (axis, step) -> sliceStep axis 0 x.Shape[axis] step x) ]
    | "unsqueeze", [ Tensor x; Int axis ] -> [ expandDims axis x ]
    | "unstack", [ Tensor x; axis ] -> unstack (orElse 0 axis) x
    | "viewAs", [ Tensor x; Tensor y ] -> [ reshape y.Shape x ]
    | _ -> Windows.run case args
