namespace DeepFun.FSharp

open System
open DeepFun

/// <summary>
/// Functions with derivatives of one's own, over trees. The rules are ordinary functions: they are differentiated for higher orders, batched
/// and traced like any other.
/// </summary>
[<AutoOpen>]
module CustomRule =

    /// The leaves of a rule's result, which must be like those of the value that it belongs to.
    let private like name rule (value: 'T) (came: 'T) : Tensor[] =
        let values, tangents = Tree.leaves value, Tree.leaves came
        let text (xs: Tensor[]) = String.Join(", ", xs |> Array.map (fun x -> string x.Type))

        if values.Length <> tangents.Length then
            ControlErrors.ruleResult name rule (Tree.structure value) (Tree.structure came)

        if not (Array.forall2 (fun (x: Tensor) (d: Tensor) -> x.Type.Same d.Type) values tangents) then
            ControlErrors.ruleResult name rule (text values) (text tangents)

        tangents

    let private call
        name
        isSought
        (f: 'a -> 'b)
        (jvp: ('a -> 'a -> 'b * 'b) option)
        (vjp: (('a -> 'b * 'r) * ('r -> 'b -> 'a)) option)
        (x: 'a)
        : 'b =
        let xs = Tree.leaves x

        if xs.Length = 0 then
            Errors.treeEmpty name (Tree.structure x)

        // The result's structure, from whichever of the functions ran.
        let result = ref Unchecked.defaultof<'b>

        let leaves y =
            result.Value <- y
            Tree.leaves y

        let forward rule (xs: Tensor[]) (dxs: Tensor[]) : struct (Tensor[] * Tensor[]) =
            let y, dy = rule (Tree.rebuild x xs) (Tree.rebuild x dxs)
            struct (leaves y, like name "the tangent must be like the value" y dy)

        let reverse (first, second) (xs: Tensor[]) : struct (Tensor[] * Tensor[] * (Tensor[] -> Tensor[] -> Tensor[])) =
            let y, residual = first (Tree.rebuild x xs)

            let back (residuals: Tensor[]) (cts: Tensor[]) =
                second (Tree.rebuild residual residuals) (Tree.rebuild y cts) |> like name "the cotangent must be like the argument" x

            struct (leaves y, Tree.leaves residual, back)

        let ruled =
            {
                Name = name
                Constants = 0
                IsSought = isSought
                Run = Tree.rebuild x >> f >> leaves
                Jvp = jvp |> Option.map forward
                Vjp = vjp |> Option.map reverse
            }

        let ys = (Tensor.Top xs).Call(ruled, xs)
        Tree.rebuild result.Value ys

    /// <summary>f, with a forward derivative of one's own: rule x dx gives f x and its tangent, which must be linear in dx.</summary>
    /// <remarks>
    /// Reverse mode transposes the rule's lines. What f closes over is differentiated through f as usual. Integer leaves have tangents of
    /// zeros.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0407 or DF0417 the rule is not linear in dx; DF0416 the tangent is not like the value; DF0418 in a trace, the rule calls its own
    /// function.
    /// </exception>
    let customJvp (f: 'a -> 'b) (rule: 'a -> 'a -> 'b * 'b) : 'a -> 'b =
        call "customJvp" false f (Some rule) (None: (('a -> 'b * unit) * (unit -> 'b -> 'a)) option)

    /// As customJvp, for an f that looks for its result until it is good enough.
    let internal soughtWithJvp (f: 'a -> 'b) (rule: 'a -> 'a -> 'b * 'b) : 'a -> 'b =
        call "customJvp" true f (Some rule) (None: (('a -> 'b * unit) * (unit -> 'b -> 'a)) option)

    /// <summary>
    /// f, with a reverse derivative of one's own: forward x gives f x and what the way back needs (any tree), backward takes that and the
    /// cotangent of f x and gives the cotangent of x.
    /// </summary>
    /// <remarks>
    /// Forward mode transposes backward, which must then be linear in the cotangent; so it must in the bodies of scan, forLoop, whileLoopBounded, cond,
    /// switch and checkpoint, which reverse mode differentiates forward before it turns them. Elsewhere reverse mode takes any rule. What backward needs of the arguments must come through
    /// forward's second result; what f closes over is differentiated through forward as usual. Taylor mode (<c>jet</c>) differentiates f's own
    /// lines.
    /// </remarks>
    /// <exception cref="T:DeepFun.DeepFunException">
    /// DF0407 forward mode or one of these bodies, and backward is not linear; DF0416 the cotangent is not like the argument; DF0418 in a trace, a rule calls its
    /// own function.
    /// </exception>
    let customVjp (f: 'a -> 'b) (forward: 'a -> 'b * 'r) (backward: 'r -> 'b -> 'a) : 'a -> 'b =
        call "customVjp" false f None (Some(forward, backward))

    /// <summary>f, with both derivatives of one's own, as in <c>customJvp</c> and <c>customVjp</c>: each mode uses its own.</summary>
    /// <exception cref="T:DeepFun.DeepFunException">As <c>customJvp</c> and <c>customVjp</c>.</exception>
    let customRules (f: 'a -> 'b) (rule: 'a -> 'a -> 'b * 'b) (forward: 'a -> 'b * 'r) (backward: 'r -> 'b -> 'a) : 'a -> 'b =
        call "customRules" false f (Some rule) (Some(forward, backward))

    /// <summary>
    /// f, of which reverse mode keeps only the arguments (and what f closes over), and computes the rest again on the way back: less memory, more
    /// time. Source: Griewank and Walther 2000, ACM TOMS 26(1), algorithm 799.
    /// </summary>
    /// <remarks>f is traced, so values cannot be read in it (DF0402).</remarks>
    let checkpoint (f: 'a -> 'b) : 'a -> 'b =
        fun x ->
            let xs = Tree.leaves x

            if xs.Length = 0 then
                Errors.treeEmpty "checkpoint" (Tree.structure x)

            let root = xs[0].Interpreter.Root
            let result = ref Unchecked.defaultof<'b>

            let run (_: Interpreter) args =
                result.Value <- f (Tree.rebuild x args)
                Tree.leaves result.Value

            let struct (g, closedOver) = Trace.lift root run (xs |> Array.map _.Type)
            let ys = Graph.apply root (Block.Checkpoint g) (Array.append closedOver xs)
            Tree.rebuild result.Value ys
