/// Shapes and dtypes of linear algebra. Leading axes are batch and must be equal: the functions that users call broadcast them.
module internal DeepFun.InferLinalg

let private matrices operation (x: TensorType) =
    if x.DType <> DType.Float32 && x.DType <> DType.Float64 then
        Errors.dtype operation "float32 or float64" x.DType

    if x.Shape.Rank < 2 then
        Errors.rank operation "matrices in the last two axes" x.Shape

let rows (x: TensorType) = x.Shape[x.Shape.Rank - 2]
let columns (x: TensorType) = x.Shape[x.Shape.Rank - 1]

/// The type with other sizes in the last two axes.
let private matrix (sizes: int list) (x: TensorType) : TensorType =
    { x with
        Shape = Shape.Adopt(Array.append (x.Shape.ToArray()[.. x.Shape.Rank - 3]) (Array.ofList sizes))
    }

let private square operation x =
    matrices operation x

    if rows x <> columns x then
        LinalgErrors.square operation x.Shape

    columns x

let private tall operation x =
    matrices operation x

    if rows x < columns x then
        LinalgErrors.tall operation x.Shape

/// b [B…, n, k] beside a [B…, n, n].
let private system operation (a: TensorType) (b: TensorType) : TensorType =
    let n = square operation a

    if a.DType <> b.DType then
        Errors.sameDType operation a.DType b.DType

    if b.Shape.Rank <> a.Shape.Rank || not (Shape.Same((matrix [ n; columns b ] a).Shape, b.Shape)) then
        LinalgErrors.system operation a.Shape b.Shape

    b

let output (op: Linalg) (xs: TensorType[]) : TensorType =
    let x = xs[0]

    match op with
    | Linalg.Cholesky ->
        square "cholesky" x |> ignore
        x
    | Linalg.TriangularSolve _ -> system "triangularSolve" x xs[1]
    | Linalg.Lu ->
        matrices "lu" x
        matrix [ rows x; columns x + 1 ] x
    | Linalg.LuSolve _ ->
        if not ((matrix [ columns x; columns x + 1 ] x).Same xs[1]) then
            LinalgErrors.system "solve (factors)" x.Shape xs[1].Shape

        system "solve" x xs[2]
    | Linalg.Determinant ->
        square "det" x |> ignore
        matrix [] x
    | Linalg.Qr ->
        tall "qr" x
        matrix [ rows x + columns x; columns x ] x
    | Linalg.SymmetricEigen -> let n = square "eigh" x in matrix [ 1 + n; n ] x
    | Linalg.Eigen -> let n = square "eigvals" x in matrix [ 2 + 2 * n; n ] x
    | Linalg.SingularValues ->
        tall "svd" x
        matrix [ rows x + 1 + columns x; columns x ] x
    | Linalg.PseudoInverse _ ->
        matrices "pinv" x
        matrix [ columns x; rows x ] x
