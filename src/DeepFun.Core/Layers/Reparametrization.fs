namespace DeepFun

open System
open DeepFun.FSharp

/// Layers whose weights are functions of other parameters, or are scaled when they are used.
module internal Reparametrization =

    /// f path part over the parts of a kind whose paths have the pattern, other leaves as they are, or nothing.
    let rec private walkOver
        (isPart: Params -> bool)
        (like: string -> bool)
        keep
        (f: string -> Params -> Params)
        path
        (p: Params)
        : Params =
        if isPart p && like path then
            f path p
        elif p.IsLeaf then
            if keep then p else Params.Empty
        else
            let below i = if path = "" then p.Names[i] else path + "/" + p.Names[i]
            Params.Named [ for i in 0 .. p.Names.Count - 1 -> p.Names[i], walkOver isPart like keep f (below i) p.Children[i] ]

    let private walk like keep f path p = walkOver _.IsLeaf like keep f path p

    /// Whether this stands for a weight under weight norm. A node of the layer's own with these names has, under the pattern, nodes below.
    let private isApart (p: Params) = List.ofSeq p.Names = [ "direction"; "length" ] && p.Children |> Seq.forall _.IsLeaf

    /// The axis of a weight along which the outputs lie: [in, out], else [out, …].
    let private outputs (w: Tensor) = if w.Rank = 2 then 1 else 0

    /// A vector along the axis of a weight's outputs.
    let private spread (w: Tensor) (v: Tensor) = reshape [ for a in 0 .. w.Rank - 1 -> if a = outputs w then v.Size else 1 ] v

    let private others (w: Tensor) =
        [
            for a in 0 .. w.Rank - 1 do
                if a <> outputs w then
                    a
        ]

    let private check (kind: string) (pattern: string) (parameters: Params) =
        let like = PathPattern.matches pattern

        if not (parameters.Entries |> Seq.exists (fun e -> like e.Key)) then
            LayerErrors.pattern kind pattern (parameters.Entries |> Seq.map _.Key)

        for e in parameters.Entries do
            if like e.Key && e.Value.Rank < 2 then
                Errors.option $"the weight {e.Key} of {kind}" "a tensor of at least two axes" (string e.Value.Shape)

    let weightNorm (pattern: string) (layer: Layer) : Layer =
        let name = $"WeightNorm({layer.Name})"
        let like = PathPattern.matches pattern

        let init key shape =
            let parameters, state = layer.Init key shape
            check name pattern parameters

            let apart _ (p: Params) =
                let w = p.Value
                Params.Named [ "direction", p; "length", Params.Leaf(normOver 2.0 (others w) w) ]

            walk like true apart "" parameters, state

        let joined (p: Params) =
            let v = p["direction"]
            Params.Leaf(v * spread v (p["length"] / normOver 2.0 (others v) v))

        let apply mode (p: Params) state x = layer.Apply mode (walkOver isApart like true (fun _ p -> joined p) "" p) state x
        Layer(name, layer.OutputShape, init, apply, layer.Children)

    /// [outputs, rest]
    let private matrix (w: Tensor) =
        let first = moveAxis (outputs w) 0 w
        reshape [ first.Shape[0]; w.Size / max 1 first.Shape[0] ] first

    let private unit (x: Tensor) : Tensor =
        let length = normOver 2.0 [ 0 ] x
        x / maximum length (fullLike 1e-12 length)

    /// u ← unit(W v), v ← unit(Wᵀ u): toward the vectors of the largest singular value.
    let rec private iterate (times: int) (w: Tensor) (u: Tensor) (v: Tensor) : Tensor * Tensor =
        if times = 0 then
            u, v
        else
            let u = unit (matmul w v)
            iterate (times - 1) w u (unit (matmul (transpose w) u))

    let spectralNorm (iterations: int) (pattern: string) (layer: Layer) : Layer =
        let name = $"SpectralNorm({layer.Name})"
        LayerOptions.atLeast 1 "iterations of SpectralNorm" iterations
        let like = PathPattern.matches pattern

        let vectors u v = Params.Of(struct ("left", u), struct ("right", v))

        let init key shape =
            let layerKey, vectorKey = Key.split2 key
            let parameters, state = layer.Init layerKey shape
            check name pattern parameters
            let keys = Key.split (parameters.Entries.Count) vectorKey
            let paths = parameters.Entries |> Seq.map _.Key |> Array.ofSeq

            let start path (p: Params) =
                let w = matrix p.Value
                let left, right = Key.split2 keys[Array.IndexOf(paths, path)]
                // As many as PyTorch begins with, so that the first estimate is close.
                iterate 15 w (unit (Random.normal [ w.Shape[0] ] left)) (unit (Random.normal [ w.Shape[1] ] right)) ||> vectors

            parameters, Params.Named [ "layer", state; "vectors", walk like false start "" parameters ]

        let apply mode (p: Params) (state: Params) x =
            let improved path (weight: Params) =
                let old = (state.Part "vectors").Part path
                let w = stopGradient (matrix weight.Value)
                let u, v = iterate iterations (cast old["left"].DType w) old["left"] old["right"]
                vectors u v

            let now =
                match mode with
                | Mode.Training _ -> walk like false improved "" p
                | Mode.Evaluation -> state.Part "vectors"

            let scaled path (weight: Params) =
                let w = weight.Value
                let at = now.Part path
                let u, v = cast w.DType at["left"], cast w.DType at["right"]
                Params.Leaf(w / (dot u (matmul (matrix w) v)))

            let y, inner = layer.Apply mode (walk like true scaled "" p) (state.Part "layer") x
            y, Params.Named [ "layer", inner; "vectors", now ]

        Layer(name, layer.OutputShape, init, apply, layer.Children)
