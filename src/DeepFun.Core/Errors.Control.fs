/// Error texts of control flow and custom rules.
module internal DeepFun.ControlErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let carryType (operation: string) (path: string) (expected: string) (came: string) : 'a =
    let where = if path = "" then "the carry" else $"carry '{path}'"

    fail
        "DF0410"
        $"{operation}: a step must give the carry back with the shape and dtype that it had; {where} was {expected}, {came} came back. \
          Cast or reshape it in the step, or begin with a value of that type."

let carryStructure (operation: string) (expected: string) (came: string) : 'a =
    fail
        "DF0411"
        $"{operation}: a step must give the carry back with the structure that it had; expected {expected}, came {came}. \
          Keep every field and the length of every list."

let branchType (operation: string) (branch: int) (expected: string) (came: string) : 'a =
    fail
        "DF0412"
        $"{operation}: all branches must give results of the same structure, shapes and dtypes; the first gives {expected}, branch {branch} gives {came}. \
          Cast, reshape or fill up the results of one of them."

let predicate (operation: string) (rule: string) (came: string) : 'a =
    fail "DF0413" $"{operation} takes {rule}; {came} came. Compare, reduce (any, all) or cast it first."

let scanLength (operation: string) (came: string) : 'a =
    fail
        "DF0414"
        $"{operation}: every stack must have the same size along axis 0, which is the number of steps; {came} came. \
          Slice the longer ones, or name the length if there is nothing to go through."

let whileReverse () : 'a =
    fail
        "DF0415"
        "whileLoop: reverse mode through a traced loop must keep every step, but their number is not known. \
          Use whileLoopBounded with the largest number of steps, forLoop or scan; or differentiate it forward (jvp)."

let ruleResult (name: string) (rule: string) (expected: string) (came: string) : 'a =
    fail "DF0416" $"{name}: {rule}; expected {expected}, came {came}. Change the rule so that it fits its function."

let ruleDepth (name: string) (depth: int) : 'a =
    fail
        "DF0418"
        $"{name}: functions with rules were traced {depth} deep within each other, so a rule calls the function that it belongs to, or leads back \
          to it. Write in the rule what that function computes instead of calling it."

let reverseNotLinear (name: string) (why: DeepFunException) : 'a =
    raise (
        DeepFunException(
            "DF0407",
            $"{name}: the reverse rule is not linear in the cotangent, so that it has no forward derivative. Forward mode needs one, and so do \
              bodies of scan, forLoop, whileLoopBounded, cond, switch and checkpoint, which reverse mode differentiates forward before it turns them. \
              Use the function outside of them, be it in a loop of the language, or give it a rule that is linear.",
            why
        )
    )

let ruleNotLinear (name: string) : 'a =
    fail
        "DF0417"
        $"{name}: the forward rule gives a tangent that is not zero and does not depend on the tangent of its argument. \
          A derivative is linear: multiply by dx."
