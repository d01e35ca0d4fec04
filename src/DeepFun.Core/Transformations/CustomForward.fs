namespace DeepFun

open DeepFun.Backends

/// The user's derivative as a forward derivative: values and tangents of a function's results. A forward rule is called; of a reverse
/// rule, the tape keeps the backward half, and any other tangent goes through its transpose. So one rule gives both modes.
[<RequireQualifiedAccess>]
module internal CustomForward =

    /// The tape on which a tangent is not known yet; null if all are values.
    let private tapeOf (tangents: Tensor[]) : Tape =
        tangents
        |> Array.tryPick (fun d ->
            match d with
            | :? Linear as node -> Some(node.Interpreter :?> Tape)
            | _ -> None)
        |> Option.toObj

    let private zero (x: Tensor) : Tensor = Tensor.Constant(0.0, x.Type, x)

    /// dual runs a function at a level of its own on values and tangents.
    let private forward dual root name rule (operands: Tensor[]) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let tape = tapeOf ds

        if not (isNull tape) then
            let unknown (x: Tensor) : Tensor = if DTypes.IsFloating x.DType then tape.Zero x.Type else zero x
            let struct (ys, dys) = rule operands (Array.map2 (fun x d -> if isNull d then unknown x else d) xs ds)

            let linear (d: Tensor) =
                if not (isNull (tape.Find d)) then
                    d
                else
                    if Graph.isKnown d && DTypes.IsFloating d.DType && d.ToDoubles() |> Array.exists (fun v -> v <> 0.0) then
                        ControlErrors.ruleNotLinear name

                    null

            struct (ys, Array.map linear dys)
        elif ds |> Array.forall (fun d -> isNull d || Graph.isKnown d) then
            rule operands (Array.map2 (fun x d -> if isNull d then zero x else d) xs ds)
        else
            // A trace may be put on a tape later. The rule is its own derivative, along which zeros stay symbolic.
            let both ds =
                let struct (ys, dys) = rule operands ds
                Array.append ys dys

            let struct (values: Tensor[], tangents: Tensor[]) = dual root both (Array.map zero xs) ds
            let count = values.Length / 2
            struct (values[.. count - 1], tangents[count..])

    let private reverse root name rule (operands: Tensor[]) (xs: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let struct (ys: Tensor[], residuals, back) = rule operands
        let complete cts = Array.map2 (fun y ct -> if isNull ct then zero y else ct) ys cts
        let tape = tapeOf ds

        if not (isNull tape) then
            let operands = Array.map2 (fun x d -> if isNull d then x else d) xs ds
            struct (ys, tape.RecordMany(operands, ys |> Array.map _.Type, complete >> back residuals))
        else
            let tape = Tape(Interpreter.NextLevel(), root)
            let cts = ys |> Array.map (fun y -> if DTypes.IsFloating y.DType then tape.Input y.Type else null)

            let given: Tensor[] =
                try
                    complete (cts |> Array.map (fun ct -> ct :> Tensor)) |> back residuals
                with :? DeepFunException as e when e.Code = "DF0407" ->
                    ControlErrors.reverseNotLinear name e

            let floating = cts |> Array.map (isNull >> not)
            let found = Transpose.backward tape.Count (given |> Array.map tape.Find) ds (Flags.pick floating cts)
            struct (ys, Flags.spread floating found)

    /// Values and tangents (null: zero). operands: the constants and the values xs; ds: the tangents of xs.
    let apply dual (root: Interpreter) (f: RuledFunction<Tensor>) (operands: Tensor[]) (ds: Tensor[]) : struct (Tensor[] * Tensor[]) =
        let xs = operands[f.Constants ..]

        match f.Vjp, f.Jvp with
        | Some rule, None -> reverse root f.Name rule operands xs ds
        | Some rule, Some _ when not (isNull (tapeOf ds)) -> reverse root f.Name rule operands xs ds
        | _, Some rule -> forward dual root f.Name rule operands xs ds
        | None, None ->
            // Without a rule: line by line.
            dual root (fun xs -> f.Run(Array.append operands[.. f.Constants - 1] xs)) xs ds

    /// Whether a result belongs to a higher level than everything that came in.
    let escapes (level: int64) (operands: Tensor[]) (tangents: Tensor[]) (ys: Tensor[]) (dys: Tensor[]) : bool =
        let top values = values |> Array.fold (fun m (x: Tensor) -> if isNull x then m else max m x.Interpreter.Level) level
        top (Array.append ys dys) > max (top operands) (top tangents)
