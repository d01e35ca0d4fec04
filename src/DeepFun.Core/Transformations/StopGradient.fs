namespace DeepFun.FSharp

open DeepFun

/// <summary>Values held constant in one derivative of several that are nested.</summary>
[<AutoOpen>]
module StopGradients =

    /// The innermost derivative that a value takes part in.
    let rec private innermost (t: Tensor) : Interpreter option =
        match t with
        | :? Dual as d -> Some d.Interpreter
        | :? JetTensor as j -> Some j.Interpreter
        | :? Batched as b -> innermost b.Value
        | _ -> None

    /// t without its tangent, or its series, at one level.
    let rec private without (target: Interpreter) (t: Tensor) : Tensor =
        match t with
        | _ when t.Interpreter.Level < target.Level -> t
        | :? Dual as d when obj.ReferenceEquals(d.Interpreter, target) -> d.Primal
        | :? Dual as d ->
            match d.Tangent with
            // What is recorded was computed with values of the outer level, and cannot be taken back.
            | :? Linear -> DerivativeErrors.stopThrough "differentiated in reverse mode"
            | tangent -> (d.Interpreter :?> JvpInterpreter).Make(without target d.Primal, without target tangent)
        | :? JetTensor as j when obj.ReferenceEquals(j.Interpreter, target) -> j.Coefficients[0]
        | :? JetTensor as j ->
            let inside = j.Coefficients |> Array.map (fun c -> if isNull c then null else without target c)
            (j.Interpreter :?> JetInterpreter).Make inside
        | :? Batched as b -> (b.Interpreter :?> VmapInterpreter).Make(without target b.Value)
        | _ -> DerivativeErrors.stopThrough t.Interpreter.Name

    /// <summary>
    /// The value, held constant in one derivative only: the innermost one that the argument takes part in, which is the derivative whose
    /// function got that argument. Every other derivative passes; <c>stopGradient</c> stops them all.
    /// </summary>
    /// <remarks>
    /// In <c>grad (fun x -> grad (fun y -> sum (stopGradientOf y (x * y))) y0)</c> the inner gradient is 0, and
    /// <c>grad (fun x -> sum (stopGradientOf y (x * y)))</c> with a y that is not differentiated gives y: nothing is stopped.
    /// The level of a transformation is what tells derivatives apart (see ARCHITECTURE.md): the value loses its tangent at the argument's level, and
    /// keeps those of lower (outer) and higher (inner) ones. Both may be trees.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0438 the derivative to be stopped is an outer one, and the value is differentiated by reverse mode or traced inside of it.
    /// </exception>
    let stopGradientOf (argument: 'a) (value: 'b) : 'b =
        match Tree.leaves argument |> Array.choose innermost with
        | [||] -> value
        | levels -> Tree.map (without (Array.maxBy (fun (i: Interpreter) -> i.Level) levels)) value
