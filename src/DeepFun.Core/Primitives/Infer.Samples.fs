/// Shape and dtype of constants, random values and special functions of several operands: the part of Infer.fs that stands apart for its length.
module internal DeepFun.InferSamples

open DeepFun.Backends

let private key (x: TensorType) =
    if x.DType <> DType.Int64 then
        Errors.dtype "random" "an int64 key" x.DType

let generate (op: Generate) (xs: TensorType[]) : TensorType =
    match op with
    | Generate.Fill(_, ty)
    | Generate.Iota(_, ty) -> ty
    | Generate.Random(_, ty) ->
        key xs[0]
        { ty with Shape = Shape.Adopt(Array.append (xs[0].Shape.ToArray()) (ty.Shape.ToArray())) }

let sample (op: Sample) (xs: TensorType[]) : TensorType =
    key xs[0]
    let keys, parameter = xs[0].Shape, xs[1]

    if not (DTypes.IsFloating parameter.DType) then
        Errors.dtype $"Random ({op})" "floating-point numbers" parameter.DType

    if parameter.Shape.Rank < keys.Rank || parameter.Shape.ToArray()[.. keys.Rank - 1] <> keys.ToArray() then
        Errors.sameShape $"Random ({op}), leading axes" [ keys; parameter.Shape ]

    match op with
    | Sample.LogGamma -> parameter
    | Sample.Poisson -> { parameter with DType = DType.Int64 }

let special (op: Special) (xs: TensorType[]) : TensorType =
    let name =
        match op with
        | Special.GammaP _ -> "gammainc"
        | Special.GammaQ -> "gammaincc"
        | Special.BetaI _ -> "betainc"

    if not (DTypes.IsFloating xs[0].DType) then
        Errors.dtype name "floating-point numbers" xs[0].DType

    for x in xs do
        if not (Shape.Same(x.Shape, xs[0].Shape)) then
            Errors.sameShape name [ xs[0].Shape; x.Shape ]

        if x.DType <> xs[0].DType then
            Errors.sameDType name xs[0].DType x.DType

    xs[0]
