/// Error texts of solvers of equations and of differential equations.
module internal DeepFun.SolverErrors

let private fail code message : 'a = raise (DeepFunException(code, message, null))

let convergence (operation: string) (iterations: int) (residual: float) (tolerance: float) : 'a =
    fail
        "DF0460"
        $"{operation} did not converge in {iterations} iterations: the residual is {residual:G3}, the tolerance {tolerance:G3}. \
          Begin nearer to the solution, raise the tolerance or MaxIterations, or check that a solution exists."

let result (operation: string) (expected: string) (came: string) : 'a =
    fail "DF0461" $"{operation}: the function must give what is like its unknown, {expected}; {came} came. Reshape or cast its result."

let times (operation: string) (came: string) : 'a =
    fail "DF0462" $"{operation} takes at least one time, finite and in ascending order; {came} came. Sort them and take each once."

let stepSize (operation: string) (time: float) : 'a =
    fail
        "DF0463"
        $"{operation}: at time {time:G6} the step became too small to change the time. The solution may have a singularity there, \
          or the equation is stiff: end earlier, raise the tolerances, or use float64."

let steps (operation: string) (time: float) (maximum: int) : 'a =
    fail
        "DF0464"
        $"{operation} took {maximum} steps and is at time {time:G6}. Raise MaxSteps or the tolerances; a stiff equation needs an implicit method."

let option (operation: string) (name: string) (rule: string) (came: float) : 'a =
    fail "DF0465" $"{operation}: {name} must be {rule}; {came:G6} came. Leave it out for the default."
