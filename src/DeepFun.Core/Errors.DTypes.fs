/// The error texts of element types and of ways in and out.
module internal DeepFun.DTypeErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

/// A format that has no such dtype.
let noSuchDType (file: string) (where: string) (format: string) (dtype: DType) (instead: string) : 'a =
    fail
        "DF0210"
        $"{file}: {where} is {DTypes.Name dtype}, which the format {format} has not. Cast it to float32 first (exact), or {instead}."

/// A plain number beside a tensor of integers that cannot hold it.
let numberOutOfRange (value: float) (dtype: DType) : 'a =
    fail
        "DF0211"
        $"The number {value} met a tensor of {DTypes.Name dtype}, whose dtype it takes, but no {DTypes.Name dtype} is so large. \
          Cast the tensor to int32 or float32 first."

/// A destination of another length.
let destination (expected: int) (actual: int) : 'a =
    fail "DF0212" $"The tensor has {expected} elements, the destination room for {actual}. Pass a span of exactly that length."
