/// Error texts of the operations, beside those of Errors.fs. Codes: from DF0150 on.
module internal DeepFun.OperationErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let emptyTransform (operation: string) (shape: Shape) : 'a =
    fail "DF0150" $"{operation}: a transform of no elements has no frequencies; shape {shape} came. Choose axes that are not empty."

let indexTensors (operation: string) (came: int) (shape: Shape) : 'a =
    fail
        "DF0152"
        $"{operation}: one index tensor for each leading axis is needed, from 1 to {shape.Rank} for shape {shape}; {came} came. \
          Move the axes that are indexed to the front."

let sorted (operation: string) (sorted: Shape) (x: Shape) : 'a =
    fail
        "DF0153"
        $"{operation}: sorted values {sorted} and values {x} do not fit. Sort one vector for all, or along a last axis whose leading axes are those of the values."

let tables (operation: string) (rule: string) (came: Shape) : 'a =
    fail "DF0154" $"{operation} takes {rule}; shape {came} came. Reshape it first."

/// How many elements a result has would depend on values that are not known yet.
let selection (operation: string) (inner: exn) : 'a =
    raise (
        DeepFunException(
            "DF0151",
            $"{operation}: how many elements the result has depends on values, and under vmap and trace only shapes and dtypes are known. \
              Keep the shape: where condition x fill, or a sum or mean with weights 0 and 1.",
            inner
        )
    )
