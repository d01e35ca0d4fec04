namespace DeepFun.FSharp

open DeepFun

/// <summary>The operation that made a value which is not finite.</summary>
[<AutoOpen>]
module NonFiniteChecks =

    /// A NaN that an argument brings.
    let private brought (paths: string[]) (xs: Tensor[]) : NonFinite =
        match xs |> Array.tryFindIndex (fun x -> Elements.hasNaN (Elements.data x)) with
        | None -> null
        | Some i ->
            let name = if paths[i] = "" then "the argument" else $"the argument '{paths[i]}'"
            NonFinite(ComputationPass.Forward, name, true, 0, [||], Elements.broken xs[i], "")

    let private watch (f: 'a -> 'b) (x: 'a) : NonFinite =
        let paths, xs = Array.unzip (Tree.paths x)
        let root = rootOf "checkNaN" x xs

        if xs |> Array.exists (fun t -> isNull (Elements.data t)) then
            Errors.abstractValue "it is being traced into a graph"

        let under pass (run: WatchInterpreter -> 'a -> unit) : NonFinite =
            let level = WatchInterpreter(Interpreter.NextLevel(), root, pass)
            let known (t: Tensor) = let t = Elements.data t in Elements.hasNaN t, Elements.hasInfinity t

            try
                run level (Tree.rebuild x (xs |> Array.map (fun t -> level.Make(t, fst (known t), snd (known t)))))
            finally
                level.Closed <- true

            level.Found

        let derivative (level: WatchInterpreter) x =
            let y, back = linearized "checkNaN" f x

            if isNull level.Found then
                level.Begin ComputationPass.Backward

                Tree.leaves y
                |> Array.map (fun t -> if isFloating t then level.Make(onesLike t, false, false) else null)
                |> back
                |> ignore

        match brought paths xs with
        | null ->
            match under ComputationPass.Forward (fun _ x -> f x |> ignore) with
            | null when xs |> Array.exists isFloating -> under ComputationPass.Derivative derivative
            | found -> found
        | found -> found

    /// <summary>
    /// The first operation of f at x, or of its derivative by reverse mode, that makes a NaN or an infinity out of finite values; None if all
    /// are finite. Runs f twice, and looks at every value: for searching, not for every step.
    /// </summary>
    /// <remarks>
    /// What depends on x is watched; a captured value is looked at where it meets something that does, so pass parameters as part of x. An infinity that
    /// comes in, such as a mask of −∞, is no finding; a NaN made from it is. The backward pass starts from ones for every floating-point result of f.
    /// f may differentiate itself (<c>checkNaN (grad loss) w</c>), map and nest; checkNaN may stand inside of grad, jvp and vmap. Loops and
    /// custom rules are watched line by line.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0301 or DF0303 x holds no tensor; DF0402 x is being traced.</exception>
    let checkNaN (f: 'a -> 'b) (x: 'a) : NonFinite option = Option.ofObj (watch f x)

    /// <summary>f x, of which every value, and every value of whose derivative, is finite.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0441 an operation makes a NaN or an infinity; otherwise as checkNaN.</exception>
    let assertFinite (f: 'a -> 'b) (x: 'a) : 'b =
        match checkNaN f x with
        | Some found -> DerivativeErrors.notFinite (string found)
        | None -> f x
