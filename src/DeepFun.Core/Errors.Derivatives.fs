/// The error texts of derivatives, batching and checkers.
module internal DeepFun.DerivativeErrors

open System

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let private names (parts: string seq) = String.Join(", ", parts)

let oneNumber (operation: string) (came: Shape) : 'a =
    fail "DF0430" $"{operation} differentiates by one number; an argument of shape {came} came. Use directional, grad or jacobian for more."

let order (operation: string) (came: int) : 'a =
    fail "DF0431" $"{operation}: the order of a derivative is 0 or more; {came} came. Pass the number of times to differentiate."

let field (operation: string) (argument: string) (result: string) : 'a =
    fail
        "DF0432"
        $"{operation} takes a function that gives what it takes, a vector field; for {argument} it gave {result}. Give one number for each number of the argument."

let curl (came: int) : 'a =
    fail "DF0433" $"curl is defined in three dimensions; an argument of {came} numbers came. Pass a point of three coordinates."

let axesParts (what: string) (given: int) (parts: string seq) : 'a =
    fail
        "DF0434"
        $"vmap: {what} name {given} parts, but the tree has the parts {names parts} there. Name one axis for each part, or one for all of them."

let axesName (what: string) (name: string) (parts: string seq) : 'a =
    fail "DF0434" $"vmap: {what} name the part '{name}', but the tree has the parts {names parts} there. Use one of these names."

let axesLeaf (what: string) (path: string) : 'a =
    fail "DF0434" $"vmap: {what} name parts of '{path}', which is one tensor. Name one axis for it, or Axes.Unmapped."

let resultMapped (path: string) (shape: Shape) : 'a =
    fail
        "DF0435"
        $"vmap: the result '{path}' of shape {shape} is to come without a mapped axis, but it depends on what is mapped. Name an axis for it in outAxes."

let nothingMapped () : 'a =
    fail "DF0436" "vmap: inAxes map no tensor of the argument. Name an axis for at least one of them, or call the function without vmap."

let selection (what: string) : 'a =
    fail
        "DF0437"
        $"A Jacobian's rows are chosen by a function that gives one tensor of the result unchanged; {what} came. Choose a field, and compute with the rows instead."

let stopThrough (operation: string) : 'a =
    fail
        "DF0438"
        $"stopGradientOf: the value is {operation} inside of the derivative that is to be stopped. Stop it outside of the inner transformation, or use stopGradient."

let step (came: float) : 'a =
    fail "DF0439" $"A finite difference needs a step that is a number greater than 0; {came} came. Leave the step out to have it chosen."

let wrongDerivative (report: string) : 'a =
    fail
        "DF0440"
        $"The derivatives differ from finite differences: {report}. Check custom rules, and that the function is smooth around this point."

let notFinite (report: string) : 'a =
    fail "DF0441" $"A value is not finite: {report}. Guard the operation (where, safeDivide, clamp) or change its operands."

let reduction (came: string) : 'a =
    fail "DF0442" $"A loss is reduced by \"mean\", \"sum\" or \"none\"; \"{came}\" came. Choose one of them."

let ragged (first: int seq) (other: int seq) : 'a =
    let show (sizes: int seq) = "[" + String.Join(", ", sizes) + "]"
    fail "DF0443" $"A tensor's parts must be equally long; parts of shape {show first} and {show other} came. Pad the shorter ones."
