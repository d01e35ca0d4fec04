/// The error texts of Taylor mode and of Explain.
module internal DeepFun.JetErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let order (operation: string) (came: int) : 'a =
    fail "DF0450" $"{operation}: the order is the number of derivatives, 0 or more; {came} came. Order 0 gives the value alone."

let source (what: string) : 'a =
    fail "DF0451" $"Explain.fsharp: {what} has no public function that gives it. Print the function as text, LaTeX or Mermaid instead."
