namespace DeepFun.FSharp

open DeepFun

/// <summary>The module <c>Layer</c>, continued: parameters that are not learned, and parameters that are others'.</summary>
[<AutoOpen>]
module LayerParameters =

    /// <summary>Parameters by path.</summary>
    [<RequireQualifiedAccess>]
    module Layer =

        /// <summary>The layer with the parameters whose paths have a pattern kept from learning.</summary>
        /// <remarks>
        /// Arguments: pattern, as for <c>Params.Matching</c> (<c>"encoder/**"</c>); layer. Input and output: the layer's.
        /// Parameters: the layer's without those, so that no optimizer sees them, nor decays or counts them. State: "frozen", those parameters in a
        /// tree like the layer's; "layer", the layer's state. Pretrained ones are put in by <c>state.Replace("frozen", matching)</c>, where
        /// <c>matching, rest</c> are the pretrained parameters' <c>Partition pattern</c>; <c>rest.Merge(state.Part "frozen")</c> are all again.
        /// Errors: DF0960 no path has the pattern (at Init).
        /// Source: transfer learning as in Yosinski et al., arXiv:1411.1792. Deviation from PyTorch's requires_grad: a part of the state, no flag.
        /// </remarks>
        let freeze (pattern: string) (layer: Layer) : Layer =
            let init key shape =
                let parameters, state = layer.Init key shape
                let struct (frozen, learned) = parameters.Partition pattern
                learned, Params.Named [ "frozen", frozen; "layer", state ]

            let apply mode (parameters: Params) (state: Params) x =
                let frozen = state.Part "frozen"
                let y, inner = layer.Apply mode (parameters.Merge frozen) (state.Part "layer") x
                y, Params.Named [ "frozen", frozen; "layer", inner ]

            Layer($"Frozen({layer.Name})", layer.OutputShape, init, apply, layer.Children)

        /// <summary>The layer with one parameter taken from another place of the same layer: both are one tensor, whose derivative is the sum of both uses.</summary>
        /// <remarks>
        /// Arguments: source and target, paths of tensors of one shape; layer. Input and output: the layer's. Parameters: the layer's without the
        /// target. State: the layer's. Errors: DF0304 no such path; DF0961 another shape (at Init).
        /// Source: Press and Wolf, arXiv:1608.05859.
        /// </remarks>
        let tie (source: string) (target: string) (layer: Layer) : Layer =
            /// One tensor at the target, nothing elsewhere.
            let only (value: Params) (p: Params) : Params =
                let rec go path (p: Params) : Params =
                    if path = target then
                        value
                    elif p.IsLeaf then
                        Params.Empty
                    else
                        Params.Named
                            [
                                for i in 0 .. p.Names.Count - 1 ->
                                    p.Names[i], go (if path = "" then p.Names[i] else path + "/" + p.Names[i]) p.Children[i]
                            ]

                go "" p

            let init key shape =
                let parameters, state = layer.Init key shape
                // The target is replaced once, so that another shape is refused.
                let same = parameters.Replace(target, Params.Leaf parameters[source])
                let struct (_, rest) = same.Partition target
                rest, state

            Layer(
                $"Tied({layer.Name})",
                layer.OutputShape,
                init,
                (fun mode parameters state x ->
                    layer.Apply mode (parameters.Merge(only (Params.Leaf parameters[source]) parameters)) state x),
                layer.Children
            )
