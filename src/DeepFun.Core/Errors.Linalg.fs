/// Error texts of linear algebra.
module internal DeepFun.LinalgErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let square (operation: string) (x: Shape) : 'a =
    fail
        "DF0140"
        $"{operation} takes square matrices in the last two axes; shape {x} came. Check the operand, or use lstsq or pinv, which take any matrix."

let system (operation: string) (a: Shape) (b: Shape) : 'a =
    fail
        "DF0141"
        $"{operation}: matrix {a} and right-hand side {b} do not fit: as many rows are needed in both, and leading axes that broadcast. \
          A vector has one axis, or all of the matrix but the last."

let tall (operation: string) (x: Shape) : 'a =
    fail
        "DF0142"
        $"{operation}: the primitive takes at least as many rows as columns; shape {x} came. Use the function of that name, which transposes."
