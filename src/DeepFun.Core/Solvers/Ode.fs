namespace DeepFun

/// <summary>How exactly a differential equation is solved.</summary>
type OdeOptions =
    {
        /// The error allowed in a step, as a part of the value.
        RelativeTolerance: float
        /// The error allowed in a step beside it.
        AbsoluteTolerance: float
        /// The first step tried; by default one is estimated.
        FirstStep: float option
        /// The most steps, tried ones included.
        MaxSteps: int
    }

    /// <summary>Relative tolerance 1e-6, absolute 1e-8, 100 000 steps.</summary>
    static member Default = { RelativeTolerance = 1e-6; AbsoluteTolerance = 1e-8; FirstStep = None; MaxSteps = 100_000 }

namespace DeepFun.FSharp

open System
open DeepFun
open DeepFun.Backends

/// The method of Dormand and Prince of order 5 with an error estimate of order 4, on the leaves of a state.
[<RequireQualifiedAccess>]
module internal DormandPrince =

    // Dormand and Prince 1980, J. Comp. Appl. Math. 6(1), table 2: RK5(4)7M.
    let private nodes = [| 1.0 / 5.0; 3.0 / 10.0; 4.0 / 5.0; 8.0 / 9.0; 1.0; 1.0 |]

    let private stages =
        [|
            [| 1.0 / 5.0 |]
            [| 3.0 / 40.0; 9.0 / 40.0 |]
            [| 44.0 / 45.0; -56.0 / 15.0; 32.0 / 9.0 |]
            [| 19372.0 / 6561.0; -25360.0 / 2187.0; 64448.0 / 6561.0; -212.0 / 729.0 |]
            [| 9017.0 / 3168.0; -355.0 / 33.0; 46732.0 / 5247.0; 49.0 / 176.0; -5103.0 / 18656.0 |]
            [| 35.0 / 384.0; 0.0; 500.0 / 1113.0; 125.0 / 192.0; -2187.0 / 6784.0; 11.0 / 84.0 |]
        |]

    /// The result of order 5 less that of order 4.
    let private difference =
        [| 71.0 / 57600.0; 0.0; -71.0 / 16695.0; 71.0 / 1920.0; -17253.0 / 339200.0; 22.0 / 525.0; -1.0 / 40.0 |]

    let private isFloating (x: Tensor) = DTypes.IsFloating x.DType

    /// h Σ weights[j] slopes[j][i]
    let private increment (h: float) (weights: float[]) (slopes: ResizeArray<Tensor[]>) i : Tensor =
        seq { 0 .. weights.Length - 1 }
        |> Seq.filter (fun j -> weights[j] <> 0.0)
        |> Seq.map (fun j -> slopes[j][i] * (h * weights[j]))
        |> Seq.reduce (+)

    /// Leaves that are not floating-point are constants.
    let private moved h weights slopes (y: Tensor[]) : Tensor[] =
        y |> Array.mapi (fun i x -> if isFloating x then x + increment h weights slopes i else x)

    /// The root of the mean square of e over the tolerance. No derivative goes through the choice of steps.
    let private norm (o: OdeOptions) (e: Tensor[]) (before: Tensor[]) (after: Tensor[]) : float =
        let mutable total, count = 0.0, 0

        for i in 0 .. e.Length - 1 do
            if isFloating e[i] then
                let largest = maximum (abs (stopGradient before[i])) (abs (stopGradient after[i]))
                let r = stopGradient e[i] / (o.AbsoluteTolerance + o.RelativeTolerance * largest)
                total <- total + (sum (r * r)).ToDouble()
                count <- count + e[i].Size

        sqrt (total / float (max 1 count))

    /// Hairer, Nørsett and Wanner 1993, Solving Ordinary Differential Equations I, section II.4.
    let private firstStep (o: OdeOptions) (f: float -> Tensor[] -> Tensor[]) t (y: Tensor[]) (k: Tensor[]) =
        let d0, d1 = norm o y y y, norm o k y y
        let h0 = if d0 < 1e-5 || d1 < 1e-5 then 1e-6 else 0.01 * d0 / d1
        let y, k = Array.map stopGradient y, Array.map stopGradient k
        let ahead = f (t + h0) (moved h0 [| 1.0 |] (ResizeArray [ k ]) y)
        let change = Array.map2 (fun (a: Tensor) b -> if isFloating a then a - b else a) ahead k
        let d2 = norm o change y y / h0
        let h1 = if max d1 d2 <= 1e-15 then max 1e-6 (h0 * 1e-3) else (0.01 / max d1 d2) ** 0.2
        min (100.0 * h0) h1

    /// The states at the times, the first of which is y0. Steps end at each time exactly.
    let integrate operation (o: OdeOptions) (f: float -> Tensor[] -> Tensor[]) (y0: Tensor[]) (times: float[]) : Tensor[][] =
        let result = ResizeArray [ y0 ]

        if times.Length > 1 then
            let mutable t, y, k = times[0], y0, f times[0] y0
            let mutable h = o.FirstStep |> Option.defaultWith (fun () -> firstStep o f t y k)
            let mutable last, steps, rejected = 1e-4, 0, false

            for target in Seq.tail times do
                while t < target do
                    if steps = o.MaxSteps then
                        SolverErrors.steps operation t o.MaxSteps

                    steps <- steps + 1
                    let ends = t + 1.0000001 * h >= target
                    let size = if ends then target - t else h

                    // Also when h is not a number.
                    if not (ends || h > 16.0 * 2.0 ** -52.0 * abs t) then
                        SolverErrors.stepSize operation t

                    let slopes = ResizeArray [ k ]
                    let mutable next = y

                    for stage in 0..5 do
                        next <- moved size stages[stage] slopes y
                        slopes.Add(f (t + nodes[stage] * size) next)

                    let still = ResizeArray(slopes |> Seq.map (Array.map stopGradient))
                    let e = y |> Array.mapi (fun i x -> if isFloating x then increment size difference still i else x)
                    let error = norm o e y next

                    if error <= 1.0 then
                        // A controller with proportional and integral part: Hairer and Wanner 1996, volume II, section IV.2.
                        let factor = 0.9 * (max error 1e-10) ** -0.17 * last ** 0.04
                        let grown = size * max 0.2 (min (if rejected then 1.0 else 10.0) factor)
                        // A step that was cut to end at a time says little about how large the next may be.
                        h <- if ends then max h grown else grown
                        last <- max error 1e-4
                        t <- if ends then target else t + size
                        y <- next
                        k <- slopes[6]
                        rejected <- false
                    else
                        let factor = if Double.IsFinite error then max 0.2 (0.9 * error ** -0.17) else 0.1
                        h <- size * factor
                        rejected <- true

                        if h <= 16.0 * 2.0 ** -52.0 * max (abs t) 1e-290 then
                            SolverErrors.stepSize operation t

                result.Add y

        result.ToArray()

