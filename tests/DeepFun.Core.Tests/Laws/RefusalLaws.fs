/// What inference refuses, one step beyond each bound, and that it accepts what stands at the bound.
module DeepFun.Core.Tests.Laws.RefusalLaws

open DeepFun
open DeepFun.Backends
open DeepFun.Core.Tests.Numbers
open DeepFun.Core.Tests.Laws.Row
open Xunit

let private f32 = typed DType.Float32
let private i32 = typed DType.Int32
let private i64 = typed DType.Int64
let private bool' = typed DType.Bool

let private reductions: (string * string * Prim * TensorType list) list =
    [
        let x = float64 [ 2; 3 ]

        for name, op in [ "sum", Reduce.Sum; "prod", Reduce.Product; "amax", Reduce.Max; "amin", Reduce.Min ] do
            $"{name} along the rank", "DF0112", Prim.Reduce(op [| 2 |]), [ x ]
            $"{name} along -1", "DF0112", Prim.Reduce(op [| -1 |]), [ x ]
            $"{name} along an axis twice", "DF0113", Prim.Reduce(op [| 1; 1 |]), [ x ]
            $"{name} along descending axes", "DF0113", Prim.Reduce(op [| 1; 0 |]), [ x ]
            $"{name} of bool", "DF0203", Prim.Reduce(op [| 0 |]), [ bool' [ 2 ] ]

        for name, op in [ "any", Reduce.Any; "all", Reduce.All ] do
            $"{name} along the rank", "DF0112", Prim.Reduce(op [| 2 |]), [ bool' [ 2; 3 ] ]
            $"{name} of numbers", "DF0203", Prim.Reduce(op [| 0 |]), [ x ]

        for name, op in [ "argmax", Reduce.ArgMax; "argmin", Reduce.ArgMin ] do
            $"{name} along the rank", "DF0112", Prim.Reduce(op 2), [ x ]
            $"{name} along -1", "DF0112", Prim.Reduce(op -1), [ x ]
            $"{name} of bool", "DF0203", Prim.Reduce(op 0), [ bool' [ 2 ] ]
            $"{name} of nothing", "DF0105", Prim.Reduce(op 0), [ float64 [ 0; 3 ] ]

        "amax of nothing", "DF0105", Prim.Reduce(Reduce.Max [| 0 |]), [ float64 [ 0; 3 ] ]
        "amin of nothing along one of two axes", "DF0105", Prim.Reduce(Reduce.Min [| 0; 1 |]), [ float64 [ 3; 0 ] ]

        for name, op in
            [
                "cumsum", Along.CumulativeSum
                "cumprod", Along.CumulativeProduct
                "cummax", Along.CumulativeMax
                "cummin", Along.CumulativeMin
                "argsort", Along.ArgSort
            ] do
            $"{name} along the rank", "DF0112", Prim.Along(op (2, false)), [ x ]
            $"{name} along -1", "DF0112", Prim.Along(op (-1, false)), [ x ]

        "cumsum of bool", "DF0203", Prim.Along(Along.CumulativeSum(0, false)), [ bool' [ 2 ] ]
        let fft axis = Prim.Along(Along.Fourier(axis, false))
        "fft of integers", "DF0203", fft 0, [ i32 [ 3; 2 ] ]
        "fft of pairs alone", "DF0125", fft 0, [ float64 [ 2 ] ]
        "fft of triples", "DF0125", fft 0, [ float64 [ 3; 3 ] ]
        "fft along the pairs", "DF0112", fft 1, [ float64 [ 3; 2 ] ]
        "fft along -1", "DF0112", fft -1, [ float64 [ 3; 2 ] ]
    ]

let private elementwise: (string * string * Prim * TensorType list) list =
    [
        let x = float64 [ 2 ]
        "neg of bool", "DF0203", Prim.Unary Unary.Neg, [ bool' [ 2 ] ]
        "exp of integers", "DF0203", Prim.Unary Unary.Exp, [ i32 [ 2 ] ]
        "isnan of integers", "DF0203", Prim.Unary Unary.IsNaN, [ i32 [ 2 ] ]
        "not of numbers", "DF0203", Prim.Unary Unary.Not, [ x ]
        "add of two shapes", "DF0111", Prim.Binary Binary.Add, [ x; float64 [ 3 ] ]
        "add of two dtypes", "DF0202", Prim.Binary Binary.Add, [ x; f32 [ 2 ] ]
        "add of bool", "DF0203", Prim.Binary Binary.Add, [ bool' [ 2 ]; bool' [ 2 ] ]
        "atan2 of integers", "DF0203", Prim.Binary Binary.Atan2, [ i32 [ 2 ]; i32 [ 2 ] ]
        "and of floats", "DF0203", Prim.Binary Binary.And, [ x; x ]
        "less of two shapes", "DF0111", Prim.Compare Compare.Less, [ x; float64 [ 2; 1 ] ]
        "less of two dtypes", "DF0202", Prim.Compare Compare.Less, [ x; f32 [ 2 ] ]
        "select of two shapes", "DF0111", Prim.Select, [ bool' [ 2 ]; x; float64 [ 3 ] ]
        "select of two dtypes", "DF0202", Prim.Select, [ bool' [ 2 ]; x; f32 [ 2 ] ]
        "select by another shape", "DF0111", Prim.Select, [ bool' [ 3 ]; x; x ]
        "select by numbers", "DF0203", Prim.Select, [ x; x; x ]
    ]

let private movements: (string * string * Prim * TensorType list) list =
    [
        let x = float64 [ 5 ]
        let slice starts sizes steps = Prim.Move(Move.Slice(starts, shapeOf sizes, steps))

        for name, start, size, step in
            [
                "from -1", -1, 1, 1
                "from the end", 5, 1, 1
                "one beyond the end", 3, 3, 1
                "one beyond the end by steps", 1, 3, 2
                "one before the start", 1, 3, -1
                "backwards from the end", 5, 2, -1
                "by steps of 0", 1, 1, 0
            ] do
            $"slice {name}", "DF0117", slice [| start |] [ size ] [| step |], [ x ]

        "slice in the second axis", "DF0117", slice [| 0; 2 |] [ 2; 2 ] [| 1; 1 |], [ float64 [ 2; 3 ] ]
        "slice with two starts", "DF0125", slice [| 0; 0 |] [ 2 ] [| 1 |], [ x ]
        "slice with two sizes", "DF0125", slice [| 0 |] [ 2; 1 ] [| 1 |], [ x ]
        "slice with two steps", "DF0125", slice [| 0 |] [ 2 ] [| 1; 1 |], [ x ]

        let pad low high interior = Prim.Move(Move.Pad { Low = low; High = high; Interior = interior; Value = 0.0 })
        "pad with two widths before", "DF0126", pad [| 0; 0 |] [| 0 |] [| 0 |], [ x ]
        "pad with two widths behind", "DF0126", pad [| 0 |] [| 0; 0 |] [| 0 |], [ x ]
        "pad with two widths between", "DF0126", pad [| 0 |] [| 0 |] [| 0; 0 |], [ x ]

        "reshape to another size", "DF0114", Prim.Move(Move.Reshape(shapeOf [ 2; 2 ])), [ x ]
        "permute too few", "DF0115", Prim.Move(Move.Permute [| 0 |]), [ float64 [ 2; 3 ] ]
        "permute one twice", "DF0115", Prim.Move(Move.Permute [| 1; 1 |]), [ float64 [ 2; 3 ] ]
        "permute the rank", "DF0115", Prim.Move(Move.Permute [| 1; 2 |]), [ float64 [ 2; 3 ] ]

        let broadcast sizes axes = Prim.Move(Move.Broadcast(shapeOf sizes, axes))
        "broadcast with too few axes", "DF0116", broadcast [ 2; 3 ] [| 1 |], [ float64 [ 2; 3 ] ]
        "broadcast to the rank", "DF0116", broadcast [ 2; 5 ] [| 2 |], [ x ]
        "broadcast to one axis twice", "DF0116", broadcast [ 2; 2 ] [| 1; 1 |], [ float64 [ 2; 2 ] ]
        "broadcast to descending axes", "DF0116", broadcast [ 2; 2 ] [| 1; 0 |], [ float64 [ 2; 2 ] ]
        "broadcast to another size", "DF0116", broadcast [ 2; 4 ] [| 1 |], [ x ]
        "broadcast of 2 to 1", "DF0116", broadcast [ 1 ] [| 0 |], [ float64 [ 2 ] ]

        let concat axis = Prim.Move(Move.Concat axis)
        "concat along the rank", "DF0112", concat 1, [ x; x ]
        "concat along -1", "DF0112", concat -1, [ x; x ]
        "concat of two dtypes", "DF0202", concat 0, [ x; f32 [ 5 ] ]
        "concat of two ranks", "DF0118", concat 0, [ x; float64 [ 5; 1 ] ]
        "concat of two widths", "DF0118", concat 0, [ float64 [ 2; 3 ]; float64 [ 2; 4 ] ]
        "concat of two heights", "DF0118", concat 1, [ float64 [ 2; 3 ]; float64 [ 3; 3 ] ]

        let gather batch = Prim.Index(Indexed.Gather batch)
        "gather by floats", "DF0203", gather 0, [ x; x ]
        "gather with the rank as batch", "DF0123", gather 1, [ x; i32 [ 5 ] ]
        "gather with indices of too low a rank", "DF0123", gather 1, [ float64 [ 2; 3 ]; i32 [] ]
        "gather with another batch", "DF0123", gather 1, [ float64 [ 2; 3 ]; i32 [ 3 ] ]
        "gather with another second batch", "DF0123", gather 2, [ float64 [ 2; 3; 4 ]; i64 [ 2; 4 ] ]

        for name, op in [ "scatterAdd", Indexed.ScatterAdd; "scatterMax", Indexed.ScatterMax ] do
            $"{name} of too few updates", "DF0124", Prim.Index(op 0), [ x; i32 [ 2 ]; float64 [ 1 ] ]
            $"{name} of another dtype", "DF0202", Prim.Index(op 0), [ x; i32 [ 2 ]; f32 [ 2 ] ]
            $"{name} by floats", "DF0203", Prim.Index(op 0), [ x; float64 [ 2 ]; float64 [ 2 ] ]

        "scatterMax of bool", "DF0203", Prim.Index(Indexed.ScatterMax 0), [ bool' [ 2 ]; i32 [ 1 ]; bool' [ 1 ] ]
    ]

/// Input 4, kernel 3, no padding: output 2; groups as given.
let private convolution op groups =
    Prim.Contract(Contract.Convolution(op, ConvolutionSpec([| 4 |], [| 3 |], [| 1 |], [| 0 |], [| 0 |], [| 1 |], groups)))

/// Input 4, window 2, stride 2: output 2.
let private pooling = WindowSpec([| 4 |], [| 2 |], [| 2 |], [| 0 |], [| 0 |], [| 1 |])

let private products: (string * string * Prim * TensorType list) list =
    [
        let matmul = Prim.Contract Contract.MatMul
        let m = float64 [ 2; 3 ]
        "matmul of bool", "DF0203", matmul, [ bool' [ 2; 3 ]; bool' [ 3; 2 ] ]
        "matmul of two dtypes", "DF0202", matmul, [ m; f32 [ 3; 2 ] ]
        "matmul of vectors", "DF0119", matmul, [ float64 [ 1 ]; float64 [ 1 ] ]
        "matmul of two ranks", "DF0119", matmul, [ m; float64 [ 3; 2; 1 ] ]
        "matmul of two inner sizes", "DF0119", matmul, [ m; float64 [ 2; 3 ] ]
        "matmul of two batches", "DF0119", matmul, [ float64 [ 2; 2; 3 ]; float64 [ 1; 3; 2 ] ]
        "matmul of two second batches", "DF0119", matmul, [ float64 [ 2; 2; 2; 3 ]; float64 [ 2; 1; 3; 2 ] ]

        let forward, input, weight = ConvolutionOp.Forward, ConvolutionOp.InputGradient, ConvolutionOp.WeightGradient

        for name, op in [ "forward", forward; "input gradient", input; "weight gradient", weight ] do
            let x = float64 [ 2; 2; 4 ]
            $"{name} of bool", "DF0203", convolution op 1, [ bool' [ 2; 2; 4 ]; bool' [ 2; 2; 3 ] ]
            $"{name} of two dtypes", "DF0202", convolution op 1, [ x; f32 [ 2; 2; 3 ] ]
            $"{name} of a first operand of rank 2", "DF0125", convolution op 1, [ float64 [ 2; 4 ]; x ]
            $"{name} of a second operand of rank 4", "DF0125", convolution op 1, [ x; float64 [ 2; 2; 4; 1 ] ]

        "forward, channels", "DF0121", convolution forward 1, [ float64 [ 2; 3; 4 ]; float64 [ 5; 2; 3 ] ]
        "forward, channels of groups", "DF0121", convolution forward 2, [ float64 [ 2; 2; 4 ]; float64 [ 4; 2; 3 ] ]
        "forward, outputs of groups", "DF0121", convolution forward 2, [ float64 [ 2; 4; 4 ]; float64 [ 5; 2; 3 ] ]
        "forward, input size", "DF0120", convolution forward 1, [ float64 [ 2; 2; 5 ]; float64 [ 5; 2; 3 ] ]
        "forward, kernel size", "DF0120", convolution forward 1, [ float64 [ 2; 2; 4 ]; float64 [ 5; 2; 2 ] ]
        "input gradient, outputs of groups", "DF0121", convolution input 2, [ float64 [ 2; 5; 2 ]; float64 [ 5; 2; 3 ] ]
        "input gradient, outputs", "DF0120", convolution input 1, [ float64 [ 2; 4; 2 ]; float64 [ 5; 2; 3 ] ]
        "input gradient, output size", "DF0120", convolution input 1, [ float64 [ 2; 5; 3 ]; float64 [ 5; 2; 3 ] ]
        "input gradient, kernel size", "DF0120", convolution input 1, [ float64 [ 2; 5; 2 ]; float64 [ 5; 2; 4 ] ]
        "weight gradient, channels of groups", "DF0121", convolution weight 2, [ float64 [ 2; 3; 4 ]; float64 [ 2; 4; 2 ] ]
        "weight gradient, outputs of groups", "DF0121", convolution weight 2, [ float64 [ 2; 4; 4 ]; float64 [ 2; 5; 2 ] ]
        "weight gradient, input size", "DF0120", convolution weight 1, [ float64 [ 2; 2; 3 ]; float64 [ 2; 5; 2 ] ]
        "weight gradient, batch", "DF0120", convolution weight 1, [ float64 [ 2; 2; 4 ]; float64 [ 3; 5; 2 ] ]
        "weight gradient, output size", "DF0120", convolution weight 1, [ float64 [ 2; 2; 4 ]; float64 [ 2; 5; 3 ] ]

        for name, op in [ "argmax", Window.ArgMax pooling; "sum", Window.Sum pooling ] do
            $"pooling {name} of another size", "DF0122", Prim.Window op, [ float64 [ 2; 5 ] ]
            $"pooling {name} of a number", "DF0122", Prim.Window op, [ float64 [] ]

        "pooling of bool", "DF0203", Prim.Window(Window.Sum pooling), [ bool' [ 4 ] ]
        "spreading of another size", "DF0122", Prim.Window(Window.SumTranspose pooling), [ float64 [ 2; 4 ] ]
    ]

let private linearAlgebra: (string * string * Prim * TensorType list) list =
    [
        let op (linalg: Linalg) = Prim.Linalg linalg
        let square = float64 [ 3; 3 ]

        for name, linalg in
            [ "cholesky", Linalg.Cholesky; "det", Linalg.Determinant; "eigh", Linalg.SymmetricEigen; "eigvals", Linalg.Eigen ] do
            $"{name} of a wide matrix", "DF0140", op linalg, [ float64 [ 2; 3 ] ]

        for name, linalg in
            [
                "cholesky", Linalg.Cholesky
                "lu", Linalg.Lu
                "det", Linalg.Determinant
                "qr", Linalg.Qr
                "eigh", Linalg.SymmetricEigen
                "eigvals", Linalg.Eigen
                "svd", Linalg.SingularValues
                "pinv", Linalg.PseudoInverse 1e-10
            ] do
            $"{name} of a vector", "DF0125", op linalg, [ float64 [ 3 ] ]
            $"{name} of integers", "DF0203", op linalg, [ i32 [ 3; 3 ] ]

        "qr of a wide matrix", "DF0142", op Linalg.Qr, [ float64 [ 2; 3 ] ]
        "svd of a wide matrix", "DF0142", op Linalg.SingularValues, [ float64 [ 2; 3 ] ]

        let triangular = op (Linalg.TriangularSolve(true, false, false))
        "triangularSolve of a wide matrix", "DF0140", triangular, [ float64 [ 2; 3 ]; float64 [ 2; 1 ] ]
        "triangularSolve of two dtypes", "DF0202", triangular, [ square; f32 [ 3; 1 ] ]
        "triangularSolve, rows", "DF0141", triangular, [ square; float64 [ 2; 1 ] ]
        "triangularSolve, ranks", "DF0141", triangular, [ square; float64 [ 1; 3; 1 ] ]
        "triangularSolve, batch", "DF0141", triangular, [ float64 [ 2; 3; 3 ]; float64 [ 1; 3; 1 ] ]
        let solve = op (Linalg.LuSolve false)
        "solve, factors", "DF0141", solve, [ square; float64 [ 3; 3 ]; float64 [ 3; 1 ] ]
        "solve, dtype of the factors", "DF0141", solve, [ square; f32 [ 3; 4 ]; float64 [ 3; 1 ] ]
        "solve, rows", "DF0141", solve, [ square; float64 [ 3; 4 ]; float64 [ 2; 1 ] ]
    ]

let private draws: (string * string * Prim * TensorType list) list =
    [
        let sample = Prim.Sample Sample.LogGamma
        "random by a key of int32", "DF0203", sample, [ i32 []; float64 [ 2 ] ]
        "sample of integers", "DF0203", sample, [ i64 []; i32 [ 2 ] ]
        "sample with more keys than parameters have axes", "DF0111", sample, [ i64 [ 2 ]; float64 [] ]
        "sample with other keys", "DF0111", sample, [ i64 [ 2 ]; float64 [ 3; 2 ] ]
        "gammainc of integers", "DF0203", Prim.Special(Special.GammaP 0), [ i32 [ 2 ]; i32 [ 2 ] ]
        "gammaincc of two shapes", "DF0111", Prim.Special Special.GammaQ, [ float64 [ 2 ]; float64 [ 3 ] ]
        "betainc of two dtypes", "DF0202", Prim.Special(Special.BetaI(0, 0)), [ float64 [ 2 ]; float64 [ 2 ]; f32 [ 2 ] ]
    ]

let private table = List.concat [ reductions; elementwise; movements; products; linearAlgebra; draws ]

let private byName = table |> Seq.map (fun (name, code, prim, xs) -> name, (code, prim, xs)) |> dict

/// Names of the operands that are refused.
let names = table |> List.map (fun (name, _, _, _) -> [| box name |])

[<Theory; MemberData(nameof names)>]
let ``what does not fit is refused`` (name: string) =
    let code, prim, xs = byName[name]
    throws code (fun () -> Infer.output prim (Array.ofList xs))

/// Operands at the bounds, and the type of the result by definition.
let private accepted: (Prim * TensorType list * TensorType) list =
    [
        let slice start size step = Prim.Move(Move.Slice([| start |], shapeOf [ size ], [| step |]))
        slice 0 5 1, [ float64 [ 5 ] ], float64 [ 5 ]
        slice 4 5 -1, [ float64 [ 5 ] ], float64 [ 5 ]
        slice 4 1 1, [ float64 [ 5 ] ], float64 [ 1 ]
        slice 0 3 2, [ float64 [ 5 ] ], float64 [ 3 ]
        // An empty slice may stand anywhere, with any step.
        slice 5 0 1, [ float64 [ 5 ] ], float64 [ 0 ]
        slice 0 0 0, [ float64 [ 0 ] ], float64 [ 0 ]
        Prim.Move(Move.Broadcast(shapeOf [ 2; 3 ], [| 1 |])), [ float64 [ 1 ] ], float64 [ 2; 3 ]
        Prim.Reduce(Reduce.Max [| 1 |]), [ float64 [ 0; 3 ] ], float64 [ 0 ]
        Prim.Reduce(Reduce.ArgMax 1), [ float64 [ 2; 3 ] ], i32 [ 2 ]
        Prim.Index(Indexed.Gather 1), [ float64 [ 2; 3 ]; i64 [ 2 ] ], float64 [ 2 ]
        Prim.Along(Along.Fourier(0, false)), [ f32 [ 3; 2 ] ], f32 [ 3; 2 ]
        Prim.Contract Contract.MatMul, [ i32 [ 2; 3 ]; i32 [ 3; 4 ] ], i32 [ 2; 4 ]
        Prim.Contract Contract.MatMul, [ float64 [ 5; 2; 3 ]; float64 [ 5; 3; 4 ] ], float64 [ 5; 2; 4 ]
        convolution ConvolutionOp.Forward 2, [ float64 [ 5; 4; 4 ]; float64 [ 6; 2; 3 ] ], float64 [ 5; 6; 2 ]
        convolution ConvolutionOp.InputGradient 2, [ float64 [ 5; 6; 2 ]; float64 [ 6; 2; 3 ] ], float64 [ 5; 4; 4 ]
        convolution ConvolutionOp.WeightGradient 2, [ float64 [ 5; 4; 4 ]; float64 [ 5; 6; 2 ] ], float64 [ 6; 2; 3 ]
        Prim.Window(Window.ArgMax pooling), [ float64 [ 4 ] ], i32 [ 2 ]
        Prim.Window(Window.SumTranspose pooling), [ float64 [ 3; 2 ] ], float64 [ 3; 4 ]
        Prim.Linalg(Linalg.LuSolve false), [ float64 [ 3; 3 ]; float64 [ 3; 4 ]; float64 [ 3; 1 ] ], float64 [ 3; 1 ]
        Prim.Linalg Linalg.Qr, [ float64 [ 3; 3 ] ], float64 [ 6; 3 ]
        Prim.Sample Sample.Poisson, [ i64 [ 2 ]; float64 [ 2; 3 ] ], i64 [ 2; 3 ]
    ]

[<Fact>]
let ``what stands at a bound is accepted`` () =
    for prim, xs, expected in accepted do
        let actual = Infer.output prim (Array.ofList xs)
        Assert.True((actual = expected), $"%A{prim} of %A{xs}: {actual}, not {expected}")

[<Fact>]
let ``a convolution names the operand that has the wrong rank`` () =
    let good, bad = float64 [ 2; 2; 4 ], float64 [ 7; 4 ]

    for operands in [ [| good; bad |]; [| bad; good |] ] do
        let _, message = errorOf (fun () -> Infer.output (convolution ConvolutionOp.Forward 1) operands)
        Assert.Contains(string bad.Shape, message)

[<Fact>]
let ``operands that should be equal are all named`` () =
    for name, code, prim, xs in table do
        let named =
            match code with
            | "DF0111" -> xs |> List.map (fun x -> string x.Shape)
            // Indices and conditions have a dtype of their own.
            | "DF0202" -> xs |> List.filter (fun x -> DTypes.IsFloating x.DType) |> List.map (fun x -> DTypes.Name x.DType)
            | _ -> []

        if not named.IsEmpty then
            let _, message = errorOf (fun () -> Infer.output prim (Array.ofList xs))

            for text in named do
                Assert.True(message.Contains text, $"{name}: no {text} in: {message}")

[<Fact>]
let ``a dtype that is refused is named, not that of another operand`` () =
    for dtype, prim, xs in
        [
            DType.Int32, Prim.Special(Special.GammaP 0), [ i32 [ 2 ]; float64 [ 2 ] ]
            DType.Int32, Prim.Sample Sample.LogGamma, [ i64 []; i32 [ 2 ] ]
            DType.Int32, Prim.Sample Sample.Poisson, [ i32 []; float64 [ 2 ] ]
            DType.Float32, Prim.Select, [ f32 [ 2 ]; i32 [ 2 ]; i32 [ 2 ] ]
            DType.Float32, Prim.Index(Indexed.Gather 0), [ float64 [ 5 ]; f32 [ 2 ] ]
            DType.Bool, Prim.Index(Indexed.ScatterMax 0), [ bool' [ 2 ]; i32 [ 1 ]; bool' [ 1 ] ]
            DType.Bool, Prim.Contract Contract.MatMul, [ bool' [ 2; 3 ]; float64 [ 3; 2 ] ]
        ] do
        let code, message = errorOf (fun () -> Infer.output prim (Array.ofList xs))
        Assert.Equal("DF0203", code)
        Assert.Contains($"; {DTypes.Name dtype} came", message)
