/// Error texts of random sampling and distributions: DF0703 to DF0719.
module internal DeepFun.RandomErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let choice (count: int) (n: int) (replace: bool) : 'a =
    let kind = if replace then "with" else "without"

    fail
        "DF0703"
        $"Random.choice: {count} of {n} slices cannot be drawn {kind} replacement. Draw from 0 to {n}, or replace and have at least one slice."

let parameterRank (operation: string) (parameter: string) (rank: int) (came: Shape) : 'a =
    fail "DF0704" $"{operation}: {parameter} must have at least {rank} axes; shape {came} came. The last ones are those of one value."

let parameterShape (operation: string) (parameter: string) (expected: string) (came: Shape) : 'a =
    fail "DF0705" $"{operation}: {parameter} must have shape {expected}; {came} came. Reshape or broadcast it first."

let noClosedForm (distribution: string) (what: string) (instead: string) : 'a =
    fail "DF0706" $"{distribution}: {what} has no closed form here. {instead}"

let divergence (p: string) (q: string) : 'a =
    fail
        "DF0707"
        $"Distribution.kl: no closed form is known for {p} against {q}. Estimate it from samples with Distribution.klMonteCarlo, which says so in its name."
