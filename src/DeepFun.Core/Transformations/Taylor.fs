namespace DeepFun.FSharp

open DeepFun

/// <summary>
/// Derivatives of any order along a curve, by Taylor mode: truncated power series go through every operation. The cost grows with the
/// square of the order (with the cube where powers of moving bases, Γ and its derivatives or decompositions of matrices come in, with the fourth
/// power at gamma samples, with the sixth where parameters of the incomplete beta function move), where nested forward mode doubles with each order.
/// Works over trees, nests with every other transformation.
/// </summary>
/// <remarks>
/// At a kink the branch that the value takes is followed, so that all derivatives are those of that branch; where two branches tie, as for
/// the first derivative (<c>jvp</c>). Source: Griewank and Walther 2008, chapter 13; Bettencourt, Johnson and Duvenaud 2019.
/// </remarks>
[<AutoOpen>]
module TaylorMode =

    /// Normalized coefficients of the leaves in (by order, without the value), of the results out.
    let private propagate operation (order: int) (f: 'a -> 'b) (x: 'a) (coefficients: Tensor[][]) : 'b[] =
        if order < 0 then
            JetErrors.order operation order

        let xs = Tree.leaves x
        let level = JetInterpreter(Interpreter.NextLevel(), order, rootOf operation x xs)

        let out =
            try
                f (
                    xs
                    |> Array.mapi (fun i x -> level.Make(Array.init (order + 1) (fun k -> if k = 0 then x else coefficients[k - 1][i])))
                    |> Tree.rebuild x
                )
            finally
                level.Closed <- true

        let ys = Tree.leaves out |> Array.map level.Split
        Array.init (order + 1) (fun k -> ys |> Array.map (fun y -> if isNull y[k] then zerosLike y[0] else y[k]) |> Tree.rebuild out)

    let private derivatives (coefficients: 'b[]) : 'b[] =
        let times k (c: Tensor) : Tensor = if DTypes.IsFloating c.DType then c * JetElementwise.factorial k else c
        coefficients |> Array.mapi (fun k y -> if k < 2 then y else Tree.map (times k) y)

    /// The direction dx alone: x + t dx.
    let private line (order: int) (dx: Tensor[]) : Tensor[][] =
        Array.init (max 0 order) (fun k -> if k = 0 then dx else Array.map (fun _ -> null) dx)

    let private ones (x: 'a) = Tree.leaves x |> Array.map (fun t -> if DTypes.IsFloating t.DType then onesLike t else null)

    /// <summary>
    /// The Taylor coefficients c₀ … c_order of t ↦ f(x + t): f(x + t) = c₀ + c₁ t + c₂ t² + …; every floating-point element of x moves by t.
    /// For a function of one number, or one that acts on each element alone, cₖ = f⁽ᵏ⁾(x) / k!.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0450 a negative order.</exception>
    let taylor (f: 'a -> 'b) (x: 'a) (order: int) : 'b[] = propagate "taylor" order f x (line order (ones x))

    /// <summary>
    /// The value and the derivatives 1 to order of t ↦ f(x + t) at 0, not divided by factorials; every floating-point element of x moves by t.
    /// For a function of one number, or one that acts on each element alone: f(x), f′(x), …, f⁽ᵒʳᵈᵉʳ⁾(x).
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0450 a negative order.</exception>
    let jet (f: 'a -> 'b) (x: 'a) (order: int) : 'b[] = propagate "jet" order f x (line order (ones x)) |> derivatives

    /// <summary>The value and the derivatives 1 to order of t ↦ f(x + t dx) at 0; dx has the structure, shapes and dtypes of x.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0450 a negative order; DF0302 or DF0405 if dx does not match x.</exception>
    let jetAlong (f: 'a -> 'b) (x: 'a) (dx: 'a) (order: int) : 'b[] =
        let _, ds = pair "jetAlong" x dx
        propagate "jetAlong" order f x (line order ds) |> derivatives

    /// <summary>
    /// Series in, series out: the value and the derivatives at 0 of t ↦ f(x(t)) for the curve with x(0) = x whose derivatives 1, 2, … are
    /// given. Derivatives on both sides, not divided by factorials, so that the results of one call can be the operands of another.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if a derivative does not match x.</exception>
    let jetSeries (f: 'a -> 'b) (x: 'a) (series: 'a seq) : 'b * 'b[] =
        let coefficients =
            series
            |> Seq.mapi (fun i dx ->
                let _, ds = pair "jetSeries" x dx
                let divisor = JetElementwise.factorial (i + 1)
                ds |> Array.map (fun d -> if divisor = 1.0 || not (DTypes.IsFloating d.DType) then d else d / divisor))
            |> Array.ofSeq

        let all = propagate "jetSeries" coefficients.Length f x coefficients |> derivatives
        all[0], all[1..]
