namespace DeepFun

open DeepFun.FSharp

/// <summary>The maxima of windows, and where they stood.</summary>
[<NoComparison; ReferenceEquality>]
type PooledMaxima =
    {
        /// The maxima, [N, C, out…].
        Values: Tensor
        /// The flat index of each among the spatial places of its channel, int32 [N, C, out…].
        Indices: Tensor
    }

/// Maxima with their places, and back.
module internal Unpooling =

    /// A function without parameters as a network; fits refuses an example.
    let private network name (fits: Shape -> Shape) (tensor: 'I -> Tensor) (f: 'I -> 'O) : Network<'I, 'O> =
        let init _ input =
            fits (LayerOptions.example name (tensor input)) |> ignore
            Params.Empty, Params.Empty

        Network(name, init, (fun _ _ state input -> f input, state))

    let maxima (o: PoolingOptions) : Network<Tensor, PooledMaxima> =
        let struct (name, outputShape, over) = Pooling.windows "MaxPoolWithIndices" "" o

        network name outputShape id (fun x ->
            let spec = over x
            let places = bindWindow (Window.ArgMax spec) x
            { Values = takeWindows spec x places; Indices = places })

    let unpool (sizes: int[]) : Network<PooledMaxima, Tensor> =
        let kind = $"MaxUnpool{sizes.Length}D"

        if sizes.Length < 1 || sizes.Length > 3 then
            Errors.option $"the number of sizes of {kind}" "1, 2 or 3" (string sizes.Length)

        LayerOptions.allAtLeast 1 $"the sizes of {kind}" sizes
        let name = $"{kind}({LayerOptions.sizes sizes})"

        let fits (s: Shape) =
            WindowGeometry.spatial name sizes.Length s |> ignore
            s

        network name fits _.Values (fun input ->
            WindowGeometry.batch name sizes.Length input.Values
            maxUnpool sizes input.Indices input.Values)

namespace DeepFun.FSharp

open DeepFun

/// <summary>Maxima with their places, and back: the module <c>Network</c>, continued.</summary>
[<AutoOpen>]
module PoolingNetworks =

    /// <summary>Maxima with their places, and back.</summary>
    [<RequireQualifiedAccess>]
    module Network =

        /// <summary>The maximum of each window and where it stood.</summary>
        /// <remarks>
        /// Arguments: as <c>Layers.maxPoolOf</c>. Input: [N, C, in…]. Output: values and indices, [N, C, out…]. Parameters and state: none.
        /// Errors: as <c>Layers.maxPoolOf</c>. Source: torch.nn.MaxPool2d with return_indices.
        /// </remarks>
        let maxPoolWithIndicesOf (options: PoolingOptions) : Network<Tensor, PooledMaxima> = Unpooling.maxima options

        /// <summary>Maxima put back where they stood, zeros elsewhere: the partial inverse of <c>maxPoolWithIndicesOf</c>.</summary>
        /// <remarks>
        /// Arguments: spatial sizes of the output, those of what was pooled. Input: values and indices, [N, C, out…]. Output: [N, C, sizes…].
        /// Parameters and state: none. Of windows with the same maximum one writes it. Errors: DF0902 sizes; DF0103 an index outside; DF0154 indices of
        /// another shape. Source: Zeiler and Fergus, arXiv:1311.2901; torch.nn.MaxUnpool2d with output_size.
        /// </remarks>
        let maxUnpool (sizes: int seq) : Network<PooledMaxima, Tensor> = Unpooling.unpool (Array.ofSeq sizes)
