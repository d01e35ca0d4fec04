/// Error texts of the operations, beside those of Errors.fs. Codes: from DF0150 on.
module internal DeepFun.OperationErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let emptyTransform (operation: string) (shape: Shape) : 'a =
    fail "DF0150" $"{operation}: a transform of no elements has no frequencies; shape {shape} came. Choose axes that are not empty."
