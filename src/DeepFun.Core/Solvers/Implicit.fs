namespace DeepFun

/// <summary>When a solver of equations ends.</summary>
type SolverOptions =
    {
        /// The largest residual of a solution; by default what the dtype allows, see each solver.
        Tolerance: float option
        /// The most iterations.
        MaxIterations: int
    }

    /// <summary>The dtype's tolerance; 1000 iterations.</summary>
    static member Default = { Tolerance = None; MaxIterations = 1000 }

namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Solutions of equations and their derivatives by the implicit function theorem: the derivative depends on the solution only, not on the
/// iterations that led to it.
/// </summary>
[<AutoOpen>]
module ImplicitFunctions =

    let private epsilon (x: Tensor) = DTypes.Epsilon x.DType

    let private largest (x: Tensor) = amax (abs x)

    let private checkOptions operation (o: SolverOptions) =
        if o.MaxIterations < 1 then
            SolverErrors.option operation "MaxIterations" "at least 1" (float o.MaxIterations)

        match o.Tolerance with
        | Some t when not (t > 0.0) -> SolverErrors.option operation "Tolerance" "positive" t
        | Some _
        | None -> ()

    let private checkResult operation (x: Tensor) (y: Tensor) =
        if not (x.Type.Same y.Type) then
            SolverErrors.result operation (string x.Type) (string y.Type)

        y

    /// Steps, which give a state and a residual, until the residual is small. In a trace and under vmap nothing can be said of convergence.
    let private iterate operation (o: SolverOptions) tolerance (step: 's -> 's * Tensor) (like: Tensor) (init: 's) : 's =
        let tolerance = defaultArg o.Tolerance tolerance

        let going (_: 's, residual: Tensor, count: Tensor) =
            logicalAnd (greater residual (constantLike tolerance residual)) (less count (constantLike (float o.MaxIterations) count))

        let next (state: 's, _: Tensor, count: Tensor) =
            let state, residual = step state
            state, residual, count + onesLike count

        let scalar dtype value = Tensor.Constant(value, { Shape = Shape.Scalar; DType = dtype }, like)
        let state, residual, count = whileLoop going next (init, scalar like.DType infinity, scalar DType.Int32 0.0)

        // A residual that is not a number is no solution either.
        if Graph.isKnown residual && not (residual.ToDouble() <= tolerance) then
            SolverErrors.convergence operation (int (count.ToDouble())) (residual.ToDouble()) tolerance

        state

    let private square (x: Tensor) (j: Tensor) = reshape [ x.Size; x.Size ] j
    let private divided (x: Tensor) (j: Tensor) (r: Tensor) = solve (square x j) (flatten r) |> reshape (sizes x)

    /// The function from p to the x with equation p x = 0, which find gives, with the derivative dx = −(∂F/∂x)⁻¹ ∂F/∂p dp.
    let rec private implicitly
        (find: 'p -> Tensor)
        (derivative: 'p -> Tensor -> Tensor)
        (equation: 'p -> Tensor -> Tensor)
        (p: 'p)
        : Tensor =
        // A step of Newton's from a solution does not change it, and doubles the number of terms of its Taylor series by p that are right.
        let refined p x = x - divided x (derivative p x) (equation p x)

        let rule p dp =
            let x =
                if Tree.leaves p |> Array.forall Graph.isKnown then
                    // With its own rule, so that derivatives of every order are right.
                    implicitly find derivative equation p
                else
                    // A trace takes the rule apart whether it is used or not, so this must end: one term, then two, then four.
                    find (Tree.map stopGradient p) |> stopGradient |> refined p |> refined p

            let _, d = jvp (fun p -> equation p x) p dp
            x, -(divided x (derivative p x) d)

        soughtWithJvp find rule p

    /// <summary>The x with f p x = x, found by repeating f from x0; differentiable in p to any order and in both modes.</summary>
    /// <remarks>
    /// Shape: p any tree with a tensor in it, x0 any shape; f p x and the result are like x0.
    /// Residual: max |f p x − x| / (1 + max |x|); default tolerance 100 ε of the dtype. f must contract near the solution.
    /// Equation: dx = (1 − ∂f/∂x)⁻¹ ∂f/∂p dp, by a dense solve. The derivative by x0 is zero. What f closes over is differentiated through the
    /// iterations instead: give it in p. In a trace or under vmap derivatives are right to order 4, and a failure to converge raises no error.
    /// Source: Griewank and Walther 2008, Evaluating Derivatives, chapter 15.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0460 no convergence; DF0461 f p x is not like x; DF0404 x0 is not floating-point; DF0465 a bad option.</exception>
    let fixedPointWith (o: SolverOptions) (f: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor =
        checkOptions "fixedPoint" o
        checkFloating "fixedPoint" x0
        let x0 = stopGradient x0
        let f p x = checkResult "fixedPoint" x (f p x)

        let step p x =
            let y = f p x
            y, largest (y - x) / (1.0 + largest y)

        let find p = iterate "fixedPoint" o (100.0 * epsilon x0) (step p) x0 x0
        let equation p x = f p x - x
        implicitly find (fun p -> jacobianForward (equation p)) equation p

    /// <summary>As <c>fixedPointWith</c>, with the default options.</summary>
    let fixedPoint (f: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor = fixedPointWith SolverOptions.Default f p x0

    /// <summary>The x with f p x = 0, by Newton's method from x0; differentiable in p to any order and in both modes.</summary>
    /// <remarks>
    /// Shape: p any tree with a tensor in it, x0 any shape; f p x and the result are like x0.
    /// Residual: the size of the last Newton step, max |Δx| / (1 + max |x|); default tolerance √ε of the dtype, so that the error after it is
    /// about ε. The Jacobian is dense and must not be singular at the solution.
    /// Equation: dx = −(∂f/∂x)⁻¹ ∂f/∂p dp. The rest as in <c>fixedPointWith</c>.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0460 no convergence; DF0461 f p x is not like x; DF0404 x0 is not floating-point; DF0465 a bad option.</exception>
    let rootWith (o: SolverOptions) (f: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor =
        checkOptions "root" o
        checkFloating "root" x0
        let x0 = stopGradient x0
        let f p x = checkResult "root" x (f p x)

        let step p x =
            let r = f p x
            let d = divided x (jacobianForward (f p) x) r
            let y = x - d
            y, largest d / (1.0 + largest y)

        let find p = iterate "root" o (sqrt (epsilon x0)) (step p) x0 x0
        implicitly find (fun p -> jacobianForward (f p)) f p

    /// <summary>As <c>rootWith</c>, with the default options.</summary>
    let root (f: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor = rootWith SolverOptions.Default f p x0

    /// <summary>
    /// The x where objective p x, one number, has a minimum: Newton's method with a damping that grows where a step leads upwards. Differentiable
    /// in p to any order and in both modes.
    /// </summary>
    /// <remarks>
    /// Shape: p any tree with a tensor in it, x0 any shape; the result is like x0.
    /// Residual: max |gradient| / (1 + |objective|) before the last step; default tolerance √ε of the dtype. The Hessian is dense and must not
    /// be singular at the minimum, which is a local one.
    /// Equation: dx = −H⁻¹ ∂(∇ₓ objective)/∂p dp. The rest as in <c>fixedPointWith</c>.
    /// Source: Nocedal and Wright 2006, Numerical Optimization, section 3.4.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0460 no convergence; DF0403 more than one number; DF0404 x0 is not floating-point; DF0465 a bad option.</exception>
    let argMinWith (o: SolverOptions) (objective: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor =
        checkOptions "argMin" o
        checkFloating "argMin" x0
        let x0 = stopGradient x0

        let step p (x: Tensor, damping: Tensor) =
            let y, g, h = valueGradHessian (objective p) x
            let trial = x - divided x (square x h + damping * Tensor.eyeOf x.DType x.Size) g
            // Rounding may raise the objective a little at its minimum.
            let better = less (objective p trial) (y + 8.0 * epsilon x * abs y + 1e-30)
            (where better trial x, damping * where better (constantLike 0.1 damping) (constantLike 10.0 damping)), largest g / (1.0 + abs y)

        let find p =
            let damping = Tensor.Constant(1e-3, { Shape = Shape.Scalar; DType = x0.DType }, x0)
            iterate "argMin" o (sqrt (epsilon x0)) (step p) x0 (x0, damping) |> fst

        implicitly find (fun p -> hessian (objective p)) (fun p -> grad (objective p)) p

    /// <summary>As <c>argMinWith</c>, with the default options.</summary>
    let argMin (objective: 'p -> Tensor -> Tensor) (p: 'p) (x0: Tensor) : Tensor = argMinWith SolverOptions.Default objective p x0