/// <summary>Solutions of ordinary differential equations, differentiable in the state at the start and in parameters.</summary>
[<AutoOpen>]
module DifferentialEquations =

    let private check operation (o: OdeOptions) (times: float[]) =
        let positive name value =
            if not (value > 0.0 && Double.IsFinite value) then
                SolverErrors.option operation name "positive and finite" value

        positive "RelativeTolerance" o.RelativeTolerance
        positive "AbsoluteTolerance" o.AbsoluteTolerance
        positive "MaxSteps" (float o.MaxSteps)
        o.FirstStep |> Option.iter (positive "FirstStep")

        if
            times.Length = 0
            || times |> Array.exists (Double.IsFinite >> not)
            || times |> Array.pairwise |> Array.exists (fun (a, b) -> not (a < b))
        then
            SolverErrors.times operation ("[" + String.Join(", ", times) + "]")

    /// Time as a tensor of the state's dtype.
    let private clock (y: Tensor[]) (t: float) : Tensor =
        let like = y |> Array.find (fun x -> DTypes.IsFloating x.DType)
        Tensor.Constant(t, { Shape = Shape.Scalar; DType = like.DType }, like)

    let private like operation (y: 'y) (dy: 'y) =
        let ys, ds = Tree.leaves y, Tree.leaves dy
        let text (xs: Tensor[]) = String.Join(", ", xs |> Array.map (fun x -> string x.Type))

        if ys.Length <> ds.Length || not (Array.forall2 (fun (a: Tensor) (b: Tensor) -> a.Type.Same b.Type) ys ds) then
            SolverErrors.result operation (text ys) (text ds)

        ds

    let private stacked (y: 'y) (states: Tensor[][]) : 'y = Tree.rebuild y (Array.transpose states |> Array.map (stack 0))

    let private solution operation o (f: Tensor -> 'y -> 'y) (y0: 'y) times : 'y =
        let field t ys = let y = Tree.rebuild y0 ys in like operation y (f (clock ys t) y)
        DormandPrince.integrate operation o field (Tree.leaves y0) times |> stacked y0

    /// <summary>
    /// The states y(t) at the times, where y′ = f t y and y(times[0]) = y0, by adaptive steps of order 5. Derivatives of every mode and order go
    /// through the steps, by y0 and by all that f closes over.
    /// </summary>
    /// <remarks>
    /// Shape: y0 any tree; t a scalar of its dtype; f t y is like y. Result: a tree like y0, its tensors [number of times, shape…].
    /// Times ascend; steps end at each exactly. The steps are chosen by the values alone: the error of derivatives is not controlled, the choice
    /// is not differentiated. Values are read, so it cannot be traced or mapped by vmap (DF0402): give a batch as one state. Reverse mode keeps
    /// all steps; <c>odeintAdjoint</c> does not.
    /// Source: Dormand and Prince 1980; Hairer, Nørsett and Wanner 1993, section II.4. Deviation: no dense output.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0461 f t y is not like y; DF0462 bad times; DF0463 the step became too small; DF0464 too many steps; DF0465 a bad option; DF0404 y0 is not floating-point.
    /// </exception>
    let odeintWith (o: OdeOptions) (f: Tensor -> 'y -> 'y) (y0: 'y) (times: float seq) : 'y =
        let times = Array.ofSeq times
        check "odeint" o times
        checkFloating "odeint" y0
        solution "odeint" o f y0 times

    /// <summary>As <c>odeintWith</c>, with the default options.</summary>
    let odeint (f: Tensor -> 'y -> 'y) (y0: 'y) (times: float seq) : 'y = odeintWith OdeOptions.Default f y0 times

    /// The cotangents of p and y0, from those of the states: the adjoint equation from the last time to the first.
    let private adjoint o (f: 'p -> Tensor -> 'y -> 'y) (y0: 'y) (times: float[]) (p: 'p, states: 'y) (cotangents: 'y) : 'p * 'y =
        let states, cotangents = Tree.leaves states, Tree.leaves cotangents
        let n, m = states.Length, (Tree.leaves p).Length
        let at index (xs: Tensor[]) = xs |> Array.map (item 0 index)
        let add (a: Tensor) (b: Tensor) = if DTypes.IsFloating a.DType then a + b else a

        // Time runs backwards: s = −t, (y, a, g)′ = (−f, aᵀ ∂f/∂y, aᵀ ∂f/∂p).
        let field s (all: Tensor[]) =
            let ys, cts = all[.. n - 1], all[n .. 2 * n - 1]
            let dy, back = vjp (fun (p, y) -> f p (clock ys -s) y) (p, Tree.rebuild y0 ys)
            let dp, da = back (Tree.rebuild dy cts)
            Array.concat [ Tree.leaves dy |> Array.map (fun d -> -d); Tree.leaves da; Tree.leaves dp ]

        let mutable a = at (times.Length - 1) cotangents
        let mutable g = Tree.leaves p |> Array.map zerosLike

        for i in times.Length - 1 .. -1 .. 1 do
            let start = Array.concat [ at i states; a; g ]
            let ended = (DormandPrince.integrate "odeintAdjoint" o field start [| -times[i]; -times[i - 1] |])[1]
            a <- Array.map2 add ended[n .. 2 * n - 1] (at (i - 1) cotangents)
            g <- ended[2 * n .. 2 * n + m - 1]

        Tree.rebuild p g, Tree.rebuild y0 a

    /// <summary>
    /// As <c>odeintWith</c>, for y′ = f p t y; reverse mode integrates the adjoint equation backwards instead of keeping the steps, so its memory
    /// does not grow with their number. Derivatives by p and y0 only: f must not close over what is differentiated.
    /// </summary>
    /// <remarks>
    /// Shape: p any tree; the rest as in <c>odeintWith</c>. Equation: a′ = −aᵀ ∂f/∂y, dL/dp = ∫ aᵀ ∂f/∂p dt; the state starts again from its
    /// value at each time. Forward mode goes through the steps. The error of the cotangents is controlled by the same tolerances.
    /// Source: Pontryagin et al. 1962; Chen et al. 2018, arXiv:1806.07366, algorithm 1.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">As <c>odeintWith</c>.</exception>
    let odeintAdjointWith (o: OdeOptions) (f: 'p -> Tensor -> 'y -> 'y) (p: 'p) (y0: 'y) (times: float seq) : 'y =
        let times = Array.ofSeq times
        check "odeintAdjoint" o times
        checkFloating "odeintAdjoint" y0
        let plain (p, y0) = solution "odeintAdjoint" o (f p) y0 times

        let rec ruled x =
            let forward (p, y0) =
                let states = ruled (p, y0)
                states, (p, states)

            customRules plain (jvp plain) forward (adjoint o f y0 times) x

        ruled (p, y0)

    /// <summary>As <c>odeintAdjointWith</c>, with the default options.</summary>
    let odeintAdjoint (f: 'p -> Tensor -> 'y -> 'y) (p: 'p) (y0: 'y) (times: float seq) : 'y =
        odeintAdjointWith OdeOptions.Default f p y0 times
