namespace DeepFun

open DeepFun.FSharp

/// <summary>What multi-head attention is made of.</summary>
[<NoComparison; ReferenceEquality>]
type AttentionOptions =
    {
        /// Heads of the queries; they divide the features.
        Heads: int
        /// Heads of keys and values, a divisor of Heads: each serves as many query heads. Default: Heads.
        KeyValueHeads: int
        /// Whether a place sees what stands before it only. Default: false.
        Causal: bool
        /// Whether queries and keys are turned by their places (rotary positions). Default: false.
        Rotary: bool
        /// Dropout's rate on the weights, while learning. Default: 0.
        Dropout: float
        /// Whether biases are added. Default: true.
        Bias: bool
        /// Places that a key–value cache in the layer's state has room for; 0: no cache. Implies Causal. Default: 0.
        Cache: int
        /// First weights of queries, keys and values. Default: as in PyTorch, Glorot's uniform ones of the three together.
        WeightInitializer: Initializer
        /// First weights of the output. Default: as in PyTorch, U(±1/√features).
        OutputInitializer: Initializer
        /// First biases. Default: as in PyTorch, zeros.
        BiasInitializer: Initializer
    }

    /// <summary>The defaults.</summary>
    static member Of(heads: int) =
        {
            Heads = heads
            KeyValueHeads = heads
            Causal = false
            Rotary = false
            Dropout = 0.0
            Bias = true
            Cache = 0
            WeightInitializer = Initializers.glorotUniform
            OutputInitializer = Initializers.pytorch
            BiasInitializer = Initializers.zeros
        }

