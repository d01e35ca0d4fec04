namespace DeepFun.FSharp

open System
open System.Runtime.InteropServices
open DeepFun
open DeepFun.Backends

/// <summary>
/// Minimizers for few parameters or full batches: they see the function's curvature, by the gradients before or by products with its second
/// derivatives. No matrix of parameters by parameters is formed.
/// </summary>
/// <remarks>
/// The function must give the same values for the same parameters while a step runs. All run under <c>jit</c>; their loops are operations.
/// </remarks>
[<RequireQualifiedAccess>]
module SecondOrder =

    let private dot (a: Tensor) (b: Tensor) : Tensor = sum (a * b)

    let private number name (value: Tensor) = name, Params.Leaf value

    /// The function of a vector, one number in the vector's dtype.
    let private onVector (f: Params -> Tensor) (parameters: Params) (x: Tensor) : Tensor =
        let y = f (Flat.toTree parameters x)
        // With more than one number grad says what is wrong.
        if y.Size = 1 then cast x.DType (reshape [] y) else y

    /// <summary>L-BFGS: the direction of a quasi-Newton method from the last pairs of steps and changes of the gradient.</summary>
    /// <remarks>
    /// State: value; count [] int32; gradient and step [n], n the number of learned numbers; steps and changes [memory, n]; weights [memory];
    /// scale: all in the parameters' dtype.
    /// Defaults: rate 1; memory 10 (PyTorch: 100); strong Wolfe line search; tolerance 1e-9. One step is one iteration of PyTorch's.
    /// Equation: d = −H g by the two-loop recursion, H₀ = sᵀy / yᵀy; pairs with sᵀy ≤ 10⁻¹⁰ are left out;  p ← p + t d, t by the line
    /// search from the rate (at first from min(1, 1/‖g‖₁) rate), or, without, t itself. No step where gᵀd &gt; −tolerance.
    /// Errors: DF0902 if an option is out of range; DF0932 if no parameter is floating-point; DF0403 if the function gives more than one number.
    /// Source: Nocedal and Wright 2006, Algorithms 7.4 and 7.5, as PyTorch's LBFGS writes them.
    /// </remarks>
    let lbfgs (rate: float) (memory: int) (lineSearch: bool) (tolerance: float) : Minimizer =
        Leafwise.checkRange "lbfgs: the rate" 0.0 infinity rate
        Leafwise.checkRange "lbfgs: the tolerance" 0.0 infinity tolerance

        if memory < 1 then
            Errors.option "lbfgs: the memory" "at least 1" (string memory)

        let init parameters =
            let x = Flat.ofTree (Flat.dtype "lbfgs" parameters) parameters
            let zeros (shape: int[]) = Tensor.Constant(0.0, { x.Type with Shape = Shape.Adopt shape }, x)
            let pairs = zeros [| memory; x.Shape[0] |]

            Leafwise.state
                [
                    number "value" (zeros [||])
                    "count", Leafwise.count parameters
                    number "gradient" (zerosLike x)
                    number "step" (zerosLike x)
                    number "steps" pairs
                    number "changes" pairs
                    number "weights" (zeros [| memory |])
                    number "scale" (onesLike (zeros [||]))
                ]

        let step f (state: Params) parameters =
            let x = Flat.ofTree state["value"].DType parameters
            let f = onVector f parameters
            let value, g = valueAndGrad f x
            let first = equal state["count"] (zerosLike state["count"])
            let change, last = g - state["gradient"], state["step"]
            let curvature = dot change last
            let good = logicalAnd (logicalNot first) (greater curvature (fullLike 1e-10 curvature))
            let push (old: Tensor) (row: Tensor) = where good (concat 0 [ slice 0 1 memory old; expandDims 0 row ]) old
            let steps, changes = push state["steps"] last, push state["changes"] change
            let weights = push state["weights"] (safeReciprocal (where good curvature (zerosLike curvature)))
            let scale = where good (safeDivide curvature (dot change change)) state["scale"]

            // A place of the memory that is still empty has weight 0, and does nothing.
            let back q (s, y, w) =
                let a: Tensor = w * dot s q
                q - y * a, a

            let q, shares = scanWith { ScanOptions.Default with Reverse = true } back -g (steps, changes, weights)

            let forth r (s, y, w: Tensor, a: Tensor) = r + s * (a - w * dot y r), ()
            let d, () = scan forth (q * scale) (steps, changes, weights, shares)
            let slope = dot g d
            let one = onesLike slope
            let start = where first (minimum one (1.0 / sum (abs g))) one * rate

            let search (t: Tensor) =
                if lineSearch then
                    let phi t =
                        let value, g = valueAndGrad f (x + d * t)
                        value, dot g d

                    let from = { T = zerosLike t; F = value; S = slope }
                    LineSearch.strongWolfe tolerance phi from t (amax (abs d))
                else
                    t

            // False for NaN too: such a direction leads nowhere.
            let descends = less slope (fullLike -tolerance slope)
            let t = cond descends search zerosLike start
            let moved = where descends (d * t) (zerosLike d)

            Flat.toTree parameters (x + moved),
            Leafwise.state
                [
                    number "value" value
                    number "count" (state["count"] + 1.0)
                    number "gradient" g
                    number "step" moved
                    number "steps" steps
                    number "changes" changes
                    number "weights" weights
                    number "scale" scale
                ]

        Minimizer($"lbfgs({memory})", init, step)

    /// The z of A z = b, by conjugate gradients from 0, to a residual of min(share, √‖b‖) ‖b‖ (Nocedal and Wright 2006, Algorithm 7.1). At a
    /// direction that does not curve upwards it ends; if at once, with b.
    let private conjugateGradients (share: float) (iterations: int) (product: Tensor -> Tensor) (b: Tensor) : Tensor =
        let squares = dot b b
        let norm = sqrt squares
        let limit = square (minimum (fullLike share norm) (sqrt norm) * norm)
        let count = cast DType.Int32 (zerosLike squares)

        let body (k: Tensor, z: Tensor, r: Tensor, p: Tensor, rr: Tensor, _: Tensor) =
            let ap = product p
            let curvature = dot p ap
            let up = greater curvature (zerosLike curvature)
            let a = safeDivide rr (where up curvature (zerosLike curvature))
            let z = where up (z + p * a) (where (equal k (zerosLike k)) b z)
            let r = r - ap * a
            let rr' = dot r r
            k + onesLike k, z, r, r + p * (rr' / rr), rr', logicalOr (logicalNot up) (lessOrEqual rr' limit)

        let going (k: Tensor, _: Tensor, _: Tensor, _: Tensor, rr: Tensor, ended: Tensor) =
            let open' = logicalAnd (less k (fullLike (float iterations) k)) (logicalNot ended)
            logicalAnd open' (greater rr (zerosLike rr))

        let _, z, _, _, _, _ = whileLoop going body (count, zerosLike b, b, b, squares, less squares squares)
        z

    let private checkSolver name (damping: float) (iterations: int) =
        Leafwise.checkRange $"{name}: the damping" 0.0 infinity damping

        if iterations < 1 then
            Errors.option $"{name}: the number of iterations" "at least 1" (string iterations)

    let private init name (numbers: (string * float) list) (parameters: Params) =
        let dtype = Flat.dtype name parameters
        Leafwise.state [ for n, value in ("value", 0.0) :: numbers -> n, Leafwise.number dtype value parameters ]

    /// <summary>Newton's method with conjugate gradients: steps by products with the Hessian, and a line search.</summary>
    /// <remarks>
    /// State: value.   Defaults: damping 0; at most 100 products a step.
    /// Equation: (H + λ) d = −g by conjugate gradients, until ‖residual‖ ≤ min(½, √‖g‖) ‖g‖ or a direction with negative curvature;
    /// p ← p + t d, t the first of 1, ½, ¼, … that lowers the value enough (Armijo's rule), 0 if none of 25 does.
    /// Errors: DF0902 if an option is out of range; DF0932 if no parameter is floating-point; DF0403 if the function gives more than one number.
    /// Source: Nocedal and Wright 2006, Algorithm 7.1 (Line Search Newton–CG).
    /// </remarks>
    let newton (damping: float) (iterations: int) : Minimizer =
        checkSolver "newton" damping iterations

        let step f (state: Params) parameters =
            let x = Flat.ofTree state["value"].DType parameters
            let f = onVector f parameters
            let value, g = valueAndGrad f x
            let d = conjugateGradients 0.5 iterations (fun p -> hvp f x p + p * damping) -g
            let t = LineSearch.backtracking (fun t -> f (x + d * t)) value (dot g d)
            Flat.toTree parameters (x + d * t), Leafwise.state [ number "value" value ]

        Minimizer("newton", init "newton" [], step)

    /// The residuals of a vector of parameters, as one vector in its dtype.
    let private residuals (f: Params -> Tensor) (parameters: Params) (x: Tensor) : Tensor =
        cast x.DType (flatten (f (Flat.toTree parameters x)))

    let private half (r: Tensor) : Tensor = dot r r * 0.5

    /// The residuals at x, half their squares' sum, its gradient, and the direction (JᵀJ + λ) d = −Jᵀr.
    let private descent (iterations: int) (f: Tensor -> Tensor) (x: Tensor) (damping: Tensor) =
        let r, back = vjp f x
        let g = back r
        let product p = back (snd (jvp f x p)) + p * damping
        // Nothing curves downwards here, and a loose solution loses what the method has over the gradient: in a bent valley most steps.
        half r, g, conjugateGradients 1e-4 iterations product -g

    /// <summary>Gauss and Newton's method for least squares, with conjugate gradients and a line search.</summary>
    /// <remarks>
    /// The function gives residuals r, of any shape; half the sum of their squares is minimized, and is the state's value.
    /// State: value.   Defaults: damping 0; at most 100 products a step.
    /// Equation: (JᵀJ + λ) d = −Jᵀr by conjugate gradients, until ‖residual‖ ≤ min(10⁻⁴, √‖g‖) ‖g‖;  p ← p + t d, t as in <c>newton</c>.
    /// Errors: DF0902 if an option is out of range; DF0932 if no parameter is floating-point.
    /// Source: Nocedal and Wright 2006, section 10.3.
    /// </remarks>
    let gaussNewton (damping: float) (iterations: int) : Minimizer =
        checkSolver "gaussNewton" damping iterations

        let step f (state: Params) parameters =
            let x = Flat.ofTree state["value"].DType parameters
            let f = residuals f parameters
            let value, g, d = descent iterations f x (fullLike damping state["value"])
            let t = LineSearch.backtracking (fun t -> half (f (x + d * t))) value (dot g d)
            Flat.toTree parameters (x + d * t), Leafwise.state [ number "value" value ]

        Minimizer("gaussNewton", init "gaussNewton" [], step)

    /// Between these the damping stays: at 0 or ∞ it would stay for ever.
    let private dampings (dtype: DType) = if dtype = DType.Float16 then 1e-4, 1e4 else 1e-12, 1e12

    /// <summary>Levenberg and Marquardt's method: Gauss and Newton's, damped the more the worse a step was.</summary>
    /// <remarks>
    /// The function gives residuals, as for <c>gaussNewton</c>.
    /// State: value; damping.   Defaults: first damping 1e-3; at most 100 products a step.
    /// Equation: (JᵀJ + λ) d = −Jᵀr as in <c>gaussNewton</c>;  where ‖r(p + d)‖ is smaller p ← p + d, λ ← λ / 10; where it is the same, as at
    /// a minimum, λ ← λ / 10; else (also for NaN) λ ← 10 λ.   Bounds: λ stays between 1e-12 and 1e12 (float16: 1e-4 and 1e4), so that it can always
    /// come back; a first damping outside of them is moved to the nearer one.
    /// Errors: DF0902 if an option is out of range; DF0932 if no parameter is floating-point.
    /// Source: Marquardt 1963, with Levenberg's identity as the damped matrix.
    /// </remarks>
    let levenbergMarquardt (damping: float) (iterations: int) : Minimizer =
        checkSolver "levenbergMarquardt" damping iterations

        let step f (state: Params) parameters =
            let x = Flat.ofTree state["value"].DType parameters
            let f = residuals f parameters
            let lambda = state["damping"]
            let value, _, d = descent iterations f x lambda
            let reached = half (f (x + d))
            let better = less reached value
            // A step too small to change anything is no reason for smaller ones.
            let factor = where (lessOrEqual reached value) (fullLike 0.1 lambda) (fullLike 10.0 lambda)
            let low, high = dampings lambda.DType
            let lambda = clamp low high (lambda * factor)
            let x = where better (x + d) x
            Flat.toTree parameters x, Leafwise.state [ number "value" value; number "damping" lambda ]

        let start parameters =
            let low, high = dampings (Flat.dtype "levenbergMarquardt" parameters)
            init "levenbergMarquardt" [ "damping", Math.Clamp(damping, low, high) ] parameters

        Minimizer("levenbergMarquardt", start, step)

/// <summary>The minimizers with their defaults: <c>Minimizers.lbfgs ()</c>, <c>Minimizers.sam (Optimizers.sgd 0.1, radius = 0.1)</c>.</summary>
[<AbstractClass; Sealed>]
type Minimizers =

    /// <summary>Equation: <c>SecondOrder.lbfgs</c>.</summary>
    static member lbfgs
        (
            [<Optional; DefaultParameterValue(1.0)>] rate: float,
            [<Optional; DefaultParameterValue(10)>] memory: int,
            [<Optional; DefaultParameterValue(true)>] lineSearch: bool,
            [<Optional; DefaultParameterValue(1e-9)>] tolerance: float
        ) : Minimizer =
        SecondOrder.lbfgs rate memory lineSearch tolerance

    /// <summary>Equation: <c>SecondOrder.newton</c>.</summary>
    static member newton
        ([<Optional; DefaultParameterValue(0.0)>] damping: float, [<Optional; DefaultParameterValue(100)>] iterations: int)
        : Minimizer =
        SecondOrder.newton damping iterations

    /// <summary>The function gives residuals. Equation: <c>SecondOrder.gaussNewton</c>.</summary>
    static member gaussNewton
        ([<Optional; DefaultParameterValue(0.0)>] damping: float, [<Optional; DefaultParameterValue(100)>] iterations: int)
        : Minimizer =
        SecondOrder.gaussNewton damping iterations

    /// <summary>The function gives residuals. Equation: <c>SecondOrder.levenbergMarquardt</c>.</summary>
    static member levenbergMarquardt
        ([<Optional; DefaultParameterValue(1e-3)>] damping: float, [<Optional; DefaultParameterValue(100)>] iterations: int)
        : Minimizer =
        SecondOrder.levenbergMarquardt damping iterations

    /// <summary>Equation: <c>Minimizer.sam</c>.</summary>
    static member sam
        (
            inner: Optimizer,
            [<Optional; DefaultParameterValue(0.05)>] radius: float,
            [<Optional; DefaultParameterValue(false)>] adaptive: bool
        ) : Minimizer =
        Minimizer.sam radius adaptive inner

    /// <summary>Equation: <c>Minimizer.sophia</c>.</summary>
    static member sophia
        (
            rate: Schedule,
            key: Key,
            [<Optional; DefaultParameterValue(0.96)>] beta1: float,
            [<Optional; DefaultParameterValue(0.99)>] beta2: float,
            [<Optional; DefaultParameterValue(0.01)>] gamma: float,
            [<Optional; DefaultParameterValue(1e-12)>] epsilon: float,
            [<Optional; DefaultParameterValue(10)>] every: int,
            [<Optional; DefaultParameterValue(0.0)>] weightDecay: float
        ) : Minimizer =
        Minimizer.sophia rate beta1 beta2 gamma epsilon every weightDecay key

    /// <summary>Equation: <c>Plateau.scale</c>.</summary>
    static member reduceOnPlateau
        (
            inner: Optimizer,
            [<Optional; DefaultParameterValue(0.1)>] factor: float,
            [<Optional; DefaultParameterValue(10)>] patience: int,
            [<Optional; DefaultParameterValue(1e-4)>] threshold: float,
            [<Optional; DefaultParameterValue(0)>] cooldown: int,
            [<Optional; DefaultParameterValue(0.0)>] minimum: float
        ) : Minimizer =
        let options =
            {
                Factor = factor
                Patience = patience
                Threshold = threshold
                Cooldown = cooldown
                Minimum = minimum
            }

        Minimizer.reduceOnPlateau options inner
