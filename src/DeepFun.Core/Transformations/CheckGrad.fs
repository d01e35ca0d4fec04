namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>Derivatives compared with finite differences and complex steps, for custom rules and for doubts.</summary>
[<AutoOpen>]
module GradChecks =

    /// Half of the numbers that a precision has is what differences of this order keep, with a margin for values that are not near 1.
    let private toleranceOf (dtype: DType) =
        match dtype with
        | DType.Float64 -> 1e-7
        | DType.Float32 -> 2e-3
        | DType.Float16 -> 5e-2
        | _ -> 2e-1

    /// Fixed numbers between 0.5 and 1.5, so that no result vanishes and a run can be repeated; a single number counts 1.
    let private weightsLike (seed: int) (t: Tensor) : float[] =
        let random = Random(seed + 31 * t.Size)
        if t.Size = 1 then [| 1.0 |] else Array.init t.Size (fun _ -> 0.5 + random.NextDouble())

    let private asTensor (like: Tensor) (values: float[]) : Tensor = Tensor.ofArray like.Shape values |> cast like.DType

    /// The weights of each result, as tensors; null for what has no derivative.
    let private cotangents (ys: Tensor[]) : Tensor[] =
        ys |> Array.mapi (fun i y -> if isFloating y then asTensor y (weightsLike i y) else null)

    /// The weighted sum of the results, in double precision; and that of their magnitudes.
    let private weighted (ys: Tensor[]) : struct (float * float) =
        let mutable total, size = 0.0, 0.0

        for i in 0 .. ys.Length - 1 do
            if not (isNull ys[i]) && isFloating ys[i] then
                Array.iter2
                    (fun w v ->
                        total <- total + w * v
                        size <- size + abs (w * v))
                    (weightsLike i ys[i])
                    (ys[i].ToDoubles())

        struct (total, size)

    let private value (ys: Tensor[]) = let struct (v, _) = weighted ys in v

    /// Σ w f(x) by the k-th number of leaf j: central differences at h and 2h, which together are off by h⁴.
    let private difference step (f: 'a -> Tensor[]) (x: 'a) j k : float =
        let quotient steps =
            let low, high, width = FiniteDifference.neighbours 3 step steps x j k
            (value (f high) - value (f low)) / width.ToDouble()

        (4.0 * quotient 1.0 - quotient 2.0) / 3.0

    /// Each tangent given or zero, for what f gives.
    let private tangents (f: 'a -> Tensor[]) (ds: Tensor[]) (x: 'a) : Tensor[] = pushed "checkGrad" f x ds |> snd

    let private backwards (f: 'a -> Tensor[]) (x: 'a) : Tensor[] =
        let ys, back = linearized "checkGrad" f x
        Tree.leaves (back (cotangents ys))

    /// The fixed direction of forward derivatives.
    let private directions (xs: Tensor[]) : Tensor[] =
        xs |> Array.mapi (fun j t -> if isFloating t then asTensor t (weightsLike (j + 1000) t) else null)

    /// What complex steps of this size may differ by is rounding alone.
    let private complexTolerance = 1e-12

    /// Why no complex step is tried: the option, or a dtype with too few digits; None if it is tried.
    let private withoutComplexSteps (options: GradCheckOptions) (tensors: Tensor[]) : string option =
        if not options.ComplexSteps then
            Some "they were not asked for"
        else
            tensors
            |> Array.tryFind (fun t -> isFloating t && t.DType <> DType.Float64)
            |> Option.map (fun t -> $"they need float64, and there is {DTypes.Name t.DType}")

    /// Σ w f′(x) by the one number that ds names, and what it may be off by relative to 1; or why there is none.
    let private complexStep (f: 'a -> Tensor[]) (x: 'a) (ds: Tensor[]) : Result<struct (float * float), string> =
        match ComplexStep.along f x ds with
        | Error why -> Error why
        | Ok slopes ->
            let struct (slope, size) = weighted slopes
            if Double.IsFinite slope then Ok(struct (slope, size)) else Error "they are not finite here"

    /// How many derivatives were compared with finite differences, with complex steps, and why not more of these; and what differs.
    type private Comparison =
        {
            Compared: int
            ComplexSteps: int
            Without: string option
            Found: GradMismatch list
        }

        static member Join(a: Comparison, b: Comparison) =
            {
                Compared = a.Compared + b.Compared
                ComplexSteps = a.ComplexSteps + b.ComplexSteps
                Without = Option.orElse b.Without a.Without
                Found = a.Found @ b.Found
            }

    let private compare (options: GradCheckOptions) (modes: string list) (f: 'a -> Tensor[]) (x: 'a) : Comparison =
        let paths, xs = Array.unzip (Tree.paths x)
        let ys = f x
        let struct (_, size) = weighted ys
        let all = Array.append xs ys
        let coarsest = all |> Array.filter isFloating |> Array.map (fun t -> toleranceOf t.DType) |> Array.max
        let within = defaultArg options.Tolerance
        let reverse = backwards f x
        let mutable compared = 0
        let mutable complexSteps = 0
        let mutable without = withoutComplexSteps options all

        let mismatches =
            [
                for j in 0 .. xs.Length - 1 do
                    let t = xs[j]
                    let count = if isFloating t then min t.Size options.Elements else 0

                    for n in 0 .. count - 1 do
                        let k = int (int64 n * int64 t.Size / int64 count)
                        let unit = Array.init t.Size (fun i -> if i = k then 1.0 else 0.0)
                        let ds: Tensor[] = Array.init xs.Length (fun i -> if i = j then asTensor t unit else null)
                        let expected = difference options.Step f x j k
                        let forward = value (tangents f ds x)
                        let exact = if without.IsNone then complexStep f x ds else Error without.Value

                        for mode, derivative in [ "forward", forward; "reverse", reverse[j].ToDoubles()[k] ] do
                            let differs byComplexStep tolerance (other: float) (size: float) =
                                let allowed = tolerance * List.max [ 1.0; abs other; abs derivative; size ]
                                let place = Format.place t.Shape k

                                if abs (derivative - other) <= allowed then
                                    None
                                else
                                    Some(GradMismatch(mode :: modes, paths[j], place, derivative, byComplexStep, other, allowed))

                            compared <- compared + 1

                            match differs false (within coarsest) expected size, exact with
                            | Some mismatch, _ -> mismatch
                            // A derivative that a difference finds wrong is not told twice.
                            | None, Ok(struct (slope, slopes)) ->
                                complexSteps <- complexSteps + 1
                                yield! differs true (within complexTolerance) slope (max size slopes) |> Option.toList
                            | None, Error why -> without <- Some why
            ]

        { Compared = compared; ComplexSteps = complexSteps; Without = without; Found = mismatches }

    let rec private ascend (options: GradCheckOptions) (modes: string list) (f: 'a -> Tensor[]) (x: 'a) : Comparison =
        let found = compare options modes f x

        // Higher orders of a wrong derivative are wrong, too, and would bury it.
        if modes.Length + 1 >= options.Order || not found.Found.IsEmpty then
            found
        else
            let forward = ascend options ("forward" :: modes) (tangents f (directions (Tree.leaves x))) x
            let reverse = ascend options ("reverse" :: modes) (backwards f) x
            [ forward; reverse ] |> List.fold (fun a b -> Comparison.Join(a, b)) found

    /// <summary>
    /// Compares the derivatives of f at x with finite differences, and with complex steps where they apply: forward and reverse mode, and from order 2
    /// on every sequence of both. Names the tensor and the element that differ.
    /// </summary>
    /// <remarks>
    /// What is compared: the derivatives of a sum of all results with fixed weights, by each element of x. The difference is taken at h and 2h around
    /// x, together off by h⁴; a kink within 2h is found as a mismatch. A derivative of order n is compared with the difference of that of order n − 1.
    /// Complex steps: f′(x) v = Im f(x + i h v) / h with h = 1e-20, which no difference cancels, so that 1e-12 is asked for. f is run on pairs of real
    /// and imaginary parts, custom rules by the function itself. They apply in float64, unless f uses the decompositions eigh, eig, svd and pinv, incomplete
    /// gamma and beta functions, polygamma, scatterMax, samples, solvers of equations, or a cast to fewer digits; comparisons, extrema, |x|, rounding and sorting go by the real
    /// parts. The report says how many were compared, and why not all. Source: Squire and Trapp 1998; Martins, Sturdza and Alonso 2003.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0404 nothing in x is floating-point; DF0431 an order below 1; DF0439 a step that is not greater than 0; DF0402 values that cannot be read.
    /// </exception>
    let checkGradWith (options: GradCheckOptions) (f: 'a -> 'b) (x: 'a) : GradReport =
        if options.Order < 1 then
            DerivativeErrors.order "checkGrad" options.Order

        FiniteDifference.check options.Step
        checkFloating "checkGrad" x
        let found = ascend options [] (f >> Tree.leaves) x
        let mismatches = Array.ofList found.Found |> Array.sortBy _.Order
        GradReport(options.Order, found.Compared, found.ComplexSteps, defaultArg found.Without "", mismatches)

    /// <summary>As <c>checkGradWith</c>, up to this order, with the steps and tolerances of the dtypes.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0404 nothing in x is floating-point; DF0431 an order below 1.</exception>
    let checkGrad (order: int) (f: 'a -> 'b) (x: 'a) : GradReport = checkGradWith { GradCheckOptions.Default with Order = order } f x

    let internal assertReport (report: GradReport) : unit =
        if not report.Passed then
            DerivativeErrors.wrongDerivative (string report)

    /// <summary>As <c>checkGrad</c>; a difference is an error.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0440 a derivative differs from its finite difference; otherwise as checkGrad.</exception>
    let assertGrad (order: int) (f: 'a -> 'b) (x: 'a) : unit = assertReport (checkGrad order f x)
