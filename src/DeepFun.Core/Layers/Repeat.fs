namespace DeepFun.FSharp

open DeepFun
open DeepFun.Backends

/// <summary>One block many times: the module <c>Layer</c>, continued.</summary>
[<AutoOpen>]
module RepeatedLayers =

    /// The dtype in which parameters and input meet, which every repetition keeps.
    let private common (parameters: Params) (x: Tensor) =
        (x.DType, parameters.Entries)
        ||> Seq.fold (fun dtype e -> if DTypes.IsFloating e.Value.DType then DTypes.Promote(dtype, e.Value.DType) else dtype)

    /// Trees as one, each tensor stacked along a new axis 0.
    let internal stacked (made: Params[]) : Params =
        let leaves = made |> Array.map Tree.leaves
        Tree.rebuild made[0] (Array.init leaves[0].Length (fun i -> stack 0 (leaves |> Array.map (fun l -> l[i]))))

    /// A function n times over stacked parameters and state, as one scan.
    let internal scanned
        (n: int)
        (apply: Mode -> Params -> Params -> Tensor -> Tensor * Params)
        mode
        (parameters: Params)
        (state: Params)
        (x: Tensor)
        : Tensor * Params =
        let options = { ScanOptions.Default with Length = Some n }
        let x = cast (common parameters x) x

        match mode with
        | Mode.Evaluation -> scanWith options (fun x (p, s) -> apply Mode.Evaluation p s x) x (parameters, state)
        | Mode.Training key ->
            let keys = Key(Key.random RandomOp.Bits DType.Int64 (Shape.Adopt [| n |]) (key.Consume()))
            scanWith options (fun x (p, s, key) -> apply (Mode.Training key) p s x) x (parameters, state, keys)

    /// <summary>Composing layers.</summary>
    [<RequireQualifiedAccess>]
    module Layer =

        /// <summary>The same kind of block n times, one after another, each with parameters of its own.</summary>
        /// <remarks>
        /// Arguments: n; a block that keeps the shape and dtype. Input and output: the block's.
        /// Parameters and state: the block's, each tensor with one more axis in front, n: <c>weight</c> [n, …].
        /// The block is traced once and scanned over the stack, so that the trace of a model, and the time to compile it, do not grow with n;
        /// <c>Layer.sequential</c> with n blocks computes the same. Errors: DF0902 n below 1; DF0901 a block that changes the shape.
        /// </remarks>
        let repeat (n: int) (block: Layer) : Layer =
            LayerOptions.atLeast 1 "repetitions of a layer" n
            let name = $"Repeat({n}, {block.Name})"

            let outputShape (s: Shape) =
                if block.OutputShape s <> s then
                    Errors.layerInput name $"a block that keeps the shape {s}" s

                s

            let init key shape =
                let made = Key.split n key |> Array.map (fun key -> block.Init key (outputShape shape))
                stacked (Array.map fst made), stacked (Array.map snd made)

            let apply mode parameters state x = scanned n block.Apply mode parameters state x

            Layer(name, outputShape, init, apply, [])
