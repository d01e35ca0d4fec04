namespace DeepFun.FSharp

open DeepFun
open DeepFun.Backends

/// <summary>Derivatives and linear functions as linear maps: to apply again and again, and to transpose.</summary>
[<AutoOpen>]
module LinearMaps =

    /// A linear function of unknown leaves recorded on a tape, and its transpose: from cotangents to those of the unknowns.
    let private transposed (root: Interpreter) (f: Tensor[] -> Tensor[]) (types: TensorType[]) =
        let tape = Tape(Interpreter.NextLevel(), root)
        let inputs = types |> Array.map tape.Input

        let nodes =
            try
                f (inputs |> Array.map (fun n -> n :> Tensor)) |> Array.map tape.Find
            finally
                tape.Closed <- true

        fun (cotangents: Tensor[]) ->
            let found = Transpose.backward tape.Count nodes cotangents inputs
            Array.map2 (fun ty ct -> if isNull ct then root.Constant(0.0, ty, null) else ct) types found

    /// <summary>The value at x, and the derivative there as a linear function: dx ↦ J dx. f runs once; each use costs what is linear in dx only.</summary>
    /// <remarks>Recorded as the transpose of the transpose, so a reverse rule of one's own must be linear in its cotangent.</remarks>
    /// <exception cref="T:DeepFun.DeepFunException">DF0302 or DF0405 if dx has not the structure, shapes and dtypes of x.</exception>
    let linearize (f: 'a -> 'b) (x: 'a) : 'b * ('a -> 'b) =
        let y, back = linearized "linearize" f x
        let ys = Tree.leaves y
        let xs = Tree.leaves x
        let root = xs[0].Interpreter.Root

        // Results that are not floating-point have no cotangents: theirs are zeros.
        let pull (cts: Tensor[]) : Tensor[] =
            let cts =
                Array.map2 (fun (y: Tensor) ct -> if DTypes.IsFloating y.DType then ct else Tensor.Constant(0.0, y.Type, y)) ys cts

            Tree.leaves (back cts)

        let push = lazy (transposed root pull (ys |> Array.map _.Type))
        y, (fun dx -> pair "linearize" x dx |> snd |> push.Value |> Tree.rebuild y)

    /// <summary>
    /// The transpose of a linear function: ⟨ct, f dx⟩ = ⟨linearTranspose f x ct, dx⟩. x gives structure, shapes and dtypes; its values are not used.
    /// </summary>
    /// <exception cref="T:DeepFun.DeepFunException">DF0407 f is not linear; DF0302 or DF0405 if ct has not the structure, shapes and dtypes of f's result.</exception>
    let linearTranspose (f: 'a -> 'b) (x: 'a) : 'b -> 'a =
        let xs = Tree.leaves x

        if xs.Length = 0 then
            Errors.treeEmpty "linearTranspose" (Tree.structure x)

        let result = ref Unchecked.defaultof<'b>

        let run args =
            result.Value <- f (Tree.rebuild x args)
            Tree.leaves result.Value

        let back = transposed xs[0].Interpreter.Root run (xs |> Array.map _.Type)
        fun ct -> pair "linearTranspose" result.Value ct |> snd |> back |> Tree.rebuild x