/// Multi-head attention: of a sequence to itself, or to another one (the memory).
module internal MultiHeadAttention =

    let name (o: AttentionOptions) =
        LayerOptions.title
            "MultiHeadAttention"
            [
                string o.Heads
                (if o.KeyValueHeads = o.Heads then "" else $"{o.KeyValueHeads} key-value heads")
                (if o.Causal then "causal" else "")
                (if o.Rotary then "rotary" else "")
                (if o.Dropout = 0.0 then "" else $"dropout {LayerOptions.number o.Dropout}")
                (if o.Bias then "" else "no bias")
                (if o.Cache = 0 then "" else $"cache {o.Cache}")
            ]

    let check (o: AttentionOptions) =
        LayerOptions.atLeast 1 "heads of attention" o.Heads
        LayerOptions.atLeast 1 "key-value heads of attention" o.KeyValueHeads
        LayerOptions.atLeast 0 "cache of attention" o.Cache

        if o.Heads % o.KeyValueHeads <> 0 then
            Errors.option "key-value heads of attention" $"a divisor of its {o.Heads} heads" (string o.KeyValueHeads)

        LayerOptions.rate "dropout of attention" o.Dropout

    /// The shape of a sequence, which the heads must divide.
    let shape (name: string) (o: AttentionOptions) (s: Shape) : Shape =
        if s.Rank <> 2 || s[1] % o.Heads <> 0 then
            Errors.layerInput name $"sequences [T, features] with features a multiple of its {o.Heads} heads" s

        s

    let init (o: AttentionOptions) (key: Key) (features: int) (memory: int) : Params =
        let keys = Key.split 8 key
        let shared = features / o.Heads * o.KeyValueHeads
        // PyTorch draws the three projections as one matrix.
        let fans = { In = features; Out = features + 2 * shared }

        let projection i (initializer: Initializer) (fans: Fans) inputs outputs =
            let weight = struct ("weight", initializer.Draw(keys[2 * i], fans, Shape.Adopt [| inputs; outputs |]))

            if o.Bias then
                Params.Of(weight, struct ("bias", o.BiasInitializer.Draw(keys[2 * i + 1], fans, Shape.Adopt [| outputs |])))
            else
                Params.Of weight

        Params.Named
            [
                "query", projection 0 o.WeightInitializer fans features features
                "key", projection 1 o.WeightInitializer fans memory shared
                "value", projection 2 o.WeightInitializer fans memory shared
                "output", projection 3 o.OutputInitializer { In = features; Out = features } features features
            ]

    let private project (o: AttentionOptions) (p: Params) (x: Tensor) =
        let y = Dense.linear p["weight"] x
        if o.Bias then y + p["bias"] else y

    /// [N, T, heads · d] as [N, heads, T, d].
    let private apart heads (x: Tensor) =
        let s = x.Shape
        reshape [ s[0]; s[1]; heads; s[2] / heads ] x |> swapAxes 1 2

    /// [N, heads, T, d] as [N, T, heads · d].
    let private together (x: Tensor) =
        let s = x.Shape
        swapAxes 1 2 x |> reshape [ s[0]; s[2]; s[1] * s[3] ]

    /// Keys and values with those of earlier applications before them, which of them each asking place sees, and the new state. The buffers have
    /// a fixed size, so that one compiled step serves every place.
    let private remember
        (o: AttentionOptions)
        (state: Params)
        (asking: Tensor)
        (places: Tensor)
        (k: Tensor)
        (v: Tensor)
        : struct (Tensor * Tensor * Tensor * Params) =
        let add name (x: Tensor) =
            let buffer =
                if state.Names.Count > 0 then
                    state[name]
                else
                    let s = x.Shape
                    Tensor.Constant(0.0, { Shape = Shape.Adopt [| s[0]; s[1]; o.Cache; s[3] |]; DType = x.DType }, x)

            scatterAdd 2 places x buffer

        let keys, values = add "key" k, add "value" v
        let seen = lessOrEqual (expandDims 0 (indices o.Cache k)) (expandDims 1 asking)
        let state = Params.Of(struct ("key", keys), struct ("value", values), struct ("position", Positions.next places))
        struct (keys, values, seen, state)

    /// Queries from one sequence, keys and values from the other. The mask is what broadcasts to [N, heads, L, S], or null.
    let apply (o: AttentionOptions) mode (p: Params) (state: Params) (mask: Tensor) (query: Tensor) (memory: Tensor) : Tensor * Params =
        if query.Rank <> 3 || memory.Rank <> 3 then
            Errors.rank (name o) "a batch of sequences [N, T, features]" (if query.Rank <> 3 then query.Shape else memory.Shape)

        let q = project o (p.Part "query") query |> apart o.Heads
        let k = project o (p.Part "key") memory |> apart o.KeyValueHeads
        let v = project o (p.Part "value") memory |> apart o.KeyValueHeads

        let cached = o.Cache > 0

        if cached && not (isNull mask) && mask.Shape[mask.Rank - 1] <> o.Cache then
            Errors.rank (name o) $"with its cache of {o.Cache} places masks of all of them, [N, {o.Cache}] or [N, L, {o.Cache}]" mask.Shape

        let places (x: Tensor) = Positions.places (if cached then state else Params.Empty) x
        let there = places memory
        // Where places are compared, queries end at the same place as the memory.
        let behind = memory.Shape[1] - query.Shape[1]
        let here = if (o.Causal || cached) && behind <> 0 then places query + float behind else places query
        let turn places projected = if o.Rotary then Attention.rotary 10000.0 places projected else projected
        let q, k = turn here q, turn there k

        let struct (k, v, scores, state) =
            if cached then
                let struct (k, v, seen, state) = remember o state here there k v
                let mask = if isNull mask then seen else logicalAnd seen mask
                struct (k, v, { AttentionScores.Default with Mask = mask }, state)
            else
                struct (k, v, { AttentionScores.Default with Causal = o.Causal; Mask = mask }, state)

        Attention.attend (StructuredDropout.drop o.Dropout mode) scores q k v |> together |> project o (p.Part "output"), state

    let layer (o: AttentionOptions) : Layer =
        check o
        let name = name o
        let outputShape = shape name o

        let init key (s: Shape) =
            let s = outputShape s
            init o key s[1] s[1], Params.Empty

        Layer(name, outputShape, init, (fun mode p state x -> apply o mode p state null x x), [])
